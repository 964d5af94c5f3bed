//! The index (`.shx`) proven against the geometries (`.shp`).

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use goreos_domain::Fault;

use super::super::magic::unreadable;
use super::{damaged, truncated};

const HEADER: u64 = 100;
const MAGIC: [u8; 4] = [0, 0, 0x27, 0x0a];

/// Every record of the index is where it says and as long as it says; there are as many as in the attribute table.
pub(super) fn verify(shp: &Path, records: u64) -> Result<(), Fault> {
    let (mut shapes, bytes) = open(shp, "shp")?;
    let (mut index, index_bytes) = open(&shp.with_extension("shx"), "shx")?;
    let indexed = index_bytes.saturating_sub(HEADER) / 8;
    if indexed != records {
        return Err(truncated(&format!("el .dbf tiene {records} registros y el .shx {indexed}")));
    }
    let mut at = HEADER;
    let mut base = None;
    for record in 1..=indexed {
        let [offset, words] = pair(&mut index)?;
        let start = u64::from(offset) * 2;
        // A record without a shape may be left out.
        if offset == 0 && words == 0 {
            continue;
        }
        if start + 8 + u64::from(words) * 2 > bytes {
            return Err(truncated(&format!("al .shp le falta el registro {record}")));
        }
        let forward = i64::try_from(start).unwrap_or(i64::MAX).saturating_sub_unsigned(at);
        shapes.seek_relative(forward).map_err(|error| unreadable(&error))?;
        at = start + 8;
        let [number, length] = pair(&mut shapes)?;
        // Most count from one, some from zero.
        let first = *base.get_or_insert(i64::from(number) - i64::try_from(record).unwrap_or(0));
        let counted = i64::from(number) - i64::try_from(record).unwrap_or(0);
        if length != words || counted != first || !(-1..=0).contains(&first) {
            return Err(damaged(&format!("el .shx no calza con el .shp en el registro {record}")));
        }
    }
    Ok(())
}

fn open(path: &Path, extension: &str) -> Result<(BufReader<File>, u64), Fault> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut head = [0; 28];
    reader.read_exact(&mut head).map_err(|_| truncated(&format!("el .{extension} no tiene encabezado")))?;
    if head[..4] != MAGIC {
        return Err(damaged(&format!("el .{extension} no es lo que dice su nombre")));
    }
    let declared = u64::from(u32::from_be_bytes([head[24], head[25], head[26], head[27]])) * 2;
    if bytes < HEADER || declared > bytes {
        return Err(truncated(&format!("el .{extension} dice medir {declared} bytes y mide {bytes}")));
    }
    reader.seek(SeekFrom::Start(HEADER)).map_err(|error| unreadable(&error))?;
    Ok((reader, bytes))
}

fn pair(reader: &mut impl Read) -> Result<[u32; 2], Fault> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes).map_err(|_| truncated("termina antes de lo que dice"))?;
    let both = u64::from_be_bytes(bytes);
    let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    Ok([half(both >> 32), half(both)])
}
