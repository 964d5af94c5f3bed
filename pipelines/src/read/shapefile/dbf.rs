//! The attribute table (`.dbf`).

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use goreos_domain::{Charset, DecimalMark, Detector, Fault, Found, mend_mojibake};

use super::super::magic::unreadable;
use super::{damaged, truncated};

/// Bytes read at a time, about.
const BLOCK: usize = 1 << 18;

/// A column.
pub(super) struct Field {
    /// As its bytes are.
    name: Vec<u8>,
    kind: u8,
    start: usize,
    width: usize,
}

/// What a table says of itself, proven against its length.
pub(super) struct Table {
    path: PathBuf,
    pub(super) records: u64,
    /// Records marked as deleted; they are no rows.
    pub(super) deleted: u64,
    /// Byte 29: the encoding it says to be in.
    pub(super) language: u8,
    pub(super) charset: Charset,
    /// Its words were read wrongly once, and are mended here.
    pub(super) double: bool,
    fields: Vec<Field>,
    header: u64,
    width: usize,
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let file = File::open(path).map_err(|error| unreadable(&error))?;
        let bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
        let mut reader = BufReader::new(file);
        let mut head = [0; 32];
        reader.read_exact(&mut head).map_err(|_| truncated("el .dbf no tiene encabezado"))?;
        let records = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let header = u64::from(u16::from_le_bytes([head[8], head[9]]));
        let width = usize::from(u16::from_le_bytes([head[10], head[11]]));
        // dBASE III to 7 and FoxPro.
        let table = matches!(head[0] & 7, 2..=5) || (0x30..=0x32).contains(&head[0]);
        if !table || header < 33 || width == 0 {
            return Err(damaged("el .dbf no es lo que dice su nombre"));
        }
        if bytes < header + records * width as u64 {
            return Err(truncated(&format!("el .dbf dice tener {records} registros y trae menos")));
        }
        let mut fields = Vec::new();
        let mut start = 1;
        for _ in 0..(header - 33) / 32 {
            let mut field = [0; 32];
            reader.read_exact(&mut field).map_err(|_| truncated("el .dbf no tiene encabezado"))?;
            if field[0] == 0x0d {
                break;
            }
            let name = field[..11].split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
            let width = usize::from(field[16]);
            fields.push(Field { name, kind: field[11], start, width });
            start += width;
        }
        if start > width {
            return Err(damaged("las columnas del .dbf no caben en sus filas"));
        }
        let charset = Charset::UTF_8;
        Ok(Self {
            path: path.into(),
            records,
            deleted: 0,
            language: head[29],
            charset,
            double: false,
            fields,
            header,
            width,
        })
    }

    /// Looks at every byte: how many records are deleted, and what the letters say of their encoding.
    pub(super) fn judge(&mut self, said: Option<Charset>) -> Result<Found, Fault> {
        let mut detector = Detector::default();
        let mut deleted = 0;
        for field in &self.fields {
            detector.see(&field.name);
            detector.see(b" ");
        }
        let mut reader = self.reader()?;
        let mut block = vec![0; BLOCK.next_multiple_of(self.width)];
        let most = (block.len() / self.width) as u64;
        let mut left = self.records;
        while left > 0 {
            let records = left.min(most);
            left -= records;
            block.truncate(usize::try_from(records).unwrap_or(usize::MAX).saturating_mul(self.width));
            reader.read_exact(&mut block).map_err(|error| unreadable(&error))?;
            deleted += block.chunks_exact(self.width).filter(|record| record[0] == b'*').count() as u64;
            detector.see(&block);
        }
        self.deleted = deleted;
        Ok(detector.finish(said))
    }

    fn reader(&self) -> Result<BufReader<File>, Fault> {
        let mut reader = BufReader::with_capacity(BLOCK, File::open(&self.path).map_err(|error| unreadable(&error))?);
        reader.seek(SeekFrom::Start(self.header)).map_err(|error| unreadable(&error))?;
        Ok(reader)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.fields.iter().map(|field| self.charset.decode(&field.name).0.trim().to_owned())
    }

    /// The decimal mark of each column of numbers; of texts the table knows nothing.
    pub(super) fn marks(&self) -> impl Iterator<Item = Option<DecimalMark>> {
        self.fields.iter().map(|field| (!matches!(field.kind, b'C' | b'M')).then_some(DecimalMark::Point))
    }

    /// Its records, from the first.
    pub(super) fn records(&self) -> Result<Records<'_>, Fault> {
        let record = vec![0; self.width];
        Ok(Records { reader: self.reader()?, record, text: String::new(), ends: Vec::new(), table: self })
    }
}

/// The records of a table, one after the other.
pub(super) struct Records<'a> {
    reader: BufReader<File>,
    record: Vec<u8>,
    text: String,
    ends: Vec<usize>,
    table: &'a Table,
}

impl Records<'_> {
    /// Goes on to the next record, which must be there; true when it is marked as deleted.
    pub(super) fn advance(&mut self) -> Result<bool, Fault> {
        self.reader.read_exact(&mut self.record).map_err(|error| unreadable(&error))?;
        Ok(self.record[0] == b'*')
    }

    /// The cells of the record, one behind the other, and where each ends.
    pub(super) fn cells(&mut self) -> (&str, &[usize]) {
        self.text.clear();
        self.ends.clear();
        // What stands behind a NUL is none of the cell.
        let nul = self.record.contains(&0);
        for field in &self.table.fields {
            let bytes = &self.record[field.start..field.start + field.width];
            let end = if nul { bytes.iter().position(|byte| *byte == 0) } else { None };
            self.table.read(field, bytes[..end.unwrap_or(field.width)].trim_ascii(), &mut self.text);
            self.ends.push(self.text.len());
        }
        (&self.text, &self.ends)
    }
}

impl Table {
    /// Appends the text of a cell.
    fn read(&self, field: &Field, bytes: &[u8], text: &mut String) {
        let all = |wanted: fn(&u8) -> bool| bytes.iter().all(wanted);
        match field.kind {
            // How writers, GDAL among them, leave a number out.
            b'N' | b'F' if all(|byte| *byte == b'*') => {}
            b'D' if all(|byte| *byte == b'0') => {}
            b'D' if bytes.len() == 8 && all(u8::is_ascii_digit) => {
                for (place, digit) in bytes.iter().enumerate() {
                    if place == 4 || place == 6 {
                        text.push('-');
                    }
                    text.push(char::from(*digit));
                }
            }
            b'L' if bytes == b"?" => {}
            _ if bytes.is_ascii() && !self.charset.is_utf16() => {
                text.push_str(str::from_utf8(bytes).unwrap_or_default());
            }
            _ => {
                let decoded = self.charset.decode(bytes).0;
                text.push_str(&if self.double { mend_mojibake(&decoded) } else { decoded });
            }
        }
    }
}
