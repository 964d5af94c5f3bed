use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use gdal::DriverManager;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Feature, FieldDefn, Geometry, LayerOptions, OGRFieldType, OGRwkbGeometryType};

use super::*;
use crate::child::trial::{Trial, trial_bytes};

/// A layer to write: its name, its features as (text, number, day, geometry).
type Written<'a> = (&'a str, &'a [(&'a str, &'a str, &'a str, Option<&'a str>)]);

const AREA: &str = "POLYGON ((-72.1 -36.6,-72.0 -36.6,-72.0 -36.7,-72.1 -36.7,-72.1 -36.6))";
const BOW: &str = "POLYGON ((-72.1 -36.6,-72.0 -36.7,-72.0 -36.6,-72.1 -36.7,-72.1 -36.6))";
const ROWS: &[(&str, &str, &str, Option<&str>)] = &[
    ("Ñiquén", "24064000000", "2024/01/31", Some(AREA)),
    ("malo", "x", "2024/02/01", Some(AREA)),
    ("San Fabián", "7", "2024/02/29", Some(AREA)),
    ("moño", "8", "2024/03/01", Some(BOW)),
    ("nada", "9", "2024/03/02", None),
    ("Ránquil", "10", "2024/03/03", Some(AREA)),
];
const FORMATS: [(&str, &str, &str); 5] = [
    ("shapefile", "ESRI Shapefile", "shp"),
    ("geopackage", "GPKG", "gpkg"),
    ("geojson", "GeoJSON", "geojson"),
    ("flatgeobuf", "FlatGeobuf", "fgb"),
    ("kml", "LIBKML", "kml"),
];

fn contract(format: &str, source: &str, geometry: &str) -> String {
    format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a'\nformat='{format}'\n{source}\n\
         [[column]]\nname='nombre'\ntype='text'\n[[column]]\nname='monto'\ntype='int'\n[[column]]\nname='dia'\ntype='date'\n\
         [place]\ngeometry={{from='file'{geometry}}}\n"
    )
}

/// Layers written by GDAL; the bytes of the file, zipped when there are several.
fn written(driver: &str, extension: &str, epsg: Option<u32>, layers: &[Written<'_>]) -> Vec<u8> {
    if driver == "LIBKML" {
        return kml(layers);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let several = driver == "ESRI Shapefile";
    let path = if several { folder.path().join("capas") } else { folder.path().join(format!("capa.{extension}")) };
    let driver = DriverManager::get_driver_by_name(driver).expect("the driver");
    let mut dataset = driver.create_vector_only(&path).expect("a file");
    let srs = epsg.map(|code| {
        let mut srs = SpatialRef::from_epsg(code).expect("a system");
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        srs
    });
    // The index of a FlatGeobuf leaves out what has no geometry.
    let unindexed: &[&str] = &["SPATIAL_INDEX=NO"];
    let options = (extension == "fgb").then_some(unindexed);
    for (name, features) in layers {
        let layer = LayerOptions { name, srs: srs.as_ref(), ty: OGRwkbGeometryType::wkbPolygon, options };
        let layer = dataset.create_layer(layer).expect("a layer");
        for (field, kind) in
            [("nombre", OGRFieldType::OFTString), ("monto", OGRFieldType::OFTString), ("dia", OGRFieldType::OFTDate)]
        {
            FieldDefn::new(field, kind).and_then(|field| field.add_to_layer(&layer)).expect("a column");
        }
        for (text, number, day, geometry) in *features {
            let mut feature = Feature::new(layer.defn()).expect("a feature");
            for (place, value) in [text, number, day].into_iter().enumerate() {
                let place = layer.defn().field_index(["nombre", "monto", "dia"][place]).expect("the column");
                feature.set_field_string(place, &value.replace('/', "-")).expect("a cell");
            }
            if let Some(wkt) = geometry {
                feature.set_geometry(Geometry::from_wkt(wkt).expect("a geometry")).expect("set");
            }
            feature.create(&layer).expect("written");
        }
    }
    dataset.close().expect("closed");
    if several { zipped(&files(&path)) } else { std::fs::read(&path).expect("a file") }
}

/// By hand: GDAL writes no invalid area into a KML.
fn kml(layers: &[Written<'_>]) -> Vec<u8> {
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>".to_owned();
    for (name, features) in layers {
        write!(text, "<Folder><name>{name}</name>").expect("room");
        for (nombre, monto, dia, geometry) in *features {
            text += "<Placemark><ExtendedData>";
            for (field, value) in [("nombre", nombre), ("monto", monto), ("dia", &dia.replace('/', "-").as_str())] {
                write!(text, "<Data name=\"{field}\"><value>{value}</value></Data>").expect("room");
            }
            text += "</ExtendedData>";
            if let Some(wkt) = geometry {
                let ring = wkt
                    .trim_start_matches("POLYGON ((")
                    .trim_end_matches("))")
                    .replace(',', ";")
                    .replace(' ', ",")
                    .replace(';', " ");
                write!(text, "<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>").expect("room");
            }
            text += "</Placemark>";
        }
        text += "</Folder>";
    }
    (text + "</Document></kml>").into_bytes()
}

fn extension_of(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read(path).expect("bytes"))
        })
        .collect();
    files.sort();
    files
}

