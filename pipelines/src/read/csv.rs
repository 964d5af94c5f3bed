//! Delimited text into batches: any encoding, header anywhere, every bad row kept whole.

use std::fs::File;
use std::path::Path;

use csv::ByteRecord;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use goreos_domain::{Fault, Source};
use polars::prelude::{Column as Series, DataFrame, NamedFrom, PlSmallStr, Series as PolarsSeries};

use super::magic::{Magic, sniff, unreadable};
use super::{BATCH_ROWS, Batch, Defect, Findings, Headers};

pub(super) fn read(source: &Source, file: &Path, findings: &mut Findings, take: &mut dyn FnMut(&Headers, Batch) -> Result<(), Fault>) -> Result<(), Fault> {
    let encoding = verify(source, file)?;
    findings.note("encoding", encoding.name().to_lowercase());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(source.delimiter).unwrap_or(b','))
        .buffer_capacity(1 << 16)
        .from_reader(File::open(file).map_err(|error| unreadable(&error))?);
    let mut rows = Rows { encoding, line_breaks_in_cells: 0 };
    let mut record = ByteRecord::new();
    let headers = find_headers(source, &mut reader, &mut rows, &mut record)?;
    let mut batch = Pending::new(&headers);
    let mut blank_rows = 0_u64;
    while advance(&mut reader, &mut record)? {
        let row = rows.number(&record);
        if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
            blank_rows += 1;
            continue;
        }
        batch.push(row, &rows.decode(&record, row)?);
        if batch.source_rows.len() == BATCH_ROWS {
            take(&headers, batch.finish(&headers)?)?;
            batch = Pending::new(&headers);
        }
    }
    if blank_rows > 0 {
        findings.note("blank_rows", blank_rows);
    }
    if !batch.source_rows.is_empty() {
        take(&headers, batch.finish(&headers)?)?;
    }
    Ok(())
}

/// Proves that the file is text, in the encoding the contract says.
fn verify(source: &Source, file: &Path) -> Result<&'static Encoding, Fault> {
    let (magic, head) = sniff(file)?;
    match magic {
        Magic::Text => {}
        Magic::Zip => return Err(not_csv("es un ZIP o una planilla Excel")),
        Magic::Binary => return Err(not_csv("contiene bytes que no son texto")),
    }
    if head.is_empty() {
        return Err(Fault::give_up("file.empty", "El archivo está vacío.", "Pida el archivo de nuevo a quien lo envía; se sigue mostrando la versión anterior."));
    }
    let declared = Encoding::for_label(source.encoding.as_bytes()).unwrap_or(UTF_8);
    // The head may end inside a character, so only an error before its last bytes counts.
    let valid_utf8 = match std::str::from_utf8(&head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    let ascii = head.is_ascii();
    if declared == WINDOWS_1252 && valid_utf8 && !ascii {
        return Err(other_encoding("windows-1252", "utf-8"));
    }
    if declared == UTF_8 && !valid_utf8 {
        return Err(other_encoding("utf-8", "windows-1252"));
    }
    Ok(declared)
}

fn not_csv(what: &str) -> Fault {
    Fault::give_up("file.not_csv", format!("El archivo no es un CSV: {what}."), "Guárdelo como CSV, o corrija 'format' en el contrato.")
}

fn other_encoding(declared: &str, likely: &str) -> Fault {
    Fault::give_up(
        "file.encoding",
        format!("El contrato dice que el archivo está en {declared}, pero su contenido no calza: los acentos se perderían."),
        format!("Si el archivo está bien, ponga encoding = \"{likely}\" en el contrato; si no, expórtelo en {declared}."),
    )
}

fn advance(reader: &mut csv::Reader<File>, record: &mut ByteRecord) -> Result<bool, Fault> {
    reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(io) => unreadable(&io),
        other => Fault::give_up("file.not_csv", format!("El archivo no se puede leer como CSV: {other:?}."), "Revise el separador y las comillas."),
    })
}

fn find_headers(source: &Source, reader: &mut csv::Reader<File>, rows: &mut Rows, record: &mut ByteRecord) -> Result<Headers, Fault> {
    while advance(reader, record)? {
        let row = rows.number(record);
        if row >= i64::from(source.header_row) {
            return Ok(Headers::new(rows.decode(record, row)?));
        }
    }
    Err(Fault::give_up(
        "file.no_header",
        format!("El archivo termina antes de la fila {} donde debían estar los encabezados.", source.header_row),
        "Revise que el archivo esté completo, o corrija 'header_row' en el contrato.",
    ))
}

/// Counts rows as a spreadsheet does, and decodes their cells.
struct Rows {
    encoding: &'static Encoding,
    line_breaks_in_cells: u64,
}

impl Rows {
    fn number(&mut self, record: &ByteRecord) -> i64 {
        let line = record.position().map_or(0, csv::Position::line);
        let row = line - self.line_breaks_in_cells;
        self.line_breaks_in_cells += record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
        i64::try_from(row).unwrap_or(i64::MAX)
    }

    fn decode(&self, record: &ByteRecord, row: i64) -> Result<Vec<String>, Fault> {
        record
            .iter()
            .map(|cell| {
                let (text, malformed) = self.encoding.decode_with_bom_removal(cell);
                if malformed {
                    return Err(other_encoding(&self.encoding.name().to_lowercase(), "windows-1252").at(format!("fila {row}")));
                }
                Ok(text.into_owned())
            })
            .collect()
    }
}

/// A batch being filled.
struct Pending {
    source_rows: Vec<i64>,
    cells: Vec<Vec<String>>,
    defects: Vec<Option<Defect>>,
}

impl Pending {
    fn new(headers: &Headers) -> Self {
        Self { source_rows: Vec::new(), cells: vec![Vec::with_capacity(BATCH_ROWS); headers.len()], defects: Vec::new() }
    }

    fn push(&mut self, row: i64, cells: &[String]) {
        let (expected, found) = (self.cells.len(), cells.len());
        let surplus = cells.get(expected..).is_some_and(|rest| rest.iter().any(|cell| !cell.trim().is_empty()));
        let defect = (found < expected || surplus).then(|| Defect {
            code: "row.cells",
            reason: format!("La fila tiene {found} celdas y el encabezado {expected}."),
            remedy: "Revise los separadores de esa fila: puede faltar uno o sobrar comillas.".into(),
        });
        for (column, filled) in self.cells.iter_mut().enumerate() {
            filled.push(cells.get(column).cloned().unwrap_or_default());
        }
        if let (true, Some(last)) = (surplus, self.cells.last_mut().and_then(|column| column.last_mut())) {
            // What stands beyond the last header is kept with its last cell, so that nothing of the row is lost.
            for cell in &cells[expected..] {
                last.push('|');
                last.push_str(cell);
            }
        }
        self.source_rows.push(row);
        self.defects.push(defect);
    }

    fn finish(self, headers: &Headers) -> Result<Batch, Fault> {
        let columns: Vec<Series> = headers
            .names()
            .iter()
            .zip(&self.cells)
            .map(|(name, cells)| PolarsSeries::new(PlSmallStr::from(name.as_str()), cells).into())
            .collect();
        let cells = DataFrame::new(self.source_rows.len(), columns).map_err(|error| super::super::internal(&error))?;
        Ok(Batch { source_rows: self.source_rows, cells, shapes: None, defects: self.defects })
    }
}
