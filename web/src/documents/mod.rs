//! `/documentos`: what can be downloaded, and what is still being made.

mod download;
mod list;
mod request;

pub use download::{attachment, download};
pub use list::list;
#[cfg(test)]
pub use list::{DocumentsFragment, DocumentsPage, Lists, build as build_documents};
pub use request::request;
