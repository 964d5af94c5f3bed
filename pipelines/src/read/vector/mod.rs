//! Layers of geometries into batches, by GDAL: one driver, one local path of ours, bytes proven before.
//!
//! Geometry leaves here as longitude and latitude on WGS 84 (EPSG:4326), longitude first.

mod cells;
mod geojson;
mod geopackage;
mod kml;
mod layer;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use gdal::vector::{Layer, LayerAccess};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use goreos_domain::{Fault, FileFormat};

use self::cells::Cells;
use super::crs::{Reprojection, Said};
use super::features::Features;
use super::magic::{expect, unreadable};
use super::shape::Shaper;
use super::{Findings, Input, Take, notices};

/// A file proven and ready for GDAL.
struct Ready {
    path: PathBuf,
    driver: &'static str,
    options: &'static [&'static str],
    /// The file names no reference system; its format prescribes one.
    assumed_crs: bool,
    /// Its texts were converted wrongly once.
    double: bool,
}

impl Ready {
    fn new(path: PathBuf, driver: &'static str, options: &'static [&'static str]) -> Self {
        Self { path, driver, options, assumed_crs: false, double: false }
    }
}

pub(super) fn read(input: &Input<'_>, findings: &mut Findings, take: &mut Take<'_>) -> Result<(), Fault> {
    expect(input.file, input.source.format)?;
    notices::listen();
    let folder = tempfile::tempdir_in(input.scratch).map_err(|error| unreadable(&error))?;
    let ready = ready(input, folder.path(), findings)?;
    let dataset = Dataset::open_ex(
        &ready.path,
        DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
            allowed_drivers: Some(&[ready.driver]),
            open_options: Some(ready.options),
            sibling_files: None,
        },
    )
    .map_err(|error| damaged(input.source.format, &error))?;
    let mut layer = layer::choose(&dataset, input, findings)?;
    let cells = Cells::new(&mut layer, &ready, input);
    cells.note(findings);
    let headers = cells.headers();
    let shaper = shaper(input, &layer, &cells, ready.assumed_crs, findings)?;
    let declared = layer.try_feature_count();
    let mut taken = Features::new(headers, shaper, take);
    let features = all(&mut taken, &mut layer, &cells)?;
    taken.end(findings)?;
    findings.note("features", features);
    // GDAL ends in silence also where it cannot read on.
    let expected = declared.unwrap_or(features);
    if features < expected {
        return Err(truncated(input.source.format, features, expected));
    }
    Ok(())
}

/// Proves the file and puts it under a name that tells GDAL nothing but its format.
fn ready(input: &Input<'_>, folder: &Path, findings: &mut Findings) -> Result<Ready, Fault> {
    match input.source.format {
        FileFormat::Geopackage => {
            geopackage::verify(input.file)?;
            let path = placed(input.file, folder, "gpkg")?;
            Ok(Ready::new(path, "GPKG", &["LIST_ALL_TABLES=NO", "IMMUTABLE=YES"]))
        }
        FileFormat::Geojson => geojson::ready(input, folder, findings),
        FileFormat::Flatgeobuf => {
            Ok(Ready::new(placed(input.file, folder, "fgb")?, "FlatGeobuf", &["VERIFY_BUFFERS=YES"]))
        }
        // Shapefiles and tables are not read here.
        _ => {
            kml::verify(input.file, findings)?;
            // Only this one reads ExtendedData.
            Ok(Ready::new(placed(input.file, folder, "kml")?, "LIBKML", &[]))
        }
    }
}

/// The received file under another name, in a folder of ours.
fn placed(file: &Path, folder: &Path, extension: &str) -> Result<PathBuf, Fault> {
    let path = folder.join(format!("layer.{extension}"));
    // Another file system has no links to this one.
    if std::fs::hard_link(file, &path).is_err() {
        std::fs::copy(file, &path).map_err(|error| unreadable(&error))?;
    }
    Ok(path)
}

/// `None` when the contract does not ask for the file's own geometry.
fn shaper(
    input: &Input<'_>,
    layer: &Layer<'_>,
    cells: &Cells,
    assumed: bool,
    findings: &mut Findings,
) -> Result<Option<Shaper>, Fault> {
    if !Shaper::is_wanted(input.contract) {
        return Ok(None);
    }
    let extent = layer.try_get_extent().ok().flatten().map(|e| [e.MinX, e.MinY, e.MaxX, e.MaxY]);
    let said = Said { system: layer.spatial_ref(), assumed, extent: extent.or(cells.extent()) };
    Ok(Some(Shaper::new(input.contract, Reprojection::of_file(input, said, findings)?)))
}

/// Takes every feature; how many there were.
fn all(taken: &mut Features<'_, '_>, layer: &mut Layer<'_>, cells: &Cells) -> Result<u64, Fault> {
    let mut features = 0;
    for feature in layer.features() {
        features += 1;
        let row = i64::try_from(features).unwrap_or(i64::MAX);
        taken.push(row, &cells.of(&feature), |shaper| Ok(shaper.shape(feature.geometry_by_index(0).ok())))?;
    }
    Ok(features)
}

/// How codes name a format, and how people do.
fn named(format: FileFormat) -> (&'static str, &'static str) {
    match format {
        FileFormat::Geopackage => ("geopackage", "El GeoPackage"),
        FileFormat::Geojson => ("geojson", "El GeoJSON"),
        FileFormat::Flatgeobuf => ("flatgeobuf", "El FlatGeobuf"),
        _ => ("kml", "El KML"),
    }
}

fn damaged(format: FileFormat, error: &dyn std::fmt::Display) -> Fault {
    let (code, name) = named(format);
    let why = notices::take().unwrap_or_else(|| error.to_string());
    let why = why.rsplit('/').next().unwrap_or_default();
    Fault::give_up(
        &format!("{code}.damaged"),
        format!("{name} no se puede abrir: {}.", why.trim_end_matches('.')),
        "Pida el archivo de nuevo a quien lo envía, o ábralo y expórtelo en QGIS.",
    )
}

fn truncated(format: FileFormat, read: u64, expected: u64) -> Fault {
    let (code, name) = named(format);
    Fault::give_up(
        &format!("{code}.truncated"),
        format!("{name} está incompleto: se leyeron {read} de {expected} registros."),
        "Pida el archivo de nuevo a quien lo envía; se cortó al copiarlo.",
    )
}
