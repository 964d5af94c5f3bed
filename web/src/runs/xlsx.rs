//! `/ejecuciones/{id}/rechazos.xlsx`: the same sheet for Excel, with the bad cells painted.
//!
//! Every cell is text, as it came: Excel turns no code into a number and no amount into a date, also while somebody mends it.

use std::io::{Seek, SeekFrom};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use goreos_db::read::Reject;
use goreos_domain::{RunId, integer_es};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc;
use tokio_util::io::ReaderStream;

use super::run_id;
use super::sheet::{self, Cell, Sheet, Title};
use crate::boundary::PageError;
use crate::documents::attachment;
use crate::page::REVALIDATE;
use crate::state::AppState;

/// The most rows offered as a workbook: more is no work for a person, and the CSV has no limit.
pub const MAX_ROWS: i64 = 20_000;
/// The most columns of the file, of which each may take two.
pub const MAX_HEADERS: usize = 1_000;
const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Stretches read ahead of the writer.
const AHEAD: usize = 2;

/// True when that many rows of that many columns are offered as a workbook.
pub fn is_offered(rows: i64, headers: usize) -> bool {
    rows <= MAX_ROWS && headers <= MAX_HEADERS
}

/// `GET /ejecuciones/{id}/rechazos.xlsx`
pub async fn rejects_xlsx(State(app): State<AppState>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = run_id(&id)?;
    let (sheet, name, rows) = sheet::of_run(&app, id).await?;
    if !is_offered(rows, sheet.headers()) {
        return Err(PageError::NotFound(format!(
            "La ejecución {id} rechazó {} filas de {} columnas; el XLSX se ofrece hasta {} filas y {} columnas. Descargue el CSV, que no tiene límite.",
            integer_es(rows),
            sheet.headers(),
            integer_es(MAX_ROWS),
            MAX_HEADERS
        )));
    }
    let file = written(&app, id, sheet).await?;
    let bytes = file.metadata().map_err(|error| PageError::Internal(error.into()))?.len();
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
        (CONTENT_LENGTH, HeaderValue::from(bytes)),
        (CACHE_CONTROL, HeaderValue::from_static(REVALIDATE)),
    ];
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)));
    Ok((headers, attachment(&format!("{name}.xlsx"))?, body).into_response())
}

/// The workbook, in a file without a name. Rows are read while those before them are written.
async fn written(app: &AppState, id: RunId, sheet: Sheet) -> Result<std::fs::File, PageError> {
    let (send, receive) = mpsc::channel(AHEAD);
    let writer = tokio::task::spawn_blocking(move || write(&sheet, receive));
    let mut after = 0;
    loop {
        let stretch = sheet::stretch(app, id, after).await?;
        let Some(last) = stretch.last() else { break };
        after = last.source_row;
        // A writer that stopped says why below.
        if send.send(stretch).await.is_err() {
            break;
        }
    }
    drop(send);
    match writer.await {
        Ok(Ok(file)) => Ok(file),
        Ok(Err(XlsxError::MaxStringLengthExceeded)) => Err(PageError::NotFound(
            "Una celda tiene más de 32.767 caracteres, que es lo que cabe en una celda de Excel. Descargue el CSV."
                .into(),
        )),
        Ok(Err(error)) => Err(PageError::Internal(anyhow::Error::new(error).context("writing a workbook"))),
        Err(error) => Err(PageError::Internal(anyhow::Error::new(error).context("writing a workbook"))),
    }
}

