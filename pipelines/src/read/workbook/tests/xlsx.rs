use rust_xlsxwriter::{ExcelDateTime, Format, Formula};

use super::files::{Fill, contract, edited, rows, xlsx};
use crate::child::trial::{Trial, trial_bytes};

const SHEET: &str = "xl/worksheets/sheet1.xml";

fn only(fill: Fill<'_>) -> Vec<u8> {
    xlsx(&[("Hoja1", fill)])
}

fn taken(source: &str, columns: &str, book: &[u8]) -> Trial {
    trial_bytes(&contract("xlsx", source, columns), book).expect("a workbook that is read")
}

fn numbers(trial: &Trial) -> Vec<i64> {
    trial.rows.iter().map(|row| row.source_row).collect()
}

#[test]
fn a_table_under_merged_titles_keeps_the_row_numbers_of_the_sheet() {
    let book = only(&|sheet| {
        sheet.merge_range(0, 0, 0, 3, "PROGRAMA DE INVERSIONES 2025", &Format::new()).expect("merged");
        rows(
            sheet,
            3,
            &[
                &["CÓDIGO", "NOMBRE", "COMUNA", "MONTO"],
                &["A-1", "Plaza", "Bulnes", "24064"],
                &[],
                &["A-2", "Sede", "Pinto", "12.5"],
            ],
        );
    });
    let trial = taken("", "codigo text, comuna text, monto real", &book);
    assert_eq!(numbers(&trial), [4, 6]);
    assert_eq!(trial.rows[1].text(0), Some("A-2"));
    assert_eq!(trial.rows[1].real(2), Some(12.5));
    let findings = &trial.summary.findings;
    assert_eq!(findings["header_row"], 3);
    assert_eq!(findings["sheet"], "Hoja1");
    assert_eq!(findings["range"], "A3:D6");
    assert_eq!(findings["blank_rows"], 1);
}

#[test]
fn headers_merged_over_two_rows_get_stable_names() {
    let book = only(&|sheet| {
        sheet.merge_range(0, 1, 0, 2, "2024", &Format::new()).expect("merged");
        sheet.merge_range(0, 3, 0, 4, "2025", &Format::new()).expect("merged");
        rows(
            sheet,
            2,
            &[&["COMUNA", "ENE", "FEB", "ENE", "FEB"], &["Bulnes", "1", "2", "3", "4"], &["Pinto", "5", "6", "7", "8"]],
        );
    });
    let contract =
        contract("xlsx", "", "comuna text, otro int").replace("name='otro'", "name='otro'\nfrom=['ENE (2)']");
    let trial = trial_bytes(&contract, &book).expect("read");
    assert_eq!(trial.rows.iter().map(|row| row.int(1)).collect::<Vec<_>>(), [Some(3), Some(7)]);
}

#[test]
fn serials_with_a_format_of_dates_are_days_in_the_epoch_of_the_workbook() {
    let book = only(&|sheet| {
        rows(sheet, 1, &[&["fecha", "texto"], &["", "a"], &["'20.7.23", "b"], &["", "c"]]);
        let day = Format::new().set_num_format("dd-mm-yyyy");
        sheet.write_with_format(1, 0, ExcelDateTime::from_ymd(2024, 3, 5).expect("a day"), &day).expect("written");
        sheet.write_with_format(3, 0, 45_000, &day).expect("written");
    });
    let days = |trial: &Trial| trial.rows.iter().map(|row| row.date(0)).collect::<Vec<_>>();
    let day = |text: &str| Some(text.to_owned());
    let trial = taken("", "fecha date, texto text", &book);
    assert_eq!(days(&trial), [day("2024-03-05"), day("2023-07-20"), day("2023-03-15")]);
    let apple = edited(&book, "xl/workbook.xml", |text| text.replacen("<workbookPr", "<workbookPr date1904=\"1\"", 1));
    let trial = taken("", "fecha date, texto text", &apple);
    assert_eq!(days(&trial)[2], day("2027-03-16"));
}

