//! Workers that die or fall asleep in the middle of an ingest.

use std::time::Duration;

use goreos_tests::{Installation, OBRAS, Process, obras, until};

/// Enough rows to be met in the middle.
const ROWS: i64 = 400_000;
const PATIENCE: Duration = Duration::from_secs(90);

/// An installation with one large file, being loaded by a worker whose lease is short.
async fn in_the_middle(installation: &Installation) -> (Process, i64) {
    installation.write("obras", "obras.csv", obras(0..u32::try_from(ROWS).expect("a small number")));
    installation.register().await;
    let worker = installation.worker_with_lease(3);
    let run = installation.request(&["obras"]).await;
    let middle = format!("select rows_done from runs where id = {run} and state = 'running' and rows_done > 0");
    until("some rows are done", PATIENCE, async || Some(installation.query(&middle)).filter(|rows| !rows.is_empty()))
        .await;
    (worker, run)
}

/// It was interrupted before its end: a table without an edition is there, and readers see nothing.
fn assert_half_done(installation: &Installation) {
    assert_eq!(
        installation.query("select count(*), count(built_at) from releases"),
        "1|0",
        "raise ROWS: the file was loaded too soon"
    );
    assert_eq!(installation.number("select count(*) from editions"), 0);
}

/// Published once, by the second attempt, with every row of the file.
async fn assert_published_once(installation: &Installation, run: i64) {
    let published =
        format!("select state || ' ' || attempt from runs where id = {run} and state not in ('queued', 'running')");
    let ended = until("the run ends", PATIENCE, async || {
        Some(installation.query(&published)).filter(|state| !state.is_empty())
    })
    .await;
    assert_eq!(ended, "published 2");
    assert_eq!(installation.number("select count(*) from editions"), 1);
    assert_eq!(installation.number("select count(*) from layers.obras"), ROWS);
    assert_eq!(installation.number("select sum(monto) from layers.obras"), (0..ROWS).sum::<i64>());
    let of_the_holder = "select count(*) from edition_releases e join releases l on l.id = e.release_id join runs r on r.id = l.run_id and r.fence = l.fence";
    assert_eq!(installation.number(of_the_holder), 1, "the release is the one of the attempt that holds the run");
}

async fn assert_nothing_left_over(installation: &Installation) {
    let left = "select count(*) from pg_tables where schemaname = 'releases' union all select count(*) from releases";
    until("table and release of the lost attempt are dropped", PATIENCE, async || {
        (installation.query(left) == "1\n1").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_worker_killed_in_the_middle_of_an_ingest_is_replaced_and_the_file_published_once() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    let _scheduler = installation.scheduler();
    let (mut worker, run) = in_the_middle(&installation).await;
    worker.kill();
    assert_half_done(&installation);

    let _another = installation.worker();
    assert_published_once(&installation, run).await;
    assert_nothing_left_over(&installation).await;
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_cannot_publish() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    let _scheduler = installation.scheduler();
    let (mut asleep, run) = in_the_middle(&installation).await;
    asleep.freeze();
    assert_half_done(&installation);

    let _another = installation.worker();
    assert_published_once(&installation, run).await;
    asleep.thaw();
    until("the first worker lets go of the run", PATIENCE, async || {
        asleep.log().to_lowercase().contains("letting the run go").then_some(())
    })
    .await;
    assert!(asleep.ended().is_none(), "it goes on working");
    assert_published_once(&installation, run).await;
    assert_nothing_left_over(&installation).await;
}

#[tokio::test]
async fn a_worker_that_stops_in_order_hands_its_run_back_without_spending_an_attempt() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    let _scheduler = installation.scheduler();
    let (mut worker, run) = in_the_middle(&installation).await;
    assert!(worker.stop().await.success(), "it ends well");
    assert_half_done(&installation);

    let _another = installation.worker();
    let published = format!("select attempt from runs where id = {run} and state = 'published'");
    let attempt = until("the run is published", PATIENCE, async || {
        Some(installation.query(&published)).filter(|attempt| !attempt.is_empty())
    })
    .await;
    assert_eq!(attempt, "1");
    assert_eq!(installation.number("select count(*) from layers.obras"), ROWS);
    assert_nothing_left_over(&installation).await;
}
