//! A steward decides about a run that waits.

use goreos_domain::{Fault, RunId, RunState};
use sqlx::Connection as _;

use crate::audit::{self, Action, Entry};
use crate::{Connection, DbError, ledger};

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It holds.
    Done,
    /// There is no such run.
    NotFound,
    /// The run does not wait: somebody decided already, or a newer one took its place.
    NotWaiting(RunState),
}

/// Lets a waiting run publish: it goes back to the queue, is derived again against what is current then, and published without asking
/// once more, unless its dataset's current release became another.
///
/// # Errors
/// When the database fails.
pub async fn approve(connection: &mut Connection, run: RunId, actor: &str, comment: &str) -> Result<Decision, DbError> {
    let mut transaction = connection.begin().await?;
    let dataset = sqlx::query_file_scalar!("../../sql/queries/gate/approve.sql", run.0, actor, comment)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(dataset) = dataset else { return not_waiting(&mut transaction, run).await };
    let entry = Entry { run: Some(run), dataset: dataset.as_deref(), comment, ..Entry::of(actor, Action::Approve) };
    audit::add(&mut transaction, &entry).await?;
    sqlx::query!("select pg_notify('goreos_runs', '')").execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Decision::Done)
}

/// Ends a waiting run; its tables are swept.
///
/// # Errors
/// When the database fails.
pub async fn refuse(connection: &mut Connection, run: RunId, actor: &str, comment: &str) -> Result<Decision, DbError> {
    let what = if comment.is_empty() {
        "El equipo de datos rechazó publicarla.".to_owned()
    } else {
        format!("El equipo de datos rechazó publicarla: «{comment}».")
    };
    let fault = Fault::give_up(
        "gate.refused",
        what,
        "Corrija el archivo y cárguelo de nuevo. Si el rechazo fue un error, vuelva a pedirla con: goreos retry.",
    );
    let mut transaction = connection.begin().await?;
    let dataset = sqlx::query_file_scalar!("../../sql/queries/gate/refuse.sql", run.0, serde_json::to_value(&fault)?)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(dataset) = dataset else { return not_waiting(&mut transaction, run).await };
    let entry = Entry { run: Some(run), dataset: dataset.as_deref(), comment, ..Entry::of(actor, Action::Refuse) };
    audit::add(&mut transaction, &entry).await?;
    transaction.commit().await?;
    Ok(Decision::Done)
}

async fn not_waiting(connection: &mut Connection, run: RunId) -> Result<Decision, DbError> {
    Ok(ledger::state(connection, run).await?.map_or(Decision::NotFound, Decision::NotWaiting))
}
