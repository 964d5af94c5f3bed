//! XLSX: a stream of rows by calamine. In memory are the texts that cells share, the formats and one row.

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use calamine::{
    DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxCellFormulaMetadataRecord, XlsxError,
    XlsxFormulaMetadata,
};
use goreos_domain::Fault;

use super::cell::{self, Value};
use super::container::{damaged, encrypted};
use super::{Row, Sheet, Visit};
use crate::read::magic::unreadable;

pub(super) struct Book {
    file: PathBuf,
    xlsx: Xlsx<BufReader<File>>,
}

impl Book {
    pub(super) fn open(file: &Path) -> Result<Self, Fault> {
        Ok(Self { file: file.to_owned(), xlsx: open(file)? })
    }

    /// The worksheets, in the order of the tabs.
    pub(super) fn sheets(&self) -> Vec<Sheet> {
        let worksheets = self.xlsx.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        worksheets
            .map(|sheet| Sheet { name: sheet.name.clone(), hidden: sheet.visible != SheetVisible::Visible })
            .collect()
    }

    /// Hands each row that has cells to `visit`.
    pub(super) fn rows(&mut self, sheet: &str, visit: &mut Visit<'_>) -> Result<(), Fault> {
        let mut cells = self.xlsx.worksheet_cells_reader(sheet).map_err(fault)?;
        let mut rows = Rows { row: Row::default(), visit };
        let mut read = 0_usize;
        let bad = loop {
            match cells.next_cell_with_formula_metadata() {
                Ok(None) => return rows.end(),
                Ok(Some(cell)) => {
                    if rows.add(cell.pos, value(cell))?.is_break() {
                        return Ok(());
                    }
                }
                Err(error) => break bad_cell(error)?,
            }
            read += 1;
        };
        // calamine goes on after a cell it does not understand, but does not say which one it was. A second reader that looks at no
        // value says it.
        let mut again = open(&self.file)?;
        let mut places = again.worksheet_cells_reader(sheet).map_err(fault)?;
        for _ in 0..read {
            places.next_formula().map_err(fault)?;
        }
        let mut bad = Some(bad);
        while let Some(place) = places.next_formula().map_err(fault)? {
            let value = match bad.take() {
                Some(bad) => Some(bad),
                None => match cells.next_cell_with_formula_metadata() {
                    Ok(None) => break,
                    Ok(Some(cell)) => value(cell),
                    Err(error) => Some(bad_cell(error)?),
                },
            };
            if rows.add(place.get_position(), value)?.is_break() {
                return Ok(());
            }
        }
        rows.end()
    }
}

fn open(file: &Path) -> Result<Xlsx<BufReader<File>>, Fault> {
    let opened = File::open(file).map_err(|error| unreadable(&error))?;
    Xlsx::new(BufReader::new(opened)).map_err(fault)
}

/// Cells gathered into rows.
struct Rows<'a, 'b> {
    row: Row,
    visit: &'a mut Visit<'b>,
}

impl Rows<'_, '_> {
    fn add(&mut self, (row, column): (u32, u32), value: Option<Value>) -> Result<ControlFlow<()>, Fault> {
        let number = row + 1;
        if number != self.row.number {
            let whole = std::mem::replace(&mut self.row, Row { number, cells: Vec::new() });
            if !whole.cells.is_empty() && (self.visit)(&whole)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.row.cells.extend(value.filter(|value| !value.is_blank()).map(|value| (column, value)));
        Ok(ControlFlow::Continue(()))
    }

    fn end(self) -> Result<(), Fault> {
        if !self.row.cells.is_empty() {
            let _ = (self.visit)(&self.row)?;
        }
        Ok(())
    }
}

fn value(cell: XlsxCellFormulaMetadataRecord<'_>) -> Option<Value> {
    let formula = cell.formula;
    Some(match cell.value {
        DataRef::Empty => return formula.map(|formula| Value::Formula(formula_text(formula))),
        #[expect(clippy::cast_precision_loss, reason = "calamine gives whole numbers as such for XLSB only")]
        DataRef::Int(value) => Value::Number(value as f64),
        DataRef::Float(value) => Value::Number(value),
        DataRef::String(text) => Value::Text(text),
        DataRef::SharedString(text) => Value::text(text),
        DataRef::Bool(value) => Value::truth(value),
        DataRef::DateTime(moment) => date(moment),
        DataRef::DateTimeIso(text) => Value::Written(cell::moment(&text)),
        DataRef::DurationIso(text) => Value::Written(cell::duration(&text)),
        DataRef::Error(error) => Value::Error(error.to_string()),
    })
}

fn formula_text(formula: XlsxFormulaMetadata) -> String {
    match formula {
        XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. } => formula,
        // That of the cell above, moved.
        _ => "…".into(),
    }
}

/// The last day Excel knows: 31-12-9999.
const LAST_DAY: f64 = 2_958_466.0;

/// A number with a format of dates, as the day it stands for, in the epoch of the workbook.
fn date(moment: ExcelDateTime) -> Value {
    let serial = moment.as_f64();
    if !(0.0..LAST_DAY).contains(&serial) {
        return Value::Number(serial);
    }
    if moment.is_duration() {
        let seconds = whole_seconds(serial);
        return Value::Written(cell::clock(seconds / 3600, seconds / 60 % 60, seconds % 60));
    }
    let (year, month, day, hours, minutes, seconds, _) = moment.to_ymd_hms_milli();
    let clock = cell::clock(hours.into(), minutes.into(), seconds.into());
    Value::Written(if serial < 1.0 {
        clock
    } else if hours == 0 && minutes == 0 && seconds == 0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {clock}")
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between zero and the last day")]
fn whole_seconds(serial: f64) -> u64 {
    (serial * 86_400.0).round() as u64
}

/// What to make of a cell that calamine does not understand; a fault when it is not about one cell.
fn bad_cell(error: XlsxError) -> Result<Value, Fault> {
    match error {
        XlsxError::CellError(text) => Ok(Value::Error(text)),
        XlsxError::Unrecognized { typ: "boolean cell value", val } => Ok(Value::Text(val)),
        XlsxError::CellTAttribute(_)
        | XlsxError::ParseFloat(_)
        | XlsxError::Unexpected("Cell string index not found in shared strings table") => {
            Ok(Value::Unreadable(error.to_string()))
        }
        other => Err(fault(other)),
    }
}

fn fault(error: XlsxError) -> Fault {
    match error {
        XlsxError::Password => encrypted(),
        other => damaged(&other),
    }
}
