//! The file of a difference: asked for, made by a run, kept for ever.

use goreos_domain::{DatasetId, Fault, Job, ReleaseId, RunId, RunState, Trigger};
use serde::Serialize;
use serde_json::json;
use sqlx::Connection as _;
use sqlx::types::Json;

use super::Counts;
use crate::ledger::{self, Claim, NewRun};
use crate::{Connection, DbError};

/// The GeoPackage of a difference, in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferenceFile {
    pub object_key: String,
    pub bytes: i64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The run that counts a difference and makes its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferenceRun {
    pub run: RunId,
    pub state: RunState,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// Asks for the file of a difference; asked for twice it is one run, and one that failed is tried anew.
pub async fn request(
    connection: &mut Connection,
    dataset: &DatasetId,
    (from, to): (ReleaseId, ReleaseId),
    requested_by: &str,
    attempts: i32,
) -> Result<RunId, DbError> {
    let run = NewRun {
        job: Job::Difference,
        dataset: Some(dataset.clone()),
        args: json!({ "from": from, "to": to }),
        trigger: Trigger::Manual,
        requested_by: requested_by.to_owned(),
        dedupe_key: Some(dedupe_key(from, to)),
        max_attempts: attempts,
    };
    let id = ledger::request(&mut *connection, &run).await?;
    ledger::retry(connection, id).await?;
    Ok(id)
}

fn dedupe_key(from: ReleaseId, to: ReleaseId) -> String {
    format!("difference:{from}:{to}")
}

/// The run that was asked for, wherever it stands.
pub async fn requested(
    connection: &mut Connection,
    from: ReleaseId,
    to: ReleaseId,
) -> Result<Option<DifferenceRun>, DbError> {
    let row = sqlx::query!(
        r#"select id, state, fault as "fault: Json<Fault>" from runs where dedupe_key = $1"#,
        dedupe_key(from, to)
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let state = RunState::parse(&row.state).ok_or(DbError::UnknownWord(row.state))?;
        Ok(DifferenceRun { run: RunId(row.id), state, fault: row.fault.map(|fault| fault.0) })
    })
    .transpose()
}

/// The file, when it has been made.
pub async fn file(
    connection: &mut Connection,
    from: ReleaseId,
    to: ReleaseId,
    tolerance_m: f64,
) -> Result<Option<DifferenceFile>, DbError> {
    Ok(sqlx::query_as!(
        DifferenceFile,
        r#"select object_key as "object_key!", bytes as "bytes!", sha256 as "sha256!" from differences
           where from_release = $1 and to_release = $2 and tolerance_m = $3 and object_key is not null"#,
        from.0,
        to.0,
        tolerance_m
    )
    .fetch_optional(connection)
    .await?)
}

/// What a run made of a difference.
#[derive(Debug, Clone)]
pub struct NewDifference {
    pub from: ReleaseId,
    pub to: ReleaseId,
    pub tolerance_m: f64,
    pub counts: Counts,
    pub file: DifferenceFile,
}

/// Registers the file and ends its run, all or nothing.
///
/// # Errors
/// [`DbError::FencedOut`] when the run is not ours any more.
pub async fn publish_difference(
    connection: &mut Connection,
    claim: &Claim,
    made: &NewDifference,
) -> Result<(), DbError> {
    let mut transaction = connection.begin().await?;
    ledger::published(&mut transaction, claim, None).await?;
    sqlx::query!(
        "insert into differences (from_release, to_release, tolerance_m, counts, object_key, bytes, sha256)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (from_release, to_release, tolerance_m)
         do update set object_key = excluded.object_key, bytes = excluded.bytes, sha256 = excluded.sha256",
        made.from.0,
        made.to.0,
        made.tolerance_m,
        serde_json::to_value(made.counts)?,
        made.file.object_key,
        made.file.bytes,
        made.file.sha256
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}
