//! A first look at a sheet: where its table begins, and how its numbers are written.

use std::collections::HashMap;
use std::ops::ControlFlow;

use goreos_domain::{DecimalEvidence, DecimalMark, Fault, Source, find_header};
use serde_json::{Map, Value as Json};

use super::cell::Value;
use super::range::Range;
use super::{Book, Row};
use crate::read::{Findings, Headers};

/// Rows looked at to find the headers.
const SAMPLE: u32 = 100;

/// Where the table of a sheet is, and the marks of its columns.
#[derive(Debug)]
pub(super) struct Survey {
    /// The contract's range.
    pub(super) range: Range,
    /// The row that names the columns.
    pub(super) header_row: u32,
    /// Why it is that row, when nobody said so.
    header_evidence: Option<String>,
    /// The first column of the table, from 0.
    pub(super) first_column: u32,
    last_column: u32,
    /// The first rows with cells.
    sample: Vec<Row>,
    stated: Option<DecimalMark>,
    numbers: Vec<Numbers>,
}

/// What the numbers of a column look like.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    /// Numbers written as text.
    texts: DecimalEvidence,
    /// There are numbers that are numbers.
    typed: bool,
}

impl Survey {
    pub(super) fn of(book: &mut Book, sheet: &str, range: Range, source: &Source) -> Result<Self, Fault> {
        let mut found = Self {
            range,
            header_row: 0,
            header_evidence: None,
            first_column: range.first_column,
            last_column: range.last_column,
            sample: Vec::new(),
            stated: source.decimal,
            numbers: Vec::new(),
        };
        book.rows(sheet, &mut |row| Ok(found.see(row, source.header_row)))?;
        found.find_header(source.header_row)?;
        found.find_columns(source.range.is_some());
        Ok(found)
    }

    fn see(&mut self, row: &Row, stated: Option<u32>) -> ControlFlow<()> {
        if row.number > self.range.last_row {
            return ControlFlow::Break(());
        }
        let starts = self.range.first_row.max(stated.unwrap_or(1));
        if row.number < starts {
            return ControlFlow::Continue(());
        }
        let cells: Vec<(u32, Value)> =
            row.cells.iter().filter(|(column, _)| self.range.has_column(*column)).cloned().collect();
        let from = self.sample.first().map_or(row.number, |first| first.number);
        if !cells.is_empty() && row.number < from.saturating_add(SAMPLE) {
            self.sample.push(Row { number: row.number, cells });
        } else if self.stated.is_some() && row.number >= from.saturating_add(SAMPLE) {
            return ControlFlow::Break(());
        }
        for (column, value) in row.cells.iter().filter(|(column, _)| self.range.has_column(*column)) {
            let place = usize::try_from(*column).unwrap_or(usize::MAX);
            if place >= self.numbers.len() {
                self.numbers.resize_with(place + 1, Numbers::default);
            }
            match value {
                Value::Text(text) => self.numbers[place].texts.see(text),
                Value::Number(_) => self.numbers[place].typed = true,
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }

    /// The contract's row, the first of the range, or the one that looks like headers.
    fn find_header(&mut self, stated: Option<u32>) -> Result<(), Fault> {
        let Some(first) = self.sample.first().map(|row| row.number) else {
            return Err(match stated {
                Some(row) => Fault::give_up(
                    "file.no_header",
                    format!("La hoja termina antes de la fila {row}, donde debían estar los encabezados."),
                    "Revise que el archivo esté completo, o corrija 'header_row' en el contrato.",
                ),
                None => Fault::give_up(
                    "file.no_rows",
                    "La hoja no tiene datos en el rango del contrato.",
                    "Revise 'sheet' y 'range' en el contrato, o pida el archivo de nuevo.",
                ),
            });
        };
        self.header_row = match stated {
            Some(row) => row,
            None if self.range != Range::SHEET => self.range.first_row,
            None => {
                let origin = if first <= SAMPLE / 4 { 1 } else { first };
                let found = find_header(&self.texts(origin));
                // The sentence counts from the first row given.
                self.header_evidence = found.as_ref().filter(|_| origin == 1).map(|found| found.evidence.clone());
                origin + found.and_then(|found| u32::try_from(found.index).ok()).unwrap_or(first - origin)
            }
        };
        self.sample.retain(|row| row.number >= self.header_row);
        Ok(())
    }

    /// The sample as texts, a row for each of the sheet from the first one wanted, blank ones included.
    fn texts(&self, first: u32) -> Vec<Vec<String>> {
        let columns = || self.sample.iter().flat_map(|row| row.cells.iter().map(|(column, _)| *column));
        let (from, to) = (columns().min().unwrap_or(0), columns().max().unwrap_or(0));
        let last = self.sample.last().map_or(first, |row| row.number);
        let mut rows = vec![vec![String::new(); index(to - from) + 1]; index(last - first) + 1];
        for row in &self.sample {
            for (column, value) in &row.cells {
                rows[index(row.number - first)][index(column - from)] = value.written(DecimalMark::Point).into_owned();
            }
        }
        rows
    }

    /// The columns of the table: the range's, or those with a header or with data under it.
    fn find_columns(&mut self, stated: bool) {
        let columns = || self.sample.iter().flat_map(|row| row.cells.iter().map(|(column, _)| *column));
        let last = columns().max().unwrap_or(self.first_column);
        if stated {
            self.last_column = self.last_column.min(last.max(self.first_column));
        } else {
            self.first_column = columns().min().unwrap_or(0);
            self.last_column = last;
        }
    }

    /// The names of the columns as the header row has them.
    pub(super) fn names(&self) -> Vec<String> {
        let header = self.sample.first().filter(|row| row.number == self.header_row);
        let cells: HashMap<u32, &Value> =
            header.iter().flat_map(|row| row.cells.iter().map(|(column, value)| (*column, value))).collect();
        let name =
            |column| cells.get(&column).map(|value| value.written(DecimalMark::Point).into_owned()).unwrap_or_default();
        (self.first_column..=self.last_column).map(name).collect()
    }

    /// Notes what was found, in the words that delimited text uses.
    pub(super) fn note(&self, headers: &Headers, findings: &mut Findings) {
        findings.note("header_row", self.header_row);
        if let Some(evidence) = &self.header_evidence {
            findings.note("header_evidence", evidence.as_str());
        }
        let symbol = |mark| if mark == DecimalMark::Comma { "," } else { "." };
        let told: Map<String, Json> = (self.first_column..)
            .zip(headers.names())
            .filter_map(|(column, name)| {
                let mark = self.numbers.get(index(column))?.texts.mark()?;
                Some((name.clone(), symbol(mark).into()))
            })
            .collect();
        let alike = told.values().all(|mark| Some(mark) == told.values().next());
        match (self.stated, told.values().next()) {
            (Some(mark), _) => findings.note("decimal", symbol(mark)),
            (None, Some(mark)) if alike => findings.note("decimal", mark.clone()),
            (None, Some(_)) => findings.note("decimal", told),
            (None, None) => {}
        }
    }

    /// Per column, its decimal mark: the contract's, that of its numbers written as text, or a point where all are numbers.
    pub(super) fn marks(&self) -> Vec<Option<DecimalMark>> {
        (self.first_column..=self.last_column)
            .map(|column| {
                let numbers = self.numbers.get(index(column)).copied().unwrap_or_default();
                self.stated.or_else(|| numbers.texts.mark()).or(numbers.typed.then_some(DecimalMark::Point))
            })
            .collect()
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
