//! Editions, what changed in each, and what each holds.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use goreos_domain::{DatasetId, EditionId, ReleaseId, RunId};
use serde::Serialize;

use super::source::provenance;
use super::{Page, Paged, Provenance, word};
use crate::{Connection, DbError};

/// An edition in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditionLine {
    pub id: EditionId,
    pub created_at: DateTime<Utc>,
    pub note: String,
    /// None for a rollback.
    pub run: Option<RunId>,
    /// The edition before it; numbers may have gaps.
    pub previous: Option<EditionId>,
    /// The edition whose releases a rollback brought back.
    pub rolled_back_to: Option<EditionId>,
    /// When retention let go of it.
    pub dropped_at: Option<DateTime<Utc>>,
    /// Names that keep it.
    pub tags: Vec<String>,
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
    let items = lines(&mut *connection, None, page).await?;
    let total = sqlx::query_scalar!(r#"select count(*) as "count!" from editions"#).fetch_one(connection).await?;
    Ok(Paged { items, total })
}

/// One edition as the list shows it.
pub async fn edition_line(connection: &mut Connection, id: EditionId) -> Result<Option<EditionLine>, DbError> {
    Ok(lines(connection, Some(id), Page::ONE).await?.pop())
}

/// What an edition holds, in catalogue order; empty when there is no such edition.
pub async fn held_releases(connection: &mut Connection, id: EditionId) -> Result<Vec<HeldRelease>, DbError> {
    let releases = sqlx::query_scalar!("select release_id from edition_releases where edition_id = $1", id.0)
        .fetch_all(&mut *connection)
        .await?;
    let held = provenance(connection, &releases).await?;
    Ok(held.into_iter().map(|(run, provenance)| HeldRelease { provenance, run }).collect())
}

async fn lines(connection: &mut Connection, id: Option<EditionId>, page: Page) -> Result<Vec<EditionLine>, DbError> {
    let rows = sqlx::query_file!("../../sql/queries/edition/list.sql", id.map(|id| id.0), page.limit(), page.offset())
        .fetch_all(&mut *connection)
        .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut changes: HashMap<i64, Vec<Change>> = HashMap::new();
    for row in sqlx::query_file!("../../sql/queries/edition/changes.sql", &ids).fetch_all(connection).await? {
        changes.entry(row.id).or_default().push(Change {
            dataset: word(row.dataset_id)?,
            title: row.title,
            before: row.before.map(ReleaseId),
            after: row.after.map(ReleaseId),
        });
    }
    Ok(rows
        .into_iter()
        .map(|row| EditionLine {
            id: EditionId(row.id),
            created_at: row.created_at,
            note: row.note,
            run: row.run_id.map(RunId),
            previous: row.previous.map(EditionId),
            rolled_back_to: row.rolled_back_to.map(EditionId),
            dropped_at: row.dropped_at,
            tags: row.tags,
            changes: changes.remove(&row.id).unwrap_or_default(),
        })
        .collect())
}
