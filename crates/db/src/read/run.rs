//! Runs.

use chrono::{DateTime, Utc};
use goreos_domain::{DatasetId, EditionId, Fault, Job, Phase, ReleaseId, RunId, RunState, Trigger};
use serde::Serialize;
use sqlx::types::Json;

use super::{Page, Paged, SourceFile, word};
use crate::{Connection, DbError};

/// Which runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    pub dataset: Option<DatasetId>,
    pub state: Option<RunState>,
    pub job: Option<Job>,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunLine {
    pub id: RunId,
    pub job: Job,
    /// None for reports.
    pub dataset: Option<DatasetId>,
    /// The dataset's title as the catalogue has it now.
    pub dataset_title: Option<String>,
    /// What the job was told, by ids.
    pub args: serde_json::Value,
    pub trigger: Trigger,
    pub requested_by: String,
    pub state: RunState,
    /// Where it is, or was when it ended.
    pub phase: Option<Phase>,
    pub rows_done: i64,
    pub rows_expected: Option<i64>,
    pub rows_read: Option<i64>,
    pub rows_loaded: Option<i64>,
    pub rows_rejected: Option<i64>,
    /// The edition it published.
    pub edition: Option<EditionId>,
    /// Why it failed.
    pub fault: Option<Fault>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A run's page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunDetail {
    pub line: RunLine,
    pub attempt: i32,
    pub max_attempts: i32,
    pub cancel_requested: bool,
    /// When the next attempt may start.
    pub available_at: DateTime<Utc>,
    pub source: Option<SourceFile>,
    /// What was detected, converted, repaired, compared.
    pub report: serde_json::Value,
    /// Of the last attempt, in the order they began.
    pub phases: Vec<PhaseLine>,
    /// The last [`RunDetail::MAX_LOG`] lines, oldest first.
    pub log: Vec<LogLine>,
    /// Lines before those.
    pub log_left_out: i64,
    /// Finished releases it built, its own and the derived ones, by dataset.
    pub releases: Vec<(DatasetId, ReleaseId)>,
}

/// A step of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhaseLine {
    pub phase: Phase,
    pub started_at: DateTime<Utc>,
    /// None while it goes on, or when the attempt ended in it.
    pub finished_at: Option<DateTime<Utc>>,
    pub rows: Option<i64>,
    pub note: String,
}

/// A stored log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    pub at: DateTime<Utc>,
    /// `info`, `warn` or `error`.
    pub level: String,
    pub message: String,
}

impl RunDetail {
    /// The most log lines shown.
    pub const MAX_LOG: i64 = 500;
}

/// Runs, newest first.
pub async fn runs(connection: &mut Connection, filter: &RunFilter, page: Page) -> Result<Paged<RunLine>, DbError> {
    let items = lines(&mut *connection, None, filter, page).await?;
    let total = sqlx::query_scalar!(
        r#"select count(*) as "count!" from runs
           where ($1::text is null or dataset_id = $1) and ($2::text is null or state = $2) and ($3::text is null or job = $3)"#,
        filter.dataset.as_ref().map(DatasetId::as_str),
        filter.state.map(RunState::code),
        filter.job.map(Job::code),
    )
    .fetch_one(connection)
    .await?;
    Ok(Paged { items, total })
}

/// One run with its phases and its log.
pub async fn run(connection: &mut Connection, id: RunId) -> Result<Option<RunDetail>, DbError> {
    let Some(line) = lines(&mut *connection, Some(id), &RunFilter::default(), Page::ONE).await?.pop() else {
        return Ok(None);
    };
    let row = sqlx::query_file!("../../sql/queries/run/detail.sql", id.0).fetch_one(&mut *connection).await?;
    let phases = phases(&mut *connection, id).await?;
    let log = sqlx::query_file_as!(LogLine, "../../sql/queries/run/log.sql", id.0, RunDetail::MAX_LOG)
        .fetch_all(&mut *connection)
        .await?;
    let releases = sqlx::query!(
        "select dataset_id, id from releases where run_id = $1 and built_at is not null order by dataset_id, id",
        id.0
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(|row| Ok((word(row.dataset_id)?, ReleaseId(row.id))))
    .collect::<Result<_, DbError>>()?;
    Ok(Some(RunDetail {
        line,
        attempt: row.attempt,
        max_attempts: row.max_attempts,
        cancel_requested: row.cancel_requested,
        available_at: row.available_at,
        source: SourceFile::of(row.sha256, row.bytes, row.origin, row.received_at),
        report: row.report,
        phases,
        log_left_out: (row.log_lines - RunDetail::MAX_LOG).max(0),
        log,
        releases,
    }))
}

async fn phases(connection: &mut Connection, id: RunId) -> Result<Vec<PhaseLine>, DbError> {
    sqlx::query_file!("../../sql/queries/run/phases.sql", id.0)
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(|row| {
            Ok(PhaseLine {
                phase: word(row.phase)?,
                started_at: row.started_at,
                finished_at: row.finished_at,
                rows: row.rows,
                note: row.note,
            })
        })
        .collect()
}

async fn lines(
    connection: &mut Connection,
    id: Option<RunId>,
    filter: &RunFilter,
    page: Page,
) -> Result<Vec<RunLine>, DbError> {
    sqlx::query_file!(
        "../../sql/queries/run/list.sql",
        id.map(|id| id.0),
        filter.dataset.as_ref().map(DatasetId::as_str),
        filter.state.map(RunState::code),
        page.limit(),
        page.offset(),
        filter.job.map(Job::code),
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(|row| {
        Ok(RunLine {
            id: RunId(row.id),
            job: word(row.job)?,
            dataset: row.dataset_id.map(word).transpose()?,
            dataset_title: row.dataset_title,
            args: row.args,
            trigger: word(row.trigger)?,
            requested_by: row.requested_by,
            state: word(row.state)?,
            phase: row.phase.map(word).transpose()?,
            rows_done: row.rows_done,
            rows_expected: row.rows_expected,
            rows_read: row.rows_read,
            rows_loaded: row.rows_loaded,
            rows_rejected: row.rows_rejected,
            edition: row.edition_id.map(EditionId),
            fault: row.fault.map(|fault| fault.0),
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    })
    .collect()
}
