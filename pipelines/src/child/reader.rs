//! The child's side: a file in, frames out. Knows no database and no network.
//!
//! One thread reads the file, another checks, places and writes, a few batches behind.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::fd::AsFd;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use goreos_db::release::Reject;
use goreos_domain::{Contract, Fault, Source};
use serde_json::{Map, Value, json};

use crate::boundaries::Boundaries;
use crate::check::{Checked, Typed, check};
use crate::datum::Datum;
use crate::drift::Columns;
use crate::encode;
use crate::keys::Keys;
use crate::mend::Mends;
use crate::place::{Placed, Placer};
use crate::read::{Batch, Findings, Headers, read};

use super::frame::{Kind, Mend, Request, Summary, write};

/// The hidden subcommand by which a binary becomes the reading child.
pub const READ_SOURCE: &str = "read-source";

/// Text of refused rows in one frame, about.
const REJECT_BYTES: usize = 8 << 20;

/// Batches read and not yet checked.
const AHEAD: usize = 2;
/// Room for GDAL, which expects that of a main thread.
const STACK_BYTES: usize = 8 << 20;

/// Runs the reading child: a request on standard input, frames on standard output.
///
/// # Errors
/// Only when standard input or output fail; whatever is wrong with the file goes out as a frame.
pub fn read_source() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let request: Request = serde_json::from_str(&text)?;
    // Not `Stdout`, which looks for line ends: large pieces go out as they are.
    let mut out = BufWriter::new(File::from(io::stdout().as_fd().try_clone_to_owned()?));
    match convert(&request, &mut out) {
        Ok(summary) => write(&mut out, Kind::Summary, &serde_json::to_vec(&summary)?)?,
        Err(fault) => write(&mut out, Kind::Fault, &serde_json::to_vec(&fault)?)?,
    }
    out.flush()
}

/// Turns the file into frames of rows and rejects on `out`; the last frame is the caller's to write.
pub(super) fn convert(request: &Request, out: &mut impl Write) -> Result<Summary, Fault> {
    let Request { contract, scratch, context, .. } = request;
    let source = contract.source.as_ref().ok_or_else(|| crate::internal(&"the contract has no source"))?;
    let mut keys = Keys::default();
    if let Some(known) = &context.known_keys {
        keys.remember(contract, known).map_err(|error| crate::internal(&error))?;
    }
    let boundaries = Boundaries::wanted(contract, context.boundaries.as_deref())?;
    let mut findings = Findings::default();
    let mut stream = Stream {
        contract,
        source,
        out,
        keys,
        mends: Mends::default(),
        wanted: (&context.mends, scratch),
        placer: Placer::new(contract, boundaries.as_ref(), &mut findings)?,
        datum: Datum::new(contract, boundaries.as_ref()),
        columns: Columns::default(),
        places: None,
        copied: Vec::new(),
        rows_read: 0,
        rows_rejected: 0,
        sums: vec![0; contract.columns.len()],
    };
    stream.copied.extend(encode::HEADER);
    let (sender, batches) = sync_channel(AHEAD);
    thread::scope(|scope| {
        let findings = &mut findings;
        let reading = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, move || read_ahead(request, findings, &sender))
            .map_err(|error| crate::internal(&error))?;
        // Whoever stops drops its end, and the other one stops too.
        let taken = batches.into_iter().try_for_each(|(headers, batch)| stream.take(&headers, batch));
        let read = reading.join().unwrap_or_else(|panic| resume_unwind(panic));
        taken.and(read)
    })?;
    stream.copied.extend(encode::TRAILER);
    stream.send_rows()?;
    if stream.rows_read == 0 {
        return Err(Fault::give_up(
            "file.no_rows",
            "El archivo no tiene filas de datos.",
            "Pida el archivo de nuevo a quien lo envía; lo que ya estaba publicado no cambia.",
        ));
    }
    stream.mends.note(&mut findings);
    stream.columns.note(&mut findings);
    let (rows_read, rows_rejected, sums) = (stream.rows_read, stream.rows_rejected, stream.sums());
    if let Some(datum) = stream.datum.take() {
        datum.verdict(&mut findings)?;
    }
    Ok(Summary { rows_read, rows_rejected, sums, findings: findings.notes.into() })
}

