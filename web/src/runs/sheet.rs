//! Refused rows as a sheet to mend: the columns of the file, and beside each column with reasons one that holds them.
//!
//! The mended sheet comes back (`super::mend`) and is read by `pipelines/src/mend.rs`: its first column names the rows of the
//! source file, and columns whose name begins with [`REASONS`] are passed over.

use std::collections::HashMap;

use goreos_db::read::{self, Reason, Reject, RejectColumn};
use goreos_domain::{RunId, fold};

use super::unknown;
use crate::boundary::PageError;
use crate::state::AppState;

/// The first column: the row of the source file.
pub const ROW: &str = "fila";
/// How the name of a column of reasons begins.
pub const REASONS: &str = "▸ ";
/// What stands between two reasons of a cell.
const AND: &str = " · ";

/// The columns of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    headers: Vec<String>,
    /// For each header, whether some row has a reason about it.
    told: Vec<bool>,
    places: HashMap<String, usize>,
}

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// The row of the source file.
    Row(i64),
    /// As received.
    Kept(String),
    /// As received, and a reason why the row was refused.
    Bad(String),
    /// Why, and how to mend it.
    Reasons(String),
}

/// The name of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Title {
    Row,
    Header(String),
    Reasons(String),
}

impl Title {
    /// As the sheet says it.
    pub fn text(&self) -> String {
        match self {
            Self::Row => ROW.into(),
            Self::Header(header) => header.clone(),
            Self::Reasons(header) => format!("{REASONS}{header}"),
        }
    }
}

impl Sheet {
    /// For a file with those headers, where rows were refused for those columns.
    pub fn new(headers: Vec<String>, columns: &[RejectColumn]) -> Self {
        let places = headers.iter().enumerate().map(|(place, header)| (header.clone(), place)).collect();
        let mut sheet = Self { told: vec![false; headers.len()], headers, places };
        for column in columns {
            if let Some(place) = sheet.place(column.header.as_deref(), column.column.as_deref()) {
                sheet.told[place] = true;
            }
        }
        sheet
    }

    /// How many columns the file has.
    pub fn headers(&self) -> usize {
        self.headers.len()
    }

    /// How many columns the sheet has.
    #[cfg(test)]
    fn width(&self) -> usize {
        self.headers.len() + self.told.iter().filter(|told| **told).count() + 2
    }

    /// The names of its columns, in order.
    pub fn titles(&self) -> Vec<Title> {
        let mut titles = vec![Title::Row];
        for (header, told) in self.headers.iter().zip(&self.told) {
            titles.push(Title::Header(header.clone()));
            if *told {
                titles.push(Title::Reasons(header.clone()));
            }
        }
        titles.push(Title::Reasons(ROW.into()));
        titles
    }

    /// The cells of a refused row, one for each title.
    pub fn row(&self, reject: &Reject) -> Vec<Cell> {
        let mut of_cells: Vec<Vec<String>> = vec![Vec::new(); self.headers.len()];
        let mut of_row: Vec<String> = Vec::new();
        for reason in &reject.reasons {
            match self.place(reason.header.as_deref(), reason.column.as_deref()).filter(|place| self.told[*place]) {
                Some(place) => of_cells[place].push(told(reason)),
                None => of_row.push(told_of_row(reason)),
            }
        }
        let mut cells = vec![Cell::Row(reject.source_row)];
        for (place, reasons) in of_cells.iter().enumerate() {
            let text = reject.raw.get(place).map(|(_, cell)| cell.clone()).unwrap_or_default();
            cells.push(if reasons.is_empty() { Cell::Kept(text) } else { Cell::Bad(text) });
            if self.told[place] {
                cells.push(Cell::Reasons(reasons.join(AND)));
            }
        }
        cells.push(Cell::Reasons(of_row.join(AND)));
        cells
    }

    /// The header a reason is about: the one it names, or else the one that is written like its column.
    pub fn place(&self, header: Option<&str>, column: Option<&str>) -> Option<usize> {
        if let Some(place) = header.and_then(|header| self.places.get(header)) {
            return Some(*place);
        }
        let column = fold(column?);
        self.headers.iter().position(|header| !column.is_empty() && fold(header) == column)
    }
}

