//! Programs that are not ours.

use std::path::{Path, PathBuf};
use std::process::Command;

use goreos_tests::{repository, told};
use serde_json::Value;

fn run(command: &mut Command, remedy: &str) -> String {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| panic!("{name} does not start ({error}): {remedy}"));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The only cell that a query over a layer gives, by GDAL's SQLite dialect.
pub(super) fn ogr_cell(path: &Path, sql: &str) -> String {
    let mut command = Command::new("ogrinfo");
    command.args(["-ro", "-q", "-dialect", "sqlite", "-sql", sql]).arg(gdal_name(path));
    let output = run(&mut command, "install gdal-bin, or run ./dev setup");
    let cell = output.lines().rev().find_map(|line| line.split_once(" = ").map(|(_, cell)| cell.to_owned()));
    cell.unwrap_or_else(|| panic!("a cell in: {output}"))
}

/// What `ogrinfo` says of a whole file.
pub(super) fn ogr_summary(path: &Path) -> String {
    let mut command = Command::new("ogrinfo");
    run(command.args(["-ro", "-al", "-so"]).arg(gdal_name(path)), "install gdal-bin, or run ./dev setup")
}

/// A shapefile is read inside its ZIP.
fn gdal_name(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|ending| ending == "zip") {
        let inside = run(Command::new("unzip").arg("-Z1").arg(path), "install unzip, or run ./dev setup");
        let shp = inside
            .lines()
            .find(|name| Path::new(name).extension().is_some_and(|ending| ending == "shp"))
            .expect("a shapefile")
            .to_owned();
        return format!("/vsizip/{}/{shp}", path.display()).into();
    }
    path.to_owned()
}

/// A sheet as LibreOffice sees it, as lines of cells: texts in quotes, numbers without, dates as in the United States. `opened` says how to read a CSV.
pub(super) fn libreoffice(path: &Path, opened: Option<&str>, sheet: usize) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    // Tab, quote, UTF-8, texts in quotes.
    let to = format!("csv:Text - txt - csv (StarCalc):9,34,76,1,,0,true,true,false,false,false,{sheet}");
    let mut command = Command::new("soffice");
    command.env("LC_ALL", "C.UTF-8");
    command.args([profile.as_str(), "--headless", "--norestore", "--convert-to", &to]);
    if let Some(opened) = opened {
        command.arg(format!("--infilter=CSV:{opened}"));
    }
    command.arg("--outdir").arg(folder.path()).arg(path);
    let said = run(&mut command, "install libreoffice-calc, or run ./dev setup");
    let made = std::fs::read_dir(folder.path()).expect("a folder").filter_map(|entry| Some(entry.ok()?.path()));
    let made: Vec<PathBuf> = made.filter(|path| path.extension().is_some_and(|ending| ending == "csv")).collect();
    let [made] = made.as_slice() else { panic!("LibreOffice makes one file: {made:?}; it says: {said}") };
    std::fs::read_to_string(made).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// How Excel in Chile opens a CSV with a double click: semicolon, UTF-8 by its mark, numbers and dates as in es-CL.
pub(super) const AS_IN_CHILE: &str = "59,34,76,1,,13322,false,true";

/// What `tests/peers/open_parquet.py` says of a file.
pub(super) fn duckdb_and_geopandas(path: &Path, summed: Option<&str>) -> Value {
    let mut command = Command::new(told("GOREOS_PEERS_PYTHON"));
    command.arg(repository().join("tests/peers/open_parquet.py")).arg(path).args(summed);
    let said = run(&mut command, "DuckDB and GeoPandas are missing: run ./dev setup, which puts them there");
    serde_json::from_str(&said).expect("JSON")
}
