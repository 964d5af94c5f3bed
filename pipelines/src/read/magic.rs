//! What a file is, by its bytes, whatever its name says.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use goreos_domain::{Charset, Fault, FileFormat, Found, judge_encoding};

/// A kind of file recognised by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magic {
    /// No bytes.
    Empty,
    /// An archive that is none of the others.
    Zip,
    /// An Excel workbook.
    Xlsx,
    /// An OpenDocument spreadsheet.
    Ods,
    /// A word processor's document, or slides.
    Document,
    /// An Office file under a password.
    Encrypted,
    /// A workbook of Excel before 2007.
    Xls,
    /// A database of SQLite, GeoPackages among them.
    Sqlite,
    Flatgeobuf,
    Parquet,
    Pdf,
    Kml,
    Xml,
    /// A web page, such as the notice of a portal in place of the file.
    Html,
    Json,
    /// The bare `.shp` of a shapefile.
    Shp,
    /// Other bytes that are no text.
    Binary,
    /// Any other text, UTF-16 included.
    Text,
}

/// Bytes looked at from the beginning and from the end.
const HEAD: u64 = 1 << 20;
/// One NUL in so many bytes is still text; its row will be refused.
const BYTES_PER_NUL: usize = 64;

/// Looks at the first megabyte, and gives it.
pub(crate) fn sniff(file: &Path) -> Result<(Magic, Vec<u8>), Fault> {
    let mut opened = File::open(file).map_err(|error| unreadable(&error))?;
    let mut head = Vec::new();
    (&mut opened).take(HEAD).read_to_end(&mut head).map_err(|error| unreadable(&error))?;
    // The list of what is in an archive stands at its end.
    let mut tail = Vec::new();
    if matches!(head.get(..4), Some(b"PK\x03\x04" | b"\xd0\xcf\x11\xe0")) {
        let length = opened.seek(SeekFrom::End(0)).map_err(|error| unreadable(&error))?;
        opened
            .seek(SeekFrom::Start(length.saturating_sub(HEAD)))
            .and_then(|_| opened.take(HEAD).read_to_end(&mut tail))
            .map_err(|error| unreadable(&error))?;
    }
    Ok((recognise(&head, &tail), head))
}

/// What begins with these bytes and ends with those.
pub(crate) fn recognise(head: &[u8], tail: &[u8]) -> Magic {
    match head {
        [] => Magic::Empty,
        [b'P', b'K', 3, 4, ..] => archive(head, tail),
        [b'P', b'K', 5, 6, ..] => Magic::Zip,
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => compound(head, tail),
        [b'f', b'g', b'b', 3, ..] => Magic::Flatgeobuf,
        [0, 0, 0x27, 0x0a, ..] => Magic::Shp,
        _ if head.starts_with(b"SQLite format 3\0") => Magic::Sqlite,
        _ if head.starts_with(b"PAR1") => Magic::Parquet,
        _ if head.starts_with(b"%PDF-") => Magic::Pdf,
        _ => text(head),
    }
}

/// A ZIP by the name of its first entry, and what else it says to hold.
fn archive(head: &[u8], tail: &[u8]) -> Magic {
    let length = match head.get(26..28) {
        Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
        _ => return Magic::Zip,
    };
    let first = head.get(30..30 + length).unwrap_or_default();
    if first == b"mimetype" {
        let said = &head[30 + length..head.len().min(30 + length + 128)];
        return if contains(said, b"application/vnd.oasis.opendocument.spreadsheet") {
            Magic::Ods
        } else if contains(said, b"application/vnd.oasis.opendocument") {
            Magic::Document
        } else {
            Magic::Zip
        };
    }
    let office: [&[u8]; 7] =
        [b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"word/", b"ppt/", b"customXml/"];
    if !office.iter().any(|part| first.starts_with(part)) {
        return Magic::Zip;
    }
    let holds = |name: &[u8]| contains(tail, name) || contains(head, name);
    if holds(b"xl/workbook.") {
        Magic::Xlsx
    } else if holds(b"word/document.") || holds(b"ppt/presentation.") {
        Magic::Document
    } else {
        Magic::Zip
    }
}

