//! What can run: every job's queue facts on one page. Bodies are in `goreos-worker`, one file each.

use std::time::Duration;

use goreos_domain::{Job, RunId};
use serde::{Deserialize, Serialize};

/// What the ledger and the worker grant a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Attempts before the run is given up.
    pub attempts: i32,
    /// Wall-clock time of one attempt.
    pub timeout: Duration,
}

impl Limits {
    /// The limits of a job.
    pub fn of(job: Job) -> Self {
        match job {
            Job::Ingest => Self { attempts: 5, timeout: Duration::from_hours(2) },
            Job::Report => Self { attempts: 3, timeout: Duration::from_mins(2) },
            Job::Exports | Job::Difference => Self { attempts: 3, timeout: Duration::from_mins(30) },
            Job::Retention => Self { attempts: 3, timeout: Duration::from_mins(10) },
        }
    }
}

/// The message on Redis: look at this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// Version of this message's shape.
    pub v: u8,
    /// The run.
    pub run: RunId,
    /// How many times it had been announced, this one included.
    pub dispatch: i32,
}

impl Hint {
    /// The current shape.
    pub fn new(run: RunId, dispatch: i32) -> Self {
        Self { v: 1, run, dispatch }
    }

    /// A task id that tells hints of one run apart.
    pub(crate) fn task_id(self) -> String {
        format!("{}.{}", self.run, self.dispatch)
    }
}
