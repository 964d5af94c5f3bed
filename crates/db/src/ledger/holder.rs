//! What the holder of a run tells the ledger. Whatever changes the run is checked against the fencing token; phases and log lines
//! are kept by attempt, for people, also of an attempt that lost the run.

use goreos_domain::gate::Approved;
use goreos_domain::{DatasetId, EditionId, Fault, Job, Phase, ReleaseId, Retry, RunId, RunState, Trigger};
use serde_json::Value;

use crate::{Connection, DbError};

/// A run held under a lease.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The run.
    pub run: RunId,
    /// The fencing token: whoever comes after has a greater one.
    pub fence: i64,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// How many there may be.
    pub max_attempts: i32,
    /// What to do.
    pub job: Job,
    /// For which dataset.
    pub dataset: Option<DatasetId>,
    /// Ids the job needs.
    pub args: Value,
    /// Why it runs.
    pub trigger: Trigger,
    /// Who asked.
    pub requested_by: String,
    /// The release it built before it waited at the gate.
    pub held: Option<ReleaseId>,
    /// A steward lets it publish.
    pub approved: Option<Approved>,
    /// Seconds the lease lasts from each heartbeat.
    pub lease_s: u32,
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Go on.
    Held,
    /// Somebody wants it stopped.
    CancelRequested,
    /// The run is another's now.
    Lost,
}

/// Rows of the source file: read = loaded + rejected, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accounting {
    /// Data rows found in the file.
    pub read: i64,
    /// Rows in the release.
    pub loaded: i64,
    /// Rows refused.
    pub rejected: i64,
}

/// How loud a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// As expected.
    Info,
    /// Worth a look.
    Warn,
    /// It failed.
    Error,
}

impl LogLevel {
    fn code(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Renews the lease.
pub async fn heartbeat(
    connection: &mut Connection,
    claim: &Claim,
    phase: Option<Phase>,
    rows_done: i64,
    rows_expected: Option<i64>,
) -> Result<Beat, DbError> {
    let cancel_requested = sqlx::query_file_scalar!(
        "../../sql/queries/run/heartbeat.sql",
        claim.run.0,
        claim.fence,
        f64::from(claim.lease_s),
        phase.map(Phase::code),
        rows_done,
        rows_expected,
    )
    .fetch_optional(connection)
    .await?;
    Ok(match cancel_requested {
        Some(false) => Beat::Held,
        Some(true) => Beat::CancelRequested,
        None => Beat::Lost,
    })
}

/// Opens a phase of this attempt.
pub async fn start_phase(connection: &mut Connection, claim: &Claim, phase: Phase) -> Result<(), DbError> {
    sqlx::query!(
        "insert into run_phases (run_id, attempt, phase) values ($1, $2, $3)
         on conflict (run_id, attempt, phase) do update set started_at = clock_timestamp(), finished_at = null",
        claim.run.0,
        claim.attempt,
        phase.code()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Closes a phase, with how many rows it dealt with and a word on what it found.
pub async fn end_phase(
    connection: &mut Connection,
    claim: &Claim,
    phase: Phase,
    rows: Option<i64>,
    note: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "update run_phases set finished_at = clock_timestamp(), rows = $4, note = $5 where run_id = $1 and attempt = $2 and phase = $3",
        claim.run.0,
        claim.attempt,
        phase.code(),
        rows,
        note
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a line to the run's log (Spanish: people read it on the run's page).
pub async fn log(connection: &mut Connection, run: RunId, level: LogLevel, message: &str) -> Result<(), DbError> {
    sqlx::query!("insert into run_log (run_id, level, message) values ($1, $2, $3)", run.0, level.code(), message)
        .execute(connection)
        .await?;
    Ok(())
}

/// Records which source file the run works on.
pub async fn note_source(
    connection: &mut Connection,
    claim: &Claim,
    sha256: &str,
    bytes: i64,
    origin: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into source_files (sha256, bytes, origin) values ($1, $2, $3) on conflict do nothing",
        sha256,
        bytes,
        origin
    )
    .execute(&mut *connection)
    .await?;
    let updated = sqlx::query!(
        "update runs set source_sha = $3 where id = $1 and fence = $2 and state = 'running'",
        claim.run.0,
        claim.fence,
        sha256
    )
    .execute(connection)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(DbError::FencedOut) }
}

/// Ends the run: the source is what it was, there is nothing to publish.
pub async fn unchanged(connection: &mut Connection, claim: &Claim) -> Result<(), DbError> {
    let updated = sqlx::query!(
        "update runs set state = 'unchanged', fault = null, phase = null, finished_at = now(), lease_owner = null, lease_until = null where id = $1 and fence = $2 and state = 'running'",
        claim.run.0,
        claim.fence
    )
    .execute(connection)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(DbError::FencedOut) }
}

/// Locks the run of a claim, inside the caller's transaction.
///
/// # Errors
/// [`DbError::FencedOut`] when it is not ours any more, or somebody wants it stopped.
pub(crate) async fn hold_still(connection: &mut Connection, claim: &Claim) -> Result<(), DbError> {
    sqlx::query!(
        "select id from runs where id = $1 and fence = $2 and state = 'running' and not cancel_requested for update",
        claim.run.0,
        claim.fence
    )
    .fetch_optional(connection)
    .await?
    .ok_or(DbError::FencedOut)?;
    Ok(())
}

/// Ends the run inside the caller's transaction: what it made is registered beside it, all or nothing.
pub(crate) async fn published(
    connection: &mut Connection,
    claim: &Claim,
    edition: Option<EditionId>,
) -> Result<(), DbError> {
    let updated = sqlx::query!(
        "update runs set state = 'published', edition_id = $3, fault = null, finished_at = now(), lease_owner = null, lease_until = null, phase = null
         where id = $1 and fence = $2 and state = 'running' and not cancel_requested",
        claim.run.0,
        claim.fence,
        edition.map(|edition| edition.0)
    )
    .execute(connection)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(DbError::FencedOut) }
}

