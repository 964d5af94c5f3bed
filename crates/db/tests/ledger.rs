//! The ledger's promises: runs keep their order, one holder at a time, and a holder that lost its run changes nothing.

use goreos_db::catalogue::{self, Dataset};
use goreos_db::document::{NewDocument, publish_document};
use goreos_db::ledger::{self, Accounting, Claim, NewRun};
use goreos_db::release::{self, Closing, Filling, NewRelease, Release};
use goreos_db::{Candidate, Connection, DbError, Edition, Pool, publish};
use goreos_domain::{Contract, Cut, DatasetId, EditionId, Fault, Job, Phase, RunId, RunState, Trigger};
use goreos_testkit::Database;
use serde_json::json;
use tokio::task::JoinSet;

/// A ledger with two datasets, `obras` and `postas`.
struct Ledger {
    connection: sqlx::pool::PoolConnection<sqlx::Postgres>,
    database: Database,
}

impl Ledger {
    async fn new() -> Self {
        let database = Database::new().await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        for id in ["obras", "postas"] {
            let dataset = Dataset { contract: contract(id, "monto"), contract_sha: "a".to_owned(), query: None };
            catalogue::register(&mut connection, &dataset, 0, None).await.expect("a dataset");
        }
        Self { connection, database }
    }

    async fn ask(&mut self, dataset: &str) -> RunId {
        ledger::request(&mut self.connection, &run_of(dataset)).await.expect("accepted")
    }

    async fn announced(&mut self) -> Vec<RunId> {
        let announced = ledger::announce(&mut self.connection, 10).await.expect("a query");
        let mut runs: Vec<RunId> = announced.into_iter().map(|announced| announced.run).collect();
        runs.sort();
        runs
    }

    async fn try_claim(&mut self, run: RunId) -> Option<Claim> {
        ledger::claim(&mut self.connection, run, "worker", 60).await.expect("a query")
    }

    async fn claim(&mut self, run: RunId) -> Claim {
        self.try_claim(run).await.expect("it is to be had")
    }

    /// Held by a worker that falls silent at once.
    async fn claim_in_silence(&mut self, run: RunId) -> Claim {
        ledger::claim(&mut self.connection, run, "silent", 0).await.expect("a query").expect("it is to be had")
    }

    async fn fail(&mut self, claim: &Claim, fault: &Fault) -> RunState {
        ledger::fail(&mut self.connection, claim, fault).await.expect("it is ours")
    }

    async fn cancel(&mut self, run: RunId) -> Option<RunState> {
        ledger::cancel(&mut self.connection, run).await.expect("a query")
    }

    async fn state(&mut self, run: RunId) -> RunState {
        ledger::state(&mut self.connection, run).await.expect("a query").expect("a run")
    }

    /// What expired, and whether it ended by that.
    async fn expired(&mut self) -> Vec<(RunId, bool)> {
        let expired = ledger::expire(&mut self.connection).await.expect("a query");
        expired.iter().map(|expired| (expired.run, expired.ended())).collect()
    }

    /// A release of one row, whose amount is `amount`.
    async fn build(&mut self, claim: &Claim, contract: &Contract, amount: i64) -> Release {
        let new = NewRelease { claim, contract, contract_sha: "a", source_sha: None, mends: &[] };
        let built = release::register(&mut self.connection, &new).await.expect("a number");
        let table = Filling::begin(&mut self.connection, &built, contract).await.expect("a table");
        table.commit().await.expect("a table");
        self.database.query(&format!("insert into {} values (2, 'OBRA-1', {amount})", built.table));
        let mut second = self.database.pool().acquire().await.expect("a connection");
        release::finish([&mut self.connection, &mut second], &built, contract, Closing::default())
            .await
            .expect("a release");
        built
    }

    async fn current(&mut self) -> Option<Edition> {
        Edition::current(&mut self.connection).await.expect("a query")
    }

    async fn publish(
        &mut self,
        claim: &Claim,
        base: Option<&Edition>,
        releases: &[Release],
    ) -> Result<EditionId, DbError> {
        let candidate = Candidate { base, releases, accounting: None, report: &json!({}), note: "Prueba" };
        publish(&mut self.connection, claim, &candidate).await
    }

    /// A run of `obras` from its request to its edition.
    async fn publish_works(&mut self, contract: &Contract, amount: i64) -> EditionId {
        let run = self.ask("obras").await;
        let claim = self.claim(run).await;
        let built = self.build(&claim, contract, amount).await;
        let base = self.current().await;
        self.publish(&claim, base.as_ref(), &[built]).await.expect("published")
    }

    fn query(&self, sql: &str) -> String {
        self.database.query(sql).trim_end().to_owned()
    }

