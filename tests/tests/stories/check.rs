//! `goreos contract check`: the verdict of a run on a file, without a run. Every command here has an empty environment: no database, no
//! queue, no object store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use goreos_testkit::{SAMPLE_ROWS, SAMPLE_SEED, investments};
use goreos_tests::{OBRAS, Output, obras, repository};
use serde_json::Value;
use tempfile::TempDir;

/// `goreos ARGS…` where nothing is set.
fn goreos(folder: &Path, args: &[&str]) -> Output {
    let own = std::env::current_exe().expect("this process has an executable");
    let binary = own.ancestors().skip(1).take(2).map(|beside| beside.join("goreos")).find(|path| path.is_file());
    let output = Command::new(binary.expect("goreos is built"))
        .args(args)
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("goreos starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { success: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// `goreos contract check --json ARGS…`, and the one object it prints.
fn checked(folder: &Path, args: &[&str]) -> (bool, Value) {
    let output = goreos(folder, &[&["contract", "check", "--json"], args].concat());
    let printed = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.success, printed)
}

/// A folder with `datasets/obras/dataset.toml`.
fn desk() -> TempDir {
    let desk = tempfile::tempdir().expect("a folder");
    write(&desk, "datasets/obras/dataset.toml", OBRAS);
    desk
}

fn write(desk: &TempDir, name: &str, bytes: impl AsRef<[u8]>) {
    let path: PathBuf = desk.path().join(name);
    std::fs::create_dir_all(path.parent().expect("inside the desk")).expect("folders");
    std::fs::write(path, bytes).expect("written");
}

#[test]
fn the_bundled_investments_are_refused_for_the_reasons_their_author_knows() {
    let truth = investments(SAMPLE_SEED, SAMPLE_ROWS);
    let (clean, report) = checked(&repository(), &["datasets/inversiones/sample/inversiones.csv"]);
    assert!(!clean && report["ok"] == false, "rows are refused: {report}");
    assert_eq!((&report["contract"], &report["chosen"]), (&"inversiones".into(), &true.into()));
    assert_eq!(truth.broken.len(), 54);
    assert_eq!(
        [&report["rows_read"], &report["rows_good"], &report["rows_rejected"]].map(Value::as_u64),
        [SAMPLE_ROWS, SAMPLE_ROWS - 54, 54].map(|rows| u64::try_from(rows).ok())
    );
    // Code and column: how many rows, and the first of them.
    let mut expected: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for row in &truth.broken {
        let first = u64::try_from(row.source_row).expect("a row number");
        expected.entry((row.flaw.code(), row.flaw.column().unwrap_or_default())).or_insert((0, first)).0 += 1;
    }
    let causes = report["causes"].as_array().expect("causes");
    let found: BTreeMap<(&str, &str), (u64, u64)> = causes
        .iter()
        .map(|cause| {
            let text = |name: &str| cause[name].as_str().expect("text");
            let number = |value: &Value| value.as_u64().expect("a number");
            ((text("code"), text("column")), (number(&cause["rows"]), number(&cause["samples"][0]["source_row"])))
        })
        .collect();
    assert_eq!(found, expected);
    let pesos: i64 = truth.pesos_by_year.values().sum();
    assert_eq!(report["sums"]["monto"], pesos.to_string());
}

#[test]
fn every_bundled_file_is_checked_under_the_contract_its_columns_choose() {
    for (file, contract, rows, rejected) in [
        ("comunas/sample/comunas.zip", "comunas", 345, 0),
        ("inversiones/sample/inversiones.csv", "inversiones", 2_520, 54),
        ("localidades/sample/localidades.csv", "localidades", 315, 0),
        ("poblacion/sample/poblacion.csv", "poblacion", 21, 0),
    ] {
        let (clean, report) = checked(&repository(), &[&format!("datasets/{file}")]);
        assert_eq!(clean, rejected == 0, "{report}");
        assert_eq!(report["contract"], contract, "{report}");
        assert_eq!((&report["rows_read"], &report["rows_rejected"]), (&rows.into(), &rejected.into()), "{report}");
    }
}

#[test]
fn a_table_says_in_spanish_what_to_mend() {
    let desk = desk();
    write(&desk, "bueno.csv", obras(1..1_501));
    let output = goreos(desk.path(), &["contract", "check", "bueno.csv"]);
    assert!(output.success, "{output:?}");
    for said in [
        "bueno.csv · contrato obras (elegido por los encabezados)",
        "codificación utf-8",
        "leídas 1.500 = buenas 1.500 + rechazadas 0",
        "1.125.750",
    ] {
        assert!(output.stdout.contains(said), "says '{said}': {}", output.stdout);
    }
    assert!(!output.stdout.contains("Causa"), "{}", output.stdout);

    write(&desk, "malo.csv", obras(1..2_001).replace(";1999\n", ";casi \u{1b}[31mdos mil\nOBRA-0000007;8\n"));
    let output = goreos(desk.path(), &["contract", "check", "malo.csv", "--contract", "obras"]);
    assert!(!output.success && output.stderr.is_empty(), "rows to mend are no failure of the command: {output:?}");
    let line = |word: &str| {
        let line = output.stdout.lines().find(|line| line.starts_with(word));
        line.unwrap_or_else(|| panic!("a line begins with {word}: {}", output.stdout))
    };
    assert!(line("malo.csv").contains("leídas 2.001 = buenas 1.999 + rechazadas 2"), "{}", output.stdout);
    let number = line("Número entero mal escrito");
    assert!(["monto", "2.000", "casi", "dos mil"].iter().all(|said| number.contains(said)), "{number}");
    assert!(!output.stdout.contains('\u{1b}'), "a cell does not steer the terminal");
    let key = line("Código repetido");
    assert!(["codigo", "2.001", "OBRA-0000007", "Deje una sola"].iter().all(|said| key.contains(said)), "{key}");
    assert!(line("monto").ends_with("1.999.001"), "{}", output.stdout);
}

#[test]
fn a_broken_file_is_told_as_a_run_would_tell_it() {
    let desk = desk();
    for (name, bytes, code) in [
        ("vacio.csv", &b""[..], "file.empty"),
        ("solo-encabezado.csv", b"codigo;monto\n", "file.no_rows"),
        ("otro-separador.csv", b"codigo,monto\nOBRA-1,7\n", "columns.missing"),
        ("comprimido.csv", b"PK\x03\x04rest", "file.not_csv"),
        ("otra-codificacion.csv", b"codigo;monto\nRA\xd1ADERO;7\n", "file.encoding"),
    ] {
        write(&desk, name, bytes);
        let (clean, printed) = checked(desk.path(), &["--contract", "datasets/obras/dataset.toml", name]);
        assert!(!clean, "{name}");
        assert_eq!(printed["error"]["code"], code, "{name}: {printed}");
        let output = goreos(desk.path(), &["contract", "check", "--contract", "obras", name]);
        assert!(!output.success && output.stdout.is_empty(), "{name}: {output:?}");
        for said in [name, "contrato obras", code, "Qué hacer:"] {
            assert!(output.stderr.contains(said), "{name} says '{said}': {}", output.stderr);
        }
    }
    let (_, printed) = checked(desk.path(), &["solo-encabezado.csv"]);
    assert_eq!(printed["error"]["code"], "contract.none_fits", "a file without rows chooses no contract: {printed}");
    let (_, printed) = checked(&repository(), &["LICENSE", "--contract", "comunas"]);
    assert_eq!(printed["error"]["code"], "file.not_a_zip");
    let (_, printed) = checked(desk.path(), &["no-esta.csv"]);
    assert_eq!(printed["error"]["code"], "file.absent");
}

#[test]
fn when_no_contract_or_several_fit_each_says_what_is_missing() {
    let desk = desk();
    write(
        &desk,
        "datasets/otras/dataset.toml",
        OBRAS.replace("\"obras\"", "\"otras\"").replace("\"monto\"", "\"total\""),
    );
    write(&desk, "iguales/obras/dataset.toml", OBRAS);
    write(&desk, "iguales/gemelas/dataset.toml", OBRAS.replace("\"obras\"", "\"gemelas\""));
    write(&desk, "ajeno.csv", "codigo;importe\nOBRA-1;7\n");
    write(&desk, "obras.csv", obras(1..9));

    let output = goreos(desk.path(), &["contract", "check", "ajeno.csv"]);
    for said in
        ["contract.none_fits", "obras: Al archivo le faltan columnas: «monto»", "otras:", "«total»", "--contract"]
    {
        assert!(!output.success && output.stderr.contains(said), "says '{said}': {}", output.stderr);
    }
    let output = goreos(desk.path(), &["contract", "check", "obras.csv", "--datasets", "iguales"]);
    for said in ["contract.several_fit", "obras: calza", "gemelas: calza", "--contract"] {
        assert!(!output.success && output.stderr.contains(said), "says '{said}': {}", output.stderr);
    }
    assert_eq!(checked(desk.path(), &["obras.csv"]).1["contract"], "obras");
    let named = checked(desk.path(), &["obras.csv", "--datasets", "iguales", "--contract", "gemelas"]).1;
    assert_eq!((&named["contract"], &named["chosen"]), (&"gemelas".into(), &false.into()));
    let output = goreos(desk.path(), &["contract", "check", "obras.csv", "--contract", "obra"]);
    assert!(!output.success && output.stderr.contains("¿Quiso decir «obras»?"), "{}", output.stderr);
}

#[test]
fn an_order_that_needs_the_database_names_the_setting_it_misses() {
    let desk = desk();
    let orders: [&[&str]; 3] = [&["editions"], &["contract", "register"], &["migrate"]];
    for order in orders {
        let output = goreos(desk.path(), order);
        assert!(!output.success, "{order:?}");
        for said in ["GOREOS_DATABASE_URL", "postgres://goreos:secret@127.0.0.1:5432/goreos"] {
            assert!(output.stderr.contains(said), "{order:?} says '{said}': {}", output.stderr);
        }
    }
}
