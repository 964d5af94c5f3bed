//! Every file holds its release: all rows, the sums, the accents; said by programs that are not ours.

use std::path::Path;
use std::process::Command;

use super::others::{AS_IN_CHILE, duckdb_and_geopandas, libreoffice, ogr_cell, ogr_summary};
use super::{Exported, File};

/// A name with an accent and an eñe, and how often it stands in the layer.
const NAMES: [(&str, &str, &str, i64); 2] =
    [("comunas", "nombre", "Ñiquén", 1), ("localidades", "nombre", "Chillán", 1)];
const MAPS: [&str; 4] = ["gpkg", "shp", "geojson", "fgb"];

#[tokio::test]
async fn every_file_is_what_the_catalogue_says_and_opens_elsewhere_with_all_rows() {
    let exported = Exported::new().await;
    let files = exported.files();
    for file in &files {
        let path = exported.download(file).await;
        assert_eq!(sha256(&path), file.sha256, "{}", file.name);
        assert!(file.bytes > 0, "{}", file.name);
    }
    let formats = |dataset: &str| -> Vec<&str> {
        files.iter().filter(|file| file.dataset == dataset).map(|file| file.format.as_str()).collect()
    };
    for layer in ["comunas", "localidades"] {
        assert_eq!(
            formats(layer),
            ["csv", "csv_excel", "fgb", "geojson", "geoparquet", "gpkg", "leeme", "shp", "xlsx"]
        );
    }
    for table in ["poblacion", "inversiones", "inversion_comunal", "glosas"] {
        assert_eq!(formats(table), ["csv", "csv_excel", "leeme", "parquet", "xlsx"], "{table}");
    }
    maps(&exported).await;
    parquet(&exported).await;
    sheets(&exported).await;
    a_format_left_out(&exported).await;
}

fn sha256(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().expect("coreutils");
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().unwrap_or_default().to_owned()
}

/// GDAL.
async fn maps(exported: &Exported) {
    for (dataset, column, name, count) in NAMES {
        let (rows, _) = exported.release(dataset, "1");
        for format in MAPS {
            let file = exported.file(dataset, format);
            let path = exported.download(&file).await;
            assert_eq!(ogr_cell(&path, &format!("select count(*) from {dataset}")), rows.to_string(), "{}", file.name);
            let named = ogr_cell(&path, &format!("select count(*) from {dataset} where {column} = '{name}'"));
            assert_eq!(named, count.to_string(), "{}", file.name);
        }
    }
    let (_, people) = exported.release("localidades", "poblacion");
    for format in MAPS {
        let path = exported.download(&exported.file("localidades", format)).await;
        let sum = ogr_cell(&path, "select sum(poblacion) from localidades");
        assert_eq!(sum.trim_end_matches(".0"), people, "{format}");
    }
    let gpkg = exported.download(&exported.file("comunas", "gpkg")).await;
    let said = ogr_summary(&gpkg);
    for words in ["edicion=", "licencia=Términos de IDE Chile", "fuente=comunas.zip", "fuente_sha256=", "EPSG\",4326"]
    {
        assert!(said.contains(words), "{words} in {said}");
    }
}

/// DuckDB and GeoPandas.
async fn parquet(exported: &Exported) {
    let (rows, pesos) = exported.release("inversiones", "monto");
    let path = exported.download(&exported.file("inversiones", "parquet")).await;
    let read = duckdb_and_geopandas(&path, Some("monto"));
    assert_eq!((read["rows"].as_i64(), read["sum"].as_str()), (Some(rows), Some(pesos.as_str())), "{read}");
    for dataset in ["comunas", "localidades"] {
        let (rows, _) = exported.release(dataset, "1");
        let path = exported.download(&exported.file(dataset, "geoparquet")).await;
        let read = duckdb_and_geopandas(&path, None);
        assert_eq!((read["rows"].as_i64(), read["layer_rows"].as_i64()), (Some(rows), Some(rows)), "{read}");
        assert_eq!((read["valid"].as_i64(), read["skippable"].as_bool()), (Some(rows), Some(true)), "{read}");
        assert!(["EPSG:4326", "OGC:CRS84"].contains(&read["crs"].as_str().unwrap_or_default()), "{read}");
        let within = read["within"].as_i64();
        assert!(within > Some(0) && within < Some(rows), "a part is read by its bounds: {read}");
        assert_eq!((within, read["within_duckdb"].as_i64()), (read["within_expected"].as_i64(), within), "{read}");
        let west = exported.installation.query(&format!("select ST_XMin(ST_Extent(geom)) from layers.{dataset}"));
        let west: f64 = west.parse().expect("a number");
        assert!((read["bounds"][0].as_f64().expect("a number") - west).abs() < 1e-9, "{read}");
    }
}

