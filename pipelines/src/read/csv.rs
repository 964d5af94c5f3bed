//! Delimited text into batches: any encoding, header anywhere, every bad row kept whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::ByteRecord;
use encoding_rs::Encoding;
use goreos_domain::{Fault, Source};

use super::magic::{Magic, matches_encoding, other_encoding, sniff, unreadable};
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
    let length = file.metadata().map_err(|error| unreadable(&error))?.len();
    let mut rows = Rows { encoding, length, line_breaks_in_cells: 0 };
    let mut record = ByteRecord::new();
    let headers = find_headers(source, &mut reader, &mut rows, &mut record)?;
    let delimiter = u8::try_from(source.delimiter).unwrap_or(b',');
    let mut batch = Pending::new(&headers);
    let mut blank_rows = 0_u64;
    while advance(&mut reader, &mut record)? {
        let row = rows.number(&reader, &mut record);
        if rows.unclosed(&reader) {
            return Err(open_quote(row));
        }
        if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
            blank_rows += 1;
            continue;
        }
        let swallows = swallows_rows(&record, delimiter, headers.len());
        batch.push(row, &rows.decode(&record, row)?, swallows);
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
/// line feeds too many make empty lines, which readers of CSV pass over. The second one is reached only from inside open quotes.
fn open(source: &Source, file: &Path) -> Result<Reader, Fault> {
    let opened = File::open(file).map_err(|error| unreadable(&error))?;
    Ok(csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .delimiter(u8::try_from(source.delimiter).unwrap_or(b','))
        .buffer_capacity(1 << 16)
        .from_reader(opened.chain(&b"\n\n"[..])))
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
            "Pida el archivo de nuevo a quien lo envía; lo que ya estaba publicado no cambia.",
        ));
    }
    matches_encoding(&head, &source.encoding)
}

