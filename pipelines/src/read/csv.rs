//! Delimited text into batches: any encoding, header anywhere, every bad row kept whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::ByteRecord;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use goreos_domain::{Fault, Source};
use polars::prelude::{Column as Series, DataFrame, NamedFrom, PlSmallStr, Series as PolarsSeries};

use super::magic::{Magic, sniff, unreadable};
use super::{BATCH_ROWS, Batch, Defect, Findings, Headers};

pub(super) fn read(
    source: &Source,
    file: &Path,
    findings: &mut Findings,
    take: &mut dyn FnMut(&Headers, Batch) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let encoding = verify(source, file)?;
    findings.note("encoding", encoding.name().to_lowercase());
    let mut reader = open(source, file)?;
    let mut rows = Rows { encoding, line_breaks_in_cells: 0 };
    let mut record = ByteRecord::new();
    let headers = find_headers(source, &mut reader, &mut rows, &mut record)?;
    let mut batch = Pending::new(&headers);
    let mut blank_rows = 0_u64;
    while advance(&mut reader, &mut record)? {
        let row = rows.number(&reader, &mut record);
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

/// A reader whose records end at line feeds only, so that its line count is that of the file. A last line without its end gets one;
/// one line feed too many makes an empty line, which readers of CSV pass over.
fn open(source: &Source, file: &Path) -> Result<Reader, Fault> {
    let opened = File::open(file).map_err(|error| unreadable(&error))?;
    Ok(csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .delimiter(u8::try_from(source.delimiter).unwrap_or(b','))
        .buffer_capacity(1 << 16)
        .from_reader(opened.chain(&b"\n"[..])))
}

type Reader = csv::Reader<io::Chain<File, &'static [u8]>>;

/// Proves that the file is text, in the encoding the contract says.
fn verify(source: &Source, file: &Path) -> Result<&'static Encoding, Fault> {
    let (magic, head) = sniff(file)?;
    match magic {
        Magic::Text => {}
        Magic::Zip => return Err(not_csv("es un ZIP o una planilla Excel")),
        Magic::Binary => return Err(not_csv("contiene bytes que no son texto")),
    }
    if head.is_empty() {
        return Err(Fault::give_up(
            "file.empty",
            "El archivo está vacío.",
            "Pida el archivo de nuevo a quien lo envía; se sigue mostrando la versión anterior.",
        ));
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
    Fault::give_up(
        "file.not_csv",
        format!("El archivo no es un CSV: {what}."),
        "Guárdelo como CSV, o corrija 'format' en el contrato.",
    )
}

fn other_encoding(declared: &str, likely: &str) -> Fault {
    Fault::give_up(
        "file.encoding",
        format!(
            "El contrato dice que el archivo está en {declared}, pero su contenido no calza: los acentos se perderían."
        ),
        format!(
            "Si el archivo está bien, ponga encoding = \"{likely}\" en el contrato; si no, expórtelo en {declared}."
        ),
    )
}

fn advance(reader: &mut Reader, record: &mut ByteRecord) -> Result<bool, Fault> {
    reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(io) => unreadable(&io),
        other => Fault::give_up(
            "file.not_csv",
            format!("El archivo no se puede leer como CSV: {other:?}."),
            "Revise el separador y las comillas.",
        ),
    })
}

