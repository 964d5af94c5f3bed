//! Contracts that are refused.

use goreos_tests::{Installation, OBRAS};

#[tokio::test]
async fn an_unknown_key_is_named_with_its_line_and_the_nearest_key_and_nothing_is_registered() {
    let installation = Installation::new().await.with_bundled_datasets();
    let file = installation.dataset("inversiones").join("dataset.toml");
    let wrong = std::fs::read_to_string(&file).expect("a bundled contract").replace("header_row = 3", "hedaer_row = 3");
    let line = 1 + wrong.lines().position(|line| line.starts_with("hedaer_row")).expect("the line that is wrong");
    installation.write("inversiones", "dataset.toml", &wrong);

    let output = installation.goreos(&["contract", "register"]).await;
    assert!(!output.success);
    for said in
        ["inversiones/dataset.toml", &format!("línea {line}"), "'hedaer_row'", "'header_row'", "contract.unknown_key"]
    {
        assert!(output.stderr.contains(said), "says '{said}': {}", output.stderr);
    }
    assert_eq!(installation.number("select count(*) from datasets"), 0, "all or nothing");
}

#[tokio::test]
async fn a_contract_that_contradicts_itself_or_its_folder_is_refused() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    for (wrong, said) in [
        (OBRAS.replace("id = \"obras\"", "id = \"otras\""), "otras"),
        (OBRAS.replace("key = [\"codigo\"]", "key = [\"clave\"]"), "'clave'"),
        (OBRAS.replace("type = \"int\"", "type = \"entero\""), "entero"),
    ] {
        installation.write("obras", "dataset.toml", wrong);
        let output = installation.goreos(&["contract", "register"]).await;
        assert!(!output.success && output.stderr.contains(said), "says '{said}': {}", output.stderr);
        assert!(output.stderr.contains("obras/dataset.toml"), "names the file: {}", output.stderr);
    }
    assert_eq!(installation.number("select count(*) from datasets"), 0);
}

#[tokio::test]
async fn a_dataset_nobody_knows_is_answered_with_the_nearest_one() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    installation.register().await;
    let output = installation.goreos(&["ingest", "obra"]).await;
    assert!(!output.success && output.stderr.contains("«obras»"), "{}", output.stderr);
    assert_eq!(installation.number("select count(*) from runs"), 0);
}
