//! The index (`.shx`): where each record of the `.shp` stands.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use goreos_domain::Fault;

use super::super::magic::unreadable;
use super::{damaged, truncated};

/// Bytes before the first record, of both files.
pub(super) const HEAD: usize = 100;
const MAGIC: [u8; 4] = [0, 0, 0x27, 0x0a];

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Of its head, in bytes.
    pub(super) start: u64,
    /// Of its content, in words of two bytes, as the head says it again.
    pub(super) words: u32,
}

/// The index, place by place.
pub(super) struct Index {
    reader: BufReader<File>,
    /// Each record stands behind the one before.
    pub(super) in_order: bool,
}

impl Index {
    /// An index of so many records, all of which end within `bytes` of the `.shp`.
    pub(super) fn open(path: &Path, records: u64, bytes: u64) -> Result<Self, Fault> {
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        let own_bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
        let mut reader = BufReader::with_capacity(1 << 16, file);
        head(&mut reader, own_bytes, "shx")?;
        let indexed = own_bytes.saturating_sub(HEAD as u64) / 8;
        if indexed != records {
            return Err(truncated(&format!("el .dbf tiene {records} registros y el .shx {indexed}")));
        }
        let mut index = Self { reader, in_order: true };
        let mut end = HEAD as u64;
        for record in 1..=records {
            let Some(place) = index.next()? else { continue };
            index.in_order &= place.start >= end;
            end = place.start + 8 + u64::from(place.words) * 2;
            if end > bytes {
                return Err(truncated(&format!("al .shp le falta el registro {record}")));
            }
        }
        index.reader.seek(SeekFrom::Start(HEAD as u64)).map_err(|error| unreadable(&error))?;
        Ok(index)
    }

    /// The next place; `None` for a record without a shape, which may be left out.
    pub(super) fn next(&mut self) -> Result<Option<Place>, Fault> {
        let mut bytes = [0; 8];
        self.reader.read_exact(&mut bytes).map_err(|_| truncated("el .shx termina antes de lo que dice"))?;
        let [offset, words] = pair(bytes);
        Ok((offset != 0 || words != 0).then_some(Place { start: u64::from(offset) * 2, words }))
    }
}

/// The first bytes of a `.shp` or a `.shx` that has so many.
pub(super) fn head(reader: &mut impl Read, bytes: u64, extension: &str) -> Result<[u8; HEAD], Fault> {
    let mut head = [0; HEAD];
    let begun = reader.read_exact(&mut head);
    if begun.is_ok() && head[..4] != MAGIC {
        return Err(damaged(&format!("el .{extension} no es lo que dice su nombre")));
    }
    begun.map_err(|_| truncated(&format!("el .{extension} no tiene encabezado")))?;
    let declared = u64::from(u32::from_be_bytes([head[24], head[25], head[26], head[27]])) * 2;
    if declared > bytes {
        return Err(truncated(&format!("el .{extension} dice medir {declared} bytes y mide {bytes}")));
    }
    Ok(head)
}

/// Two numbers, the greater end first.
pub(super) fn pair(bytes: [u8; 8]) -> [u32; 2] {
    let (words, _) = bytes.as_chunks();
    [words[0], words[1]].map(u32::from_be_bytes)
}
