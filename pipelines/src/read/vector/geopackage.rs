//! GeoPackages: a database, of which only tables are read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use gdal::Dataset;
use gdal::vector::LayerAccess;
use gdal::vector::sql::Dialect;
use goreos_domain::{Fault, FileFormat};

use super::super::magic::unreadable;
use super::damaged;

/// What a database of SQLite says to be, at byte 68.
const APPLICATIONS: [&[u8; 4]; 3] = [b"GPKG", b"GP10", b"GP11"];

/// Proves that a database of SQLite is a GeoPackage, and as long as it says.
pub(super) fn verify(file: &Path) -> Result<(), Fault> {
    let mut opened = File::open(file).map_err(|error| unreadable(&error))?;
    let mut head = [0; 100];
    opened.read_exact(&mut head).map_err(|_| damaged(FileFormat::Geopackage, &"está cortado"))?;
    if !APPLICATIONS.iter().any(|name| head[68..72] == name[..]) {
        return Err(Fault::give_up(
            "file.not_geopackage",
            "El archivo es una base SQLite, pero no un GeoPackage.",
            "Ábralo en QGIS y expórtelo como GeoPackage.",
        ));
    }
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]));
    let length = opened.seek(SeekFrom::End(0)).map_err(|error| unreadable(&error))?;
    // The number of pages counts only when it was written with the last change.
    if head[24..28] == head[92..96] && length < page * pages {
        return Err(Fault::give_up(
            "geopackage.truncated",
            format!("El GeoPackage está incompleto: dice medir {} bytes y mide {length}.", page * pages),
            "Pida el archivo de nuevo a quien lo envía; se cortó al copiarlo.",
        ));
    }
    Ok(())
}

/// The names of views: queries that run when they are read, which is no data as received.
pub(super) fn views(dataset: &Dataset) -> Vec<String> {
    let found = dataset.execute_sql("SELECT name FROM sqlite_master WHERE type = 'view'", None, Dialect::DEFAULT);
    let Ok(Some(mut found)) = found else { return Vec::new() };
    found.features().filter_map(|row| row.field_as_string(0).ok().flatten()).collect()
}
