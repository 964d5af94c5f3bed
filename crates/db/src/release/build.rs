//! From a contract to a table, from binary rows to an indexed release.

use bytes::Bytes;
use goreos_domain::{Contract, ReleaseId};
use serde_json::Value;
use sqlx::postgres::PgCopyIn;
use sqlx::{AssertSqlSafe, Connection as _};

use crate::edition::release_table;
use crate::ledger::Claim;
use crate::{Connection, DbError};

/// A release being built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its number.
    pub id: ReleaseId,
    /// Its dataset.
    pub dataset: String,
    /// Its table, qualified.
    pub table: String,
}

/// Registers a release and creates its empty table, unseen by readers.
///
/// Columns, in the order COPY expects them: `source_row`, those of the contract, then `territory_level`, `territory_cut`,
/// `territory_cuts` when rows are placed by a column, and `geom` (EPSG:4326, longitude first) when they have a geometry.
pub async fn create(
    connection: &mut Connection,
    claim: &Claim,
    contract: &Contract,
    contract_sha: &str,
    source_sha: Option<&str>,
) -> Result<Release, DbError> {
    // Both or neither: a table without its row would never be swept.
    let mut transaction = connection.begin().await?;
    let release = register(&mut transaction, claim, contract, contract_sha, source_sha).await?;
    let statement = format!("create table {} ({})", release.table, columns(contract).join(", "));
    sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(release)
}

/// Gives a release its number; its table comes afterwards.
pub(super) async fn register(
    connection: &mut Connection,
    claim: &Claim,
    contract: &Contract,
    contract_sha: &str,
    source_sha: Option<&str>,
) -> Result<Release, DbError> {
    let id = sqlx::query_scalar!(
        "insert into releases (dataset_id, run_id, fence, contract, contract_sha, source_sha) values ($1, $2, $3, $4, $5, $6) returning id",
        contract.id.as_str(),
        claim.run.0,
        claim.fence,
        serde_json::to_value(contract)?,
        contract_sha,
        source_sha
    )
    .fetch_one(connection)
    .await?;
    let id = ReleaseId(id);
    Ok(Release { id, dataset: contract.id.to_string(), table: release_table(contract.id.as_str(), id) })
}

/// Column definitions. Names are `ColumnName`s, so they are safe unquoted; quoted all the same because some are SQL words.
fn columns(contract: &Contract) -> Vec<String> {
    let mut columns = vec!["source_row bigint not null".to_owned()];
    columns.extend(contract.columns.iter().map(|column| {
        let null = if column.required { " not null" } else { "" };
        format!("\"{}\" {}{null}", column.name, column.kind.sql())
    }));
    if contract.place.territory.is_some() {
        columns.extend(
            ["territory_level text", "territory_cut text", "territory_cuts text[] not null"].map(str::to_owned),
        );
    }
    if let Some(geometry) = &contract.place.geometry {
        let kind = geometry.kind().sql();
        columns.push(format!("geom geometry({kind}, 4326)"));
    }
    columns
}

/// An open COPY. Dropping it without [`CopyIn::finish`] takes everything back.
pub struct CopyIn<'c>(PgCopyIn<&'c mut Connection>);

/// Starts to fill the table from PostgreSQL's binary COPY format.
pub async fn copy_in<'c>(connection: &'c mut Connection, release: &Release) -> Result<CopyIn<'c>, DbError> {
    let statement = format!("copy {} from stdin (format binary)", release.table);
    Ok(CopyIn(connection.copy_in_raw(&statement).await?))
}

impl CopyIn<'_> {
    /// Sends a piece; pieces need not end where rows do.
    pub async fn send(&mut self, piece: Bytes) -> Result<(), DbError> {
        self.0.send(piece).await?;
        Ok(())
    }

    /// Ends the stream; gives the rows that are now in the table.
    pub async fn finish(self) -> Result<u64, DbError> {
        Ok(self.0.finish().await?)
    }

    /// Gives up, saying why in the server's log.
    pub async fn abort(self, why: &str) -> Result<(), DbError> {
        self.0.abort(why).await?;
        Ok(())
    }
}

/// Adds keys and indexes, gathers statistics, and gives the rows and the sums of the contract's `sum` columns as the table has them,
/// for the caller to compare with what the reader of the file counted.
pub async fn finish(
    connection: &mut Connection,
    release: &Release,
    contract: &Contract,
    crs: Option<&Value>,
) -> Result<(i64, Value), DbError> {
    let table = &release.table;
    let name = table.trim_start_matches("releases.");
    let mut statements = vec![format!("alter table {table} add primary key (source_row)")];
    if !contract.load.key.is_empty() {
        let key: Vec<String> = contract.load.key.iter().map(|column| format!("\"{column}\"")).collect();
        statements.push(format!("create unique index {name}_key on {table} ({})", key.join(", ")));
    }
    if contract.place.geometry.is_some() {
        statements.push(format!("create index {name}_geom on {table} using gist (geom)"));
    }
    if contract.place.territory.is_some() {
        statements.push(format!("create index {name}_territory on {table} (territory_cut)"));
    }
    statements.push(format!("analyze {table}"));
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *connection).await?;
    }
    let (rows, sums) = count(connection, table, contract).await?;
    mark_built(connection, release, rows, &sums, crs).await?;
    Ok((rows, sums))
}

/// Rows, and the sums of the columns marked `sum`, as text so that no digit is lost.
async fn count(connection: &mut Connection, table: &str, contract: &Contract) -> Result<(i64, Value), DbError> {
    let pairs: Vec<String> = contract
        .columns
        .iter()
        .filter(|c| c.sum)
        .map(|c| format!("'{0}', coalesce(sum(\"{0}\"), 0)::text", c.name))
        .collect();
    let statement = format!("select count(*), jsonb_build_object({}) from {table}", pairs.join(", "));
    Ok(sqlx::query_as(AssertSqlSafe(statement)).fetch_one(connection).await?)
}

pub(super) async fn mark_built(
    connection: &mut Connection,
    release: &Release,
    rows: i64,
    sums: &Value,
    crs: Option<&Value>,
) -> Result<(), DbError> {
    sqlx::query!(
        "update releases set rows = $2, sums = $3, crs = $4, built_at = now() where id = $1",
        release.id.0,
        rows,
        sums,
        crs
    )
    .execute(connection)
    .await?;
    Ok(())
}