fn zipped(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("a ZIP").into_inner()
}

/// The parts of a shapefile, for breaking one.
fn parts() -> Vec<(String, Vec<u8>)> {
    let bytes = written("ESRI Shapefile", "shp", Some(4326), &[("capa", ROWS)]);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a ZIP");
    (0..archive.len())
        .map(|place| {
            let mut entry = archive.by_index(place).expect("an entry");
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).expect("bytes");
            (entry.name().expect("a name").into_owned(), bytes)
        })
        .collect()
}

fn with(extension: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut parts = parts();
    change(&mut parts.iter_mut().find(|(name, _)| name.ends_with(extension)).expect("that part").1);
    zipped(&parts)
}

fn without(extension: &str) -> Vec<u8> {
    let mut parts = parts();
    parts.retain(|(name, _)| !name.ends_with(extension));
    zipped(&parts)
}

fn taken(contract: &str, bytes: &[u8]) -> Trial {
    trial_bytes(contract, bytes).unwrap_or_else(|fault| panic!("{fault}: {}", fault.remedy))
}

fn code(contract: &str, bytes: &[u8]) -> String {
    match trial_bytes(contract, bytes) {
        Ok(trial) => panic!("taken: {:?}", trial.codes()),
        Err(fault) => fault.code,
    }
}

#[test]
fn one_bad_cell_never_costs_another_row_in_any_format() {
    for (format, driver, extension) in FORMATS {
        let bytes = written(driver, extension, Some(4326), &[("capa", ROWS)]);
        let trial = taken(&contract(format, "", ""), &bytes);
        let mut expected = vec![(2, "value.not_integer"), (4, "geometry.invalid"), (5, "geometry.empty")];
        // GDAL writes no empty row into a FlatGeobuf.
        let last = if extension == "fgb" { 5 } else { 6 };
        expected.retain(|(_, code)| last == 6 || *code != "geometry.empty");
        let expected: Vec<_> = expected.into_iter().map(|(row, code)| (row, code.to_owned())).collect();
        assert_eq!(trial.codes(), expected, "{format}: {:?}", trial.summary.findings);
        let row = &trial.rows[0];
        assert_eq!((row.source_row, row.text(0), row.int(1)), (1, Some("Ñiquén"), Some(24_064_000_000)), "{format}");
        assert_eq!(row.date(2).as_deref(), Some("2024-01-31"), "{format}");
        let wkb = row.wkb(3).expect("a geometry");
        let area = Geometry::from_wkb(&wkb).expect("WKB");
        assert!(area.geometry_name() == "MULTIPOLYGON" && (area.area() - 0.01).abs() < 1e-6, "{format}");
        assert_eq!(trial.rows.iter().map(|row| row.source_row).collect::<Vec<_>>(), [1, 3, last], "{format}");
        let findings = &trial.summary.findings;
        assert_eq!(
            (findings["crs"].as_str(), findings["crs_accuracy_m"].as_f64()),
            (Some("EPSG:4326"), Some(0.0)),
            "{format}"
        );
        let letters = if format == "shapefile" { "windows-1252" } else { "utf-8" };
        assert_eq!(findings["encoding"], letters, "{format}: {findings}");
        assert!(findings["layer"].as_str().is_some_and(|layer| layer.starts_with("cap")), "{format}: {findings}");
    }
}

