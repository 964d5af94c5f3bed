//! The wall between strangers' files and our connections: a child process, and frames on its standard output.

mod dry_run;
mod frame;
mod parent;
mod profile;
mod reader;
#[cfg(test)]
pub(crate) mod trial;

pub use dry_run::{Cause, DryRun, Sample, dry_run, fits};
pub(crate) use frame::Summary;
pub use frame::{Context, Mend};
pub(crate) use parent::{Reader, Received};
pub(crate) use profile::profile;
pub use profile::{PROFILE_SOURCE, profile_source};
pub use reader::{READ_SOURCE, read_source};