fn find_headers(
    source: &Source,
    reader: &mut Reader,
    rows: &mut Rows,
    record: &mut ByteRecord,
) -> Result<Headers, Fault> {
    while advance(reader, record)? {
        let row = rows.number(reader, record);
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
    /// The row of the record just read, and the carriage return before its line feed removed from its last cell.
    fn number(&mut self, reader: &Reader, record: &mut ByteRecord) -> i64 {
        let last_line = reader.position().line().saturating_sub(1);
        self.line_breaks_in_cells += record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
        if record.iter().next_back().is_some_and(|cell| cell.ends_with(b"\r")) {
            let cells: Vec<&[u8]> = record.iter().collect();
            let last = cells.len() - 1;
            *record = cells
                .iter()
                .enumerate()
                .map(|(index, cell)| if index == last { &cell[..cell.len() - 1] } else { *cell })
                .collect();
        }
        i64::try_from(last_line.saturating_sub(self.line_breaks_in_cells)).unwrap_or(i64::MAX)
    }

    fn decode(&self, record: &ByteRecord, row: i64) -> Result<Vec<String>, Fault> {
        record
            .iter()
            .map(|cell| {
                let (text, malformed) = self.encoding.decode_with_bom_removal(cell);
                if malformed {
                    return Err(
                        other_encoding(&self.encoding.name().to_lowercase(), "windows-1252").at(format!("fila {row}"))
                    );
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
        Self {
            source_rows: Vec::new(),
            cells: vec![Vec::with_capacity(BATCH_ROWS); headers.len()],
            defects: Vec::new(),
        }
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

#[cfg(test)]
mod tests {
    use goreos_domain::Contract;

    use super::*;

    /// A data row: its number and its cells.
    type Row = (i64, Vec<String>);

    /// Headers, then each data row, as read.
    fn rows(bytes: &[u8], header_row: u32) -> Result<(Vec<String>, Vec<Row>), Fault> {
        let contract = Contract::parse(&format!(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\ndelimiter=';'\n\
             encoding='windows-1252'\nheader_row={header_row}\n[[column]]\nname='a'\ntype='text'\n"
        ))?;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("source");
        std::fs::write(&file, bytes).expect("written");
        let (mut names, mut found) = (Vec::new(), Vec::new());
        let source = contract.source.expect("a source");
        read(&source, &file, &mut Findings::default(), &mut |headers, batch| {
            names = headers.names().to_vec();
            for row in 0..batch.len() {
                let cells = (0..headers.len())
                    .map(|c| batch.column(c).and_then(|column| column.get(row)).unwrap_or_default().to_owned())
                    .collect();
                found.push((batch.source_rows[row], cells));
            }
            Ok(())
        })?;
        Ok((names, found))
    }

    fn numbered(bytes: &[u8], header_row: u32) -> Vec<(i64, String)> {
        let (_, rows) = rows(bytes, header_row).expect("a CSV");
        rows.into_iter().map(|(row, cells)| (row, cells.join("|"))).collect()
    }

    fn row(number: i64, cells: &str) -> (i64, String) {
        (number, cells.to_owned())
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_counts_them() {
        let expected = [row(4, "1|x"), row(6, "2|y"), row(7, "3|z")];
        assert_eq!(numbered(b"BANDA;\n;\na;b\n1;x\n\n2;y\n3;z\n", 3), expected);
        assert_eq!(numbered(b"BANDA;\r\n;\r\na;b\r\n1;x\r\n\r\n2;y\r\n3;z", 3), expected);
    }

    #[test]
    fn a_line_break_inside_a_cell_is_no_row() {
        assert_eq!(numbered(b"a;b\r\n1;\"x\r\ny\"\r\n2;z\r\n", 1), [row(2, "1|x\r\ny"), row(3, "2|z")]);
    }

    #[test]
    fn latin_1_letters_arrive_as_letters() {
        let (names, rows) = rows(b"C\xd3DIGO;a\n\xd1iqu\xe9n;1\n", 1).expect("a CSV");
        assert_eq!((names[0].as_str(), rows[0].1[0].as_str()), ("CÓDIGO", "Ñiquén"));
    }

    #[test]
    fn what_is_no_csv_is_refused_by_its_bytes() {
        let code = |bytes: &[u8]| rows(bytes, 1).expect_err("refused").code;
        assert_eq!(code(b"PK\x03\x04rest"), "file.not_csv");
        assert_eq!(code(b"a;b\n1;\0\n"), "file.not_csv");
        assert_eq!(code(b""), "file.empty");
        assert_eq!(code("código;b\n1;2\n".as_bytes()), "file.encoding");
    }
}
