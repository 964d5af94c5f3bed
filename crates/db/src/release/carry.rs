//! Rows of the release before, taken over into a new one that already holds the rows of its file.

use bytes::Bytes;
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use goreos_domain::{Column, ColumnType, Contract, ReleaseId};
use sqlx::AssertSqlSafe;

use super::Release;
use super::build::kept;
use super::previous::{Previous, SOURCE_RELEASE};
use crate::{Connection, DbError};

/// What an upsert did to the rows of before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    /// Rows of the file with a new key.
    pub added: i64,
    /// Rows of the file that differ from the row of before with their key.
    pub changed: i64,
    /// Rows of the file equal to it.
    pub unchanged: i64,
    /// Rows of before taken over: the file does not name their key.
    pub carried: i64,
    /// Rows of before left out: the file does not name their key, and such rows are to be deleted.
    pub removed: i64,
}

/// Compares the rows of the file, already in the table, with those of before, and takes over those whose key the file does not name;
/// with `delete_missing` they are left out. One hash join each to compare and to take over.
pub async fn merge(
    connection: &mut Connection,
    release: &Release,
    contract: &Contract,
    previous: &Previous,
) -> Result<Merged, DbError> {
    analyze(connection, release).await?;
    let (table, before, same) = (&release.table, &previous.table, same_key(contract));
    let columns = kept(contract);
    let new: Vec<String> = columns.iter().map(|(name, _)| format!("n.{name}")).collect();
    let old: Vec<String> = columns.iter().map(|(name, kind)| of_before(previous, name, kind)).collect();
    let statement = format!(
        "select count(*) filter (where o.source_row is null),
                count(*) filter (where o.source_row is not null and row({}) is distinct from row({})),
                count(o.source_row)
         from {table} n left join {before} o on {same}",
        new.join(", "),
        old.join(", ")
    );
    let (added, changed, matched): (i64, i64, i64) =
        sqlx::query_as(AssertSqlSafe(statement)).fetch_one(&mut *connection).await?;
    let mut merged = Merged { added, changed, unchanged: matched - changed, ..Merged::default() };
    if contract.load.delete_missing {
        merged.removed = previous.rows - matched;
    } else {
        let missing = format!("not exists (select from {table} n where {same})");
        merged.carried = take_over(connection, release, contract, previous, &missing, &[]).await?;
    }
    Ok(merged)
}

/// Takes over the rows of before, but for those read from the files of `without`; gives how many.
pub async fn append(
    connection: &mut Connection,
    release: &Release,
    contract: &Contract,
    previous: &Previous,
    without: &[ReleaseId],
) -> Result<i64, DbError> {
    let (rows, without) = read_elsewhere(previous, without);
    take_over(connection, release, contract, previous, &rows, &without).await
}

/// The keys of the rows of before, but for those read from the files of `without`, as binary COPY of text: whole numbers in digits,
/// dates as `2025-09-16`, nothing for null.
pub async fn export_keys<'c>(
    connection: &'c mut Connection,
    contract: &Contract,
    previous: &Previous,
    without: &[ReleaseId],
) -> Result<BoxStream<'c, Result<Bytes, DbError>>, DbError> {
    let (rows, without) = read_elsewhere(previous, without);
    let without = without.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    // COPY takes no parameters; these are numbers of ours.
    let rows = rows.replace("$1", &format!("array[{without}]::bigint[]"));
    let keys: Vec<String> = key(contract).map(|column| as_text(column, "o")).collect();
    let statement =
        format!("copy (select {} from {} o where {rows}) to stdout (format binary)", keys.join(", "), previous.table);
    let stream = connection.copy_out_raw(&statement).await?;
    Ok(Box::pin(stream.map_err(DbError::from)))
}

/// True when two rows of before have the same key, as can be when the key was another.
pub async fn has_repeated_keys(
    connection: &mut Connection,
    contract: &Contract,
    previous: &Previous,
) -> Result<bool, DbError> {
    let keys: Vec<String> = key(contract).map(|column| as_text(column, "o")).collect();
    let keys = keys.join(", ");
    let statement = format!("select exists (select from {} o group by {keys} having count(*) > 1)", previous.table);
    Ok(sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(connection).await?)
}

async fn take_over(
    connection: &mut Connection,
    release: &Release,
    contract: &Contract,
    previous: &Previous,
    which: &str,
    without: &[i64],
) -> Result<i64, DbError> {
    let columns = kept(contract);
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<String> = columns.iter().map(|(name, kind)| of_before(previous, name, kind)).collect();
    let source = if previous.is_merged() { format!("o.{SOURCE_RELEASE}") } else { format!("{}::bigint", previous.id) };
    let statement = format!(
        "insert into {} (source_row, {}, {SOURCE_RELEASE}) select o.source_row, {}, {source} from {} o where {which}",
        release.table,
        names.join(", "),
        values.join(", "),
        previous.table
    );
    let query = sqlx::query(AssertSqlSafe(statement));
    let query = if which.contains("$1") { query.bind(without) } else { query };
    Ok(i64::try_from(query.execute(connection).await?.rows_affected()).unwrap_or(i64::MAX))
}

/// The condition, over `o` and `$1`, of rows read from other files than those of `without`.
fn read_elsewhere(previous: &Previous, without: &[ReleaseId]) -> (String, Vec<i64>) {
    let without: Vec<i64> = without.iter().map(|release| release.0).collect();
    if previous.is_merged() {
        (format!("o.{SOURCE_RELEASE} <> all($1)"), without)
    } else {
        (format!("{}::bigint <> all($1)", previous.id), without)
    }
}

/// A column of the release before; null when it did not have it.
fn of_before(previous: &Previous, name: &str, kind: &str) -> String {
    if previous.table_columns.iter().any(|column| column == name.trim_matches('"')) {
        format!("o.{name}")
    } else {
        format!("null::{}", kind.trim_end_matches(" not null"))
    }
}

fn key(contract: &Contract) -> impl Iterator<Item = &Column> {
    contract.load.key.iter().filter_map(|name| contract.column(name.as_str()))
}

/// Equality of keys by which the planner can hash: nulls are equal to each other, as in the check for repeated keys.
fn same_key(contract: &Contract) -> String {
    let equal = |column: &Column| {
        if column.required {
            format!("n.\"{0}\" = o.\"{0}\"", column.name)
        } else {
            format!("{} = {}", as_text(column, "n"), as_text(column, "o"))
        }
    };
    key(contract).map(equal).collect::<Vec<_>>().join(" and ")
}

fn as_text(column: &Column, table: &str) -> String {
    let cell = format!("{table}.\"{}\"", column.name);
    match column.kind {
        // Whatever the session's style of dates.
        ColumnType::Date => format!("coalesce(to_char({cell}, 'YYYY-MM-DD'), '')"),
        _ => format!("coalesce({cell}::text, '')"),
    }
}

async fn analyze(connection: &mut Connection, release: &Release) -> Result<(), DbError> {
    sqlx::query(AssertSqlSafe(format!("analyze {}", release.table))).execute(connection).await?;
    Ok(())
}