#[test]
fn times_booleans_and_percents_are_what_the_sheet_shows() {
    let book = only(&|sheet| {
        rows(sheet, 1, &[&["hora", "dura", "momento", "si", "parte"], &["", "", "", "", ""]]);
        let mut put = |column, value: f64, format: &str| {
            sheet.write_number_with_format(1, column, value, &Format::new().set_num_format(format)).expect("written");
        };
        put(0, 0.604_166_666_666_666_6, "hh:mm");
        put(1, 1.25, "[h]:mm:ss");
        put(2, 45_356.604_166_666_664, "dd-mm-yyyy hh:mm");
        put(4, 0.155, "0.0%");
        sheet.write_boolean(1, 3, true).expect("written");
    });
    let trial = taken("", "hora text, dura text, momento text, si text, parte real", &book);
    let row = &trial.rows[0];
    let texts: Vec<&str> = (0..4).filter_map(|column| row.text(column)).collect();
    assert_eq!(texts, ["14:30:00", "30:00:00", "2024-03-05 14:30:00", "VERDADERO"]);
    assert_eq!(row.real(4), Some(0.155));
}

#[test]
fn error_cells_cost_their_row_or_are_no_value_as_the_contract_says() {
    let book = only(&|sheet| {
        rows(sheet, 1, &[&["nombre", "monto"], &["a", "1"], &["b", ""], &["c", "3"], &["d", ""], &["e", "'#REF!"]]);
        sheet.write_formula(2, 1, Formula::new("=1/0").set_result("#DIV/0!")).expect("written");
        sheet.write_formula(4, 1, Formula::new("=NA()").set_result("#N/A")).expect("written");
    });
    // An error that Excel learnt after calamine.
    let book = edited(&book, SHEET, |text| text.replace(">#N/A<", ">#SPILL!<"));
    let trial = taken("", "nombre text, monto int", &book);
    assert_eq!(numbers(&trial), [2, 4]);
    assert_eq!(trial.rejects.iter().map(|reject| reject.source_row).collect::<Vec<_>>(), [3, 5, 6]);
    let cells: Vec<String> = trial.rejects.iter().map(|reject| reject.raw.to_string()).collect();
    for (cell, error) in cells.iter().zip(["#DIV/0!", "#SPILL!", "#REF!"]) {
        assert!(cell.contains(error), "{cell}");
    }
    let trial = taken("errors='null'", "nombre text, monto int", &book);
    assert_eq!(trial.rows.iter().map(|row| row.int(1)).collect::<Vec<_>>(), [Some(1), None, Some(3), None, None]);
}

#[test]
fn a_formula_counts_with_its_result_and_without_one_costs_its_row() {
    let book = only(&|sheet| {
        rows(sheet, 1, &[&["nombre", "monto"], &["a", ""], &["b", ""], &["c", ""], &["d", "4"]]);
        sheet.write_formula(1, 1, Formula::new("=10+5").set_result("15")).expect("written");
        sheet.write_formula(2, 1, Formula::new("=SUM(B4:B5)").set_result("999")).expect("written");
        sheet.write_formula(3, 1, Formula::new("=\"\"").set_result("nada")).expect("written");
    });
    let book = edited(&book, SHEET, |text| text.replace("<v>999</v>", "<v></v>").replace("<v>nada</v>", "<v></v>"));
    let trial = taken("", "nombre text, monto int", &book);
    assert_eq!(numbers(&trial), [2, 4, 5]);
    assert_eq!(trial.rows.iter().map(|row| row.int(1)).collect::<Vec<_>>(), [Some(15), None, Some(4)]);
    assert_eq!(trial.codes(), [(3, "value.formula".to_owned())]);
    assert!(trial.rejects[0].raw.to_string().contains("=SUM(B4:B5)"), "{}", trial.rejects[0].raw);
    assert_eq!(trial.summary.findings["formulas_without_value"], 1);
    let lenient = taken("errors='null'", "nombre text, monto int", &book);
    assert_eq!(lenient.rows.iter().map(|row| row.int(1)).collect::<Vec<_>>(), [Some(15), None, None, Some(4)]);
    assert_eq!(lenient.summary.findings["formulas_without_value"], 1);
}

