use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::child::Context;
use crate::child::trial::{Trial, trial_in};

const CONTRACT: &str = "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
                        encoding='utf-8'\ndelimiter=';'\ndecimal=','\nheader_row=1\n[load]\nkey=['codigo']\n\
                        [[column]]\nname='codigo'\ntype='text'\nrequired=true\n\
                        [[column]]\nname='monto'\ntype='money'\nunit='CLP'\nsum=true\n[[column]]\nname='comuna'\ntype='text'\n\
                        [place]\nterritory={by='name',column='comuna',level='comuna'}\n";
/// Rows 3, 4 and 6 are wrong.
const SOURCE: &str = "codigo;monto;comuna\na;1;Bulnes\nb;mil;Bulnes\n-c;1;Chilan Viego\nd;4;Pinto\ne;5\n";

/// Reads the source file with the mended files; any row that was wrong may be replaced.
fn mended(files: &[&[u8]]) -> Result<Trial, Fault> {
    mended_rows(files, &[6, 3, 4])
}

fn mended_rows(files: &[&[u8]], rows: &[i64]) -> Result<Trial, Fault> {
    let folder = TempDir::new().expect("a folder");
    let keep = |name: String, bytes: &[u8]| -> PathBuf {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("a file");
        file
    };
    let source = keep("source".into(), SOURCE.as_bytes());
    let mends = (1..)
        .zip(files)
        .map(|(number, bytes)| Mend { file: keep(format!("mend_{number}"), bytes), rows: rows.to_vec() })
        .collect();
    trial_in(CONTRACT, &source, Context { mends, ..Context::default() })
}

fn loaded(trial: &Trial) -> Vec<(i64, &str, Option<i64>)> {
    trial.rows.iter().map(|row| (row.source_row, row.text(0).unwrap_or_default(), row.int(1))).collect()
}

fn refused(trial: &Trial) -> Vec<i64> {
    trial.rejects.iter().map(|reject| reject.source_row).collect()
}

#[test]
fn without_mends_the_wrong_rows_are_refused() {
    assert_eq!(refused(&mended(&[]).expect("a file that is read")), [3, 4, 6]);
}

#[test]
fn mended_rows_are_taken_and_the_others_stay_refused() {
    let sent = "\u{feff}fila;▸ motivo;codigo;monto;comuna\n3;El valor no es un monto.;b;1.000;Bulnes\n4;¿Quiso decir?;'-c;1;Chillán Viejo\n6;Faltan celdas.;e;5;\n";
    let found = mended(&[sent.as_bytes()]).expect("a file that is read");
    assert_eq!(loaded(&found), [(2, "a", Some(1)), (3, "b", Some(1000)), (4, "-c", Some(1)), (5, "d", Some(4))]);
    assert_eq!(refused(&found), [6]);
    assert_eq!((found.note("mended"), found.note("mend_ignored")), (&2.into(), &0.into()));
}

#[test]
fn a_row_sent_back_as_it_was_stays_refused_for_its_structure() {
    let found = mended(&["fila;codigo;monto;comuna\n6;e;5;\n".as_bytes()]).expect("a file that is read");
    assert!(found.codes().contains(&(6, "row.cells".to_owned())), "{:?}", found.codes());
    let found = mended(&["fila;codigo;monto;comuna\n6;e;5;Ñiquén\n".as_bytes()]).expect("a file that is read");
    assert_eq!(refused(&found), [3, 4]);
}

#[test]
fn only_rows_that_had_been_refused_are_taken() {
    let sent = "fila;codigo;monto;comuna\n2;a;999;Bulnes\n3;b;3;Bulnes\n77;x;1;Bulnes\n";
    let found = mended(&[sent.as_bytes()]).expect("a file that is read");
    assert_eq!(loaded(&found)[..2], [(2, "a", Some(1)), (3, "b", Some(3))]);
    assert_eq!((found.note("mended"), found.note("mend_ignored")), (&1.into(), &2.into()));
}

#[test]
fn any_dialect_excel_writes_back_is_taken() {
    let comma = "fila,comuna,codigo,monto\n3,Ñiquén,b,1000\n";
    let tabs = "fila\tcomuna\tcodigo\tmonto\r\n3\tÑiquén\tb\t1000\r\n";
    let (latin, _, lost) = encoding_rs::WINDOWS_1252.encode("fila;comuna;codigo;monto\n3;Ñiquén;b;1000\n");
    assert!(!lost);
    for sent in [comma.as_bytes(), tabs.as_bytes(), &latin] {
        let found = mended(&[sent]).expect("a file that is read");
        assert_eq!(loaded(&found)[1], (3, "b", Some(1000)), "{:?}", String::from_utf8_lossy(sent));
        assert_eq!(found.spots()[1].1, ["16303"], "{:?}", String::from_utf8_lossy(sent));
    }
}

