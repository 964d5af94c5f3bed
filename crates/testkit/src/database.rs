//! A fresh, migrated database for each test.

use std::process::Command;

use goreos_db::Pool;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// A database of one test; dropped with it.
#[derive(Debug)]
pub struct Database {
    pool: Pool,
    url: String,
    name: String,
}

/// The template all tests of this process clone.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

impl Database {
    /// Clones the migrated template.
    ///
    /// # Panics
    /// When no server is there to test against: the message says how to start one.
    pub async fn new() -> Self {
        let template = TEMPLATE.get_or_init(template).await;
        let name = format!("test_{}", Uuid::new_v4().simple());
        psql("postgres", &format!("create database {name} template {template}"));
        let url = url_of(&name);
        let pool = goreos_db::connect(&url.clone().into(), 5).await.expect("connect to the test's own database");
        Self { pool, url, name }
    }

    /// Its connections.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Where other processes find it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs SQL by hand and gives what psql prints: unaligned, tuples only.
    ///
    /// # Panics
    /// When the statement fails.
    pub fn query(&self, sql: &str) -> String {
        psql(&self.name, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = Command::new("psql")
            .arg(url_of("postgres"))
            .args(["-qXc", &format!("drop database {} with (force)", self.name)])
            .output();
        assert!(dropped.is_ok(), "psql is there, as it made the database");
    }
}

/// Makes the template once per version of the migrations; several test processes may try at the same time.
async fn template() -> String {
    let name = format!("goreos_template_{:016x}", migrations_hash());
    let lock = "select pg_advisory_lock(8241)";
    let exists = format!("select 1 from pg_database where datname = '{name}' and datistemplate");
    if psql("postgres", &exists).trim() != "1" {
        // One psql session holds the lock while it looks again and creates; who comes later finds it made.
        let building = format!("{name}_{}", std::process::id());
        psql("postgres", &format!("create database {building}"));
        let pool = goreos_db::connect(&url_of(&building).into(), 2).await.expect("connect to the new template");
        goreos_db::migrate(&pool).await.expect("migrate the template");
        pool.close().await;
        psql(
            "postgres",
            &format!(
                "{lock}; do $$ begin if not exists (select from pg_database where datname = '{name}') then \
                 alter database {building} rename to {name}; alter database {name} is_template true; end if; end $$;"
            ),
        );
        psql("postgres", &format!("drop database if exists {building}"));
    }
    name
}

/// Any change of a migration makes another template.
fn migrations_hash() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sql/migrations");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the migrations").filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(file).expect("a migration").hash(&mut hasher);
    }
    hasher.finish()
}

fn psql(database: &str, sql: &str) -> String {
    let output = Command::new("psql")
        .arg(url_of(database))
        .args(["-qXAt", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .output()
        .expect("psql is installed");
    assert!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The server's address with another database in it.
fn url_of(database: &str) -> String {
    let server = server();
    let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
    format!("{base}/{database}")
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where their server is")]
fn server() -> String {
    std::env::var("GOREOS_TEST_DATABASE_URL")
        .expect("GOREOS_TEST_DATABASE_URL says where to test; run ./dev test, or eval \"$(./dev env)\" first")
}
