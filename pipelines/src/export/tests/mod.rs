//! A release of one layer in every format, read by others.

mod sheets;

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta};
use gdal::vector::LayerAccess as _;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata as _};
use goreos_db::export::ColumnKind;
use goreos_domain::ExportFormat;
use polars::prelude::{AnyValue, DataFrame, ParquetReader, SerReader as _};
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::about::{Column, Fact};
use super::*;

/// A cell to be sent.
#[derive(Clone)]
enum Sent {
    Nothing,
    Text(&'static str),
    Long(String),
    Int(i64),
    Real(f64),
    Day(i32),
    Yes(bool),
    Wkb(Vec<u8>),
}

use Sent::{Day, Int, Long, Nothing, Real, Text, Wkb, Yes};

/// Rows on the local disk.
struct Sample {
    spool: Spool,
    folder: TempDir,
}

impl Sample {
    fn new(columns: &[(&str, &str, ColumnKind, &str)], rows: &[Vec<Sent>]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("rows");
        std::fs::write(&file, sent(rows)).expect("written");
        let column = |(name, title, kind, words): &(&str, &str, ColumnKind, &str)| Column {
            name: (*name).into(),
            title: (*title).into(),
            kind: *kind,
            words: (*words).into(),
        };
        let fact =
            |key: &str, label: &str, value: &str| Fact { key: key.into(), label: label.into(), value: value.into() };
        let about = About {
            dataset: "predios".into(),
            title: "Predios de Ñiquén".into(),
            built_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(1_614_863_107),
            facts: vec![
                fact("conjunto", "Conjunto", "predios"),
                fact("descripcion", "Descripción", "Dijo «sí», 'no' y \"quizás\"."),
                fact("edicion", "Edición", "7"),
                fact("licencia", "Licencia", "CC-BY-4.0"),
                fact("fuente_sha256", "SHA-256 del archivo fuente", "9f86d081"),
            ],
            columns: columns.iter().map(column).collect(),
            is_points: columns.iter().any(|(name, ..)| *name == "punto"),
            has_coordinates: false,
        };
        let spool = Spool::looked_over(about, file, CancellationToken::new()).expect("rows");
        Self { spool, folder }
    }

    fn written(&self, format: ExportFormat) -> PathBuf {
        let path = self.folder.path().join(format!("file-{}", format.code()));
        // GDAL knows some formats by the ending of their name.
        let path = path.with_extension(if format == ExportFormat::Shapefile { "zip" } else { format.code() });
        self.spool.write(format, &path).unwrap_or_else(|why| panic!("{}: {why}", format.name()));
        path
    }

