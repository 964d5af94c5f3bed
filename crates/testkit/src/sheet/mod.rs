//! A spreadsheet as somebody keeps it, and the files it is sent as.

mod csv;
mod ods;
mod xlsx;

pub use csv::Encoding;

/// A cell: what a CSV of it says, and what a workbook holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// As it is shown, and saved as text.
    pub text: String,
    /// As a workbook keeps it.
    pub native: Native,
}

/// The value a workbook keeps for a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Native {
    /// Nothing, or the text shown.
    Text,
    /// A number.
    Number(f64),
    /// A day, kept as a serial number with a date format.
    Day {
        /// 2024.
        year: u16,
        /// From 1.
        month: u8,
        /// From 1.
        day: u8,
    },
    /// `#REF!` and its like, the result of a formula that lost its cells.
    Error,
    /// A formula, and the number it gave when the workbook was saved.
    Formula(&'static str, f64),
}

impl Cell {
    /// Typed by hand as text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), native: Native::Text }
    }

    /// Shown in one way, kept in another.
    pub fn kept(text: impl Into<String>, native: Native) -> Self {
        Self { text: text.into(), native }
    }
}

/// Rows of cells. The first row is row 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// The cells; rows may differ in length.
    pub rows: Vec<Vec<Cell>>,
    /// Merged cells: row and first and last column, all from 0. Only the first holds a text.
    pub merged: Vec<(u32, u16, u16)>,
}

impl Sheet {
    /// A sheet of texts.
    pub fn of_texts<'a>(rows: impl IntoIterator<Item = &'a [&'a str]>) -> Self {
        let rows = rows.into_iter().map(|row| row.iter().copied().map(Cell::text).collect()).collect();
        Self { rows, merged: Vec::new() }
    }

    /// As CSV: cells quoted where they must be, lines ended by CRLF.
    pub fn csv(&self, delimiter: char, encoding: Encoding) -> Vec<u8> {
        csv::write(self, delimiter, encoding)
    }

    /// As an XLSX workbook: a sheet of notes first, then this one under that name.
    pub fn xlsx(&self, name: &str) -> Vec<u8> {
        xlsx::write(self, name)
    }

    /// As an OpenDocument workbook: a sheet of notes first, then this one under that name.
    pub fn ods(&self, name: &str) -> Vec<u8> {
        ods::write(self, name)
    }
}

/// What the first sheet of a workbook says.
const NOTES: [&str; 2] = ["NOTAS", "Planilla de prueba: montos e iniciativas inventados"];
