//! `/ejecuciones/{id}/rechazos.csv`: every refused row, whole, for a spreadsheet.
//!
//! UTF-8 with a byte order mark and `;`, as Excel in Chile opens it. Text that a spreadsheet would take for a formula is
//! defused with an apostrophe; numbers stay numbers.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::stream;
use goreos_db::read::{self, Reject};
use goreos_domain::RunId;

use super::{run_id, unknown};
use crate::boundary::PageError;
use crate::documents::attachment;
use crate::page::REVALIDATE;
use crate::state::AppState;

/// The columns before those of the file.
const OWN: [&str; 5] = ["fila", "columna", "valor", "motivo", "remedio"];

/// `GET /ejecuciones/{id}/rechazos.csv`
pub async fn rejects_csv(State(app): State<AppState>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = run_id(&id)?;
    let mut connection = app.connection().await?;
    let run = read::run(&mut connection, id).await?.ok_or_else(|| unknown(&id.to_string()))?;
    drop(connection);
    let headers = headers_of(&app, id).await?;
    let subject = run.line.dataset.map_or_else(|| "ejecucion".to_owned(), |dataset| dataset.to_string());
    let name = format!("rechazos-{subject}-{id}.csv");
    let first =
        format!("\u{feff}{}", line(OWN.into_iter().map(str::to_owned).chain(headers.iter().map(|h| defused(h)))));
    let rows = stream::try_unfold((app, 0, Some(first)), move |(app, after, first)| async move {
        if let Some(first) = first {
            return Ok::<_, PageError>(Some((first, (app, after, None))));
        }
        let stretch = stretch(&app, id, after).await?;
        let Some(last) = stretch.last().map(|reject| reject.source_row) else { return Ok(None) };
        Ok(Some((stretch.iter().map(record).collect::<String>(), (app, last, None))))
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static(REVALIDATE)),
    ];
    Ok((headers, attachment(&name)?, Body::from_stream(rows)).into_response())
}

async fn stretch(app: &AppState, id: RunId, after: i64) -> Result<Vec<Reject>, PageError> {
    let mut connection = app.connection().await?;
    Ok(read::rejects_after(&mut connection, id, after).await?)
}

/// The headers of the file, which every reject carries in their order.
async fn headers_of(app: &AppState, id: RunId) -> Result<Vec<String>, PageError> {
    let first = stretch(app, id, 0).await?.into_iter().next();
    Ok(first.map(|reject| reject.raw.into_iter().map(|(header, _)| header).collect()).unwrap_or_default())
}

fn record(reject: &Reject) -> String {
    let joined = |part: fn(&read::Reason) -> &str| {
        let parts: Vec<&str> = reject.reasons.iter().map(part).filter(|text| !text.is_empty()).collect();
        defused(&parts.join(" | "))
    };
    let own = [
        reject.source_row.to_string(),
        joined(|reason| reason.column.as_deref().unwrap_or_default()),
        joined(|reason| reason.value.as_deref().unwrap_or_default()),
        joined(|reason| &reason.reason),
        joined(|reason| &reason.remedy),
    ];
    line(own.into_iter().chain(reject.raw.iter().map(|(_, cell)| defused(cell))))
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
    use goreos_db::read::Reason;

    use super::*;

    #[test]
    fn a_formula_is_defused_and_a_number_is_left_alone() {
        for formula in ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "-"] {
            let expected = if formula == "-" { "-".to_owned() } else { format!("'{formula}") };
            assert_eq!(defused(formula), expected);
        }
        for harmless in ["-1.234,5", "+56", "Chillán", "1=1", ""] {
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
        let reason = |column: &str, text: &str| Reason {
            column: Some(column.into()),
            value: Some("#REF!".into()),
            rule: "money".into(),
            code: "money.unreadable".into(),
            reason: text.into(),
            remedy: "Corrija la celda".into(),
        };
        let cell = |header: &str, text: &str| (header.to_owned(), text.to_owned());
        let reject = Reject {
            source_row: 17,
            raw: vec![cell("COMUNA", ""), cell("MONTO", "#REF!"), cell("NOMBRE", "=HYPERLINK(\"x\")")],
            reasons: vec![reason("monto", "no es un monto"), reason("nombre", "falta")],
        };
        assert_eq!(
            record(&reject),
            "17;monto | nombre;#REF! | #REF!;no es un monto | falta;Corrija la celda | Corrija la celda;;#REF!;\"'=HYPERLINK(\"\"x\"\")\"\r\n"
        );
    }
}
