//! Office Open XML: numbers, serial dates, formulas with their results, error cells, merged bands.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError};

use super::{Cell, NOTES, Native, Sheet};

pub(super) fn write(sheet: &Sheet, name: &str) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let written = notes(workbook.add_worksheet())
        .and_then(|()| fill(workbook.add_worksheet(), sheet, name))
        .and_then(|()| workbook.save_to_buffer());
    written.expect("a sheet that fits a workbook")
}

fn notes(page: &mut Worksheet) -> Result<(), XlsxError> {
    page.set_name(NOTES[0])?.write(0, 0, NOTES[1])?;
    Ok(())
}

fn fill(page: &mut Worksheet, sheet: &Sheet, name: &str) -> Result<(), XlsxError> {
    page.set_name(name)?;
    let [day, plain] = [Format::new().set_num_format("dd-mm-yyyy"), Format::new()];
    for (number, cells) in (0_u32..).zip(&sheet.rows) {
        for (place, Cell { text, native }) in (0_u16..).zip(cells) {
            match native {
                Native::Text if text.is_empty() => {}
                Native::Text => {
                    page.write_string(number, place, text)?;
                }
                Native::Number(value) => {
                    page.write_number(number, place, *value)?;
                }
                Native::Day { year, month, day: nth } => {
                    page.write_with_format(number, place, &ExcelDateTime::from_ymd(*year, *month, *nth)?, &day)?;
                }
                Native::Error => {
                    page.write_formula(number, place, Formula::new("=Z1").set_result(text))?;
                }
                Native::Formula(formula, value) => {
                    page.write_formula(number, place, Formula::new(*formula).set_result(value.to_string()))?;
                }
            }
        }
    }
    for (row, first, last) in &sheet.merged {
        let text = sheet.rows[*row as usize].get(usize::from(*first)).map_or("", |cell| &cell.text);
        page.merge_range(*row, *first, *row, *last, text, &plain)?;
    }
    Ok(())
}
