//! Every rule of the contract on every row, column by column; all problems in one pass.

mod coded;
mod number;
mod text;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, TimeDelta};
use goreos_domain::{Column, ColumnType, Contract, DecimalMark, ErrorCells, Source, is_error_cell};
use polars::prelude::{
    BooleanChunked, ChunkFullNull, Float64Chunked, Int32Chunked, Int64Chunked, NewChunkedArray, PlSmallStr,
    StringChunked,
};

use crate::read::{Batch, Headers};
use crate::reason::{Problem, Reason, quoted};

/// The values of a column.
#[derive(Debug, Clone)]
pub(crate) enum Typed {
    Text(StringChunked),
    /// Whole numbers and pesos.
    Int(Int64Chunked),
    Real(Float64Chunked),
    /// Days since 1970-01-01.
    Date(Int32Chunked),
    Bool(BooleanChunked),
}

/// A batch after checking: values per contract column, reasons per row.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) columns: Vec<Typed>,
    pub(crate) reasons: Vec<Vec<Reason>>,
    /// What the file calls each contract column.
    pub(crate) headers: Vec<String>,
}

/// Checks a batch. `places` says where each contract column stands in the file.
pub(crate) fn check(
    contract: &Contract,
    source: &Source,
    headers: &Headers,
    places: &[usize],
    batch: &Batch,
) -> Checked {
    let nulls = Nulls::new(source);
    let mut reasons: Vec<Vec<Reason>> = batch
        .defects
        .iter()
        .map(|defect| defect.iter().map(|d| Reason::row(d.code, &d.reason, &d.remedy)).collect())
        .collect();
    let names: Vec<String> =
        places.iter().map(|place| headers.names().get(*place).cloned().unwrap_or_default()).collect();
    let empty = StringChunked::full_null(PlSmallStr::EMPTY, batch.len());
    let columns = contract
        .columns
        .iter()
        .zip(places)
        .zip(&names)
        .map(|((column, place), header)| {
            let cells = batch.column(*place).unwrap_or(&empty);
            let mark = headers.mark(*place).unwrap_or(DecimalMark::Comma);
            let mut cursor = Cursor { column, header, mark, nulls: &nulls, reasons: &mut reasons, batch };
            cursor.typed(cells)
        })
        .collect();
    Checked { columns, reasons, headers: names }
}

/// The cells that hold no value.
struct Nulls<'a> {
    texts: HashSet<&'a str>,
    longest: usize,
    errors: ErrorCells,
    /// In a workbook, what begins as a formula is one whose result was never saved.
    formulas: bool,
}

impl<'a> Nulls<'a> {
    fn new(source: &'a Source) -> Self {
        let texts: HashSet<&str> = source.null.iter().map(|text| text.trim()).collect();
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        Self { longest, texts, errors: source.errors, formulas: source.format.is_workbook() }
    }

    /// Whether the cell holds a value. A text the contract lists as no value is none, be it an error cell or not.
    fn judge(&self, text: &str) -> Result<Holds, Problem> {
        if text.is_empty() || (text.len() <= self.longest && self.texts.contains(text)) {
            return Ok(Holds::Nothing);
        }
        if self.formulas && text.starts_with('=') {
            return match self.errors {
                ErrorCells::Null => Ok(Holds::Nothing),
                ErrorCells::Reject => Err(formula(text)),
            };
        }
        if !(text.starts_with('#') || text.starts_with("Err:")) || !is_error_cell(text) {
            return Ok(Holds::Value);
        }
        match self.errors {
            ErrorCells::Null => Ok(Holds::Nothing),
            ErrorCells::Reject => Err(error_cell(text)),
        }
    }
}

enum Holds {
    Nothing,
    Value,
}

fn formula(text: &str) -> Problem {
    Problem::new(
        "formulas = results",
        "value.formula",
        format!("La celda trae una fórmula sin su resultado: {}.", quoted(text)),
        "Abra la planilla en Excel o LibreOffice, guárdela y envíela de nuevo.",
    )
}

fn error_cell(text: &str) -> Problem {
    let (reason, remedy) = if text.starts_with("##") {
        (
            "La celda dice «###»: el número no cabía en su columna al guardar la planilla.".to_owned(),
            "Ensanche la columna en la planilla y guárdela de nuevo.",
        )
    } else {
        (
            format!("La celda trae un error de la planilla: {}.", quoted(text)),
            "Corrija la fórmula en la planilla, o deje la celda vacía si no hay dato.",
        )
    };
    Problem::new("errors = \"reject\"", "value.error_cell", reason, remedy)
}

/// One column being checked.
struct Cursor<'b, 'r> {
    column: &'b Column,
    header: &'b str,
    mark: DecimalMark,
    nulls: &'b Nulls<'b>,
    reasons: &'r mut [Vec<Reason>],
    batch: &'b Batch,
}

