//! build: the child's rows into the release table, its rejects into the quarantine, the accounting proven, the rows of before taken over.

use std::path::Path;

use goreos_db::ledger::{Accounting, Claim};
use goreos_db::release::{self, Closing, Filling, NewRelease, Release};
use goreos_db::{Connection, Pool};
use goreos_domain::{Contract, Fault};
use serde_json::{Value, json};

use crate::child::{Context, Reader, Received, Summary};
use crate::load::{Basis, TakenOver};
use crate::progress::Progress;
use crate::{Stop, internal};

/// A release whose rows are in place.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) release: Release,
    /// Rows of the file.
    pub(crate) accounting: Accounting,
    /// Rows of the release: those of the file, and those taken over.
    pub(crate) rows: i64,
    /// Over all of them.
    pub(crate) sums: Value,
    pub(crate) taken_over: TakenOver,
    pub(crate) findings: Value,
}

/// What a build works on.
pub(crate) struct Build<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) claim: &'a Claim,
    pub(crate) contract: &'a Contract,
    pub(crate) contract_sha: &'a str,
    pub(crate) source_sha: &'a str,
    /// The mends the file is read with.
    pub(crate) mends: &'a [i64],
    /// What the release goes on from.
    pub(crate) basis: &'a Basis,
    pub(crate) progress: &'a Progress,
    /// What the child must know besides the file.
    pub(crate) context: &'a Context,
}

impl Build<'_> {
    /// Streams the file through the child into a new release table, and takes over what the contract's mode says.
    pub(crate) async fn run(&self, mut reader: Reader, file: &Path, scratch: &Path) -> Result<Built, Stop> {
        let mut connection = self.pool.acquire().await.map_err(goreos_db::DbError::from)?;
        let new = NewRelease {
            claim: self.claim,
            contract: self.contract,
            contract_sha: self.contract_sha,
            source_sha: Some(self.source_sha),
            mends: self.mends,
        };
        let release = release::register(&mut connection, &new).await?;
        reader.ask(self.contract, file, scratch, self.context).await?;
        let mut second = self.pool.acquire().await.map_err(goreos_db::DbError::from)?;
        let (summary, copied) = self.forward([&mut connection, &mut second], &release, &mut reader).await?;
        let mut taken_over = TakenOver::Nothing;
        if self.basis.is_merged() {
            // Proven before other rows come in.
            let found = release::count(&mut connection, &release, self.contract).await?;
            prove(&summary, &found, copied)?;
            taken_over = self.basis.take_over(&mut connection, &release, self.contract).await?;
        }
        let crs = crs(&summary.findings);
        let closing = Closing { crs: crs.as_ref(), carried: taken_over.rows() };
        let (rows, sums) = release::finish([&mut connection, &mut second], &release, self.contract, closing).await?;
        if !self.basis.is_merged() {
            prove(&summary, &(rows, sums.clone()), copied)?;
        }
        let loaded = rows - taken_over.rows();
        let accounting = Accounting { read: summary.rows_read, loaded, rejected: summary.rows_rejected };
        if accounting.read != accounting.loaded + accounting.rejected {
            return Err(uneven(&summary, loaded).into());
        }
        Ok(Built { release, accounting, rows, sums, taken_over, findings: summary.findings })
    }

    /// Rows into the table over one connection, rejects into the quarantine over the other.
    async fn forward(
        &self,
        [connection, rejected]: [&mut Connection; 2],
        release: &Release,
        reader: &mut Reader,
    ) -> Result<(Summary, u64), Stop> {
        let mut filling = Filling::begin(connection, release, self.contract).await?;
        let mut copy = filling.copy_in().await?;
        let outcome = loop {
            match reader.next().await {
                Ok(Received::Copy(piece)) => {
                    copy.send(piece).await?;
                }
                Ok(Received::Rejects(rejects)) => {
                    release::keep_rejects(&mut *rejected, self.claim.run, self.claim.fence, &rejects).await?;
                }
                Ok(Received::Progress(rows)) => self.progress.set_rows(rows),
                Ok(Received::Summary(summary)) => break Ok(summary),
                Ok(Received::Profile(_)) => break Err(internal(&"el lector respondió otra cosa")),
                Err(fault) => break Err(fault),
            }
        };
        match outcome {
            Ok(summary) => {
                let copied = copy.finish().await?;
                filling.commit().await?;
                Ok((summary, copied))
            }
            Err(fault) => {
                copy.abort(&fault.code).await.or_else(|error| {
                    if matches!(error, goreos_db::DbError::Statement(_)) { Ok(()) } else { Err(error) }
                })?;
                Err(Stop::Fault(fault))
            }
        }
    }
}

/// Rows and sums of the file as its reader counted them against those of the table.
fn prove(summary: &Summary, (rows, sums): &(i64, Value), copied: u64) -> Result<(), Fault> {
    if summary.rows_read != rows + summary.rows_rejected || i64::try_from(copied) != Ok(*rows) {
        return Err(uneven(summary, *rows));
    }
    if *sums != summary.sums {
        return Err(internal(&format!("las sumas del archivo ({}) y de la tabla ({sums}) no calzan", summary.sums)));
    }
    Ok(())
}

fn uneven(summary: &Summary, loaded: i64) -> Fault {
    internal(&format!("leídas {} ≠ cargadas {loaded} + rechazadas {}", summary.rows_read, summary.rows_rejected))
}

/// What is kept of the reference systems with the release; `None` when the file has none.
fn crs(findings: &Value) -> Option<Value> {
    let source = findings.get("crs")?;
    Some(json!({
        "source": source,
        "operation": findings.get("crs_operation"),
        "accuracy_m": findings.get("crs_accuracy_m"),
        "proj": findings.get("proj"),
        "epsg": findings.get("epsg"),
        "gdal": findings.get("gdal"),
    }))
}