fn write(sheet: &Sheet, mut stretches: mpsc::Receiver<Vec<Reject>>) -> Result<std::fs::File, XlsxError> {
    let look = Look::new();
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet_with_constant_memory()?;
    page.set_name("rechazos")?;
    page.set_freeze_panes(1, 1)?;
    let titles = sheet.titles();
    for (column, title) in (0..).zip(&titles) {
        page.set_column_width(column, width(title))?;
        page.write_string_with_format(0, column, title.text(), look.of_title(title))?;
    }
    let mut row: u32 = 0;
    while let Some(stretch) = stretches.blocking_recv() {
        for reject in &stretch {
            row += 1;
            look.write(page, row, sheet.row(reject))?;
        }
    }
    let last_column = u16::try_from(titles.len().saturating_sub(1)).unwrap_or(u16::MAX);
    page.ignore_error_range(0, 0, row.max(1), last_column, IgnoreError::NumberStoredAsText)?;
    let mut file = tempfile::tempfile()?;
    workbook.save_to_writer(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// How the cells look.
struct Look {
    row_title: Format,
    title: Format,
    reasons_title: Format,
    row: Format,
    kept: Format,
    bad: Format,
    reasons: Format,
}

impl Look {
    fn new() -> Self {
        // The colours of the pages.
        let text = || Format::new().set_num_format("@").set_align(FormatAlign::Top);
        let title = || text().set_bold().set_border_bottom(FormatBorder::Medium).set_text_wrap();
        let told = |format: Format| format.set_background_color(0x00FD_F4D3).set_font_color(0x0057_4200);
        Self {
            row_title: title().set_background_color(0x00E6_F1F9),
            title: title().set_background_color(0x00E6_F1F9),
            reasons_title: told(title()),
            row: Format::new().set_num_format("0").set_align(FormatAlign::Top).set_font_color(0x004A_4A4A),
            kept: text(),
            bad: text()
                .set_background_color(0x00FD_ECEC)
                .set_font_color(0x00B8_1F1F)
                .set_border(FormatBorder::Thin)
                .set_border_color(0x00B8_1F1F),
            reasons: told(text().set_text_wrap()),
        }
    }

    fn of_title(&self, title: &Title) -> &Format {
        match title {
            Title::Row => &self.row_title,
            Title::Header(_) => &self.title,
            Title::Reasons(_) => &self.reasons_title,
        }
    }

    fn write(&self, page: &mut Worksheet, row: u32, cells: Vec<Cell>) -> Result<(), XlsxError> {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 rows")]
                Cell::Row(number) => page.write_number_with_format(row, column, number as f64, &self.row)?,
                Cell::Kept(text) => page.write_string_with_format(row, column, text, &self.kept)?,
                Cell::Bad(text) => page.write_string_with_format(row, column, text, &self.bad)?,
                Cell::Reasons(text) => page.write_string_with_format(row, column, text, &self.reasons)?,
            };
        }
        Ok(())
    }
}

/// In characters: the row number is short, a reason is a sentence.
fn width(title: &Title) -> u8 {
    match title {
        Title::Row => 8,
        Title::Header(header) => u8::try_from(header.chars().count()).unwrap_or(u8::MAX).clamp(12, 32),
        Title::Reasons(_) => 44,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn workbook(rejects: Vec<Reject>) -> Result<std::fs::File, XlsxError> {
        let (sheet, _) = sheet::tests::sample();
        let (send, receive) = mpsc::channel(1);
        send.try_send(rejects).expect("room for one");
        drop(send);
        write(&sheet, receive)
    }

    #[test]
    fn a_sheet_becomes_a_workbook_from_its_first_byte() {
        let (_, reject) = sheet::tests::sample();
        let mut file = workbook(vec![reject]).expect("written");
        let mut start = [0; 4];
        file.read_exact(&mut start).expect("bytes");
        assert_eq!(start, *b"PK\x03\x04");
    }

    #[test]
    fn a_cell_that_excel_cannot_hold_is_never_cut() {
        let (_, mut reject) = sheet::tests::sample();
        reject.raw[0].1 = "x".repeat(32_768);
        assert!(matches!(workbook(vec![reject]), Err(XlsxError::MaxStringLengthExceeded)));
    }

    #[test]
    fn a_workbook_is_offered_within_its_limits() {
        assert!(is_offered(MAX_ROWS, MAX_HEADERS));
        assert!(!is_offered(MAX_ROWS + 1, 1) && !is_offered(1, MAX_HEADERS + 1));
    }
}