/// Microsoft's compound file: an old workbook, or a new one under a password. Its streams have names in UTF-16.
fn compound(head: &[u8], tail: &[u8]) -> Magic {
    let holds = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        contains(head, &name) || contains(tail, &name)
    };
    if holds("EncryptedPackage") {
        Magic::Encrypted
    } else if holds("Workbook") || holds("Book") {
        Magic::Xls
    } else {
        Magic::Document
    }
}

fn text(head: &[u8]) -> Magic {
    let nuls = head.split(|byte| *byte == 0).skip(1).count();
    if PICTURES.iter().any(|start| head.starts_with(start)) {
        return Magic::Binary;
    }
    if nuls * BYTES_PER_NUL > head.len() {
        return if judge_encoding(head, None).charset.is_utf16() { Magic::Text } else { Magic::Binary };
    }
    let bare = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let lower: Vec<u8> = bare.iter().take(4096).map(u8::to_ascii_lowercase).collect();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        Magic::Html
    } else if lower.starts_with(b"<?xml") || lower.starts_with(b"<kml") {
        if contains(&lower, b"<kml") { Magic::Kml } else { Magic::Xml }
    } else if is_json(bare) {
        Magic::Json
    } else {
        Magic::Text
    }
}

/// PNG, JPEG, GIF, GZIP, RAR, 7z: what is sent by mistake, and may hold few NULs.
const PICTURES: [&[u8]; 6] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!\x1a", b"7z\xbc\xaf"];

