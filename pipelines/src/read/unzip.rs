//! Our own unzip: known names only, counted bytes, nothing outside the folder.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use goreos_domain::Fault;
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

/// Parts of a shapefile that are unpacked; everything else in the archive stays there, the `.shp` too until it is asked for.
const PARTS: [&str; 4] = ["shx", "dbf", "prj", "cpg"];
/// Most entries an archive may have.
const MOST_ENTRIES: usize = 200;
/// Most bytes unpacked from one archive.
const MOST_BYTES: u64 = 2 << 30;
/// Names that are archives themselves.
const ARCHIVES: [&str; 6] = ["zip", "rar", "7z", "kmz", "tar", "gz"];

/// A shapefile unpacked under a name of ours, but for its `.shp`.
pub(super) struct Unpacked {
    archive: ZipArchive<File>,
    folder: PathBuf,
    /// The `.shp` in the archive, and its length as the archive says.
    shp: (String, u64),
    /// Its name in the archive.
    pub(super) name: String,
    /// All layers of the archive.
    pub(super) layers: Vec<String>,
}

/// Unpacks one shapefile of an archive, in whatever folder of it: the one of that name, or the only one.
///
/// # Errors
/// `file.damaged_zip`, `file.refused_zip`, `file.nested_zip`, `file.encrypted`, `shapefile.missing`, `shapefile.several`,
/// `shapefile.incomplete`, `layer.unknown`.
pub(super) fn shapefile(file: &Path, folder: &Path, wanted: Option<&str>) -> Result<Unpacked, Fault> {
    let opened = File::open(file).map_err(|error| super::magic::unreadable(&error))?;
    let mut archive = ZipArchive::new(opened).map_err(|error| damaged(&error.to_string()))?;
    if archive.len() > MOST_ENTRIES {
        return Err(refused(&format!("tiene {} archivos y se admiten {MOST_ENTRIES}", archive.len())));
    }
    if archive.has_overlapping_files().map_err(|error| damaged(&error.to_string()))? {
        return Err(refused("sus archivos se superponen"));
    }
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(std::borrow::Cow::into_owned).map_err(|error| damaged(&error.to_string())))
        .collect::<Result<_, Fault>>()?;
    let stem = choose(&names, wanted)?.to_owned();
    let mut left = MOST_BYTES;
    let mut shp = None;
    // Windows tools write CAPA.SHP beside capa.dbf.
    let same = |name: &str| name.len() == stem.len() + 4 && name.to_lowercase().starts_with(&stem.to_lowercase());
    for name in names.iter().filter(|name| same(name)) {
        let extension = extension(name);
        if extension == "shp" {
            let bytes = entry(&mut archive, name)?.size();
            left = left.checked_sub(bytes).ok_or_else(too_large)?;
            shp = Some((name.clone(), bytes));
        } else if PARTS.contains(&extension.as_str()) {
            left -= copy(entry(&mut archive, name)?, &folder.join(format!("layer.{extension}")), left)?;
        }
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
    let layers = shapes(&names).map(|name| layer_of(name).to_owned()).collect();
    let shp = shp.ok_or_else(|| none(&names))?;
    Ok(Unpacked { archive, folder: folder.into(), shp, name: format!("{stem}.shp"), layers })
}

impl Unpacked {
    /// Where that part lies, if the archive has it.
    pub(super) fn part(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("layer.{extension}"))
    }

    /// The length of the `.shp`.
    pub(super) fn shp_bytes(&self) -> u64 {
        self.shp.1
    }

    /// The `.shp` from its first byte. One byte more than it says may come: only beyond its end is the archive's sum compared.
    pub(super) fn shp(&mut self) -> Result<impl Read, Fault> {
        Ok(entry(&mut self.archive, &self.shp.0)?.take(self.shp.1 + 1))
    }

    /// The `.shp` unpacked as well, to go back and forth in.
    pub(super) fn unpack_shp(&mut self) -> Result<PathBuf, Fault> {
        let path = self.part("shp");
        copy(entry(&mut self.archive, &self.shp.0)?, &path, self.shp.1)?;
        Ok(path)
    }
}

