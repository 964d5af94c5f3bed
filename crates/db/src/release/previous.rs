//! What the next release goes on from.

use goreos_domain::ReleaseId;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::edition::{Edition, release_table};
use crate::{Connection, DbError};

/// The column that says from which release's file a row was read.
pub(crate) const SOURCE_RELEASE: &str = "source_release";

/// The release of a dataset in an edition.
#[derive(Debug, Clone, PartialEq)]
pub struct Previous {
    /// Its number.
    pub id: ReleaseId,
    /// Its table, qualified.
    pub table: String,
    /// Its rows.
    pub rows: i64,
    /// The contract it was built under, as that version of the platform wrote it.
    pub contract: Value,
    /// The columns of its file, `[{"name", "seen"}]`; `None` when its run noted none.
    pub columns: Option<Value>,
    /// The releases whose files its rows were read from, oldest first; itself alone when rows are replaced.
    pub sources: Vec<SourceOf>,
    /// The columns of its table.
    pub(super) table_columns: Vec<String>,
}

/// The file of a release, and how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOf {
    /// The release.
    pub release: ReleaseId,
    /// SHA-256 of the file; `None` for derived datasets.
    pub source_sha: Option<String>,
    /// SHA-256 of the contract's text.
    pub contract_sha: String,
    /// The mends it was read with.
    pub mends: Vec<i64>,
}

impl Previous {
    /// The file it was built from itself.
    pub fn own(&self) -> Option<&SourceOf> {
        self.sources.iter().find(|source| source.release == self.id)
    }

    /// True when its rows say which file they come from.
    pub(super) fn is_merged(&self) -> bool {
        self.table_columns.iter().any(|name| name == SOURCE_RELEASE)
    }
}

/// The release of a dataset in `edition`, with the files behind its rows.
pub async fn previous(
    connection: &mut Connection,
    edition: Option<&Edition>,
    dataset: &str,
) -> Result<Option<Previous>, DbError> {
    let Some(id) = edition.and_then(|edition| edition.release(dataset)) else { return Ok(None) };
    let row = sqlx::query!(
        "select l.contract, l.rows, r.report #> '{findings,columns}' as columns
         from releases l join runs r on r.id = l.run_id where l.id = $1",
        id.0
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let table = release_table(dataset, id);
    let table_columns = sqlx::query_scalar!(
        r#"select attname::text as "name!" from pg_attribute
           where attrelid = to_regclass($1) and attnum > 0 and not attisdropped"#,
        table
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut previous = Previous {
        id,
        table,
        rows: row.rows.unwrap_or(0),
        contract: row.contract,
        columns: row.columns,
        sources: Vec::new(),
        table_columns,
    };
    let mut releases = vec![id.0];
    if previous.is_merged() {
        releases.extend(source_releases(connection, &previous.table).await?);
    }
    previous.sources = of(connection, &releases).await?;
    Ok(Some(previous))
}

/// The distinct releases in a column that leads an index: one look-up each, not one read of the table.
pub(crate) async fn source_releases(connection: &mut Connection, table: &str) -> Result<Vec<i64>, DbError> {
    let statement = format!(
        "with recursive found as (
             select min({SOURCE_RELEASE}) as id from {table}
             union all
             select (select min({SOURCE_RELEASE}) from {table} where {SOURCE_RELEASE} > found.id) from found where found.id is not null
         ) select id from found where id is not null"
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(connection).await?)
}

async fn of(connection: &mut Connection, releases: &[i64]) -> Result<Vec<SourceOf>, DbError> {
    let rows = sqlx::query!(
        "select id, source_sha, contract_sha, mends from releases where id = any($1) order by id",
        releases
    )
    .fetch_all(connection)
    .await?;
    let sources = rows.into_iter().map(|row| SourceOf {
        release: ReleaseId(row.id),
        source_sha: row.source_sha,
        contract_sha: row.contract_sha,
        mends: row.mends,
    });
    Ok(sources.collect())
}
