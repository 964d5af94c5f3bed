//! Runs, and why rows were refused.

use chrono::{DateTime, Utc};
use goreos_domain::{DatasetId, EditionId, Fault, Job, Phase, ReleaseId, RunId, RunState, Trigger};
use serde::{Deserialize, Serialize};

use super::{Page, Paged, SourceFile};
use crate::{Connection, DbError};

/// Which runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    pub dataset: Option<DatasetId>,
    pub state: Option<RunState>,
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

/// Rejects that share a code and a column. A row with two reasons counts under both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Stable, dotted, English.
    pub code: String,
    /// None when the whole row is meant.
    pub column: Option<String>,
    pub rows: i64,
    /// The first such row of the file.
    pub first_row: i64,
    /// The reason that row was given.
    pub reason: String,
    pub remedy: String,
    /// Up to five different values.
    pub samples: Vec<String>,
}

/// A source row that broke the contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reject {
    /// As a spreadsheet counts.
    pub source_row: i64,
    /// Header and cell, by header.
    pub raw: serde_json::Map<String, serde_json::Value>,
    pub reasons: Vec<Reason>,
}

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    #[serde(default)]
    pub column: Option<String>,
    #[serde(default)]
    pub value: Option<String>,
    #[serde(default)]
    pub rule: String,
    pub code: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub remedy: String,
}

impl RunDetail {
    /// The most log lines shown.
    pub const MAX_LOG: i64 = 500;
}

/// Runs, newest first.
pub async fn runs(connection: &mut Connection, filter: &RunFilter, page: Page) -> Result<Paged<RunLine>, DbError> {
    todo!()
}

/// One run with its phases and its log.
pub async fn run(connection: &mut Connection, id: RunId) -> Result<Option<RunDetail>, DbError> {
    todo!()
}

/// Why rows of a run were refused, most rows first; at most 200 causes. Only its last attempt counts, as in all of these.
pub async fn causes(connection: &mut Connection, id: RunId) -> Result<Vec<Cause>, DbError> {
    todo!()
}

/// Rejects of a run in the order of the file; only those with that code when one is given.
pub async fn rejects(connection: &mut Connection, id: RunId, code: Option<&str>, page: Page) -> Result<Paged<Reject>, DbError> {
    todo!()
}

/// The next rejects after a row of the file (0 for the first), at most [`Page::MAX_SIZE`]: for writing them all out,
/// stretch by stretch.
pub async fn rejects_after(connection: &mut Connection, id: RunId, source_row: i64) -> Result<Vec<Reject>, DbError> {
    todo!()
}
