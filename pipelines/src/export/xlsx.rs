//! A workbook: the rows on one sheet with their types, and on another what they are.

use std::path::Path;

use chrono::{Datelike as _, NaiveDate, Timelike as _};
use goreos_db::export::ColumnKind;
use goreos_domain::integer_es;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::Spool;
use super::about::About;
use super::failure::Failure;
use super::points::Points;
use super::spool::Value;

/// Rows of a sheet below its headings.
const MOST_ROWS: u64 = 1_048_575;
const MOST_COLUMNS: usize = 16_384;
/// Whole numbers up to here are exact in a cell.
const EXACT: u64 = 1 << 53;
/// Digits that a cell keeps.
const DIGITS: usize = 15;

pub(super) fn write(spool: &Spool, path: &Path) -> Result<(), Failure> {
    let (about, survey) = (&spool.about, &spool.survey);
    if survey.rows > MOST_ROWS {
        return Err(Failure::unfit(format!(
            "Una hoja de Excel tiene {} filas como máximo, y esta versión tiene {}. Descargue un CSV.",
            integer_es(i64::try_from(MOST_ROWS).unwrap_or(i64::MAX)),
            integer_es(i64::try_from(survey.rows).unwrap_or(i64::MAX))
        )));
    }
    if about.columns.len() + 2 > MOST_COLUMNS {
        return Err(Failure::unfit("Una hoja de Excel tiene 16.384 columnas como máximo. Descargue un CSV."));
    }
    let mut workbook = Workbook::new();
    if let Some(folder) = path.parent() {
        workbook.set_tempdir(folder).map_err(failed)?;
    }
    let built = about.built_at;
    let year = u16::try_from(built.year()).unwrap_or(1900);
    let made = ExcelDateTime::from_ymd(year, number(built.month()), number(built.day()))
        .and_then(|day| day.and_hms(hour(built.hour()), number(built.minute()), f64::from(built.second())))
        .map_err(failed)?;
    workbook.set_properties(&DocProperties::new().set_title(&about.title).set_creation_datetime(&made));
    let look = Look::new();
    let page = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
    page.set_name("Datos").map_err(failed)?;
    data(spool, page, &look)?;
    let page = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
    page.set_name("Metadatos").map_err(failed)?;
    metadata(about, page, &look).map_err(failed)?;
    workbook.save(path).map_err(failed)
}

fn number(part: u32) -> u8 {
    u8::try_from(part).unwrap_or(u8::MAX)
}

fn hour(part: u32) -> u16 {
    u16::try_from(part).unwrap_or(u16::MAX)
}

/// How the cells look.
struct Look {
    heading: Format,
    /// Whole numbers, without thousands: a year is one of them.
    whole: Format,
    money: Format,
    date: Format,
    wrapped: Format,
}

