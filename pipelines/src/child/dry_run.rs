//! A file read, checked and placed for the verdict alone: nothing of it is kept.

use std::collections::HashMap;
use std::path::{Path, absolute};

use goreos_db::release::Reject;
use goreos_domain::{Contract, Fault};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;

use super::{Context, Reader, Received};
use crate::internal;

/// Most causes told apart. A contract has some twenty codes per column, of which a file rarely breaks three.
const MOST_CAUSES: usize = 200;
/// Most samples kept of a cause.
const MOST_SAMPLES: usize = 5;

/// What an ingest would take and refuse of a file.
#[derive(Debug, Serialize)]
pub struct DryRun {
    /// Data rows found in the file.
    pub rows_read: i64,
    /// Rows an ingest would refuse.
    pub rows_rejected: i64,
    /// Why, the cause of most rows first. A row may have several causes.
    pub causes: Vec<Cause>,
    /// Reasons of causes beyond the 200 told apart.
    pub reasons_left_out: u64,
    /// Sums of the contract's `sum` columns over the good rows: whole numbers as text, so that no digit is lost.
    pub sums: Value,
    /// Encoding, layer, reference system, repairs: what was found and done.
    pub findings: Value,
}

/// What the refused rows of one code and column have in common.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Stable, English.
    pub code: String,
    /// The contract's column; empty when the whole row is meant.
    pub column: String,
    /// Rows it refuses.
    pub rows: u64,
    /// The first row of the file it refuses, and up to four more.
    pub samples: Vec<Sample>,
}

/// A refused row.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Its number in the file, as a spreadsheet counts; the record number from 1 for shapefiles.
    pub source_row: i64,
    /// The cell as received; empty when the whole row is meant.
    pub value: String,
    /// Spanish.
    pub reason: String,
    /// Spanish.
    pub remedy: String,
}

/// Reads, checks and places the whole file by the very code of an ingest, and keeps only what came of it. `progress` is told the rows read
/// so far.
///
/// # Errors
/// Whatever refuses the file as a whole.
pub async fn dry_run(
    contract: &Contract,
    file: &Path,
    context: &Context,
    progress: &(dyn Fn(i64) + Sync),
) -> Result<DryRun, Fault> {
    let (_scratch, mut reader) = start(contract, file, context).await?;
    let mut causes = Causes::default();
    let summary = loop {
        match reader.next().await? {
            Received::Copy(_) => {}
            Received::Progress(rows) => progress(rows),
            Received::Rejects(rejects) => causes.add(&rejects)?,
            Received::Summary(summary) => break summary,
            Received::Profile(_) => return Err(internal(&"el lector respondió otra cosa")),
        }
    };
    Ok(DryRun {
        rows_read: summary.rows_read,
        rows_rejected: summary.rows_rejected,
        reasons_left_out: causes.left_out,
        causes: causes.in_order(),
        sums: summary.sums,
        findings: summary.findings,
    })
}

/// Whether the file has the contract's format and all its columns: what a run proves before its first row.
///
/// # Errors
/// What does not fit.
pub async fn fits(contract: &Contract, file: &Path) -> Result<(), Fault> {
    let (_scratch, mut reader) = start(contract, file, &Context::default()).await?;
    // Columns are located before a batch is counted; an empty stream of rows says nothing yet.
    while let Received::Copy(_) = reader.next().await? {}
    Ok(())
}

/// The reading child, and the folder it unpacks into.
async fn start(contract: &Contract, file: &Path, context: &Context) -> Result<(TempDir, Reader), Fault> {
    let scratch = tempfile::tempdir().map_err(|error| internal(&error))?;
    // The child works in another folder.
    let file = absolute(file).map_err(|error| internal(&error))?;
    let reader = Reader::start(contract, &file, scratch.path(), context).await?;
    Ok((scratch, reader))
}

