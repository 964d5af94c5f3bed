//! Two editions beside each other: rows, places and figures, on the command line, in the browser and as files.

use std::process::Command;

use goreos_testkit::{Feature, Geometry, Layer};
use goreos_tests::{Answer, Installation, Process, Run, Web, attribute, until};
use serde_json::Value;

use crate::works::{PATIENCE, Works};

const CONTRACT: &str = "id = \"predios\"\ntitle = \"Predios\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\n\
    [source]\npath = \"predios.zip\"\nformat = \"shapefile\"\n\
    [load]\nkey = [\"rol\"]\n\
    [[column]]\nname = \"rol\"\ntitle = \"Rol\"\ntype = \"text\"\nrequired = true\n\
    [[column]]\nname = \"uso\"\ntitle = \"Uso\"\ntype = \"text\"\n\
    [[column]]\nname = \"avaluo\"\ntitle = \"Avalúo\"\ntype = \"money\"\nunit = \"CLP\"\n\
    [place]\ngeometry = { from = \"file\", crs = \"EPSG:32719\", type = \"multipolygon\" }\n\
    [gate]\nmoved_m = 1.0\n";

struct Parcels {
    // Dropped before the installation.
    web: Web,
    _worker: Process,
    _scheduler: Process,
    installation: Installation,
}

impl Parcels {
    /// Edition 1 holds twenty parcels near Chillán.
    async fn new() -> Self {
        let installation = Installation::new().await.with_dataset("predios", CONTRACT);
        installation.write("predios", "predios.zip", layer().shapefile("predios", None));
        installation.register().await;
        let (worker, scheduler, web) = (installation.worker(), installation.scheduler(), installation.web().await);
        let parcels = Self { web, _worker: worker, _scheduler: scheduler, installation };
        let run = parcels.installation.ingest(&["predios"]).await;
        assert_eq!(run.edition, Some(1), "{:?}", run.fault);
        parcels
    }

    async fn load(&self, layer: &Layer) -> Run {
        let file = self.installation.write("predios", "otro.zip", layer.shapefile("predios", None));
        let run = self.installation.ingest(&["predios", &file.display().to_string(), "--force"]).await;
        assert_eq!(run.state, "published", "{:?}", run.fault);
        run
    }

