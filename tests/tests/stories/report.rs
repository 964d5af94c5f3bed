//! A planner asks for the report of a comuna.

use std::process::Command;
use std::time::Duration;

use goreos_tests::{Answer, Loaded, attribute, until};

const CHILLAN: &str = "/comunas/16101";

/// As the form on the profile is sent.
async fn ask(loaded: &Loaded, edition: i64, headers: &[(&str, &str)]) -> Answer {
    loaded.web.post(&format!("{CHILLAN}/informe"), &format!("edicion={edition}"), headers).await
}

/// Waits on the page the answer leads to until the document can be downloaded; gives its address.
async fn document(loaded: &Loaded, asked: &Answer) -> String {
    assert_eq!(asked.status, 303, "the request leads to the documents");
    assert!(asked.location.starts_with("/documentos?"), "{}", asked.location);
    until("the document is there", Duration::from_mins(1), async || {
        let page = loaded.web.get(&asked.location).await;
        assert_eq!(page.status, 200);
        attribute(&page.text(), "descargar", "href")
    })
    .await
}

fn text_of_pdf(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    let output = Command::new("pdftotext")
        .arg("-layout")
        .arg(file.path())
        .arg("-")
        .output()
        .expect("poppler-utils is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn a_report_is_rendered_once_and_names_its_comuna_and_edition() {
    let loaded = Loaded::new().await;
    let edition = loaded.edition();
    let profile = loaded.web.get(CHILLAN).await.text();
    assert!(profile.contains(&format!("action=\"{CHILLAN}/informe\"")), "the profile offers it");
    let own = loaded.web.url().to_owned();

    let asked = ask(&loaded, edition, &[("origin", &own)]).await;
    let href = document(&loaded, &asked).await;
    let pdf = loaded.web.get(&href).await;
    assert_eq!((pdf.status, pdf.media_type.as_str()), (200, "application/pdf"));
    let text = text_of_pdf(&pdf.bytes);
    assert!(text.contains("Chillán") && text.contains(&format!("edición {edition},")), "{text}");
    assert!(text.to_lowercase().contains("datos de ejemplo"), "invented figures are labelled: {text}");

    let again = ask(&loaded, edition, &[("sec-fetch-site", "same-origin")]).await;
    assert_eq!(again.location, asked.location, "the same request is the same run");
    assert_eq!(document(&loaded, &again).await, href);
    assert_eq!(loaded.installation.number("select count(*) from documents"), 1);
    let sha256 = loaded.installation.query("select sha256 from documents");
    let kept = loaded
        .installation
        .number("select count(*) from runs where job = 'report' and state = 'published' and attempt = 1");
    assert_eq!((sha256.len(), kept), (64, 1));
}

#[tokio::test]
async fn a_report_asked_for_by_another_site_is_refused() {
    let loaded = Loaded::new().await;
    let edition = loaded.edition();
    for headers in [vec![], vec![("sec-fetch-site", "cross-site")], vec![("origin", "https://otro.cl")]] {
        assert_eq!(ask(&loaded, edition, &headers).await.status, 403, "{headers:?}");
    }
    assert_eq!(loaded.installation.number("select count(*) from runs where job = 'report'"), 0);
    let own = loaded.web.url().to_owned();
    assert_eq!(ask(&loaded, edition + 1, &[("origin", &own)]).await.status, 404, "of an edition nobody published");
}
