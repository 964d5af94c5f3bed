//! The reference system (`.prj`), as GDAL understands it.

use std::path::Path;

use gdal::vector::LayerAccess;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

/// What the `.prj` names, as well-known text; `None` when there is none or it names nothing.
///
/// GDAL tells ESRI's dialects apart, and finds the code of what they describe; of a shapefile only. It gets an empty one with that `.prj`,
/// and no other byte of the file.
pub(super) fn named(prj: &Path, folder: &Path) -> Option<String> {
    let path = folder.join("system.shp");
    // An empty .shp is its own .shx: code, length in words, version, type.
    let mut head = [0; 100];
    for (at, word) in [
        (0, 9994_u32.to_be_bytes()),
        (24, 50_u32.to_be_bytes()),
        (28, 1000_u32.to_le_bytes()),
        (32, 5_u32.to_le_bytes()),
    ] {
        head[at..at + 4].copy_from_slice(&word);
    }
    std::fs::write(&path, head).ok()?;
    std::fs::write(path.with_extension("shx"), head).ok()?;
    std::fs::copy(prj, path.with_extension("prj")).ok()?;
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&["ESRI Shapefile"]),
        ..DatasetOptions::default()
    };
    Dataset::open_ex(&path, options).ok()?.layer(0).ok()?.spatial_ref()?.to_wkt().ok()
}