/// A batch, and what its columns are called.
type Ahead = (Arc<Headers>, Batch);

/// Reads the file to its end, or until nobody takes what is read.
fn read_ahead(request: &Request, findings: &mut Findings, sender: &SyncSender<Ahead>) -> Result<(), Fault> {
    let mut known: Option<Arc<Headers>> = None;
    read(&request.contract, &request.file, &request.scratch, findings, &mut |headers, batch| {
        let same = known.take().filter(|known| **known == *headers);
        let headers = known.insert(same.unwrap_or_else(|| Arc::new(headers.clone())));
        sender.send((Arc::clone(headers), batch)).map_err(|_| crate::internal(&"nobody takes the rows"))
    })
}

/// The state between batches.
struct Stream<'a, Out> {
    contract: &'a Contract,
    source: &'a Source,
    out: &'a mut Out,
    keys: Keys,
    mends: Mends,
    /// The mended files, and a folder to read them in.
    wanted: (&'a [Mend], &'a Path),
    columns: Columns,
    placer: Placer<'a>,
    datum: Option<Datum<'a>>,
    /// Where the contract's columns stand in the file.
    places: Option<Vec<usize>>,
    copied: Vec<u8>,
    rows_read: i64,
    rows_rejected: i64,
    sums: Vec<i128>,
}

