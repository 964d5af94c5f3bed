use super::files::{contract, ods, ods_sheet};
use crate::child::trial::{Trial, trial_bytes};

fn taken(source: &str, columns: &str, book: &[u8]) -> Trial {
    trial_bytes(&contract("ods", source, columns), book).expect("a workbook that is read")
}

#[test]
fn a_table_under_titles_keeps_the_row_numbers_of_the_sheet() {
    let book = ods(&ods_sheet(
        "Hoja1",
        &[
            &["INVERSIONES 2025"],
            &[],
            &["CÓDIGO", "COMUNA", "MONTO"],
            &["A-1", "Ñiquén", "24064"],
            &["A-2", "Bulnes", "'12,5"],
        ],
    ));
    let trial = taken("", "codigo text, comuna text, monto real", &book);
    let rows: Vec<_> = trial.rows.iter().map(|row| (row.source_row, row.text(1), row.real(2))).collect();
    assert_eq!(rows, [(4, Some("Ñiquén"), Some(24064.0)), (5, Some("Bulnes"), Some(12.5))]);
    assert_eq!(trial.summary.findings["header_row"], 3);
    assert_eq!(trial.summary.findings["format"], "ods");
}

#[test]
fn cells_are_what_the_sheet_shows() {
    let cell = |attributes: &str, text: &str| {
        format!("<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>")
    };
    let header = "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>fecha</text:p></table:table-cell>\
                  <table:table-cell office:value-type=\"string\"><text:p>hora</text:p></table:table-cell>\
                  <table:table-cell office:value-type=\"string\"><text:p>si</text:p></table:table-cell>\
                  <table:table-cell office:value-type=\"string\"><text:p>monto</text:p></table:table-cell>\
                  <table:table-cell office:value-type=\"string\"><text:p>nota</text:p></table:table-cell></table:table-row>";
    let row = [
        cell("office:value-type=\"date\" office:date-value=\"2024-03-05\"", "05/03/24"),
        cell("office:value-type=\"time\" office:time-value=\"PT14H30M00S\"", "14:30"),
        cell("office:value-type=\"boolean\" office:boolean-value=\"true\"", "VERDADERO"),
        cell("office:value-type=\"currency\" office:value=\"24064\"", "$24.064"),
        "<table:table-cell office:value-type=\"string\"><office:annotation><text:p>no</text:p></office:annotation>\
         <text:p>a &amp;<text:s text:c=\"2\"/><text:span>b</text:span></text:p><text:p>c</text:p></table:table-cell>"
            .to_owned(),
    ]
    .concat();
    let tables = format!(
        "<table:table table:name=\"H\"><table:table-header-rows>{header}</table:table-header-rows><table:table-row>{row}</table:table-row></table:table>"
    );
    let trial = taken("header_row=1", "fecha date, hora text, si text, monto int, nota text", &ods(&tables));
    let row = &trial.rows[0];
    assert_eq!(row.date(0).as_deref(), Some("2024-03-05"));
    assert_eq!((row.text(1), row.text(2)), (Some("14:30:00"), Some("VERDADERO")));
    assert_eq!((row.int(3), row.text(4)), (Some(24064), Some("a & b c")));
}

#[test]
fn one_bad_cell_never_costs_another_row() {
    let table: Vec<[String; 2]> = (1..=100).map(|row| [format!("'{row}"), row.to_string()]).collect();
    let mut cells: Vec<Vec<&str>> = vec![vec!["codigo", "monto"]];
    cells.extend(table.iter().map(|row| row.iter().map(String::as_str).collect()));
    cells[51][1] = "cien";
    let refs: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    let sheet = ods_sheet("H", &refs)
        .replace("office:value=\"70\"", "office:value=\"7o\"")
        .replace(
            "office:value-type=\"float\" office:value=\"80\"><text:p>80",
            "office:value-type=\"string\" calcext:value-type=\"error\" office:string-value=\"\"><text:p>#REF!",
        )
        .replace(
            "<table:table-cell office:value-type=\"float\" office:value=\"90\"><text:p>90</text:p></table:table-cell>",
            "<table:table-cell table:formula=\"of:=[.A1]*2\"/>",
        );
    let trial = taken("", "codigo text, monto int", &ods(&sheet));
    assert_eq!(trial.rows.len(), 96);
    assert_eq!(trial.rejects.iter().map(|reject| reject.source_row).collect::<Vec<_>>(), [52, 71, 81, 91]);
    assert!(trial.rejects[3].raw.to_string().contains("=[.A1]*2"), "{}", trial.rejects[3].raw);
}

#[test]
fn repeated_rows_and_columns_are_rows_and_columns() {
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let tables = format!(
        "<table:table table:name=\"H\">\
         <table:table-row table:number-rows-repeated=\"2\"><table:table-cell table:number-columns-repeated=\"1024\"/></table:table-row>\
         <table:table-row>{}{}</table:table-row>\
         <table:table-row table:number-rows-repeated=\"3\"><table:table-cell table:number-columns-repeated=\"2\" office:value-type=\"float\" office:value=\"7\"/></table:table-row>\
         <table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell/></table:table-row>\
         <table:table-row>{}{}</table:table-row></table:table>",
        cell("a"),
        cell("b"),
        cell("8"),
        cell("9"),
    );
    let trial = taken("", "a int, b int", &ods(&tables));
    let rows: Vec<_> = trial.rows.iter().map(|row| (row.source_row, row.int(0), row.int(1))).collect();
    let seven = |row| (row, Some(7), Some(7));
    assert_eq!(rows, [seven(4), seven(5), seven(6), (1_000_007, Some(8), Some(9))]);
    assert_eq!(trial.summary.findings["blank_rows"], 1_000_000);
}

#[test]
fn a_workbook_that_repeats_without_end_is_refused() {
    let wide = "<table:table table:name=\"H\"><table:table-row table:number-rows-repeated=\"1048576\">\
                <table:table-cell table:number-columns-repeated=\"16384\" office:value-type=\"float\" office:value=\"7\"/></table:table-row></table:table>";
    let fault = |tables: &str| trial_bytes(&contract("ods", "", "a int"), &ods(tables)).expect_err("refused").code;
    assert_eq!(fault(wide), "file.refused_zip");
    assert_eq!(fault(&wide.replace("1048576", "1").replace("16384", "100000")), "file.too_many_columns");
    let heavy = format!("office:value-type=\"string\" office:string-value=\"{}\"", "x".repeat(100_000));
    let heavy = wide.replace("1048576", "1").replace("office:value-type=\"float\" office:value=\"7\"", &heavy);
    assert_eq!(fault(&heavy), "file.refused_zip");
}

#[test]
fn the_sheet_is_the_one_named_or_the_only_visible_one_with_data() {
    let table = |name: &str| ods_sheet(name, &[&["codigo", "monto"], &["A-1", "1"]]);
    let hidden = table("Listas").replace("\"ta1\"", "\"ta2\"");
    let book = ods(&[ods_sheet("Vacía", &[]), table("Datos"), hidden].concat());
    assert_eq!(taken("", "codigo text", &book).summary.findings["sheet"], "Datos");
    assert_eq!(taken("sheet='listas'", "codigo text", &book).rows.len(), 1);
    let several =
        trial_bytes(&contract("ods", "", "codigo text"), &ods(&[table("A"), table("B")].concat())).expect_err("two");
    assert_eq!(several.code, "sheet.several");
}
