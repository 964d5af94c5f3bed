//! From a contract to a table, from binary rows to an indexed release.

use bytes::Bytes;
use goreos_domain::{Contract, LoadMode, ReleaseId};
use serde_json::Value;
use sqlx::postgres::PgCopyIn;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};

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

/// What a new release is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewRelease<'a> {
    /// The run that builds it.
    pub claim: &'a Claim,
    /// The contract it obeys.
    pub contract: &'a Contract,
    /// SHA-256 of the contract's text.
    pub contract_sha: &'a str,
    /// The file its rows are read from; `None` for derived datasets.
    pub source_sha: Option<&'a str>,
    /// The mends that file was read with.
    pub mends: &'a [i64],
}

/// Gives a release its number; its table comes afterwards, with its rows.
pub async fn register(connection: &mut Connection, new: &NewRelease<'_>) -> Result<Release, DbError> {
    let contract = new.contract;
    let id = sqlx::query_scalar!(
        "insert into releases (dataset_id, run_id, fence, contract, contract_sha, source_sha, mends)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
        contract.id.as_str(),
        new.claim.run.0,
        new.claim.fence,
        serde_json::to_value(contract)?,
        new.contract_sha,
        new.source_sha,
        new.mends
    )
    .fetch_one(connection)
    .await?;
    let id = ReleaseId(id);
    Ok(Release { id, dataset: contract.id.to_string(), table: release_table(contract.id.as_str(), id) })
}

/// True when a release also holds rows of the files before its own.
pub(super) fn is_merged(contract: &Contract) -> bool {
    contract.load.mode != LoadMode::Replace
}

/// Name and definition of the columns after `source_row`. Names are `ColumnName`s, so they are safe unquoted; quoted all the same
/// because some are SQL words.
pub(super) fn kept(contract: &Contract) -> Vec<(String, String)> {
    let mut columns: Vec<(String, String)> = contract
        .columns
        .iter()
        .map(|column| {
            let null = if column.required { " not null" } else { "" };
            (format!("\"{}\"", column.name), format!("{}{null}", column.kind.sql()))
        })
        .collect();
    let mut add = |name: &str, kind: String| columns.push((name.to_owned(), kind));
    if contract.place.territory.is_some() {
        add("territory_level", "text".into());
        add("territory_cut", "text".into());
        add("territory_cuts", "text[] not null".into());
    }
    if let Some(geometry) = &contract.place.geometry {
        add("geom", format!("geometry({}, 4326)", geometry.kind().sql()));
    }
    columns
}

/// A table that nobody else sees yet. Dropped without [`Filling::commit`], it never was.
///
/// Rows that come in the transaction that creates their table are written frozen: whoever reads them first has nothing left to mark, and no
/// vacuum has to visit them again.
pub struct Filling<'c> {
    transaction: Transaction<'c, Postgres>,
    copy: String,
}

/// An open COPY. Dropped without [`CopyIn::finish`], it takes everything back.
pub struct CopyIn<'c>(PgCopyIn<&'c mut Connection>);

impl<'c> Filling<'c> {
    /// Creates the empty table.
    ///
    /// Columns, in the order COPY expects them: `source_row`, those of the contract, then `territory_level`, `territory_cut`,
    /// `territory_cuts` when rows are placed, and `geom` (EPSG:4326, longitude first) when they have a geometry. When the dataset
    /// goes on from the rows of before (`upsert`, `append`), `source_release` is the release whose file a row was read from.
    pub async fn begin(
        connection: &'c mut Connection,
        release: &Release,
        contract: &Contract,
    ) -> Result<Self, DbError> {
        let mut transaction = connection.begin().await?;
        let (mut names, mut columns) = (vec!["source_row".to_owned()], vec!["source_row bigint not null".to_owned()]);
        for (name, kind) in kept(contract) {
            columns.push(format!("{name} {kind}"));
            names.push(name);
        }
        if is_merged(contract) {
            columns.push(format!("source_release bigint not null default {}", release.id));
        }
        let table = &release.table;
        let statement = format!("create table {table} ({})", columns.join(", "));
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
        let copy = format!("copy {table} ({}) from stdin (format binary, freeze)", names.join(", "));
        Ok(Self { transaction, copy })
    }

