//! Parquet and GeoParquet written here by polars, read through the whole of the reading child.

use std::fmt::Write as _;

use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, IntoColumn, KeyValueMetadata, NamedFrom, NewChunkedArray,
    ParquetWriter, PlSmallStr, Series, TimeUnit,
};
use serde_json::json;

use crate::child::trial::{Trial, trial_bytes};

fn contract(columns: &str, place: &str) -> String {
    let mut text =
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a'\nformat='geoparquet'\n".to_owned();
    for column in columns.split(',') {
        let (name, kind) = column.trim().split_once(' ').expect("a name and a type");
        write!(text, "[[column]]\nname='{name}'\ntype='{kind}'\n").expect("a text");
    }
    text + place
}

const POINTS: &str = "[place]\ngeometry = { from = 'file', type = 'point' }\n";

/// The file of a frame, in row groups of 100, with that `geo` entry.
fn written(columns: Vec<Column>, geo: Option<&serde_json::Value>) -> Vec<u8> {
    let rows = columns[0].len();
    let mut frame = DataFrame::new(rows, columns).expect("a frame");
    let mut bytes = Vec::new();
    let entry = geo.map(|geo| KeyValueMetadata::from_static(vec![("geo".into(), geo.to_string())]));
    ParquetWriter::new(&mut bytes)
        .with_row_group_size(Some(100))
        .with_key_value_metadata(entry)
        .finish(&mut frame)
        .expect("written");
    bytes
}

fn texts(name: &str, rows: &[&str]) -> Column {
    Series::new(PlSmallStr::from(name), rows).into_column()
}

/// Points as little-endian WKB; `None` for a row without one.
fn points(name: &str, rows: &[Option<[f64; 2]>]) -> Column {
    let wkb = |point: &[f64; 2]| {
        let mut bytes = vec![1, 1, 0, 0, 0];
        bytes.extend(point.iter().flat_map(|number| number.to_le_bytes()));
        bytes
    };
    let cells: Vec<Option<Vec<u8>>> = rows.iter().map(|point| point.as_ref().map(wkb)).collect();
    let cells: Vec<Option<&[u8]>> = cells.iter().map(Option::as_deref).collect();
    Series::new(PlSmallStr::from(name), cells).into_column()
}

fn geo(crs: serde_json::Value) -> serde_json::Value {
    let mut column = json!({"encoding": "WKB", "geometry_types": ["Point"]});
    if crs != json!("absent") {
        column["crs"] = crs;
    }
    json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}})
}

fn taken(contract: &str, bytes: &[u8]) -> Trial {
    trial_bytes(contract, bytes).expect("a file that is read")
}

fn code(contract: &str, bytes: &[u8]) -> String {
    trial_bytes(contract, bytes).expect_err("refused").code
}

#[test]
fn columns_of_every_kind_become_cells() {
    let kinds: Vec<Column> = vec![
        texts("nombre", &["Plaza", "Ñiquén"]),
        Series::new("monto".into(), [Some(24_064_i64), None]).into_column(),
        Series::new("real".into(), [-72.5_f64, 0.1]).into_column(),
        Series::new("dia".into(), [19_787_i32, 0]).cast(&DataType::Date).expect("days").into_column(),
        Series::new("momento".into(), [1_709_649_000_000_i64, 0])
            .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))
            .expect("moments")
            .into_column(),
        BooleanChunked::from_slice("si".into(), &[true, false]).into_column(),
        Series::new("partes".into(), [Series::new("".into(), [1_i32]), Series::new("".into(), [2_i32])]).into_column(),
    ];
    let file = written(kinds, None);
    let trial = taken(&contract("nombre text, monto int, real real, dia date, momento text, si bool", ""), &file);
    let row = &trial.rows[0];
    assert_eq!((row.text(0), row.int(1), row.real(2)), (Some("Plaza"), Some(24_064), Some(-72.5)));
    assert_eq!(row.date(3).as_deref(), Some("2024-03-05"));
    assert_eq!((row.text(4), row.bool(5)), (Some("2024-03-05 14:30:00"), Some(true)));
    assert_eq!((trial.rows[1].int(1), trial.rows[1].source_row), (None, 2));
    assert_eq!(trial.summary.findings["columns_left_out"], json!(["partes"]));
    assert_eq!(code(&contract("nombre text, partes text", ""), &file), "parquet.column");
}

