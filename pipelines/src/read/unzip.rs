//! Our own unzip: known names only, counted bytes, nothing outside the folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use goreos_domain::Fault;
use zip::ZipArchive;

/// Parts of a shapefile that are unpacked; everything else in the archive stays there.
const PARTS: [&str; 5] = ["shp", "shx", "dbf", "prj", "cpg"];
/// Most entries an archive may have.
const MOST_ENTRIES: usize = 200;
/// Most bytes unpacked from one archive.
const MOST_BYTES: u64 = 2 << 30;

/// Unpacks the one shapefile of an archive under a name of ours; gives the path of its `.shp` and its name in the archive.
pub(super) fn shapefile(file: &Path, folder: &Path) -> Result<(PathBuf, String), Fault> {
    let opened = File::open(file).map_err(|error| super::magic::unreadable(&error))?;
    let mut archive = ZipArchive::new(opened).map_err(|error| damaged(&error.to_string()))?;
    if archive.len() > MOST_ENTRIES {
        return Err(refused(&format!("tiene {} archivos y se admiten {MOST_ENTRIES}", archive.len())));
    }
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(std::borrow::Cow::into_owned).map_err(|error| damaged(&error.to_string())))
        .collect::<Result<_, Fault>>()?;
    // macOS adds a folder of shadows, `__MACOSX/._layer.shp`.
    let shapes: Vec<&String> =
        names.iter().filter(|name| extension(name) == "shp" && !name.starts_with("__MACOSX/")).collect();
    let stem = match shapes.as_slice() {
        [] => {
            return Err(Fault::give_up(
                "shapefile.missing",
                "El ZIP no contiene ningún archivo .shp.",
                "Comprima juntos los archivos .shp, .shx, .dbf y .prj.",
            ));
        }
        [one] => one[..one.len() - 4].to_owned(),
        several => {
            let list: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
            return Err(Fault::give_up(
                "shapefile.several",
                format!("El ZIP contiene varias capas: {}.", list.join(", ")),
                "Envíe un ZIP por capa.",
            ));
        }
    };
    let mut left = MOST_BYTES;
    for name in names.iter().filter(|name| name.get(..name.len().saturating_sub(4)) == Some(stem.as_str())) {
        let extension = extension(name);
        if !PARTS.contains(&extension.as_str()) {
            continue;
        }
        let entry = archive.by_name(name).map_err(|error| damaged(&error.to_string()))?;
        if entry.is_symlink() || entry.enclosed_name().is_none() {
            return Err(refused(&format!("la entrada «{name}» sale de la carpeta")));
        }
        let mut out = File::create(folder.join(format!("layer.{extension}")))
            .map_err(|error| super::magic::unreadable(&error))?;
        let copied = io::copy(&mut entry.take(left + 1), &mut out).map_err(|error| damaged(&error.to_string()))?;
        left = left.checked_sub(copied).ok_or_else(|| refused("descomprimido supera los 2 GB"))?;
    }
    for needed in ["shx", "dbf"] {
        if !folder.join(format!("layer.{needed}")).exists() {
            return Err(Fault::give_up(
                "shapefile.incomplete",
                format!("Al shapefile le falta su archivo .{needed}."),
                "Comprima juntos los archivos .shp, .shx, .dbf y .prj.",
            ));
        }
    }
    Ok((folder.join("layer.shp"), format!("{stem}.shp")))
}

fn extension(name: &str) -> String {
    Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn damaged(why: &str) -> Fault {
    Fault::give_up(
        "file.damaged_zip",
        format!("El ZIP está dañado: {why}."),
        "Pida el archivo de nuevo a quien lo envía.",
    )
}

fn refused(why: &str) -> Fault {
    Fault::give_up("file.refused_zip", format!("El ZIP no se acepta: {why}."), "Envíe solo los archivos de la capa.")
}
