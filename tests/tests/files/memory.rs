//! Memory is bounded by the batch, not by the file.

use std::fs::File;
use std::io::{BufWriter, Write};

use goreos_testkit::{Budget, budget, budget_contract, parcels, parcels_contract};
use goreos_tests::{Installation, Watch};
use serde_json::Value;

use crate::desk::{Desk, command};

/// What a worker and its reading child may take each.
const MOST_MB: u64 = 512;
const LINES: u64 = 400_000;
const PARCELS: u64 = 100_000;

/// `goreos contract check` of a file, and the most memory its reading child took.
fn watched(desk: &Desk, contract: &str) -> (Value, u64) {
    desk.write("contract.toml", contract);
    let mut check = command(desk.path(), &["contract", "check", "--json", "--contract", "contract.toml", "grande"]);
    let out = File::create(desk.path().join("report.json")).expect("a file");
    let mut child = check.stdout(out).spawn().expect("goreos starts");
    let watch = Watch::over(child.id());
    child.wait().expect("it ends");
    let peak = watch.end().peak;
    let report = std::fs::read(desk.path().join("report.json")).expect("the report");
    (serde_json::from_slice(&report).expect("a report in JSON"), peak.own_mb.max(peak.child_mb))
}

fn lines(desk: &Desk, rows: u64, columns: usize) -> Budget {
    let mut out = BufWriter::new(File::create(desk.path().join("grande")).expect("a file"));
    let truth = budget(rows, columns, &mut out).expect("written");
    out.flush().expect("written");
    truth
}

#[test]
fn ten_times_the_rows_take_no_more_memory() {
    let desk = Desk::new();
    let mut peaks = Vec::new();
    for rows in [LINES / 10, LINES] {
        let truth = lines(&desk, rows, 5);
        let (report, peak) = watched(&desk, &budget_contract("presupuesto", "grande", 5));
        assert_eq!(
            (&report["rows_read"], &report["rows_rejected"]),
            (&truth.rows.into(), &truth.refused.into()),
            "{report}"
        );
        assert_eq!(report["sums"]["monto"], truth.pesos.to_string());
        peaks.push(peak);
    }
    assert!(peaks[1] < MOST_MB / 2, "{peaks:?} MB");
    assert!(peaks[1] < peaks[0] + 64, "{peaks:?} MB");
}

#[tokio::test]
async fn a_worker_stays_small_under_a_large_table_and_a_large_layer() {
    let desk = Desk::new();
    let truth = lines(&desk, LINES, 5);
    parcels(PARCELS, &desk.path().join("predios.zip")).expect("written");
    let installation = Installation::new()
        .await
        .with_dataset("presupuesto", &budget_contract("presupuesto", "grande", 5))
        .with_dataset("predios", &parcels_contract("predios", "predios.zip"));
    installation.register().await;
    let worker = installation.worker();
    let _scheduler = installation.scheduler();
    let watch = Watch::over(worker.id());
    for (dataset, file, rows) in [("presupuesto", "grande", LINES - truth.refused), ("predios", "predios.zip", PARCELS)]
    {
        let run = installation.ingest(&[dataset, &desk.path().join(file).display().to_string()]).await;
        assert_eq!(run.state, "published", "{:?}", run.fault);
        assert_eq!(run.rows.map(|[_, loaded, _]| loaded), i64::try_from(rows).ok());
    }
    let peak = watch.end().peak;
    assert!(peak.own_mb < MOST_MB && peak.child_mb < MOST_MB, "{peak:?}");
    assert!(peak.own_mb > 0 && peak.child_mb > 0, "both were seen: {peak:?}");
    assert_eq!(installation.query("select sum(monto) from layers.presupuesto"), truth.pesos.to_string());
}