/// A workbook as the download writes it, with one amount typed anew as a number.
fn workbook(folder: &Path) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["fila", "▸ motivo", "codigo", "monto", "comuna"]) {
        sheet.write_string(0, column, name).expect("a cell");
    }
    for (row, (number, code, comuna)) in (1..).zip([(3.0, "b", "Bulnes"), (4.0, "'-c", "Chillán Viejo")]) {
        sheet.write_number(row, 0, number).expect("a cell");
        sheet.write_string(row, 1, "Motivo.").expect("a cell");
        sheet.write_string(row, 2, code).expect("a cell");
        sheet.write_number(row, 3, 1500.5).expect("a cell");
        sheet.write_string(row, 4, comuna).expect("a cell");
    }
    let file = folder.join("sent.xlsx");
    book.save(&file).expect("a workbook");
    std::fs::read(file).expect("its bytes")
}

#[test]
fn a_workbook_is_taken_and_its_numbers_are_written_as_the_source_writes_them() {
    let folder = TempDir::new().expect("a folder");
    // The fraction of a peso shows that the point of 1500.5 was not taken for a thousands mark: whole pesos only.
    let found = mended(&[&workbook(folder.path())]).expect("a file that is read");
    let codes: Vec<_> = found.codes().into_iter().filter(|(row, _)| *row != 6).collect();
    assert_eq!(codes, [(3, "value.not_money".to_owned()), (4, "value.not_money".to_owned())]);
    assert_eq!(found.reasons("value")[0].1, "1500,5");
}

#[test]
fn several_mends_are_taken_in_order() {
    let first = "fila;codigo;monto;comuna\n3;b;3;Bulnes\n4;c;1;Chilan\n";
    let second = "fila;codigo;monto;comuna\n4;c;44;Chillán\n";
    let found = mended(&[first.as_bytes(), second.as_bytes()]).expect("a file that is read");
    assert_eq!(loaded(&found)[1..3], [(3, "b", Some(3)), (4, "c", Some(44))]);
    assert_eq!(found.note("mended"), &2);
}

#[test]
fn a_column_left_out_keeps_its_cells() {
    let found = mended(&["fila;monto\n3;7\n".as_bytes()]).expect("a file that is read");
    assert_eq!(loaded(&found)[1], (3, "b", Some(7)));
}

#[test]
fn a_mended_row_is_checked_like_any_other() {
    // Row 3 takes the key of row 2.
    let found = mended(&["fila;codigo;monto;comuna\n3;a;3;Bulnes\n".as_bytes()]).expect("a file that is read");
    assert!(found.codes().contains(&(3, "key.repeated".to_owned())), "{:?}", found.codes());
}

#[test]
fn a_row_that_is_broken_in_the_mended_file_stays_refused_and_says_so() {
    let found = mended(&["fila;codigo;monto;comuna\n3;b;3;Bulnes;de más\n4;c;1;Bulnes\n".as_bytes()]).expect("read");
    assert_eq!(refused(&found), [3, 6]);
    assert!(found.reasons("reason")[0].1.starts_with("En el archivo corregido: "), "{:?}", found.reasons("reason"));
}

#[test]
fn a_mended_file_that_cannot_be_used_says_why() {
    let code = |sent: &[u8]| mended(&[sent]).map(|_| ()).expect_err("a file that cannot be used").code;
    assert_eq!(code("codigo;monto\na;1\n".as_bytes()), "mend.headers");
    assert_eq!(code("fila;codigo;importe\n3;b;1\n".as_bytes()), "mend.headers");
    assert_eq!(code("fila;monto\n3;1\n3;2\n".as_bytes()), "mend.repeated");
    assert_eq!(code("fila;monto\ntres;1\n".as_bytes()), "mend.row");
    assert_eq!(code(b"PK\x03\x04 no workbook"), "mend.unreadable");
}

#[test]
fn nobody_mends_without_rows_that_were_refused() {
    let found = mended_rows(&["fila;monto\n3;1\n".as_bytes()], &[]).expect("a file that is read");
    assert_eq!((refused(&found), found.note("mend_ignored")), (vec![3, 4, 6], &1.into()));
}
