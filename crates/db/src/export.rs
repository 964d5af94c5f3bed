//! The files of a release: what goes into them, its rows in their order, and what came of it.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use goreos_domain::{Contract, DatasetId, EditionId, ExportFormat, Job, ReleaseId, RunId, RunState, Trigger};
use serde_json::json;
use sqlx::Connection as _;

use crate::edition::release_table;
use crate::ledger::{self, Claim, NewRun};
use crate::read::SourceFile;
use crate::release::{SOURCE_RELEASE, source_releases};
use crate::{Connection, DbError};

/// The row of the source file that a row was read from.
const SOURCE_ROW: &str = "source_row";

/// A release, as all its files tell it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its number.
    pub release: ReleaseId,
    /// Its dataset.
    pub dataset: DatasetId,
    /// The contract it was built under.
    pub contract: Contract,
    /// The first edition that held it.
    pub edition: EditionId,
    /// When that was published.
    pub published_at: DateTime<Utc>,
    /// When its table was closed.
    pub built_at: DateTime<Utc>,
    /// Its rows.
    pub rows: i64,
    /// The files its rows were read from, oldest first; none for derived datasets.
    pub sources: Vec<SourceFile>,
    /// The columns of its files, in order: those of the contract, where rows were put, the geometry, the row of the source file.
    pub columns: Vec<TableColumn>,
    select: String,
}

/// A column of a release table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name in the table.
    pub name: String,
    /// How [`rows`] sends its cells.
    pub kind: ColumnKind,
}

/// How the cells of a column are sent, in PostgreSQL's binary COPY format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// UTF-8; a list is its parts with commas between them.
    Text,
    /// `int8`.
    Int,
    /// `float8`.
    Real,
    /// A number of any length, written out.
    Decimal,
    /// `date`.
    Date,
    /// `bool`.
    Bool,
    /// Little-endian WKB, longitude first.
    Geometry,
}

impl ColumnKind {
    fn of(sql: &str) -> Self {
        match sql {
            "smallint" | "integer" | "bigint" => Self::Int,
            "real" | "double precision" => Self::Real,
            "date" => Self::Date,
            "boolean" => Self::Bool,
            _ if sql.starts_with("numeric") => Self::Decimal,
            _ if sql.starts_with("geometry") => Self::Geometry,
            _ => Self::Text,
        }
    }

    fn sent(self, name: &str, sql: &str) -> String {
        match self {
            Self::Int => format!("\"{name}\"::bigint"),
            Self::Real => format!("\"{name}\"::double precision"),
            Self::Geometry => format!("ST_AsBinary(\"{name}\", 'NDR')"),
            Self::Text if sql.ends_with("[]") => format!("array_to_string(\"{name}\", ',')"),
            Self::Text | Self::Decimal => format!("\"{name}\"::text"),
            Self::Date | Self::Bool => format!("\"{name}\""),
        }
    }
}

