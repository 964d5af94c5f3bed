//! Rows that may have a geometry, into batches: what layers and GeoParquet have in common.

use goreos_domain::{DecimalEvidence, DecimalMark, Fault, Source};

use super::shape::Shaper;
use super::table::Pending;
use super::{Findings, Headers, Shape, Take};

/// Bytes of geometry in a batch.
const MOST_SHAPE_BYTES: usize = 32 << 20;

/// The rows being taken.
pub(super) struct Features<'a, 'b> {
    headers: Headers,
    /// `None` when no geometry is asked for.
    shaper: Option<Shaper>,
    pending: Pending,
    shapes: Vec<Shape>,
    origins: Vec<Option<[f64; 2]>>,
    shape_bytes: usize,
    /// True from the first batch on.
    given: bool,
    take: &'a mut Take<'b>,
}

impl<'a, 'b> Features<'a, 'b> {
    pub(super) fn new(headers: Headers, shaper: Option<Shaper>, take: &'a mut Take<'b>) -> Self {
        Self {
            pending: Pending::new(&headers),
            headers,
            shaper,
            shapes: Vec::new(),
            origins: Vec::new(),
            shape_bytes: 0,
            given: false,
            take,
        }
    }

    /// Adds a row; `shape` is asked for its geometry when one is wanted.
    pub(super) fn push<S: AsRef<str>>(
        &mut self,
        row: i64,
        cells: &[S],
        shape: impl FnOnce(&mut Shaper) -> Result<Shape, Fault>,
    ) -> Result<(), Fault> {
        self.pending.push(row, cells, None);
        self.shape(shape)
    }

    /// Adds a row whose cells stand in `text` one behind the other, as many as there are columns and none too long, and end there.
    pub(super) fn push_whole(
        &mut self,
        row: i64,
        text: &str,
        ends: &[usize],
        shape: impl FnOnce(&mut Shaper) -> Shape,
    ) -> Result<(), Fault> {
        self.pending.push_whole(row, text, ends);
        self.shape(|shaper| Ok(shape(shaper)))
    }

    fn shape(&mut self, shape: impl FnOnce(&mut Shaper) -> Result<Shape, Fault>) -> Result<(), Fault> {
        if let Some(shaper) = &mut self.shaper {
            let shape = shape(shaper)?;
            self.shape_bytes += if let Shape::Wkb(wkb) = &shape { wkb.len() } else { 0 };
            self.shapes.push(shape);
            self.origins.push(shaper.take_origin());
        }
        if self.pending.is_full() || self.shape_bytes >= MOST_SHAPE_BYTES { self.flush() } else { Ok(()) }
    }

    /// Gives the last rows, and notes what was done to geometries.
    pub(super) fn end(mut self, findings: &mut Findings) -> Result<(), Fault> {
        // Also without rows: a file with neither rows nor the right columns is told about its columns.
        if !self.pending.is_empty() || (!self.given && self.headers.len() > 0) {
            self.flush()?;
        }
        if let Some(shaper) = &self.shaper {
            shaper.note(findings);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Fault> {
        let mut batch = self.pending.take();
        self.shape_bytes = 0;
        self.given = true;
        if self.shaper.is_some() {
            batch.geometries.shapes = Some(std::mem::take(&mut self.shapes));
            batch.geometries.origins = Some(std::mem::take(&mut self.origins));
        }
        (self.take)(&self.headers, batch)
    }
}

/// The decimal mark of each column: the known ones; of texts the contract's, else what they tell, else what all of them tell.
pub(super) fn marks(
    source: &Source,
    known: &[Option<DecimalMark>],
    evidence: &[DecimalEvidence],
) -> Vec<Option<DecimalMark>> {
    let mut whole = DecimalEvidence::default();
    for column in evidence {
        whole.add(*column);
    }
    let told = |evidence: &DecimalEvidence| source.decimal.or_else(|| evidence.mark()).or_else(|| whole.mark());
    known.iter().zip(evidence).map(|(known, evidence)| known.or_else(|| told(evidence))).collect()
}
