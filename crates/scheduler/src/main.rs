#![doc = include_str!("../README.md")]

mod announce;
mod reconcile;
mod retention;
mod tick;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use goreos_boot::{DatabaseSettings, LogSettings, QueueSettings};
use goreos_db::{Notices, Pool};
use goreos_queue::Queue;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

/// Turns due schedules into runs and hands runs to the workers.
#[derive(Debug, Parser)]
#[command(version)]
struct Settings {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    queue: QueueSettings,
    #[command(flatten)]
    log: LogSettings,
    /// Milliseconds between two looks at the ledger; a request wakes it sooner.
    #[arg(long, env = "GOREOS_POLL_MS", default_value_t = 250, value_parser = clap::value_parser!(u64).range(20..=60_000))]
    poll_ms: u64,
    /// Seconds after which an announcement nobody claimed, and that Redis does not hold, is repeated.
    #[arg(long, env = "GOREOS_ANNOUNCE_AGAIN_S", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    announce_again_s: u32,
    /// Days back that every edition is kept that was in force; older ones go, unless a tag or a document names them.
    #[arg(long, env = "GOREOS_KEEP_DAYS", default_value_t = 365, value_parser = clap::value_parser!(i32).range(1..=36_500))]
    keep_days: i32,
}

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    goreos_boot::tracing(&settings.log);
    match Box::pin(schedule(&settings)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn schedule(settings: &Settings) -> anyhow::Result<()> {
    let shutdown = goreos_boot::shutdown_signal()?;
    let pool = goreos_db::connect(&settings.database.database_url, settings.database.database_pool).await.context(
        "connect to PostgreSQL (GOREOS_DATABASE_URL, for example postgres://goreos:secret@127.0.0.1:5432/goreos)",
    )?;
    let queue = Queue::connect(&settings.queue.redis_url, &settings.queue.queue)
        .await
        .context("connect to Redis (GOREOS_REDIS_URL, for example redis://127.0.0.1:6379)")?;
    info!("Ready");
    let poll = Duration::from_millis(settings.poll_ms);
    let again_s = f64::from(settings.announce_again_s);
    tokio::join!(
        repeat("ticks", poll * 4, &shutdown, async || tick::fire_due(&pool).await),
        announce_loop(&pool, &queue, poll, &shutdown),
        repeat("reconcile", Duration::from_secs(1), &shutdown, async || reconcile::take_back(&pool).await),
        repeat("repeat", Duration::from_secs(1), &shutdown, async || reconcile::announce_again(&pool, &queue, again_s)
            .await),
        repeat("retention", poll * 40, &shutdown, async || retention::ask(&pool, settings.keep_days).await),
        repeat("sweep", Duration::from_secs(10), &shutdown, async || reconcile::sweep(&pool, &queue).await),
    );
    info!("Stopped in order");
    Ok(())
}

/// Announces whenever the ledger gives notice of a request, and every `poll` in any case, as a notice may be lost.
async fn announce_loop(pool: &Pool, queue: &Queue, poll: Duration, shutdown: &CancellationToken) {
    let mut notices = None;
    repeat("announce", Duration::ZERO, shutdown, async || {
        if notices.is_none() {
            notices = Some(Notices::of_runs(pool).await?);
        }
        announce::announce(pool, queue).await?;
        if let Some(listening) = notices.as_mut()
            && let Ok(Err(error)) = tokio::time::timeout(poll, listening.next()).await
        {
            notices = None;
            return Err(error.into());
        }
        Ok(())
    })
    .await;
}

/// Does `act`, then rests for `period`, until shutdown. A failure is logged and the next round tries again after a second at least:
/// all state is in the ledger.
async fn repeat(
    name: &str,
    period: Duration,
    shutdown: &CancellationToken,
    mut act: impl AsyncFnMut() -> anyhow::Result<()>,
) {
    let rounds = async {
        loop {
            let rest = match act().await {
                Ok(()) => period,
                Err(error) => {
                    error!(task = name, "{error:#}");
                    period.max(Duration::from_secs(1))
                }
            };
            tokio::time::sleep(rest).await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = rounds => {}
    }
}