/// What the files of a release say; `None` when it is in no edition, or its table was dropped.
pub async fn subject(connection: &mut Connection, release: ReleaseId) -> Result<Option<Subject>, DbError> {
    let row = sqlx::query!(
        r#"select l.dataset_id, l.contract, l.rows as "rows!", l.built_at as "built_at!", e.id as edition, e.created_at as published_at
           from releases l join edition_releases h on h.release_id = l.id join editions e on e.id = h.edition_id
           where l.id = $1 and l.dropped_at is null and l.built_at is not null
           order by e.id limit 1"#,
        release.0
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let dataset = DatasetId::parse(&row.dataset_id).map_err(|_| DbError::UnknownWord(row.dataset_id))?;
    let contract: Contract = serde_json::from_value(row.contract)?;
    let table = release_table(dataset.as_str(), release);
    let columns = table_columns(connection, &table).await?;
    let merged = columns.iter().any(|(name, _)| name == SOURCE_RELEASE);
    let mut releases = vec![release.0];
    if merged {
        releases.extend(source_releases(connection, &table).await?);
    }
    let sources = sources(connection, &releases).await?;
    let order = order(&contract, &columns);
    let mut columns: Vec<_> = columns.into_iter().filter(|(name, _)| name != SOURCE_RELEASE).collect();
    // Who looks for a figure does not look for the row of the file first.
    let first = usize::from(columns.first().is_some_and(|(name, _)| name == SOURCE_ROW));
    columns.rotate_left(first);
    let sent: Vec<String> = columns.iter().map(|(name, sql)| ColumnKind::of(sql).sent(name, sql)).collect();
    Ok(Some(Subject {
        release,
        dataset,
        contract,
        edition: EditionId(row.edition),
        published_at: row.published_at,
        built_at: row.built_at,
        rows: row.rows,
        sources,
        select: format!("select {} from {table} order by {order}", sent.join(", ")),
        columns: columns.into_iter().map(|(name, sql)| TableColumn { kind: ColumnKind::of(&sql), name }).collect(),
    }))
}

/// Names and types, in the order of the table.
async fn table_columns(connection: &mut Connection, table: &str) -> Result<Vec<(String, String)>, DbError> {
    let columns = sqlx::query!(
        r#"select attname::text as "name!", format_type(atttypid, atttypmod) as "sql!" from pg_attribute
           where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum"#,
        table
    )
    .fetch_all(connection)
    .await?;
    Ok(columns.into_iter().map(|column| (column.name, column.sql)).collect())
}

async fn sources(connection: &mut Connection, releases: &[i64]) -> Result<Vec<SourceFile>, DbError> {
    let sources = sqlx::query_as!(
        SourceFile,
        "select f.sha256, f.bytes, f.origin, f.received_at from source_files f
         join releases l on l.source_sha = f.sha256 where l.id = any($1) group by f.sha256 order by min(l.id)",
        releases
    )
    .fetch_all(connection)
    .await?;
    Ok(sources)
}

/// Rows near each other on the map are near each other in the file (PostGIS sorts geometries along a Hilbert curve); tables
/// without a map are in the order of their files, computed ones in that of their key. No two rows are equal in all of it, or they
/// are the same row.
fn order(contract: &Contract, columns: &[(String, String)]) -> String {
    let has = |wanted: &str| columns.iter().any(|(name, _)| name == wanted);
    let mut order: Vec<&str> = Vec::new();
    order.extend(columns.iter().filter(|(_, sql)| sql.starts_with("geometry")).map(|(name, _)| name.as_str()));
    if has(SOURCE_ROW) {
        order.extend([SOURCE_RELEASE, SOURCE_ROW].into_iter().filter(|name| has(name)));
    } else {
        let key = contract.derive.iter().flat_map(|derive| &derive.key).map(goreos_domain::ColumnName::as_str);
        order.extend(key.filter(|name| has(name)));
        order.extend(columns.iter().filter(|(_, sql)| sql != "json").map(|(name, _)| name.as_str()));
    }
    let is_text = |wanted: &str| columns.iter().any(|(name, sql)| name == wanted && sql.starts_with("text"));
    let terms = order.iter().map(|name| format!("\"{name}\"{}", if is_text(name) { " collate \"C\"" } else { "" }));
    terms.collect::<Vec<_>>().join(", ")
}

/// The rows of a release in PostgreSQL's binary COPY format, in the order of its files.
pub async fn rows<'c>(
    connection: &'c mut Connection,
    subject: &Subject,
) -> Result<BoxStream<'c, Result<Bytes, DbError>>, DbError> {
    let statement = format!("copy ({}) to stdout (format binary)", subject.select);
    let stream = connection.copy_out_raw(&statement).await?;
    Ok(Box::pin(stream.map_err(DbError::from)))
}

