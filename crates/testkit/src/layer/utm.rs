//! Degrees to UTM, by the series of Krüger: independent of PROJ, good to a millimetre within a zone.

/// Equatorial radius of WGS 84 in metres, and its flattening.
const RADIUS: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;

/// Longitude and latitude (WGS 84, degrees) as easting and northing in a southern UTM zone.
pub fn utm(zone: u8, [lon, lat]: [f64; 2]) -> [f64; 2] {
    let n = FLATTENING / (2.0 - FLATTENING);
    let (n2, n3) = (n * n, n * n * n);
    let meridian = RADIUS / (1.0 + n) * (1.0 + n2 / 4.0 + n2 * n2 / 64.0);
    let series = [n / 2.0 - 2.0 * n2 / 3.0 + 5.0 * n3 / 16.0, 13.0 * n2 / 48.0 - 3.0 * n3 / 5.0, 61.0 * n3 / 240.0];
    let (sine, east) = (lat.to_radians().sin(), (lon - (f64::from(zone) * 6.0 - 183.0)).to_radians());
    let root = 2.0 * n.sqrt() / (1.0 + n);
    let conformal = (sine.atanh() - root * (root * sine).atanh()).sinh();
    let (xi, eta) = (conformal.atan2(east.cos()), (east.sin() / conformal.hypot(east.cos())).asinh());
    let (mut x, mut y) = (eta, xi);
    for (factor, coefficient) in [2.0, 4.0, 6.0].into_iter().zip(series) {
        x += coefficient * (factor * xi).cos() * (factor * eta).sinh();
        y += coefficient * (factor * xi).sin() * (factor * eta).cosh();
    }
    [500_000.0 + 0.9996 * meridian * x, 10_000_000.0 + 0.9996 * meridian * y]
}

#[cfg(test)]
mod tests {
    use super::utm;

    #[test]
    fn it_agrees_with_proj() {
        // gdaltransform from EPSG:4326 to EPSG:32719 and to EPSG:32718.
        for (zone, degrees, metres) in [
            (19, [-72.1034, -36.6066], [222_416.105, 5_944_281.914]),
            (18, [-72.1034, -36.6066], [759_081.900, 5_944_860.138]),
        ] {
            let found = utm(zone, degrees);
            for (found, expected) in found.into_iter().zip(metres) {
                assert!((found - expected).abs() < 0.01, "zone {zone}: {found} and {expected}");
            }
        }
    }
}