#[test]
fn repairs_are_counted_and_rows_without_geometry_kept_where_the_contract_says() {
    for (format, driver, extension) in FORMATS {
        let bytes = written(driver, extension, Some(4326), &[("capa", ROWS)]);
        let trial = taken(&contract(format, "", ",invalid='repair',missing='keep'"), &bytes);
        assert_eq!(trial.codes(), [(2, "value.not_integer".to_owned())], "{format}");
        assert_eq!(trial.summary.findings["repaired"]["count"], 1, "{format}");
    }
}

#[test]
fn one_of_several_layers_is_a_question_that_the_contract_answers() {
    for (format, driver, extension) in [FORMATS[0], FORMATS[1], FORMATS[4]] {
        let bytes = written(driver, extension, Some(4326), &[("predios", ROWS), ("rutas", &ROWS[..1])]);
        let fault = trial_bytes(&contract(format, "", ""), &bytes).expect_err("a question");
        let several = if format == "shapefile" { "shapefile.several" } else { "layer.several" };
        assert!(fault.code == several && fault.what.contains("predios") && fault.what.contains("rutas"), "{fault}");
        let trial = taken(&contract(format, "layer='Rutas'", ""), &bytes);
        assert_eq!((trial.rows.len(), trial.rejects.len()), (1, 0), "{format}");
        assert_eq!(trial.summary.findings["layers"].as_array().map(Vec::len), Some(2), "{format}");
        let fault = trial_bytes(&contract(format, "layer='otra'", ""), &bytes).expect_err("no such layer");
        assert!(fault.code == "layer.unknown" && fault.what.contains("predios"), "{fault}");
    }
}

#[test]
fn a_broken_shapefile_is_refused_whole_with_its_code() {
    let shapefile = contract("shapefile", "", "");
    let half = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2);
    let records = |count: u32| move |dbf: &mut Vec<u8>| dbf[4..8].copy_from_slice(&count.to_le_bytes());
    for (name, bytes, expected) in [
        ("shp cut", with(".shp", half), "shapefile.truncated"),
        ("dbf cut", with(".dbf", half), "shapefile.truncated"),
        ("shx cut", with(".shx", half), "shapefile.truncated"),
        (
            "shp says 2 GB",
            with(".shp", |shp| shp[24..28].copy_from_slice(&(1_i32 << 30).to_be_bytes())),
            "shapefile.truncated",
        ),
        ("dbf says more", with(".dbf", records(7)), "shapefile.truncated"),
        ("dbf says fewer", with(".dbf", records(5)), "shapefile.truncated"),
        ("dbf says 2,000,000,000", with(".dbf", records(2_000_000_000)), "shapefile.truncated"),
        (
            "shx points elsewhere",
            with(".shx", |shx| shx[108..112].copy_from_slice(&7_i32.to_be_bytes())),
            "shapefile.damaged",
        ),
        ("shp is a CSV", with(".shp", |shp| *shp = b"a;b\n1;2\n".repeat(50)), "shapefile.damaged"),
        ("dbf is a CSV", with(".dbf", |dbf| *dbf = b"a;b\n1;2\n".repeat(5)), "shapefile.damaged"),
        ("no shx", without(".shx"), "shapefile.incomplete"),
        ("no dbf", without(".dbf"), "shapefile.incomplete"),
        ("no shp", without(".shp"), "shapefile.missing"),
        ("no prj", without(".prj"), "crs.missing"),
        ("a ZIP in a ZIP", zipped(&[("capa.zip".into(), zipped(&parts()))]), "file.nested_zip"),
        ("a CSV", b"codigo;monto\nA;1\n".to_vec(), "file.not_a_zip"),
    ] {
        match trial_bytes(&shapefile, &bytes) {
            Ok(trial) => panic!("{name} was taken: {:?}", trial.codes()),
            Err(fault) => assert_eq!(fault.code, expected, "{name}: {fault}"),
        }
    }
    let folders: Vec<_> = parts()
        .into_iter()
        .map(|(name, bytes)| (format!("Capa 2024/{}", name.replace("capa.shp", "CAPA.SHP")), bytes))
        .collect();
    assert_eq!(taken(&shapefile, &zipped(&folders)).rows.len(), 3, "in a folder, with other capitals");
}

#[test]
fn deleted_records_are_no_rows_and_the_others_keep_their_numbers() {
    let deleted = |dbf: &mut Vec<u8>| {
        let header = usize::from(u16::from_le_bytes([dbf[8], dbf[9]]));
        dbf[header] = b'*';
    };
    let trial = taken(&contract("shapefile", "", ""), &with(".dbf", deleted));
    assert_eq!(
        trial.rows.iter().map(|row| (row.source_row, row.text(0))).collect::<Vec<_>>(),
        [(3, Some("San Fabián")), (6, Some("Ránquil"))]
    );
    assert_eq!(trial.summary.findings["deleted_records"], 1);
}

