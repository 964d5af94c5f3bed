//! What dead attempts left behind.

use sqlx::AssertSqlSafe;
use sqlx::Connection as _;

use crate::{Connection, DbError};

/// Drops up to a hundred tables that belong to no edition and to no running attempt; gives how many. One that is in use is left for
/// the next time.
pub async fn drop_abandoned(connection: &mut Connection) -> Result<usize, DbError> {
    let abandoned = sqlx::query_file!("../../sql/queries/release/abandoned.sql").fetch_all(&mut *connection).await?;
    let mut dropped = 0;
    for release in &abandoned {
        match drop_one(connection, release.id, &release.table_name).await {
            Ok(()) => dropped += 1,
            Err(error) if error.is_transient() => {
                tracing::warn!(release = release.id, %error, "A table that belongs to no edition is in use");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(dropped)
}

async fn drop_one(connection: &mut Connection, id: i64, table: &str) -> Result<(), DbError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("set local lock_timeout = '1s'").execute(&mut *transaction).await?;
    sqlx::query(AssertSqlSafe(format!("drop table if exists releases.{table}"))).execute(&mut *transaction).await?;
    sqlx::query!("delete from releases where id = $1", id).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}
