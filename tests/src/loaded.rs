//! The whole platform with the bundled datasets in it.

use crate::{Installation, Process, Web};

/// An installation whose processes run and whose bundled datasets are published.
#[derive(Debug)]
pub struct Loaded {
    /// The pages.
    pub web: Web,
    /// Does the work.
    pub worker: Process,
    /// Hands it out.
    pub scheduler: Process,
    /// Dropped after the processes.
    pub installation: Installation,
}

impl Loaded {
    /// Starts everything and loads everything, through the queue.
    pub async fn new() -> Self {
        let installation = Installation::new().await.with_bundled_datasets();
        installation.register().await;
        let (worker, scheduler, web) = (installation.worker(), installation.scheduler(), installation.web().await);
        let loaded = installation.goreos(&["ingest", "--all"]).await;
        assert!(loaded.success, "the bundled datasets load:\n{}{}", loaded.stdout, loaded.stderr);
        Self { web, worker, scheduler, installation }
    }

    /// The newest edition.
    pub fn edition(&self) -> i64 {
        self.installation.number("select max(id) from editions")
    }
}
