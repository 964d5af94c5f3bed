//! A platform that nobody else uses.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use goreos_testkit::Database;
use serde_json::Value;
use tempfile::TempDir;

use crate::place::{repository, told};
use crate::process::{Settings, run_to_end};
use crate::{Output, Process, Run, Web};

/// How long a worker's lease lasts unless a test says otherwise: longer than any pause of a busy machine.
const LEASE_S: u32 = 60;

/// A migrated database, a queue name, an object store and a folder of datasets, all its own.
///
/// Processes are started from it and must be dropped before it: bind it first.
#[derive(Debug)]
pub struct Installation {
    database: Database,
    folder: TempDir,
    queue: String,
    logs: AtomicUsize,
}

impl Installation {
    /// One without datasets.
    pub async fn new() -> Self {
        let database = Database::new().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["datasets", "objects", "logs"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder of our own");
        }
        // The database's name is unique, so the queue's is too.
        let queue = database.url().rsplit('/').next().unwrap_or_default().to_owned();
        Self { database, folder, queue, logs: AtomicUsize::new(0) }
    }

    /// With a copy of `datasets/` that the test may change.
    #[must_use]
    pub fn with_bundled_datasets(self) -> Self {
        copy_folder(&repository().join("datasets"), &self.dataset(""));
        self
    }

    /// With one dataset more: its contract, and a folder for its files.
    #[must_use]
    pub fn with_dataset(self, id: &str, contract: &str) -> Self {
        std::fs::create_dir(self.dataset(id)).expect("a new dataset");
        self.write(id, "dataset.toml", contract);
        self
    }

    /// The folder of a dataset.
    pub fn dataset(&self, id: &str) -> PathBuf {
        self.folder.path().join("datasets").join(id)
    }

    /// The folder of the object store.
    pub fn objects(&self) -> PathBuf {
        self.folder.path().join("objects")
    }

    /// Writes a file into the folder of a dataset; gives its path.
    pub fn write(&self, dataset: &str, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dataset(dataset).join(name);
        std::fs::write(&path, bytes).expect("a file of the test");
        path
    }

    /// The contracts into the catalogue.
    pub async fn register(&self) {
        let output = self.goreos(&["contract", "register"]).await;
        assert!(output.success, "the contracts are registered: {}", output.stderr);
    }

    /// `goreos ARGS…`
    pub async fn goreos(&self, args: &[&str]) -> Output {
        run_to_end("goreos", args, &self.settings(), self.folder.path()).await
    }

    /// `goreos ingest ARGS…` for one dataset, to its end.
    pub async fn ingest(&self, args: &[&str]) -> Run {
        let output = self.goreos(&[&["--json", "ingest"], args].concat()).await;
        let run = Run::parse(output.stdout.trim()).unwrap_or_else(|| panic!("a run is printed: {output:?}"));
        let good = ["published", "unchanged"].contains(&run.state.as_str());
        assert_eq!(output.success, good, "the exit status says whether {run:?} went well");
        run
    }

    /// `goreos ingest ARGS…` without waiting; gives the run's number.
    pub async fn request(&self, args: &[&str]) -> i64 {
        let output = self.goreos(&[&["--json", "ingest", "--no-wait"], args].concat()).await;
        let printed: Option<Value> = serde_json::from_str(output.stdout.trim()).ok();
        printed.and_then(|line| line["run"].as_i64()).unwrap_or_else(|| panic!("a run is accepted: {output:?}"))
    }

    /// A worker.
    pub fn worker(&self) -> Process {
        self.worker_with_lease(LEASE_S)
    }

    /// A worker that loses its runs after that many seconds of silence.
    pub fn worker_with_lease(&self, seconds: u32) -> Process {
        self.start("goreos-worker", &[("GOREOS_LEASE_S", &seconds.to_string())])
    }

    /// A scheduler.
    pub fn scheduler(&self) -> Process {
        self.start("goreos-scheduler", &[])
    }