/// Ends the attempt with a fault; gives the state the run is in afterwards.
pub async fn fail(connection: &mut Connection, claim: &Claim, fault: &Fault) -> Result<RunState, DbError> {
    let state = sqlx::query_file_scalar!(
        "../../sql/queries/run/fail.sql",
        claim.run.0,
        claim.fence,
        serde_json::to_value(fault)?,
        fault.retry == Retry::Later,
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(DbError::FencedOut)?;
    log(connection, claim.run, LogLevel::Error, &format!("{} {}", fault, fault.remedy)).await?;
    RunState::parse(&state).ok_or(DbError::UnknownWord(state))
}

/// Gives the run back without counting the attempt: the process stops in order, or the run was cancelled.
pub async fn hand_back(connection: &mut Connection, claim: &Claim) -> Result<(), DbError> {
    sqlx::query_file_scalar!("../../sql/queries/run/hand_back.sql", claim.run.0, claim.fence)
        .fetch_optional(connection)
        .await?
        .ok_or(DbError::FencedOut)?;
    Ok(())
}

/// Keeps the row counts of an attempt that will not publish, for its page.
pub async fn keep_accounting(
    connection: &mut Connection,
    claim: &Claim,
    accounting: Accounting,
) -> Result<(), DbError> {
    sqlx::query!(
        "update runs set rows_read = $3, rows_loaded = $4, rows_rejected = $5 where id = $1 and fence = $2 and state = 'running'",
        claim.run.0,
        claim.fence,
        accounting.read,
        accounting.loaded,
        accounting.rejected
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps what an attempt found out, before it is known whether it will publish.
pub async fn keep_report(connection: &mut Connection, claim: &Claim, report: &Value) -> Result<(), DbError> {
    sqlx::query!(
        "update runs set report = $3 where id = $1 and fence = $2 and state = 'running'",
        claim.run.0,
        claim.fence,
        report
    )
    .execute(connection)
    .await?;
    Ok(())
}
