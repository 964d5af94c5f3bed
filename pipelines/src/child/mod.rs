//! The wall between strangers' files and our connections: a child process, and frames on its standard output.

mod dry_run;
mod frame;
mod parent;
mod reader;

pub use dry_run::{Cause, DryRun, Sample, dry_run, fits};
pub(crate) use frame::Summary;
pub(crate) use parent::{Reader, Received};
pub use reader::{READ_SOURCE, read_source};
