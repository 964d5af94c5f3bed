//! Release tables: made, filled by COPY BINARY, closed, and dropped when no edition came to hold them.

mod build;
mod carry;
mod comunas;
mod derive;
mod previous;
mod reject;
mod sweep;

pub use build::{Closing, CopyIn, Filling, NewRelease, Release, count, finish, register};
pub use carry::{Merged, append, export_keys, has_repeated_keys, merge};
pub use comunas::{Comunas, comunas};
pub use derive::derive;
pub use previous::{Previous, SourceOf, previous};
pub(crate) use previous::{SOURCE_RELEASE, source_releases};
pub use reject::{Reject, keep_rejects};
pub use sweep::drop_abandoned;
