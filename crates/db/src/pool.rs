//! Connections.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgPoolOptions;

use crate::{DbError, layers};

/// A bounded set of connections.
pub type Pool = sqlx::PgPool;
/// One connection.
pub type Connection = sqlx::PgConnection;

/// Opens a pool of at most `size` connections and proves that one works.
pub async fn connect(url: &SecretString, size: u32) -> Result<Pool, DbError> {
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(5))
        .connect(url.expose_secret())
        .await
        .map_err(DbError::Connect)
}

/// Brings the schema to this release's version, and opens the layers to those who may read them; safe to call from several processes at
/// once.
pub async fn migrate(pool: &Pool) -> Result<(), DbError> {
    sqlx::migrate!("../../sql/migrations").run(pool).await?;
    let mut connection = pool.acquire().await?;
    if !layers::open_to(&mut connection, layers::READERS).await? {
        tracing::warn!(
            "This server has no role {0}, so only the platform reads schema layers. For QGIS and the like: create role {0} nologin; \
             then goreos migrate again (docs/qgis.md)",
            layers::READERS
        );
    }
    Ok(())
}

/// Notices from other processes: something changed in the ledger.
pub struct Notices(sqlx::postgres::PgListener);

impl Notices {
    /// Listens for requested runs.
    pub async fn of_runs(pool: &Pool) -> Result<Self, DbError> {
        let mut listener = sqlx::postgres::PgListener::connect_with(pool).await?;
        listener.listen("goreos_runs").await?;
        Ok(Self(listener))
    }

    /// Waits for the next notice. One may be lost while the connection is made again, so never wait on this alone.
    pub async fn next(&mut self) -> Result<(), DbError> {
        self.0.recv().await?;
        Ok(())
    }
}

/// The database's clock: the only one that decides when something is due.
pub async fn now(connection: &mut Connection) -> Result<DateTime<Utc>, DbError> {
    Ok(sqlx::query_scalar("select now()").fetch_one(connection).await?)
}
