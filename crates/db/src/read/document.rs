//! Documents to download, and those still being made.

use chrono::{DateTime, Utc};
use goreos_domain::{Cut, EditionId, Fault, RunId, RunState};
use serde::Serialize;

use super::{Page, Paged};
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
    todo!()
}

/// One document.
pub async fn document(connection: &mut Connection, id: i64) -> Result<Option<Document>, DbError> {
    todo!()
}

/// The document of that name, when it has been made.
pub async fn document_for(connection: &mut Connection, key: &DocumentKey) -> Result<Option<Document>, DbError> {
    todo!()
}

/// The newest run of every report that is not there, newest first, at most 100. A failed one stays until its document
/// is made.
pub async fn pending_reports(connection: &mut Connection) -> Result<Vec<PendingReport>, DbError> {
    todo!()
}

/// The newest run of that report, while its document is not there.
pub async fn pending_report(connection: &mut Connection, key: &DocumentKey) -> Result<Option<PendingReport>, DbError> {
    todo!()
}
