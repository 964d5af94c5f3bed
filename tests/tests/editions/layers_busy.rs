//! A session of another program that keeps a layer open while somebody publishes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use goreos_tests::{Installation, OBRAS, obras, until};

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_transaction_left_open_delays_a_publish_and_neither_fails_it_nor_stops_other_readers() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    installation.write("obras", "obras.csv", obras(1..51));
    installation.register().await;
    let (_worker, _scheduler) = (installation.worker(), installation.scheduler());
    assert_eq!(installation.ingest(&["obras"]).await.state, "published");

    let mut other = Command::new("psql")
        .args(["-qtAX", "-v", "ON_ERROR_STOP=1", installation.database_url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("psql is installed");
    let (mut say, hear) = (other.stdin.take().expect("a pipe"), other.stdout.take().expect("a pipe"));
    let mut hear = BufReader::new(hear);
    say.write_all(b"begin; select count(*) from layers.obras;\n").expect("psql listens");
    let mut heard = String::new();
    hear.read_line(&mut heard).expect("psql answers");
    assert_eq!(heard.trim(), "50");

    installation.write("obras", "obras.csv", obras(1..56));
    let run = installation.request(&["obras"]).await;
    let waits =
        format!("select count(*) from run_phases where run_id = {run} and phase = 'publish' and finished_at is null");
    until("the publish waits for the layer", PATIENCE, async || (installation.number(&waits) == 1).then_some(())).await;
    for _ in 0..20 {
        let asked = Instant::now();
        assert_eq!(installation.number("select count(*) from layers.obras"), 50);
        assert!(asked.elapsed() < Duration::from_secs(5), "no reader waits for the publish");
    }
    assert_eq!(installation.query(&format!("select state from runs where id = {run}")), "running");

    say.write_all(b"select count(*) from layers.obras; commit;\n").expect("psql listens");
    heard.clear();
    hear.read_line(&mut heard).expect("psql answers");
    assert_eq!(heard.trim(), "50", "one transaction, one edition");
    let state = format!("select state from runs where id = {run} and state <> 'running'");
    let ended =
        until("the run ends", PATIENCE, async || Some(installation.query(&state)).filter(|s| !s.is_empty())).await;
    assert_eq!(ended, "published");
    assert_eq!(installation.number("select count(*) from layers.obras"), 55);
    drop(say);
    assert!(other.wait().expect("psql ends").success());
}
