//! Bytes into batches of rows, as received.

mod csv;
mod headers;
mod magic;
mod shapefile;
mod unzip;

use std::path::Path;

use goreos_domain::{Contract, Fault, FileFormat};
use polars::prelude::{DataFrame, StringChunked};
use serde::Serialize;
use serde_json::Value;

pub(crate) use headers::Headers;

/// Rows in a batch. A row of 40 short cells is about 2 kB here, so a batch is a few megabytes.
pub(crate) const BATCH_ROWS: usize = 4096;

/// A stretch of rows: cells as text, geometry as it came.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The row of each in the file: as a spreadsheet counts for tables, the record number from 1 for shapefiles.
    pub(crate) source_rows: Vec<i64>,
    /// One text column per header of the file, in its order.
    pub(crate) cells: DataFrame,
    /// Longitude and latitude on WGS 84; `None` for files without geometry.
    pub(crate) shapes: Option<Vec<Shape>>,
    /// Per row, a structural defect that makes its cells meaningless (too few or too many).
    pub(crate) defects: Vec<Option<Defect>>,
}

/// The geometry of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Little-endian WKB.
    Wkb(Vec<u8>),
    /// None, or none that may be kept, and why.
    Refused(Defect),
}

/// Why a row cannot be kept, before its values are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Defect {
    pub(crate) code: &'static str,
    pub(crate) reason: String,
    pub(crate) remedy: String,
}

/// What reading found out about the file, kept with the run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Findings {
    /// `{"name": value}`, in the order found.
    #[serde(flatten)]
    pub(crate) notes: serde_json::Map<String, Value>,
}

impl Findings {
    pub(crate) fn note(&mut self, name: &str, value: impl Into<Value>) {
        self.notes.insert(name.into(), value.into());
    }
}

impl Batch {
    /// The text column at that place of the file's headers.
    pub(crate) fn column(&self, index: usize) -> Option<&StringChunked> {
        self.cells.columns().get(index).and_then(|column| column.as_materialized_series().str().ok())
    }

    /// A cell as received; empty when there is none.
    pub(crate) fn cell(&self, column: usize, row: usize) -> &str {
        self.column(column).and_then(|cells| cells.get(row)).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.source_rows.len()
    }
}

/// Reads the whole file, handing each batch to `take`. `scratch` is a folder of ours for unpacking.
pub(crate) fn read(
    contract: &Contract,
    file: &Path,
    scratch: &Path,
    findings: &mut Findings,
    take: &mut dyn FnMut(&Headers, Batch) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Some(source) = &contract.source else {
        return Err(Fault::give_up(
            "contract.inconsistent",
            "Este conjunto se calcula; no tiene archivo fuente.",
            "Quite el archivo de la solicitud.",
        ));
    };
    match source.format {
        FileFormat::Csv => csv::read(source, file, findings, take),
        FileFormat::Shapefile => shapefile::read(contract, source, file, scratch, findings, take),
    }
}
