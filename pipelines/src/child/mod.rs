//! The wall between strangers' files and our connections: a child process, and frames on its standard output.

mod frame;
mod parent;
mod reader;

pub(crate) use frame::Summary;
pub(crate) use parent::{Reader, Received};
pub use reader::{READ_SOURCE, read_source};