impl<Out: Write> Stream<'_, Out> {
    fn take(&mut self, headers: &Headers, mut batch: Batch) -> Result<(), Fault> {
        if self.places.is_none() {
            self.places = Some(headers.locate(self.contract)?);
            let (mends, scratch) = self.wanted;
            self.mends = Mends::read(self.contract, mends, scratch, headers)?;
        }
        let places = self.places.as_deref().unwrap_or_default();
        self.columns.see(self.source, headers, &batch);
        self.mends.overlay(headers, &mut batch);
        let geometries = std::mem::take(&mut batch.geometries);
        let mut checked = check(self.contract, self.source, headers, places, &batch);
        let placed = self.placer.place(geometries, &mut checked);
        if let Some(datum) = &mut self.datum {
            datum.see(&placed);
        }
        self.keys.refuse_repeated(self.contract, &batch, &mut checked);
        encode::rows(&mut self.copied, &batch.source_rows, &checked, &placed);
        self.add_up(&checked);
        self.reject(headers, &batch, &checked, &placed)?;
        self.rows_read += i64::try_from(batch.len()).unwrap_or(i64::MAX);
        self.send_rows()?;
        write(self.out, Kind::Progress, &self.rows_read.to_le_bytes()).map_err(|error| crate::internal(&error))
    }

    fn add_up(&mut self, checked: &Checked) {
        let columns = self.contract.columns.iter().zip(&checked.columns);
        for (sum, (_, column)) in self.sums.iter_mut().zip(columns).filter(|(_, (rule, _))| rule.sum) {
            if let Typed::Int(values) = column {
                let kept = values.iter().zip(&checked.reasons).filter(|(_, reasons)| reasons.is_empty());
                *sum += kept.filter_map(|(value, _)| value).map(i128::from).sum::<i128>();
            }
        }
    }

    fn reject(&mut self, headers: &Headers, batch: &Batch, checked: &Checked, placed: &Placed) -> Result<(), Fault> {
        let mut rejects = Vec::new();
        let mut bytes = 0;
        for (row, reasons) in checked.reasons.iter().enumerate().filter(|(_, reasons)| !reasons.is_empty()) {
            let cell = |place| batch.cell(place, row).replace('\0', "\u{fffd}");
            let raw: Vec<(&str, String)> =
                headers.names().iter().enumerate().map(|(place, name)| (name.as_str(), cell(place))).collect();
            bytes += raw.iter().map(|(name, cell)| name.len() + cell.len()).sum::<usize>();
            let reasons = serde_json::to_value(reasons).map_err(|error| crate::internal(&error))?;
            let [lon, lat] = placed.at(row).map_or([None; 2], |at| at.map(Some));
            rejects.push(Reject { source_row: batch.source_rows[row], raw: json!(raw), reasons, lon, lat });
            // A row of many long cells fills a frame by itself.
            if bytes > REJECT_BYTES {
                self.send_rejects(&mut rejects)?;
                bytes = 0;
            }
        }
        self.send_rejects(&mut rejects)
    }

    fn send_rejects(&mut self, rejects: &mut Vec<Reject>) -> Result<(), Fault> {
        if rejects.is_empty() {
            return Ok(());
        }
        self.rows_rejected += i64::try_from(rejects.len()).unwrap_or(i64::MAX);
        let payload = serde_json::to_vec(rejects).map_err(|error| crate::internal(&error))?;
        rejects.clear();
        write(self.out, Kind::Rejects, &payload).map_err(|error| crate::internal(&error))
    }

    fn send_rows(&mut self) -> Result<(), Fault> {
        write(self.out, Kind::Copy, &self.copied).map_err(|error| crate::internal(&error))?;
        self.copied.clear();
        Ok(())
    }

    /// Of the contract's `sum` columns.
    fn sums(&self) -> Value {
        let columns = self.contract.columns.iter().zip(&self.sums).filter(|(column, _)| column.sum);
        columns.map(|(column, sum)| (column.name.to_string(), json!(sum.to_string()))).collect::<Map<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use crate::read::BATCH_ROWS;
    use crate::trial::trial_bytes;

    /// A table of two columns and of more batches than are read ahead.
    fn table(row: impl Fn(usize) -> String) -> String {
        let rows: String = (0..BATCH_ROWS * 6).map(|number| row(number) + "\n").collect();
        format!("codigo;valor\n{rows}")
    }

    fn contract(columns: [&str; 2]) -> String {
        let columns = columns.map(|name| format!("[[column]]\nname='{name}'\ntype='text'\n")).concat();
        format!(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\nencoding='utf-8'\n\
             delimiter=';'\nheader_row=1\n[load]\nkey=['codigo']\n{columns}"
        )
    }

    #[test]
    fn rows_come_out_in_the_order_of_the_file_however_many_batches_it_takes() {
        let again = BATCH_ROWS * 5;
        let file = table(|number| format!("{};{number}", if number == again { 7 } else { number }));
        let found = trial_bytes(&contract(["codigo", "valor"]), file.as_bytes()).expect("a file that is read");
        let expected: Vec<String> =
            (0..BATCH_ROWS * 6).filter(|row| *row != again).map(|row| row.to_string()).collect();
        assert_eq!(found.rows.iter().filter_map(|row| row.text(1)).collect::<Vec<_>>(), expected);
        assert!(found.reasons("reason")[0].1.contains("fila 9"), "{:?}", found.reasons("reason"));
    }

    #[test]
    fn what_is_wrong_with_the_first_batch_ends_the_reading_of_the_others() {
        let file = table(|number| format!("{number};x"));
        let fault = trial_bytes(&contract(["codigo", "otra"]), file.as_bytes()).expect_err("a column is missing");
        assert_eq!(fault.code, "columns.missing");
    }

    #[test]
    fn what_stops_the_reading_is_told_when_the_batches_before_it_are_through() {
        // A cell that never ends, far into the file.
        let file = table(|number| format!("{number};x")) + &"x".repeat(70 << 20);
        let fault = trial_bytes(&contract(["codigo", "valor"]), file.as_bytes()).expect_err("a row without end");
        assert_eq!(fault.code, "file.row_too_long");
    }
}
