//! Documents rendered by runs.

use goreos_domain::{Cut, EditionId, Job, RunId, Trigger};
use serde_json::json;

use crate::ledger::{self, Claim, NewRun};
use crate::{Connection, DbError};
use sqlx::Connection as _;

/// A rendered document, before it is registered.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Its title (Spanish).
    pub title: String,
    /// The territory it is about.
    pub cut: Cut,
    /// The edition all its figures come from.
    pub edition: EditionId,
    /// Where its bytes are.
    pub object_key: String,
    /// The name a browser saves it under.
    pub file_name: String,
    /// Its size.
    pub bytes: i64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// Asks for the report of a comuna from an edition; the same request twice is the same run.
pub async fn request_comuna_report(
    connection: &mut Connection,
    cut: &Cut,
    edition: EditionId,
    requested_by: &str,
    attempts: i32,
) -> Result<RunId, DbError> {
    let run = NewRun {
        job: Job::Report,
        dataset: None,
        args: json!({ "kind": "comuna", "cut": cut, "edition": edition }),
        trigger: Trigger::Manual,
        requested_by: requested_by.to_owned(),
        dedupe_key: Some(format!("report:comuna:{cut}:{edition}")),
        max_attempts: attempts,
    };
    let id = ledger::request(&mut *connection, &run).await?;
    // A report that failed before is tried anew when somebody asks for it again.
    ledger::retry(connection, id).await?;
    Ok(id)
}

/// Registers the document and ends its run, all or nothing.
///
/// # Errors
/// [`DbError::FencedOut`] when the run is not ours any more.
pub async fn publish_document(
    connection: &mut Connection,
    claim: &Claim,
    document: &NewDocument,
) -> Result<(), DbError> {
    let mut transaction = connection.begin().await?;
    ledger::published(&mut transaction, claim, Some(document.edition)).await?;
    sqlx::query!(
        "insert into documents (run_id, kind, title, cut, edition_id, object_key, file_name, media_type, bytes, sha256, requested_by)
         values ($1, 'comuna', $2, $3, $4, $5, $6, 'application/pdf', $7, $8, $9)",
        claim.run.0,
        document.title,
        document.cut.as_str(),
        document.edition.0,
        document.object_key,
        document.file_name,
        document.bytes,
        document.sha256,
        claim.requested_by
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}