    /// The web application, ready.
    pub async fn web(&self) -> Web {
        let listen = format!("127.0.0.1:{}", free_port());
        let url = format!("http://{listen}");
        let process = self.start("goreos-web", &[("GOREOS_LISTEN", &listen), ("GOREOS_PUBLIC_URL", &url)]);
        Web::ready(process, url).await
    }

    /// Runs a process that is expected to end by itself, with some settings changed.
    pub async fn run(&self, name: &'static str, args: &[&str], changed: &[(&'static str, &str)]) -> Output {
        run_to_end(name, args, &self.settings_with(changed), self.folder.path()).await
    }

    /// SQL by hand: what psql prints, unaligned and without headers.
    pub fn query(&self, sql: &str) -> String {
        self.database.query(sql).trim_end().to_owned()
    }

    /// A query that gives one whole number.
    pub fn number(&self, sql: &str) -> i64 {
        let text = self.query(sql);
        text.parse().unwrap_or_else(|_| panic!("'{sql}' gives one number, not '{text}'"))
    }

    /// A query's rows as JSON objects.
    pub fn rows(&self, sql: &str) -> Vec<Value> {
        let text = self.query(&format!("select coalesce(json_agg(row_to_json(t)), '[]') from ({sql}) t"));
        serde_json::from_str(&text).expect("PostgreSQL writes JSON")
    }

    /// The address of the database.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// What its processes are told, for a command beside them.
    pub fn environment(&self) -> impl IntoIterator<Item = (&'static str, String)> {
        self.settings()
    }

    fn start(&self, name: &'static str, changed: &[(&'static str, &str)]) -> Process {
        let number = self.logs.fetch_add(1, Ordering::Relaxed);
        let log = self.folder.path().join("logs").join(format!("{number}-{name}.log"));
        Process::start(name, &self.settings_with(changed), log)
    }

    fn settings_with(&self, changed: &[(&'static str, &str)]) -> Settings {
        let mut settings = self.settings();
        settings.extend(changed.iter().map(|(name, value)| (*name, (*value).to_owned())));
        settings
    }

    fn settings(&self) -> Settings {
        let folder = |path: &Path| path.display().to_string();
        let assets = repository().join("web/static");
        Settings::from([
            ("GOREOS_DATABASE_URL", self.database.url().to_owned()),
            ("GOREOS_REDIS_URL", told("GOREOS_TEST_REDIS_URL")),
            ("GOREOS_QUEUE", self.queue.clone()),
            ("GOREOS_OBJECTS_URL", format!("file://{}", self.folder.path().join("objects").display())),
            ("GOREOS_DATASETS", folder(&self.dataset(""))),
            ("GOREOS_STATIC", folder(&assets)),
            ("GOREOS_FONTS", folder(&assets.join("vendor/fonts"))),
            ("GOREOS_REGION", "16".to_owned()),
            ("GOREOS_LOG", "info".to_owned()),
            ("GOREOS_POLL_MS", "50".to_owned()),
            ("GOREOS_ANNOUNCE_AGAIN_S", "2".to_owned()),
        ])
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        // Only this queue's: the server is shared by all tests.
        let script = "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. ':*')) do redis.call('DEL', key) end \
                      redis.call('ZREM', 'core:apalis:queues:list', ARGV[1] .. ':workers')";
        // An address without a user means the default one, which redis-cli wants to be named.
        let server = told("GOREOS_TEST_REDIS_URL").replacen("://:", "://default:", 1);
        let swept = Command::new("redis-cli")
            .args(["--no-auth-warning", "-e", "-u", &server, "EVAL", script, "0", &self.queue])
            .output();
        if !std::thread::panicking() {
            let swept = swept.expect("redis-cli is installed");
            assert!(swept.status.success(), "the queue is emptied: {}", String::from_utf8_lossy(&swept.stderr));
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder to copy") {
        let from = entry.expect("an entry").path();
        let to = to.join(from.file_name().expect("it has a name"));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("a copy");
        }
    }
}
