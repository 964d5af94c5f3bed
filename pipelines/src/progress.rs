//! How far a run is, shared with the heartbeat.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use goreos_domain::Phase;

/// Where a run stands right now.
#[derive(Debug, Default)]
pub struct Progress {
    phase: Mutex<Option<Phase>>,
    rows: AtomicI64,
    expected: AtomicI64,
}

impl Progress {
    /// The phase in progress.
    pub fn phase(&self) -> Option<Phase> {
        self.phase.lock().map_or(None, |phase| *phase)
    }

    /// Rows dealt with in this run.
    pub fn rows(&self) -> i64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Rows expected, by the release of before; `None` when there is none.
    pub fn expected(&self) -> Option<i64> {
        Some(self.expected.load(Ordering::Relaxed)).filter(|rows| *rows > 0)
    }

    pub(crate) fn enter(&self, phase: Phase) {
        if let Ok(mut current) = self.phase.lock() {
            *current = Some(phase);
        }
    }

    pub(crate) fn set_rows(&self, rows: i64) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    pub(crate) fn expect_rows(&self, rows: i64) {
        self.expected.store(rows, Ordering::Relaxed);
    }
}
