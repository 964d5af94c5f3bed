//! Geometry written for tests.

use geo::{Coord, LineString, MultiPolygon, Polygon};

/// A polygon from rings of (lon, lat), the outer one first.
pub(crate) fn polygon(rings: &[Vec<(f64, f64)>]) -> MultiPolygon<f64> {
    let mut lines = rings.iter().map(|ring| {
        let coords = ring.iter().map(|(x, y)| Coord { x: *x, y: *y });
        LineString::new(coords.collect())
    });
    let outer = lines.next().expect("an outer ring");
    MultiPolygon::new(vec![Polygon::new(outer, lines.collect())])
}

/// A square with its lower left corner at (lon, lat).
pub(crate) fn square(lon: f64, lat: f64, side: f64) -> MultiPolygon<f64> {
    polygon(&[vec![(lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat + side)]])
}

/// Two areas side by side whose border winds north with `n` vertices; the second walks it southwards.
pub(crate) fn wavy_pair(n: u32) -> (MultiPolygon<f64>, MultiPolygon<f64>) {
    let border: Vec<(f64, f64)> = (0..=n)
        .map(|i| {
            let north = f64::from(i) / f64::from(n);
            (-71.5 + 0.05 * (north * 40.0).sin(), -36.5 + north)
        })
        .collect();
    let mut west = border.clone();
    west.extend([(-72.0, -35.5), (-72.0, -36.5)]);
    let mut east: Vec<_> = border.into_iter().rev().collect();
    east.extend([(-71.0, -36.5), (-71.0, -35.5)]);
    (polygon(&[west]), polygon(&[east]))
}