/// LibreOffice.
async fn sheets(exported: &Exported) {
    let workbook = exported.download(&exported.file("glosas", "xlsx")).await;
    assert_eq!(
        libreoffice(&workbook, None, 1),
        [
            "\"Código\"\t\"Glosa\"\t\"Monto ($)\"\t\"Tasa\"\t\"Fecha\"\t\"Fila del archivo fuente\"",
            "\"01101\"\t\"=1+1\"\t-1500000\t0.25\t03/04/2026\t2",
            "\"01102\"\t\"@SUMA(A1)\"\t2000000\t-3.5\t\t3",
            "\"01103\"\t\"Ñiquén; dijo \"\"sí\"\"\"\t\t\t12/31/1999\t4",
            "\"01104\"\t\"-50\"\t7\t1\t01/01/2024\t5",
        ]
    );
    let said = libreoffice(&workbook, None, 2).join("\n");
    for words in
        ["Glosas presupuestarias de Ñuble", "CC-BY-4.0", "Unidad de Pruebas", "glosas.csv", "monto en pesos ($)"]
    {
        assert!(said.contains(words), "{words} in {said}");
    }
    // A number stays one with its decimal comma, a date a date; a formula is a text that begins with an apostrophe.
    let csv = exported.download(&exported.file("glosas", "csv_excel")).await;
    let read = libreoffice(&csv, Some(AS_IN_CHILE), 1);
    assert_eq!(read.len(), 5, "{read:?}");
    assert!(read[1].ends_with("\t\"'=1+1\"\t-1500000\t0.25\t03/04/2026\t2"), "{read:?}");
    assert!(read[2].ends_with("\t\"'@SUMA(A1)\"\t2000000\t-3.5\t\t3"), "{read:?}");
    assert!(read[3].contains("\"Ñiquén; dijo \"\"sí\"\"\""), "{read:?}");
    for file in ["inversiones", "inversion_comunal"] {
        let (rows, pesos) = exported.release(file, "monto");
        let workbook = exported.download(&exported.file(file, "xlsx")).await;
        let read = libreoffice(&workbook, None, 1);
        let place = read[0].split('\t').position(|cell| cell.starts_with("\"Monto FNDR")).expect("the amount");
        let amount = |line: &String| cells(line).get(place).and_then(|cell| cell.parse::<i64>().ok());
        let amounts: Vec<i64> = read.iter().skip(1).filter_map(amount).collect();
        assert_eq!(
            (i64::try_from(amounts.len()).ok(), amounts.iter().sum::<i64>().to_string()),
            (Some(rows), pesos),
            "{file}"
        );
    }
}

/// The cells of a line; no text of these has a tab.
fn cells(line: &str) -> Vec<&str> {
    line.split('\t').collect()
}

/// A shapefile holds one type of geometry.
async fn a_format_left_out(exported: &Exported) {
    let why = exported
        .installation
        .query("select skipped from exports where skipped is not null and file_name like 'mezcla%'");
    assert!(why.contains("un solo tipo de geometría"), "{why}");
    let page = exported.web.get("/descargas/mezcla").await.text();
    assert!(page.contains("No se ofrece: Un shapefile tiene un solo tipo") && page.contains(".gpkg\""), "{page}");
    let gpkg: File = exported.file("mezcla", "gpkg");
    let path = exported.download(&gpkg).await;
    assert_eq!(ogr_cell(&path, "select count(*) from mezcla"), "2");
}