    /// All that a holder could change, as one text.
    fn everything(&self) -> String {
        self.query(
            "select (select string_agg(r::text, ' ' order by id) from runs r),
                    (select string_agg(e::text, ' ' order by id) from editions e),
                    (select string_agg(e::text, ' ' order by edition_id, dataset_id) from edition_releases e),
                    (select count(*) from documents), (select count(*) from run_log),
                    (select string_agg(definition, ' ' order by viewname) from pg_views where schemaname = 'layers')",
        )
    }
}

fn contract(id: &str, amount: &str) -> Contract {
    let text = format!(
        "id = '{id}'\ntitle = 'Prueba'\ntheme = 'Prueba'\nowner = 'Pruebas'\nlicence = 'CC0-1.0'\n\
         [source]\npath = '{id}.csv'\nformat = 'csv'\nencoding = 'utf-8'\ndelimiter = ';'\n\
         [load]\nkey = ['codigo']\n\
         [[column]]\nname = 'codigo'\ntype = 'text'\nrequired = true\n\
         [[column]]\nname = '{amount}'\ntype = 'int'\nrequired = true\n"
    );
    Contract::parse(&text).expect("a contract")
}

fn run_of(dataset: &str) -> NewRun {
    NewRun {
        job: Job::Ingest,
        dataset: Some(DatasetId::parse(dataset).expect("an id")),
        args: json!({}),
        trigger: Trigger::Manual,
        requested_by: "prueba".to_owned(),
        dedupe_key: None,
        max_attempts: 2,
    }
}

fn later() -> Fault {
    Fault::later("test.later", "Se cortó la conexión.", "Se intenta de nuevo.")
}

/// Connections enough for a crowd.
async fn many(database: &Database, connections: u32) -> Pool {
    goreos_db::connect(&database.url().to_owned().into(), connections).await.expect("connections")
}

