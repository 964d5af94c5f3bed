//! The gate's share of the ledger: runs that wait for a steward, what stewards decide, and the facts about tables it judges by.

mod decide;
mod facts;
mod held;
mod pages;
mod wait;

pub use decide::{Decision, approve, refuse};
pub use facts::{Filled, Undoes, filled, measured, repeated_keys, undoes};
pub use held::{Held, Met, held, let_go, met_before};
pub use pages::{SHOWN, Shown, shown_columns};
pub use wait::{Waited, Waiting, await_approval};

pub(crate) use wait::{Among, supersede};
