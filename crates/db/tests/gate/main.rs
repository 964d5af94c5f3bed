//! The gate's promises: a run that waits keeps what it built, one decision holds, and whatever comes after is told apart by its fence.

mod audit;
mod facts;
mod ledger;
mod waits;
