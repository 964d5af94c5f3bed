//! A ledger with a dataset `obras`, and runs that come to its gate.

use goreos_db::catalogue::{self, Dataset};
use goreos_db::gate::{self, Decision, Waited, Waiting};
use goreos_db::ledger::{self, Accounting, Claim, NewRun};
use goreos_db::release::{self, Closing, Filling, NewRelease, Reject, Release};
use goreos_db::{Candidate, DbError, Edition, publish};
use goreos_domain::{Contract, DatasetId, EditionId, Job, RunId, RunState, Trigger};
use goreos_testkit::Database;
use serde_json::{Value, json};

/// What every run of these tests counts: two rows, one of them refused.
pub(crate) const ROWS: Accounting = Accounting { read: 2, loaded: 1, rejected: 1 };

pub(crate) struct Ledger {
    pub(crate) connection: sqlx::pool::PoolConnection<sqlx::Postgres>,
    pub(crate) database: Database,
    contract: Contract,
}

impl Ledger {
    pub(crate) async fn new() -> Self {
        let database = Database::new().await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        let contract = Contract::parse(
            "id = 'obras'\ntitle = 'Obras'\ntheme = 'Prueba'\nowner = 'Pruebas'\nlicence = 'CC0-1.0'\n\
             [source]\npath = 'obras.csv'\nformat = 'csv'\n[load]\nkey = ['codigo']\n\
             [[column]]\nname = 'codigo'\ntype = 'text'\nrequired = true\n\
             [[column]]\nname = 'monto'\ntype = 'int'\nsum = true\n",
        )
        .expect("a contract");
        let dataset = Dataset { contract: contract.clone(), contract_sha: "a".to_owned(), query: None };
        catalogue::register(&mut connection, &dataset, 0, None).await.expect("a dataset");
        Self { connection, database, contract }
    }

    pub(crate) async fn ask(&mut self) -> RunId {
        let run = NewRun {
            job: Job::Ingest,
            dataset: Some(dataset()),
            args: json!({}),
            trigger: Trigger::Manual,
            requested_by: "prueba".to_owned(),
            dedupe_key: None,
            max_attempts: 2,
        };
        ledger::request(&mut self.connection, &run).await.expect("accepted")
    }

    pub(crate) async fn claim(&mut self, run: RunId) -> Claim {
        self.claim_for(run, 60).await.expect("it is to be had")
    }

    pub(crate) async fn claim_for(&mut self, run: RunId, lease_s: u32) -> Option<Claim> {
        ledger::claim(&mut self.connection, run, "worker", lease_s).await.expect("a query")
    }

    /// A release of one row, and a reject beside it.
    pub(crate) async fn build(&mut self, claim: &Claim, amount: i64) -> Release {
        let new = NewRelease { claim, contract: &self.contract, contract_sha: "a", source_sha: None, mends: &[] };
        let built = release::register(&mut self.connection, &new).await.expect("a number");
        let table = Filling::begin(&mut self.connection, &built, &self.contract).await.expect("a table");
        table.commit().await.expect("a table");
        self.query(&format!("insert into {} values (2, 'OBRA-1', {amount})", built.table));
        let mut second = self.database.pool().acquire().await.expect("a connection");
        release::finish([&mut self.connection, &mut second], &built, &self.contract, Closing::default())
            .await
            .expect("a release");
        let reject = Reject {
            source_row: 3,
            raw: json!([["codigo", ""]]),
            reasons: json!([{ "code": "key.repeated" }]),
            lon: None,
            lat: None,
        };
        release::keep_rejects(&mut self.connection, claim.run, claim.fence, &[reject]).await.expect("kept");
        built
    }

    pub(crate) async fn current(&mut self) -> Option<Edition> {
        Edition::current(&mut self.connection).await.expect("a query")
    }

    pub(crate) async fn publish(&mut self, claim: &Claim, release: &Release) -> Result<EditionId, DbError> {
        let base = self.current().await;
        let candidate = Candidate {
            base: base.as_ref(),
            releases: std::slice::from_ref(release),
            accounting: Some(ROWS),
            report: &report(None),
            note: "Prueba",
        };
        publish(&mut self.connection, claim, &candidate).await
    }

    /// A run from its request to its edition.
    pub(crate) async fn publish_works(&mut self, amount: i64) -> EditionId {
        let run = self.ask().await;
        let claim = self.claim(run).await;
        let built = self.build(&claim, amount).await;
        self.publish(&claim, &built).await.expect("published")
    }

    pub(crate) async fn wait(&mut self, claim: &Claim, release: &Release) -> Result<Waited, DbError> {
        let over = self.current().await.and_then(|edition| edition.release("obras"));
        let report = report(over.map(|release| release.0));
        let waiting = Waiting { release: release.id, accounting: Some(ROWS), report: &report, codes: &["gate.shrink"] };
        gate::await_approval(&mut self.connection, claim, &waiting).await
    }

    /// A run from its request to the gate, where it waits.
    pub(crate) async fn waiting_works(&mut self, amount: i64) -> (RunId, Release) {
        let run = self.ask().await;
        let claim = self.claim(run).await;
        let built = self.build(&claim, amount).await;
        assert_eq!(self.wait(&claim, &built).await.expect("it is ours"), Waited::Waits);
        (run, built)
    }

    pub(crate) async fn approve(&mut self, run: RunId) -> Decision {
        gate::approve(&mut self.connection, run, "cli:ana", "Es la baja real").await.expect("a query")
    }

    pub(crate) async fn refuse(&mut self, run: RunId) -> Decision {
        gate::refuse(&mut self.connection, run, "cli:ana", "Faltan comunas").await.expect("a query")
    }

    pub(crate) async fn state(&mut self, run: RunId) -> RunState {
        ledger::state(&mut self.connection, run).await.expect("a query").expect("a run")
    }

    pub(crate) async fn sweep(&mut self) -> usize {
        release::drop_abandoned(&mut self.connection).await.expect("a query")
    }

    pub(crate) fn fault(&self, run: RunId) -> String {
        self.query(&format!("select fault ->> 'code' from runs where id = {run}"))
    }

    /// The actions of the audit trail about a run, oldest first.
    pub(crate) fn told(&self, run: RunId) -> String {
        self.query(&format!(
            "select string_agg(action || ' ' || actor, ', ' order by id) from audit where run_id = {run}"
        ))
    }

    pub(crate) fn query(&self, sql: &str) -> String {
        self.database.query(sql).trim_end().to_owned()
    }

    /// All that a decision or a run could change, as one text.
    pub(crate) fn everything(&self) -> String {
        self.query(
            "select (select string_agg(r::text, ' ' order by id) from runs r),
                    (select string_agg(l::text, ' ' order by id) from releases l),
                    (select string_agg(j::text, ' ' order by run_id, fence) from rejects j),
                    (select string_agg(e::text, ' ' order by edition_id) from edition_releases e),
                    (select count(*) from audit), (select count(*) from editions)",
        )
    }
}

pub(crate) fn dataset() -> DatasetId {
    DatasetId::parse("obras").expect("an id")
}

fn report(over: Option<i64>) -> Value {
    json!({ "file": { "contract_sha": "a", "mends": [] }, "gate": { "reaction": "wait", "from_release": over } })
}
