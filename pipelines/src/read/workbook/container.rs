//! What a workbook is, by its bytes, and how much it holds once unpacked, before anything else opens it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use goreos_domain::{Fault, FileFormat};
use zip::ZipArchive;

use crate::read::magic::{expect, unreadable};

/// Most parts a workbook may have.
const MOST_PARTS: usize = 20_000;
/// Most shared texts a workbook may announce.
const MOST_TEXTS: u64 = 20_000_000;

/// How much a workbook may hold once unpacked, in bytes.
struct Limits {
    /// Of XML in all; sheets are read as a stream.
    all: u64,
    /// Of the parts that are kept in memory: texts shared between cells, formats, the list of sheets.
    kept: u64,
    /// Of one tag or text: that of a cell is at most 32,767 letters.
    run: usize,
}

const LIMITS: Limits = Limits { all: 2 << 30, kept: 128 << 20, run: 4 << 20 };

/// Proves that the file is a workbook of that format without a password, and that it may be unpacked.
pub(super) fn prove(format: FileFormat, file: &Path) -> Result<(), Fault> {
    expect(file, format).map_err(|fault| why(file, fault))?;
    let opened = File::open(file).map_err(|error| unreadable(&error))?;
    let mut archive = ZipArchive::new(BufReader::new(opened)).map_err(|error| damaged(&error))?;
    if archive.len() > MOST_PARTS {
        return Err(refused(&format!("tiene {} partes y se admiten {MOST_PARTS}", archive.len())));
    }
    if archive.index_for_name("xl/workbook.bin").is_some() {
        return Err(Fault::give_up(
            "file.not_xlsx",
            "El archivo no es una planilla Excel (.xlsx): es una planilla binaria (.xlsb).",
            "Ábrala en Excel y guárdela como Libro de Excel (.xlsx).",
        ));
    }
    if format == FileFormat::Ods && encrypted_ods(&mut archive)? {
        return Err(encrypted());
    }
    measure(&mut archive, &LIMITS)
}

/// At most so many bytes of a part, as text.
fn start_of(archive: &mut ZipArchive<BufReader<File>>, name: &str, most: u64) -> Result<Option<String>, Fault> {
    let Some(index) = archive.index_for_name(name) else { return Ok(None) };
    let part = archive.by_index(index).map_err(|error| damaged(&error))?;
    let mut bytes = Vec::new();
    part.take(most).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn encrypted_ods(archive: &mut ZipArchive<BufReader<File>>) -> Result<bool, Fault> {
    let manifest = start_of(archive, "META-INF/manifest.xml", 1 << 20)?.unwrap_or_default();
    Ok(manifest.contains("encryption-data") || archive.index_for_name("encrypted-package").is_some())
}

/// Unpacks every part that may be read, keeping nothing, and refuses what would not fit: a size a part declares proves nothing.
fn measure<R: Read + Seek>(archive: &mut ZipArchive<R>, limits: &Limits) -> Result<(), Fault> {
    let (mut all, mut kept) = (0_u64, 0_u64);
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(|error| damaged(&error))?;
        if part.encrypted() {
            return Err(encrypted());
        }
        let name = String::from_utf8_lossy(part.name_raw()).into_owned();
        drop(part);
        if !is_read(&name) {
            continue;
        }
        let part = archive.by_index(index).map_err(|error| damaged(&error))?;
        let size = run_through(part, limits.all - all, limits, &name)?;
        all += size;
        if !is_streamed(&name) {
            kept += size;
        }
        if kept > limits.kept {
            return Err(refused(&format!("sus textos y formatos superan los {} MB", limits.kept >> 20)));
        }
    }
    Ok(())
}

/// Parts that reading opens.
fn is_read(name: &str) -> bool {
    let lower = name.to_lowercase();
    let xml = [".xml", ".rels"].iter().any(|ending| lower.ends_with(ending));
    xml && !["/pivotcache/", "/drawings/", "/charts/", "customxml/"].iter().any(|folder| lower.contains(folder))
}

/// Parts of which only a stretch is in memory at a time.
fn is_streamed(name: &str) -> bool {
    name.contains("worksheets/") || name == "content.xml"
}

