//! A draft of the contract for a file of which nothing is known: one that takes the file as it is, and says why it is so.

mod column;
mod draft;
mod look;
mod places;
mod profile;
mod shapes;
#[cfg(test)]
mod tests;
mod unique;

use std::path::Path;

use goreos_domain::{Contract, DatasetId, Fault, FileFormat};
use serde::{Deserialize, Serialize};

pub(crate) use look::look;
pub use profile::{ColumnProfile, Guess, Misfit, Misfits, Places, Profile, Refusal, Shapes};

/// Which part of a file is meant; the only one when it says nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Part {
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The layer of a file of several.
    pub layer: Option<String>,
}

/// A draft of a contract, and what it rests on.
#[derive(Debug)]
pub struct Draft {
    /// The text of a `dataset.toml`, with its evidence in comments (Spanish).
    pub toml: String,
    /// The same, read.
    pub contract: Contract,
    /// What was seen of the file.
    pub profile: Profile,
}

/// Looks at a file in a child, from end to end, and drafts its contract. `name` is what people call the file; `progress` is told the rows
/// read so far.
///
/// # Errors
/// Whatever refuses the file under any contract: `file.empty`, `file.unknown_format`, `file.no_rows`…
pub async fn infer(
    file: &Path,
    part: &Part,
    name: &str,
    id: &DatasetId,
    progress: &(dyn Fn(i64) + Sync),
) -> Result<Draft, Fault> {
    let profile = crate::child::profile(file, part, progress).await?;
    draft(profile, name, id)
}

fn draft(profile: Profile, name: &str, id: &DatasetId) -> Result<Draft, Fault> {
    if profile.rows == 0 || profile.columns.is_empty() {
        return Err(Fault::give_up(
            "file.no_rows",
            "El archivo no tiene filas de datos: no hay de dónde deducir un contrato.",
            "Pida el archivo de nuevo a quien lo envía.",
        ));
    }
    let toml = draft::write(&profile, name, id);
    let contract =
        Contract::parse(&toml).map_err(|fault| crate::internal(&format!("the draft is no contract: {fault}")))?;
    Ok(Draft { toml, contract, profile })
}

/// What a contract calls a format.
fn format_code(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Csv => "csv",
        FileFormat::Shapefile => "shapefile",
        FileFormat::Geopackage => "geopackage",
        FileFormat::Geojson => "geojson",
        FileFormat::Flatgeobuf => "flatgeobuf",
        FileFormat::Kml => "kml",
        FileFormat::Geoparquet => "geoparquet",
        FileFormat::Xlsx => "xlsx",
        FileFormat::Ods => "ods",
    }
}