#[test]
fn one_bad_cell_never_costs_another_row() {
    let table: Vec<[String; 3]> = (1..=200).map(|row| [format!("'{row}"), row.to_string(), "Bulnes".into()]).collect();
    let mut cells: Vec<Vec<&str>> = vec![vec!["codigo", "monto", "comuna"]];
    cells.extend(table.iter().map(|row| row.iter().map(String::as_str).collect()));
    cells[101][1] = "cien";
    let refs: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    let book = only(&|sheet| rows(sheet, 1, &refs));
    let trial = taken("", "codigo text, !monto int, comuna text", &book);
    assert_eq!((trial.rows.len(), trial.codes()), (199, vec![(102, "value.not_integer".to_owned())]));
    // Cells that no workbook may have: an unknown kind, a text that is not there, a number that is none.
    for (from, to) in [
        ("<c r=\"B52\"><v>51</v></c>", "<c r=\"B52\" t=\"zz\"><v>51</v></c>"),
        ("<c r=\"B52\"><v>51</v></c>", "<c r=\"B52\" t=\"s\"><v>99999</v></c>"),
        ("<c r=\"B52\"><v>51</v></c>", "<c r=\"B52\" t=\"n\"><v>x</v></c>"),
    ] {
        let odd = edited(&book, SHEET, |text| {
            assert!(text.contains(from), "{text}");
            text.replace(from, to)
        });
        let trial = taken("", "codigo text, !monto int, comuna text", &odd);
        let codes = [(52, "row.unreadable_cell".to_owned()), (102, "value.not_integer".to_owned())];
        assert_eq!((trial.rows.len(), trial.codes()), (198, codes.to_vec()), "{to}");
        assert_eq!(trial.rows[51].text(0), Some("53"), "{to}");
        // A cell that the contract does not ask for costs nothing.
        assert_eq!(taken("", "codigo text, comuna text", &odd).rows.len(), 200, "{to}");
    }
}

#[test]
fn typed_numbers_in_a_column_of_texts_with_comma_keep_their_value() {
    let book = only(&|sheet| {
        rows(
            sheet,
            1,
            &[
                &["nombre", "monto", "lat"],
                &["a", "'1.234,5", "-36.62"],
                &["b", "24064.5", "-36.75"],
                &["c", "'2.800", "-36.8"],
            ],
        );
    });
    let trial = taken("", "nombre text, monto real, lat real", &book);
    assert_eq!(
        trial.rows.iter().map(|row| row.real(1)).collect::<Vec<_>>(),
        [Some(1234.5), Some(24064.5), Some(2800.0)]
    );
    assert_eq!(trial.rows[1].real(2), Some(-36.75));
    let stated = taken("decimal=','", "nombre text, monto real, lat real", &book);
    assert_eq!(stated.rows[1].real(2), Some(-36.75));
}

#[test]
fn a_range_bounds_the_table() {
    let book = only(&|sheet| {
        rows(
            sheet,
            1,
            &[
                &["Informe", "", "", ""],
                &["", "codigo", "monto", "nota"],
                &["x", "A-1", "1", "n"],
                &["x", "A-2", "2", ""],
                &["", "Total", "3", ""],
            ],
        );
    });
    let trial = taken("range='B2:C4'", "codigo text, monto int", &book);
    assert_eq!(
        trial.rows.iter().map(|row| (row.source_row, row.int(1))).collect::<Vec<_>>(),
        [(3, Some(1)), (4, Some(2))]
    );
    assert_eq!(trial.summary.findings["range"], "B2:C4");
    assert!(trial.summary.findings.get("cells_outside").is_none());
}

#[test]
fn the_sheet_is_the_one_named_or_the_only_visible_one_with_data() {
    let table: Fill<'_> = &|sheet| rows(sheet, 1, &[&["codigo", "monto"], &["A-1", "1"]]);
    let hidden: Fill<'_> = &|sheet| {
        rows(sheet, 1, &[&["codigo", "monto"], &["B-1", "1"], &["B-2", "2"]]);
        sheet.set_hidden(true);
    };
    let empty: Fill<'_> = &|_| {};
    let book = xlsx(&[("Vacía", empty), ("Datos", table), ("Listas", hidden)]);
    assert_eq!(taken("", "codigo text", &book).summary.findings["sheet"], "Datos");
    assert_eq!(taken("sheet='LISTAS'", "codigo text", &book).rows.len(), 2);
    let fault =
        |source: &str, book: &[u8]| trial_bytes(&contract("xlsx", source, "codigo text"), book).expect_err("refused");
    let unknown = fault("sheet='Otra'", &book);
    assert_eq!(unknown.code, "sheet.unknown");
    assert!(unknown.what.contains("«Vacía», «Datos», «Listas»"), "{unknown}");
    let several = fault("", &xlsx(&[("2024", table), ("2025", table), ("Listas", hidden)]));
    assert_eq!(several.code, "sheet.several");
    assert!(several.what.contains("2 hojas con datos: «2024», «2025»."), "{several}");
    assert_eq!(fault("", &xlsx(&[("Vacía", empty)])).code, "sheet.empty");
    assert_eq!(fault("header_row=9", &book).code, "file.no_header");
}
