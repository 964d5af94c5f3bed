//! The files of releases, to be downloaded.

use chrono::{DateTime, Utc};
use goreos_domain::{DatasetId, ExportFormat, Fault, ReleaseId, RunId, RunState};
use serde::Serialize;
use sqlx::types::Json;

use super::word;
use crate::{Connection, DbError};

/// A file of a release, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Export {
    pub release: ReleaseId,
    pub format: ExportFormat,
    pub file_name: String,
    pub media_type: String,
    /// None when it was not written.
    pub file: Option<ExportedFile>,
    /// Why it was not written (Spanish).
    pub skipped: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// The bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedFile {
    pub object_key: String,
    pub bytes: i64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The newest run that writes the files of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportRun {
    pub run: RunId,
    pub state: RunState,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// What everybody may download of those releases, and what there is not, by release and in the order people are offered it.
pub async fn exports(connection: &mut Connection, releases: &[ReleaseId]) -> Result<Vec<Export>, DbError> {
    let releases: Vec<i64> = releases.iter().map(|release| release.0).collect();
    let rows = sqlx::query!(
        r#"select x.release_id, x.format, x.file_name, x.media_type, x.object_key, x.bytes, x.sha256, x.skipped, x.created_at
           from exports x join releases l on l.id = x.release_id
           where x.release_id = any($1) and l.contract ->> 'access' = 'public' and l.dropped_at is null"#,
        &releases
    )
    .fetch_all(connection)
    .await?;
    let exports: Result<Vec<Export>, DbError> = rows
        .into_iter()
        .map(|row| {
            Ok(Export {
                release: ReleaseId(row.release_id),
                format: word(row.format)?,
                file_name: row.file_name,
                media_type: row.media_type,
                file: ExportedFile::of(row.object_key, row.bytes, row.sha256),
                skipped: row.skipped,
                created_at: row.created_at,
            })
        })
        .collect();
    let mut exports = exports?;
    let place = |format: ExportFormat| ExportFormat::ALL.iter().position(|one| *one == format);
    exports.sort_by_key(|export| (export.release, place(export.format)));
    Ok(exports)
}

/// The file of that name.
pub async fn export(
    connection: &mut Connection,
    dataset: &DatasetId,
    release: ReleaseId,
    file_name: &str,
) -> Result<Option<Export>, DbError> {
    let exports = exports(connection, &[release]).await?;
    let belongs = |export: &Export| export.format.file_name(dataset, release) == file_name;
    Ok(exports.into_iter().find(|export| export.file_name == file_name && belongs(export)))
}

/// The newest run that writes the files of a release; `None` when none was asked for.
pub async fn export_run(connection: &mut Connection, release: ReleaseId) -> Result<Option<ExportRun>, DbError> {
    let row = sqlx::query!(
        r#"select id, state, fault as "fault: Json<Fault>" from runs
           where job = 'exports' and args ->> 'release' = $1 order by id desc limit 1"#,
        release.to_string()
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok(ExportRun { run: RunId(row.id), state: word(row.state)?, fault: row.fault.map(|fault| fault.0) }))
        .transpose()
}

/// A release that everybody may download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offered {
    pub release: ReleaseId,
    /// One paragraph for people; may be empty.
    pub description: String,
    /// It has maps.
    pub has_geometry: bool,
}

/// Those of the releases that everybody may download.
pub async fn offered(connection: &mut Connection, releases: &[ReleaseId]) -> Result<Vec<Offered>, DbError> {
    let releases: Vec<i64> = releases.iter().map(|release| release.0).collect();
    let rows = sqlx::query!(
        r#"select id, coalesce(contract ->> 'description', '') as "description!",
                  coalesce(jsonb_typeof(contract #> '{place,geometry}') = 'object', false) as "has_geometry!"
           from releases where id = any($1) and contract ->> 'access' = 'public' and dropped_at is null"#,
        &releases
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Offered { release: ReleaseId(row.id), description: row.description, has_geometry: row.has_geometry })
        .collect())
}

impl ExportedFile {
    fn of(object_key: Option<String>, bytes: Option<i64>, sha256: Option<String>) -> Option<Self> {
        Some(Self { object_key: object_key?, bytes: bytes?, sha256: sha256? })
    }
}
