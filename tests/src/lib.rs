#![doc = include_str!("../README.md")]
#![expect(clippy::missing_panics_doc, reason = "a harness panics to fail the test that uses it")]

mod installation;
mod loaded;
mod memory;
mod obras;
mod ogr;
mod place;
mod process;
mod run;
mod until;
mod web;

pub use installation::Installation;
pub use loaded::Loaded;
pub use memory::{Peak, Usage, Watch, cpu_seconds, ended_children_s};
pub use obras::{OBRAS, obras};
pub use ogr::{ogr, ogr_shapefile};
pub use place::{repository, sibling, told};
pub use process::{Output, Process};
pub use run::Run;
pub use until::until;
pub use web::{Answer, Web, attribute};
