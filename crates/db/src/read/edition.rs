//! Editions, what changed in each, and what each holds.

use chrono::{DateTime, Utc};
use goreos_domain::{DatasetId, EditionId, ReleaseId, RunId};
use serde::Serialize;

use super::{Page, Paged, Provenance};
use crate::{Connection, DbError};

/// An edition in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionLine {
    pub id: EditionId,
    pub created_at: DateTime<Utc>,
    pub note: String,
    /// None for a rollback.
    pub run: Option<RunId>,
    /// Against the edition before it, by dataset.
    pub changes: Vec<Change>,
}

/// A dataset with another release than in the edition before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub dataset: DatasetId,
    /// The dataset's title as the catalogue has it now.
    pub title: String,
    /// None when the edition before did not hold the dataset.
    pub before: Option<ReleaseId>,
    /// None when this edition does not hold it any more.
    pub after: Option<ReleaseId>,
}

/// A release an edition holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldRelease {
    pub provenance: Provenance,
    /// The run that built it.
    pub run: RunId,
}

/// Editions, newest first.
pub async fn editions(connection: &mut Connection, page: Page) -> Result<Paged<EditionLine>, DbError> {
    todo!()
}

/// One edition as the list shows it.
pub async fn edition_line(connection: &mut Connection, id: EditionId) -> Result<Option<EditionLine>, DbError> {
    todo!()
}

/// What an edition holds, in catalogue order; empty when there is no such edition.
pub async fn held_releases(connection: &mut Connection, id: EditionId) -> Result<Vec<HeldRelease>, DbError> {
    todo!()
}
