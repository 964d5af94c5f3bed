//! What a file was seen to hold: data for the draft of its contract.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use goreos_domain::{DecimalMark, Fault, FileFormat};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A file, seen once from end to end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Profile {
    /// Told by its bytes.
    pub format: FileFormat,
    /// Data rows.
    pub rows: u64,
    /// What reading found: encoding, separator, sheet, layer, reference system.
    pub findings: Map<String, Value>,
    /// In the order of the file.
    pub columns: Vec<ColumnProfile>,
    /// Rows that no contract can take, by code.
    pub refusals: Vec<Refusal>,
    /// Places of the columns that together name each row but once; one column, or two.
    pub keys: Vec<Vec<usize>>,
    /// False when the file has more rows than keys are looked for in.
    pub keys_sought: bool,
    /// What geometries it has; absent for tables.
    pub shapes: Option<Shapes>,
    /// Why its geometries could not be read, when the reference system is not known.
    pub crs_question: Option<Fault>,
}

/// A column, seen from end to end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Its name in the file, made unique.
    pub header: String,
    /// The decimal mark its numbers were read by, where evidence tells.
    pub mark: Option<DecimalMark>,
    /// Cells with a value.
    pub filled: u64,
    /// Cells without, those that only say so (`-`, `s/i`) and error cells included.
    pub empty: u64,
    /// The cells that say that there is no value, as written.
    pub nulls: BTreeMap<String, u64>,
    /// Error cells of a spreadsheet.
    pub errors: Misfits,
    /// Different values, as far as they were told apart.
    pub distinct: u64,
    /// There are more than were told apart.
    pub distinct_beyond: bool,
    /// All the values and their rows, the most frequent first, when they are few.
    pub values: Vec<(String, u64)>,
    /// The first different values.
    pub examples: Vec<String>,
    /// Characters of the longest value.
    pub longest: usize,
    /// Per kind of value, the cells that are not of it.
    pub misfits: BTreeMap<Guess, Misfits>,
    /// Least and greatest number, in the file's own unit.
    pub range: Option<(f64, f64)>,
    /// First and last day.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Cells of digits that begin with a zero, which a number would lose.
    pub leading_zeros: u64,
    /// Cells with `$`, `M$` or `MM$`, by what stands before the number.
    pub signs: BTreeMap<String, u64>,
    /// The places its cells name, when they name places.
    pub named: Option<Places>,
    /// The places its cells are codes of.
    pub coded: Option<Places>,
}

/// A kind of value a column may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guess {
    /// Whole number.
    Int,
    /// Any number.
    Real,
    /// An amount in pesos.
    Pesos,
    /// An amount in thousands of pesos.
    Thousands,
    /// An amount in millions of pesos.
    Millions,
    /// A day.
    Date,
    /// A year, half, quarter or month.
    Period,
    /// A territorial code.
    Cut,
    /// A tax number.
    Rut,
    /// Yes or no.
    Bool,
}

/// Cells that are not what the others are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misfits {
    /// How many; at least so many once the kind was given up.
    pub count: u64,
    /// The first of them.
    pub first: Vec<Misfit>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misfit {
    /// Its row in the file.
    pub row: i64,
    /// Its text, shortened.
    pub text: String,
}

/// Rows that no contract can take, of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable, English.
    pub code: String,
    /// How many.
    pub rows: u64,
    /// The first of them.
    pub first_row: i64,
    /// Spanish.
    pub reason: String,
}

/// The places that the cells of a column tell, by rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Cells of one comuna.
    pub comuna: u64,
    /// Cells of several comunas.
    pub several: u64,
    /// Cells of a province.
    pub provincia: u64,
    /// Cells of a region by its name or code.
    pub region: u64,
    /// Cells that say `REGIONAL`.
    pub regional: u64,
    /// Cells that tell no known place.
    pub unknown: u64,
    /// The most frequent of them.
    pub strangers: Vec<(String, u64)>,
    /// The region all of them lie in.
    pub inside: Option<String>,
}

impl Places {
    /// Cells that tell a place.
    pub fn known(&self) -> u64 {
        self.comuna + self.several + self.provincia + self.region + self.regional
    }
}

/// The geometries of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shapes {
    /// By their OGC name in lower case.
    pub kinds: BTreeMap<String, u64>,
    /// Rows without one.
    pub missing: u64,
    /// Rows whose geometry may not be kept.
    pub refused: u64,
}
