//! Waiting for something to become true.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Time between two looks.
const PERIOD: Duration = Duration::from_millis(50);

/// Looks again and again until `condition` gives a value.
///
/// # Panics
/// When `patience` is over, naming `what` was waited for.
pub async fn until<T>(what: &str, patience: Duration, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(Instant::now() < end, "waited {} s in vain: {what}", patience.as_secs());
        sleep(PERIOD).await;
    }
}