/// `Falta «Monto». Complete la celda.`
fn told(reason: &Reason) -> String {
    [reason.reason.trim(), reason.remedy.trim()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn told_of_row(reason: &Reason) -> String {
    match reason.header.as_deref().or(reason.column.as_deref()).filter(|name| !name.is_empty()) {
        Some(column) => format!("{column}: {}", told(reason)),
        None => told(reason),
    }
}

/// The sheet of a run, the name of its download without extension, and how many rows it has.
pub async fn of_run(app: &AppState, id: RunId) -> Result<(Sheet, String, i64), PageError> {
    let mut connection = app.connection().await?;
    let run = read::run(&mut connection, id).await?.ok_or_else(|| unknown(&id.to_string()))?;
    let columns = read::reject_columns(&mut connection, id).await?;
    let first = read::rejects(&mut connection, id, None, read::Page::numbered(1, 1)).await?;
    // Every reject carries the headers of the file, in their order.
    let headers = first.items.into_iter().next().map(|reject| reject.raw).unwrap_or_default();
    let headers = headers.into_iter().map(|(header, _)| header).collect();
    let subject = run.line.dataset.map_or_else(|| "ejecucion".to_owned(), |dataset| dataset.to_string());
    Ok((Sheet::new(headers, &columns), format!("rechazos-{subject}-{id}"), first.total))
}

/// The next rows after one of the file.
pub async fn stretch(app: &AppState, id: RunId, after: i64) -> Result<Vec<Reject>, PageError> {
    let mut connection = app.connection().await?;
    Ok(read::rejects_after(&mut connection, id, after).await?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn column(header: Option<&str>, column: Option<&str>) -> RejectColumn {
        RejectColumn { header: header.map(Into::into), column: column.map(Into::into) }
    }

    fn reason(header: Option<&str>, column: Option<&str>, text: &str) -> Reason {
        Reason {
            column: column.map(Into::into),
            header: header.map(Into::into),
            value: None,
            rule: "money".into(),
            code: "value.not_money".into(),
            reason: text.into(),
            remedy: "Corríjalo.".into(),
        }
    }

    /// A sheet of three columns with a row that has a reason of each kind.
    pub fn sample() -> (Sheet, Reject) {
        let headers = ["COMUNA", "MONTO FNDR", "NOMBRE"].map(str::to_owned).to_vec();
        let columns = [column(Some("MONTO FNDR"), Some("monto")), column(None, Some("comuna")), column(None, None)];
        let cell = |header: &str, text: &str| (header.to_owned(), text.to_owned());
        let reject = Reject {
            source_row: 17,
            raw: vec![cell("COMUNA", ""), cell("MONTO FNDR", "#REF!"), cell("NOMBRE", "=HYPERLINK(\"x\")")],
            reasons: vec![
                reason(Some("MONTO FNDR"), Some("monto"), "No es un monto."),
                reason(Some("MONTO FNDR"), Some("monto"), "Falta."),
                reason(None, Some("Comuna"), "Falta la comuna."),
                reason(None, Some("otra"), "Nadie la conoce."),
                reason(None, None, "La fila se repite."),
            ],
        };
        (Sheet::new(headers, &columns), reject)
    }

    #[test]
    fn reasons_stand_beside_the_cells_they_are_about() {
        let (sheet, reject) = sample();
        let titles: Vec<String> = sheet.titles().iter().map(Title::text).collect();
        assert_eq!(titles, ["fila", "COMUNA", "▸ COMUNA", "MONTO FNDR", "▸ MONTO FNDR", "NOMBRE", "▸ fila"]);
        assert_eq!(titles.len(), sheet.width());
        let told = |text: &str| Cell::Reasons(text.into());
        assert_eq!(
            sheet.row(&reject),
            [
                Cell::Row(17),
                Cell::Bad(String::new()),
                told("Falta la comuna. Corríjalo."),
                Cell::Bad("#REF!".into()),
                told("No es un monto. Corríjalo. · Falta. Corríjalo."),
                Cell::Kept("=HYPERLINK(\"x\")".into()),
                told("otra: Nadie la conoce. Corríjalo. · La fila se repite. Corríjalo."),
            ]
        );
    }

    #[test]
    fn a_row_with_fewer_cells_than_headers_still_fills_every_column() {
        let (sheet, mut reject) = sample();
        reject.raw.truncate(1);
        reject.reasons.clear();
        assert_eq!(sheet.row(&reject).len(), sheet.width());
    }
}
