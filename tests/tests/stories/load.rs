//! The bundled datasets, from their files to readers.

use std::collections::BTreeSet;

use goreos_testkit::{SAMPLE_ROWS, SAMPLE_SEED, investments};
use goreos_tests::Loaded;
use serde_json::Value;

use crate::spreadsheet::Spreadsheet;

#[tokio::test]
async fn the_bundled_datasets_load_and_every_row_is_accounted_for() {
    let loaded = Loaded::new().await;
    let installation = &loaded.installation;
    let runs = installation.rows(
        "select dataset_id, state, rows_read, rows_loaded, rows_rejected, edition_id, attempt,
                (select count(*) from rejects j where j.run_id = r.id and j.fence = r.fence) as kept
         from runs r where job = 'ingest' order by dataset_id",
    );
    let loaded_sets: Vec<&str> = runs.iter().filter_map(|run| run["dataset_id"].as_str()).collect();
    assert_eq!(loaded_sets, ["comunas", "inversiones", "localidades", "poblacion"]);
    let rows = |run: &Value, name: &str| run[name].as_i64().unwrap_or_else(|| panic!("{name} of {run}"));
    for run in &runs {
        assert_eq!(run["state"], "published", "{run}");
        assert_eq!(rows(run, "attempt"), 1, "{run}");
        assert!(rows(run, "edition_id") > 0 && rows(run, "rows_loaded") > 0, "{run}");
        assert_eq!(rows(run, "rows_read"), rows(run, "rows_loaded") + rows(run, "rows_rejected"), "{run}");
        assert_eq!(rows(run, "rows_rejected"), rows(run, "kept"), "each refused row is kept: {run}");
    }
    assert_eq!(rows(&runs[0], "rows_read"), 345);
    assert_eq!(rows(&runs[1], "rows_read"), i64::try_from(SAMPLE_ROWS).expect("a small number"));
    assert_eq!(rows(&runs[3], "rows_read"), 21);
}

#[tokio::test]
async fn the_newest_edition_is_what_the_views_show() {
    let loaded = Loaded::new().await;
    let held = loaded.installation.rows(
        "select e.dataset_id, l.table_name, l.rows from edition_releases e join releases l on l.id = e.release_id
         where e.edition_id = (select max(id) from editions) order by 1",
    );
    let ids: Vec<&str> = held.iter().filter_map(|release| release["dataset_id"].as_str()).collect();
    assert_eq!(ids, ["comunas", "inversion_comunal", "inversiones", "localidades", "poblacion"]);
    for release in &held {
        let (id, table) =
            (release["dataset_id"].as_str().expect("text"), release["table_name"].as_str().expect("text"));
        let differing = format!("select count(*) from (table releases.{table} except all table layers.{id}) d");
        assert_eq!(loaded.installation.number(&differing), 0, "layers.{id} is {table}");
        assert_eq!(
            Some(loaded.installation.number(&format!("select count(*) from layers.{id}"))),
            release["rows"].as_i64()
        );
    }
    assert_eq!(loaded.installation.number("select sum(poblacion) from layers.poblacion"), 480_609);
    let apart =
        "select (select sum(monto) from layers.inversion_comunal) - (select sum(monto) from layers.inversiones)";
    assert_eq!(loaded.installation.number(apart), 0, "the indicator shares nothing out and loses nothing");
}

#[tokio::test]
async fn a_refused_row_is_kept_whole_with_every_reason() {
    let loaded = Loaded::new().await;
    let truth = investments(SAMPLE_SEED, SAMPLE_ROWS);
    let sheet = Spreadsheet::read(&truth.bytes);
    let rejects = loaded.installation.rows(
        "select source_row, raw, reasons from rejects j join runs r on r.id = j.run_id and r.fence = j.fence
         where r.dataset_id = 'inversiones' order by source_row",
    );
    let refused: Vec<i64> = rejects.iter().filter_map(|reject| reject["source_row"].as_i64()).collect();
    let broken: Vec<i64> =
        truth.broken.iter().map(|row| i64::try_from(row.source_row).expect("a row number")).collect();
    assert_eq!(refused, broken, "the rows its author broke, and no other");
    for (reject, row) in rejects.iter().zip(&truth.broken) {
        let kept: BTreeSet<&str> =
            reject["raw"].as_array().expect("cells").iter().filter_map(|cell| cell[1].as_str()).collect();
        let cells: BTreeSet<&str> = sheet.row(row.source_row).iter().map(String::as_str).collect();
        assert!(cells.is_subset(&kept), "row {} is kept whole: {:?}", row.source_row, cells.difference(&kept));
        let reasons = reject["reasons"].as_array().expect("reasons");
        let named = |reason: &Value| {
            reason["code"] == row.flaw.code() && reason["column"] == row.flaw.column().unwrap_or_default()
        };
        assert!(reasons.iter().any(named), "row {} is refused for {:?}: {reasons:?}", row.source_row, row.flaw);
        for reason in reasons {
            let said = ["reason", "remedy", "rule"].map(|name| reason[name].as_str().unwrap_or_default());
            assert!(said.iter().all(|text| !text.is_empty()), "row {}: {reason}", row.source_row);
        }
    }
}
