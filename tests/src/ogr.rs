//! Layers as other programs write them: GDAL's own `ogr2ogr`, an independent reader of what the generators write.

use std::path::Path;
use std::process::Command;

/// Turns a file into another format; gives its bytes. `options` go before the names: `["-t_srs", "EPSG:32719"]`.
pub fn ogr(bytes: &[u8], driver: &str, options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    // FlatGeobuf makes a folder of layers when the name has no ending.
    let to = if driver == "FlatGeobuf" { "to.fgb" } else { "to" };
    let [from, to] = ["from.json", to].map(|name| folder.path().join(name));
    std::fs::write(&from, bytes).expect("a file");
    convert(&from, &to, driver, options);
    std::fs::read(&to).unwrap_or_else(|error| panic!("{driver} gives one file: {error}"))
}

/// Turns a file into a zipped shapefile with those settings.
pub fn ogr_shapefile(bytes: &[u8], options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let [from, to] = ["from.json", "capa.shz"].map(|name| folder.path().join(name));
    std::fs::write(&from, bytes).expect("a file");
    convert(&from, &to, "ESRI Shapefile", options);
    std::fs::read(&to).expect("a zipped shapefile")
}

fn convert(from: &Path, to: &Path, driver: &str, options: &[&str]) {
    let output = Command::new("ogr2ogr").args(["-f", driver]).args(options).arg(to).arg(from).output();
    let output = output.expect("ogr2ogr is installed (gdal-bin); run ./dev setup");
    assert!(output.status.success(), "{driver} is written: {}", String::from_utf8_lossy(&output.stderr));
}
