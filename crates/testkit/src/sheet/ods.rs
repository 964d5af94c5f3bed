//! OpenDocument: the few parts of it that a reader needs, written by hand.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Cell, NOTES, Native, Sheet};

const KIND: &str = "application/vnd.oasis.opendocument.spreadsheet";
const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#;
const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.2"><office:body><office:spreadsheet>"#;
const FOOT: &str = "</office:spreadsheet></office:body></office:document-content>";

pub(super) fn write(sheet: &Sheet, name: &str) -> Vec<u8> {
    let mut content = HEAD.to_owned();
    table(&mut content, NOTES[0], &Sheet::of_texts([&[NOTES[1]][..]]));
    table(&mut content, name, sheet);
    content.push_str(FOOT);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    // The kind comes first and uncompressed: that is how the format is known by its bytes.
    for (part, text, options) in [
        ("mimetype", KIND, stored),
        ("META-INF/manifest.xml", MANIFEST, SimpleFileOptions::default()),
        ("content.xml", &content, SimpleFileOptions::default()),
    ] {
        archive.start_file(part, options).expect("a part begins");
        archive.write_all(text.as_bytes()).expect("memory takes all");
    }
    archive.finish().expect("a ZIP").into_inner()
}

fn table(out: &mut String, name: &str, sheet: &Sheet) {
    write!(out, "<table:table table:name=\"{}\">", escaped(name)).expect("a String takes all");
    for (number, cells) in (0_u32..).zip(&sheet.rows) {
        out.push_str("<table:table-row>");
        let mut place = 0_u16;
        while let Some(shown) = cells.get(usize::from(place)) {
            let merged = sheet.merged.iter().find(|(row, first, _)| (*row, *first) == (number, place));
            let width = merged.map_or(1, |(_, first, last)| last - first + 1);
            cell(out, shown, width);
            place += width;
        }
        out.push_str("</table:table-row>");
    }
    out.push_str("</table:table>");
}

fn cell(out: &mut String, Cell { text, native }: &Cell, width: u16) {
    let span = if width > 1 { format!(" table:number-columns-spanned=\"{width}\"") } else { String::new() };
    let shown = escaped(text);
    let written = match native {
        Native::Text if text.is_empty() => write!(out, "<table:table-cell{span}/>"),
        Native::Text => write!(
            out,
            "<table:table-cell{span} office:value-type=\"string\" calcext:value-type=\"string\"><text:p>{shown}</text:p></table:table-cell>"
        ),
        Native::Number(value) => write!(
            out,
            "<table:table-cell{span} office:value-type=\"float\" office:value=\"{value}\"><text:p>{shown}</text:p></table:table-cell>"
        ),
        Native::Day { year, month, day } => write!(
            out,
            "<table:table-cell{span} office:value-type=\"date\" office:date-value=\"{year}-{month:02}-{day:02}\"><text:p>{shown}</text:p></table:table-cell>"
        ),
        Native::Error => write!(
            out,
            "<table:table-cell{span} table:formula=\"of:=[.Z1]\" office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"><text:p>{shown}</text:p></table:table-cell>"
        ),
        Native::Formula(formula, value) => write!(
            out,
            "<table:table-cell{span} table:formula=\"of:{formula}\" office:value-type=\"float\" office:value=\"{value}\"><text:p>{shown}</text:p></table:table-cell>"
        ),
    };
    written.expect("a String takes all");
    // Covered cells keep their places.
    for _ in 1..width {
        out.push_str("<table:covered-table-cell/>");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