fn not_csv(what: &str) -> Fault {
    Fault::give_up(
        "file.not_csv",
        format!("El archivo no es un CSV: {what}."),
        "Guárdelo como CSV, o corrija 'format' en el contrato.",
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

fn open_quote(row: i64) -> Fault {
    Fault::give_up(
        "file.open_quote",
        format!(
            "Una comilla se abre en la fila {row} y no se cierra: las filas que siguen quedarían dentro de esa celda."
        ),
        "Borre esa comilla en el archivo, o ciérrela.",
    )
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

/// True when a cell holds a line with as many separators as a row has: a quote that stood open swallowed rows until the next quote.
/// With few columns such a line may be prose.
fn swallows_rows(record: &ByteRecord, delimiter: u8, columns: usize) -> bool {
    let cells = |line: &[u8]| line.split(|byte| *byte == delimiter).count();
    columns >= 4
        && record.iter().any(|cell| cell.split(|byte| *byte == b'\n').skip(1).any(|line| cells(line) >= columns))
}

/// Counts rows as a spreadsheet does, and decodes their cells.
struct Rows {
    encoding: &'static Encoding,
    /// Bytes of the file.
    length: u64,
    line_breaks_in_cells: u64,
}

impl Rows {
    /// True when the record just read ran to the end of the file inside quotes that nothing closes.
    fn unclosed(&self, reader: &Reader) -> bool {
        reader.position().byte() > self.length + 1
    }

    /// The row of the record just read, and the carriage return before its line feed removed from its last cell.
    fn number(&mut self, reader: &Reader, record: &mut ByteRecord) -> i64 {
        let ended_lines = reader.position().line().saturating_sub(1) + u64::from(self.unclosed(reader));
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
        i64::try_from(ended_lines.saturating_sub(self.line_breaks_in_cells)).unwrap_or(i64::MAX)
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
                // PostgreSQL keeps no NUL.
                Ok(text.replace('\0', "\u{fffd}"))
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

    fn push(&mut self, row: i64, cells: &[String], swallows_rows: bool) {
        let (expected, found) = (self.cells.len(), cells.len());
        let surplus = cells.get(expected..).is_some_and(|rest| rest.iter().any(|cell| !cell.trim().is_empty()));
        let defect = if swallows_rows {
            Some(Defect {
                code: "row.quotes",
                reason: "La fila abre una comilla que no se cierra: las filas que siguen quedaron dentro de su celda."
                    .into(),
                remedy: "Borre esa comilla o ciérrela, y cargue el archivo de nuevo.".into(),
            })
        } else {
            (found < expected || surplus).then(|| Defect {
                code: "row.cells",
                reason: format!("La fila tiene {found} celdas y el encabezado {expected}."),
                remedy: "Revise los separadores de esa fila: puede faltar uno o sobrar comillas.".into(),
            })
        };
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
        let cells = headers.frame(&self.cells)?;
        Ok(Batch { source_rows: self.source_rows, cells, shapes: None, defects: self.defects })
    }
}

#[cfg(test)]
mod tests {
    use goreos_domain::Contract;
    use proptest::prelude::*;

    use super::*;

    /// A data row: its number and its cells.
    type Row = (i64, Vec<String>);

    /// Headers, then each data row, as read.
    fn rows(bytes: &[u8], header_row: u32) -> Result<(Vec<String>, Vec<Row>), Fault> {
        rows_in("windows-1252", bytes, header_row)
    }

    fn rows_in(encoding: &str, bytes: &[u8], header_row: u32) -> Result<(Vec<String>, Vec<Row>), Fault> {
        let Some((headers, batch)) = only_batch(encoding, bytes, header_row)? else { return Ok((vec![], vec![])) };
        let cells = |row| (0..headers.len()).map(|column| batch.cell(column, row).to_owned()).collect();
        let rows = batch.source_rows.iter().enumerate().map(|(row, number)| (*number, cells(row))).collect();
        Ok((headers.names().to_vec(), rows))
    }

    /// What a file of few rows holds; `None` when it has none.
    fn only_batch(encoding: &str, bytes: &[u8], header_row: u32) -> Result<Option<(Headers, Batch)>, Fault> {
        let contract = Contract::parse(&format!(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\ndelimiter=';'\n\
             encoding='{encoding}'\nheader_row={header_row}\n[[column]]\nname='a'\ntype='text'\n"
        ))?;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("source");
        std::fs::write(&file, bytes).expect("written");
        let mut only = None;
        let source = contract.source.expect("a source");
        read(&source, &file, &mut Findings::default(), &mut |headers, batch| {
            only = Some((headers.clone(), batch));
            Ok(())
        })?;
        Ok(only)
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
    fn a_quote_that_nothing_closes_stops_the_file_and_names_its_row() {
        for end in ["x", "x\n3;y\n", ""] {
            let fault = rows(format!("a;b\n1;z\n\n2;\"{end}").as_bytes(), 1).expect_err("refused");
            assert_eq!(fault.code, "file.open_quote", "{end:?}");
            assert!(fault.what.contains("fila 4"), "{end:?}: {fault}");
        }
        assert_eq!(numbered(b"a;b\n1;\"x\n\"", 1), [row(2, "1|x\n")]);
    }

    #[test]
    fn a_quote_that_swallows_rows_costs_its_row_and_says_so() {
        let defects = |bytes: &[u8]| -> Vec<Option<&'static str>> {
            let (_, batch) = only_batch("windows-1252", bytes, 1).expect("a CSV").expect("rows");
            batch.defects.iter().map(|defect| defect.as_ref().map(|defect| defect.code)).collect()
        };
        let open = b"a;b;c;d\n1;\"x;y;z\n2;x;y;z\n3;x;y;\"z\n4;x;y;z\n";
        assert_eq!(defects(open), [Some("row.quotes"), None]);
        assert_eq!(defects(b"a;b;c;d\n1;\"dos\nlineas; y mas\";y;z\n"), [None]);
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

    #[test]
    fn a_byte_order_mark_before_a_quoted_header_is_not_part_of_it() {
        let (names, _) = rows_in("utf-8", "\u{feff}\"a;b\";c\n1;2\n".as_bytes(), 1).expect("a CSV");
        assert_eq!(names, ["a;b", "c"]);
    }

    /// Rows as the `csv` crate writes them, each with the line end given; `None` is a line with nothing on it.
    fn written(rows: &[Option<Vec<String>>], line_end: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for row in rows {
            if let Some(cells) = row {
                let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
                writer.write_record(cells).expect("written");
                bytes.extend(writer.into_inner().expect("flushed").strip_suffix(b"\n").expect("a line"));
            }
            bytes.extend(line_end.as_bytes());
        }
        bytes
    }

    fn table() -> impl Strategy<Value = Vec<Option<Vec<String>>>> {
        let cell = prop_oneof![3 => "[a-zñ ;,\"'\n]{0,6}", 1 => "[^\0]{0,6}", 1 => "(\r\n|\"|;|x){0,5}"].prop_filter(
            "a carriage return at the end of a line and a byte order mark belong to the file, not to a cell",
            |cell| !cell.ends_with('\r') && !cell.starts_with('\u{feff}'),
        );
        (1_usize..4).prop_flat_map(move |columns| {
            let row = proptest::collection::vec(cell.clone(), columns);
            let header = (1..=columns).map(|n| format!("c{n}")).collect::<Vec<_>>();
            proptest::collection::vec(proptest::option::weighted(0.8, row), 0..8)
                .prop_map(move |rows| std::iter::once(Some(header.clone())).chain(rows).collect())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_written_is_read_and_numbered_as_in_a_spreadsheet(
            table in table(), line_end in prop_oneof![Just("\n"), Just("\r\n")], last_line_ends: bool,
        ) {
            let mut bytes = written(&table, line_end);
            if !last_line_ends {
                bytes.truncate(bytes.len() - line_end.len());
            }
            let blank = |cells: &[String]| cells.iter().all(|cell| cell.bytes().all(|b| b.is_ascii_whitespace()));
            let expected: Vec<Row> = (1..)
                .zip(&table)
                .skip(1)
                .filter_map(|(number, cells)| Some((number, cells.clone()?)))
                .filter(|(_, cells)| !blank(cells))
                .collect();
            prop_assert_eq!(rows_in("utf-8", &bytes, 1).expect("a CSV").1, expected, "{:?}", String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn no_bytes_break_the_reading(
            bytes in proptest::collection::vec(
                prop_oneof![4 => proptest::sample::select(b"ab;;\"\"\r\n\n\xef\xbb\xbf\xf1".to_vec()), 1 => any::<u8>()], 0..200,
            ),
            encoding in prop_oneof![Just("utf-8"), Just("windows-1252"), Just("utf-16le"), Just("iso-2022-jp")],
            header_row in 0_u32..5,
        ) {
            if let Ok((_, rows)) = rows_in(encoding, &bytes, header_row) {
                let lines = i64::try_from(bytes.split(|b| *b == b'\n').count()).expect("few");
                let numbers: Vec<i64> = rows.iter().map(|(number, _)| *number).collect();
                prop_assert!(numbers.is_sorted_by(|a, b| a < b), "{:?}", numbers);
                prop_assert!(numbers.iter().all(|n| (i64::from(header_row) + 1..=lines).contains(n)), "{:?}", numbers);
            }
        }
    }
}