/// Counts the bytes of a part, and looks at the longest stretch that a reader of XML would have to hold.
fn run_through(mut part: impl Read, most: u64, limits: &Limits, name: &str) -> Result<u64, Fault> {
    let mut buffer = vec![0; 1 << 16];
    let mut head = Vec::new();
    let (mut size, mut run) = (0_u64, 0_usize);
    loop {
        let read = match part.read(&mut buffer) {
            Ok(0) if announced_texts(&head) > MOST_TEXTS => {
                return Err(refused("anuncia más textos de los que caben en una planilla"));
            }
            Ok(0) => return Ok(size),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(damaged(&format!("{name}: {error}"))),
        };
        let bytes = &buffer[..read];
        size += read as u64;
        if size > most {
            return Err(refused(&format!("descomprimida supera los {} GB", limits.all >> 30)));
        }
        for (index, piece) in bytes.split(|byte| *byte == b'<').enumerate() {
            run = if index == 0 { run + piece.len() } else { piece.len() };
            if run > limits.run {
                return Err(refused(&format!("una celda supera los {} MB", limits.run >> 20)));
            }
        }
        head.extend_from_slice(&bytes[..read.min(HEAD - head.len())]);
    }
}

/// Bytes of a part in which it may say how many texts it has.
const HEAD: usize = 4096;

/// How many shared texts the part says it has: memory is set aside for so many.
fn announced_texts(head: &[u8]) -> u64 {
    let head = String::from_utf8_lossy(head);
    let Some((_, after)) = head.split_once("uniqueCount=") else { return 0 };
    let digits: String = after.chars().skip(1).take_while(char::is_ascii_digit).collect();
    if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u64::MAX) }
}

/// The first bytes of Microsoft's compound files: old workbooks, and new ones with a password.
const COMPOUND: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// What is wrong with a file that does not look like the workbook it should be: it may be one with a password, or one cut short.
fn why(file: &Path, fault: Fault) -> Fault {
    let mut head = Vec::new();
    let read = File::open(file).and_then(|opened| opened.take(8).read_to_end(&mut head));
    if let Err(error) = read {
        return unreadable(&error);
    }
    if head == COMPOUND && holds(file, "EncryptedPackage").unwrap_or(false) {
        return encrypted();
    }
    let cut = || File::open(file).ok().and_then(|opened| ZipArchive::new(BufReader::new(opened)).err());
    match head.starts_with(b"PK").then(cut).flatten() {
        Some(error) => damaged(&error),
        None => fault,
    }
}

/// True when a name of a stream, in UTF-16, is somewhere in the file.
fn holds(file: &Path, name: &str) -> io::Result<bool> {
    let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut input = File::open(file)?;
    let mut window = Vec::new();
    loop {
        if (&mut input).take(1 << 20).read_to_end(&mut window)? == 0 {
            return Ok(false);
        }
        if window.windows(wanted.len()).any(|stretch| stretch == wanted) {
            return Ok(true);
        }
        // A name may lie across two stretches.
        window.drain(..window.len().saturating_sub(wanted.len() - 1));
    }
}

pub(super) fn encrypted() -> Fault {
    Fault::give_up(
        "file.encrypted",
        "La planilla tiene contraseña y no se puede abrir.",
        "Ábrala, quítele la contraseña, guárdela y envíela de nuevo.",
    )
}

pub(super) fn damaged(error: &dyn std::fmt::Display) -> Fault {
    Fault::give_up(
        "file.damaged_workbook",
        format!("La planilla está dañada o incompleta: {error}."),
        "Pida el archivo de nuevo a quien lo envía, o ábralo y guárdelo de nuevo.",
    )
}

pub(super) fn refused(why: &str) -> Fault {
    Fault::give_up(
        "file.refused_zip",
        format!("La planilla no se acepta: {why}."),
        "Deje solo la hoja con los datos, sin formatos en filas vacías, y guárdela de nuevo; o envíela como CSV.",
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn what_counts_is_what_a_part_unpacks_to() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/media/image1.png"] {
            writer.start_file(name, SimpleFileOptions::default()).expect("a part");
            writer.write_all(&b"<a>".repeat(100_000)).expect("written");
        }
        let mut archive = writer.finish_into_readable().expect("a ZIP");
        let mut told = |all, kept, run| measure(&mut archive, &Limits { all, kept, run }).map_err(|fault| fault.code);
        let refused = Err("file.refused_zip".to_owned());
        assert_eq!(told(600_000, 300_000, 2), Ok(()));
        assert_eq!(told(599_999, 300_000, 2), refused);
        assert_eq!(told(600_000, 299_999, 2), refused);
        assert_eq!(told(600_000, 300_000, 1), refused);
    }
}
