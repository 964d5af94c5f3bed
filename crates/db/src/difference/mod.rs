//! What differs between two releases of a dataset: row by row, and in the figures of comunas.
//!
//! Rows are matched by the key of the contract (`[load] key`, or `[derive] key`), a missing value being equal to a missing value.
//! Without a key, a row is the whole of its values: it is there or it is not. Columns that both releases have are compared, whatever
//! their order; the number of the row in its file is not one of them. Geometries are the same when nowhere farther apart than the
//! tolerance, wherever a ring starts, whichever way it runs, in whichever order parts come and however many vertices draw it.
//!
//! Releases never change, so what was counted once is kept in the table `differences`.

mod counts;
mod figures;
mod file;
mod rows;
mod shape;
mod side;
mod statement;

use goreos_domain::MoneyUnit;
use serde::{Deserialize, Serialize};

pub use counts::{counts, counts_within, known};
pub use figures::figures;
pub use file::{DifferenceFile, DifferenceRun, NewDifference, file, publish_difference, request, requested};
pub use rows::{Changes, each_within, rows};
pub use side::{ReleaseTitle, compared, title, tolerance};

/// What became of the rows of a release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub added: i64,
    pub removed: i64,
    /// Other attributes, whatever became of the geometry.
    pub changed: i64,
    /// The same attributes, and a geometry farther away than the tolerance.
    pub moved: i64,
    pub same: i64,
}

impl Counts {
    /// How many rows are of that kind.
    pub fn of(&self, kind: Kind) -> i64 {
        match kind {
            Kind::Added => self.added,
            Kind::Removed => self.removed,
            Kind::Changed => self.changed,
            Kind::Moved => self.moved,
        }
    }

    /// Rows that are not the same.
    pub fn differing(&self) -> i64 {
        self.added + self.removed + self.changed + self.moved
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Added,
    Removed,
    Changed,
    Moved,
}

impl Kind {
    /// Every kind, in the order people read them.
    pub const ALL: [Self; 4] = [Self::Added, Self::Removed, Self::Changed, Self::Moved];

    /// As programs read it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }

    /// As people read it, of a row (`fila`).
    pub fn spanish(self) -> &'static str {
        match self {
            Self::Added => "agregada",
            Self::Removed => "eliminada",
            Self::Changed => "modificada",
            Self::Moved => "movida",
        }
    }

    /// From the word of a program or of a person.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == text || kind.spanish() == text)
    }
}

/// A row that is not the same in both releases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    pub kind: Kind,
    /// Column and value of what names the row; without a key, its row in the file, when it has one.
    pub key: Vec<(String, Option<String>)>,
    /// The other columns that both releases have, in the order of [`Compared::columns`]; also those that stayed.
    pub cells: Vec<Cell>,
    /// How far its geometry is from where it was, at its farthest, when that is more than the tolerance. None also when the geometry
    /// came or went, or became another kind of thing.
    pub moved_m: Option<f64>,
    /// Its geometry before: WKB, EPSG:4326, longitude first.
    #[serde(skip)]
    pub before: Option<Vec<u8>>,
    /// Its geometry after.
    #[serde(skip)]
    pub after: Option<Vec<u8>>,
}

/// A value before and after, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    pub column: String,
    /// None when there is no value, and in a row that was added.
    pub before: Option<String>,
    /// None when there is no value, and in a row that was removed.
    pub after: Option<String>,
}

impl Cell {
    /// True when the value is another one.
    pub fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// What is compared between two releases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub dataset: String,
    /// Columns that name a row; empty when rows are compared by all of their values.
    pub key: Vec<ComparedColumn>,
    /// The other columns that both have.
    pub columns: Vec<ComparedColumn>,
    /// Columns that only the newer release has.
    pub came: Vec<ComparedColumn>,
    /// Columns that only the older release has.
    pub went: Vec<ComparedColumn>,
    /// Whether both have a geometry.
    pub geometry: bool,
}

/// A column of a release table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedColumn {
    pub name: String,
    /// Its name for people; its own when the contract gives none.
    pub title: String,
    pub values: Values,
}

/// What the values of a column are, to be written and sorted as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    Text,
    Whole,
    /// Whole pesos.
    Money,
    Real,
    Date,
    Bool,
}

/// A figure of a derived dataset in two releases, in whole units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureDelta {
    pub column: String,
    /// Its name for people.
    pub title: String,
    /// Of amounts.
    pub unit: Option<MoneyUnit>,
    /// Over all rows, those of no comuna among them. None when that release has no such column, or there is no such release.
    pub before: Option<i128>,
    pub after: Option<i128>,
    /// Every comuna that either release names, by code.
    pub comunas: Vec<ComunaDelta>,
}

/// A figure of a comuna in two releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComunaDelta {
    pub cut: String,
    /// None when that release has no value for the comuna.
    pub before: Option<i128>,
    pub after: Option<i128>,
}
