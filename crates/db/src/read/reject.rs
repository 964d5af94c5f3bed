//! Why rows of a run were refused. Only its last attempt counts.

use goreos_domain::RunId;
use serde::{Deserialize, Serialize};

use super::{Page, Paged};
use crate::{Connection, DbError};

/// Rejects that share a code and a column. A row with two reasons counts under both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Stable, dotted, English.
    pub code: String,
    /// None when the whole row is meant.
    pub column: Option<String>,
    pub rows: i64,
    /// The first such row of the file.
    pub first_row: i64,
    /// The reason that row was given.
    pub reason: String,
    pub remedy: String,
    /// Up to five different values.
    pub samples: Vec<String>,
}

/// A source row that broke the contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reject {
    /// As a spreadsheet counts.
    pub source_row: i64,
    /// Header and cell, in the order of the file.
    pub raw: Vec<(String, String)>,
    pub reasons: Vec<Reason>,
}

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    #[serde(default)]
    pub column: Option<String>,
    #[serde(default)]
    pub value: Option<String>,
    #[serde(default)]
    pub rule: String,
    pub code: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub remedy: String,
}

/// Why rows were refused, most rows first; at most 200 causes.
pub async fn causes(connection: &mut Connection, id: RunId) -> Result<Vec<Cause>, DbError> {
    Ok(sqlx::query_file_as!(Cause, "../../sql/queries/run/causes.sql", id.0).fetch_all(connection).await?)
}

/// Rejects in the order of the file; only those with that code when one is given.
pub async fn rejects(
    connection: &mut Connection,
    id: RunId,
    code: Option<&str>,
    page: Page,
) -> Result<Paged<Reject>, DbError> {
    let items = list(&mut *connection, id, 0, code, page).await?;
    let total =
        sqlx::query_file_scalar!("../../sql/queries/run/count_rejects.sql", id.0, code).fetch_one(connection).await?;
    Ok(Paged { items, total })
}

/// The next rejects after a row of the file (0 for the first), at most [`Page::MAX_SIZE`]: for writing them all out,
/// stretch by stretch.
pub async fn rejects_after(connection: &mut Connection, id: RunId, source_row: i64) -> Result<Vec<Reject>, DbError> {
    list(connection, id, source_row, None, Page::numbered(1, Page::MAX_SIZE)).await
}

async fn list(
    connection: &mut Connection,
    id: RunId,
    after: i64,
    code: Option<&str>,
    page: Page,
) -> Result<Vec<Reject>, DbError> {
    sqlx::query_file!("../../sql/queries/run/rejects.sql", id.0, after, code, page.limit(), page.offset())
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Reject {
                source_row: row.source_row,
                raw: serde_json::from_value(row.raw)?,
                reasons: serde_json::from_value(row.reasons)?,
            })
        })
        .collect()
}
