//! One position that stands for a geometry: a point itself, the middle of a line, a place inside an area.

use geo::{Area, BoundingRect, Coord, Geometry, LineString, MultiPolygon, Polygon};
use geozero::ToGeo;
use geozero::wkb::Wkb;

/// The position of a geometry given as the little-endian WKB that we write; `None` when it is empty.
///
/// Of several areas the largest counts, of several lines the longest; of a mixture the areas before the lines before the points.
pub(crate) fn position(wkb: &[u8]) -> Option<[f64; 2]> {
    if let Some(point) = point(wkb) {
        return Some(point);
    }
    of(&Wkb(wkb).to_geo().ok()?)
}

/// A little-endian point, by far the most common geometry, without building one.
fn point(wkb: &[u8]) -> Option<[f64; 2]> {
    finite(corner(wkb.strip_prefix(&[1, 1, 0, 0, 0])?)?)
}

/// The first corner of a geometry given as the little-endian, flat WKB that we write: cheap, and enough to tell a country.
pub(crate) fn first_corner(wkb: &[u8]) -> Option<[f64; 2]> {
    let mut rest = wkb;
    loop {
        let (kind, body) = rest.strip_prefix(&[1])?.split_first_chunk::<4>()?;
        rest = match u32::from_le_bytes(*kind) {
            1 => return corner(body),
            2 => return corner(body.get(4..)?),
            3 => return corner(body.get(8..)?),
            // Collections: their count, then their first part.
            4..=7 => body.get(4..)?,
            _ => return None,
        };
    }
}

fn corner(bytes: &[u8]) -> Option<[f64; 2]> {
    let (x, y) = bytes.split_first_chunk::<8>()?;
    Some([f64::from_le_bytes(*x), f64::from_le_bytes(*y.first_chunk::<8>()?)])
}

fn finite(point: [f64; 2]) -> Option<[f64; 2]> {
    point.iter().all(|value| value.is_finite()).then_some(point)
}

fn of(geometry: &Geometry) -> Option<[f64; 2]> {
    let found = match geometry {
        Geometry::Point(point) => Some(point.0),
        Geometry::MultiPoint(points) => points.0.first().map(|point| point.0),
        Geometry::Line(line) => Some((line.start + line.end) / 2.0),
        Geometry::LineString(line) => middle(line),
        Geometry::MultiLineString(lines) => {
            lines.iter().max_by(|a, b| length(a).total_cmp(&length(b))).and_then(middle)
        }
        Geometry::Polygon(polygon) => inside(polygon),
        Geometry::MultiPolygon(MultiPolygon(polygons)) => {
            polygons.iter().max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area())).and_then(inside)
        }
        Geometry::Rect(rect) => Some(rect.center()),
        Geometry::Triangle(triangle) => inside(&triangle.to_polygon()),
        Geometry::GeometryCollection(parts) => {
            // The last of equals wins `max_by_key`: reversed, the first does.
            return parts.0.iter().rev().max_by_key(|part| dimension(part)).and_then(of);
        }
    };
    finite(found.map(|Coord { x, y }| [x, y])?)
}

fn dimension(geometry: &Geometry) -> u8 {
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => 0,
        Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => 1,
        Geometry::GeometryCollection(parts) => parts.iter().map(dimension).max().unwrap_or(0),
        _ => 2,
    }
}

fn length(line: &LineString) -> f64 {
    line.lines().map(|part| part.dx().hypot(part.dy())).sum()
}

/// Half the way along.
fn middle(line: &LineString) -> Option<Coord> {
    let mut left = length(line) / 2.0;
    for part in line.lines() {
        let step = part.dx().hypot(part.dy());
        if step > 0.0 && left <= step {
            return Some(part.start + part.delta() * (left / step));
        }
        left -= step;
    }
    line.0.first().copied()
}

