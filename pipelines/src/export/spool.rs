//! The rows of a release in a local file, as PostgreSQL's binary COPY sent them: read from the database once, and from here for each
//! format.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use chrono::{Days, NaiveDate};
use goreos_db::export::ColumnKind;
use tokio_util::sync::CancellationToken;

use super::about::About;
use super::failure::Failure;

/// What the file begins with: signature, flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Rows between two looks at whether to stop.
const LOOK: u64 = 1024;

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Real(f64),
    /// Digits, of any length.
    Decimal(&'a str),
    Date(NaiveDate),
    Bool(bool),
    /// WKB.
    Geometry(&'a [u8]),
}

/// The rows, one after the other.
pub(super) struct Rows {
    input: BufReader<File>,
    kinds: Vec<ColumnKind>,
    stop: CancellationToken,
    read: u64,
    bytes: Vec<u8>,
    /// Where each cell ends in `bytes`; `None` for a cell without a value.
    cells: Vec<Option<(usize, usize)>>,
}

/// A row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    kinds: &'a [ColumnKind],
    bytes: &'a [u8],
    cells: &'a [Option<(usize, usize)>],
}

impl Rows {
    pub(super) fn open(file: &Path, about: &About, stop: &CancellationToken) -> Result<Self, Failure> {
        let mut input = BufReader::with_capacity(1 << 20, File::open(file)?);
        let mut header = [0; HEADER.len()];
        input.read_exact(&mut header)?;
        if header != HEADER {
            return Err(damaged());
        }
        let kinds = about.columns.iter().map(|column| column.kind).collect();
        Ok(Self { input, kinds, stop: stop.clone(), read: 0, bytes: Vec::new(), cells: Vec::new() })
    }

    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, Failure> {
        self.read += 1;
        if self.read.is_multiple_of(LOOK) && self.stop.is_cancelled() {
            return Err(Failure::Stopped);
        }
        let mut count = [0; 2];
        self.input.read_exact(&mut count)?;
        // The end says minus one.
        let Ok(count) = usize::try_from(i16::from_be_bytes(count)) else { return Ok(None) };
        if count != self.kinds.len() {
            return Err(damaged());
        }
        self.bytes.clear();
        self.cells.clear();
        for _ in 0..count {
            let mut length = [0; 4];
            self.input.read_exact(&mut length)?;
            let cell = match usize::try_from(i32::from_be_bytes(length)) {
                Err(_) => None,
                Ok(length) => {
                    let start = self.bytes.len();
                    self.bytes.resize(start + length, 0);
                    self.input.read_exact(&mut self.bytes[start..])?;
                    Some((start, start + length))
                }
            };
            self.cells.push(cell);
        }
        Ok(Some(Row { kinds: &self.kinds, bytes: &self.bytes, cells: &self.cells }))
    }
}

impl<'a> Row<'a> {
    /// The cell at that place among the columns.
    pub(super) fn value(&self, place: usize) -> Result<Value<'a>, Failure> {
        let Some((start, end)) = self.cells[place] else { return Ok(Value::Null) };
        let bytes = &self.bytes[start..end];
        Ok(match self.kinds[place] {
            ColumnKind::Text => Value::Text(text(bytes)?),
            ColumnKind::Decimal => Value::Decimal(text(bytes)?),
            ColumnKind::Int => Value::Int(i64::from_be_bytes(fixed(bytes)?)),
            ColumnKind::Real => Value::Real(f64::from_be_bytes(fixed(bytes)?)),
            ColumnKind::Bool => Value::Bool(fixed::<1>(bytes)? == [1]),
            ColumnKind::Date => date(i32::from_be_bytes(fixed(bytes)?)).map_or(Value::Null, Value::Date),
            ColumnKind::Geometry => Value::Geometry(bytes),
        })
    }

    /// The bytes of a geometry.
    pub(super) fn wkb(&self, place: usize) -> Option<&'a [u8]> {
        self.cells[place].map(|(start, end)| &self.bytes[start..end])
    }
}

/// PostgreSQL counts days from 2000. Its infinities have no calendar day.
fn date(days: i32) -> Option<NaiveDate> {
    let start = NaiveDate::from_ymd_opt(2000, 1, 1)?;
    let step = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 { start.checked_sub_days(step) } else { start.checked_add_days(step) }
}

fn text(bytes: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(bytes).map_err(|_| damaged())
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Failure> {
    bytes.try_into().map_err(|_| damaged())
}

fn damaged() -> Failure {
    Failure::Disk(io::Error::new(io::ErrorKind::InvalidData, "the rows on the local disk are not those of the release"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_2000() {
        assert_eq!(date(0), NaiveDate::from_ymd_opt(2000, 1, 1));
        assert_eq!(date(-1), NaiveDate::from_ymd_opt(1999, 12, 31));
        assert_eq!(date(9_560), NaiveDate::from_ymd_opt(2026, 3, 5));
        assert_eq!((date(i32::MAX), date(i32::MIN)), (None, None));
    }
}
