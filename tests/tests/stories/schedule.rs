//! Ticks become runs exactly once.

use std::time::Duration;

use goreos_tests::{Installation, OBRAS, until};

const NIGHTLY: &str = "\n[schedule]\ncron = \"20 2 * * *\"\ntimezone = \"UTC\"\ncatch_up = ";
const PATIENCE: Duration = Duration::from_secs(30);

async fn with_schedule(catch_up: &str) -> Installation {
    let installation = Installation::new().await.with_dataset("obras", &format!("{OBRAS}{NIGHTLY}\"{catch_up}\"\n"));
    installation.register().await;
    installation
}

/// As if nothing had run for so many days.
fn sleep_for(installation: &Installation, days: u32) {
    let back = format!(
        "update schedules set fired_until = now() - interval '{days} days', next_fire_at = now() - interval '1 minute'"
    );
    installation.query(&back);
}

/// Waits until what was due has been dealt with.
async fn caught_up(installation: &Installation) {
    let due = "select count(*) from schedules where next_fire_at <= now()";
    until("the schedule is looked after", PATIENCE, async || (installation.number(due) == 0).then_some(())).await;
}

#[tokio::test]
async fn two_schedulers_make_one_run_of_a_due_tick() {
    let installation = with_schedule("latest").await;
    sleep_for(&installation, 3);
    let (_first, _second) = (installation.scheduler(), installation.scheduler());
    caught_up(&installation).await;
    let runs = "select count(*), count(*) filter (where trigger = 'schedule') from runs";
    assert_eq!(installation.query(runs), "1|1");
    assert_eq!(installation.number("select count(*) from ticks"), 1);
    // The same due moment once more, for whoever comes second.
    sleep_for(&installation, 3);
    caught_up(&installation).await;
    assert_eq!(installation.query(runs), "1|1");
}

#[tokio::test]
async fn ten_missed_nights_are_made_up_for_once_each() {
    let installation = with_schedule("all").await;
    let (_first, _second, _third) = (installation.scheduler(), installation.scheduler(), installation.scheduler());
    for _ in 0..3 {
        sleep_for(&installation, 10);
        caught_up(&installation).await;
        assert_eq!(
            installation.query("select count(*), count(distinct slot), count(distinct run_id) from ticks"),
            "10|10|10"
        );
        assert_eq!(installation.number("select count(*) from runs"), 10);
    }
}
