//! Workbooks made for a test.

use std::fmt::Write as _;
use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{Workbook, Worksheet};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// A contract for a workbook, with these lines in its `[source]` and these columns: `name type`, after `!` a required one.
pub(super) fn contract(format: &str, source: &str, columns: &str) -> String {
    let mut text = format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a'\nformat='{format}'\n{source}\n"
    );
    for column in columns.split(',') {
        let (name, kind) = column.trim().split_once(' ').expect("a name and a type");
        let required = name.starts_with('!');
        let name = name.trim_start_matches('!');
        let unit = if kind == "money" { "unit='CLP_thousands'\n" } else { "" };
        write!(text, "[[column]]\nname='{name}'\ntype='{kind}'\nrequired={required}\n{unit}").expect("a text");
    }
    text
}

/// What writes a sheet.
pub(super) type Fill<'a> = &'a dyn Fn(&mut Worksheet);

/// An XLSX by another library than the one that reads it; each sheet is written by a function.
pub(super) fn xlsx(sheets: &[(&str, Fill<'_>)]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, fill) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).expect("a name");
        fill(sheet);
    }
    book.save_to_buffer().expect("a workbook")
}

/// Writes rows of texts and numbers from that row on: what can be read as a number is one, unless it begins with `'`.
pub(super) fn rows(sheet: &mut Worksheet, first: u32, rows: &[&[&str]]) {
    for (row, cells) in (first - 1..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            match (cell.strip_prefix('\''), cell.parse::<f64>()) {
                (Some(text), _) => sheet.write_string(row, column, text),
                (None, Ok(number)) => sheet.write_number(row, column, number),
                (None, Err(_)) if cell.is_empty() => continue,
                (None, Err(_)) => sheet.write_string(row, column, *cell),
            }
            .expect("written");
        }
    }
}

/// The workbook with one of its parts rewritten.
pub(super) fn edited(book: &[u8], part: &str, edit: impl Fn(&str) -> String) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(book)).expect("a ZIP");
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("a part");
        let name = entry.name().expect("a name").into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        parts.push((name.clone(), if name == part { edit(&text) } else { text }));
    }
    assert!(parts.iter().any(|(name, _)| name == part), "{part}");
    zipped(parts.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

pub(super) fn zipped<'a>(parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let options = SimpleFileOptions::default();
        // OpenDocument says what it is in bytes that nothing packed.
        let method = if name == "mimetype" { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        writer.start_file(name, options.compression_method(method)).expect("a part");
        writer.write_all(text.as_bytes()).expect("written");
    }
    writer.finish().expect("a ZIP").into_inner()
}

/// The kind of file an ODS says it is.
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// An ODS whose spreadsheet holds this.
pub(super) fn ods(tables: &str) -> Vec<u8> {
    ods_with(tables, "<manifest:manifest/>")
}

pub(super) fn ods_with(tables: &str, manifest: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content><office:automatic-styles>\
         <style:style style:name=\"ta1\" style:family=\"table\"><style:table-properties table:display=\"true\"/></style:style>\
         <style:style style:name=\"ta2\" style:family=\"table\"><style:table-properties table:display=\"false\"/></style:style>\
         </office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>\
         </office:document-content>"
    );
    zipped([("mimetype", ODS), ("META-INF/manifest.xml", manifest), ("content.xml", &content)])
}

/// A sheet of an ODS with these rows of texts and numbers, written as [`rows`] reads them.
pub(super) fn ods_sheet(name: &str, rows: &[&[&str]]) -> String {
    let mut text = format!("<table:table table:name=\"{name}\" table:style-name=\"ta1\"><table:table-column/>");
    for cells in rows {
        text.push_str("<table:table-row>");
        for cell in *cells {
            let cell = match (cell.strip_prefix('\''), cell.parse::<f64>()) {
                (None, Ok(number)) => format!(
                    "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"><text:p>{number}</text:p></table:table-cell>"
                ),
                (None, Err(_)) if cell.is_empty() => "<table:table-cell/>".to_owned(),
                (bare, _) => format!(
                    "<table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
                    bare.unwrap_or(cell)
                ),
            };
            text.push_str(&cell);
        }
        text.push_str("<table:table-cell table:number-columns-repeated=\"16380\"/></table:table-row>");
    }
    text.push_str(
        "<table:table-row table:number-rows-repeated=\"1048570\"><table:table-cell table:number-columns-repeated=\"16384\"/>\
         </table:table-row></table:table>",
    );
    text
}
