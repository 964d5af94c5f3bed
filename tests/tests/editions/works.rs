//! Works of comunas, the figures derived from them, and what their gate says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use goreos_tests::{Installation, Output, Process, Run, until};
use serde_json::Value;

pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// What the gate allows unless a test says otherwise.
pub(crate) const GATE: &str = "rejected = { stop = \"50%\" }\nshrink = { wait = \"20%\", stop = \"80%\" }\n";

const CONTRACT: &str = "id = \"obras\"\ntitle = \"Obras\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\n\
    [source]\npath = \"obras.csv\"\nformat = \"csv\"\nencoding = \"utf-8\"\ndelimiter = \";\"\nheader_row = 1\n\
    [load]\nmode = \"MODE\"\nkey = [\"codigo\"]\n\
    [[column]]\nname = \"codigo\"\ntype = \"text\"\nrequired = true\n\
    [[column]]\nname = \"comuna\"\ntype = \"cut\"\nrequired = true\n\
    [[column]]\nname = \"monto\"\ntitle = \"Monto\"\ntype = \"int\"\nsum = true\n\
    [place]\nterritory = { by = \"code\", column = \"comuna\", level = \"comuna\" }\n[gate]\n";
const DERIVED: &str = "id = \"obras_comunal\"\ntitle = \"Obras por comuna\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\n\
    [derive]\ninputs = [\"obras\"]\nquery = \"query.sql\"\nkey = [\"territory_cut\"]\n\
    [[derive.figure]]\ncolumn = \"monto\"\ntitle = \"Monto de las obras\"\n";
/// A session that holds this lock keeps whoever derives waiting.
const QUERY: &str = "with turn as materialized (select pg_advisory_lock_shared(7), pg_advisory_unlock_shared(7))\n\
    select territory_cut, count(*) as obras, sum(monto)::bigint as monto\nfrom edition.obras, turn group by territory_cut";
const POSTS: &str = "id = \"postas\"\ntitle = \"Postas\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\n\
    [source]\npath = \"postas.csv\"\nformat = \"csv\"\nencoding = \"utf-8\"\ndelimiter = \";\"\nheader_row = 1\n\
    [[column]]\nname = \"nombre\"\ntype = \"text\"\n";

/// The two comunas of the tests: Chillán and Bulnes.
pub(crate) const COMUNAS: [&str; 2] = ["16101", "16102"];

/// A file: a row for each of `count` works, one after the other in each comuna, each of `amount`.
pub(crate) fn works(count: u32, amount: u32) -> String {
    (0..count).fold("codigo;comuna;monto\n".to_owned(), |text, number| {
        format!("{text}OBRA-{number:04};{};{amount}\n", COMUNAS[number as usize % 2])
    })
}

pub(crate) struct Works {
    // Dropped before the installation.
    pub(crate) worker: Process,
    _scheduler: Process,
    pub(crate) installation: Installation,
}

impl Works {
    /// A hundred works of 1,000 are published, and the figures of their comunas with them.
    pub(crate) async fn new(gate: &str) -> Self {
        Self::loaded("replace", gate).await
    }

    pub(crate) async fn loaded(mode: &str, gate: &str) -> Self {
        let contract = CONTRACT.replace("MODE", mode) + gate;
        let installation = Installation::new()
            .await
            .with_dataset("obras", &contract)
            .with_dataset("obras_comunal", DERIVED)
            .with_dataset("postas", POSTS);
        installation.write("obras_comunal", "query.sql", QUERY);
        installation.write("obras", "obras.csv", works(100, 1000));
        installation.write("postas", "postas.csv", "nombre\nUno\n");
        installation.register().await;
        let (worker, scheduler) = (installation.worker_with_lease(3), installation.scheduler());
        let works = Self { worker, _scheduler: scheduler, installation };
        let run = works.installation.ingest(&["obras"]).await;
        assert_eq!(run.state, "published", "{:?}", run.fault);
        works
    }

    /// Loads a file as a person does.
    pub(crate) async fn load(&self, text: &str) -> Run {
        let file = self.installation.write("obras", "otro.csv", text);
        self.installation.ingest(&["obras", &file.display().to_string()]).await
    }

