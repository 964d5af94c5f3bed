//! Holding a run: its lease renewed while the work goes on, and a token that ends the work when the run is ours no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use goreos_db::Pool;
use goreos_db::ledger::{Beat, Claim, heartbeat};
use goreos_pipelines::Progress;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::warn;

/// A heartbeat that lives as long as this does.
pub(crate) struct Hold {
    /// Cancelled when the work must stop: lost, or asked to.
    pub(crate) stop: CancellationToken,
    cancelled: Arc<AtomicBool>,
    _beating: DropGuard,
}

impl Hold {
    /// Renews the lease every `period`; gives up after three quarters of the lease without success, before another may take the run.
    pub(crate) fn start(pool: Pool, claim: Claim, progress: Arc<Progress>, period: Duration) -> Self {
        let stop = CancellationToken::new();
        let end = CancellationToken::new();
        let cancelled = Arc::new(AtomicBool::new(false));
        tokio::spawn({
            let (stop, end, cancelled) = (stop.clone(), end.clone(), Arc::clone(&cancelled));
            async move {
                tokio::select! {
                    () = end.cancelled() => {}
                    last = beat(&pool, &claim, &progress, period) => {
                        cancelled.store(last == Beat::CancelRequested, Ordering::Release);
                        stop.cancel();
                    }
                }
            }
        });
        Self { stop, cancelled, _beating: end.drop_guard() }
    }

    /// Whether the work must stop because somebody asked for it.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }
}

/// Returns when the run is to be let go, and why.
async fn beat(pool: &Pool, claim: &Claim, progress: &Progress, period: Duration) -> Beat {
    let patience = period * 3;
    let mut last_held = Instant::now();
    loop {
        let renewed = async {
            tokio::time::sleep(period).await;
            let mut connection = pool.acquire().await.map_err(goreos_db::DbError::from)?;
            heartbeat(&mut connection, claim, progress.phase(), progress.rows(), progress.expected()).await
        };
        match tokio::time::timeout_at(last_held + patience, renewed).await {
            Ok(Ok(Beat::Held)) => last_held = Instant::now(),
            Ok(Ok(reason @ (Beat::CancelRequested | Beat::Lost))) => {
                warn!(run = %claim.run, ?reason, "Letting the run go");
                return reason;
            }
            Ok(Err(error)) => warn!(run = %claim.run, %error, "The heartbeat failed"),
            Err(_) => {
                warn!(run = %claim.run, "No heartbeat got through; letting the run go");
                return Beat::Lost;
            }
        }
    }
}
