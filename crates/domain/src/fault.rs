//! A failure told to a person: what, where, and how to mend it, with a stable code for programs.

use serde::{Deserialize, Serialize};

/// Whether trying the same thing again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The surroundings failed (a lost connection); the same work may succeed later.
    Later,
    /// The input is wrong; it stays wrong until somebody mends it.
    GiveUp,
}

/// Something that stopped a run, in the words its owner reads.
///
/// `code` is stable and in English (`file.not_a_zip`); the other texts are Spanish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{what} [{code}]{}", if place.is_empty() { String::new() } else { format!(" ({place})") })]
pub struct Fault {
    /// Stable, dotted, English.
    pub code: String,
    /// What happened, one sentence.
    pub what: String,
    /// File, layer, row or column; empty when the message says it.
    pub place: String,
    /// What to do about it.
    pub remedy: String,
    /// Retry or give up.
    pub retry: Retry,
}

impl Fault {
    /// A fault of the input: retrying cannot help.
    pub fn give_up(code: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code: code.into(), what: what.into(), place: String::new(), remedy: remedy.into(), retry: Retry::GiveUp }
    }

    /// A fault of the surroundings: worth another attempt.
    pub fn later(code: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { retry: Retry::Later, ..Self::give_up(code, what, remedy) }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self
    }
}