/// Returns when that many sessions of the database wait for a lock.
async fn until_waiting(connection: &mut Connection, sessions: i64) {
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *connection).await.expect("a count") < sessions {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_run_waits_for_the_older_ones_of_its_dataset() {
    let mut ledger = Ledger::new().await;
    let (older, newer, other) = (ledger.ask("obras").await, ledger.ask("obras").await, ledger.ask("postas").await);
    assert_eq!(ledger.announced().await, [older, other], "while the older one is queued");
    assert!(ledger.try_claim(newer).await.is_none(), "while the older one is queued");

    let claim = ledger.claim(older).await;
    assert_eq!(ledger.announced().await, [], "while the older one is running");
    assert!(ledger.try_claim(newer).await.is_none(), "while the older one is running");

    assert_eq!(ledger.fail(&claim, &later()).await, RunState::Queued);
    assert_eq!(ledger.announced().await, [], "while the older one pauses before its next attempt");
    assert!(ledger.try_claim(newer).await.is_none(), "while the older one pauses");

    let claim = ledger.claim(older).await;
    ledger::unchanged(&mut ledger.connection, &claim).await.expect("it is ours");
    assert_eq!(ledger.announced().await, [newer]);
    assert_eq!(ledger.claim(newer).await.attempt, 1);
}

#[tokio::test]
async fn a_hint_that_came_before_its_turn_is_given_again() {
    let mut ledger = Ledger::new().await;
    let (older, newer) = (ledger.ask("obras").await, ledger.ask("obras").await);
    ledger.cancel(older).await;
    assert_eq!(ledger.announced().await, [newer]);
    assert!(ledger::retry(&mut ledger.connection, older).await.expect("a query"));
    assert!(ledger.try_claim(newer).await.is_none(), "the older one is back");

    assert_eq!(ledger.announced().await, [older]);
    let claim = ledger.claim(older).await;
    ledger::unchanged(&mut ledger.connection, &claim).await.expect("it is ours");
    assert_eq!(ledger.announced().await, [newer]);
}

#[tokio::test]
async fn a_cancelled_run_is_not_tried_again_when_its_attempt_fails() {
    let mut ledger = Ledger::new().await;
    let run = ledger.ask("obras").await;
    let claim = ledger.claim(run).await;
    assert_eq!(ledger.cancel(run).await, Some(RunState::Running), "it is asked to stop");
    assert_eq!(ledger.fail(&claim, &later()).await, RunState::Cancelled);
    assert_eq!(ledger.state(run).await, RunState::Cancelled);
    assert_eq!(ledger.query("select finished_at is not null from runs"), "t");
    assert_eq!(ledger.announced().await, []);
    assert!(ledger.try_claim(run).await.is_none());
}

#[tokio::test]
async fn what_has_ended_cannot_be_cancelled() {
    let mut ledger = Ledger::new().await;
    let run = ledger.ask("obras").await;
    assert_eq!(ledger.cancel(run).await, Some(RunState::Cancelled), "a queued one ends at once");
    assert_eq!(ledger.cancel(run).await, None);
    let run = ledger.ask("obras").await;
    let claim = ledger.claim(run).await;
    ledger::unchanged(&mut ledger.connection, &claim).await.expect("it is ours");
    assert_eq!(ledger.cancel(run).await, None);
    assert_eq!(ledger.query(&format!("select cancel_requested from runs where id = {run}")), "f");
    assert_eq!(ledger.state(run).await, RunState::Unchanged);
    assert_eq!(ledger.cancel(RunId(run.0 + 1)).await, None, "there is no such run");
}

#[tokio::test]
async fn one_key_asked_for_by_ten_at_once_is_one_run() {
    let mut ledger = Ledger::new().await;
    let pool = many(&ledger.database, 10).await;
    let wanted = NewRun { dedupe_key: Some("obras:hoy".to_owned()), ..run_of("obras") };
    // The first has not committed when the nine others come.
    let mut first = pool.begin().await.expect("a transaction");
    let run = ledger::request(&mut first, &wanted).await.expect("accepted");
    let mut others = JoinSet::new();
    for _ in 0..9 {
        let (pool, wanted) = (pool.clone(), wanted.clone());
        others.spawn(async move {
            let mut connection = pool.acquire().await.expect("a connection");
            ledger::request(&mut connection, &wanted).await.expect("accepted")
        });
    }
    until_waiting(&mut ledger.connection, 9).await;
    first.commit().await.expect("committed");
    assert_eq!(others.join_all().await, [run; 9]);
    assert_eq!(ledger.query("select count(*) from runs"), "1");
}

#[tokio::test]
async fn of_twenty_workers_one_gets_the_run() {
    let mut ledger = Ledger::new().await;
    let run = ledger.ask("obras").await;
    let pool = many(&ledger.database, 21).await;
    // All of them stand at the row before the first may go on.
    let mut gate = pool.begin().await.expect("a transaction");
    sqlx::query("select from runs for update").execute(&mut *gate).await.expect("the row");
    let mut workers = JoinSet::new();
    for number in 0..20 {
        let pool = pool.clone();
        workers.spawn(async move {
            let mut connection = pool.acquire().await.expect("a connection");
            ledger::claim(&mut connection, run, &format!("worker {number}"), 60).await.expect("a query")
        });
    }
    until_waiting(&mut ledger.connection, 20).await;
    gate.commit().await.expect("committed");
    let winners: Vec<Claim> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(ledger.query("select fence, attempt from runs"), format!("{}|1", winners[0].fence));
}

#[tokio::test]
async fn whoever_lost_a_run_changes_nothing() {
    let mut ledger = Ledger::new().await;
    let works = contract("obras", "monto");
    let edition = ledger.publish_works(&works, 1).await;
    let run = ledger.ask("obras").await;
    let stale = ledger.claim_in_silence(run).await;
    let built = ledger.build(&stale, &works, 2).await;
    let holder = ledger.claim(run).await;
    assert!(holder.fence > stale.fence, "{} comes after {}", holder.fence, stale.fence);
    let (before, base) = (ledger.everything(), ledger.current().await);
    let document = NewDocument {
        title: "Informe".to_owned(),
        cut: Cut::parse("16101").expect("a code"),
        edition,
        object_key: "documents/informe.pdf".to_owned(),
        file_name: "informe.pdf".to_owned(),
        bytes: 1,
        sha256: "a".to_owned(),
    };
    let published = ledger.publish(&stale, base.as_ref(), std::slice::from_ref(&built)).await;
    assert!(matches!(published, Err(DbError::FencedOut)), "publish: {published:?}");
    let registered = publish_document(&mut ledger.connection, &stale, &document).await;
    assert!(matches!(registered, Err(DbError::FencedOut)), "publish_document: {registered:?}");
    let ended = ledger::unchanged(&mut ledger.connection, &stale).await;
    assert!(matches!(ended, Err(DbError::FencedOut)), "unchanged: {ended:?}");
    let failed = ledger::fail(&mut ledger.connection, &stale, &later()).await;
    assert!(matches!(failed, Err(DbError::FencedOut)), "fail: {failed:?}");
    let given = ledger::hand_back(&mut ledger.connection, &stale).await;
    assert!(matches!(given, Err(DbError::FencedOut)), "hand_back: {given:?}");
    assert_eq!(ledger.everything(), before);

    ledger.publish(&holder, base.as_ref(), &[built]).await.expect("the holder may");
    assert_ne!(ledger.everything(), before);
}

#[tokio::test]
async fn a_publish_against_an_old_edition_is_told_so_and_may_come_again() {
    let mut ledger = Ledger::new().await;
    let (works, posts) = (ledger.ask("obras").await, ledger.ask("postas").await);
    let (works, posts) = (ledger.claim(works).await, ledger.claim(posts).await);
    let works_built = ledger.build(&works, &contract("obras", "monto"), 1).await;
    let posts_built = [ledger.build(&posts, &contract("postas", "monto"), 1).await];
    ledger.publish(&works, None, &[works_built]).await.expect("the first edition");

    let before = ledger.everything();
    let overtaken = ledger.publish(&posts, None, &posts_built).await;
    assert!(matches!(overtaken, Err(DbError::EditionMoved)), "{overtaken:?}");
    assert_eq!(ledger.everything(), before);

    let base = ledger.current().await;
    ledger.publish(&posts, base.as_ref(), &posts_built).await.expect("the second edition");
    let current = ledger.current().await.expect("an edition");
    assert_eq!(current.releases().map(|(dataset, _)| dataset).collect::<Vec<_>>(), ["obras", "postas"]);
}

#[tokio::test]
async fn a_silent_worker_loses_its_run_and_the_last_attempt_says_why() {
    let mut ledger = Ledger::new().await;
    let (run, other) = (ledger.ask("obras").await, ledger.ask("postas").await);
    ledger.claim(other).await;
    ledger.claim_in_silence(run).await;
    assert_eq!(ledger.expired().await, [(run, false)], "the other one's lease goes on");
    assert_eq!(ledger.state(run).await, RunState::Queued);

    let last = ledger.claim_in_silence(run).await;
    assert_eq!((last.attempt, last.max_attempts), (2, 2));
    let accounting = Accounting { read: 3, loaded: 2, rejected: 1 };
    ledger::keep_accounting(&mut ledger.connection, &last, accounting).await.expect("kept");
    assert_eq!(ledger.expired().await, [(run, true)]);
    assert_eq!(ledger.state(run).await, RunState::Failed);
    let told = format!("select fault ->> 'code', finished_at is not null, rows_read from runs where id = {run}");
    assert_eq!(ledger.query(&told), "run.worker_lost|t|3");
    assert!(ledger.try_claim(run).await.is_none(), "its attempts are spent");

    assert!(ledger::retry(&mut ledger.connection, run).await.expect("a query"));
    assert_eq!(ledger.query(&told), "|f|", "nothing of the last attempt is told of the next");
    assert!(!ledger::retry(&mut ledger.connection, run).await.expect("a query"), "it waits already");
    assert_eq!(ledger.claim(run).await.attempt, 1);
}

#[tokio::test]
async fn a_cancelled_run_ends_when_its_worker_is_lost_or_gives_it_back() {
    let mut ledger = Ledger::new().await;
    let (lost, given) = (ledger.ask("obras").await, ledger.ask("postas").await);
    ledger.claim_in_silence(lost).await;
    let claim = ledger.claim(given).await;
    ledger.cancel(lost).await;
    ledger.cancel(given).await;
    assert_eq!(ledger.expired().await, [(lost, true)]);
    ledger::hand_back(&mut ledger.connection, &claim).await.expect("it is ours");
    assert_eq!((ledger.state(lost).await, ledger.state(given).await), (RunState::Cancelled, RunState::Cancelled));
}

#[tokio::test]
async fn an_attempt_given_back_is_not_counted_and_leaves_no_phases() {
    let mut ledger = Ledger::new().await;
    let run = ledger.ask("obras").await;
    let claim = ledger.claim(run).await;
    ledger::start_phase(&mut ledger.connection, &claim, Phase::Build).await.expect("a phase begins");
    ledger::hand_back(&mut ledger.connection, &claim).await.expect("it is ours");
    assert_eq!(ledger.announced().await, [run], "at once, without a pause");
    assert_eq!(ledger.claim(run).await.attempt, claim.attempt);
    assert_eq!(ledger.query("select count(*) from run_phases"), "0");
}

#[tokio::test]
async fn a_view_keeps_its_grants_and_what_is_built_on_it() {
    let mut ledger = Ledger::new().await;
    let works = contract("obras", "monto");
    ledger.publish_works(&works, 1).await;
    ledger.query("grant select on layers.obras to public");
    ledger.query("comment on view layers.obras is 'Obras'");
    ledger.query("create view public.total as select sum(monto) as monto from layers.obras");
    let granted = "select relacl, obj_description(oid) from pg_class where oid = 'layers.obras'::regclass";
    let before = ledger.query(granted);
    assert!(before.contains("=r/") && before.ends_with("|Obras"), "{before}");

    ledger.publish_works(&works, 20).await;
    assert_eq!(ledger.query(granted), before);
    assert_eq!(ledger.query("select monto from public.total"), "20", "it shows the new release");
}

#[tokio::test]
async fn a_view_whose_columns_change_is_made_anew() {
    let mut ledger = Ledger::new().await;
    ledger.publish_works(&contract("obras", "monto"), 1).await;
    ledger.publish_works(&contract("obras", "costo"), 20).await;
    assert_eq!(ledger.query("select costo from layers.obras"), "20");
}
