//! The rows that differ, as a file that Excel in Chile opens: byte order mark, `;`, decimal comma, formulas defused.

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::{TryStreamExt as _, stream};
use goreos_db::difference::{self, Changed, Compared, Kind, Values};
use goreos_db::{Connection, DbError};
use goreos_domain::{Decimals, decimal_es, defused};
use tokio::sync::mpsc;

use super::file::file_name;
use super::pair::{Ask, Subject};
use super::told;
use super::values::plain;
use crate::boundary::PageError;
use crate::documents::attachment;
use crate::page::FOR_EVER;
use crate::query::value;
use crate::runs::csv_line as line;
use crate::state::AppState;

/// Lines sent at once, in bytes.
const PIECE: usize = 32 * 1024;

pub(super) async fn rows(app: &AppState, ask: &Ask, raw: &str) -> Result<Response, PageError> {
    let which = kind(raw)?;
    let mut connection = app.connection().await?;
    let subject = Subject::load(&mut connection, ask).await?;
    let compared = difference::compared(&mut connection, subject.from, subject.to).await.map_err(told)?;
    let name = match which {
        Some(kind) => file_name(&subject, &format!("{}s.csv", kind.spanish())),
        None => file_name(&subject, "csv"),
    };
    let (send, mut pieces) = mpsc::channel(4);
    tokio::spawn(async move {
        if let Err(error) = write(&mut connection, &subject, &compared, which, &send).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "A file of differences ends early");
            // The reader sees a broken download, not a short one.
            let _ = send.send(Err(std::io::Error::other(error))).await;
        }
    });
    let body = stream::poll_fn(move |context| pieces.poll_recv(context));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static(FOR_EVER)),
    ];
    Ok((headers, attachment(&name)?, Body::from_stream(body)).into_response())
}

/// `?cambio=movida`; nothing for all.
pub(super) fn kind(raw: &str) -> Result<Option<Kind>, PageError> {
    let unknown = |text: &str| {
        PageError::BadRequest(format!("«{text}» no es un cambio: agregada, eliminada, modificada o movida."))
    };
    value(raw, "cambio").map(|text| Kind::parse(&text).ok_or_else(|| unknown(&text))).transpose()
}

type Pieces = mpsc::Sender<Result<String, std::io::Error>>;

/// Goes on for as long as somebody reads.
async fn write(
    connection: &mut Connection,
    subject: &Subject,
    compared: &Compared,
    which: Option<Kind>,
    send: &Pieces,
) -> Result<(), DbError> {
    let Subject { from, to, tolerance_m, .. } = *subject;
    let mut rows = difference::rows(connection, from, to, tolerance_m, which, None).await?;
    let mut piece = format!("\u{feff}{}", line(heading(compared).into_iter()));
    while let Some(row) = rows.try_next().await? {
        piece.push_str(&line(record(&row, compared).into_iter()));
        if piece.len() >= PIECE && send.send(Ok(std::mem::take(&mut piece))).await.is_err() {
            return Ok(());
        }
    }
    let _ = send.send(Ok(piece)).await;
    Ok(())
}

fn heading(compared: &Compared) -> Vec<String> {
    let mut cells = vec!["Cambio".to_owned()];
    cells.extend(compared.key.iter().map(|column| column.title.clone()));
    if compared.key.is_empty() {
        cells.push("Fila del archivo".to_owned());
    }
    if compared.geometry {
        cells.push("Distancia (m)".to_owned());
    }
    let both = compared.columns.iter();
    cells.extend(both.flat_map(|column| [format!("{} (antes)", column.title), format!("{} (después)", column.title)]));
    cells.iter().map(|cell| defused(cell).into_owned()).collect()
}

fn record(row: &Changed, compared: &Compared) -> Vec<String> {
    let text = |values: Values, value: &Option<String>| {
        value.as_deref().map_or_else(String::new, |value| defused(&plain(values, value)).into_owned())
    };
    let mut cells = vec![row.kind.spanish().to_owned()];
    let of_key = |at: usize| compared.key.get(at).map_or(Values::Whole, |column| column.values);
    cells.extend(
        (0..compared.key.len().max(1))
            .map(|at| row.key.get(at).map_or_else(String::new, |(_, value)| text(of_key(at), value))),
    );
    if compared.geometry {
        cells.push(row.moved_m.map_or_else(String::new, |metres| decimal_es(metres, Decimals(2)).replace('.', "")));
    }
    for (cell, column) in row.cells.iter().zip(&compared.columns) {
        cells.push(text(column.values, &cell.before));
        cells.push(text(column.values, &cell.after));
    }
    cells
}

#[cfg(test)]
mod tests {
    use goreos_db::difference::{Cell, ComparedColumn};

    use super::*;

    #[test]
    fn a_row_is_a_line_with_each_value_before_and_after() {
        let column =
            |name: &str, title: &str, values| ComparedColumn { name: name.into(), title: title.into(), values };
        let compared = Compared {
            key: vec![column("codigo", "Código", Values::Text)],
            columns: vec![column("monto", "Monto", Values::Money), column("x", "Superficie", Values::Real)],
            geometry: true,
            ..Compared::default()
        };
        let row = Changed {
            kind: Kind::Changed,
            key: vec![("codigo".into(), Some("=1;2".into()))],
            cells: vec![
                Cell { column: "monto".into(), before: Some("1000".into()), after: Some("-5".into()) },
                Cell { column: "x".into(), before: None, after: Some("0.5".into()) },
            ],
            moved_m: Some(1_234.567),
            before: None,
            after: None,
        };
        assert_eq!(
            line(heading(&compared).into_iter()),
            "Cambio;Código;Distancia (m);Monto (antes);Monto (después);Superficie (antes);Superficie (después)\r\n"
        );
        assert_eq!(line(record(&row, &compared).into_iter()), "modificada;\"'=1;2\";1234,57;1000;-5;;0,5\r\n");
    }

    #[test]
    fn a_kind_is_one_of_four_words() {
        assert_eq!(kind("cambio=movida").expect("a kind"), Some(Kind::Moved));
        assert_eq!(kind("cambio=").expect("all"), None);
        assert!(kind("cambio=otra").is_err());
    }
}
