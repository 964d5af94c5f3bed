//! Bytes into batches of rows, as received.

mod cells;
mod crs;
mod csv;
mod features;
mod headers;
mod magic;
mod notices;
mod parquet;
mod proj;
mod shape;
mod shapefile;
mod table;
mod unzip;
mod vector;
mod workbook;

use std::path::Path;

use goreos_domain::{Contract, Fault, FileFormat, Source};
use serde::Serialize;
use serde_json::Value;

pub(crate) use cells::Cells;
pub(crate) use crs::Reprojection;
pub(crate) use headers::Headers;

/// Rows in a batch. A row of 40 short cells is about 700 bytes here, so a batch is a few megabytes.
pub(crate) const BATCH_ROWS: usize = 4096;

/// A stretch of rows: cells as text, geometry as it came.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The row of each in the file: as a spreadsheet counts for tables, the record number from 1 for shapefiles.
    pub(crate) source_rows: Vec<i64>,
    /// One column per header of the file, in its order.
    pub(crate) cells: Cells,
    /// For files with geometry.
    pub(crate) geometries: Geometries,
    /// Per row, a structural defect that makes its cells meaningless (too few or too many).
    pub(crate) defects: Vec<Option<Defect>>,
}

/// The geometries of a stretch of rows.
#[derive(Debug, Default)]
pub(crate) struct Geometries {
    /// Longitude and latitude on WGS 84; `None` for files without geometry.
    pub(crate) shapes: Option<Vec<Shape>>,
    /// Per row with a geometry, one position of it as the file writes it, x before y, in the file's own reference system:
    /// the middle of its bounding box will do. What the datum check asks again under other systems (`crate::datum`).
    pub(crate) origins: Option<Vec<Option<[f64; 2]>>>,
}

/// The geometry of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Little-endian WKB.
    Wkb(Vec<u8>),
    /// The row has none.
    Missing,
    /// One that may not be kept, why, and the longitude and latitude of its middle where they are known.
    Refused(Defect, Option<[f64; 2]>),
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
    /// A cell as received; empty when there is none.
    pub(crate) fn cell(&self, column: usize, row: usize) -> &str {
        self.cells.get(column, row)
    }

    pub(crate) fn len(&self) -> usize {
        self.source_rows.len()
    }

    /// Sound rows below a row of headers.
    #[cfg(test)]
    pub(crate) fn of_rows<S: AsRef<str>>(rows: &[impl AsRef<[S]>]) -> Self {
        Self {
            source_rows: (2..).take(rows.len()).collect(),
            cells: Cells::of_rows(rows),
            geometries: Geometries::default(),
            defects: vec![None; rows.len()],
        }
    }
}

/// The format of a file, by its bytes.
///
/// # Errors
/// `file.empty`, `file.encrypted`, or `file.unknown_format`.
pub(crate) fn format_of(file: &Path) -> Result<FileFormat, Fault> {
    let magic = magic::sniff(file)?.0;
    match (magic.format(), magic) {
        (Some(format), _) => Ok(format),
        (None, magic::Magic::Xml) => Ok(FileFormat::Kml),
        (None, magic::Magic::Empty | magic::Magic::Encrypted) => {
            magic::expect(file, FileFormat::Xlsx).map(|()| FileFormat::Xlsx)
        }
        (None, _) => Err(Fault::give_up(
            "file.unknown_format",
            format!("El archivo es {}: no se puede cargar.", magic.name_es()),
            "Se cargan CSV, XLSX, ODS, GeoParquet, GeoPackage, GeoJSON, FlatGeobuf, KML y shapefiles en un ZIP.",
        )),
    }
}

/// A source file to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) source: &'a Source,
    /// The bytes as received, under a name of ours.
    pub(crate) file: &'a Path,
    /// A folder of ours for unpacking.
    pub(crate) scratch: &'a Path,
}

/// Takes a batch, and what its columns are called.
pub(crate) type Take<'a> = dyn FnMut(&Headers, Batch) -> Result<(), Fault> + 'a;

/// Reads the whole file, handing each batch to `take`. `scratch` is a folder of ours for unpacking.
pub(crate) fn read(
    contract: &Contract,
    file: &Path,
    scratch: &Path,
    findings: &mut Findings,
    take: &mut Take<'_>,
) -> Result<(), Fault> {
    let Some(source) = &contract.source else {
        return Err(Fault::give_up(
            "contract.inconsistent",
            "Este conjunto se calcula; no tiene archivo fuente.",
            "Quite el archivo de la solicitud.",
        ));
    };
    let input = Input { contract, source, file, scratch };
    match source.format {
        FileFormat::Csv => csv::read(&input, findings, take),
        FileFormat::Xlsx | FileFormat::Ods => workbook::read(&input, findings, take),
        FileFormat::Geoparquet => parquet::read(&input, findings, take),
        FileFormat::Shapefile => shapefile::read(&input, findings, take),
        FileFormat::Geopackage | FileFormat::Geojson | FileFormat::Flatgeobuf | FileFormat::Kml => {
            vector::read(&input, findings, take)
        }
    }
}