    /// Loads the file of the contract as a schedule does, to its end.
    pub(crate) async fn scheduled(&self, text: &str) -> (i64, String) {
        self.installation.write("obras", "obras.csv", text);
        let tick = "insert into runs (job, dataset_id, trigger, requested_by) values ('ingest', 'obras', 'schedule', 'scheduler') returning id";
        let run = self.installation.number(tick);
        (run, self.ended(run).await)
    }

    /// The state of a run that nobody works on any more.
    pub(crate) async fn ended(&self, run: i64) -> String {
        let state = format!("select state from runs where id = {run} and state not in ('queued', 'running')");
        until("the run ends or waits", PATIENCE, async || {
            Some(self.installation.query(&state)).filter(|state| !state.is_empty())
        })
        .await
    }

    pub(crate) async fn decide(&self, args: &[&str], run: i64) -> Output {
        let decided = self.installation.goreos(&[args, &[&run.to_string()]].concat()).await;
        assert!(decided.success, "{}", decided.stderr);
        decided
    }

    /// Approved and published.
    pub(crate) async fn approve(&self, run: i64) {
        self.decide(&["approve", "--comment", "Es la baja real"], run).await;
        assert_eq!(self.ended(run).await, "published", "{}", self.log(run));
    }

    /// What `goreos --json run` tells of the gate.
    pub(crate) async fn gate(&self, run: i64) -> Value {
        let told = self.installation.goreos(&["--json", "run", &run.to_string()]).await;
        let mut value: Value = serde_json::from_str(told.stdout.trim()).expect("a run as JSON");
        value["report"]["gate"].take()
    }

    /// The codes of the gate's reasons, strongest first.
    pub(crate) async fn codes(&self, run: i64) -> Vec<String> {
        let gate = self.gate(run).await;
        let reasons = gate["reasons"].as_array().expect("reasons");
        reasons.iter().map(|reason| reason["code"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(crate) fn log(&self, run: i64) -> String {
        self.installation
            .query(&format!("select string_agg(message, E'\\n' order by id) from run_log where run_id = {run}"))
    }

    pub(crate) fn fault(&self, run: i64) -> String {
        self.installation.query(&format!("select fault ->> 'code' from runs where id = {run}"))
    }

    /// Works and total, as readers see them, and the total of the figures derived from them.
    pub(crate) fn seen(&self) -> String {
        self.installation.query(
            "select (select count(*) || '|' || sum(monto) from layers.obras) || '|' || (select sum(monto) from layers.obras_comunal)",
        )
    }

    pub(crate) fn editions(&self) -> i64 {
        self.installation.number("select count(*) from editions")
    }

    /// A session that keeps whoever derives waiting until it is dropped.
    pub(crate) fn no_deriving(&self) -> Session {
        Session::holding(&self.installation, "select pg_advisory_lock(7)")
    }

    pub(crate) async fn until_deriving(&self, run: i64) {
        let waits = format!(
            "select count(*) from runs r, pg_stat_activity a where r.id = {run} and r.state = 'running'
             and a.datname = current_database() and a.wait_event_type = 'Lock' and a.wait_event = 'advisory'"
        );
        until("the run derives", PATIENCE, async || (self.installation.number(&waits) > 0).then_some(())).await;
    }
}

/// A session of the database with something in its hands.
pub(crate) struct Session(Child);

impl Session {
    fn holding(installation: &Installation, sql: &str) -> Self {
        let mut child = Command::new("psql")
            .args(["-qtAX", "-v", "ON_ERROR_STOP=1", installation.database_url()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql is installed");
        let say = child.stdin.as_mut().expect("a pipe");
        writeln!(say, "{sql}; select 'held';").expect("psql listens");
        let mut hear = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut heard = String::new();
        while heard.trim_end() != "held" {
            heard.clear();
            assert!(hear.read_line(&mut heard).expect("psql answers") > 0, "psql ended before it held anything");
        }
        Self(child)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Its input ends, and so does it; what it held is free.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
