//! Derived datasets: a query over a candidate edition, kept as a release.

use goreos_domain::Contract;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _};

use crate::edition::Edition;
use crate::ledger::Claim;
use crate::{Connection, DbError};

use super::Release;
use super::build::{Closing, NewRelease, mark_built, register};

/// Runs a derived dataset's query against `candidate` and keeps the rows as a new release.
///
/// The query comes from the dataset's folder, never from a request.
pub async fn derive(
    connection: &mut Connection,
    claim: &Claim,
    contract: &Contract,
    contract_sha: &str,
    query: &str,
    candidate: &Edition,
) -> Result<(Release, i64), DbError> {
    let select = candidate.sql(query)?;
    // All or nothing: a table without its row would never be swept.
    let mut transaction = connection.begin().await?;
    let new = NewRelease { claim, contract, contract_sha, source_sha: None, mends: &[] };
    let release = register(&mut transaction, &new).await?;
    sqlx::query!("update releases set query = $2 where id = $1", release.id.0, query)
        .execute(&mut *transaction)
        .await?;
    let statement = format!("create table {} as {}", release.table, select.trim().trim_end_matches(';'));
    let rows = sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?.rows_affected();
    sqlx::query(AssertSqlSafe(format!("analyze {}", release.table))).execute(&mut *transaction).await?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    mark_built(&mut transaction, &release, rows, &json!({}), Closing::default()).await?;
    transaction.commit().await?;
    Ok((release, rows))
}
