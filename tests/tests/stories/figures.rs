//! The figures planners defend.

use std::collections::BTreeMap;

use goreos_testkit::{Investments, SAMPLE_ROWS, SAMPLE_SEED, investments};
use goreos_tests::{Loaded, attribute};

use crate::spreadsheet::Spreadsheet;

/// The region's total on the dashboard, in pesos.
async fn total(loaded: &Loaded, query: &str) -> i64 {
    let page = loaded.web.get(&format!("/tableros/inversion?{query}")).await;
    assert_eq!(page.status, 200, "the dashboard with {query}");
    let shown = attribute(&page.text(), "total-region", "data-pesos");
    shown.and_then(|pesos| pesos.parse().ok()).unwrap_or_else(|| panic!("the dashboard with {query} shows a total"))
}

/// The same by hand from the file, without the rows its author broke.
fn by_year(file: &Investments) -> BTreeMap<i32, i64> {
    let refused: Vec<usize> = file.broken.iter().map(|row| row.source_row).collect();
    let mut sums = BTreeMap::new();
    for (year, pesos) in Spreadsheet::read(&file.bytes).accepted(&refused) {
        *sums.entry(year).or_default() += pesos;
    }
    sums
}

#[tokio::test]
async fn the_regions_total_of_each_year_is_the_sum_of_the_files_good_rows_to_the_peso() {
    let loaded = Loaded::new().await;
    let file = std::fs::read(loaded.installation.dataset("inversiones").join("sample/inversiones.csv"))
        .expect("the bundled file");
    let truth = Investments { bytes: file, ..investments(SAMPLE_SEED, SAMPLE_ROWS) };
    let sums = by_year(&truth);
    assert_eq!(sums, truth.pesos_by_year, "the file adds up to what its author says");
    assert_eq!(sums.len(), 7);
    for (year, pesos) in &sums {
        assert_eq!(total(&loaded, &format!("anio={year}")).await, *pesos, "{year}");
    }
    assert_eq!(total(&loaded, "").await, sums.values().sum::<i64>(), "all years together");
}

#[tokio::test]
async fn after_a_rollback_readers_see_the_old_figures_and_a_pinned_address_the_later_ones() {
    let loaded = Loaded::new().await;
    let installation = &loaded.installation;
    let (before, old) = (loaded.edition(), total(&loaded, "anio=2024").await);

    let later_file = investments(SAMPLE_SEED + 1, SAMPLE_ROWS);
    installation.write("inversiones", "sample/inversiones.csv", &later_file.bytes);
    let run = installation.ingest(&["inversiones"]).await;
    let later = run.edition.expect("the changed file is published");
    let new = later_file.pesos_by_year[&2024];
    assert_ne!(old, new, "the two files differ");
    assert_eq!(total(&loaded, "anio=2024").await, new);

    let rolled_back = installation.goreos(&["rollback", &before.to_string()]).await;
    assert!(rolled_back.success, "{}", rolled_back.stderr);
    let after = loaded.edition();
    assert_eq!(after, later + 1, "going back is one edition more");
    let releases = |edition: i64| {
        installation.rows(&format!(
            "select dataset_id, release_id from edition_releases where edition_id = {edition} order by 1"
        ))
    };
    assert_eq!(releases(after), releases(before));
    assert_eq!(total(&loaded, "anio=2024").await, old);
    assert_eq!(installation.number("select sum(monto) from layers.inversiones where anio = 2024"), old);
    assert_eq!(
        total(&loaded, &format!("anio=2024&edicion={later}")).await,
        new,
        "what was published stays where it was"
    );
    assert_eq!(total(&loaded, &format!("anio=2024&edicion={before}")).await, old);
}
