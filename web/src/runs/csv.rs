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
use goreos_domain::defused;

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
    let first = format!("\u{feff}{}", line(sheet.titles().iter().map(|title| defused(&title.text()).into_owned())));
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
        Cell::Kept(text) | Cell::Bad(text) | Cell::Reasons(text) => defused(&text).into_owned(),
    }))
}

/// A record, its cells quoted where they must be.
pub fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.map(|cell| quoted(&cell)).collect::<Vec<_>>().join(";");
    line.push_str("\r\n");
    line
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