impl<'b> Cursor<'b, '_> {
    fn typed(&mut self, cells: &'b StringChunked) -> Typed {
        let column = self.column;
        let mark = self.mark;
        match column.kind {
            ColumnType::Text if column.values.is_empty() => self.texts(cells, |text| Ok(text::tidy(text))),
            ColumnType::Text => {
                let listed = text::Listed::new(column);
                self.texts(cells, remembered(move |text| listed.find(text).map(Cow::Borrowed)))
            }
            ColumnType::Cut => self.texts(cells, remembered(|text| coded::cut(text).map(Cow::Borrowed))),
            ColumnType::Rut => self.texts(cells, coded::rut),
            ColumnType::Period => self.texts(cells, remembered(coded::period)),
            ColumnType::Int => Typed::Int(Int64Chunked::from_iter_options(
                self.name(),
                self.parse(cells, |text| number::int(column, mark, text)).into_iter(),
            )),
            ColumnType::Money => Typed::Int(Int64Chunked::from_iter_options(
                self.name(),
                self.parse(cells, |text| number::money(column, mark, text)).into_iter(),
            )),
            ColumnType::Real => Typed::Real(Float64Chunked::from_iter_options(
                self.name(),
                self.parse(cells, |text| number::real(column, mark, text)).into_iter(),
            )),
            ColumnType::Date => {
                Typed::Date(Int32Chunked::from_iter_options(self.name(), self.parse(cells, coded::date).into_iter()))
            }
            ColumnType::Bool => {
                Typed::Bool(BooleanChunked::from_iter_options(self.name(), self.parse(cells, coded::bool).into_iter()))
            }
        }
    }

    fn name(&self) -> PlSmallStr {
        PlSmallStr::from(self.column.name.as_str())
    }

    /// Texts are borrowed from the cells where they stay as they are.
    fn texts(
        &mut self,
        cells: &'b StringChunked,
        parse: impl FnMut(&'b str) -> Result<Cow<'b, str>, Problem>,
    ) -> Typed {
        let values = self.parse(cells, parse);
        Typed::Text(StringChunked::from_iter_options(self.name(), values.iter().map(Option::as_deref)))
    }

    /// Parses each cell that holds a value; a problem becomes a reason of its row. Rows with the wrong number of cells are passed over:
    /// their values stand under other headers.
    fn parse<T>(
        &mut self,
        cells: &'b StringChunked,
        mut parse: impl FnMut(&'b str) -> Result<T, Problem>,
    ) -> Vec<Option<T>> {
        let mut values = Vec::with_capacity(cells.len());
        for (row, cell) in cells.iter().enumerate() {
            if self.batch.defects[row].is_some() {
                values.push(None);
                continue;
            }
            let raw = cell.unwrap_or_default();
            let text = trimmed(raw);
            let parsed = match self.nulls.judge(text) {
                Ok(Holds::Value) => parse(text).map(Some),
                Ok(Holds::Nothing) if self.column.required => Err(self.missing()),
                Ok(Holds::Nothing) => Ok(None),
                Err(problem) => Err(problem),
            };
            values.push(parsed.unwrap_or_else(|problem| {
                self.reasons[row].push(Reason::cell(self.column, self.header, raw, problem));
                None
            }));
        }
        values
    }

    fn missing(&self) -> Problem {
        let title = if self.column.title.is_empty() { self.header } else { &self.column.title };
        Problem::new("required = true", "value.missing", format!("Falta «{title}»."), "Complete la celda.")
    }
}

/// Without white space and control characters around it.
pub(crate) fn trimmed(raw: &str) -> &str {
    match raw.as_bytes() {
        [] => raw,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => raw,
        _ => raw.trim_matches(|c: char| c.is_whitespace() || c.is_control()),
    }
}

/// The same rule, asked once for each text of a batch: codes and names come again and again.
fn remembered<'b, T: Clone>(
    parse: impl Fn(&'b str) -> Result<T, Problem>,
) -> impl FnMut(&'b str) -> Result<T, Problem> {
    let mut seen: HashMap<&'b str, Result<T, Problem>> = HashMap::new();
    move |text| seen.entry(text).or_insert_with(|| parse(text)).clone()
}

impl Typed {
    /// The value of a row as PostgreSQL writes it as text, for keys.
    pub(crate) fn text(&self, row: usize) -> String {
        match self {
            Self::Text(values) => values.get(row).unwrap_or_default().to_owned(),
            Self::Int(values) => values.get(row).map(|v| v.to_string()).unwrap_or_default(),
            Self::Real(values) => values.get(row).map(|v| v.to_string()).unwrap_or_default(),
            Self::Date(values) => values
                .get(row)
                .and_then(|days| NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(days))))
                .map(|date| date.to_string())
                .unwrap_or_default(),
            Self::Bool(values) => values.get(row).map(|v| v.to_string()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
