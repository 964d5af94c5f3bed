//! `/descargas`: the files of every release, addressed for ever.

mod file;
mod list;
mod range;
mod show;

pub use file::file;
pub use list::list;
#[cfg(test)]
pub use list::{DatasetRow, DownloadsPage};
pub use show::show;
#[cfg(test)]
pub use show::{DownloadFragment, DownloadPage, Facts, build as build_download};

use goreos_db::read::Export;
use goreos_domain::{DatasetId, ReleaseId};

use crate::boundary::PageError;
use crate::words::file_size;

const PATH: &str = "/descargas";

/// A file that may be downloaded.
#[derive(Debug, Clone)]
pub struct FileLink {
    pub href: String,
    /// `CSV para Excel`
    pub name: &'static str,
    pub file_name: String,
    pub size: String,
    pub sha256: String,
}

impl FileLink {
    /// `None` when it was not written.
    fn of(dataset: &DatasetId, export: &Export) -> Option<Self> {
        let file = export.file.as_ref()?;
        Some(Self {
            href: address(dataset, export.release, &export.file_name),
            name: export.format.name(),
            file_name: export.file_name.clone(),
            size: file_size(file.bytes),
            sha256: file.sha256.clone(),
        })
    }
}

/// Where a file is, for ever.
fn address(dataset: &DatasetId, release: ReleaseId, file_name: &str) -> String {
    format!("{PATH}/{dataset}/{release}/{file_name}")
}

fn unknown(dataset: &str) -> PageError {
    PageError::NotFound(format!("No hay descargas de un conjunto «{dataset}». La lista de descargas muestra todos."))
}
