//! What dead processes left half-done is put right, from the ledger alone.

use anyhow::Context;
use goreos_db::{DbError, Pool, ledger, release};
use goreos_queue::{Hint, Queue};
use tracing::{info, warn};

/// Takes runs back from workers that fell silent.
pub(crate) async fn take_back(pool: &Pool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    for expired in ledger::expire(&mut connection).await? {
        warn!(run = %expired.run, state = expired.state, "The worker of a run fell silent");
        let message = if expired.ended() {
            "El proceso que hacía la ejecución se detuvo."
        } else {
            "El proceso que hacía la ejecución se detuvo: vuelve a la cola."
        };
        ledger::log(&mut connection, expired.run, ledger::LogLevel::Warn, message).await?;
    }
    Ok(())
}

/// Announces again what was announced, not claimed, and is not waiting in Redis any more.
pub(crate) async fn announce_again(pool: &Pool, queue: &Queue, older_than_s: f64) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    for stale in ledger::stale_announcements(&mut connection, older_than_s).await? {
        if !queue.is_waiting(Hint::new(stale.run, stale.dispatch)).await.context("look for a hint in Redis")? {
            info!(run = %stale.run, dispatch = stale.dispatch, "A hint was lost; announcing the run again");
            ledger::withdraw(&mut connection, stale).await?;
        }
    }
    Ok(())
}

/// Drops the tables of dead attempts and what apalis keeps of finished hints.
pub(crate) async fn sweep(pool: &Pool, queue: &Queue) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let dropped = release::drop_abandoned(&mut connection).await?;
    if dropped > 0 {
        info!(dropped, "Dropped tables of attempts that never published");
    }
    queue.sweep().await.context("sweep finished hints")?;
    Ok(())
}
