//! A file that is what it was.

use goreos_tests::{Installation, OBRAS, obras};

#[tokio::test]
async fn an_unchanged_file_publishes_nothing_unless_forced() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    installation.write("obras", "obras.csv", obras(1..51));
    installation.register().await;
    let (_worker, _scheduler, web) = (installation.worker(), installation.scheduler(), installation.web().await);

    let first = installation.ingest(&["obras"]).await;
    assert_eq!((first.state.as_str(), first.rows, first.edition), ("published", Some([50, 50, 0]), Some(1)));
    let again = installation.ingest(&["obras"]).await;
    assert_eq!((again.state.as_str(), again.edition), ("unchanged", None));
    assert_eq!(installation.number("select count(*) from editions"), 1);
    let page = web.get(&format!("/ejecuciones/{}", again.id)).await;
    assert_eq!(attribute_of_state(&page.text()), "unchanged");

    let forced = installation.ingest(&["obras", "--force"]).await;
    assert_eq!((forced.state.as_str(), forced.rows, forced.edition), ("published", Some([50, 50, 0]), Some(2)));
}

#[tokio::test]
async fn a_changed_contract_loads_the_same_file_anew() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    installation.write("obras", "obras.csv", obras(1..51));
    installation.register().await;
    let (_worker, _scheduler) = (installation.worker(), installation.scheduler());
    assert_eq!(installation.ingest(&["obras"]).await.state, "published");
    installation.write(
        "obras",
        "dataset.toml",
        OBRAS.replace("type = \"int\"\nrequired = true", "type = \"int\"\nrequired = true\nmax = 49"),
    );
    installation.register().await;
    let run = installation.ingest(&["obras"]).await;
    assert_eq!((run.state.as_str(), run.rows), ("published", Some([50, 49, 1])), "{:?}", run.fault);
}

fn attribute_of_state(page: &str) -> String {
    goreos_tests::attribute(page, "estado", "data-estado").expect("the run's page says its state")
}
