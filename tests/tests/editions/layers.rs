//! What QGIS and the like read, with the bundled datasets.

use std::process::Command;

use goreos_tests::{Installation, Loaded, attribute};

/// What psql prints to a member of the group `goreos_layers`, or the refusal.
fn as_reader(installation: &Installation, sql: &str) -> Result<String, String> {
    let (scheme, rest) = installation.database_url().split_once("://").expect("an address");
    let (_, rest) = rest.split_once(':').expect("a user and a password");
    let output = Command::new("psql")
        .arg(format!("{scheme}://goreos_reader:{rest}"))
        .args(["-qXAt", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .output()
        .expect("psql is installed");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[tokio::test]
async fn a_reader_of_the_layers_sees_the_dashboards_very_figures_and_cannot_look_behind_them() {
    let loaded = Loaded::new().await;
    let page = loaded.web.get("/tableros/inversion?anio=2024").await.text();
    let shown = attribute(&page, "total-region", "data-pesos").expect("a total");
    let read = |sql: &str| as_reader(&loaded.installation, sql);
    assert_eq!(read("select sum(monto)::bigint from layers.inversiones where anio = 2024"), Ok(shown.clone()));
    assert_eq!(read("select sum(monto)::bigint from layers.inversion_comunal where anio = 2024"), Ok(shown));
    assert_eq!(read("select count(*) from layers.comunas where starts_with(cut, '16')"), Ok("21".into()));
    let layers = "select string_agg(f_table_name || ' ' || type || ' ' || srid, ', ' order by 1)
                  from geometry_columns where f_table_schema = 'layers'";
    assert_eq!(read(layers), Ok("comunas MULTIPOLYGON 4326, localidades POINT 4326".into()));
    for hidden in ["releases.inversiones_1", "runs", "rejects", "source_files"] {
        let refusal = read(&format!("select from {hidden}")).expect_err(hidden);
        assert!(refusal.contains("permission denied"), "{hidden}: {refusal}");
    }
}
