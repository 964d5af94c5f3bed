//! The geometries (`.shp`), record by record, each proven against the index.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use goreos_domain::Fault;

use super::super::magic::unreadable;
use super::super::unzip::{self, Unpacked};
use super::index::{HEAD, Index, head, pair};
use super::{damaged, truncated};

/// Bytes read at a time.
const BLOCK: usize = 1 << 18;
/// Most bytes of a record that are read: more vertices than these a geometry may not have, and their heights and measures stand behind.
const LONGEST: u64 = 24 << 20;

/// The records, one after the other.
pub(super) struct Shapes<'a> {
    source: Source<'a>,
    index: Index,
    /// Where the source stands.
    at: u64,
    /// Records given.
    given: u32,
    /// What the first record is counted as.
    first: Option<u32>,
    /// The head and the content of the record.
    record: Vec<u8>,
    /// Least x, least y, greatest x, greatest y, as the file says.
    pub(super) bounds: Option<[f64; 4]>,
}

enum Source<'a> {
    /// Out of the archive, forwards only.
    Archive(BufReader<Box<dyn Read + 'a>>),
    /// Unpacked, as its records are not in the order of their numbers.
    File(BufReader<File>),
}

impl<'a> Shapes<'a> {
    /// The records of an unpacked shapefile with so many rows.
    pub(super) fn open(unpacked: &'a mut Unpacked, records: u64) -> Result<Self, Fault> {
        let bytes = unpacked.shp_bytes();
        let head = head(&mut unpacked.shp()?, bytes, "shp")?;
        let index = Index::open(&unpacked.part("shx"), records, bytes)?;
        let mut source = if index.in_order {
            Source::Archive(BufReader::with_capacity(BLOCK, Box::new(unpacked.shp()?)))
        } else {
            let file = File::open(unpacked.unpack_shp()?).map_err(|error| unreadable(&error))?;
            Source::File(BufReader::with_capacity(BLOCK, file))
        };
        source.go(0, HEAD as u64)?;
        let (edges, _) = head[36..68].as_chunks::<8>();
        let mut bounds = [0.0; 4];
        for (bound, edge) in bounds.iter_mut().zip(edges) {
            *bound = f64::from_le_bytes(*edge);
        }
        // Some writers leave it out.
        let [west, south, east, north] = bounds;
        let said = bounds.iter().all(|edge| edge.is_finite())
            && west <= east
            && south <= north
            && bounds.iter().any(|edge| *edge != 0.0);
        let bounds = said.then_some(bounds);
        Ok(Self { source, index, at: HEAD as u64, given: 0, first: None, record: Vec::new(), bounds })
    }

    /// The content of the next record; `None` when it is left out.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Fault> {
        let number = self.given;
        self.given += 1;
        let Some(place) = self.index.next()? else { return Ok(None) };
        let bytes = 8 + u64::from(place.words) * 2;
        self.source.go(self.at, place.start)?;
        self.at = place.start + bytes;
        let read = bytes.min(LONGEST);
        self.record.resize(usize::try_from(read).unwrap_or(usize::MAX), 0);
        self.source.read_exact(&mut self.record).map_err(|error| broken(&error))?;
        self.source.go(place.start + read, self.at)?;
        let (head, content) =
            self.record.split_first_chunk().ok_or_else(|| truncated("al .shp le falta un registro"))?;
        let [counted, words] = pair(*head);
        // Most count from one, some from zero.
        let first = *self.first.get_or_insert(counted.wrapping_sub(number));
        if words != place.words || counted.wrapping_sub(number) != first || first > 1 {
            return Err(damaged(&format!("el .shx no calza con el .shp en el registro {}", number + 1)));
        }
        Ok(Some(content))
    }

    /// Reads what is left, so that the archive's own sum is compared.
    pub(super) fn end(mut self) -> Result<(), Fault> {
        io::copy(&mut self.source, &mut io::sink()).map(drop).map_err(|error| broken(&error))
    }
}

impl Source<'_> {
    /// From one place to another.
    fn go(&mut self, from: u64, to: u64) -> Result<(), Fault> {
        if from == to {
            return Ok(());
        }
        match self {
            Self::Archive(reader) => {
                let skipped = to.checked_sub(from).ok_or_else(|| damaged("sus registros están en desorden"))?;
                io::copy(&mut reader.take(skipped), &mut io::sink()).map(drop)
            }
            Self::File(reader) => match to.checked_signed_diff(from) {
                Some(forward) => reader.seek_relative(forward),
                None => reader.seek(SeekFrom::Start(to)).map(drop),
            },
        }
        .map_err(|error| broken(&error))
    }
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Archive(reader) => reader.read(into),
            Self::File(reader) => reader.read(into),
        }
    }

    fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Archive(reader) => reader.read_exact(into),
            Self::File(reader) => reader.read_exact(into),
        }
    }
}

fn broken(error: &io::Error) -> Fault {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        truncated("el .shp termina antes de lo que dice")
    } else {
        unzip::damaged(&error.to_string())
    }
}
