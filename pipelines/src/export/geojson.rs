//! GeoJSON as RFC 7946 wants it: longitude and latitude on WGS 84 with 7 decimals (a centimetre), outer rings against the clock.

use std::io::Write;

use geo::orient::{Direction, Orient as _};
use geo::{Coord, Geometry, LineString, Polygon};
use serde_json::{Map, Value as Json, json};

use super::Spool;
use super::about::About;
use super::failure::Failure;
use super::spool::Value;
use super::survey::shape;

pub(super) fn write(spool: &Spool, geometry: usize, out: &mut impl Write) -> Result<(), Failure> {
    let about = &spool.about;
    let mut rows = spool.rows()?;
    write!(
        out,
        "{{\"type\":\"FeatureCollection\",\"name\":{},\"metadatos\":{}",
        quoted(&about.dataset),
        metadata(about)
    )?;
    if let Some(bounds) = spool.survey.bounds {
        let bounds: Vec<String> = bounds.into_iter().map(number).collect();
        write!(out, ",\"bbox\":[{}]", bounds.join(","))?;
    }
    out.write_all(b",\"features\":[")?;
    // Names do not change from row to row.
    let cells: Vec<(usize, String)> = about.cells().map(|(place, column)| (place, quoted(&column.name))).collect();
    let mut line = String::new();
    let mut first = true;
    while let Some(row) = rows.next()? {
        line.clear();
        line.push_str(if first { "\n" } else { ",\n" });
        first = false;
        line.push_str("{\"type\":\"Feature\",\"properties\":{");
        for (number, (place, name)) in cells.iter().enumerate() {
            if number > 0 {
                line.push(',');
            }
            line.push_str(name);
            line.push(':');
            push_value(&mut line, row.value(*place)?);
        }
        line.push_str("},\"geometry\":");
        match row.wkb(geometry) {
            None => line.push_str("null"),
            Some(wkb) => push_geometry(&mut line, &shape(wkb)?),
        }
        line.push('}');
        out.write_all(line.as_bytes())?;
    }
    out.write_all(b"\n]}\n")?;
    Ok(())
}

/// What is said of the release, and of each column.
pub(super) fn metadata(about: &About) -> Json {
    let mut said: Map<String, Json> =
        about.facts.iter().map(|fact| (fact.key.clone(), Json::from(fact.value.as_str()))).collect();
    let columns = about
        .columns
        .iter()
        .map(|column| json!({ "nombre": column.name, "titulo": column.title, "contenido": column.words }));
    said.insert("columnas".into(), columns.collect());
    Json::Object(said)
}

fn push_value(line: &mut String, value: Value<'_>) {
    use std::fmt::Write;
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Text(text) => line.write_str(&quoted(text)),
        Value::Int(number) => write!(line, "{number}"),
        Value::Real(number) if number.is_finite() => write!(line, "{}", Json::from(number)),
        // NaN is no number of JSON.
        Value::Decimal(digits) if digits.bytes().any(|byte| byte.is_ascii_digit()) => line.write_str(digits),
        Value::Date(day) => write!(line, "\"{day}\""),
        Value::Bool(yes) => write!(line, "{yes}"),
        Value::Null | Value::Real(_) | Value::Decimal(_) | Value::Geometry(_) => line.write_str("null"),
    };
}

fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

fn push_geometry(line: &mut String, shape: &Geometry) {
    match shape {
        Geometry::Point(point) => push(line, "Point", |line| push_position(line, point.0)),
        Geometry::MultiPoint(points) => {
            push(line, "MultiPoint", |line| push_list(line, &points.0, |line, point| push_position(line, point.0)));
        }
        Geometry::LineString(positions) => push(line, "LineString", |line| push_positions(line, positions)),
        Geometry::MultiLineString(lines) => {
            push(line, "MultiLineString", |line| push_list(line, &lines.0, push_positions));
        }
        Geometry::Polygon(area) => push(line, "Polygon", |line| push_rings(line, &area.orient(Direction::Default))),
        Geometry::MultiPolygon(areas) => {
            let areas = areas.orient(Direction::Default);
            push(line, "MultiPolygon", |line| push_list(line, &areas.0, push_rings));
        }
        Geometry::GeometryCollection(parts) => {
            line.push_str("{\"type\":\"GeometryCollection\",\"geometries\":");
            push_list(line, &parts.0, push_geometry);
            line.push('}');
        }
        // WKB has none of these.
        Geometry::Line(_) | Geometry::Rect(_) | Geometry::Triangle(_) => line.push_str("null"),
    }
}

fn push(line: &mut String, kind: &str, coordinates: impl FnOnce(&mut String)) {
    line.push_str("{\"type\":\"");
    line.push_str(kind);
    line.push_str("\",\"coordinates\":");
    coordinates(line);
    line.push('}');
}

fn push_list<T>(line: &mut String, parts: &[T], each: impl Fn(&mut String, &T)) {
    line.push('[');
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            line.push(',');
        }
        each(line, part);
    }
    line.push(']');
}

fn push_rings(line: &mut String, area: &Polygon) {
    let rings: Vec<&LineString> = std::iter::once(area.exterior()).chain(area.interiors()).collect();
    push_list(line, &rings, |line, ring| push_positions(line, ring));
}

fn push_positions(line: &mut String, positions: &LineString) {
    push_list(line, &positions.0, |line, position| push_position(line, *position));
}

fn push_position(line: &mut String, position: Coord) {
    line.push('[');
    line.push_str(&number(position.x));
    line.push(',');
    line.push_str(&number(position.y));
    line.push(']');
}

/// With 7 decimals at most.
fn number(value: f64) -> String {
    let text = format!("{value:.7}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use geo::{line_string, polygon};

    use super::*;

    fn written(shape: impl Into<Geometry>) -> String {
        let mut line = String::new();
        push_geometry(&mut line, &shape.into());
        line
    }

    #[test]
    fn outer_rings_turn_against_the_clock_and_inner_ones_with_it() {
        let area = polygon!(
            exterior: [(x: 0., y: 0.), (x: 0., y: 4.), (x: 4., y: 4.), (x: 4., y: 0.)],
            interiors: [[(x: 1., y: 1.), (x: 2., y: 1.), (x: 2., y: 2.), (x: 1., y: 2.)]],
        );
        assert_eq!(
            written(area),
            "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]}"
        );
    }

    #[test]
    fn a_position_has_seven_decimals_and_no_idle_zeros() {
        assert_eq!(
            written(line_string![(x: -72.123_456_78, y: -36.5), (x: -0.000_000_01, y: 10.)]),
            "{\"type\":\"LineString\",\"coordinates\":[[-72.1234568,-36.5],[0,10]]}"
        );
    }
}
