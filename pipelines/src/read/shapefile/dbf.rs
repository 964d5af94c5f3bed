//! The attribute table (`.dbf`), read by us: GDAL reads `12a4` as 12, and decodes by what a label says.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use goreos_domain::{Charset, DecimalMark, Detector, Fault, Found, mend_mojibake};

use super::super::magic::unreadable;
use super::{damaged, truncated};

/// A column.
pub(in super::super) struct Field {
    /// As its bytes are.
    name: Vec<u8>,
    kind: u8,
    start: usize,
    width: usize,
}

/// What a table says of itself, proven against its length.
pub(in super::super) struct Table {
    path: PathBuf,
    pub(in super::super) records: u64,
    /// Records marked as deleted; they are no rows.
    pub(in super::super) deleted: u64,
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

    /// Looks at every byte: which records are deleted, and what the letters say of their encoding.
    pub(super) fn judge(&mut self, said: Option<Charset>) -> Result<Found, Fault> {
        let mut detector = Detector::default();
        let mut deleted = 0;
        for field in &self.fields {
            detector.see(&field.name);
            detector.see(b" ");
        }
        let mut reader = self.reader()?;
        let mut record = vec![0; self.width];
        for _ in 0..self.records {
            reader.read_exact(&mut record).map_err(|error| unreadable(&error))?;
            deleted += u64::from(record[0] == b'*');
            detector.see(&record);
        }
        self.deleted = deleted;
        Ok(detector.finish(said))
    }

    fn reader(&self) -> Result<BufReader<File>, Fault> {
        let mut reader = BufReader::with_capacity(1 << 18, File::open(&self.path).map_err(|error| unreadable(&error))?);
        reader.seek(SeekFrom::Start(self.header)).map_err(|error| unreadable(&error))?;
        Ok(reader)
    }

    pub(in super::super) fn names(&self) -> impl Iterator<Item = String> {
        self.fields.iter().map(|field| self.charset.decode(&field.name).0.trim().to_owned())
    }

    /// The decimal mark of each column of numbers; of texts the table knows nothing.
    pub(in super::super) fn marks(&self) -> impl Iterator<Item = Option<DecimalMark>> {
        self.fields.iter().map(|field| (!matches!(field.kind, b'C' | b'M')).then_some(DecimalMark::Point))
    }

    /// Its records, from the first.
    pub(in super::super) fn records(&self) -> Result<Records<'_>, Fault> {
        Ok(Records { reader: self.reader()?, record: vec![0; self.width], next: 0, table: self })
    }
}

/// The records of a table, one after the other.
pub(in super::super) struct Records<'a> {
    reader: BufReader<File>,
    record: Vec<u8>,
    next: u64,
    table: &'a Table,
}

impl Records<'_> {
    /// The cells of a record, counted from zero; each must lie after the one before.
    pub(in super::super) fn cells(&mut self, record: u64) -> Result<Vec<Cow<'_, str>>, Fault> {
        let skipped = record.checked_sub(self.next).ok_or_else(|| damaged("sus registros están en desorden"))?;
        let bytes = i64::try_from(skipped * self.table.width as u64).unwrap_or(i64::MAX);
        self.reader.seek_relative(bytes).map_err(|error| unreadable(&error))?;
        self.reader.read_exact(&mut self.record).map_err(|error| unreadable(&error))?;
        self.next = record + 1;
        let (record, table) = (&self.record, self.table);
        Ok(table
            .fields
            .iter()
            .map(|field| table.cell(field, &record[field.start..field.start + field.width]))
            .collect())
    }
}

impl Table {
    fn cell<'a>(&self, field: &Field, bytes: &'a [u8]) -> Cow<'a, str> {
        let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
        match field.kind {
            // How writers, GDAL among them, leave a number out.
            b'N' | b'F' if bytes.iter().all(|byte| *byte == b'*') => "".into(),
            b'D' if bytes.iter().all(|byte| *byte == b'0') => "".into(),
            b'D' if bytes.len() == 8 && bytes.iter().all(u8::is_ascii_digit) => {
                let text = String::from_utf8_lossy(bytes);
                format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]).into()
            }
            b'L' if bytes == b"?" => "".into(),
            _ => {
                let text = self.charset.decode(bytes).0;
                match self.double.then(|| mend_mojibake(&text).into_owned()) {
                    Some(mended) => mended.into(),
                    None => text,
                }
            }
        }
    }
}