/// An entry that is a file inside the folder, without a password.
fn entry<'a>(archive: &'a mut ZipArchive<File>, name: &str) -> Result<ZipFile<'a, File>, Fault> {
    let entry = archive.by_name(name).map_err(|error| match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => encrypted(),
        other => damaged(&other.to_string()),
    })?;
    if entry.is_symlink() || entry.enclosed_name().is_none() {
        return Err(refused(&format!("la entrada «{name}» sale de la carpeta")));
    }
    Ok(entry)
}

/// Unpacks an entry of at most so many bytes; how many it has.
fn copy(entry: ZipFile<'_, File>, path: &Path, most: u64) -> Result<u64, Fault> {
    let out = File::create(path).map_err(|error| super::magic::unreadable(&error))?;
    let mut out = BufWriter::with_capacity(1 << 18, out);
    let copied = io::copy(&mut entry.take(most + 1), &mut out).map_err(|error| damaged(&error.to_string()))?;
    out.flush().map_err(|error| super::magic::unreadable(&error))?;
    if copied > most { Err(too_large()) } else { Ok(copied) }
}

/// The name without its extension of the shapefile that is meant.
fn choose<'a>(names: &'a [String], wanted: Option<&str>) -> Result<&'a str, Fault> {
    let found: Vec<&str> = shapes(names).collect();
    let list = || found.iter().map(|name| format!("«{}»", layer_of(name))).collect::<Vec<_>>().join(", ");
    match (found.as_slice(), wanted) {
        ([], _) => Err(none(names)),
        (several, Some(wanted)) => {
            let is = |name: &&&str| {
                [layer_of(name), stem_of(name)].iter().any(|found| found.to_lowercase() == wanted.to_lowercase())
            };
            several.iter().find(is).map(|name| stem_of(name)).ok_or_else(|| {
                Fault::give_up(
                    "layer.unknown",
                    format!("El archivo no tiene la capa «{wanted}». Tiene: {}.", list()),
                    "Corrija 'layer' en [source] del contrato.",
                )
            })
        }
        ([one], None) => Ok(stem_of(one)),
        (_, None) => Err(Fault::give_up(
            "shapefile.several",
            format!("El ZIP contiene varias capas: {}.", list()),
            "Diga cuál en [source] del contrato, con layer = \"…\", o envíe un ZIP por capa.",
        )),
    }
}

/// macOS adds a folder of shadows, `__MACOSX/._layer.shp`.
fn shapes(names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(String::as_str).filter(|name| extension(name) == "shp" && !name.starts_with("__MACOSX/"))
}

fn stem_of(name: &str) -> &str {
    &name[..name.len() - 4]
}

/// The last part of the stem.
fn layer_of(name: &str) -> &str {
    let stem = stem_of(name);
    stem.rsplit(['/', '\\']).next().unwrap_or(stem)
}

fn none(names: &[String]) -> Fault {
    if let Some(name) = names.iter().find(|name| ARCHIVES.contains(&extension(name).as_str())) {
        return Fault::give_up(
            "file.nested_zip",
            format!("El ZIP contiene otro archivo comprimido: «{name}»."),
            "Envíe ese archivo tal cual, sin volver a comprimirlo.",
        );
    }
    Fault::give_up(
        "shapefile.missing",
        "El ZIP no contiene ningún archivo .shp.",
        "Comprima juntos los archivos .shp, .shx, .dbf y .prj.",
    )
}

fn extension(name: &str) -> String {
    Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// The archive itself is.
pub(super) fn damaged(why: &str) -> Fault {
    Fault::give_up(
        "file.damaged_zip",
        format!("El ZIP está dañado: {why}."),
        "Pida el archivo de nuevo a quien lo envía.",
    )
}

fn encrypted() -> Fault {
    Fault::give_up("file.encrypted", "El ZIP tiene contraseña y no se puede leer.", "Envíelo sin contraseña.")
}

fn too_large() -> Fault {
    refused("descomprimido supera los 2 GB")
}

fn refused(why: &str) -> Fault {
    Fault::give_up("file.refused_zip", format!("El ZIP no se acepta: {why}."), "Envíe solo los archivos de la capa.")
}
