//! What spreadsheets get.

use calamine::{Data, Reader as _, open_workbook_auto};

use super::*;

#[test]
fn each_csv_is_written_for_its_reader() {
    let sample = layer();
    let program = std::fs::read_to_string(sample.written(ExportFormat::Csv)).expect("UTF-8");
    assert_eq!(
        program,
        "nombre,monto,superficie_total,superficie_util,fecha,vigente\r\n\
         \"Ñiquén, \"\"sur\"\"\",-1234567,0.5,12.50,2026-03-04,true\r\n\
         =1+1,9007199254740993,0.0000001,3,1900-01-01,false\r\n\
         ,,,,,\r\n"
    );
    let excel = std::fs::read_to_string(sample.written(ExportFormat::CsvExcel)).expect("UTF-8");
    assert_eq!(
        excel,
        "\u{feff}Nombre;Monto FNDR ($);Superficie;superficie_util;Fecha;Vigente\r\n\
         \"Ñiquén, \"\"sur\"\"\";-1234567;0,5;12,50;04-03-2026;Sí\r\n\
         '=1+1;9007199254740993;0,0000001;3;01-01-1900;No\r\n\
         ;;;;;\r\n"
    );
}

#[test]
fn points_are_two_columns_of_a_sheet() {
    let columns = [("nombre", "", ColumnKind::Text, "texto"), ("punto", "", ColumnKind::Geometry, "geometría")];
    let rows = [vec![Text("a"), wkb("POINT (-72.5 -36.25)")], vec![Text("b"), Nothing]];
    let sample = Sample::new(&columns, &rows);
    let program = std::fs::read_to_string(sample.written(ExportFormat::Csv)).expect("UTF-8");
    assert_eq!(program, "nombre,longitud,latitud\r\na,-72.5,-36.25\r\nb,,\r\n");
    let excel = std::fs::read_to_string(sample.written(ExportFormat::CsvExcel)).expect("UTF-8");
    assert!(excel.ends_with("a;-72,5;-36,25\r\nb;;\r\n"), "{excel}");
}

#[test]
fn a_workbook_has_typed_cells_and_says_what_they_are() {
    let sample = layer();
    let mut book = open_workbook_auto(sample.written(ExportFormat::Xlsx)).expect("a workbook");
    assert_eq!(book.sheet_names(), ["Datos", "Metadatos"]);
    let data = book.worksheet_range("Datos").expect("a sheet");
    let row = |number: usize| data.rows().nth(number).expect("a row").to_vec();
    assert_eq!(row(0)[1], Data::String("Monto FNDR ($)".into()));
    assert_eq!(
        row(1)[..4],
        [Data::String("Ñiquén, \"sur\"".into()), Data::Float(-1_234_567.0), Data::Float(0.5), Data::Float(12.5),]
    );
    // 4 March 2026, as Excel counts days.
    assert!(matches!(&row(1)[4], Data::DateTime(day) if (day.as_f64() - 46085.0).abs() < 1e-9), "{:?}", row(1)[4]);
    assert_eq!(row(1)[5], Data::Bool(true));
    // A text is never a formula, and no digit is lost.
    assert_eq!(row(2)[..2], [Data::String("=1+1".into()), Data::String("9007199254740993".into())]);
    assert_eq!(data.rows().count(), 3, "a row without values has no cells");
    let said = book.worksheet_range("Metadatos").expect("a sheet");
    let said: Vec<String> =
        said.rows().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")).collect();
    assert!(said.iter().any(|line| line.starts_with("Edición|7")), "{said:?}");
    assert!(said.iter().any(|line| line == "monto|Monto FNDR|monto en pesos ($)"), "{said:?}");
    assert!(said.iter().any(|line| line.contains("no cabe en una planilla")), "{said:?}");
}

#[test]
fn a_table_that_no_sheet_can_hold_says_so() {
    let columns = [("nombre", "", ColumnKind::Text, "texto")];
    let mut sample = Sample::new(&columns, &[vec![Text("a")]]);
    sample.spool.survey.rows = 1_048_576;
    assert!(sample.refused(ExportFormat::Xlsx).contains("1.048.575 filas como máximo, y esta versión tiene 1.048.576"));
    let sample = Sample::new(&columns, &[vec![Long("x".repeat(32_768))]]);
    assert!(sample.refused(ExportFormat::Xlsx).contains("32.767 caracteres"));
}

#[test]
fn polars_reads_a_table_without_geometry() {
    let columns = [("nombre", "", ColumnKind::Text, "texto"), ("anio", "", ColumnKind::Int, "número entero")];
    let rows = vec![vec![Text("Ñ"), Int(2026)]; 70_000];
    let sample = Sample::new(&columns, &rows);
    assert!(sample.spool.formats().any(|format| format == ExportFormat::Parquet));
    let (frame, said) = frame(&sample.written(ExportFormat::Parquet));
    assert_eq!(frame.shape(), (70_000, 2));
    assert!(said.iter().all(|(key, _)| key != "geo"));
}
