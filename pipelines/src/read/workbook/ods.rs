//! ODS: a stream of rows, read here. calamine would unfold the whole workbook in memory, repeated rows included, and lose it for one
//! malformed number.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use goreos_domain::Fault;
use zip::ZipArchive;

use super::cell::{self, Value};
use super::container::{damaged, refused};
use super::xml::{Tag, Token, Xml};
use super::{Row, Sheet, Visit};
use crate::read::magic::unreadable;

/// Rows and columns of a sheet, as in LibreOffice and Excel.
const MOST_ROWS: u64 = 1_048_576;
const MOST_COLUMNS: u64 = 16_384;
/// Most cells with something in them, repeated ones counted as often.
const MOST_CELLS: u64 = 100_000_000;
/// Bytes of text in a row, repeated cells counted as often.
const MOST_ROW_BYTES: u64 = 32 << 20;

pub(super) struct Book {
    file: PathBuf,
    sheets: Vec<Sheet>,
}

impl Book {
    pub(super) fn open(file: &Path) -> Result<Self, Fault> {
        let sheets = with_content(file, |xml| sheets(xml).map_err(|error| damaged(&error)))?;
        Ok(Self { file: file.to_owned(), sheets })
    }

    /// The sheets, in the order of the tabs.
    pub(super) fn sheets(&self) -> Vec<Sheet> {
        self.sheets.clone()
    }

    /// Hands each row that has cells to `visit`.
    pub(super) fn rows(&self, sheet: &str, visit: &mut Visit<'_>) -> Result<(), Fault> {
        with_content(&self.file, |xml| {
            while let Some(token) = xml.next().map_err(|error| damaged(&error))? {
                let Token::Start(tag) = token else { continue };
                if tag.name == "table:table" {
                    if tag.attribute("table:name").as_deref() == Some(sheet) {
                        return Table { xml, cells: 0 }.rows(visit);
                    }
                    xml.skip().map_err(|error| damaged(&error))?;
                }
            }
            Ok(())
        })
    }
}

type Content<'a> = Xml<BufReader<zip::read::ZipFile<'a, BufReader<File>>>>;

fn with_content<T>(file: &Path, act: impl FnOnce(&mut Content<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
    let opened = File::open(file).map_err(|error| unreadable(&error))?;
    let mut archive = ZipArchive::new(BufReader::new(opened)).map_err(|error| damaged(&error))?;
    let content = archive.by_name("content.xml").map_err(|error| damaged(&error))?;
    act(&mut Xml::new(BufReader::with_capacity(1 << 16, content)))
}

fn sheets<R: BufRead>(xml: &mut Xml<R>) -> io::Result<Vec<Sheet>> {
    let (mut found, mut hidden, mut style) = (Vec::new(), Vec::new(), None);
    while let Some(token) = xml.next()? {
        let Token::Start(tag) = token else { continue };
        match tag.name.as_str() {
            "style:style" => style = tag.attribute("style:name"),
            "style:table-properties" if tag.attribute("table:display").as_deref() == Some("false") => {
                hidden.extend(style.take());
            }
            "table:table" => {
                let hidden = tag.attribute("table:style-name").is_some_and(|name| hidden.contains(&name));
                found.extend(tag.attribute("table:name").map(|name| Sheet { name, hidden }));
                xml.skip()?;
            }
            // Cells as they were before a change.
            "table:tracked-changes" => xml.skip()?,
            _ => {}
        }
    }
    Ok(found)
}

/// The sheet being read.
struct Table<'a, R> {
    xml: &'a mut Xml<R>,
    /// Cells with something in them so far.
    cells: u64,
}

