//! How many rows differ.

use std::time::Duration;

use futures::TryStreamExt as _;
use goreos_domain::ReleaseId;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Connection as _};

use super::Counts;
use super::shape::{Comparer, Until};
use super::side::Pairing;
use super::statement::{ADDED, CHANGED, REMOVED};
use crate::{Connection, DbError};

/// What became of the rows of `from` in `to`, counted once and kept.
///
/// # Errors
/// [`DbError::ReleaseGone`] when one has no table (any more), [`DbError::OtherDataset`] when they are not of one dataset.
pub async fn counts(
    connection: &mut Connection,
    from: ReleaseId,
    to: ReleaseId,
    tolerance_m: f64,
) -> Result<Counts, DbError> {
    if let Some(known) = known(connection, from, to, tolerance_m).await? {
        return Ok(known);
    }
    let pairing = Pairing::load(&mut *connection, from, to).await?;
    let counts = count(connection, &pairing, tolerance_m).await?;
    sqlx::query!(
        "insert into differences (from_release, to_release, tolerance_m, counts) values ($1, $2, $3, $4)
         on conflict do nothing",
        from.0,
        to.0,
        tolerance_m,
        serde_json::to_value(counts)?
    )
    .execute(connection)
    .await?;
    Ok(counts)
}

/// The same, when it takes no longer than `limit`; `None` when it does.
///
/// # Errors
/// See [`counts`].
pub async fn counts_within(
    connection: &mut Connection,
    from: ReleaseId,
    to: ReleaseId,
    tolerance_m: f64,
    limit: Duration,
) -> Result<Option<Counts>, DbError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("select set_config('statement_timeout', $1, true)")
        .bind(limit.as_millis().to_string())
        .execute(&mut *transaction)
        .await?;
    match counts(&mut transaction, from, to, tolerance_m).await {
        Ok(counts) => {
            transaction.commit().await?;
            Ok(Some(counts))
        }
        Err(error) if error.is_timeout() => {
            transaction.rollback().await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What was counted before.
pub async fn known(
    connection: &mut Connection,
    from: ReleaseId,
    to: ReleaseId,
    tolerance_m: f64,
) -> Result<Option<Counts>, DbError> {
    let counts = sqlx::query_scalar!(
        r#"select counts as "counts: Json<Counts>" from differences
           where from_release = $1 and to_release = $2 and tolerance_m = $3"#,
        from.0,
        to.0,
        tolerance_m
    )
    .fetch_optional(connection)
    .await?;
    Ok(counts.map(|counts| counts.0))
}

/// The database matches the rows and leaves out the equal ones; what is left of geometries is measured here, as it comes.
async fn count(connection: &mut Connection, pairing: &Pairing, tolerance_m: f64) -> Result<Counts, DbError> {
    type Pair = (i32, Option<Vec<u8>>, Option<Vec<u8>>);
    let mut counts = Counts::default();
    let mut comparer = Comparer::new(tolerance_m, Until::Beyond);
    let mut pairs = sqlx::query_as::<_, Pair>(AssertSqlSafe(pairing.counting())).persistent(false).fetch(connection);
    while let Some((kind, before, after)) = pairs.try_next().await? {
        match kind {
            ADDED => counts.added += 1,
            REMOVED => counts.removed += 1,
            CHANGED => counts.changed += 1,
            _ if comparer.compare(before.as_deref(), after.as_deref()).is_same() => {}
            _ => counts.moved += 1,
        }
    }
    counts.same = pairing.to.rows - counts.added - counts.changed - counts.moved;
    Ok(counts)
}