    /// Starts to fill the table from PostgreSQL's binary COPY format.
    pub async fn copy_in(&mut self) -> Result<CopyIn<'_>, DbError> {
        Ok(CopyIn(self.transaction.copy_in_raw(&self.copy).await?))
    }

    /// Keeps the table.
    pub async fn commit(self) -> Result<(), DbError> {
        Ok(self.transaction.commit().await?)
    }
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

/// What is known of a release when its rows are in place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Closing<'a> {
    /// The operation PROJ chose, its accuracy in metres, the versions of PROJ and EPSG.
    pub crs: Option<&'a Value>,
    /// Rows taken over from the release before.
    pub carried: i64,
}

/// Memory of the server for one index; larger ones are sorted on disk.
const INDEX_MEMORY: &str = "set local maintenance_work_mem = '256MB'";

/// Adds keys and indexes, gathers statistics, and gives the rows and the sums of the contract's `sum` columns as the table has them,
/// for the caller to compare with what the reader of the file counted.
///
/// Two connections share the work: the index of the geometry takes as long as all the rest.
pub async fn finish(
    [one, other]: [&mut Connection; 2],
    release: &Release,
    contract: &Contract,
    closing: Closing<'_>,
) -> Result<(i64, Value), DbError> {
    let table = &release.table;
    let name = table.trim_start_matches("releases.");
    let identity = if is_merged(contract) { "source_release, source_row" } else { "source_row" };
    let mut indexes = Vec::new();
    if contract.place.geometry.is_some() {
        indexes.push(format!("create index {name}_geom on {table} using gist (geom)"));
    }
    if !contract.load.key.is_empty() {
        let key: Vec<String> = contract.load.key.iter().map(|column| format!("\"{column}\"")).collect();
        indexes.push(format!("create unique index {name}_key on {table} ({})", key.join(", ")));
    }
    if contract.place.territory.is_some() {
        indexes.push(format!("create index {name}_territory on {table} (territory_cut)"));
    }
    indexes.push(format!("create unique index {name}_pkey on {table} ({identity})"));
    let (largest, rest) = indexes.split_at(1);
    let ((), (rows, sums)) = futures::try_join!(build_indexes(one, largest), async {
        build_indexes(other, rest).await?;
        count(other, release, contract).await
    })?;
    for statement in
        [format!("alter table {table} add primary key using index {name}_pkey"), format!("analyze {table}")]
    {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *one).await?;
    }
    mark_built(one, release, rows, &sums, closing).await?;
    Ok((rows, sums))
}

async fn build_indexes(connection: &mut Connection, statements: &[String]) -> Result<(), DbError> {
    let mut transaction = connection.begin().await?;
    sqlx::query(INDEX_MEMORY).execute(&mut *transaction).await?;
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement.as_str())).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// Pairs of key and value in one call of `jsonb_build_object`.
const MOST_PAIRS: usize = 50;

/// Rows, and the sums of the columns marked `sum`, as text so that no digit is lost.
pub async fn count(
    connection: &mut Connection,
    release: &Release,
    contract: &Contract,
) -> Result<(i64, Value), DbError> {
    let pairs: Vec<String> = contract
        .columns
        .iter()
        .filter(|c| c.sum)
        .map(|c| format!("'{0}', coalesce(sum(\"{0}\"), 0)::text", c.name))
        .collect();
    // A function takes 100 arguments at most, two for each column.
    let objects: Vec<String> =
        pairs.chunks(MOST_PAIRS).map(|pairs| format!("jsonb_build_object({})", pairs.join(", "))).collect();
    let sums = if objects.is_empty() { "'{}'::jsonb".to_owned() } else { objects.join(" || ") };
    let statement = format!("select count(*), {sums} from {}", release.table);
    Ok(sqlx::query_as(AssertSqlSafe(statement)).fetch_one(connection).await?)
}

pub(super) async fn mark_built(
    connection: &mut Connection,
    release: &Release,
    rows: i64,
    sums: &Value,
    closing: Closing<'_>,
) -> Result<(), DbError> {
    sqlx::query!(
        "update releases set rows = $2, sums = $3, crs = $4, carried = $5, built_at = now() where id = $1",
        release.id.0,
        rows,
        sums,
        closing.crs,
        closing.carried
    )
    .execute(connection)
    .await?;
    Ok(())
}
