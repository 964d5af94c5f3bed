//! What can go wrong with Redis or a schedule.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis could not be reached or refused the command.
    #[error("Redis did not answer")]
    Redis(#[from] redis::RedisError),
    /// A hint could not be pushed.
    #[error("a job could not be pushed to Redis")]
    Push(#[from] apalis_redis::Error),
    /// The hint could not be written as JSON.
    #[error("a job could not be encoded")]
    Encode(#[from] serde_json::Error),
    /// The consumer ended although nobody asked it to.
    #[error("the queue's consumer ended: {0}")]
    Ended(String),
    /// The cron fields are wrong.
    #[error(
        "'{0}' is no schedule: five fields, minute hour day month weekday, such as '20 2 * * *' or '0 3 * * mon-fri'"
    )]
    BadCron(String),
    /// The time zone is unknown.
    #[error("'{0}' is no time zone: use one such as America/Santiago")]
    BadTimezone(String),
}
