//! Parquet and GeoParquet into batches, by polars: a stretch of a row group at a time, never the whole file.

mod cell;
mod footer;
mod geo;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use goreos_domain::{DecimalEvidence, DecimalMark, Fault, Source};
use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, FileMetadataRef, ParallelStrategy, ParquetReader, PolarsResult, SerReader,
};

use self::footer::{Footer, Group};
use super::features::Features;
use super::magic::unreadable;
use super::shape::Shaper;
use super::{BATCH_ROWS, Findings, Headers, Input, Shape, Take};

/// Bytes of values unpacked at a time, and the most rows.
const SLICE_BYTES: usize = 32 << 20;
const SLICE_ROWS: usize = 1 << 16;

pub(super) fn read(input: &Input<'_>, findings: &mut Findings, take: &mut Take<'_>) -> Result<(), Fault> {
    let footer = Footer::read(input)?;
    findings.note("format", if footer.geometry.is_some() { "geoparquet" } else { "parquet" });
    findings.note("features", footer.rows);
    if !footer.left_out.is_empty() {
        findings.note("columns_left_out", footer.left_out.clone());
    }
    let shaper = match &footer.geometry {
        Some(geometry) => Some(Shaper::new(input.contract, geometry.reprojection(input, findings)?)),
        None => None,
    };
    let headers = Headers::new(footer.names.clone());
    let headers = match footer.groups.iter().find(|group| group.rows > 0) {
        Some(group) => {
            // These rows are read again below: the price of headers that are whole from the start.
            let first = slice(input, &footer, group, 0, group.slice_rows(SLICE_BYTES, BATCH_ROWS).min(group.rows))?;
            headers.with_marks(marks(input.source, &footer, &first)?)
        }
        None => headers,
    };
    let mut taken = Features::new(headers, shaper, take);
    let mut row = 0;
    for group in &footer.groups {
        let mut from = 0;
        while from < group.rows {
            let rows = group.slice_rows(SLICE_BYTES, SLICE_ROWS).min(group.rows - from);
            let slice = slice(input, &footer, group, from, rows)?;
            if slice.height() != rows {
                return Err(damaged(&format!("se leyeron {} de {rows} filas", slice.height())));
            }
            push(&mut taken, &footer, &slice, &mut row)?;
            from += rows;
        }
    }
    taken.end(findings)
}

/// Rows of a row group, with the columns that are read.
fn slice(input: &Input<'_>, footer: &Footer, group: &Group, from: usize, rows: usize) -> Result<DataFrame, Fault> {
    let file = File::open(input.file).map_err(|error| unreadable(&error))?;
    let metadata: FileMetadataRef = group.metadata.clone();
    guarded(|| {
        let mut reader = ParquetReader::new(file)
            .read_parallel(ParallelStrategy::None)
            .with_projection(Some(footer.projection.clone()))
            .with_slice(Some((from, rows)));
        reader.set_metadata(metadata);
        reader.finish()
    })
}

/// The decimal mark of each column: numbers are written with a point; of texts, the contract's, else what the first rows tell.
fn marks(source: &Source, footer: &Footer, slice: &DataFrame) -> Result<Vec<Option<DecimalMark>>, Fault> {
    let mut seen = Vec::new();
    let mut whole = DecimalEvidence::default();
    for column in slice.columns().iter().filter(|column| !footer.is_geometry(column.name())) {
        let mut evidence = DecimalEvidence::default();
        let texts = matches!(column.dtype(), DataType::String | DataType::Binary);
        for row in 0..if texts { slice.height() } else { 0 } {
            evidence.see(&cell::text(&column.get(row).map_err(|error| damaged(&error))?));
        }
        whole.add(evidence);
        seen.push((texts, evidence));
    }
    let told = |evidence: DecimalEvidence| source.decimal.or_else(|| evidence.mark()).or_else(|| whole.mark());
    Ok(seen
        .into_iter()
        .map(|(texts, evidence)| if texts { told(evidence) } else { Some(DecimalMark::Point) })
        .collect())
}

/// Runs polars, which stops itself on some damaged pages instead of giving an error.
fn guarded<T>(act: impl FnOnce() -> PolarsResult<T>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(done) => done.map_err(|error| damaged(&error)),
        Err(_) => Err(damaged(&"sus páginas no calzan con su índice")),
    }
}

fn damaged(error: &dyn std::fmt::Display) -> Fault {
    Fault::give_up(
        "file.damaged_parquet",
        format!("El archivo Parquet está dañado o incompleto: {error}."),
        "Pida el archivo de nuevo a quien lo envía; puede haberse cortado al copiarlo.",
    )
}

/// Takes the rows of a slice; `last` is the number of the row before them.
fn push(taken: &mut Features<'_, '_>, footer: &Footer, slice: &DataFrame, last: &mut i64) -> Result<(), Fault> {
    let (geometry, cells): (Vec<&Column>, Vec<&Column>) =
        slice.columns().iter().partition(|column| footer.is_geometry(column.name()));
    for row in 0..slice.height() {
        *last += 1;
        let values: Vec<AnyValue<'_>> =
            cells.iter().map(|column| column.get(row)).collect::<PolarsResult<_>>().map_err(|error| damaged(&error))?;
        let texts: Vec<Cow<'_, str>> = values.iter().map(cell::text).collect();
        taken.push(*last, &texts, |shaper| {
            let Some(geometry) = geometry.first() else { return Ok(Shape::Missing) };
            Ok(match geometry.get(row).map_err(|error| damaged(&error))? {
                AnyValue::Binary(wkb) => shaper.from_wkb(wkb),
                AnyValue::BinaryOwned(wkb) => shaper.from_wkb(&wkb),
                _ => Shape::Missing,
            })
        })?;
    }
    Ok(())
}
