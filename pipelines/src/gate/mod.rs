//! gate: the candidate beside what readers see now. Facts in, outcome out.

mod gather;
mod judge;
#[cfg(test)]
mod tests;
mod words;

use goreos_db::gate::Undoes;
use goreos_db::ledger::Accounting;
use goreos_domain::Gate;
use goreos_domain::gate::Outcome;

pub(crate) use gather::{Derived, Subject, features, gather};
pub(crate) use judge::{fault, judge};

/// What the gate judges by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) limits: &'a Gate,
    /// Rows of the file; `None` for a run that read none.
    pub(crate) accounting: Option<Accounting>,
    /// Of the rows refused, those whose key was there already.
    pub(crate) repeated_keys: i64,
    /// A schedule asked for the run, not a person.
    pub(crate) scheduled: bool,
    /// The rollback that a publish would undo.
    pub(crate) undoes: Option<Undoes>,
    /// All that was compared; reaction and reasons are still to come.
    pub(crate) compared: &'a Outcome,
}