/// Asks for the files of a release; the same release asked for again while its run is not done is that run.
///
/// Call it in the transaction that publishes the release.
pub async fn request(
    connection: &mut Connection,
    dataset: &DatasetId,
    release: ReleaseId,
    requested_by: &str,
    attempts: i32,
) -> Result<RunId, DbError> {
    let mut run = NewRun {
        job: Job::Exports,
        dataset: Some(dataset.clone()),
        args: json!({ "release": release }),
        trigger: Trigger::Manual,
        requested_by: requested_by.to_owned(),
        dedupe_key: Some(format!("exports:release:{release}")),
        max_attempts: attempts,
    };
    loop {
        let id = ledger::request(&mut *connection, &run).await?;
        match ledger::state(&mut *connection, id).await? {
            // What it could not write then is tried again; what is there stays.
            Some(RunState::Published) => run.dedupe_key = Some(format!("exports:release:{release}:after:{id}")),
            Some(RunState::Failed | RunState::Cancelled) => {
                ledger::retry(connection, id).await?;
                return Ok(id);
            }
            _ => return Ok(id),
        }
    }
}

/// A file of a release, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    /// Its format.
    pub format: ExportFormat,
    /// What was written, or why nothing was (Spanish).
    pub file: Result<ExportFile, String>,
}

/// A file in the object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Where its bytes are.
    pub object_key: String,
    /// Its size.
    pub bytes: i64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// The formats of a release that are written. They stay as they are for ever.
pub async fn written(connection: &mut Connection, release: ReleaseId) -> Result<Vec<ExportFormat>, DbError> {
    let codes =
        sqlx::query_scalar!("select format from exports where release_id = $1 and object_key is not null", release.0)
            .fetch_all(connection)
            .await?;
    codes.into_iter().map(|code| ExportFormat::parse(&code).ok_or(DbError::UnknownWord(code))).collect()
}

/// Registers the files of a release and ends the run, all or nothing.
///
/// # Errors
/// [`DbError::FencedOut`] when the run is not ours any more.
pub async fn publish_exports(
    connection: &mut Connection,
    claim: &Claim,
    subject: &Subject,
    exports: &[NewExport],
) -> Result<(), DbError> {
    let mut transaction = connection.begin().await?;
    ledger::published(&mut transaction, claim, Some(subject.edition)).await?;
    for export in exports {
        let file = export.file.as_ref().ok();
        sqlx::query!(
            "insert into exports (release_id, format, run_id, file_name, media_type, object_key, bytes, sha256, skipped)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (release_id, format) do update
             set run_id = excluded.run_id, file_name = excluded.file_name, media_type = excluded.media_type,
                 object_key = excluded.object_key, bytes = excluded.bytes, sha256 = excluded.sha256,
                 skipped = excluded.skipped, created_at = now()
             where exports.object_key is null",
            subject.release.0,
            export.format.code(),
            claim.run.0,
            export.format.file_name(&subject.dataset, subject.release),
            export.format.media_type(),
            file.map(|file| file.object_key.as_str()),
            file.map(|file| file.bytes),
            file.map(|file| file.sha256.as_str()),
            export.file.as_ref().err()
        )
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// A release whose files may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exportable {
    /// Its dataset.
    pub dataset: DatasetId,
    /// Its number.
    pub release: ReleaseId,
}

/// The releases that editions hold, of one dataset or of all, newest first.
pub async fn exportable(connection: &mut Connection, dataset: Option<&DatasetId>) -> Result<Vec<Exportable>, DbError> {
    let rows = sqlx::query!(
        "select id, dataset_id from releases l
         where built_at is not null and dropped_at is null and ($1::text is null or dataset_id = $1)
           and exists (select from edition_releases h where h.release_id = l.id)
         order by id desc",
        dataset.map(DatasetId::as_str)
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let dataset = DatasetId::parse(&row.dataset_id).map_err(|_| DbError::UnknownWord(row.dataset_id))?;
            Ok(Exportable { dataset, release: ReleaseId(row.id) })
        })
        .collect()
}
