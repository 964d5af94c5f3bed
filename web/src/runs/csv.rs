//! `/ejecuciones/{id}/rechazos.csv`: every refused row, whole, for a spreadsheet.
//!
//! UTF-8 with a byte order mark and `;`, as Excel in Chile opens it. Text that a spreadsheet would take for a formula is
//! defused with an apostrophe, which is taken away when the sheet comes back; numbers stay numbers.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::stream;
use goreos_db::read::Reject;

use super::run_id;
use super::sheet::{self, Cell, Sheet};
use crate::boundary::PageError;
use crate::documents::attachment;
use crate::page::REVALIDATE;
use crate::state::AppState;

/// `GET /ejecuciones/{id}/rechazos.csv`
pub async fn rejects_csv(State(app): State<AppState>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = run_id(&id)?;
    let (sheet, name, _) = sheet::of_run(&app, id).await?;
    let first = format!("\u{feff}{}", line(sheet.titles().iter().map(|title| defused(&title.text()))));
    let rows = stream::try_unfold((app, 0, Some(first)), move |(app, after, first)| {
        let sheet = sheet.clone();
        async move {
            if let Some(first) = first {
                return Ok::<_, PageError>(Some((first, (app, after, None))));
            }
            let stretch = sheet::stretch(&app, id, after).await?;
            let Some(last) = stretch.last().map(|reject| reject.source_row) else { return Ok(None) };
            let text: String = stretch.iter().map(|reject| record(&sheet, reject)).collect();
            Ok(Some((text, (app, last, None))))
        }
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static(REVALIDATE)),
    ];
    Ok((headers, attachment(&format!("{name}.csv"))?, Body::from_stream(rows)).into_response())
}

fn record(sheet: &Sheet, reject: &Reject) -> String {
    line(sheet.row(reject).into_iter().map(|cell| match cell {
        Cell::Row(row) => row.to_string(),
        Cell::Kept(text) | Cell::Bad(text) | Cell::Reasons(text) => defused(&text),
    }))
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.map(|cell| quoted(&cell)).collect::<Vec<_>>().join(";");
    line.push_str("\r\n");
    line
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// The cell with an apostrophe before it when a spreadsheet would calculate it.
fn defused(cell: &str) -> String {
    const TRIGGERS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];
    let is_number =
        cell.strip_prefix(['-', '+']).unwrap_or(cell).bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    if cell.starts_with(TRIGGERS) && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_defused_and_a_number_is_left_alone() {
        for formula in ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"] {
            assert_eq!(defused(formula), format!("'{formula}"));
        }
        for harmless in ["-1.234,5", "-5.000", "+56", "-", "Chillán", "1=1", ""] {
            assert_eq!(defused(harmless), harmless);
        }
    }

    #[test]
    fn a_cell_with_separators_or_quotes_stays_one_cell() {
        assert_eq!(quoted("a;b"), "\"a;b\"");
        assert_eq!(quoted("dijo \"no\""), "\"dijo \"\"no\"\"\"");
        assert_eq!(quoted("dos\nlíneas"), "\"dos\nlíneas\"");
        assert_eq!(quoted("'=1;2"), "\"'=1;2\"");
    }

    #[test]
    fn a_refused_row_is_given_back_whole_with_every_reason() {
        let (sheet, reject) = sheet::tests::sample();
        assert_eq!(
            record(&sheet, &reject),
            "17;;Falta la comuna. Corríjalo.;#REF!;No es un monto. Corríjalo. · Falta. Corríjalo.;\"'=HYPERLINK(\"\"x\"\")\";\
             otra: Nadie la conoce. Corríjalo. · La fila se repite. Corríjalo.\r\n"
        );
    }
}
