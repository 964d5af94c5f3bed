//! From longitude and latitude to the drawing's grid of tenths.

use geo::{Coord, MultiPolygon};

use crate::figure::Size;

/// Tenths of the drawing's unit in one unit.
pub(crate) const TENTHS: f64 = 10.0;

/// A point on the grid of tenths, y downwards.
pub(crate) type Cell = (i32, i32);

/// Local equirectangular projection: longitudes shrink by the cosine of the drawing's middle latitude
/// and both axes share one scale. Within a region shapes are true to about 1 %; it is no projection
/// for a whole country.
pub(crate) struct Frame {
    west: f64,
    north: f64,
    x_scale: f64,
    y_scale: f64,
    margin: f64,
    /// What the drawing really takes of the size it was offered.
    pub(crate) size: Size,
}

impl Frame {
    /// Fits the geometries into `offered`; the side that is not filled is cut. None without a point.
    pub(crate) fn fit<'a>(
        geometries: impl Iterator<Item = &'a MultiPolygon<f64>>,
        offered: Size,
        margin: f64,
    ) -> Option<Self> {
        let points = geometries.flatten().flat_map(|polygon| polygon.exterior().coords()).copied();
        let bounds = points.filter(is_finite).map(|c| (c, c)).reduce(|(low, high), (c, _)| {
            let low = Coord { x: low.x.min(c.x), y: low.y.min(c.y) };
            (low, Coord { x: high.x.max(c.x), y: high.y.max(c.y) })
        });
        let (low, high) = bounds?;
        let shrink = low.y.midpoint(high.y).to_radians().cos().abs().max(0.05);
        // A single point still gets a place.
        let width = ((high.x - low.x) * shrink).max(1e-9);
        let height = (high.y - low.y).max(1e-9);
        let room = |side: f64| (side - 2.0 * margin).max(1.0);
        let scale = (room(offered.width) / width).min(room(offered.height) / height);
        // Tenths first: 720.000…1 is 720.
        let cut = |length: f64| (((length * scale + 2.0 * margin) * TENTHS).round() / TENTHS).ceil();
        Some(Self {
            west: low.x,
            north: high.y,
            x_scale: scale * shrink,
            y_scale: scale,
            margin,
            size: Size { width: cut(width), height: cut(height) },
        })
    }

    /// The cell of a coordinate. Equal coordinates have equal cells, so a border drawn from both of
    /// its sides is drawn in one place.
    pub(crate) fn cell(&self, c: Coord<f64>) -> Option<Cell> {
        let x = (c.x - self.west) * self.x_scale + self.margin;
        let y = (self.north - c.y) * self.y_scale + self.margin;
        is_finite(&c).then(|| (round(x * TENTHS), round(y * TENTHS)))
    }
}

fn is_finite(c: &Coord<f64>) -> bool {
    c.x.is_finite() && c.y.is_finite()
}

#[expect(clippy::cast_possible_truncation, reason = "inside the drawing, and saturating elsewhere")]
fn round(value: f64) -> i32 {
    value.round() as i32
}
