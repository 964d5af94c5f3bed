//! Why rows of a run were refused. Only its last attempt counts.

use goreos_domain::{Cut, RunId};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::{Page, Paged, on};
use crate::{Connection, DbError, Edition};

/// Rejects that share a code and a column. A row with two reasons counts under both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Stable, dotted, English.
    pub code: String,
    /// None when the whole row is meant.
    pub column: Option<String>,
    /// The file's header of that column.
    pub header: Option<String>,
    pub rows: i64,
    /// The first five such rows of the file.
    pub first_rows: Vec<i64>,
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
    /// The contract's column.
    #[serde(default)]
    pub column: Option<String>,
    /// The file's header of that column.
    #[serde(default)]
    pub header: Option<String>,
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

/// Where a refused row lies, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RejectPoint {
    pub source_row: i64,
    pub lon: f64,
    pub lat: f64,
}

/// A column for which rows were refused: the file's header, the contract's name; neither for the whole row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectColumn {
    pub header: Option<String>,
    pub column: Option<String>,
}

/// The border of a comuna.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ComunaOutline {
    pub cut: String,
    pub name: String,
    /// WKB in longitude and latitude.
    pub geometry: Vec<u8>,
}

/// Why rows were refused, most rows first; at most 200 causes.
pub async fn causes(connection: &mut Connection, id: RunId) -> Result<Vec<Cause>, DbError> {
    Ok(sqlx::query_file_as!(Cause, "../../sql/queries/run/causes.sql", id.0).fetch_all(connection).await?)
}

/// The columns for which rows were refused; at most 2,000.
pub async fn reject_columns(connection: &mut Connection, id: RunId) -> Result<Vec<RejectColumn>, DbError> {
    Ok(sqlx::query_file_as!(RejectColumn, "../../sql/queries/run/reject_columns.sql", id.0)
        .fetch_all(connection)
        .await?)
}

/// Where refused rows lie, the first `limit` that lie anywhere; only those with that code when one is given.
pub async fn reject_points(
    connection: &mut Connection,
    id: RunId,
    code: Option<&str>,
    limit: i64,
) -> Result<Vec<RejectPoint>, DbError> {
    Ok(sqlx::query_file_as!(RejectPoint, "../../sql/queries/run/reject_points.sql", id.0, code, limit)
        .fetch_all(connection)
        .await?)
}

/// The comunas of a region, to draw where rejects lie.
///
/// # Errors
/// [`DbError::NotInEdition`] when the edition holds no comunas.
pub async fn outlines(
    connection: &mut Connection,
    edition: &Edition,
    region: &Cut,
) -> Result<Vec<ComunaOutline>, DbError> {
    let statement = on(edition, include_str!("../../../../sql/queries/run/outlines.sql"))?;
    Ok(sqlx::query_as(statement).bind(region.as_str()).fetch_all(connection).await?)
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
