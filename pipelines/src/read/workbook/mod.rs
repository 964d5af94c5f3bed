//! Workbooks into batches: which sheet, which part of it, which row names the columns.
//!
//! Both formats are read as a stream of rows, twice: once to look ([`Survey`]), once to take. Row numbers are those of the sheet.

mod cell;
mod container;
mod ods;
mod range;
mod survey;
#[cfg(test)]
mod tests;
mod xlsx;
mod xml;

use std::ops::ControlFlow;
use std::path::Path;

use goreos_domain::{DecimalMark, Fault, FileFormat, fold};

use self::cell::{Value, column_name};
use self::range::Range;
use self::survey::Survey;
use super::table::Pending;
use super::{Defect, Findings, Headers, Input, Take};

pub(super) fn read(input: &Input<'_>, findings: &mut Findings, take: &mut Take<'_>) -> Result<(), Fault> {
    let source = input.source;
    container::prove(source.format, input.file)?;
    findings.note("format", if source.format == FileFormat::Ods { "ods" } else { "xlsx" });
    let mut book = Book::open(source.format, input.file)?;
    let sheet = choose(&mut book, source.sheet.as_deref())?;
    findings.note("sheet", sheet.as_str());
    let range = source.range.as_deref().map_or(Ok(Range::SHEET), Range::parse)?;
    let survey = Survey::of(&mut book, &sheet, range, source)?;
    let headers = Headers::new(survey.names()).with_marks(survey.marks());
    survey.note(&headers, findings);
    let mut table = Table::new(input, &survey, headers, take);
    book.rows(&sheet, &mut |row| table.push(row))?;
    table.end(findings)
}

/// A row of a sheet that has cells.
#[derive(Debug, Clone, Default)]
struct Row {
    /// From 1.
    number: u32,
    /// Cells that hold something, each with its column from 0, in the order of the columns.
    cells: Vec<(u32, Value)>,
}

/// Takes rows until it breaks off.
type Visit<'a> = dyn FnMut(&Row) -> Result<ControlFlow<()>, Fault> + 'a;

/// A tab of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sheet {
    name: String,
    hidden: bool,
}

enum Book {
    Xlsx(Box<xlsx::Book>),
    Ods(ods::Book),
}

impl Book {
    fn open(format: FileFormat, file: &Path) -> Result<Self, Fault> {
        Ok(match format {
            FileFormat::Ods => Self::Ods(ods::Book::open(file)?),
            _ => Self::Xlsx(Box::new(xlsx::Book::open(file)?)),
        })
    }

    fn sheets(&self) -> Vec<Sheet> {
        match self {
            Self::Xlsx(book) => book.sheets(),
            Self::Ods(book) => book.sheets(),
        }
    }

    fn rows(&mut self, sheet: &str, visit: &mut Visit<'_>) -> Result<(), Fault> {
        match self {
            Self::Xlsx(book) => book.rows(sheet, visit),
            Self::Ods(book) => book.rows(sheet, visit),
        }
    }

