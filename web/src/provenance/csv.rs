//! `/procedencia/{dataset}/filas.csv`: all the rows behind a figure, as Excel in Chile opens it.
//!
//! Read and sent in stretches: neither memory nor a connection is held for a slow reader.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::stream;
use goreos_db::read::{self, RowCells, RowColumn, RowKind, RowSet};
use goreos_domain::defused;

use super::address::parse;
use super::page::no_figure;
use crate::boundary::PageError;
use crate::documents::attachment;
use crate::page::{FOR_EVER, REVALIDATE};
use crate::runs::csv_line;
use crate::state::AppState;
use crate::viewed::{Wanted, if_held};

/// `GET /procedencia/{dataset}/filas.csv`
pub async fn rows_csv(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(dataset): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, PageError> {
    let figure = parse(&dataset, &raw.unwrap_or_default())?;
    let (set, edition, pinned) = {
        let mut connection = app.connection().await?;
        let viewed = wanted.load(&mut connection).await?;
        let pinned = viewed.pinned;
        let edition = viewed.edition.ok_or_else(|| no_figure(&figure))?;
        let set = if_held(read::rows_behind(&mut connection, &edition, &figure).await)?.ok().flatten();
        (set.ok_or_else(|| no_figure(&figure))?, edition.id, pinned)
    };
    let first = format!("\u{feff}{}", csv_line(set.columns.iter().map(|column| defused(&column.title).into_owned())));
    let name = format!("{}-{}-edicion-{edition}.csv", set.dataset, figure.measure.code());
    let rows = stream::try_unfold((app, set, 0, Some(first)), |(app, set, number, first)| async move {
        if let Some(first) = first {
            return Ok::<_, PageError>(Some((first, (app, set, number, None))));
        }
        let stretch = {
            let mut connection = app.connection().await?;
            set.stretch(&mut connection, number).await?
        };
        Ok(stretch.map(|rows| (lines(&set, rows), (app, set, number + 1, None))))
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static(if pinned { FOR_EVER } else { REVALIDATE })),
    ];
    Ok((headers, attachment(&name)?, Body::from_stream(rows)).into_response())
}

fn lines(set: &RowSet, rows: Vec<RowCells>) -> String {
    rows.into_iter()
        .map(|row| csv_line(set.columns.iter().zip(row).map(|(column, text)| cell(column, text.unwrap_or_default()))))
        .collect()
}

/// Numbers stay numbers, with a decimal comma; texts cannot become formulas.
fn cell(column: &RowColumn, text: String) -> String {
    match column.kind {
        RowKind::Whole | RowKind::Pesos | RowKind::Code | RowKind::Date => text,
        RowKind::Real => text.replace('.', ","),
        RowKind::Text => defused(&text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_numbers_and_texts_cannot_become_formulas() {
        let told = |kind, text: &str| cell(&RowColumn { name: "x".into(), title: "X".into(), kind }, text.into());
        assert_eq!(told(RowKind::Pesos, "-1500"), "-1500");
        assert_eq!(told(RowKind::Real, "-71.5"), "-71,5");
        assert_eq!(told(RowKind::Text, "=1+1"), "'=1+1");
        assert_eq!(told(RowKind::Date, "2024-12-11"), "2024-12-11");
    }
}
