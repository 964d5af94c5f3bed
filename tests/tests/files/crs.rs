//! Coordinate systems: never guessed, always said, and compared with what the rows say of themselves.

use goreos_testkit::{Layer, Regional, regional_clean, utm};
use goreos_tests::{Installation, Process, Run, ogr_shapefile};
use serde_json::Value;

use crate::ways::{POINTS, WGS84};

const UTM_19S: &str = r#"PROJCS["WGS_1984_UTM_Zone_19S",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",10000000.0],PARAMETER["Central_Meridian",-69.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
const LOCAL: &str = r#"LOCAL_CS["Plano de la obra",UNIT["Meter",1.0]]"#;

/// A platform that knows the comunas, and a dataset of points whose rows name one.
struct Site {
    _worker: Process,
    _scheduler: Process,
    installation: Installation,
    layer: Layer,
}

impl Site {
    async fn new() -> Self {
        let source = "path = \"archivo\"\nformat = \"shapefile\"";
        let installation = Installation::new()
            .await
            .with_bundled_datasets()
            .with_dataset("sitios", &Regional::contract("sitios", source, POINTS));
        installation.register().await;
        let (worker, scheduler) = (installation.worker(), installation.scheduler());
        assert_eq!(installation.ingest(&["comunas"]).await.state, "published");
        let layer = regional_clean(11, 100).layer(false);
        Self { _worker: worker, _scheduler: scheduler, installation, layer }
    }

    async fn load(&self, name: &str, bytes: &[u8]) -> Run {
        let file = self.installation.write("sitios", name, bytes);
        self.installation.ingest(&["sitios", &file.display().to_string()]).await
    }

    async fn loads(&self, name: &str, bytes: &[u8]) -> Value {
        let run = self.load(name, bytes).await;
        assert_eq!(run.state, "published", "{name}: {:?}", run.fault);
        let apart = "select max(st_distance(geom::geography, st_setsrid(st_makepoint(x, y), 4326)::geography)) from layers.sitios join truth using (codigo)";
        let apart: f64 = self.installation.query(apart).parse().expect("metres");
        assert!(apart < 10.0, "{name}: every point within ten metres of where it is: {apart}");
        let crs = format!(
            "select crs, (select report->'findings' from runs where id = {}) as findings from releases order by id desc limit 1",
            run.id
        );
        self.installation.rows(&crs)[0].take()
    }

    /// Where each point is, for PostGIS to compare.
    fn write_truth(&self) {
        let mut sql = "create table truth (codigo text, x float8, y float8); insert into truth values ".to_owned();
        let rows = self.layer.features.iter().filter_map(|feature| match &feature.geometry {
            Some(goreos_testkit::Geometry::Point([x, y])) => Some(format!("('{}', {x}, {y})", feature.cells[0])),
            _ => None,
        });
        sql.push_str(&rows.collect::<Vec<_>>().join(", "));
        self.installation.query(&sql);
    }
}

#[tokio::test]
async fn the_operation_and_its_accuracy_are_kept_with_the_release() {
    let site = Site::new().await;
    site.write_truth();
    let json = site.layer.geojson();
    let degrees = site.loads("grados.zip", &site.layer.shapefile("sitios", Some(WGS84))).await;
    assert_eq!(degrees["crs"]["source"], "EPSG:4326", "{degrees}");
    let metres = site.layer.moved(|at| utm(19, at)).shapefile("sitios", Some(UTM_19S));
    let told = site.loads("utm-19.zip", &metres).await;
    assert_eq!(told["crs"]["source"], "EPSG:32719", "{told}");
    for code in ["EPSG:5361", "EPSG:5362", "EPSG:24879", "EPSG:24878", "EPSG:29189", "EPSG:4248", "EPSG:4618"] {
        // Written by PROJ's best operation at hand; read by ours.
        let file = ogr_shapefile(json.as_bytes(), &["-t_srs", code]);
        let told = site.loads(&format!("{}.zip", code.replace(':', "-")), &file).await;
        let crs = &told["crs"];
        assert_eq!(crs["source"], code, "{told}");
        assert!(crs["operation"].as_str().is_some_and(|text| !text.is_empty()), "{code}: {told}");
        assert!(crs["accuracy_m"].is_number(), "{code}: {told}");
        for library in ["proj", "epsg", "gdal"] {
            assert!(crs[library].as_str().is_some_and(|text| text.contains('.')), "{code}: {library}: {told}");
        }
    }
}

#[tokio::test]
async fn a_missing_or_unknown_system_stops_with_a_question_and_candidates() {
    let site = Site::new().await;
    let metres = site.layer.moved(|at| utm(19, at));
    for (name, prj, code) in [("sin-prj.zip", None, "crs.missing"), ("prj-local.zip", Some(LOCAL), "crs.unknown")] {
        let run = site.load(name, &metres.shapefile("sitios", prj)).await;
        assert_eq!((run.state.as_str(), run.fault.0.as_str()), ("failed", code), "{name}: {}", run.fault.1);
        let fault = site.installation.query(&format!("select fault from runs where id = {}", run.id));
        assert!(fault.contains("EPSG:32719"), "{name} names the candidates: {fault}");
    }
}

#[tokio::test]
async fn a_system_that_another_one_explains_better_stops_the_run() {
    let site = Site::new().await;
    let swapped = |[x, y]: [f64; 2]| [y, x];
    for (name, layer, prj, said) in [
        ("huso-18-dice-19.zip", site.layer.moved(|at| utm(18, at)), UTM_19S, "32718"),
        ("ejes-cambiados.zip", site.layer.moved(swapped), WGS84, "ejes"),
    ] {
        let run = site.load(name, &layer.shapefile("sitios", Some(prj))).await;
        assert_eq!((run.state.as_str(), run.fault.0.as_str()), ("failed", "datum.mismatch"), "{name}: {}", run.fault.1);
        let kept = site.installation.query(&format!("select fault from runs where id = {}", run.id));
        assert!(kept.contains(said), "{name} says '{said}': {kept}");
    }
    assert_eq!(site.installation.number("select count(*) from edition_releases where dataset_id = 'sitios'"), 0);
}
