//! Areas on the ellipsoid of WGS 84.

use super::wkb::{Flat, Simple};

/// Half of the long axis, in metres.
const A: f64 = 6_378_137.0;
/// Eccentricity.
const E: f64 = 0.081_819_190_842_621_49;

/// Square metres covered by the areas of a geometry in degrees: each outline less its holes, whichever way round they run.
///
/// Drawn on the cylinder of equal areas, where the side between two vertices is straight; for the lengths of real outlines that is exact
/// to the square metre.
pub(super) fn square_metres(flat: &Flat) -> f64 {
    let areas = flat.parts.iter().filter(|part| part.kind == Simple::Area);
    let whole = |rings: &[std::ops::Range<usize>]| {
        let mut rings = rings.iter().map(|ring| enclosed(&flat.xs[ring.clone()], &flat.ys[ring.clone()]));
        let outline = rings.next().unwrap_or_default();
        (outline - rings.sum::<f64>()).max(0.0)
    };
    areas.map(|part| whole(&flat.rings[part.rings.clone()])).sum()
}

fn enclosed(xs: &[f64], ys: &[f64]) -> f64 {
    let (Some(x0), Some(y0)) = (xs.first(), ys.first()) else { return 0.0 };
    let base = height(*y0);
    // Relative to the first vertex, so that small areas keep their digits.
    let at = |place: usize| [(xs[place] - x0).to_radians(), height(ys[place]) - base];
    let mut doubled = 0.0;
    for place in 0..xs.len() {
        let ([x, y], [next_x, next_y]) = (at(place), at((place + 1) % xs.len()));
        doubled += x * next_y - next_x * y;
    }
    (doubled / 2.0).abs() * A * A
}

/// The height of a parallel on the cylinder, in long half axes (Snyder 1987, equation 3-12).
fn height(latitude: f64) -> f64 {
    let sine = latitude.to_radians().sin();
    let es = E * sine;
    (1.0 - E * E) * (sine / (1.0 - es * es) + es.atanh() / E) / 2.0
}

#[cfg(test)]
mod tests {
    use gdal::vector::Geometry;

    use super::*;

    fn area(wkt: &str) -> f64 {
        let mut flat = Flat::default();
        let wkb = Geometry::from_wkt(wkt).and_then(|geometry| geometry.wkb()).expect("a geometry");
        flat.read(&wkb, true).expect("read");
        square_metres(&flat)
    }

    #[test]
    fn areas_are_those_of_the_ellipsoid() {
        // Half of the Earth, 255,032,810.857 km².
        let half = area("POLYGON ((-180 0,180 0,180 90,-180 90,-180 0))");
        assert!((half / 255_032_810_857_000.0 - 1.0).abs() < 1e-9, "{half}");
        // A square of 0.01 degrees near Chillán: 1,109.6 m by 894.8 m, to the metre.
        let square = "-72.10 -36.60,-72.09 -36.60,-72.09 -36.61,-72.10 -36.61,-72.10 -36.60";
        let metres = area(&format!("POLYGON (({square}))"));
        assert!((metres - 992_900.0).abs() < 1_000.0, "{metres}");
        let hole = "-72.098 -36.602,-72.092 -36.602,-72.092 -36.608,-72.098 -36.608,-72.098 -36.602";
        let ring = area(&format!("POLYGON (({square}),({hole}))"));
        assert!((ring / metres - 0.64).abs() < 1e-6, "{ring}");
        assert!((area(&format!("MULTIPOLYGON ((({square})))")) - metres).abs() < 1e-6);
        assert!(area("LINESTRING (0 0,1 1)").abs() < f64::EPSILON);
    }
}
