//! When the consumer looks for the next hint.

use std::task::{Context, Poll};
use std::time::Duration;

use apalis::prelude::{PollSnapshot, PollStrategy};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Between two looks: who waits for a run to begin does not notice it, and fifty looks a second cost half a percent of a core.
const PERIOD: Duration = Duration::from_millis(20);

/// Looks at regular times.
///
/// apalis's own interval begins its next wait without being woken by it: a look that takes longer than the interval, on a busy machine, was
/// the last one until the heartbeat, up to ten seconds later.
#[derive(Debug)]
pub(crate) struct Looks(Interval);

impl Looks {
    pub(crate) fn new() -> Self {
        let mut looks = interval(PERIOD);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(looks)
    }
}

impl PollStrategy for Looks {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut due = Poll::Pending;
        // Until it is pending: only then will it wake.
        while self.0.poll_tick(cx).is_ready() {
            due = Poll::Ready(Some(()));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test]
    async fn a_look_that_took_long_is_followed_by_another() {
        let mut looks = Looks::new();
        let mut drive = move |cx: &mut Context<'_>| looks.poll_drive(cx, &PollSnapshot::new());
        poll_fn(&mut drive).await;
        // Something takes longer than the period: the next look is due at once.
        sleep(PERIOD * 3).await;
        let mut driven = false;
        let woken = poll_fn(|cx| {
            if driven {
                return Poll::Ready(());
            }
            driven = true;
            assert!(drive(cx).is_ready());
            Poll::Pending
        });
        timeout(Duration::from_secs(5), woken).await.expect("somebody looks again");
    }
}
