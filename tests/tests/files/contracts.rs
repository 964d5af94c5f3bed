//! `goreos contract infer` writes a contract that takes its file as it is; `goreos contract check` says so.

use std::path::{Path, PathBuf};

use goreos_testkit::regional_clean;
use goreos_tests::repository;
use serde_json::Value;

use crate::desk::{Desk, goreos};
use crate::ways::{Way, layers, tables};

/// Infers a contract for a file and checks the file under it; gives the contract and the report.
fn inferred(desk: &Desk, file: &Path, more: &[&str]) -> (String, Value) {
    let name = file.display().to_string();
    let output = goreos(desk.path(), &[&["contract", "infer", &name], more].concat());
    assert!(output.success, "{name}: {}{}", output.stdout, output.stderr);
    let contract = output.stdout;
    assert!(contract.contains("[[column]]") && contract.contains('#'), "a commented contract: {contract}");
    let report = desk.check(&contract, file);
    assert!(report["error"].is_null(), "{name}: {report}\n{contract}");
    (contract, report)
}

#[test]
fn the_contract_inferred_of_a_bundled_sample_takes_it_whole() {
    let desk = Desk::new();
    for (file, rows) in [
        ("comunas/sample/comunas.zip", 345),
        ("inversiones/sample/inversiones.csv", 2_520),
        ("localidades/sample/localidades.csv", 315),
        ("poblacion/sample/poblacion.csv", 21),
    ] {
        let (contract, report) = inferred(&desk, &repository().join("datasets").join(file), &[]);
        assert_eq!(report["rows_read"], rows, "{file}: {report}");
        // A row that ends too early has no columns to be taken under.
        let causes = report["causes"].as_array().expect("causes");
        assert!(causes.iter().all(|cause| cause["code"] == "row.cells"), "{file}: {report}\n{contract}");
    }
}

#[test]
fn the_contract_inferred_of_any_format_takes_it_whole() {
    let desk = Desk::new();
    let rows = regional_clean(31, 80);
    let tables = tables(&rows.sheet());
    let layers = layers(&rows.layer(true));
    for Way { id, bytes, .. } in tables.into_iter().chain(layers) {
        let file: PathBuf = desk.write(&format!("{id}/archivo"), bytes);
        let workbook = ["xlsx", "ods"].contains(&id);
        let more: &[&str] = if workbook { &["--sheet", "CARTERA"] } else { &[] };
        let (contract, report) = inferred(&desk, &file, more);
        assert_eq!(
            (&report["rows_read"], &report["rows_rejected"]),
            (&80.into(), &0.into()),
            "{id}: {report}\n{contract}"
        );
    }
}