    /// `goreos --json diff ARGS…`, line by line.
    async fn diff(&self, args: &[&str]) -> Vec<Value> {
        let output = self.installation.goreos(&[&["--json", "diff"], args].concat()).await;
        assert!(output.success, "{output:?}");
        output.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

/// A row of squares of 40 m, in UTM zone 19.
fn layer() -> Layer {
    let parcel = |number: u32| Feature {
        cells: vec![format!("{number:03}-1"), "Agrícola".into(), format!("{}", number * 1_000_000)],
        geometry: Some(Geometry::square([222_000.0 + f64::from(number) * 100.0, 5_944_000.0], 20.0)),
    };
    Layer { fields: ["ROL", "USO", "AVALUO"].map(Into::into).into(), features: (1..=20).map(parcel).collect() }
}

/// Parcel 3 lies five metres to the east, 5 has another use and value, 7 is gone, 21 is new, and 9 starts at another corner.
fn changed() -> Layer {
    let mut layer = layer();
    let moved = layer.features[2].geometry.as_ref().expect("a square").moved(|[x, y]| [x + 5.0, y]);
    layer.features[2].geometry = Some(moved);
    layer.features[4].cells[1] = "=Urbano".into();
    layer.features[4].cells[2] = "7500000".into();
    if let Some(Geometry::Area(ring)) = &mut layer.features[8].geometry {
        ring.pop();
        ring.rotate_left(2);
        ring.push(ring[0]);
    }
    let mut new = layer.features[19].clone();
    new.cells[0] = "021-1".into();
    layer.features.push(new);
    layer.features.remove(6);
    layer.features.reverse();
    layer
}

fn counts(line: &Value) -> [i64; 5] {
    ["added", "removed", "changed", "moved", "same"].map(|name| line["counts"][name].as_i64().expect("a count"))
}

#[tokio::test]
async fn the_same_shapefile_loaded_again_shows_no_difference() {
    let parcels = Parcels::new().await;
    let run = parcels.installation.ingest(&["predios", "--force"]).await;
    assert_eq!(run.edition, Some(2), "{:?}", run.fault);
    let lines = parcels.diff(&["1", "2"]).await;
    assert_eq!((lines.len(), counts(&lines[0])), (1, [0, 0, 0, 0, 20]));
    let page = parcels.web.get("/ediciones/1...2/predios").await;
    assert!(page.text().contains("Ninguna fila difiere"), "{}", page.text());
    assert!(parcels.diff(&["2", "2"]).await.is_empty(), "an edition does not differ from itself");
    let same = parcels.installation.goreos(&["diff", "2", "2"]).await;
    assert!(same.stdout.contains("tienen los mismos datos"), "{same:?}");
}

#[tokio::test]
async fn what_was_moved_changed_removed_and_added_is_told_row_by_row() {
    let parcels = Parcels::new().await;
    parcels.load(&changed()).await;
    let lines = parcels.diff(&["1", "2", "predios"]).await;
    assert_eq!(counts(&lines[0]), [1, 1, 1, 1, 17]);
    let told: Vec<String> = lines[1..]
        .iter()
        .map(|row| {
            format!("{} {}", row["kind"].as_str().unwrap_or_default(), row["key"][0][1].as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(told, ["moved 003-1", "changed 005-1", "removed 007-1", "added 021-1"]);
    let metres = lines[1]["moved_m"].as_f64().expect("a distance");
    assert!((4.9..5.1).contains(&metres), "{metres}");
    let tolerant = parcels.diff(&["1", "2", "predios", "--tolerance", "6"]).await;
    assert_eq!(counts(&tolerant[0]), [1, 1, 1, 0, 18]);

    let table = parcels.installation.goreos(&["diff", "1", "2", "predios"]).await.stdout;
    assert!(table.contains("avaluo: 5000000 → 7500000") && table.contains("geometría: a 5,0 m"), "{table}");

    let summary = parcels.web.get("/ediciones/1...2").await;
    assert_eq!(summary.status, 200);
    assert!(summary.text().contains("href=\"/ediciones/1...2/predios\""), "{}", summary.text());
    let page = parcels.web.get("/ediciones/1...2/predios?cambio=modificada").await.text();
    assert!(page.contains("<td class=\"was\">5.000.000</td><td class=\"is\">7.500.000</td>"), "{page}");
    assert!(!page.contains("021-1"), "only rows of the kind that was asked for");
    let releases = releases(&parcels);
    let candidate = parcels.web.get(&format!("/versiones/{}...{}", releases[0], releases[1])).await;
    assert!(candidate.text().contains("021-1"), "releases are compared by their own numbers too");
}

fn releases(parcels: &Parcels) -> Vec<i64> {
    let rows = parcels.installation.rows("select id from releases order by id");
    rows.iter().filter_map(|row| row["id"].as_i64()).collect()
}

#[tokio::test]
async fn the_difference_is_downloaded_as_csv_and_as_geopackage() {
    let parcels = Parcels::new().await;
    parcels.load(&changed()).await;

    let csv = parcels.web.get("/ediciones/1...2/predios.csv").await;
    let lines: Vec<String> = csv.text().lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "\u{feff}Cambio;Rol;Distancia (m);Uso (antes);Uso (después);Avalúo (antes);Avalúo (después)");
    assert_eq!(lines[2], "modificada;005-1;;Agrícola;'=Urbano;5000000;7500000");
    assert_eq!((lines.len(), csv.media_type.as_str()), (5, "text/csv; charset=utf-8"));
    let moved = parcels.web.get("/ediciones/1...2/predios.csv?cambio=movida").await;
    assert_eq!(moved.text().lines().count(), 2);

    let written = parcels.installation.dataset("predios").join("diferencia.csv");
    parcels.diff(&["1", "2", "predios", "--csv", &written.display().to_string()]).await;
    let plain = std::fs::read_to_string(&written).expect("written");
    assert!(
        plain.starts_with("rol,cambio,distancia_m,antes_uso,despues_uso,antes_avaluo,despues_avaluo\r\n"),
        "{plain}"
    );

    let address = "/ediciones/1...2/predios.gpkg";
    assert_eq!(parcels.web.get(address).await.status, 404, "nobody asked for it yet");
    let foreign = parcels.web.post(address, "", &[("origin", "http://otra.cl")]).await;
    assert_eq!(foreign.status, 403);
    let file = geopackage(&parcels, address).await;
    assert_eq!(file.media_type, "application/geopackage+sqlite3");
    let told = ogrinfo(&file.bytes);
    for part in
        ["Feature Count: 4", "cambio: String", "antes_avaluo: Integer64", "despues_uso: String", "Extent: (-72."]
    {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let run = parcels.installation.number("select id from runs where job = 'difference'");
    let run = parcels.web.get(&format!("/ejecuciones/{run}")).await;
    assert!(run.text().contains("17 iguales"), "its run says what it found: {}", run.text());
    // Made anew from the same releases, it is the same file.
    parcels.installation.query("update differences set object_key = null, bytes = null, sha256 = null; delete from runs where job = 'difference'");
    assert!(geopackage(&parcels, address).await.bytes == file.bytes, "the same bytes");
}

/// Asks for the file as the form does, and waits for its link.
async fn geopackage(parcels: &Parcels, address: &str) -> Answer {
    let own = parcels.web.url().to_owned();
    let asked = parcels.web.post(address, "", &[("origin", &own)]).await;
    assert_eq!((asked.status, asked.location.as_str()), (303, "/ediciones/1...2/predios#archivo"));
    let href = until("the GeoPackage is there", PATIENCE, async || {
        attribute(&parcels.web.get("/ediciones/1...2/predios").await.text(), "descargar-gpkg", "href")
    })
    .await;
    parcels.web.get(&href).await
}

fn ogrinfo(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("diferencia.gpkg");
    std::fs::write(&path, bytes).expect("written");
    let output = Command::new("ogrinfo").args(["-ro", "-al", "-so"]).arg(&path).output();
    let output = output.expect("ogrinfo is installed (gdal-bin); run ./dev setup");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn what_cannot_be_compared_is_answered_with_what_to_do() {
    let parcels = Parcels::new().await;
    for (args, code, part) in [
        (&["1", "9"][..], "edition.unknown", "goreos editions"),
        (&["1", "1", "otro"], "diff.unknown_dataset", "predios"),
    ] {
        let output = parcels.installation.goreos(&[&["--json", "diff"], args].concat()).await;
        let told: Value = serde_json::from_str(output.stdout.trim()).expect("JSON");
        assert_eq!((output.success, told["error"]["code"].as_str()), (false, Some(code)), "{told}");
        assert!(told["error"]["remedy"].as_str().is_some_and(|remedy| remedy.contains(part)), "{told}");
    }
    for (path, status) in [
        ("/ediciones/1...9", 404),
        ("/ediciones/1...x", 404),
        ("/ediciones/1...1", 200),
        ("/ediciones/1...1/otro", 404),
        ("/versiones/1...99", 410),
        ("/ediciones/comparar?desde=1", 400),
        ("/ediciones/1...1/predios?cambio=otra", 400),
    ] {
        assert_eq!(parcels.web.get(path).await.status, status, "{path}");
    }
    let chosen = parcels.web.get("/ediciones/comparar?desde=1&hasta=1").await;
    assert_eq!((chosen.status, chosen.location.as_str()), (303, "/ediciones/1...1"));
}

#[tokio::test]
async fn the_figures_of_comunas_are_compared_too() {
    let works = Works::new("").await;
    let run = works.load("codigo;comuna;monto\nOBRA-0000;16101;1500\nOBRA-0001;16102;1000\n").await;
    assert_eq!(run.state, "published", "{:?}", run.fault);
    let web = works.installation.web().await;
    let page = web.get("/ediciones/1...2").await.text();
    for part in ["Monto de las obras por comuna", "50.000", "1.500", "-48.500", "Chillán"] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    let told = works.installation.goreos(&["diff", "1", "2"]).await.stdout;
    assert!(told.contains("Monto de las obras: 100.000 → 2.500; cambian 2 comunas."), "{told}");
    assert!(told.lines().any(|line| line.starts_with("Chillán") && line.contains("-48.500")), "{told}");
}
