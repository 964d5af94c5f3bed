//! Files of a few rows, written by hand and by chance.

use goreos_domain::Contract;
use proptest::prelude::*;

use super::*;
use crate::read::Batch;

/// A data row: its number and its cells.
type Row = (i64, Vec<String>);

/// What was read of a file.
#[derive(Debug, Default)]
struct Told {
    names: Vec<String>,
    marks: Vec<Option<DecimalMark>>,
    rows: Vec<Row>,
    /// Code of the defect of each row.
    codes: Vec<Option<&'static str>>,
    findings: Findings,
}

impl Told {
    fn take(&mut self, headers: &Headers, batch: &Batch) {
        self.names = headers.names().to_vec();
        self.marks = (0..headers.len()).map(|place| headers.mark(place)).collect();
        let cells = |row| (0..headers.len()).map(|column| batch.cell(column, row).to_owned()).collect();
        self.rows.extend(batch.source_rows.iter().enumerate().map(|(row, number)| (*number, cells(row))));
        self.codes.extend(batch.defects.iter().map(|defect| defect.as_ref().map(|defect| defect.code)));
    }

    fn note(&self, name: &str) -> String {
        match &self.findings.notes[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// Number and code of each refused row.
    fn refused(&self) -> Vec<(i64, &'static str)> {
        self.rows.iter().zip(&self.codes).filter_map(|((row, _), code)| Some((*row, (*code)?))).collect()
    }

    fn joined(&self) -> Vec<(i64, String)> {
        self.rows.iter().map(|(row, cells)| (*row, cells.join("|"))).collect()
    }
}

/// Reads a file under a contract whose `[source]` says this much.
fn told(source: &str, bytes: &[u8]) -> Result<Told, Fault> {
    let contract = Contract::parse(&format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n{source}\n\
         [[column]]\nname='a'\ntype='text'\n"
    ))?;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("source");
    std::fs::write(&file, bytes).expect("written");
    let mut told = Told::default();
    let mut findings = Findings::default();
    let source = contract.source.as_ref().expect("a source");
    let input = Input { contract: &contract, source, file: &file, scratch: folder.path() };
    read(&input, &mut findings, &mut |headers, batch| {
        told.take(headers, &batch);
        Ok(())
    })?;
    told.findings = findings;
    Ok(told)
}

/// Headers, then each data row, as read.
fn rows_in(encoding: &str, bytes: &[u8], header_row: u32) -> Result<(Vec<String>, Vec<Row>), Fault> {
    let told = told(&format!("encoding='{encoding}'\ndelimiter=';'\nheader_row={header_row}"), bytes)?;
    Ok((told.names, told.rows))
}

/// Reads a file of which the contract says nothing.
fn silent(bytes: impl AsRef<[u8]>) -> Told {
    told("", bytes.as_ref()).expect("a CSV")
}

fn fault(source: &str, bytes: impl AsRef<[u8]>) -> Fault {
    told(source, bytes.as_ref()).expect_err("refused")
}

fn numbered(bytes: &[u8], header_row: u32) -> Vec<(i64, String)> {
    told(&format!("delimiter=';'\nheader_row={header_row}"), bytes).expect("a CSV").joined()
}

fn row(number: i64, cells: &str) -> (i64, String) {
    (number, cells.to_owned())
}

#[test]
fn rows_are_counted_as_a_spreadsheet_counts_them() {
    let expected = [row(4, "1|x"), row(6, "2|y"), row(7, "3|z")];
    assert_eq!(numbered(b"BANDA;\n;\na;b\n1;x\n\n2;y\n3;z\n", 3), expected);
    assert_eq!(numbered(b"BANDA;\r\n;\r\na;b\r\n1;x\r\n\r\n2;y\r\n3;z", 3), expected);
    let told = silent("BANDA;\n;\na;b\n1;x\n\n2;y\n3;z\n\n");
    assert_eq!(
        (told.joined(), told.note("header_row"), told.note("blank_rows")),
        (expected.to_vec(), "3".into(), "2".into())
    );
}

#[test]
fn a_line_break_inside_a_cell_is_no_row() {
    assert_eq!(numbered(b"a;b\r\n1;\"x\r\ny\"\r\n2;z\r\n", 1), [row(2, "1|x\r\ny"), row(3, "2|z")]);
}

#[test]
fn mixed_line_ends_all_end_rows() {
    let told = silent("a;b\r\n1;x\n2;y\r3;z\r4;w\r\n5;v");
    assert_eq!(told.joined(), [row(2, "1|x"), row(3, "2|y"), row(4, "3|z"), row(5, "4|w"), row(6, "5|v")]);
    assert_eq!(silent("a;b\r1;x\r2;y").joined(), [row(2, "1|x"), row(3, "2|y")], "as Macs once wrote");
    assert_eq!(
        silent("a;b\n1;x\ry\n2;z\n").joined(),
        [row(2, "1|x\ry"), row(3, "2|z")],
        "one inside a cell is white space"
    );
}

#[test]
fn a_quote_that_nothing_closes_costs_its_row_alone() {
    for (end, refused, read) in [("x", 4, 2), ("x\n3;y\n", 4, 3), ("", 4, 2)] {
        let told = silent(format!("a;b\n1;z\n\n2;\"{end}"));
        assert_eq!((told.refused(), told.rows.len()), (vec![(refused, "row.quotes")], read), "{end:?}");
    }
    assert_eq!(silent("a;b\n1;\"x\n\"").refused(), [], "this one is closed");
    let open = "a;b;c;d\n1;\"x;y;z\n2;x;y;z\n3;x;y;\"z\n4;x;y;z\n";
    let told = silent(open);
    assert_eq!(told.refused(), [(2, "row.quotes"), (4, "row.quotes")]);
    assert_eq!(told.joined(), [row(2, "1|\"x|y|z"), row(3, "2|x|y|z"), row(4, "3|x|y|\"z"), row(5, "4|x|y|z")]);
    assert_eq!(silent("a;b;c;d\n1;\"dos\nlineas; y mas\";y;z\n").refused(), []);
    assert_eq!(silent("a;b\n1;\"x\n\"2\";y\n3;z\n").refused(), [(2, "row.quotes")]);
    assert_eq!(silent("a;b\n1;\"x\n2;\"y\n3;z\n").refused(), [(2, "row.quotes"), (3, "row.quotes")]);
    assert_eq!(fault("", "\"a;b\n1;2\n").code, "file.open_quote");
}

#[test]
fn rows_behind_a_quote_that_stays_open_for_megabytes_are_read() {
    let text = format!("a;b;c;d\n1;\"x;y;z\n{}", "2;x;y;z\n".repeat(1_500_000));
    let told = silent(text);
    assert_eq!((told.refused(), told.rows.len()), (vec![(2, "row.quotes")], 1_500_001));
}

#[test]
fn a_row_of_other_cells_costs_no_other() {
    let told = silent("a;b\n1;2\n3\n4;5;6\n7;8;\n9;10\n");
    assert_eq!(told.refused(), [(3, "row.cells"), (4, "row.cells")]);
    assert_eq!(told.rows.len(), 5);
}

#[test]
fn a_cell_of_megabytes_or_with_a_nul_costs_its_row_alone() {
    let filler = "1;x\n".repeat(100);
    let told = silent(format!("a;b\n{filler}2;{}\n3;\0\n4;y\n", "z".repeat(3 << 20)));
    assert_eq!(told.refused(), [(102, "row.cell_too_long"), (103, "row.nul")]);
    assert_eq!(told.rows[101], (103, vec!["3".into(), "\u{fffd}".into()]));
    let endless = format!("a;b\n1;{}", "z".repeat(70 << 20));
    assert_eq!(fault("", endless).code, "file.row_too_long");
}

#[test]
fn the_encoding_is_found_and_said() {
    let text = "CÓDIGO;COMUNA\n1;Ñuble\n2;Peñalolén\n";
    for (label, bytes) in [
        ("utf-8", text.as_bytes().to_vec()),
        ("utf-8", format!("\u{feff}{text}").into_bytes()),
        ("windows-1252", b"C\xd3DIGO;COMUNA\n1;\xd1uble\n2;Pe\xf1alol\xe9n\n".to_vec()),
        ("ibm850", b"C\xe0DIGO;COMUNA\n1;\xa5uble\n2;Pe\xa4alol\x82n\n".to_vec()),
        ("macintosh", b"C\xeeDIGO;COMUNA\n1;\x84uble\n2;Pe\x96alol\x8en\n".to_vec()),
        ("utf-16le", format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("utf-16be", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ] {
        let told = silent(&bytes);
        assert_eq!(
            (told.note("encoding").as_str(), &told.names[0][..]),
            (label, "CÓDIGO"),
            "{}",
            told.note("encoding_evidence")
        );
        assert_eq!(told.joined(), [row(2, "1|Ñuble"), row(3, "2|Peñalolén")], "{label}");
    }
    let told = silent("CÓDIGO;COMUNA\n1;Ã‘uble\n2;Peñalolén\n");
    assert_eq!(told.joined(), [row(2, "1|Ñuble"), row(3, "2|Peñalolén")]);
    assert!(told.note("encoding_evidence").contains("«Ã‘uble» por «Ñuble»"), "{}", told.note("encoding_evidence"));
}

#[test]
fn the_whole_file_is_judged_before_its_first_row() {
    let mut bytes = b"a;b\n".to_vec();
    bytes.extend(b"1;Chillan\n".repeat(200_000));
    bytes.extend(b"2;\xd1uble\n");
    let told = told("", &bytes).expect("a CSV");
    assert_eq!((told.note("encoding").as_str(), told.rows[200_000].1[1].as_str()), ("windows-1252", "Ñuble"));
    assert_eq!(fault("encoding='utf-8'", &bytes).code, "file.encoding");
}

#[test]
fn some_letters_of_another_encoding_cost_their_rows_alone() {
    let mut bytes = "a;b\n1;Ñuble\n2;Aysén\n".as_bytes().to_vec();
    bytes.extend(b"3;Ays\xe9n\n4;Pinto\n");
    for contract in ["", "encoding='utf-8'"] {
        let told = told(contract, &bytes).expect("a CSV");
        assert_eq!((told.refused(), told.rows.len()), (vec![(4, "row.encoding")], 4));
    }
}

#[test]
fn what_is_no_csv_is_refused_by_its_bytes() {
    assert_eq!(fault("", b"PK\x03\x04rest").code, "file.not_csv");
    assert_eq!(fault("", b"a;b\n1;\0\n").code, "file.not_csv");
    assert_eq!(fault("", b"").code, "file.empty");
    assert_eq!(fault("encoding='windows-1252'", "código;b\n1;2\n").code, "file.encoding");
    assert_eq!(fault("", b"\n\n \n").code, "file.no_header");
    assert_eq!(fault("header_row=9", b"a;b\n1;2\n").code, "file.no_header");
    assert_eq!(silent("a;b\n").rows.len(), 0, "no rows is for the whole run to say");
}

#[test]
fn more_columns_than_any_sheet_has_are_refused_and_as_many_are_read() {
    let wide = |columns: usize| {
        format!(
            "{}\n{}\n",
            (0..columns).map(|n| format!("c{n}")).collect::<Vec<_>>().join(";"),
            vec!["1"; columns].join(";")
        )
    };
    let fault = fault("", wide(100_000));
    assert_eq!(fault.code, "file.too_many_columns");
    assert!(fault.what.contains("100000") && fault.what.contains("16384"), "{fault}");
    assert_eq!(silent(wide(MOST_COLUMNS)).rows[0].1.len(), MOST_COLUMNS);
}

#[test]
fn a_byte_order_mark_is_no_letter_at_the_beginning_nor_in_the_middle() {
    let told = silent("\u{feff}\"a;b\";c\n1;2\n\u{feff}\"3;4\";5\n");
    assert_eq!(told.names, ["a;b", "c"]);
    assert_eq!(told.joined(), [row(2, "1|2"), row(3, "3;4|5")]);
    assert_eq!(silent("a;b\n1;\u{feff}2\n").joined(), [row(2, "1|2")]);
}

#[test]
fn separator_and_header_row_are_found_and_said() {
    let told = silent("GASTO 2024\t\t\nCÓDIGO\tMONTO\tAÑO\n1\t2,5\t2024\n");
    assert_eq!((told.note("delimiter").as_str(), told.note("header_row").as_str()), ("\t", "2"));
    assert_eq!(told.names, ["CÓDIGO", "MONTO", "AÑO"]);
    assert!(!told.note("delimiter_evidence").is_empty() && told.note("header_evidence").contains("título"));
    let told = self::told("delimiter=';'\nheader_row=1", b"a,b;c\n1,2;3\n").expect("a CSV");
    assert_eq!(told.names, ["a,b", "c"]);
    assert!(!told.findings.notes.contains_key("delimiter_evidence"), "the contract said it");
}

#[test]
fn each_column_has_the_decimal_mark_its_cells_speak_for() {
    use DecimalMark::{Comma, Point};
    let text = "nombre;lat;monto;largo;vacio\nx;-36.62;$2.800.000;1,5;\ny;-36.7;$24.064;2,25;3\n";
    let told = silent(text);
    assert_eq!(told.marks, [Some(Comma), Some(Point), Some(Comma), Some(Comma), Some(Comma)]);
    assert_eq!(told.note("decimal"), ",");
    assert_eq!(told.findings.notes["decimal_of_others"], serde_json::json!({ "lat": "." }));
    let told = self::told("decimal='.'", text.as_bytes()).expect("a CSV");
    assert_eq!((told.marks, told.findings.notes["decimal"].clone()), (vec![Some(Point); 5], Value::from(".")));
    assert_eq!(silent("a;b\nx;1\n").marks, [None, None]);
}

#[test]
fn a_column_that_changes_its_kind_at_row_1001_is_read_to_the_end() {
    let cell = |number: u32| if number < 1_001 { number.to_string() } else { format!("sin dato {number}") };
    let rows: Vec<String> = (1..=2_000).map(|number| format!("{number};{}\n", cell(number))).collect();
    let told = silent(format!("codigo;monto\n{}", rows.concat()));
    assert_eq!((told.rows.len(), told.refused().len()), (2_000, 0));
    assert_eq!(told.rows[1_000], (1_002, vec!["1001".into(), "sin dato 1001".into()]));
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

/// An open quote, a cell too many, a broken letter, a NUL, a quote within quotes, a cell too few.
const BAD_CELLS: [&[u8]; 6] = [b"\"abre", b"dos;celdas", b"roto \xf1", b"nulo \0", b"\"x\"y\"z", b""];

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
    fn one_bad_cell_never_costs_another_row(
        rows in proptest::collection::vec(proptest::collection::vec("[a-zñ]{1,6}|[0-9]{1,3}|\"[a-z]{2};[a-z\n]{0,3}x\"", 2..6), 12..30),
        bad in proptest::sample::select(BAD_CELLS.to_vec()),
        place in 0_usize..12,
    ) {
        let columns = rows[0].len();
        // Letters enough for the file to be UTF-8, and bytes enough for it to be text.
        let mut bytes = "cabecera ñandú áéíóú;".repeat(columns).trim_end_matches(';').as_bytes().to_vec();
        let (mut expected, mut number) = (Vec::new(), 1);
        for (index, cells) in rows.iter().enumerate() {
            let mut cells: Vec<Vec<u8>> = cells.iter().cycle().take(columns).map(|cell| cell.clone().into_bytes()).collect();
            number += 1;
            if index == place {
                // The last cell, so that an empty one leaves the row a cell short.
                cells.pop();
                if !bad.is_empty() {
                    cells.push(bad.to_vec());
                }
            } else {
                expected.push(number);
            }
            bytes.push(b'\n');
            bytes.extend(cells.join(&b';'));
        }
        let told = told("header_row=1\ndelimiter=';'", &bytes).expect("a CSV");
        let good: Vec<i64> = told.rows.iter().zip(&told.codes).filter(|(_, code)| code.is_none()).map(|((row, _), _)| *row).collect();
        // A cell such as "x"y"z is odd, and yet a cell.
        let all: Vec<i64> = (2..=number).collect();
        prop_assert!(good == expected || (bad == b"\"x\"y\"z" && good == all), "{:?} {:?}\n{}", good, told.refused(), String::from_utf8_lossy(&bytes));
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
            let lines = i64::try_from(bytes.split(|b| matches!(b, b'\n' | b'\r')).count()).expect("few");
            let numbers: Vec<i64> = rows.iter().map(|(number, _)| *number).collect();
            prop_assert!(numbers.is_sorted_by(|a, b| a < b), "{:?}", numbers);
            prop_assert!(numbers.iter().all(|n| (i64::from(header_row) + 1..=lines).contains(n)), "{:?}", numbers);
        }
    }
}
