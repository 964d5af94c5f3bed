//! The contract of a dataset: `datasets/<id>/dataset.toml`, read strictly.

mod check;
mod gate;
mod parts;
mod place;

use serde::{Deserialize, Serialize};

use crate::{DatasetId, Fault};

pub use gate::{Approval, Drift, Gate, GateLimit, Reaction, Share};
pub use parts::{
    Access, CatchUp, Column, ColumnType, Derive, ErrorCells, Figure, FileFormat, Load, LoadMode, MoneyUnit, Schedule,
    Source,
};
pub use place::{
    GeometrySource, GeometryType, InvalidGeometry, MissingGeometry, Place, PlaceBy, PlaceGeometry, PlaceTerritory,
};

/// What a dataset is, where it comes from, which rows are good, and when it may be published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The dataset's id, equal to its folder's name.
    pub id: DatasetId,
    /// Its name for people (Spanish).
    pub title: String,
    /// One paragraph for people (Spanish).
    #[serde(default)]
    pub description: String,
    /// What it is about, for lists.
    pub theme: String,
    /// The division that answers for it.
    pub owner: String,
    /// Licence of the data, SPDX where there is one.
    pub licence: String,
    /// Who must be named wherever the data are shown.
    #[serde(default)]
    pub attribution: String,
    /// Who may read it.
    #[serde(default)]
    pub access: Access,
    /// Invented data, labelled "datos de ejemplo" wherever shown.
    #[serde(default)]
    pub example: bool,
    /// Where the file comes from and how it is written; absent for derived datasets.
    pub source: Option<Source>,
    /// How it is computed; only for derived datasets.
    pub derive: Option<Derive>,
    /// When it is fetched.
    pub schedule: Option<Schedule>,
    /// How rows replace those of before.
    #[serde(default)]
    pub load: Load,
    /// The columns kept, in the order of the release table.
    #[serde(default, rename = "column")]
    pub columns: Vec<Column>,
    /// How rows are put on the territory.
    #[serde(default)]
    pub place: Place,
    /// What may be published without asking.
    #[serde(default)]
    pub gate: Gate,
}

impl Contract {
    /// Reads and checks the text of a `dataset.toml`.
    ///
    /// # Errors
    /// `contract.unreadable`, `contract.unknown_key` (naming the nearest known key) or `contract.inconsistent`.
    pub fn parse(toml: &str) -> Result<Self, Fault> {
        let contract: Self = toml::from_str(toml).map_err(|error| check::explain(toml, &error))?;
        check::consistent(&contract)?;
        Ok(contract)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.as_str() == name)
    }
}

#[cfg(test)]
mod tests;
