//! Hints to and from Redis, by apalis.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis::prelude::{BackendExt, Monitor, ParallelizeExt, TaskBuilder, TaskId, WorkerBuilder};
use apalis_redis::{Config, RedisStorage};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::look::Looks;
use crate::{Hint, QueueError};

/// apalis's own promotion script fails for ever at 8,000 due messages; we never come near.
const MOST_DUE: u64 = 1_000;

/// Between a consumer's end and its next start.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// A connection to the queue.
#[derive(Clone)]
pub struct Queue {
    connection: ConnectionManager,
    config: Config,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("name", &self.config.active_jobs_list()).finish_non_exhaustive()
    }
}

/// How a process takes hints from the queue.
#[derive(Debug, Clone, Copy)]
pub struct Consumer {
    /// Hints handled at the same time.
    pub concurrency: usize,
    /// How long handlers in progress may take to end after shutdown was asked for.
    pub drain: Duration,
}

impl Queue {
    /// Connects; reconnects by itself afterwards.
    ///
    /// Two of apalis's defaults are turned off on purpose: fetching several hints at once stops its heartbeat while they wait, and its
    /// lock scans the whole list. The ledger's lease does both jobs.
    pub async fn connect(url: &SecretString, name: &str) -> Result<Self, QueueError> {
        let settings = ConnectionManagerConfig::new()
            .set_response_timeout(Some(Duration::from_secs(30)))
            .set_connection_timeout(Some(Duration::from_secs(5)))
            .set_number_of_retries(3)
            .set_max_delay(Duration::from_secs(2));
        let connection = redis::Client::open(url.expose_secret())?.get_connection_manager_with_config(settings).await?;
        let config = Config::default()
            .queue(name)
            .batch_size(1)
            .lock_tasks(false)
            .emit_events(false)
            .heartbeat_interval(Duration::from_secs(10))
            .missed_heartbeats(6)
            .idempotency_ttl(Some(Duration::from_hours(24)));
        Ok(Self { connection, config })
    }

    /// How many more hints may be pushed now; the rest waits in the ledger.
    pub async fn room(&self) -> Result<u64, QueueError> {
        let mut connection = self.connection.clone();
        let (due, ready): (u64, u64) = redis::pipe()
            .zcard(self.config.scheduled_jobs_set())
            .llen(self.config.active_jobs_list())
            .query_async(&mut connection)
            .await?;
        Ok(MOST_DUE.saturating_sub(due + ready))
    }

    /// True while the hint waits in Redis to be fetched; one that was fetched and is not yet claimed counts as lost.
    pub async fn is_waiting(&self, hint: Hint) -> Result<bool, QueueError> {
        let mut connection = self.connection.clone();
        let id = hint.task_id();
        let (score, position): (Option<f64>, Option<u64>) = redis::pipe()
            .zscore(self.config.scheduled_jobs_set(), &id)
            .cmd("LPOS")
            .arg(self.config.active_jobs_list())
            .arg(&id)
            .query_async(&mut connection)
            .await?;
        Ok(score.is_some() || position.is_some())
    }

    /// Announces a run.
    pub async fn push(&self, hint: Hint) -> Result<(), QueueError> {
        let task = TaskBuilder::new(serde_json::to_vec(&hint)?).task_id(TaskId::from_string(hint.task_id())).build();
        let mut connection = self.connection.clone();
        apalis_redis::queries::push_tasks(&mut connection, &self.config, &[task]).await?;
        Ok(())
    }

    /// Removes what apalis keeps of hints that ended; it never does so itself. A few hundred at a time.
    pub async fn sweep(&self) -> Result<u64, QueueError> {
        let mut connection = self.connection.clone();
        let mut swept = 0;
        for set in [self.config.done_jobs_set(), self.config.dead_jobs_set()] {
            let ids: Vec<String> = redis::cmd("SRANDMEMBER").arg(&set).arg(500).query_async(&mut connection).await?;
            if ids.is_empty() {
                continue;
            }
            let mut pipe = redis::pipe();
            pipe.hdel(self.config.job_data_hash(), &ids).ignore();
            for id in &ids {
                pipe.del(format!("{}:{id}", self.config.job_meta_hash())).ignore();
            }
            pipe.srem(&set, &ids).ignore();
            pipe.exec_async(&mut connection).await?;
            swept += ids.len() as u64;
        }
        Ok(swept)
    }

    /// Hands every hint to `handle` until `shutdown`; restarts apalis's worker under a new name whenever Redis made it give up.
    ///
    /// `incarnation` must be unique to this start of the process: apalis hides a name's orphans from its next bearer.
    pub async fn consume<Handle, Done>(
        self,
        consumer: Consumer,
        incarnation: &str,
        shutdown: CancellationToken,
        handle: Handle,
    ) -> Result<(), QueueError>
    where
        Handle: Fn(Hint) -> Done + Send + Sync + 'static,
        Done: Future<Output = ()> + Send + 'static,
    {
        let handle = Arc::new(handle);
        let incarnation = incarnation.to_owned();
        Monitor::new()
            .register(move |restarts| {
                let handle = Arc::clone(&handle);
                WorkerBuilder::new(format!("{incarnation}.{restarts}"))
                    .backend(
                        RedisStorage::<Hint>::new(self.connection.clone())
                            .with_config(self.config.clone())
                            .before_start(move |_| async move {
                                // Redis is away or fresh: a pause, or restarts would follow each other without end.
                                tokio::time::sleep(if restarts == 0 { Duration::ZERO } else { RESTART_PAUSE }).await;
                                Ok(())
                            })
                            .poll_with_strategy(Looks::new()),
                    )
                    .concurrency(consumer.concurrency)
                    .catch_panic()
                    .parallelize(tokio::spawn)
                    .build(move |hint: Hint| {
                        let handle = Arc::clone(&handle);
                        async move { handle(hint).await }
                    })
            })
            .should_restart(|_, error| {
                tracing::warn!(%error, "The queue's consumer stopped and starts again");
                true
            })
            .shutdown_timeout(consumer.drain)
            .run_with_signal(async move {
                shutdown.cancelled().await;
                Ok(())
            })
            .await
            .map_err(|error| QueueError::Ended(error.to_string()))
    }
}
