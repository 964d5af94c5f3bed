//! Readers while others publish and go back: of the pages, and of the layers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use goreos_testkit::{SAMPLE_ROWS, SAMPLE_SEED, investments};
use goreos_tests::{Loaded, attribute};

/// Readers of the dashboard; 200 readers of the catalogue are in `crates/db/tests/readers.rs`, where asking costs less.
const READERS: usize = 24;
/// Publishes, each followed by a rollback.
const ROUNDS: u64 = 5;

/// The edition a dashboard says to show, and its total in pesos.
fn shown(page: &str) -> (i64, i64) {
    let number = page.split("<b>Edición ").nth(1).and_then(|rest| rest.split('<').next()).expect("an edition is named");
    let total = attribute(page, "total-region", "data-pesos").expect("a total is shown");
    (number.parse().expect("a number"), total.parse().expect("pesos"))
}

#[tokio::test]
async fn a_dashboard_never_shows_the_figures_of_another_edition_than_the_one_it_names() {
    let loaded = Arc::new(Loaded::new().await);
    let first = loaded.edition();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (loaded, done) = (Arc::clone(&loaded), Arc::clone(&done));
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    let page = loaded.web.get("/tableros/inversion").await;
                    assert_eq!(page.status, 200, "readers are never turned away");
                    seen.push(shown(&page.text()));
                }
                seen
            })
        })
        .collect();
    let layers = {
        let (loaded, done) = (Arc::clone(&loaded), Arc::clone(&done));
        tokio::task::spawn_blocking(move || {
            let apart = "select (select sum(monto) from layers.inversion_comunal) - (select sum(monto) from layers.inversiones)";
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) {
                assert_eq!(loaded.installation.number(apart), 0, "the layers of one moment belong together");
                reads += 1;
            }
            reads
        })
    };

    for round in 1..=ROUNDS {
        let file = investments(SAMPLE_SEED + round, SAMPLE_ROWS);
        loaded.installation.write("inversiones", "sample/inversiones.csv", &file.bytes);
        let run = loaded.installation.ingest(&["inversiones"]).await;
        assert!(run.edition.is_some(), "{run:?}");
        let back = loaded.installation.goreos(&["rollback", &first.to_string()]).await;
        assert!(back.success, "{}", back.stderr);
    }
    done.store(true, Ordering::Relaxed);

    let truth: BTreeMap<i64, i64> = loaded
        .installation
        .rows("select edition_id, table_name from edition_releases join releases on id = release_id where releases.dataset_id = 'inversion_comunal'")
        .iter()
        .map(|held| {
            let table = held["table_name"].as_str().expect("text");
            let total = loaded.installation.number(&format!("select sum(monto) from releases.{table}"));
            (held["edition_id"].as_i64().expect("a number"), total)
        })
        .collect();
    let mut editions = BTreeMap::new();
    for reader in readers {
        for (edition, total) in reader.await.expect("a reader that never failed") {
            assert_eq!(truth.get(&edition), Some(&total), "the total of edition {edition}");
            *editions.entry(edition).or_insert(0) += 1;
        }
    }
    assert!(editions.len() > 3, "readers met several editions, or this proves little: {editions:?}");
    assert!(layers.await.expect("a reader that never failed") > 3);
}