impl<R: BufRead> Table<'_, R> {
    fn rows(mut self, visit: &mut Visit<'_>) -> Result<(), Fault> {
        let mut before = 0_u64;
        loop {
            match self.token()? {
                Token::Start(tag) if tag.name == "table:table-row" => {
                    let times = tag.repeated("table:number-rows-repeated").min(MOST_ROWS - before);
                    let cells = self.row()?;
                    self.count(times.saturating_mul(cells.len() as u64))?;
                    if cells.is_empty() {
                        before += times;
                        continue;
                    }
                    let mut row = Row { number: 0, cells };
                    for _ in 0..times {
                        before += 1;
                        row.number = u32::try_from(before).unwrap_or(u32::MAX);
                        if visit(&row)?.is_break() {
                            return Ok(());
                        }
                    }
                }
                // Groups of rows.
                Token::Start(tag)
                    if matches!(
                        tag.name.as_str(),
                        "table:table-rows" | "table:table-header-rows" | "table:table-row-group"
                    ) => {}
                Token::Start(_) => self.skip()?,
                Token::End(name) if name == "table:table" => return Ok(()),
                Token::End(_) | Token::Text(_) => {}
            }
        }
    }

    /// The cells of a row that have something in them, each with its column.
    fn row(&mut self) -> Result<Vec<(u32, Value)>, Fault> {
        let (mut cells, mut column, mut bytes) = (Vec::new(), 0_u64, 0_u64);
        loop {
            match self.token()? {
                Token::Start(tag) if matches!(tag.name.as_str(), "table:table-cell" | "table:covered-table-cell") => {
                    let times = tag.repeated("table:number-columns-repeated");
                    let text = self.text()?;
                    if let Some(value) = value(&tag, text).filter(|value| !value.is_blank()) {
                        let end = column.saturating_add(times);
                        if end > MOST_COLUMNS {
                            return Err(crate::read::table::too_many_columns(
                                usize::try_from(end).unwrap_or(usize::MAX),
                            ));
                        }
                        bytes = bytes.saturating_add(times.saturating_mul(held(&value)));
                        if bytes > MOST_ROW_BYTES {
                            return Err(refused(&format!("una fila supera los {} MB", MOST_ROW_BYTES >> 20)));
                        }
                        cells.extend((column..end).filter_map(|at| Some((u32::try_from(at).ok()?, value.clone()))));
                    }
                    column = column.saturating_add(times);
                }
                Token::Start(_) => self.skip()?,
                Token::End(name) if name == "table:table-row" => return Ok(cells),
                Token::End(_) | Token::Text(_) => {}
            }
        }
    }

    /// The text of a cell as shown: its paragraphs, without comments and drawings.
    fn text(&mut self) -> Result<String, Fault> {
        let (mut text, mut paragraphs, mut depth) = (String::new(), 0_u32, 0_u32);
        loop {
            match self.token()? {
                Token::End(_) if depth == 0 => return Ok(text),
                Token::End(_) => depth -= 1,
                Token::Start(tag) if tag.name.starts_with("text:") => {
                    depth += 1;
                    match tag.name.as_str() {
                        "text:p" | "text:h" => {
                            if paragraphs > 0 {
                                text.push('\n');
                            }
                            paragraphs += 1;
                        }
                        "text:s" => {
                            let spaces = tag.repeated("text:c").min(1000);
                            text.extend((0..spaces).map(|_| ' '));
                        }
                        "text:tab" => text.push('\t'),
                        "text:line-break" => text.push('\n'),
                        _ => {}
                    }
                }
                Token::Start(_) => self.skip()?,
                Token::Text(piece) if depth > 0 => text.push_str(&piece),
                Token::Text(_) => {}
            }
            if text.len() as u64 > MOST_ROW_BYTES {
                return Err(refused(&format!("una celda supera los {} MB", MOST_ROW_BYTES >> 20)));
            }
        }
    }

    fn token(&mut self) -> Result<Token, Fault> {
        match self.xml.next() {
            Ok(Some(token)) => Ok(token),
            Ok(None) => Err(damaged(&"el contenido termina antes de tiempo")),
            Err(error) => Err(damaged(&error)),
        }
    }

    fn skip(&mut self) -> Result<(), Fault> {
        self.xml.skip().map_err(|error| damaged(&error))
    }

    fn count(&mut self, cells: u64) -> Result<(), Fault> {
        self.cells = self.cells.saturating_add(cells);
        if self.cells > MOST_CELLS {
            return Err(refused(&format!("la hoja tiene más de {} millones de celdas", MOST_CELLS / 1_000_000)));
        }
        Ok(())
    }
}

fn held(value: &Value) -> u64 {
    match value {
        Value::Text(text) | Value::Written(text) | Value::Error(text) | Value::Formula(text) => text.len() as u64,
        Value::Number(_) | Value::Unreadable(_) => 8,
    }
}

fn value(tag: &Tag, text: String) -> Option<Value> {
    if tag.attribute("calcext:value-type").as_deref() == Some("error") {
        return Some(Value::Error(if text.is_empty() { "#VALUE!".into() } else { text }));
    }
    let kind = tag.attribute("office:value-type");
    let of = |name: &str| tag.attribute(name);
    match kind.as_deref() {
        Some("float" | "currency" | "percentage") => {
            let raw = of("office:value")?;
            Some(raw.trim().parse().map_or(Value::Text(raw), Value::Number))
        }
        Some("date") => Some(Value::Written(cell::moment(&of("office:date-value")?))),
        Some("time") => Some(Value::Written(cell::duration(&of("office:time-value")?))),
        Some("boolean") => Some(Value::truth(of("office:boolean-value")?.trim().eq_ignore_ascii_case("true"))),
        Some(_) => Some(Value::Text(of("office:string-value").filter(|held| !held.is_empty()).unwrap_or(text))),
        None if !text.is_empty() => Some(Value::Text(text)),
        None => of("table:formula").map(|formula| {
            let bare = formula.split_once(":=").map_or(formula.trim_start_matches('='), |(_, bare)| bare);
            Value::Formula(bare.to_owned())
        }),
    }
}
