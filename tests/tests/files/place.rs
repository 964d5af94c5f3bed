//! Rows placed by where they lie.

use std::collections::BTreeMap;

use goreos_testkit::{Feature, Geometry, Layer, regional_clean};
use goreos_tests::{Installation, ogr};

use crate::ways::WGS84;

const CONTRACT: &str = r#"id = "puntos"
title = "Puntos"
theme = "Prueba"
owner = "Pruebas"
licence = "CC0-1.0"

[source]
path = "puntos"
format = "geojson"

[[column]]
name = "codigo"
from = ["CODIGO"]
type = "text"

[place]
territory = { by = "point", level = "comuna", region = "16" }
geometry = { from = "file", type = "point" }
"#;

/// Points of a clean spreadsheet, those of one comuna only.
fn points() -> (Layer, BTreeMap<String, &'static str>) {
    let rows = regional_clean(9, 100);
    let mut layer = rows.layer(false);
    layer.features.retain(|feature| feature.geometry.is_some());
    (layer, rows.located().into_iter().collect())
}

#[tokio::test]
async fn a_point_belongs_to_the_comuna_it_lies_in() {
    let (mut layer, truth) = points();
    let at = |code: &str, at| {
        let mut cells = vec![String::new(); layer.fields.len()];
        cells[0] = code.into();
        Feature { cells, geometry: Some(Geometry::Point(at)) }
    };
    // The open sea, and Concepción: in Chile, but not in the region.
    let strays = [at("MAR", [-75.0, -36.6]), at("CONCEPCION", [-73.05, -36.82])];
    layer.features.extend(strays);
    let json = layer.geojson();
    let installation = Installation::new().await.with_bundled_datasets().with_dataset("puntos", CONTRACT);
    let as_shapefile = CONTRACT.replace("\"puntos\"\ntitle", "\"puntos_shp\"\ntitle").replace("geojson", "shapefile");
    let as_package = CONTRACT.replace("\"puntos\"\ntitle", "\"puntos_gpkg\"\ntitle").replace("geojson", "geopackage");
    let installation = installation.with_dataset("puntos_shp", &as_shapefile).with_dataset("puntos_gpkg", &as_package);
    installation.write("puntos", "puntos", &json);
    installation.write("puntos_shp", "puntos", layer.shapefile("puntos", Some(WGS84)));
    installation.write("puntos_gpkg", "puntos", ogr(json.as_bytes(), "GPKG", &["-t_srs", "EPSG:32719"]));
    installation.register().await;
    let _worker = installation.worker();
    let _scheduler = installation.scheduler();
    assert_eq!(installation.ingest(&["comunas"]).await.state, "published");
    for id in ["puntos", "puntos_shp", "puntos_gpkg"] {
        let run = installation.ingest(&[id]).await;
        assert_eq!(run.state, "published", "{id}: {:?}", run.fault);
        let rows = installation
            .rows(&format!("select codigo, territory_cut as cut, territory_level as level from layers.{id}"));
        assert_eq!(rows.len(), truth.len(), "{id}");
        for row in rows {
            let code = row["codigo"].as_str().expect("a code");
            assert_eq!(row["cut"].as_str(), truth.get(code).copied(), "{id}: {code}");
            assert_eq!(row["level"], "comuna", "{id}");
        }
        let rejects = installation.rows(&format!(
            "select source_row, reasons->0->>'code' as code, lon, lat from rejects where run_id = {} order by source_row", run.id
        ));
        let told: Vec<_> =
            rejects.iter().map(|reject| (reject["source_row"].as_u64(), reject["code"].as_str())).collect();
        let number = layer.features.len() as u64;
        assert_eq!(
            told,
            [(Some(number - 1), Some("place.outside_comunas")), (Some(number), Some("place.outside_region"))],
            "{id}"
        );
        assert!(
            rejects.iter().all(|reject| reject["lon"].is_number() && reject["lat"].is_number()),
            "on the map: {rejects:?}"
        );
    }
}