/// The middle of the widest stretch of a level line through the area, halfway up, as PostGIS finds a point on a surface.
fn inside(polygon: &Polygon) -> Option<Coord> {
    let bounds = polygon.bounding_rect()?;
    let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let middle = bounds.center().y;
    // Between two neighbouring heights of corners, so that the line meets none of them.
    let (mut below, mut above) = (bounds.min().y, bounds.max().y);
    for corner in rings().flat_map(LineString::coords) {
        if corner.y <= middle {
            below = below.max(corner.y);
        } else {
            above = above.min(corner.y);
        }
    }
    let y = f64::midpoint(below, above);
    let mut crossings: Vec<f64> = rings()
        .flat_map(LineString::lines)
        .filter(|side| (side.start.y <= y) != (side.end.y <= y))
        .map(|side| side.start.x + (y - side.start.y) / side.dy() * side.dx())
        .collect();
    crossings.sort_by(f64::total_cmp);
    let widest = crossings.chunks_exact(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    match widest {
        Some(pair) => Some(Coord { x: f64::midpoint(pair[0], pair[1]), y }),
        // An area without height.
        None => polygon.exterior().0.first().copied(),
    }
}

#[cfg(test)]
mod tests {
    use geo::{Contains, polygon, wkt};
    use geozero::{CoordDimensions, ToWkb};
    use proptest::prelude::*;

    use super::*;

    fn at(geometry: impl Into<Geometry>) -> Option<[f64; 2]> {
        position(&geometry.into().to_wkb(CoordDimensions::xy()).expect("WKB"))
    }

    #[test]
    fn a_geometry_is_stood_for_by_a_position_of_its_own() {
        assert_eq!(at(wkt!(POINT(-72.1 - 36.6))), Some([-72.1, -36.6]));
        assert_eq!(at(wkt!(LINESTRING(0.0 0.0,3.0 0.0,3.0 1.0))), Some([2.0, 0.0]));
        assert_eq!(at(wkt!(MULTILINESTRING((0.0 0.0,1.0 0.0),(5.0 5.0,5.0 9.0)))), Some([5.0, 7.0]));
        assert_eq!(at(wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 2.0,0.0 2.0,0.0 0.0)))), Some([2.0, 1.0]));
        assert_eq!(
            at(Geometry::GeometryCollection(
                wkt!(GEOMETRYCOLLECTION(POINT(9.0 9.0),POLYGON((0.0 0.0,4.0 0.0,4.0 2.0,0.0 2.0,0.0 0.0))))
            )),
            Some([2.0, 1.0])
        );
    }

    #[test]
    fn the_first_corner_is_found_in_every_geometry() {
        for geometry in [
            Geometry::from(wkt!(POINT(1.0 2.0))),
            wkt!(MULTIPOINT(1.0 2.0,3.0 4.0)).into(),
            wkt!(LINESTRING(1.0 2.0,3.0 4.0)).into(),
            wkt!(MULTILINESTRING((1.0 2.0,3.0 4.0))).into(),
            wkt!(POLYGON((1.0 2.0,3.0 4.0,5.0 0.0,1.0 2.0))).into(),
            wkt!(MULTIPOLYGON(((1.0 2.0,3.0 4.0,5.0 0.0,1.0 2.0)))).into(),
            Geometry::GeometryCollection(wkt!(GEOMETRYCOLLECTION(LINESTRING(1.0 2.0,3.0 4.0)))),
        ] {
            let wkb = geometry.to_wkb(CoordDimensions::xy()).expect("WKB");
            assert_eq!(first_corner(&wkb), Some([1.0, 2.0]), "{geometry:?}");
        }
    }

    #[test]
    fn a_hole_and_a_bay_are_outside() {
        let ring: Polygon = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 10.0, y: 0.0), (x: 10.0, y: 10.0), (x: 0.0, y: 10.0)],
            interiors: [[(x: 1.0, y: 1.0), (x: 1.0, y: 9.0), (x: 8.0, y: 9.0), (x: 8.0, y: 1.0)]],
        );
        assert_eq!(at(ring), Some([9.0, 5.0]));
    }

    #[test]
    fn what_is_no_geometry_has_no_position() {
        assert_eq!(position(&[]), None);
        assert_eq!(position(&[1, 1, 0, 0, 0, 1, 2]), None);
        assert_eq!(position(&[1, 6, 0, 0, 0, 0, 0, 0, 0]), None, "an empty area");
        let nan = [&[1, 1, 0, 0, 0][..], &f64::NAN.to_le_bytes(), &1.0_f64.to_le_bytes()].concat();
        assert_eq!(position(&nan), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_position_of_an_area_lies_in_it(radii in proptest::collection::vec(1.0_f64..9.0, 3..24)) {
            // A star around the origin: no two sides meet.
            let count = f64::from(u32::try_from(radii.len()).expect("few"));
            let corners = (0_u32..).zip(&radii).map(|(index, radius)| {
                let angle = std::f64::consts::TAU * f64::from(index) / count;
                Coord { x: radius * angle.cos(), y: radius * angle.sin() }
            });
            let star = Polygon::new(LineString(corners.collect()), vec![]);
            let [x, y] = at(star.clone()).expect("an area");
            prop_assert!(star.contains(&Coord { x, y }), "({x}, {y})");
        }
    }
}
