//! `/procedencia/{dataset}`: where a figure comes from, back to the rows of the file.

mod address;
mod csv;
mod link;
mod page;
mod rule;
mod words;

pub use csv::rows_csv;
pub use link::{Origin, Traced, Tracer};
#[cfg(test)]
pub use page::build as build_provenance;
pub use page::show;
