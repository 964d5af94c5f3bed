//! Rows as they are read: a count on a terminal, nothing elsewhere.

use std::time::Duration;

use goreos_domain::integer_es;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often it moves when no rows come.
const PERIOD: Duration = Duration::from_millis(120);

/// A line that tells how many rows have been read. It goes away when dropped.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(what: &str, as_json: bool) -> Self {
        let target = if as_json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        bar.enable_steady_tick(PERIOD);
        Self(bar)
    }

    pub(crate) fn rows(&self, rows: i64) {
        self.0.set_message(format!("{} filas", integer_es(rows)));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