/// Causes as rejects come in, in the order of the file.
#[derive(Debug, Default)]
struct Causes {
    found: Vec<Cause>,
    /// Code and column to the place in `found` and the last row counted.
    seen: HashMap<(String, String), (usize, i64)>,
    left_out: u64,
}

/// What is needed here of a reason as the child writes it.
#[derive(Debug, Deserialize)]
struct Written {
    column: String,
    value: String,
    code: String,
    reason: String,
    remedy: String,
}

impl Causes {
    fn add(&mut self, rejects: &[Reject]) -> Result<(), Fault> {
        for reject in rejects {
            let reasons = Vec::<Written>::deserialize(&reject.reasons).map_err(|error| internal(&error))?;
            for reason in reasons {
                self.add_reason(reject.source_row, reason);
            }
        }
        Ok(())
    }

    fn add_reason(&mut self, source_row: i64, reason: Written) {
        let key = (reason.code, reason.column);
        let place = match self.seen.get_mut(&key) {
            Some((_, last_row)) if *last_row == source_row => return,
            Some((place, last_row)) => {
                *last_row = source_row;
                *place
            }
            None if self.found.len() == MOST_CAUSES => {
                self.left_out += 1;
                return;
            }
            None => {
                let (code, column) = key.clone();
                self.seen.insert(key, (self.found.len(), source_row));
                self.found.push(Cause { code, column, rows: 0, samples: Vec::new() });
                self.found.len() - 1
            }
        };
        let cause = &mut self.found[place];
        cause.rows += 1;
        if cause.samples.len() < MOST_SAMPLES {
            cause.samples.push(Sample {
                source_row,
                value: reason.value,
                reason: reason.reason,
                remedy: reason.remedy,
            });
        }
    }

    fn in_order(mut self) -> Vec<Cause> {
        self.found.sort_by_key(|cause| std::cmp::Reverse(cause.rows));
        self.found
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reject(source_row: i64, reasons: &[(&str, &str, &str)]) -> Reject {
        let reasons: Vec<Value> = reasons
            .iter()
            .map(|(code, column, value)| {
                json!({ "code": code, "column": column, "value": value, "rule": "r", "reason": "Motivo.", "remedy": "Remedio." })
            })
            .collect();
        Reject { source_row, raw: json!([]), reasons: reasons.into(), lon: None, lat: None }
    }

    #[test]
    fn reasons_are_grouped_by_code_and_column_and_a_row_counts_once() {
        let mut causes = Causes::default();
        causes
            .add(&[
                reject(4, &[("value.missing", "a", ""), ("place.unknown", "b", "x"), ("place.unknown", "b", "y")]),
                reject(9, &[("value.missing", "b", ""), ("place.unknown", "b", "z")]),
            ])
            .expect("reasons of the child");
        let found = causes.in_order();
        let told: Vec<_> = found
            .iter()
            .map(|c| (c.code.as_str(), c.column.as_str(), c.rows, c.samples[0].source_row, c.samples[0].value.as_str()))
            .collect();
        assert_eq!(
            told,
            [("place.unknown", "b", 2, 4, "x"), ("value.missing", "a", 1, 4, ""), ("value.missing", "b", 1, 9, "")]
        );
    }

    #[test]
    fn a_file_of_nothing_but_rejects_stays_small() {
        let mut causes = Causes::default();
        let columns: Vec<String> = (0..MOST_CAUSES + 7).map(|number| format!("c{number}")).collect();
        let reasons: Vec<(&str, &str, &str)> =
            columns.iter().map(|name| ("value.missing", name.as_str(), "")).collect();
        let rejects: Vec<Reject> = (1..=20).map(|row| reject(row, &reasons)).collect();
        causes.add(&rejects).expect("reasons of the child");
        assert_eq!(causes.left_out, 7 * 20);
        let found = causes.in_order();
        assert_eq!(found.len(), MOST_CAUSES);
        assert!(found.iter().all(|cause| cause.rows == 20 && cause.samples.len() == MOST_SAMPLES));
    }
}
