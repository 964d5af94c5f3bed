//! Refused rows that come back: against run 2 of `region.sql`, which read `bb22` and refused three rows.

use goreos_db::ledger;
use goreos_db::mend::{self, NewMend, Requested};
use goreos_db::read::{self, Base, Mendable};
use goreos_domain::{DatasetId, RunId, RunState};
use goreos_testkit::Database;
use serde_json::json;

struct Refused {
    connection: sqlx::pool::PoolConnection<sqlx::Postgres>,
    _database: Database,
}

impl Refused {
    async fn new() -> Self {
        let database = Database::new().await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        for sql in [
            include_str!("region.sql"),
            include_str!("rejects.sql"),
            "select setval(pg_get_serial_sequence('runs', 'id'), 100)",
        ] {
            sqlx::raw_sql(sql).execute(&mut *connection).await.expect("hand-written rows");
        }
        Self { connection, _database: database }
    }

    async fn run(&mut self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&mut *self.connection).await.expect("hand-written rows");
    }

    async fn mendable(&mut self, run: i64) -> Option<Mendable> {
        read::mendable(&mut self.connection, RunId(run)).await.expect("a query")
    }

    async fn base(&mut self) -> Base {
        match self.mendable(2).await {
            Some(Mendable::Yes(base)) => base,
            other => panic!("run 2 can be mended: {other:?}"),
        }
    }

    async fn ask(&mut self, sha256: &str) -> Requested {
        let base = self.base().await;
        let new = NewMend { base: &base, sha256, bytes: 7, name: "bien.xlsx", requested_by: "web", max_attempts: 3 };
        mend::request(&mut self.connection, &new).await.expect("accepted")
    }

    async fn state(&mut self, run: RunId) -> Option<RunState> {
        ledger::state(&mut self.connection, run).await.expect("a query")
    }
}

#[tokio::test]
async fn a_mend_is_a_run_of_the_same_source_file() {
    let mut refused = Refused::new().await;
    let asked = refused.ask("cc33").await;
    assert!(!asked.again);
    let run = read::run(&mut refused.connection, asked.run).await.expect("a query").expect("the run");
    assert_eq!(run.line.state, RunState::Queued);
    let args = &run.line.args;
    assert_eq!((&args["source_sha"], &args["bytes"], &args["mend_of"]), (&json!("bb22"), &json!(20), &json!(2)));
    assert_eq!(args["origin"], "Corrección de la ejecución 2: bien.xlsx");

    let dataset = DatasetId::parse("inversiones").expect("an id");
    let mends = mend::of_source(&mut refused.connection, &dataset, "bb22").await.expect("a query");
    assert_eq!(
        mends.iter().map(|m| (m.mend_sha.as_str(), m.rows.clone())).collect::<Vec<_>>(),
        [("cc33", vec![9, 20, 31])]
    );
    let took = read::mend_runs(&mut refused.connection, RunId(2)).await.expect("a query");
    assert_eq!(took, [(asked.run, RunState::Queued)]);
}

#[tokio::test]
async fn the_same_file_twice_is_one_run_and_a_failed_one_is_tried_anew() {
    let mut refused = Refused::new().await;
    let first = refused.ask("cc33").await;
    assert_eq!(refused.ask("cc33").await, Requested { run: first.run, again: true });
    assert_ne!(refused.ask("dd44").await.run, first.run, "another file is another run");
    refused.run("update runs set state = 'failed', finished_at = now() where id > 100").await;
    assert_eq!(refused.state(first.run).await, Some(RunState::Failed));
    assert_eq!(refused.ask("cc33").await.run, first.run);
    assert_eq!(refused.state(first.run).await, Some(RunState::Queued));
}

#[tokio::test]
async fn what_cannot_be_mended_says_why() {
    let mut refused = Refused::new().await;
    assert_eq!(refused.mendable(1).await, Some(Mendable::NoRejects));
    assert_eq!(refused.mendable(9).await, None);
    refused.run("update runs set state = 'running' where id = 2").await;
    assert_eq!(refused.mendable(2).await, Some(Mendable::NotOver));
    refused.run("update runs set state = 'published', source_sha = null where id = 2").await;
    assert_eq!(refused.mendable(2).await, Some(Mendable::NoFile));
}

#[tokio::test]
async fn a_newer_file_closes_the_door_unless_it_failed_or_was_rolled_back() {
    let mut refused = Refused::new().await;
    refused
        .run(
            "insert into source_files (sha256, bytes, origin) values ('ee55', 5, 'nuevo.csv');
             insert into runs (job, dataset_id, trigger, requested_by, state, fence, source_sha)
             values ('ingest', 'inversiones', 'manual', 'ana', 'failed', 30, 'ee55')",
        )
        .await;
    refused.base().await;
    refused.run("update runs set state = 'published' where id = 101").await;
    assert_eq!(refused.mendable(2).await, Some(Mendable::Superseded(RunId(101))));
    // Edition 2 holds what run 2 built from its file.
    refused
        .run(
            "insert into editions (id, note) values (5, 'Vuelta atrás');
             insert into edition_releases (edition_id, dataset_id, release_id) values (5, 'inversiones', 4)",
        )
        .await;
    refused.base().await;
    refused
        .run("update runs set state = 'queued', args = '{\"source_sha\": \"ee55\"}', source_sha = null where id = 101")
        .await;
    assert_eq!(refused.mendable(2).await, Some(Mendable::Superseded(RunId(101))), "it is on its way");
}