    fn refused(&self, format: ExportFormat) -> String {
        match self.spool.write(format, &self.folder.path().join("refused")) {
            Err(Failure::Unfit(why)) => why,
            other => panic!("{}: {other:?}", format.name()),
        }
    }
}

/// The rows as PostgreSQL sends them.
fn sent(rows: &[Vec<Sent>]) -> Vec<u8> {
    let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    for row in rows {
        bytes.extend(i16::try_from(row.len()).expect("few columns").to_be_bytes());
        for cell in row {
            let cell = match cell.clone() {
                Nothing => {
                    bytes.extend((-1_i32).to_be_bytes());
                    continue;
                }
                Text(text) => text.into(),
                Long(text) => text.into(),
                Int(number) => number.to_be_bytes().to_vec(),
                Real(number) => number.to_be_bytes().to_vec(),
                Day(days) => days.to_be_bytes().to_vec(),
                Yes(yes) => vec![u8::from(yes)],
                Wkb(wkb) => wkb,
            };
            bytes.extend(i32::try_from(cell.len()).expect("short cells").to_be_bytes());
            bytes.extend(cell);
        }
    }
    bytes.extend((-1_i16).to_be_bytes());
    bytes
}

fn wkb(wkt: &str) -> Sent {
    Wkb(gdal::vector::Geometry::from_wkt(wkt).and_then(|shape| shape.wkb()).expect("a geometry"))
}

/// Three parcels, of which one has no values; the first turns with the clock.
fn layer() -> Sample {
    let columns = [
        ("nombre", "Nombre", ColumnKind::Text, "texto"),
        ("monto", "Monto FNDR", ColumnKind::Int, "monto en pesos ($)"),
        ("superficie_total", "Superficie", ColumnKind::Real, "número"),
        ("superficie_util", "", ColumnKind::Decimal, "número"),
        ("fecha", "Fecha", ColumnKind::Date, "fecha"),
        ("vigente", "Vigente", ColumnKind::Bool, "sí o no"),
        ("geom", "Geometría", ColumnKind::Geometry, "longitud y latitud"),
    ];
    let area = "MULTIPOLYGON (((-72 -36, -72 -35.5, -71.5 -35.5, -71.5 -36, -72 -36)))";
    let rows = [
        vec![Text("Ñiquén, \"sur\""), Int(-1_234_567), Real(0.5), Text("12.50"), Day(9_559), Yes(true), wkb(area)],
        vec![Text("=1+1"), Int(9_007_199_254_740_993), Real(1e-7), Text("3"), Day(-36_524), Yes(false), wkb(area)],
        vec![Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, wkb(area)],
    ];
    Sample::new(&columns, &rows)
}

fn opened(path: &Path) -> Dataset {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    Dataset::open_ex(path, options).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Name, amount and date of a row, and the least longitude of its geometry.
type Read = (Option<String>, Option<i64>, Option<NaiveDate>, f64);

/// The rows of a layer; fields by their place.
fn features(path: &Path) -> Vec<Read> {
    let dataset = opened(path);
    let mut layer = dataset.layer(0).expect("a layer");
    layer
        .features()
        .map(|feature| {
            // A field that is not set reads as an empty text.
            let text = |place| feature.field_as_string(place).expect("a field").filter(|text| !text.is_empty());
            // 2026/03/04, with or without a time.
            let day = text(4).and_then(|day| day.get(..10).map(|day| day.replace('/', "-")));
            let west = feature.geometry().expect("a geometry").envelope().MinX;
            (text(0), text(1).and_then(|amount| amount.parse().ok()), day.and_then(|day| day.parse().ok()), west)
        })
        .collect()
}

fn expected() -> Vec<Read> {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day);
    vec![
        (Some("Ñiquén, \"sur\"".into()), Some(-1_234_567), day(2026, 3, 4), -72.0),
        (Some("=1+1".into()), Some(9_007_199_254_740_993), day(1900, 1, 1), -72.0),
        (None, None, None, -72.0),
    ]
}

#[test]
fn gdal_reads_each_format_of_maps_with_every_value() {
    let sample = layer();
    for format in [ExportFormat::Geopackage, ExportFormat::Flatgeobuf, ExportFormat::Geojson] {
        assert_eq!(features(&sample.written(format)), expected(), "{}", format.name());
    }
    let zip = sample.written(ExportFormat::Shapefile);
    let inside = PathBuf::from(format!("/vsizip/{}/predios.shp", zip.display()));
    assert_eq!(features(&inside), expected());
    let names: Vec<String> =
        opened(&inside).layer(0).expect("a layer").defn().fields().map(|field| field.name()).collect();
    assert_eq!(names, ["nombre", "monto", "superficie", "superfici2", "fecha", "vigente"]);
}

#[test]
fn the_same_release_gives_the_same_bytes_with_its_own_dates() {
    let first = layer();
    let second = layer();
    for format in first.spool.formats() {
        let [one, other] = [&first, &second].map(|sample| std::fs::read(sample.written(format)).expect("read"));
        assert!(one == other, "{}", format.name());
    }
    let gpkg = opened(&first.written(ExportFormat::Geopackage));
    let sql = "select last_change from gpkg_contents union select timestamp from gpkg_metadata_reference";
    let mut dates = gpkg.execute_sql(sql, None, gdal::vector::sql::Dialect::DEFAULT).expect("read").expect("rows");
    let dates: Vec<String> = dates.features().filter_map(|row| row.field_as_string(0).expect("a text")).collect();
    assert!(
        !dates.is_empty() && dates.iter().all(|date| date.starts_with("2021/03/04") || date.starts_with("2021-03-04")),
        "{dates:?}"
    );
    let mut zip =
        zip::ZipArchive::new(File::open(first.written(ExportFormat::Shapefile)).expect("a file")).expect("a ZIP");
    for place in 0..zip.len() {
        let entry = zip.by_index(place).expect("an entry");
        assert_eq!(
            entry.last_modified().map(|at| (at.year(), at.month(), at.day())),
            Some((2021, 3, 4)),
            "{:?}",
            entry.name()
        );
    }
    let mut dbf = [0; 4];
    std::io::Read::read_exact(&mut zip.by_name("predios.dbf").expect("the table"), &mut dbf).expect("read");
    assert_eq!(dbf[1..], [121, 3, 4], "years from 1900, month, day");
}

#[test]
fn every_format_says_edition_licence_and_source() {
    let sample = layer();
    let gpkg = opened(&sample.written(ExportFormat::Geopackage));
    let said = |key: &str| gpkg.metadata_item(key, "");
    assert_eq!((said("edicion").as_deref(), said("fuente_sha256").as_deref()), (Some("7"), Some("9f86d081")));
    let sql = "select title || ': ' || description from gpkg_data_columns where column_name = 'monto'";
    let mut titles = gpkg.execute_sql(sql, None, gdal::vector::sql::Dialect::DEFAULT).expect("read").expect("rows");
    let title = titles.features().next().and_then(|row| row.field_as_string(0).expect("a text"));
    assert_eq!(title.as_deref(), Some("Monto FNDR: monto en pesos ($)"));

    let geojson = std::fs::read(sample.written(ExportFormat::Geojson)).expect("read");
    let geojson: Json = serde_json::from_slice(&geojson).expect("JSON");
    assert_eq!(geojson["metadatos"]["licencia"], "CC-BY-4.0");
    assert_eq!(geojson["metadatos"]["columnas"][1]["titulo"], "Monto FNDR");
    assert_eq!(geojson["bbox"], serde_json::json!([-72, -36, -71.5, -35.5]));
    assert_eq!(geojson["features"][0]["properties"]["superficie_util"], serde_json::json!(12.50));

    let fgb = std::fs::read(sample.written(ExportFormat::Flatgeobuf)).expect("read");
    let header = ::flatgeobuf::size_prefixed_root_as_header(&fgb[8..]).expect("a header");
    let said: Json = serde_json::from_str(header.metadata().unwrap_or_default()).expect("JSON");
    assert_eq!((header.title(), &said["edicion"]), (Some("Predios de Ñiquén"), &Json::from("7")));
    assert_eq!((header.features_count(), header.index_node_size()), (3, 16));

    let mut zip =
        zip::ZipArchive::new(File::open(sample.written(ExportFormat::Shapefile)).expect("a file")).expect("a ZIP");
    let mut text = |name: &str| std::io::read_to_string(zip.by_name(name).expect("an entry")).expect("UTF-8");
    assert!(text("LEEME.txt").contains("Edición: 7\r\n") && text("predios.cpg") == "UTF-8");
    assert!(text("columnas.csv").contains("\"superfici2\";\"superficie_util\";\"\";\"número\"\r\n"));

    let readme = std::fs::read_to_string(sample.written(ExportFormat::Readme)).expect("UTF-8");
    assert!(readme.contains("monto: Monto FNDR; monto en pesos ($)\r\n") && readme.contains("Licencia: CC-BY-4.0"));
}

fn frame(path: &Path) -> (DataFrame, Vec<(String, String)>) {
    let mut reader = ParquetReader::new(File::open(path).expect("a file"));
    let said = reader.get_metadata().expect("a footer").key_value_metadata.clone().unwrap_or_default();
    let said = said.into_iter().filter_map(|entry| Some((entry.key, entry.value?))).collect();
    (reader.finish().expect("a frame"), said)
}

#[test]
fn polars_reads_geoparquet_with_the_bounds_of_every_row() {
    let sample = layer();
    let (frame, said) = frame(&sample.written(ExportFormat::Geoparquet));
    assert_eq!(frame.shape(), (3, 8));
    assert_eq!(
        frame.column("monto").expect("a column").get(1).expect("a cell"),
        AnyValue::Int64(9_007_199_254_740_993)
    );
    assert_eq!(frame.column("nombre").expect("a column").get(0).expect("a cell"), AnyValue::String("Ñiquén, \"sur\""));
    let bounds = frame.column("bbox").expect("a column").struct_().expect("a structure").clone();
    let corner = |name| bounds.field_by_name(name).expect("a corner").f64().expect("numbers").get(0);
    assert_eq!(["xmin", "ymin", "xmax", "ymax"].map(corner), [Some(-72.0), Some(-36.0), Some(-71.5), Some(-35.5)]);
    let entry = |key: &str| {
        let (_, text) = said.iter().find(|(name, _)| name == key).unwrap_or_else(|| panic!("no {key}"));
        serde_json::from_str::<Json>(text).expect("JSON")
    };
    let geo = entry("geo");
    assert_eq!((&geo["version"], &geo["primary_column"]), (&Json::from("1.1.0"), &Json::from("geom")));
    assert_eq!(geo["columns"]["geom"]["covering"]["bbox"]["xmax"], serde_json::json!(["bbox", "xmax"]));
    assert_eq!(geo["columns"]["geom"]["geometry_types"], serde_json::json!(["MultiPolygon"]));
    assert_eq!(entry("goreos")["edicion"], "7");
}

#[test]
fn a_format_that_cannot_hold_the_layer_says_why() {
    let columns = [("nombre", "", ColumnKind::Text, "texto"), ("geom", "", ColumnKind::Geometry, "geometría")];
    let mixed = Sample::new(
        &columns,
        &[vec![Text("a"), wkb("POINT (1 1)")], vec![Text("b"), wkb("LINESTRING (1 1, 2 2)")], vec![Text("c"), Nothing]],
    );
    assert!(mixed.refused(ExportFormat::Shapefile).contains("un solo tipo de geometría"));
    assert!(mixed.refused(ExportFormat::Flatgeobuf).contains("filas sin geometría, y esta versión tiene 1"));
    let gpkg = opened(&mixed.written(ExportFormat::Geopackage));
    assert_eq!(gpkg.layer(0).expect("a layer").feature_count(), 3);
    let (frame, _) = frame(&mixed.written(ExportFormat::Geoparquet));
    assert_eq!(frame.column("geom").expect("a column").null_count(), 1);
}

#[test]
fn texts_that_a_shapefile_cuts_are_told() {
    let columns = [("nombre", "", ColumnKind::Text, "texto"), ("geom", "", ColumnKind::Geometry, "geometría")];
    let sample = Sample::new(&columns, &[vec![Long("ñ".repeat(200)), wkb("POINT (1 1)")]]);
    let mut zip =
        zip::ZipArchive::new(File::open(sample.written(ExportFormat::Shapefile)).expect("a file")).expect("a ZIP");
    let mut text = |name: &str| std::io::read_to_string(zip.by_name(name).expect("an entry")).expect("UTF-8");
    assert!(text("LEEME.txt").contains("los más largos de nombre están cortados"));
    assert!(text("columnas.csv").contains("cortado en 254 bytes"));
}

#[test]
fn a_layer_without_rows_is_still_a_layer() {
    let columns = [("nombre", "", ColumnKind::Text, "texto"), ("geom", "", ColumnKind::Geometry, "geometría")];
    let sample = Sample::new(&columns, &[]);
    for format in [ExportFormat::Geopackage, ExportFormat::Geojson, ExportFormat::Flatgeobuf] {
        let dataset = opened(&sample.written(format));
        assert_eq!(dataset.layer(0).expect("a layer").feature_count(), 0, "{}", format.name());
    }
    assert_eq!(frame(&sample.written(ExportFormat::Geoparquet)).0.shape(), (0, 3));
}

#[test]
fn whoever_lost_the_run_stops_writing() {
    let columns = [("nombre", "", ColumnKind::Text, "texto")];
    let sample = Sample::new(&columns, &vec![vec![Text("a")]; 5_000]);
    sample.spool.stop.cancel();
    let stopped = sample.spool.write(ExportFormat::Csv, &sample.folder.path().join("a.csv"));
    assert!(matches!(stopped, Err(Failure::Stopped)), "{stopped:?}");
}