/// `{"` or `[{`, white space apart: no table begins so.
fn is_json(text: &[u8]) -> bool {
    let second = |text: &[u8]| text.get(1..).and_then(|rest| rest.trim_ascii_start().first().copied());
    match text.first() {
        Some(b'{') => matches!(second(text), Some(b'"' | b'}')),
        Some(b'[') => matches!(second(text), Some(b'{')),
        _ => false,
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

impl Magic {
    /// The format a contract gives to such a file, when there is but one.
    pub(crate) fn format(self) -> Option<FileFormat> {
        match self {
            Self::Zip => Some(FileFormat::Shapefile),
            Self::Xlsx => Some(FileFormat::Xlsx),
            Self::Ods => Some(FileFormat::Ods),
            Self::Sqlite => Some(FileFormat::Geopackage),
            Self::Flatgeobuf => Some(FileFormat::Flatgeobuf),
            Self::Parquet => Some(FileFormat::Geoparquet),
            Self::Kml => Some(FileFormat::Kml),
            Self::Json => Some(FileFormat::Geojson),
            Self::Text => Some(FileFormat::Csv),
            _ => None,
        }
    }

    /// What it is, for people.
    pub(crate) fn name_es(self) -> &'static str {
        match self {
            Self::Empty => "un archivo vacío",
            Self::Zip => "un ZIP",
            Self::Xlsx => "una planilla Excel (.xlsx)",
            Self::Ods => "una planilla OpenDocument (.ods)",
            Self::Document => "un documento de Office que no es planilla",
            Self::Encrypted => "una planilla con contraseña",
            Self::Xls => "una planilla Excel antigua (.xls)",
            Self::Sqlite => "un GeoPackage o una base SQLite",
            Self::Flatgeobuf => "un FlatGeobuf",
            Self::Parquet => "un Parquet",
            Self::Pdf => "un PDF",
            Self::Kml => "un KML",
            Self::Xml => "un XML",
            Self::Html => "una página web (HTML)",
            Self::Json => "un JSON",
            Self::Shp => "solo el .shp de un shapefile",
            Self::Binary => "un archivo con bytes que no son texto",
            Self::Text => "un archivo de texto",
        }
    }
}

/// What a contract calls a format, and people do.
fn named(format: FileFormat) -> (&'static str, &'static str) {
    match format {
        FileFormat::Csv => ("csv", "un CSV"),
        FileFormat::Shapefile => ("shapefile", "un ZIP con un shapefile"),
        FileFormat::Geopackage => ("geopackage", "un GeoPackage"),
        FileFormat::Geojson => ("geojson", "un GeoJSON"),
        FileFormat::Flatgeobuf => ("flatgeobuf", "un FlatGeobuf"),
        FileFormat::Kml => ("kml", "un KML"),
        FileFormat::Geoparquet => ("geoparquet", "un GeoParquet"),
        FileFormat::Xlsx => ("xlsx", "una planilla Excel (.xlsx)"),
        FileFormat::Ods => ("ods", "una planilla OpenDocument (.ods)"),
    }
}

/// Proves by its bytes that the file is of that format.
///
/// # Errors
/// `file.empty`, `file.encrypted`, or `file.not_<format>` (`file.not_a_zip` for shapefiles), which says what it is instead.
pub(crate) fn expect(file: &Path, format: FileFormat) -> Result<(), Fault> {
    let magic = sniff(file)?.0;
    if magic.format() == Some(format) || (format == FileFormat::Kml && magic == Magic::Xml) {
        return Ok(());
    }
    if magic == Magic::Empty {
        return Err(Fault::give_up(
            "file.empty",
            "El archivo está vacío.",
            "Pida el archivo de nuevo a quien lo envía; lo que ya estaba publicado no cambia.",
        ));
    }
    if magic == Magic::Encrypted {
        return Err(Fault::give_up(
            "file.encrypted",
            "La planilla tiene contraseña y no se puede leer.",
            "Ábrala en Excel, quite la contraseña (Archivo, Información, Proteger libro) y guárdela de nuevo.",
        ));
    }
    Err(other_format(magic, format))
}

fn other_format(magic: Magic, format: FileFormat) -> Fault {
    let (label, wanted) = named(format);
    let remedy = match (magic, magic.format().map(named)) {
        (Magic::Xls, _) => "Ábrala en Excel y guárdela como Libro de Excel (.xlsx).".into(),
        (Magic::Html, _) => {
            "Ábrala en un navegador: suele ser un aviso del portal. Descargue el archivo de nuevo.".into()
        }
        (Magic::Shp, _) => "Comprima juntos los archivos .shp, .shx, .dbf y .prj en un ZIP.".into(),
        (_, Some((other, _))) if format == FileFormat::Shapefile => {
            format!(
                "Comprima juntos los archivos .shp, .shx, .dbf y .prj en un ZIP, o ponga format = \"{other}\" en el contrato."
            )
        }
        (_, Some((other, _))) => format!("Envíe {wanted}, o ponga format = \"{other}\" en el contrato."),
        _ => format!("Envíe {wanted}."),
    };
    let code = if format == FileFormat::Shapefile { "file.not_a_zip".to_owned() } else { format!("file.not_{label}") };
    Fault::give_up(&code, format!("El archivo no es {wanted}: es {}.", magic.name_es()), remedy)
}

/// A local file that cannot be opened or read: ours, so worth another attempt.
pub(crate) fn unreadable(error: &std::io::Error) -> Fault {
    Fault::later(
        "file.unreadable",
        format!("El archivo no se pudo leer: {error}."),
        "Si se repite, revise el disco del servidor.",
    )
}

/// The encoding to read by: the contract's where it says one and the content does not contradict it, else the one found.
///
/// # Errors
/// `file.encoding`: read as the contract says, letters would be lost.
pub(crate) fn agreed_encoding(declared: Option<&str>, found: &Found) -> Result<Charset, Fault> {
    let Some(label) = declared else { return Ok(found.charset) };
    let declared = Charset::for_label(label).unwrap_or(Charset::UTF_8);
    if !found.contradicts(declared) {
        return Ok(declared);
    }
    let likely = found.label();
    Err(Fault::give_up(
        "file.encoding",
        format!(
            "El contrato dice que el archivo está en {label}, pero su contenido no calza: los acentos se perderían. Parece {likely}: {}.",
            found.evidence
        ),
        format!(
            "Si el archivo está bien, ponga encoding = \"{likely}\" en el contrato o quite esa línea; si no, expórtelo en {label}."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn told(bytes: &[u8], format: FileFormat) -> Result<(), Fault> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("written");
        expect(file.path(), format)
    }

    /// A ZIP of these entries.
    fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, bytes) in entries {
            writer.start_file(*name, stored).expect("an entry");
            writer.write_all(bytes).expect("written");
        }
        writer.finish().expect("a ZIP").into_inner()
    }

    #[test]
    fn every_kind_is_told_by_its_bytes() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let mut locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        let mut old = locked.clone();
        locked.extend(utf16("EncryptedPackage"));
        old.extend(utf16("Workbook"));
        let office = zipped(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]);
        let open = zipped(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"")]);
        for (bytes, magic) in [
            (&b""[..], Magic::Empty),
            (&zipped(&[("a.shp", b"")]), Magic::Zip),
            (&zipped(&[("planilla.xlsx", &office)]), Magic::Zip),
            (&office, Magic::Xlsx),
            (&zipped(&[("docProps/app.xml", b""), ("word/document.xml", b"")]), Magic::Document),
            (&open, Magic::Ods),
            (&locked, Magic::Encrypted),
            (&old, Magic::Xls),
            (b"SQLite format 3\0\x10\0", Magic::Sqlite),
            (b"fgb\x03fgb\x01", Magic::Flatgeobuf),
            (b"PAR1\x15\x04", Magic::Parquet),
            (b"%PDF-1.7", Magic::Pdf),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<kml xmlns=\"x\">", Magic::Kml),
            (b"<?xml version=\"1.0\"?><gml/>", Magic::Xml),
            (b"\n<!DOCTYPE html><html>", Magic::Html),
            (b"{ \"type\": \"FeatureCollection\"", Magic::Json),
            (b"[{\"a\":1}]", Magic::Json),
            (b"\0\0\x27\x0a\0\0\0\0", Magic::Shp),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Magic::Binary),
            (b"a;b\n1;\0\n", Magic::Binary),
            (b"a;b\n1;2\n", Magic::Text),
            (b"{nota}\n1\n", Magic::Text),
            (&utf16("a;b\n1;2\n"), Magic::Text),
        ] {
            let tail = if bytes.len() < 4 { b"" } else { bytes };
            assert_eq!(recognise(bytes, tail), magic, "{}", String::from_utf8_lossy(bytes));
        }
        let mut one_nul = "a;b\n".repeat(100).into_bytes();
        one_nul.push(0);
        assert_eq!(recognise(&one_nul, b""), Magic::Text, "one bad cell does not make a file binary");
    }

    #[test]
    fn a_file_of_another_format_says_what_it_is_and_what_to_write() {
        let office = zipped(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]);
        let fault = told(&office, FileFormat::Csv).expect_err("refused");
        assert_eq!(fault.code, "file.not_csv");
        assert!(fault.what.contains("Excel") && fault.remedy.contains("format = \"xlsx\""), "{fault} {}", fault.remedy);
        let fault = told(b"a;b\n", FileFormat::Shapefile).expect_err("refused");
        assert!(fault.code == "file.not_a_zip" && fault.remedy.contains(".prj"), "{fault} {}", fault.remedy);
        let fault = told(b"<html>", FileFormat::Geojson).expect_err("refused");
        assert!(fault.code == "file.not_geojson" && fault.remedy.contains("portal"), "{fault} {}", fault.remedy);
        assert_eq!(told(b"", FileFormat::Kml).expect_err("refused").code, "file.empty");
        assert_eq!(told(&office, FileFormat::Xlsx), Ok(()));
    }

    #[test]
    fn the_contract_decides_unless_the_content_contradicts_it() {
        let latin = judge_encoding(b"RA\xd1ADERO de \xd1uble", None);
        let label = |declared: Option<&str>| agreed_encoding(declared, &latin).map(Charset::label);
        assert_eq!(label(None).as_deref(), Ok("windows-1252"));
        assert_eq!(label(Some("latin1")).as_deref(), Ok("windows-1252"));
        let fault = label(Some("utf-8")).expect_err("refused");
        assert_eq!(fault.code, "file.encoding");
        assert!(
            fault.what.contains("«Ñuble»") && fault.remedy.contains("\"windows-1252\""),
            "{fault} {}",
            fault.remedy
        );
    }
}
