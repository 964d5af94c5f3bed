//! Documents to download, and those still being made.

use chrono::{DateTime, Utc};
use goreos_domain::{Cut, EditionId, Fault, RunId, RunState};
use serde::Serialize;
use sqlx::types::Json;

use super::{Page, Paged, word};
use crate::{Connection, DbError};

/// What names a document: the same three make the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentKey {
    /// Only `comuna` for now.
    pub kind: String,
    pub cut: Cut,
    pub edition: EditionId,
}

/// A document in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    pub id: i64,
    pub key: DocumentKey,
    pub title: String,
    /// The run that made it.
    pub run: RunId,
    pub object_key: String,
    pub file_name: String,
    pub media_type: String,
    pub bytes: i64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    pub requested_by: String,
    pub created_at: DateTime<Utc>,
}

/// A document asked for that is not there: still being made, or failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingReport {
    pub run: RunId,
    pub key: DocumentKey,
    pub state: RunState,
    pub requested_by: String,
    pub created_at: DateTime<Utc>,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// Documents, newest first.
pub async fn documents(connection: &mut Connection, page: Page) -> Result<Paged<Document>, DbError> {
    let items = list(&mut *connection, None, None, page).await?;
    let total = sqlx::query_scalar!(r#"select count(*) as "count!" from documents"#).fetch_one(connection).await?;
    Ok(Paged { items, total })
}

/// One document.
pub async fn document(connection: &mut Connection, id: i64) -> Result<Option<Document>, DbError> {
    Ok(list(connection, Some(id), None, Page::ONE).await?.pop())
}

/// The document of that name, when it has been made.
pub async fn document_for(connection: &mut Connection, key: &DocumentKey) -> Result<Option<Document>, DbError> {
    Ok(list(connection, None, Some(key), Page::ONE).await?.pop())
}

/// The newest run of every report that is not there, newest first, at most 100. A failed one stays until its document
/// is made.
pub async fn pending_reports(connection: &mut Connection) -> Result<Vec<PendingReport>, DbError> {
    pending(connection, None).await
}

/// The newest run of that report, while its document is not there.
pub async fn pending_report(connection: &mut Connection, key: &DocumentKey) -> Result<Option<PendingReport>, DbError> {
    Ok(pending(connection, Some(key)).await?.pop())
}

async fn list(
    connection: &mut Connection,
    id: Option<i64>,
    key: Option<&DocumentKey>,
    page: Page,
) -> Result<Vec<Document>, DbError> {
    sqlx::query_file!(
        "../../sql/queries/document/list.sql",
        id,
        key.map(|key| key.kind.as_str()),
        key.map(|key| key.cut.as_str()),
        key.map(|key| key.edition.0),
        page.limit(),
        page.offset(),
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Document {
            id: row.id,
            key: DocumentKey { kind: row.kind, cut: word(row.cut)?, edition: EditionId(row.edition_id) },
            title: row.title,
            run: RunId(row.run_id),
            object_key: row.object_key,
            file_name: row.file_name,
            media_type: row.media_type,
            bytes: row.bytes,
            sha256: row.sha256,
            requested_by: row.requested_by,
            created_at: row.created_at,
        })
    })
    .collect()
}

async fn pending(connection: &mut Connection, key: Option<&DocumentKey>) -> Result<Vec<PendingReport>, DbError> {
    sqlx::query_file!(
        "../../sql/queries/document/pending.sql",
        key.map(|key| key.kind.as_str()),
        key.map(|key| key.cut.as_str()),
        key.map(|key| key.edition.0),
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(|row| {
        Ok(PendingReport {
            run: RunId(row.id),
            key: DocumentKey { kind: row.kind, cut: word(row.cut)?, edition: EditionId(row.edition_id) },
            state: word(row.state)?,
            requested_by: row.requested_by,
            created_at: row.created_at,
            fault: row.fault.map(|fault| fault.0),
        })
    })
    .collect()
}
