//! Files with mended rows. A mend belongs to the source file whose rows it mends: every run that reads that file reads it mended,
//! also a scheduled one, and also under a changed contract.

use goreos_domain::{DatasetId, Job, RunId, Trigger};
use serde_json::json;
use sqlx::Connection as _;

use crate::ledger::{self, NewRun};
use crate::read::Base;
use crate::{Connection, DbError};

/// Most rows a mend may replace. A file with more refused rows is no work for a person with a spreadsheet.
const MOST_ROWS: i64 = 1_000_000;

/// A mend of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mend {
    /// Its number; mends are applied in this order.
    pub id: i64,
    /// SHA-256 of the file with the mended rows.
    pub mend_sha: String,
    /// The rows of the source file it may replace: those its run had refused, in order.
    pub rows: Vec<i64>,
}

/// The mends of a source file, in the order received.
pub async fn of_source(
    connection: &mut Connection,
    dataset: &DatasetId,
    source_sha: &str,
) -> Result<Vec<Mend>, DbError> {
    Ok(sqlx::query_file_as!(Mend, "../../sql/queries/mend/of_source.sql", dataset.as_str(), source_sha, MOST_ROWS)
        .fetch_all(connection)
        .await?)
}

/// Forgets a mend whose file cannot be used, so that it does not stand in the way of later loads. Its bytes stay.
pub async fn forget(connection: &mut Connection, id: i64) -> Result<(), DbError> {
    sqlx::query!("delete from mends where id = $1", id).execute(connection).await?;
    Ok(())
}

/// A file with mended rows, as it was received and kept.
#[derive(Debug, Clone, Copy)]
pub struct NewMend<'a> {
    /// What it mends.
    pub base: &'a Base,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: &'a str,
    /// Its size.
    pub bytes: i64,
    /// The name its sender gave it.
    pub name: &'a str,
    /// Who sent it.
    pub requested_by: &'a str,
    /// Attempts of the run before it is given up.
    pub max_attempts: i32,
}

/// The run that reads a source file mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requested {
    /// Its number.
    pub run: RunId,
    /// The same file had been received before; this is the run that took it.
    pub again: bool,
}

/// Keeps a mend and asks for a run of the source file with it. The same file twice is one mend and one run; a run that
/// had failed is tried anew.
pub async fn request(connection: &mut Connection, mend: &NewMend<'_>) -> Result<Requested, DbError> {
    let Base { run: base, dataset, source_sha, bytes } = mend.base;
    let mut transaction = connection.begin().await?;
    sqlx::query!(
        "insert into source_files (sha256, bytes, origin) values ($1, $2, $3) on conflict do nothing",
        mend.sha256,
        mend.bytes,
        mend.name
    )
    .execute(&mut *transaction)
    .await?;
    let added = sqlx::query_file_scalar!(
        "../../sql/queries/mend/add.sql",
        dataset.as_str(),
        source_sha,
        mend.sha256,
        base.0,
        mend.requested_by
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let id = match added {
        Some(id) => id,
        None => {
            sqlx::query_scalar!(
                "select id from mends where dataset_id = $1 and source_sha = $2 and mend_sha = $3",
                dataset.as_str(),
                source_sha,
                mend.sha256
            )
            .fetch_one(&mut *transaction)
            .await?
        }
    };
    let new = NewRun {
        job: Job::Ingest,
        dataset: Some(dataset.clone()),
        args: json!({
            "source_sha": source_sha,
            "bytes": bytes,
            "origin": format!("Corrección de la ejecución {base}: {}", mend.name),
            "mends": true,
            "mend": id,
            // sql/queries/mend/runs.sql finds the run by it.
            "mend_of": base,
        }),
        trigger: Trigger::Manual,
        requested_by: mend.requested_by.to_owned(),
        dedupe_key: Some(format!("mend:{id}")),
        max_attempts: mend.max_attempts,
    };
    let run = ledger::request(&mut transaction, &new).await?;
    if added.is_none() {
        ledger::retry(&mut transaction, run).await?;
    }
    transaction.commit().await?;
    Ok(Requested { run, again: added.is_none() })
}
