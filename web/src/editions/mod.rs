//! `/ediciones` and everything under it: what readers saw and see, and the way back.

mod list;
mod rollback;
mod show;

pub use list::list;
#[cfg(test)]
pub use list::{EditionRow, EditionsPage};
#[cfg(test)]
pub use rollback::WayBack;
pub use rollback::rollback;
pub use show::show;
#[cfg(test)]
pub use show::{EditionPage, HeldRow};

use goreos_db::read::Change;
use goreos_domain::EditionId;

use crate::boundary::PageError;

const PATH: &str = "/ediciones";

/// The number in the address; what is no number is a 404.
fn edition_id(text: &str) -> Result<EditionId, PageError> {
    text.parse().map_err(|_| unknown(text))
}

fn unknown(number: &str) -> PageError {
    PageError::NotFound(format!("La edición «{number}» no existe. La lista de ediciones muestra todas las publicadas."))
}

/// A dataset that changes, in words.
fn changed(change: &Change) -> String {
    match (change.before, change.after) {
        (Some(before), Some(after)) => format!("{}: versión {before} → {after}", change.title),
        (None, Some(after)) => format!("{}: versión {after}, nueva", change.title),
        (_, None) => format!("{}: retirado", change.title),
    }
}