#[test]
fn the_letters_decide_the_encoding_of_a_dbf_and_a_lying_label_is_told() {
    // GDAL writes a .dbf in Latin-1.
    let mut parts = parts();
    parts.retain(|(name, _)| extension_of(name) != "cpg");
    parts.push(("capa.cpg".into(), b"UTF-8".to_vec()));
    let bytes = zipped(&parts);
    let trial = taken(&contract("shapefile", "", ""), &bytes);
    assert_eq!(trial.rows[0].text(0), Some("Ñiquén"));
    let evidence = trial.summary.findings["encoding_evidence"].as_str().unwrap_or_default().to_owned();
    assert_eq!(trial.summary.findings["encoding"], "windows-1252");
    assert!(evidence.starts_with("Un .cpg dice utf-8; el contenido es windows-1252"), "{evidence}");
    assert_eq!(code(&contract("shapefile", "encoding='utf-8'", ""), &bytes), "file.encoding");
}

#[test]
fn the_other_formats_say_what_is_wrong_with_them() {
    let geojson = |text: &str| code(&contract("geojson", "", ""), text.as_bytes());
    assert_eq!(geojson(r#"{"type":"FeatureCollection","features":[{"type":"Feature""#), "geojson.truncated");
    assert_eq!(geojson(r#"{"type":"FeatureCollection","features":[]}"#), "file.no_rows");
    let link = r#"{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"http://127.0.0.1:9/x","type":"ogcwkt"}},"features":[]}"#;
    assert_eq!(geojson(link), "crs.link");
    let utm = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"nombre":"a","monto":1,"dia":"2024-01-31"},"geometry":{"type":"Point","coordinates":[230000,5940000]}}]}"#;
    assert_eq!(geojson(utm), "crs.not_degrees");
    let answered = taken(&contract("geojson", "", ",crs='EPSG:32719',type='point'"), utm.as_bytes());
    assert_eq!((answered.rows.len(), answered.summary.findings["crs"].as_str()), (1, Some("EPSG:32719")));

    let package = written("GPKG", "gpkg", Some(4326), &[("capa", ROWS)]);
    assert_eq!(code(&contract("geopackage", "", ""), &package[..package.len() / 2]), "geopackage.truncated");
    let mut database = package.clone();
    database[68..72].copy_from_slice(&[0; 4]);
    assert_eq!(code(&contract("geopackage", "", ""), &database), "file.not_geopackage");
    assert_eq!(code(&contract("geopackage", "", ""), &written("GPKG", "gpkg", None, &[("capa", ROWS)])), "crs.unknown");

    let buffers = written("FlatGeobuf", "fgb", Some(4326), &[("capa", ROWS)]);
    assert_eq!(code(&contract("flatgeobuf", "", ""), &buffers[..buffers.len() - 300]), "flatgeobuf.truncated");
    assert_eq!(code(&contract("flatgeobuf", "", ""), &buffers[..60]), "flatgeobuf.damaged");

    let kml = |body: &str| {
        format!(
            "<?xml version=\"1.0\"?>{body}<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document></Document></kml>"
        )
    };
    let doctype = kml("<!DOCTYPE kml [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>");
    assert_eq!(code(&contract("kml", "", ""), doctype.as_bytes()), "kml.doctype");
    let link = "<?xml version=\"1.0\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink></kml>";
    assert!(["layer.none", "kml.damaged"].contains(&code(&contract("kml", "", ""), link.as_bytes()).as_str()));
}

#[test]
fn letters_of_windows_in_a_geojson_are_read() {
    let text = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"nombre\":\"\u{d1}iqu\u{e9}n\",\"monto\":\"1\",\"dia\":\"31-01-2024\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[-72.1,-36.6]}}]}";
    let bytes: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1")).collect();
    let trial = taken(&contract("geojson", "", ",type='point'"), &bytes);
    assert_eq!((trial.rows[0].text(0), trial.rows[0].date(2).as_deref()), (Some("Ñiquén"), Some("2024-01-31")));
    assert_eq!(trial.summary.findings["encoding"], "windows-1252");
}
