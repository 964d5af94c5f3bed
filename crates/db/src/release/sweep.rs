//! What dead attempts left behind.

use sqlx::AssertSqlSafe;
use sqlx::Connection as _;

use crate::{Connection, DbError};

/// Drops up to a hundred tables that belong to no edition and to no running attempt; gives how many.
pub async fn drop_abandoned(connection: &mut Connection) -> Result<usize, DbError> {
    let abandoned = sqlx::query_file!("../../sql/queries/release/abandoned.sql").fetch_all(&mut *connection).await?;
    for release in &abandoned {
        let mut transaction = connection.begin().await?;
        sqlx::query(AssertSqlSafe(format!("drop table if exists releases.{}", release.table_name)))
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("delete from releases where id = $1", release.id).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(abandoned.len())
}
