//! What must be known of all rows before the first is written.

use geo::BoundingRect as _;
use geozero::ToGeo as _;
use geozero::wkb::Wkb;

use super::failure::Failure;
use super::spool::{Rows, Value};

/// What all rows together are.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) rows: u64,
    /// Rows without geometry.
    pub(super) unplaced: u64,
    /// West, south, east, north; `None` without any geometry.
    pub(super) bounds: Option<[f64; 4]>,
    /// Names of the types of geometry there are, as GeoParquet and GeoJSON call them, in order.
    pub(super) shapes: Vec<&'static str>,
    /// For each column, the greatest length of its cells in bytes.
    pub(super) longest: Vec<usize>,
}

impl Survey {
    pub(super) fn of(rows: &mut Rows, columns: usize, geometry: Option<usize>) -> Result<Self, Failure> {
        let mut survey = Self { longest: vec![0; columns], ..Self::default() };
        while let Some(row) = rows.next()? {
            survey.rows += 1;
            for (place, longest) in survey.longest.iter_mut().enumerate() {
                if let Value::Text(text) | Value::Decimal(text) = row.value(place)? {
                    *longest = (*longest).max(text.len());
                }
            }
            let Some(place) = geometry else { continue };
            match row.wkb(place) {
                None => survey.unplaced += 1,
                Some(wkb) => survey.add(&shape(wkb)?),
            }
        }
        survey.shapes.sort_unstable();
        Ok(survey)
    }

    fn add(&mut self, shape: &geo::Geometry) {
        let name = name(shape);
        if !self.shapes.contains(&name) {
            self.shapes.push(name);
        }
        if let Some([west, south, east, north]) = bounds(shape) {
            let [w, s, e, n] = self.bounds.unwrap_or([west, south, east, north]);
            self.bounds = Some([west.min(w), south.min(s), east.max(e), north.max(n)]);
        }
    }
}

/// A geometry of the table.
pub(super) fn shape(wkb: &[u8]) -> Result<geo::Geometry, Failure> {
    Wkb(wkb).to_geo().map_err(|error| Failure::of(&error))
}

/// West, south, east, north.
pub(super) fn bounds(shape: &geo::Geometry) -> Option<[f64; 4]> {
    shape.bounding_rect().map(|rect| [rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}

fn name(shape: &geo::Geometry) -> &'static str {
    match shape {
        geo::Geometry::Point(_) => "Point",
        geo::Geometry::Line(_) | geo::Geometry::LineString(_) => "LineString",
        geo::Geometry::Polygon(_) | geo::Geometry::Rect(_) | geo::Geometry::Triangle(_) => "Polygon",
        geo::Geometry::MultiPoint(_) => "MultiPoint",
        geo::Geometry::MultiLineString(_) => "MultiLineString",
        geo::Geometry::MultiPolygon(_) => "MultiPolygon",
        geo::Geometry::GeometryCollection(_) => "GeometryCollection",
    }
}
