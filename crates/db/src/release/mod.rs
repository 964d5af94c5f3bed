//! Release tables: made, filled by COPY BINARY, closed, and dropped when no edition came to hold them.

mod build;
mod derive;
mod reject;
mod sweep;

pub use build::{CopyIn, Release, copy_in, create, finish};
pub use derive::derive;
pub use reject::{Reject, keep_rejects};
pub use sweep::drop_abandoned;
