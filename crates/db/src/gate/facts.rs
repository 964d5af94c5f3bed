//! Facts about tables and editions that the gate judges by.

use std::collections::BTreeMap;

use goreos_domain::{EditionId, ReleaseId};
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::edition::release_table;
use crate::ledger::Claim;
use crate::{Connection, DbError};

/// Columns counted in one statement; PostgreSQL takes 1,664 in a select list.
const MOST_COUNTED: usize = 500;

/// How many cells of each column have a value, of those `columns` the table has, and which columns it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// Rows of the table.
    pub rows: i64,
    /// Cells with a value by column; every column of the table is a key, those that were not counted with `None`.
    pub columns: BTreeMap<String, Option<i64>>,
}

impl Filled {
    /// Cells of a column without a value; `None` when the table lacks it or it was not counted.
    pub fn empty(&self, column: &str) -> Option<i64> {
        self.columns.get(column).copied().flatten().map(|filled| self.rows - filled)
    }

    /// True when no cell of a counted column has a value.
    pub fn is_bare(&self, column: &str) -> bool {
        self.rows > 0 && self.columns.get(column).copied().flatten() == Some(0)
    }
}

/// Counts the cells with a value in one pass over the release. Columns declared `not null` have one in every row and are not read.
///
/// # Errors
/// When the database fails.
pub async fn filled(
    connection: &mut Connection,
    dataset: &str,
    release: ReleaseId,
    rows: i64,
    columns: &[&str],
) -> Result<Filled, DbError> {
    let table = release_table(dataset, release);
    let known: Vec<(String, bool)> = sqlx::query_as(
        "select attname::text, attnotnull from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
    )
    .bind(&table)
    .fetch_all(&mut *connection)
    .await?;
    let mut filled = Filled { rows, columns: known.iter().map(|(name, _)| (name.clone(), None)).collect() };
    let (certain, open): (Vec<_>, Vec<_>) =
        known.iter().filter(|(name, _)| columns.contains(&name.as_str())).partition(|(_, not_null)| *not_null);
    for (name, _) in certain {
        filled.columns.insert(name.clone(), Some(rows));
    }
    for open in open.chunks(MOST_COUNTED) {
        let counts: Vec<String> = open.iter().map(|(name, _)| format!("count(\"{name}\")")).collect();
        let statement = format!("select array[{}] from {table}", counts.join(", "));
        let counted: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut *connection).await?;
        for ((name, _), count) in open.iter().zip(counted) {
            filled.columns.insert(name.clone(), Some(count));
        }
    }
    Ok(filled)
}

/// Rows of a release, and the sums of the columns its contract marks `sum`, as text.
///
/// # Errors
/// When the database fails.
pub async fn measured(connection: &mut Connection, release: ReleaseId) -> Result<(i64, Value), DbError> {
    let row = sqlx::query!(r#"select coalesce(rows, 0) as "rows!", sums from releases where id = $1"#, release.0)
        .fetch_one(connection)
        .await?;
    Ok((row.rows, row.sums))
}

/// Rows of the file that an attempt refused because their key was there already.
///
/// # Errors
/// When the database fails.
pub async fn repeated_keys(connection: &mut Connection, claim: &Claim) -> Result<i64, DbError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from rejects
           where run_id = $1 and fence = $2
             and (reasons @> '[{"code": "key.repeated"}]' or reasons @> '[{"code": "key.known"}]')"#,
        claim.run.0,
        claim.fence
    )
    .fetch_one(connection)
    .await?)
}

/// A rollback whose effect on a dataset stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undoes {
    /// The edition that went back.
    pub edition: EditionId,
    /// The edition whose releases it brought back.
    pub to: EditionId,
}

/// The rollback that put back the current release of a dataset, when a newer one had been published before it: publishing another
/// would undo it.
///
/// # Errors
/// When the database fails.
pub async fn undoes(connection: &mut Connection, dataset: &str, current: ReleaseId) -> Result<Option<Undoes>, DbError> {
    let row =
        sqlx::query_file!("../../sql/queries/gate/undoes.sql", dataset, current.0).fetch_optional(connection).await?;
    Ok(row.map(|row| Undoes { edition: EditionId(row.id), to: EditionId(row.to) }))
}
