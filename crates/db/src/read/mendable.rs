//! Whether the refused rows of a run can come back mended, and in which runs they did.

use goreos_domain::{DatasetId, RunId, RunState};
use serde::Serialize;

use super::word;
use crate::{Connection, DbError};

/// A run whose refused rows may be mended, and the file they are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Base {
    pub run: RunId,
    pub dataset: DatasetId,
    /// SHA-256 of the source file, in hexadecimal.
    pub source_sha: String,
    pub bytes: i64,
}

/// Whether refused rows can come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Mendable {
    /// They can.
    Yes(Base),
    /// The run read no file: a report, a derived dataset, or it never got that far.
    NoFile,
    /// It is not over.
    NotOver,
    /// It refused nothing.
    NoRejects,
    /// That newer run read another file: mended rows would bring the old one back.
    Superseded(RunId),
}

struct Row {
    dataset_id: Option<String>,
    state: String,
    source_sha: Option<String>,
    bytes: Option<i64>,
    rejected: bool,
    newer: Option<i64>,
}

/// Whether the refused rows of that run can come back mended; None when there is no such run.
pub async fn mendable(connection: &mut Connection, run: RunId) -> Result<Option<Mendable>, DbError> {
    let row = sqlx::query_file_as!(Row, "../../sql/queries/mend/base.sql", run.0).fetch_optional(connection).await?;
    row.map(|row| row.judge(run)).transpose()
}

impl Row {
    fn judge(self, run: RunId) -> Result<Mendable, DbError> {
        let state: RunState = word(self.state)?;
        let (Some(dataset), Some(source_sha)) = (self.dataset_id, self.source_sha) else {
            return Ok(Mendable::NoFile);
        };
        if matches!(state, RunState::Queued | RunState::Running) {
            return Ok(Mendable::NotOver);
        }
        if !self.rejected {
            return Ok(Mendable::NoRejects);
        }
        if let Some(newer) = self.newer {
            return Ok(Mendable::Superseded(RunId(newer)));
        }
        Ok(Mendable::Yes(Base { run, dataset: word(dataset)?, source_sha, bytes: self.bytes.unwrap_or(0) }))
    }
}

/// The runs that took mended rows of a run, oldest first; at most 50.
pub async fn mend_runs(connection: &mut Connection, run: RunId) -> Result<Vec<(RunId, RunState)>, DbError> {
    let rows = sqlx::query_file!("../../sql/queries/mend/runs.sql", run.0).fetch_all(connection).await?;
    rows.into_iter().map(|row| Ok((RunId(row.id), word(row.state)?))).collect()
}
