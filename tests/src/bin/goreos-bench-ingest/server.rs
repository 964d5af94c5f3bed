//! The database server, as its administrator sees it.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use goreos_tests::cpu_seconds;

/// Settings that decide how long loading takes; the same for all contenders.
const SETTINGS: &str = "select string_agg(name || '=' || current_setting(name), ' ' order by name) from pg_settings where name in \
    ('fsync', 'full_page_writes', 'jit', 'maintenance_work_mem', 'max_parallel_maintenance_workers', 'max_wal_size', 'server_version', \
     'shared_buffers', 'synchronous_commit', 'wal_compression', 'wal_level', 'work_mem')";

#[derive(Debug)]
pub(crate) struct Server {
    /// As administrator, who may read files of the server.
    url: String,
    postmaster: u32,
}

impl Server {
    /// The database of `url`, reached with the name and password of `admin`.
    pub(crate) fn open(admin: &str, url: &str) -> Result<Self> {
        let (server, _) =
            admin.rsplit_once('/').context("an address such as postgres://postgres:secret@127.0.0.1/postgres")?;
        let database = url.rsplit('/').next().unwrap_or_default();
        let mut opened = Self { url: format!("{server}/{database}"), postmaster: 0 };
        let lines = opened.query("select pg_read_file('postmaster.pid')")?;
        opened.postmaster =
            lines.lines().next().unwrap_or_default().trim().parse().context("the postmaster's number")?;
        Ok(opened)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What psql prints, unaligned and without headers.
    pub(crate) fn query(&self, sql: &str) -> Result<String> {
        let ended = psql(&self.url).args(["-c", sql]).stdin(Stdio::null()).output().context("psql is installed")?;
        ensure!(ended.status.success(), "psql: {}", String::from_utf8_lossy(&ended.stderr).trim());
        Ok(String::from_utf8_lossy(&ended.stdout).trim_end().to_owned())
    }

    /// Seconds of the processor that all processes of the server have taken so far.
    pub(crate) fn cpu_s(&self) -> f64 {
        cpu_seconds(self.postmaster)
    }

    pub(crate) fn settings(&self) -> Result<String> {
        self.query(SETTINGS)
    }
}

/// psql without a user's settings; it stops at the first error.
pub(crate) fn psql(url: &str) -> Command {
    let mut command = Command::new("psql");
    command.args([url, "-qXAt", "-v", "ON_ERROR_STOP=1"]);
    command
}
