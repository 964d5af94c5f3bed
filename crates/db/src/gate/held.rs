//! What an approved run goes on from, and files that came to the gate before.

use goreos_domain::{DatasetId, ReleaseId, RunId, RunState};
use serde_json::Value;
use sqlx::Connection as _;

use crate::ledger::{Accounting, Claim};
use crate::release::Release;
use crate::{Connection, DbError};

/// The candidate of a run that waited, as it was when it began to wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Its release.
    pub release: Release,
    /// The contract it was built under, as that version of the platform wrote it.
    pub contract: Value,
    /// SHA-256 of that contract's text.
    pub contract_sha: String,
    /// Rows of the release.
    pub rows: i64,
    /// The sums of the columns marked `sum`.
    pub sums: Value,
    /// Rows of the file; `None` when it read none.
    pub accounting: Option<Accounting>,
    /// The run's report.
    pub report: Value,
}

/// What the claimed run holds; `None` when its table is gone.
///
/// # Errors
/// When the database fails.
pub async fn held(connection: &mut Connection, claim: &Claim) -> Result<Option<Held>, DbError> {
    let row = sqlx::query_file!("../../sql/queries/gate/held.sql", claim.run.0, claim.fence)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| Held {
        release: Release {
            id: ReleaseId(row.id),
            dataset: row.dataset_id,
            table: format!("releases.{}", row.table_name),
        },
        contract: row.contract,
        contract_sha: row.contract_sha,
        rows: row.rows,
        sums: row.sums,
        accounting: match (row.rows_read, row.rows_loaded, row.rows_rejected) {
            (Some(read), Some(loaded), Some(rejected)) => Some(Accounting { read, loaded, rejected }),
            _ => None,
        },
        report: row.report,
    }))
}

/// Forgets what the run holds, the rows it refused, and that it was approved: it begins again with its file.
///
/// # Errors
/// [`DbError::FencedOut`] when the run is not ours any more.
pub async fn let_go(connection: &mut Connection, claim: &Claim) -> Result<(), DbError> {
    let mut transaction = connection.begin().await?;
    let updated = sqlx::query!(
        "update runs set held_release = null, approval = null where id = $1 and fence = $2 and state = 'running'",
        claim.run.0,
        claim.fence
    )
    .execute(&mut *transaction)
    .await?;
    if updated.rows_affected() == 0 {
        return Err(DbError::FencedOut);
    }
    sqlx::query!("delete from rejects where run_id = $1 and fence = $2", claim.run.0, claim.fence)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// An earlier run that brought the very file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It waits for a steward, or was approved and comes next.
    Waits(RunId),
    /// A steward refused it.
    Refused(RunId),
}

/// The newest other run that brought this file, read with this contract and these mends, if it did not come past the gate.
///
/// # Errors
/// When the database fails.
pub async fn met_before(
    connection: &mut Connection,
    run: RunId,
    dataset: &DatasetId,
    sha256: &str,
    (contract_sha, mends): (&str, &[i64]),
) -> Result<Option<Met>, DbError> {
    let row = sqlx::query_file!(
        "../../sql/queries/gate/met_before.sql",
        run.0,
        dataset.as_str(),
        sha256,
        contract_sha,
        mends
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| match RunState::parse(&row.state)? {
        RunState::AwaitingApproval | RunState::Queued => Some(Met::Waits(RunId(row.id))),
        RunState::Cancelled => Some(Met::Refused(RunId(row.id))),
        _ => None,
    }))
}
