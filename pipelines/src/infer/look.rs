//! The child's side: reads a file of which nothing is known, once, and takes note of what it holds.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use goreos_domain::{Contract, DecimalMark, Fault, FileFormat, parse_integer};

use super::Part;
use super::column::{Cell, Column};
use super::profile::{Guess, Profile, Refusal, Shapes};
use super::shapes;
use super::unique::Unique;
use crate::check::trimmed;
use crate::read::{Batch, Findings, Headers, format_of, read};

/// Values told apart in all columns together, at most; and in one.
const MOST_VALUES: usize = 400_000;
const MOST_VALUES_OF_ONE: usize = 2_000;
const LEAST_VALUES_OF_ONE: usize = 16;

/// Reads the file to its end. `progress` is told the rows after each batch.
///
/// # Errors
/// Whatever refuses the file as a whole, under any contract.
pub(crate) fn look(
    file: &Path,
    scratch: &Path,
    part: &Part,
    geometry: bool,
    progress: &mut dyn FnMut(u64) -> Result<(), Fault>,
) -> Result<Profile, Fault> {
    let format = format_of(file)?;
    let contract = permissive(format, part, geometry)?;
    let mut findings = Findings::default();
    let mut seen = Seen { formulas: format.is_workbook(), ..Seen::default() };
    read(&contract, file, scratch, &mut findings, &mut |headers, batch| {
        seen.take(headers, &batch);
        progress(seen.rows)
    })?;
    let keys = seen.unique.map_or_else(|| Some(Vec::new()), Unique::finish);
    Ok(Profile {
        format,
        rows: seen.rows,
        findings: findings.notes,
        columns: seen.columns.into_iter().map(Column::finish).collect(),
        refusals: seen.refusals,
        keys_sought: keys.is_some(),
        keys: keys.unwrap_or_default(),
        shapes: seen.shapes,
        crs_question: None,
    })
}

/// Contracts have a column, and the names of columns help to find the row of the headers: this one is in no file.
const NOBODYS: &str = "goreos_ninguna_columna";

/// A contract that asks for nothing and bears everything: what is absent is detected.
fn permissive(format: FileFormat, part: &Part, geometry: bool) -> Result<Contract, Fault> {
    let place = if geometry && format.has_geometry() {
        "[place]\ngeometry = { from = 'file', type = 'geometry', invalid = 'repair', missing = 'keep' }\n"
    } else {
        ""
    };
    let mut contract = Contract::parse(&format!(
        "id = 'a'\ntitle = 'a'\ntheme = 'a'\nowner = 'a'\nlicence = 'a'\n[source]\npath = 'a'\nformat = '{}'\n\
         [[column]]\nname = '{NOBODYS}'\ntype = 'text'\n{place}",
        super::format_code(format)
    ))?;
    if let Some(source) = &mut contract.source {
        source.sheet.clone_from(&part.sheet);
        source.layer.clone_from(&part.layer);
    }
    Ok(contract)
}

#[derive(Default)]
struct Seen {
    rows: u64,
    columns: Vec<Column>,
    unique: Option<Unique>,
    hasher: RandomState,
    refusals: Vec<Refusal>,
    shapes: Option<Shapes>,
    /// In a workbook, what begins as a formula is one without its result.
    formulas: bool,
}

impl Seen {
    fn take(&mut self, headers: &Headers, batch: &Batch) {
        if self.columns.is_empty() {
            let most = (MOST_VALUES / headers.len().max(1)).clamp(LEAST_VALUES_OF_ONE, MOST_VALUES_OF_ONE);
            let column = |(place, header): (usize, &String)| Column::new(header, headers.mark(place), most);
            self.columns = headers.names().iter().enumerate().map(column).collect();
            self.unique = Some(Unique::new(headers.len()));
        }
        self.rows += batch.len() as u64;
        let whole: Vec<usize> = (0..batch.len()).filter(|row| batch.defects[*row].is_none()).collect();
        for (row, defect) in batch.defects.iter().enumerate() {
            if let Some(defect) = defect {
                shapes::refuse(&mut self.refusals, batch.source_rows[row], defect.code, &defect.reason);
            }
        }
        let mut keyed = vec![vec![None; self.columns.len()]; whole.len()];
        for (place, column) in self.columns.iter_mut().enumerate() {
            let mark = headers.mark(place).unwrap_or(DecimalMark::Comma);
            for (row, keyed) in whole.iter().zip(&mut keyed) {
                let (number, text) = (batch.source_rows[*row], trimmed(batch.cell(place, *row)));
                let formula = self.formulas && text.starts_with('=');
                let cell = if formula { column.see_formula(number, text) } else { column.see(number, text) };
                if let Cell::Value(text) = cell {
                    keyed[place] = Some(self.hasher.hash_one(compared(text, mark)));
                }
            }
        }
        if let Some(unique) = &mut self.unique {
            unique.see(&keyed);
        }
        if let Some(found) = &batch.geometries.shapes {
            let kinds = self.shapes.get_or_insert_default();
            for row in whole {
                shapes::see(kinds, &mut self.refusals, batch.source_rows[row], &found[row]);
            }
        }
    }
}

/// What a key compares of a cell, whatever type its column gets: `01` and `1` may be the same number, `A  B` and `A B` are the same text.
fn compared(text: &str, mark: DecimalMark) -> String {
    match parse_integer(text, mark) {
        Ok(number) => number.to_string(),
        Err(_) => text.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

impl Guess {
    /// All kinds, in the order tried.
    pub(crate) const ALL: [Self; 10] = [
        Self::Int,
        Self::Real,
        Self::Pesos,
        Self::Thousands,
        Self::Millions,
        Self::Date,
        Self::Period,
        Self::Cut,
        Self::Rut,
        Self::Bool,
    ];
}