    fn has_data(&mut self, sheet: &str) -> Result<bool, Fault> {
        let mut found = false;
        self.rows(sheet, &mut |_| {
            found = true;
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }
}

/// The sheet that is meant: the one the contract names, or the only visible one with data. Never a guess.
fn choose(book: &mut Book, wanted: Option<&str>) -> Result<String, Fault> {
    let sheets = book.sheets();
    let list = |sheets: &[Sheet]| sheets.iter().map(|sheet| format!("«{}»", sheet.name)).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        let exact = sheets.iter().find(|sheet| sheet.name == wanted);
        let alike: Vec<&Sheet> = sheets.iter().filter(|sheet| fold(&sheet.name) == fold(wanted)).collect();
        return match (exact, alike.as_slice()) {
            (Some(sheet), _) => Ok(sheet.name.clone()),
            (None, [sheet]) => Ok(sheet.name.clone()),
            (None, _) => Err(Fault::give_up(
                "sheet.unknown",
                format!("La planilla no tiene la hoja «{wanted}»; tiene: {}.", list(&sheets)),
                "Corrija 'sheet' en el contrato, o el nombre de la hoja en el archivo.",
            )),
        };
    }
    let mut filled = Vec::new();
    for sheet in sheets.iter().filter(|sheet| !sheet.hidden) {
        if book.has_data(&sheet.name)? {
            filled.push(sheet.clone());
        }
    }
    match filled.as_slice() {
        [only] => Ok(only.name.clone()),
        [] => Err(Fault::give_up(
            "sheet.empty",
            format!("Ninguna hoja visible de la planilla tiene datos; tiene: {}.", list(&sheets)),
            "Revise que sea el archivo correcto; si la hoja está oculta, nómbrela en el contrato con 'sheet'.",
        )),
        several => Err(Fault::give_up(
            "sheet.several",
            format!("La planilla tiene {} hojas con datos: {}.", several.len(), list(several)),
            format!("Diga cuál es en el contrato: {}.", lines(several)),
        )),
    }
}

/// The lines that a contract may have for some of these sheets.
fn lines(sheets: &[Sheet]) -> String {
    sheets.iter().take(4).map(|sheet| format!("sheet = \"{}\"", sheet.name)).collect::<Vec<_>>().join(" o ")
}

/// The table being taken.
struct Table<'a, 'b> {
    survey: &'a Survey,
    headers: Headers,
    /// Per column of the table, whether the contract names it.
    named: Vec<bool>,
    marks: Vec<DecimalMark>,
    pending: Pending,
    take: &'a mut Take<'b>,
    last_row: u32,
    blank_rows: u32,
    formulas_without_value: u64,
    cells_outside: u64,
}

impl<'a, 'b> Table<'a, 'b> {
    fn new(input: &Input<'_>, survey: &'a Survey, headers: Headers, take: &'a mut Take<'b>) -> Self {
        // A missing column is told when the first batch is taken.
        let places = headers.locate(input.contract).unwrap_or_default();
        Self {
            survey,
            named: (0..headers.len()).map(|place| places.contains(&place)).collect(),
            marks: (0..headers.len()).map(|place| headers.mark(place).unwrap_or(DecimalMark::Point)).collect(),
            pending: Pending::new(&headers),
            headers,
            take,
            last_row: survey.header_row,
            blank_rows: 0,
            formulas_without_value: 0,
            cells_outside: 0,
        }
    }

    fn push(&mut self, row: &Row) -> Result<ControlFlow<()>, Fault> {
        if row.number > self.survey.range.last_row {
            return Ok(ControlFlow::Break(()));
        }
        if row.number <= self.survey.header_row {
            return Ok(ControlFlow::Continue(()));
        }
        let mut cells = vec![String::new(); self.headers.len()];
        let (mut filled, mut defect) = (false, None);
        for (column, value) in &row.cells {
            let place = column.checked_sub(self.survey.first_column).and_then(|place| usize::try_from(place).ok());
            let Some((place, cell)) = place.and_then(|place| Some((place, cells.get_mut(place)?))) else {
                self.cells_outside += u64::from(self.survey.range.has_column(*column));
                continue;
            };
            filled = true;
            match value {
                Value::Unreadable(why) if self.named[place] => defect = Some(unreadable(row.number, *column, why)),
                Value::Formula(_) => self.formulas_without_value += 1,
                _ => {}
            }
            *cell = value.written(self.marks[place]).into_owned();
        }
        if filled {
            self.blank_rows += row.number.saturating_sub(self.last_row + 1);
            self.last_row = row.number;
            self.pending.push(i64::from(row.number), &cells, defect);
            if self.pending.is_full() {
                self.flush()?;
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn flush(&mut self) -> Result<(), Fault> {
        (self.take)(&self.headers, self.pending.take())
    }

    fn end(mut self, findings: &mut Findings) -> Result<(), Fault> {
        if !self.pending.is_empty() {
            self.flush()?;
        }
        let first = column_name(self.survey.first_column);
        let last = column_name(self.survey.first_column + u32::try_from(self.headers.len()).unwrap_or(1).max(1) - 1);
        findings.note("range", format!("{first}{}:{last}{}", self.survey.header_row, self.last_row));
        for (name, count) in [
            ("blank_rows", u64::from(self.blank_rows)),
            ("formulas_without_value", self.formulas_without_value),
            ("cells_outside", self.cells_outside),
        ] {
            if count > 0 {
                findings.note(name, count);
            }
        }
        Ok(())
    }
}

fn unreadable(row: u32, column: u32, why: &str) -> Defect {
    Defect {
        code: "row.unreadable_cell",
        reason: format!("La celda {}{row} no se puede leer ({why}).", column_name(column)),
        remedy: "Escríbala de nuevo en la planilla y guárdela.".into(),
    }
}
