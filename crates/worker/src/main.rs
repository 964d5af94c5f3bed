#![doc = include_str!("../README.md")]

mod deps;
mod difference;
mod exports;
mod hold;
mod ingest;
mod report;
mod retention;
mod run;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use goreos_queue::{Consumer, Hint, Queue};
use tracing::info;

use crate::deps::{Deps, Settings};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(goreos_pipelines::READ_SOURCE) {
        return match goreos_pipelines::read_source() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let settings = Settings::parse();
    goreos_boot::tracing(&settings.log);
    let worked = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the runtime")
        .and_then(|runtime| runtime.block_on(work(&settings)));
    match worked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Takes hints until a signal, then gives back what is not finished.
async fn work(settings: &Settings) -> anyhow::Result<()> {
    let shutdown = goreos_boot::shutdown_signal()?;
    let deps = Arc::new(Deps::open(settings, shutdown.clone()).await?);
    let queue = Queue::connect(&settings.queue.redis_url, &settings.queue.queue)
        .await
        .context("connect to Redis (GOREOS_REDIS_URL, for example redis://127.0.0.1:6379)")?;
    info!(worker = deps.name, concurrency = settings.concurrency, "Ready for work");
    let consumer = Consumer { concurrency: settings.concurrency, drain: Duration::from_secs(25) };
    let name = deps.name.clone();
    queue
        .consume(consumer, &name, shutdown, move |hint: Hint| {
            let deps = Arc::clone(&deps);
            async move { run::run(&deps, hint).await }
        })
        .await
        .context("take hints from the queue")?;
    info!("Stopped in order");
    Ok(())
}