impl Look {
    fn new() -> Self {
        let heading = Format::new().set_bold().set_border_bottom(FormatBorder::Medium).set_text_wrap();
        Self {
            heading: heading.set_background_color(0x00E6_F1F9).set_align(FormatAlign::Top),
            whole: Format::new().set_num_format("0"),
            money: Format::new().set_num_format("#,##0"),
            date: Format::new().set_num_format("dd-mm-yyyy"),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

fn data(spool: &Spool, page: &mut Worksheet, look: &Look) -> Result<(), Failure> {
    let about = &spool.about;
    let mut rows = spool.rows()?;
    let points = Points::of(about);
    let mut headings = about.headings();
    headings.extend(points.headings(about).map(str::to_owned));
    page.set_freeze_panes(1, 0).map_err(failed)?;
    for (column, heading) in (0..).zip(&headings) {
        let width = heading.chars().count().clamp(10, 32);
        page.set_column_width(column, u8::try_from(width).unwrap_or(u8::MAX)).map_err(failed)?;
        page.write_string_with_format(0, column, heading, &look.heading).map_err(failed)?;
    }
    let last_column = u16::try_from(headings.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let last_row = u32::try_from(spool.survey.rows).unwrap_or(u32::MAX);
    if last_row > 0 {
        page.autofilter(0, 0, last_row, last_column).map_err(failed)?;
    }
    let cells: Vec<(usize, &Format)> = about
        .cells()
        .map(|(place, column)| {
            let is_money = column.kind == ColumnKind::Int && column.is_money();
            (place, if is_money { &look.money } else { &look.whole })
        })
        .collect();
    let mut line: u32 = 0;
    while let Some(row) = rows.next()? {
        line += 1;
        let mut column = 0;
        for (place, whole) in &cells {
            write_cell(page, (line, column), row.value(*place)?, whole, look).map_err(failed)?;
            column += 1;
        }
        for coordinate in points.cells(&row)? {
            if let Some(degrees) = coordinate {
                page.write_number(line, column, degrees).map_err(failed)?;
            }
            column += 1;
        }
    }
    Ok(())
}

fn write_cell(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    value: Value<'_>,
    whole: &Format,
    look: &Look,
) -> Result<(), XlsxError> {
    match value {
        Value::Text(text) => {
            page.write_string(row, column, text)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "larger ones are written as text")]
        Value::Int(number) if number.unsigned_abs() <= EXACT => {
            page.write_number_with_format(row, column, number as f64, whole)?;
        }
        Value::Int(number) => {
            page.write_string(row, column, number.to_string())?;
        }
        Value::Real(number) if number.is_finite() => {
            page.write_number(row, column, number)?;
        }
        Value::Null | Value::Geometry(_) | Value::Real(_) => {}
        Value::Decimal(digits) => {
            let exact = digits.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count() <= DIGITS;
            match digits.parse::<f64>().ok().filter(|number| exact && number.is_finite()) {
                Some(number) => page.write_number(row, column, number)?,
                None => page.write_string(row, column, digits)?,
            };
        }
        Value::Date(day) => {
            match excel_day(day) {
                Some(at) => page.write_datetime_with_format(row, column, &at, &look.date)?,
                // The calendar of Excel begins in 1900.
                None => page.write_string(row, column, day.to_string())?,
            };
        }
        Value::Bool(yes) => {
            page.write_boolean(row, column, yes)?;
        }
    }
    Ok(())
}

fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok()?;
    ExcelDateTime::from_ymd(year, number(day.month()), number(day.day())).ok()
}

fn metadata(about: &About, page: &mut Worksheet, look: &Look) -> Result<(), XlsxError> {
    for (column, width) in [(0, 28), (1, 44), (2, 60)] {
        page.set_column_width(column, width)?;
    }
    let mut line = 0;
    for fact in &about.facts {
        page.write_string_with_format(line, 0, &fact.label, &look.wrapped)?;
        page.write_string_with_format(line, 1, &fact.value, &look.wrapped)?;
        line += 1;
    }
    line += 1;
    for (column, heading) in [(0, "Columna"), (1, "Título"), (2, "Contenido")] {
        page.write_string_with_format(line, column, heading, &look.heading)?;
    }
    for column in &about.columns {
        line += 1;
        let words = if column.kind == ColumnKind::Geometry && !about.is_points {
            format!("{}; no cabe en una planilla: está en los formatos de mapas", column.words)
        } else {
            column.words.clone()
        };
        page.write_string_with_format(line, 0, &column.name, &look.wrapped)?;
        page.write_string_with_format(line, 1, &column.title, &look.wrapped)?;
        page.write_string_with_format(line, 2, words, &look.wrapped)?;
    }
    Ok(())
}

fn failed(error: XlsxError) -> Failure {
    match error {
        XlsxError::IoError(error) => Failure::Disk(error),
        XlsxError::MaxStringLengthExceeded => {
            Failure::unfit("Una celda tiene más de 32.767 caracteres, que es lo que cabe en Excel. Descargue un CSV.")
        }
        other => Failure::of(&other),
    }
}
