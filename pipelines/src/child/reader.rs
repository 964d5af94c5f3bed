//! The child's side: a file in, frames out. Knows no database and no network.

use std::io::{self, BufWriter, Read, Write};

use goreos_db::release::Reject;
use goreos_domain::{Contract, Fault};
use serde_json::{Map, Value, json};

use crate::check::{Checked, Typed, check};
use crate::encode;
use crate::keys::Keys;
use crate::place::{Placed, place};
use crate::read::{Batch, Findings, Headers, read};

use super::frame::{Kind, Request, Summary, write};

/// The hidden subcommand by which a binary becomes the reading child.
pub const READ_SOURCE: &str = "read-source";

/// Runs the reading child: a request on standard input, frames on standard output.
///
/// # Errors
/// Only when standard input or output fail; whatever is wrong with the file goes out as a frame.
pub fn read_source() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let request: Request = serde_json::from_str(&text)?;
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    match convert(&request, &mut out) {
        Ok(summary) => write(&mut out, Kind::Summary, &serde_json::to_vec(&summary)?)?,
        Err(fault) => write(&mut out, Kind::Fault, &serde_json::to_vec(&fault)?)?,
    }
    out.flush()
}

pub(super) /// Turns the file into frames of rows and rejects on `out`; the summary is the caller's to write.
pub(crate) fn convert(request: &Request, out: &mut impl Write) -> Result<Summary, Fault> {
    let contract = &request.contract;
    let mut findings = Findings::default();
    let mut stream = Stream {
        contract,
        out,
        keys: Keys::default(),
        places: None,
        copied: Vec::new(),
        rows_read: 0,
        rows_rejected: 0,
        sums: vec![0; contract.columns.len()],
    };
    stream.copied.extend(encode::HEADER);
    read(contract, &request.file, &request.scratch, &mut findings, &mut |headers, batch| stream.take(headers, batch))?;
    stream.copied.extend(encode::TRAILER);
    stream.send_rows()?;
    if stream.rows_read == 0 {
        return Err(Fault::give_up(
            "file.no_rows",
            "El archivo no tiene filas de datos.",
            "Pida el archivo de nuevo a quien lo envía; lo que ya estaba publicado no cambia.",
        ));
    }
    let sums: Map<String, Value> = contract
        .columns
        .iter()
        .zip(&stream.sums)
        .filter(|(column, _)| column.sum)
        .map(|(column, sum)| (column.name.to_string(), json!(sum.to_string())))
        .collect();
    Ok(Summary {
        rows_read: stream.rows_read,
        rows_rejected: stream.rows_rejected,
        sums: sums.into(),
        findings: findings.notes.into(),
    })
}

/// The state between batches.
struct Stream<'a, Out> {
    contract: &'a Contract,
    out: &'a mut Out,
    keys: Keys,
    places: Option<Vec<usize>>,
    copied: Vec<u8>,
    rows_read: i64,
    rows_rejected: i64,
    sums: Vec<i128>,
}

impl<Out: Write> Stream<'_, Out> {
    fn take(&mut self, headers: &Headers, batch: Batch) -> Result<(), Fault> {
        let places = match &self.places {
            Some(places) => places,
            None => self.places.insert(headers.locate(self.contract)?),
        };
        let Some(source) = &self.contract.source else { return Ok(()) };
        let mut checked = check(self.contract, source, headers, places, &batch);
        let (batch, placed) = place(self.contract, batch, &mut checked);
        self.keys.refuse_repeated(self.contract, &batch, &mut checked);
        self.encode(&batch, &checked, &placed);
        self.reject(headers, &batch, &checked)?;
        self.rows_read += i64::try_from(batch.len()).unwrap_or(i64::MAX);
        self.send_rows()?;
        write(self.out, Kind::Progress, &self.rows_read.to_le_bytes()).map_err(|error| crate::internal(&error))
    }

    fn encode(&mut self, batch: &Batch, checked: &Checked, placed: &Placed) {
        for row in 0..batch.len() {
            if checked.reasons[row].is_empty() {
                encode::row(&mut self.copied, batch.source_rows[row], &checked.columns, placed, row);
                for (sum, column) in self.sums.iter_mut().zip(&checked.columns) {
                    if let Typed::Int(values) = column {
                        *sum += i128::from(values.get(row).unwrap_or(0));
                    }
                }
            }
        }
    }

    fn reject(&mut self, headers: &Headers, batch: &Batch, checked: &Checked) -> Result<(), Fault> {
        let mut rejects = Vec::new();
        for (row, reasons) in checked.reasons.iter().enumerate().filter(|(_, reasons)| !reasons.is_empty()) {
            let raw: Vec<(&str, String)> = headers
                .names()
                .iter()
                .enumerate()
                .map(|(place, name)| (name.as_str(), batch.cell(place, row).replace('\0', "\u{fffd}")))
                .collect();
            let reasons = serde_json::to_value(reasons).map_err(|error| crate::internal(&error))?;
            rejects.push(Reject { source_row: batch.source_rows[row], raw: json!(raw), reasons, lon: None, lat: None });
        }
        self.rows_rejected += i64::try_from(rejects.len()).unwrap_or(i64::MAX);
        if rejects.is_empty() {
            return Ok(());
        }
        let payload = serde_json::to_vec(&rejects).map_err(|error| crate::internal(&error))?;
        write(self.out, Kind::Rejects, &payload).map_err(|error| crate::internal(&error))
    }

    fn send_rows(&mut self) -> Result<(), Fault> {
        write(self.out, Kind::Copy, &self.copied).map_err(|error| crate::internal(&error))?;
        self.copied.clear();
        Ok(())
    }
}
