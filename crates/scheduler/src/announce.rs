//! Runs in the ledger become hints on Redis.

use anyhow::Context;
use goreos_db::{DbError, Pool, ledger};
use goreos_queue::{Hint, Queue};

/// Most hints pushed in one round.
const MOST_AT_ONCE: u64 = 100;

/// Announces the next queued runs: first written down, then pushed, so that a crash between the two repeats and never forgets.
pub(crate) async fn announce(pool: &Pool, queue: &Queue) -> anyhow::Result<()> {
    let room = queue.room().await.context("ask Redis how much it holds")?.min(MOST_AT_ONCE);
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let announced = ledger::announce(&mut connection, i64::try_from(room)?).await?;
    for (index, run) in announced.iter().enumerate() {
        if let Err(error) = queue.push(Hint::new(run.run, run.dispatch)).await {
            for unsent in &announced[index..] {
                ledger::withdraw(&mut connection, *unsent).await?;
            }
            return Err(error).context("push a hint to Redis");
        }
    }
    Ok(())
}
