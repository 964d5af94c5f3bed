//! The ledger: the truth about everything that runs.

mod delivery;
mod holder;
mod request;

pub use delivery::{Announced, Expired, announce, claim, expire, stale_announcements, withdraw};
pub use holder::{
    Accounting, Beat, Claim, LogLevel, end_phase, fail, hand_back, heartbeat, keep_accounting, keep_report, log,
    note_source, start_phase, unchanged,
};
pub(crate) use holder::{hold_still, published};
pub use request::{NewRun, cancel, request, retry, state};
