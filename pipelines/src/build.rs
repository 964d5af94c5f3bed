//! build: the child's rows into the release table, its rejects into the quarantine, and the accounting proven.

use std::path::Path;

use goreos_db::ledger::{Accounting, Claim};
use goreos_db::release::{self, Release};
use goreos_db::{Connection, Pool};
use goreos_domain::Contract;
use serde_json::Value;

use crate::child::{Reader, Received};
use crate::progress::Progress;
use crate::{Stop, internal};

/// A release whose rows are in place.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) release: Release,
    pub(crate) accounting: Accounting,
    pub(crate) sums: Value,
    pub(crate) findings: Value,
}

/// What a build works on.
pub(crate) struct Build<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) claim: &'a Claim,
    pub(crate) contract: &'a Contract,
    pub(crate) contract_sha: &'a str,
    pub(crate) source_sha: &'a str,
    pub(crate) progress: &'a Progress,
}

impl Build<'_> {
    /// Streams the file through the child into a new release table.
    pub(crate) async fn run(&self, file: &Path, scratch: &Path) -> Result<Built, Stop> {
        let mut connection = self.pool.acquire().await.map_err(goreos_db::DbError::from)?;
        let release =
            release::create(&mut connection, self.claim, self.contract, self.contract_sha, Some(self.source_sha))
                .await?;
        let mut reader = Reader::start(self.contract, file, scratch).await?;
        let (summary, copied) = self.forward(&mut connection, &release, &mut reader).await?;
        let crs = summary
            .findings
            .get("crs")
            .map(|crs| serde_json::json!({ "source": crs, "gdal": summary.findings.get("gdal") }));
        let (rows, sums) = release::finish(&mut connection, &release, self.contract, crs.as_ref()).await?;
        let accounting = Accounting { read: summary.rows_read, loaded: rows, rejected: summary.rows_rejected };
        if accounting.read != accounting.loaded + accounting.rejected || i64::try_from(copied) != Ok(rows) {
            return Err(internal(&format!(
                "leídas {} ≠ cargadas {} + rechazadas {}",
                accounting.read, accounting.loaded, accounting.rejected
            ))
            .into());
        }
        if sums != summary.sums {
            return Err(internal(&format!(
                "las sumas del archivo ({}) y de la tabla ({sums}) no calzan",
                summary.sums
            ))
            .into());
        }
        Ok(Built { release, accounting, sums, findings: summary.findings })
    }

    async fn forward(
        &self,
        connection: &mut Connection,
        release: &Release,
        reader: &mut Reader,
    ) -> Result<(crate::child::Summary, u64), Stop> {
        let mut rejected = self.pool.acquire().await.map_err(goreos_db::DbError::from)?;
        let mut copy = release::copy_in(connection, release).await?;
        let outcome = loop {
            match reader.next().await {
                Ok(Received::Copy(piece)) => {
                    copy.send(piece).await?;
                }
                Ok(Received::Rejects(rejects)) => {
                    release::keep_rejects(&mut rejected, self.claim.run, self.claim.fence, &rejects).await?;
                }
                Ok(Received::Progress(rows)) => self.progress.set_rows(rows),
                Ok(Received::Summary(summary)) => break Ok(summary),
                Err(fault) => break Err(fault),
            }
        };
        match outcome {
            Ok(summary) => Ok((summary, copy.finish().await?)),
            Err(fault) => {
                copy.abort(&fault.code).await.or_else(|error| {
                    if matches!(error, goreos_db::DbError::Statement(_)) { Ok(()) } else { Err(error) }
                })?;
                Err(Stop::Fault(fault))
            }
        }
    }
}
