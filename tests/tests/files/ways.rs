//! The ways in which the same rows are sent.

use goreos_testkit::{Encoding, Geometry, Layer, Sheet};
use goreos_tests::ogr;

/// A way to send them.
pub(crate) struct Way {
    pub(crate) id: &'static str,
    /// The lines of `[source]`.
    pub(crate) source: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// The number of the first row with data.
    pub(crate) first: i64,
    /// What the run's findings must say.
    pub(crate) found: &'static [(&'static str, &'static str)],
}

/// The geometry of a contract of points, and of one of areas. Rows of a province lie nowhere.
pub(crate) const POINTS: &str = "geometry = { from = \"file\", type = \"point\", missing = \"keep\" }";
pub(crate) const AREAS: &str = "geometry = { from = \"file\", type = \"multipolygon\", missing = \"keep\" }";

/// What a `.prj` says.
pub(crate) const WGS84: &str = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;

/// Nothing is declared but the format: encoding, delimiter, header row and decimal marks are found out.
const CSV: &str = "format = \"csv\"";

/// As text in every encoding, and as workbooks.
pub(crate) fn tables(sheet: &Sheet) -> Vec<Way> {
    let csv = |id, delimiter, encoding, found| {
        let bytes = sheet.csv(delimiter, encoding);
        Way { id, source: CSV, bytes, first: 4, found }
    };
    let found = &[("sheet", "CARTERA")];
    vec![
        csv("utf8", ';', Encoding::Utf8, &[("encoding", "utf-8"), ("delimiter", ";")]),
        csv("utf8_bom", ',', Encoding::Utf8Bom, &[("encoding", "utf-8"), ("delimiter", ",")]),
        csv("utf16", '\t', Encoding::Utf16, &[("encoding", "utf-16le"), ("delimiter", "\t")]),
        csv("ansi", ';', Encoding::Windows1252, &[("encoding", "windows-1252")]),
        csv("dos", '|', Encoding::Ibm850, &[("encoding", "ibm850"), ("delimiter", "|")]),
        csv("mojibake", ';', Encoding::Mojibake, &[]),
        csv("mojibake_doble", ';', Encoding::DoubleMojibake, &[]),
        Way {
            id: "xlsx",
            source: "format = \"xlsx\"\nsheet = \"CARTERA\"",
            bytes: sheet.xlsx("CARTERA"),
            first: 4,
            found,
        },
        Way {
            id: "ods",
            source: "format = \"ods\"\nsheet = \"CARTERA\"",
            bytes: sheet.ods("CARTERA"),
            first: 4,
            found,
        },
    ]
}

/// The same layer with a place for the rows that lie nowhere: `ogr2ogr` leaves such rows out of a FlatGeobuf.
fn placed(layer: &Layer) -> Layer {
    let somewhere = Geometry::Point([-72.1, -36.6]);
    let area = layer.features.iter().any(|feature| matches!(feature.geometry, Some(Geometry::Area(_))));
    let somewhere = if area { Geometry::square([-72.1, -36.6], 0.002) } else { somewhere };
    let mut layer = layer.clone();
    for feature in &mut layer.features {
        feature.geometry.get_or_insert_with(|| somewhere.clone());
    }
    layer
}

/// As a layer in every format.
pub(crate) fn layers(layer: &Layer) -> Vec<Way> {
    let json = layer.geojson();
    let whole = placed(layer).geojson();
    let way = |id, source, bytes| Way { id, source, bytes, first: 1, found: &[] };
    vec![
        way("shapefile", "format = \"shapefile\"", layer.shapefile("CARTERA", Some(WGS84))),
        way("geopackage", "format = \"geopackage\"", ogr(json.as_bytes(), "GPKG", &["-nln", "cartera"])),
        way("geojson", "format = \"geojson\"", json.clone().into_bytes()),
        // The spatial index of FlatGeobuf would change the order of the rows.
        way(
            "flatgeobuf",
            "format = \"flatgeobuf\"",
            ogr(whole.as_bytes(), "FlatGeobuf", &["-lco", "SPATIAL_INDEX=NO"]),
        ),
        way("kml", "format = \"kml\"", ogr(json.as_bytes(), "KML", &[])),
        way("geoparquet", "format = \"geoparquet\"", layer.geoparquet()),
    ]
}
