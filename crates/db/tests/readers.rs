//! Two hundred readers while editions come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use goreos_db::catalogue::{self, Dataset};
use goreos_db::ledger::{self, Claim, NewRun};
use goreos_db::release::{self, Closing, Filling, NewRelease, Release};
use goreos_db::{Candidate, Connection, Edition, publish, rollback};
use goreos_domain::{Contract, DatasetId, EditionId, Job, Trigger};
use goreos_testkit::Database;
use serde_json::json;

const READERS: usize = 200;
/// Each a publish and a rollback.
const ROUNDS: i64 = 25;
/// Fewer than readers: asking takes turns, as it does in the web.
const CONNECTIONS: u32 = 40;

/// Two datasets from files, and what is derived from both.
const DATASETS: [(&str, &str); 3] = [
    ("costs", "[source]\npath='a.csv'\nformat='csv'\n[[column]]\nname='v'\ntype='int'\n"),
    ("works", "[source]\npath='b.csv'\nformat='csv'\n[[column]]\nname='v'\ntype='int'\n"),
    ("both", "[derive]\ninputs=['costs','works']\nquery='query.sql'\n"),
];
const QUERY: &str = "select (select max(v) from edition.costs) as c, (select max(v) from edition.works) as w";
/// Four figures that are one number in any one edition.
const FIGURES: &str =
    "select (select min(v) from edition.costs), (select max(v) from edition.works), c, w from edition.both";

fn contract(id: &str, rest: &str) -> Contract {
    Contract::parse(&format!("id='{id}'\ntitle='T'\ntheme='t'\nowner='o'\nlicence='l'\n{rest}")).expect("a contract")
}

async fn claim(connection: &mut Connection) -> Claim {
    let run = NewRun {
        job: Job::Ingest,
        dataset: Some(DatasetId::parse("costs").expect("an id")),
        args: json!({}),
        trigger: Trigger::Manual,
        requested_by: "test".into(),
        dedupe_key: None,
        max_attempts: 1,
    };
    let run = ledger::request(&mut *connection, &run).await.expect("accepted");
    ledger::claim(connection, run, "worker", 60).await.expect("a query").expect("it is to be had")
}

/// Publishes the next edition, in which every figure is `value`.
async fn publish_all(connection: &mut Connection, database: &Database, value: i64) -> EditionId {
    let claim = claim(&mut *connection).await;
    let base = Edition::current(&mut *connection).await.expect("a query");
    let mut releases: Vec<Release> = Vec::new();
    for (id, rest) in &DATASETS[..2] {
        let contract = contract(id, rest);
        let new = NewRelease { claim: &claim, contract: &contract, contract_sha: "a", source_sha: None, mends: &[] };
        let release = release::register(&mut *connection, &new).await.expect("a number");
        let table = Filling::begin(&mut *connection, &release, &contract).await.expect("a table");
        table.commit().await.expect("a table");
        database.query(&format!("insert into {} select g, {value} from generate_series(1, 20) g", release.table));
        let mut second = database.pool().acquire().await.expect("a connection");
        release::finish([&mut *connection, &mut second], &release, &contract, Closing::default())
            .await
            .expect("a release");
        releases.push(release);
    }
    let candidate = base.clone().unwrap_or_else(|| Edition::of(0, []));
    let candidate = candidate.with(releases.iter().map(|release| (release.dataset.clone(), release.id)));
    let (id, rest) = DATASETS[2];
    let (derived, _) = release::derive(&mut *connection, &claim, &contract(id, rest), "a", QUERY, &candidate)
        .await
        .expect("a derived release");
    releases.push(derived);
    let report = json!({});
    let candidate =
        Candidate { base: base.as_ref(), releases: &releases, accounting: None, report: &report, note: "Prueba" };
    publish(connection, &claim, &candidate).await.expect("published")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_readers_never_see_half_of_fifty_publishes_and_rollbacks() {
    let database = Database::new().await;
    let mut writer = database.pool().acquire().await.expect("a connection");
    for (position, (id, rest)) in (0..).zip(DATASETS) {
        let query = (id == "both").then(|| QUERY.to_owned());
        let dataset = Dataset { contract: contract(id, rest), contract_sha: "a".to_owned(), query };
        catalogue::register(&mut writer, &dataset, position, None).await.expect("a dataset");
    }
    let first = publish_all(&mut writer, &database, 1).await;

    let pool = goreos_db::connect(&database.url().to_owned().into(), CONNECTIONS).await.expect("connections");
    let (done, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (pool, done, reads) = (pool.clone(), Arc::clone(&done), Arc::clone(&reads));
            tokio::spawn(async move {
                let mut newest = EditionId(0);
                while !done.load(Ordering::Relaxed) {
                    let mut connection = pool.acquire().await.expect("a connection");
                    let edition = Edition::current(&mut connection).await.expect("a query").expect("an edition");
                    assert!(edition.id >= newest, "time does not go back");
                    newest = edition.id;
                    let by_edition = edition.sql(FIGURES).expect("all three are held");
                    let by_layers = FIGURES.replace("edition.", "layers.");
                    for statement in [by_edition, by_layers] {
                        let figures: (i64, i64, i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(statement))
                            .fetch_one(&mut *connection)
                            .await
                            .expect("readers are never turned away");
                        let (one, two, three, four) = figures;
                        assert!(one == two && two == three && three == four, "half of a change: {figures:?}");
                    }
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();

    let mut last = first;
    for round in 0..ROUNDS {
        // Every reader's turn comes between two changes, or some would meet none.
        let before = reads.load(Ordering::Relaxed);
        while reads.load(Ordering::Relaxed) < before + i64::try_from(READERS).expect("a small number") / 4 {
            tokio::task::yield_now().await;
        }
        last = publish_all(&mut writer, &database, round + 2).await;
        rollback(&mut writer, first, "prueba", "").await.expect("an older edition");
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.expect("a reader that never failed");
    }
    assert_eq!(last.0 + 1, 1 + 2 * ROUNDS, "fifty editions after the first");
    assert!(reads.load(Ordering::Relaxed) > ROUNDS * 50);
}
