//! Once a day, and only when there is something to let go of, old editions become a run of `retention`.

use goreos_db::{DbError, Pool, retention};
use goreos_domain::Job;
use goreos_queue::Limits;
use tracing::info;

/// Asks for the day's run.
pub(crate) async fn ask(pool: &Pool, days: i32) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let attempts = Limits::of(Job::Retention).attempts;
    if let Some(run) = retention::request_daily(&mut connection, days, attempts).await? {
        info!(%run, days, "There are editions to let go of");
    }
    Ok(())
}
