//! Boundaries as the database keeps them.

use geo::{Centroid, Geometry, MultiPolygon};
use geozero::ToGeo;
use geozero::wkb::Ewkb;

/// A boundary that cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadOutline {
    /// The bytes are no geometry; what the reader said.
    Unreadable(String),
    /// A geometry, but no polygon.
    NoPolygon,
}

impl std::fmt::Display for BadOutline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "the boundary cannot be read: {why}"),
            Self::NoPolygon => f.write_str("the boundary is no polygon"),
        }
    }
}

impl std::error::Error for BadOutline {}

/// The polygons of (E)WKB in longitude and latitude.
///
/// # Errors
/// [`BadOutline`] says why there is nothing to draw.
pub fn outline(wkb: &[u8]) -> Result<MultiPolygon<f64>, BadOutline> {
    match Ewkb(wkb).to_geo() {
        Ok(Geometry::MultiPolygon(polygons)) => Ok(polygons),
        Ok(Geometry::Polygon(polygon)) => Ok(polygon.into()),
        Ok(_) => Err(BadOutline::NoPolygon),
        Err(error) => Err(BadOutline::Unreadable(error.to_string())),
    }
}

/// Longitude and latitude of the middle of any geometry in (E)WKB, to put a dot there. None when it has none.
///
/// # Errors
/// [`BadOutline::Unreadable`] when the bytes are no geometry.
pub fn middle(wkb: &[u8]) -> Result<Option<(f64, f64)>, BadOutline> {
    let geometry = Ewkb(wkb).to_geo().map_err(|error| BadOutline::Unreadable(error.to_string()))?;
    Ok(geometry.centroid().map(|point| (point.x(), point.y())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Little endian, type, then the coordinates.
    fn wkb(kind: u32, head: &[u32], coordinates: &[f64]) -> Vec<u8> {
        let words = std::iter::once(&kind).chain(head).flat_map(|word| word.to_le_bytes());
        std::iter::once(1).chain(words).chain(coordinates.iter().flat_map(|value| value.to_le_bytes())).collect()
    }

    #[test]
    fn a_polygon_is_an_outline_of_one() {
        let bytes = wkb(3, &[1, 4], &[-72.0, -36.0, -71.0, -36.0, -71.0, -35.0, -72.0, -36.0]);
        assert_eq!(outline(&bytes).expect("a polygon").0.len(), 1);
    }

    #[test]
    fn the_middle_of_any_geometry_is_a_place() {
        let square = wkb(3, &[1, 5], &[-72.0, -36.0, -71.0, -36.0, -71.0, -35.0, -72.0, -35.0, -72.0, -36.0]);
        assert_eq!(middle(&square), Ok(Some((-71.5, -35.5))));
        assert_eq!(middle(&wkb(1, &[], &[-72.0, -36.5])), Ok(Some((-72.0, -36.5))));
        assert_eq!(middle(&wkb(6, &[0], &[])), Ok(None), "of nothing there is none");
        assert!(matches!(middle(&[1, 3]), Err(BadOutline::Unreadable(_))));
    }

    #[test]
    fn what_is_no_polygon_is_told() {
        assert_eq!(outline(&wkb(1, &[], &[-72.0, -36.0])), Err(BadOutline::NoPolygon));
        assert!(matches!(outline(&[1, 3]), Err(BadOutline::Unreadable(_))));
    }
}
