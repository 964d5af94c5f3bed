//! A run waits, and older ones that waited give way.

use goreos_domain::{Fault, ReleaseId, RunId};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::audit::{self, Action, Entry};
use crate::ledger::{self, Accounting, Claim};
use crate::{Connection, DbError};

/// What a waiting run leaves for the one who decides.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// The candidate.
    pub release: ReleaseId,
    /// Rows of the source file; `None` for a run that read none.
    pub accounting: Option<Accounting>,
    /// What was detected, converted and compared.
    pub report: &'a Value,
    /// Why, for the audit trail: the codes of the gate's reasons.
    pub codes: &'a [&'a str],
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// A steward must look.
    Waits,
    /// A newer run of the dataset waits already: this one is over.
    Superseded(RunId),
}

/// Ends the attempt and lets the run wait for a steward, all or nothing. Older runs of the dataset that wait give way to it, and it
/// gives way to a newer one.
///
/// # Errors
/// [`DbError::FencedOut`] when the run is not ours any more.
pub async fn await_approval(
    connection: &mut Connection,
    claim: &Claim,
    waiting: &Waiting<'_>,
) -> Result<Waited, DbError> {
    let mut transaction = connection.begin().await?;
    ledger::hold_still(&mut transaction, claim).await?;
    supersede(&mut transaction, claim, Among::Waiting).await?;
    let dataset = claim.dataset.as_ref().map(ToString::to_string);
    let newer = sqlx::query_scalar!(
        "select id from runs where dataset_id = $1 and job = 'ingest' and id > $2 and state = 'awaiting_approval'",
        dataset,
        claim.run.0
    )
    .fetch_optional(&mut *transaction)
    .await?
    .map(RunId);
    let over = newer.map(|newer| serde_json::to_value(superseded(newer))).transpose()?;
    let accounting = waiting.accounting;
    sqlx::query_file!(
        "../../sql/queries/gate/wait.sql",
        claim.run.0,
        claim.fence,
        waiting.release.0,
        waiting.report,
        accounting.map(|a| a.read),
        accounting.map(|a| a.loaded),
        accounting.map(|a| a.rejected),
        over,
    )
    .execute(&mut *transaction)
    .await?;
    let (action, detail) = match newer {
        None => (Action::Wait, json!({ "reasons": waiting.codes })),
        Some(newer) => (Action::Supersede, json!({ "by": newer })),
    };
    let entry =
        Entry { run: Some(claim.run), dataset: dataset.as_deref(), detail, ..Entry::of(&claim.requested_by, action) };
    audit::add(&mut transaction, &entry).await?;
    transaction.commit().await?;
    Ok(newer.map_or(Waited::Waits, Waited::Superseded))
}

/// Which older runs give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    /// Those nobody decided about.
    Waiting,
    /// Also those approved and not taken up yet: newer data are published.
    Approved,
}

/// Ends older runs of the claim's dataset that wait at the gate, inside the caller's transaction.
pub(crate) async fn supersede(connection: &mut Connection, claim: &Claim, among: Among) -> Result<(), DbError> {
    let Some(dataset) = &claim.dataset else { return Ok(()) };
    let fault = serde_json::to_value(superseded(claim.run))?;
    let older = sqlx::query_file_scalar!(
        "../../sql/queries/gate/supersede.sql",
        dataset.as_str(),
        claim.run.0,
        fault,
        among == Among::Approved
    )
    .fetch_all(&mut *connection)
    .await?;
    for run in older {
        let entry = Entry {
            run: Some(RunId(run)),
            dataset: Some(dataset.as_str()),
            detail: json!({ "by": claim.run }),
            ..Entry::of(&claim.requested_by, Action::Supersede)
        };
        audit::add(connection, &entry).await?;
    }
    Ok(())
}

fn superseded(newer: RunId) -> Fault {
    Fault::give_up(
        "gate.superseded",
        format!("La ejecución {newer}, más nueva, tomó su lugar antes de que se publicara."),
        format!("Vea la ejecución {newer}."),
    )
}
