//! Every rule of the contract on every row, column by column; all problems in one pass.

mod coded;
mod number;
mod text;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;

use chrono::{NaiveDate, TimeDelta};
use goreos_domain::{Column, ColumnType, Contract, DecimalMark, ErrorCells, Source, is_error_cell};
use polars::prelude::{
    BooleanChunked, BooleanChunkedBuilder, ChunkedArray, ChunkedBuilder, Float64Chunked, Int32Chunked, Int64Chunked,
    PlSmallStr, PolarsNumericType, PrimitiveChunkedBuilder, StringChunked, StringChunkedBuilder,
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
    let columns = contract
        .columns
        .iter()
        .zip(places)
        .zip(&names)
        .map(|((column, place), header)| {
            let mark = headers.mark(*place).unwrap_or(DecimalMark::Comma);
            Cursor { column, place: *place, header, mark, nulls: &nulls, reasons: &mut reasons, batch }.typed()
        })
        .collect();
    Checked { columns, reasons, headers: names }
}

/// The cells that hold no value.
struct Nulls<'a> {
    texts: Vec<&'a str>,
    /// The bytes with which a cell may begin that is no plain value.
    first: [bool; 256],
    errors: ErrorCells,
    /// In a workbook, what begins as a formula is one whose result was never saved.
    formulas: bool,
}

impl<'a> Nulls<'a> {
    fn new(source: &'a Source) -> Self {
        let texts: Vec<&str> = source.null.iter().map(|text| text.trim()).collect();
        let mut first = [false; 256];
        for byte in texts.iter().filter_map(|text| text.bytes().next()).chain(*b"#E=") {
            first[usize::from(byte)] = true;
        }
        Self { texts, first, errors: source.errors, formulas: source.format.is_workbook() }
    }

    /// Whether the cell holds a value. A text the contract lists as no value is none, be it an error cell or not.
    fn judge(&self, text: &str) -> Result<Holds, Problem> {
        match text.bytes().next() {
            None => Ok(Holds::Nothing),
            Some(first) if self.first[usize::from(first)] => self.judge_odd(text),
            Some(_) => Ok(Holds::Value),
        }
    }

    fn judge_odd(&self, text: &str) -> Result<Holds, Problem> {
        if self.texts.contains(&text) {
            return Ok(Holds::Nothing);
        }
        if self.formulas && text.starts_with('=') {
            return match self.errors {
                ErrorCells::Null => Ok(Holds::Nothing),
                ErrorCells::Reject => Err(formula(text)),
            };
        }
        if !is_error_cell(text) {
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
    /// Where it stands in the file.
    place: usize,
    header: &'r str,
    mark: DecimalMark,
    nulls: &'r Nulls<'r>,
    reasons: &'r mut [Vec<Reason>],
    batch: &'b Batch,
}

impl<'b> Cursor<'b, '_> {
    fn typed(mut self) -> Typed {
        let (column, mark) = (self.column, self.mark);
        match column.kind {
            ColumnType::Text if column.values.is_empty() => self.texts(|text| Ok(text::tidy(text))),
            ColumnType::Text => {
                let listed = text::Listed::new(column);
                self.texts(remembered(move |text| listed.find(text).map(Cow::Borrowed)))
            }
            ColumnType::Cut => self.texts(remembered(|text| coded::cut(text).map(Cow::Borrowed))),
            ColumnType::Rut => self.texts(coded::rut),
            ColumnType::Period => self.texts(remembered(coded::period)),
            ColumnType::Int => Typed::Int(self.numbers(|text| number::int(column, mark, text))),
            ColumnType::Money => Typed::Int(self.numbers(|text| number::money(column, mark, text))),
            ColumnType::Real => Typed::Real(self.numbers(|text| number::real(column, mark, text))),
            ColumnType::Date => Typed::Date(self.numbers(coded::date)),
            ColumnType::Bool => {
                let mut values = BooleanChunkedBuilder::new(self.name(), self.batch.len());
                self.parse(coded::bool, |value| values.append_option(value));
                Typed::Bool(values.finish())
            }
        }
    }

    fn name(&self) -> PlSmallStr {
        PlSmallStr::from(self.column.name.as_str())
    }

    fn texts(&mut self, parse: impl FnMut(&'b str) -> Result<Cow<'b, str>, Problem>) -> Typed {
        let mut values = StringChunkedBuilder::new(self.name(), self.batch.len());
        self.parse(parse, |value| values.append_option(value));
        Typed::Text(values.finish())
    }

    fn numbers<T: PolarsNumericType>(
        &mut self,
        parse: impl FnMut(&'b str) -> Result<T::Native, Problem>,
    ) -> ChunkedArray<T> {
        let mut values = PrimitiveChunkedBuilder::new(self.name(), self.batch.len());
        self.parse(parse, |value| values.append_option(value));
        values.finish()
    }

    /// Parses each cell that holds a value, and gives each row's in turn; a problem becomes a reason of its row. Rows with the wrong
    /// number of cells are passed over: their values stand under other headers.
    fn parse<T>(&mut self, mut parse: impl FnMut(&'b str) -> Result<T, Problem>, mut give: impl FnMut(Option<T>)) {
        let batch = self.batch;
        for row in 0..batch.len() {
            if batch.defects[row].is_some() {
                give(None);
                continue;
            }
            let raw = batch.cell(self.place, row);
            let text = trimmed(raw);
            let parsed = match self.nulls.judge(text) {
                Ok(Holds::Value) => parse(text).map(Some),
                Ok(Holds::Nothing) if self.column.required => Err(self.missing()),
                Ok(Holds::Nothing) => Ok(None),
                Err(problem) => Err(problem),
            };
            give(parsed.unwrap_or_else(|problem| {
                self.reasons[row].push(Reason::cell(self.column, self.header, raw, problem));
                None
            }));
        }
    }

    fn missing(&self) -> Problem {
        let title = if self.column.title.is_empty() { self.header } else { &self.column.title };
        Problem::new("required = true", "value.missing", format!("Falta «{title}»."), "Complete la celda.")
    }
}

/// Without white space and control characters around it.
pub(crate) fn trimmed(raw: &str) -> &str {
    let bytes = raw.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if first.is_ascii_graphic() && last.is_ascii_graphic() => raw,
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
    /// Appends the value of a row as PostgreSQL writes it as text, for keys; nothing where there is none.
    pub(crate) fn write(&self, row: usize, out: &mut Vec<u8>) {
        // Writing to a vector cannot fail.
        let _ = match self {
            Self::Text(values) => out.write_all(values.get(row).unwrap_or_default().as_bytes()),
            Self::Int(values) => values.get(row).map_or(Ok(()), |value| write!(out, "{value}")),
            Self::Real(values) => values.get(row).map_or(Ok(()), |value| write!(out, "{value}")),
            Self::Date(values) => values
                .get(row)
                .and_then(|days| NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(days))))
                .map_or(Ok(()), |date| write!(out, "{date}")),
            Self::Bool(values) => values.get(row).map_or(Ok(()), |value| write!(out, "{value}")),
        };
    }

    /// The value of a row as PostgreSQL writes it as text; empty where there is none.
    pub(crate) fn text(&self, row: usize) -> String {
        let mut text = Vec::new();
        self.write(row, &mut text);
        String::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
