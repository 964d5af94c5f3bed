//! What people and schedules ask of the ledger.

use goreos_domain::{DatasetId, Job, RunId, RunState, Trigger};
use serde_json::Value;

use crate::{Connection, DbError};

/// A run to accept.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// What to do.
    pub job: Job,
    /// For which dataset, when the job is about one.
    pub dataset: Option<DatasetId>,
    /// Ids the job needs.
    pub args: Value,
    /// Why it runs.
    pub trigger: Trigger,
    /// Who asked.
    pub requested_by: String,
    /// Two requests with the same key are one run.
    pub dedupe_key: Option<String>,
    /// Attempts before it is given up.
    pub max_attempts: i32,
}

/// Accepts a run and wakes the scheduler.
pub async fn request(connection: &mut Connection, run: &NewRun) -> Result<RunId, DbError> {
    let id = sqlx::query_file_scalar!(
        "../../sql/queries/run/request.sql",
        run.job.code(),
        run.dataset.as_ref().map(DatasetId::as_str),
        run.args,
        run.trigger.code(),
        run.requested_by,
        run.dedupe_key,
        run.max_attempts,
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query!("select pg_notify('goreos_runs', '')").execute(connection).await?;
    Ok(RunId(id))
}

/// Asks a run to stop. `None` when it is unknown or has already ended.
pub async fn cancel(connection: &mut Connection, run: RunId) -> Result<Option<RunState>, DbError> {
    let state = sqlx::query_file_scalar!("../../sql/queries/run/cancel.sql", run.0).fetch_optional(connection).await?;
    Ok(state.as_deref().and_then(RunState::parse))
}

/// Puts a failed or cancelled run back in the queue; false when it is neither.
pub async fn retry(connection: &mut Connection, run: RunId) -> Result<bool, DbError> {
    let again =
        sqlx::query_file_scalar!("../../sql/queries/run/retry.sql", run.0).fetch_optional(&mut *connection).await?;
    sqlx::query!("select pg_notify('goreos_runs', '')").execute(connection).await?;
    Ok(again.is_some())
}

/// Where a run stands.
pub async fn state(connection: &mut Connection, run: RunId) -> Result<Option<RunState>, DbError> {
    let state = sqlx::query_scalar!("select state from runs where id = $1", run.0).fetch_optional(connection).await?;
    Ok(state.as_deref().and_then(RunState::parse))
}
