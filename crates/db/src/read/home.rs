//! What there is and how fresh it is.

use chrono::{DateTime, Utc};
use goreos_domain::{DatasetId, Fault, ReleaseId, RunId, RunState};
use serde::Serialize;
use sqlx::types::Json;

use super::{SourceFile, word};
use crate::{Connection, DbError, Edition};

/// A dataset of the catalogue and how fresh it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DatasetFreshness {
    pub id: DatasetId,
    /// As the contract of the release said (of the catalogue while there is none), like all texts here.
    pub title: String,
    pub description: String,
    pub theme: String,
    pub owner: String,
    pub licence: String,
    /// Who must be named; may be empty.
    pub attribution: String,
    /// Invented data.
    pub example: bool,
    /// Computed from other datasets.
    pub derived: bool,
    /// What the edition holds; None when it holds nothing of this dataset.
    pub release: Option<FreshRelease>,
    /// Its newest run, whatever became of it; for derived datasets the run that built the release.
    pub last_run: Option<LastRun>,
    /// The next tick of its schedule.
    pub next_fire_at: Option<DateTime<Utc>>,
}

/// The release of a dataset in an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FreshRelease {
    pub id: ReleaseId,
    pub rows: i64,
    pub built_at: DateTime<Utc>,
    /// None for derived datasets.
    pub source: Option<SourceFile>,
}

/// How the newest run of a dataset went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastRun {
    pub id: RunId,
    pub state: RunState,
    pub created_at: DateTime<Utc>,
    /// None while it is not over.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// Every dataset in catalogue order, with its release in that edition (`None` before the first publish).
pub async fn home(connection: &mut Connection, edition: Option<&Edition>) -> Result<Vec<DatasetFreshness>, DbError> {
    let releases: Vec<i64> = edition.into_iter().flat_map(Edition::releases).map(|(_, release)| release.0).collect();
    sqlx::query_file!("../../sql/queries/home/freshness.sql", &releases)
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(|row| {
            let source = SourceFile::of(row.sha256, row.bytes, row.origin, row.received_at);
            let release = match (row.release_id, row.release_rows, row.built_at) {
                (Some(id), Some(rows), Some(built_at)) => {
                    Some(FreshRelease { id: ReleaseId(id), rows, built_at, source })
                }
                _ => None,
            };
            let last_run = match (row.run_id, row.run_state, row.run_created_at) {
                (Some(id), Some(state), Some(created_at)) => Some(LastRun {
                    id: RunId(id),
                    state: word(state)?,
                    created_at,
                    finished_at: row.run_finished_at,
                    fault: row.run_fault.map(|fault| fault.0),
                }),
                _ => None,
            };
            Ok(DatasetFreshness {
                id: word(row.id)?,
                title: row.title,
                description: row.description,
                theme: row.theme,
                owner: row.owner,
                licence: row.licence,
                attribution: row.attribution,
                example: row.example,
                derived: row.derived,
                release,
                last_run,
                next_fire_at: row.next_fire_at,
            })
        })
        .collect()
}
