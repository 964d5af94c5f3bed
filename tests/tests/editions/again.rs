//! What is made twice from one edition is the same, byte for byte.

use std::time::Duration;

use goreos_tests::{Loaded, attribute, until};

/// The report of Chillán, asked for as the form on its profile does.
async fn report(loaded: &Loaded, edition: i64) -> Vec<u8> {
    let own = loaded.web.url().to_owned();
    let asked = loaded.web.post("/comunas/16101/informe", &format!("edicion={edition}"), &[("origin", &own)]).await;
    assert_eq!(asked.status, 303);
    let href = until("the report is there", Duration::from_mins(1), async || {
        attribute(&loaded.web.get(&asked.location).await.text(), "descargar", "href")
    })
    .await;
    loaded.web.get(&href).await.bytes
}

#[tokio::test]
async fn a_report_made_twice_from_an_edition_is_the_same_bytes_also_after_others_were_published() {
    let loaded = Loaded::new().await;
    let edition = loaded.edition();
    let first = report(&loaded, edition).await;
    // Nobody can do this: it makes the platform forget what it had rendered.
    let forget = "delete from documents; delete from runs where job = 'report'";
    loaded.installation.query(forget);
    let newer = loaded.installation.ingest(&["poblacion", "--force"]).await;
    assert!(newer.edition > Some(edition), "{newer:?}");
    let second = report(&loaded, edition).await;
    assert!(first.starts_with(b"%PDF-"));
    assert!(first == second, "{} and {} bytes", first.len(), second.len());
}