#[test]
fn one_bad_cell_never_costs_another_row() {
    let names: Vec<String> = (1..=250).map(|row| row.to_string()).collect();
    let mut cells: Vec<&str> = names.iter().map(String::as_str).collect();
    cells[119] = "cien";
    let mut places: Vec<Option<[f64; 2]>> = vec![Some([-72.1, -36.6]); 250];
    places[9] = None;
    let file = written(vec![texts("codigo", &cells), points("geometry", &places)], Some(&geo(json!("absent"))));
    let trial = taken(&contract("codigo int", POINTS), &file);
    assert_eq!(trial.rows.len(), 248);
    let rejected: Vec<i64> = trial.rejects.iter().map(|reject| reject.source_row).collect();
    assert_eq!(rejected, [10, 120]);
    assert_eq!(trial.rows[247].source_row, 250);
    // A geometry that is none.
    let mut broken: Vec<Option<&[u8]>> = vec![Some(&[1, 1, 0, 0, 0]); 2];
    broken[1] = None;
    let broken = Series::new("geometry".into(), broken).into_column();
    let file = written(vec![texts("codigo", &["1", "2"]), broken], Some(&geo(json!("absent"))));
    let rejected = taken(&(contract("codigo int", POINTS) + ""), &file);
    assert_eq!((rejected.rows.len(), rejected.rejects.len()), (0, 2));
}

#[test]
fn the_reference_system_is_the_one_the_file_says() {
    let file = |crs, point| written(vec![texts("codigo", &["1"]), points("geometry", &[Some(point)])], Some(&geo(crs)));
    let contract = contract("codigo int", POINTS);
    let utm =
        json!({"type": "ProjectedCRS", "name": "WGS 84 / UTM zone 19S", "id": {"authority": "EPSG", "code": 32719}});
    let trial = taken(&contract, &file(utm.clone(), [222_222.0, 5_946_000.0]));
    let wkb = trial.rows[0].wkb(1).expect("a point");
    let number = |from: usize| f64::from_le_bytes(wkb[from..from + 8].try_into().expect("eight bytes"));
    let at = wkb.len() - 16;
    assert!((-72.2..-72.0).contains(&number(at)) && (-36.7..-36.5).contains(&number(at + 8)), "{wkb:?}");
    assert_eq!(code(&contract, &file(json!(null), [-72.1, -36.6])), "crs.missing");
    let stated = contract.replace("from = 'file'", "from = 'file', crs = 'EPSG:4326'");
    assert_eq!(taken(&stated, &file(json!(null), [-72.1, -36.6])).rows.len(), 1);
    assert_eq!(code(&stated, &file(utm, [222_222.0, 5_946_000.0])), "crs.mismatch");
}

#[test]
fn a_parquet_without_geometry_is_told_so() {
    let plain = written(vec![texts("codigo", &["1"])], None);
    assert_eq!(code(&contract("codigo int", POINTS), &plain), "parquet.no_geometry");
    let named = written(vec![texts("codigo", &["1"]), points("geom", &[Some([-72.1, -36.6])])], None);
    assert_eq!(code(&contract("codigo int", POINTS), &named), "crs.missing");
    let stated = contract("codigo int", &POINTS.replace("from = 'file'", "from = 'file', crs = 'EPSG:4326'"));
    assert_eq!(taken(&stated, &named).rows.len(), 1);
}

#[test]
fn what_is_damaged_or_no_parquet_is_refused() {
    let file = written(vec![texts("codigo", &["1", "2"])], None);
    let contract = contract("codigo int", "");
    assert_eq!(code(&contract, &file[..file.len() - 20]), "file.damaged_parquet");
    assert_eq!(code(&contract, b"PAR1PAR1"), "file.damaged_parquet");
    assert_eq!(code(&contract, b"codigo\n1\n"), "file.not_geoparquet");
    // Bytes lost in the middle: what the end describes lies beyond it.
    let mut lost = file.clone();
    lost.drain(4..40);
    assert_eq!(code(&contract, &lost), "file.damaged_parquet");
    let mut garbled = file.clone();
    garbled[4..30].fill(0xff);
    assert_eq!(code(&contract, &garbled), "file.damaged_parquet");
}
