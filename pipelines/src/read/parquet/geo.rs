//! What a GeoParquet file says of its geometry, in the `geo` entry of its footer.

use goreos_domain::Fault;
use serde::Deserialize;
use serde_json::Value;

/// The geometry of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Geo {
    /// The column that holds it.
    pub(super) column: String,
    /// Columns that hold other geometries; they are not read.
    pub(super) others: Vec<String>,
    /// Its reference system; `None` when the file says that nobody knows it.
    pub(super) crs: Option<Crs>,
    /// Where it lies: least x, least y, greatest x, greatest y.
    pub(super) extent: Option<[f64; 4]>,
}

/// A reference system as GeoParquet tells it. Coordinates are east before north, whatever the system says of its axes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Crs {
    /// Nothing is said: longitude and latitude on WGS 84.
    Crs84,
    /// `EPSG:32719`
    Code(String),
    /// PROJJSON without a code.
    Json(String),
}

#[derive(Deserialize)]
struct Entry {
    primary_column: String,
    columns: serde_json::Map<String, Value>,
}

impl Geo {
    /// Reads the entry.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let entry: Entry = serde_json::from_str(text).map_err(|error| unreadable(&error.to_string()))?;
        let Some(column) = entry.columns.get(&entry.primary_column) else {
            return Err(unreadable(&format!("no describe la columna «{}»", entry.primary_column)));
        };
        let encoding = column.get("encoding").and_then(Value::as_str).unwrap_or("WKB");
        if !encoding.eq_ignore_ascii_case("WKB") {
            return Err(Fault::give_up(
                "parquet.encoding",
                format!("La geometría del archivo está en el formato «{encoding}», que no se lee."),
                "Expórtelo de nuevo con geometría WKB, que es lo usual en GeoParquet.",
            ));
        }
        let others = entry.columns.keys().filter(|name| **name != entry.primary_column).cloned().collect();
        Ok(Self {
            crs: crs(column.get("crs")),
            extent: extent(column.get("bbox")),
            column: entry.primary_column,
            others,
        })
    }
}

fn crs(said: Option<&Value>) -> Option<Crs> {
    let said = match said {
        None => return Some(Crs::Crs84),
        Some(Value::Null) => return None,
        Some(Value::String(text)) => return Some(Crs::Code(text.clone())),
        Some(said) => said,
    };
    let authority = said.pointer("/id/authority").and_then(Value::as_str);
    let code = said.pointer("/id/code").map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
    Some(match authority.zip(code) {
        Some(("OGC", code)) if code == "CRS84" => Crs::Crs84,
        Some((authority, code)) => Crs::Code(format!("{authority}:{code}")),
        None => Crs::Json(said.to_string()),
    })
}

/// Of two dimensions or three, the least ones first.
fn extent(said: Option<&Value>) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = said?.as_array()?.iter().map(Value::as_f64).collect::<Option<_>>()?;
    match numbers.as_slice() {
        &[west, south, east, north] | &[west, south, _, east, north, _] => Some([west, south, east, north]),
        _ => None,
    }
}

fn unreadable(why: &str) -> Fault {
    Fault::give_up(
        "parquet.geo",
        format!("El archivo no describe bien su geometría (GeoParquet): {why}."),
        "Expórtelo de nuevo como GeoParquet, desde QGIS o geopandas.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crs_of(said: &str) -> Option<Crs> {
        Geo::parse(&format!(
            "{{\"version\": \"1.1.0\", \"primary_column\": \"g\", \"columns\": {{\"g\": {{\"encoding\": \"WKB\"{said}}}, \"h\": {{}}}}}}"
        ))
        .expect("an entry")
        .crs
    }

    #[test]
    fn the_reference_system_is_what_the_file_says() {
        assert_eq!(crs_of(""), Some(Crs::Crs84));
        assert_eq!(crs_of(", \"crs\": null"), None);
        assert_eq!(
            crs_of(", \"crs\": {\"id\": {\"authority\": \"EPSG\", \"code\": 32719}}"),
            Some(Crs::Code("EPSG:32719".into()))
        );
        assert_eq!(crs_of(", \"crs\": {\"id\": {\"authority\": \"OGC\", \"code\": \"CRS84\"}}"), Some(Crs::Crs84));
        assert_eq!(crs_of(", \"crs\": {\"name\": \"x\"}"), Some(Crs::Json("{\"name\":\"x\"}".into())));
    }

    #[test]
    fn the_extent_has_two_dimensions() {
        let extent_of = |said: &str| extent(serde_json::from_str::<Value>(said).ok().as_ref());
        assert_eq!(extent_of("[-73, -37, -71, -36.5]"), Some([-73.0, -37.0, -71.0, -36.5]));
        assert_eq!(extent_of("[-73, -37, 0, -71, -36.5, 900]"), Some([-73.0, -37.0, -71.0, -36.5]));
        assert_eq!(extent_of("[1, null]"), None);
    }

    #[test]
    fn what_is_no_geoparquet_is_refused() {
        let code = |text: &str| Geo::parse(text).expect_err("refused").code;
        assert_eq!(code("no"), "parquet.geo");
        assert_eq!(code("{\"primary_column\": \"g\", \"columns\": {}}"), "parquet.geo");
        assert_eq!(
            code("{\"primary_column\": \"g\", \"columns\": {\"g\": {\"encoding\": \"point\"}}}"),
            "parquet.encoding"
        );
    }
}
