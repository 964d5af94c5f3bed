//! Files that the gate stops, or lets wait for a steward.

use serde_json::{Value, json};

use crate::works::{COMUNAS, GATE, PATIENCE, Works, works};

#[tokio::test]
async fn a_shrunken_file_waits_unseen_until_a_steward_approves_it() {
    let steward = Works::new(GATE).await;
    let (before, editions) = (steward.seen(), steward.editions());
    assert_eq!(before, "100|100000|100000");
    let run = steward.load(&works(70, 1000)).await;
    assert_eq!((run.state.as_str(), run.rows), ("awaiting_approval", Some([70, 70, 0])), "{:?}", run.fault);
    assert_eq!((steward.seen(), steward.editions()), (before.clone(), editions), "readers see nothing of it");

    let gate = steward.gate(run.id).await;
    assert_eq!(gate["reaction"], "wait");
    let reason = &gate["reasons"][0];
    assert_eq!((reason["code"].as_str(), reason["limit"].as_str()), (Some("gate.shrink"), Some("20%")));
    assert_eq!(reason["what"], "El conjunto bajaría de 100 a 70 filas (30 %); el contrato pide aprobación sobre 20 %.");
    assert_eq!(gate["rows"], json!({ "before": 100, "after": 70 }));
    assert_eq!(gate["features"], json!({ "added": 0, "removed": 30, "changed": 0, "moved": 0, "same": 70 }));
    let figure = &gate["indicators"][0];
    assert_eq!((&figure["before"], &figure["after"]), (&json!(100_000), &json!(70_000)));
    let comunas = COMUNAS.map(|cut| json!({ "cut": cut, "before": 50_000, "after": 35_000 }));
    assert_eq!(figure["comunas"], Value::from(comunas.to_vec()));
    let told = steward.installation.goreos(&["run", &run.id.to_string()]).await.stdout;
    for text in ["gate.shrink", "30 quitadas", "Chillán", "35.000", "-15.000", &format!("goreos approve {}", run.id)] {
        assert!(told.contains(text), "'{text}' in:\n{told}");
    }

    // Another dataset is published in between.
    assert_eq!(steward.installation.ingest(&["postas"]).await.state, "published");
    steward.approve(run.id).await;
    assert_eq!(steward.seen(), "70|70000|70000");
    let phases = format!(
        "select string_agg(p.phase, ' ' order by p.started_at) from run_phases p join runs r on r.id = p.run_id and r.attempt = p.attempt where r.id = {}",
        run.id
    );
    assert_eq!(steward.installation.query(&phases), "derive gate publish", "nothing is fetched or built again");
    assert_eq!(
        steward.installation.number("select count(*) from layers.postas"),
        1,
        "and nothing is taken from others"
    );
    let audit =
        format!("select string_agg(action || ' ' || comment, ', ' order by id) from audit where run_id = {}", run.id);
    assert_eq!(steward.installation.query(&audit), "wait , approve Es la baja real, publish");
    assert_eq!(steward.gate(run.id).await["reaction"], "wait", "the record says what was approved");
    nothing_left_over(&steward).await;
}

/// The tables are those of the editions.
async fn nothing_left_over(steward: &Works) {
    let left = "select count(*) from pg_tables where schemaname = 'releases' and not exists
                (select from edition_releases e join releases l on l.id = e.release_id where l.table_name = tablename)";
    goreos_tests::until("candidates are swept", PATIENCE, async || {
        (steward.installation.number(left) == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_file_that_shrinks_beyond_reason_ends_and_keeps_its_account() {
    let steward = Works::new(GATE).await;
    let before = steward.seen();
    let run = steward.load(&works(10, 1000)).await;
    assert_eq!((run.state.as_str(), run.fault.0.as_str()), ("failed", "gate.shrink"));
    assert_eq!(run.rows, Some([10, 10, 0]));
    assert_eq!(
        run.fault.1,
        "El conjunto bajaría de 100 a 10 filas (90 %); el contrato no admite más de 80 %. No se publicó nada."
    );
    assert_eq!(steward.codes(run.id).await, ["gate.shrink"]);
    assert_eq!(steward.seen(), before);
}

#[tokio::test]
async fn a_figure_that_jumps_waits_and_names_its_comuna() {
    let steward = Works::new("indicator = { warn = \"10%\", wait = \"50%\" }\n").await;
    // As many rows, and one of them worth as much as its whole comuna.
    let doubled = works(100, 1000).replace("OBRA-0000;16101;1000", "OBRA-0000;16101;51000");
    let run = steward.load(&doubled).await;
    assert_eq!(run.state, "awaiting_approval", "{:?}", run.fault);
    let gate = steward.gate(run.id).await;
    let what = gate["reasons"][0]["what"].as_str().unwrap_or_default();
    assert_eq!(gate["reasons"][0]["code"], "gate.indicator");
    assert!(what.contains("Chillán (de 50.000 a 100.000)") && !what.contains("Bulnes"), "{what}");
    assert_eq!(gate["indicators"][0]["comunas"], json!([{ "cut": "16101", "before": 50_000, "after": 100_000 }]));
    assert_eq!(gate["features"]["changed"], 1);

    let run = steward.load(&works(100, 1000).replace("OBRA-0000;16101;1000", "OBRA-0000;16101;11000")).await;
    assert_eq!(run.state, "published", "a smaller one is told and published");
    assert_eq!(steward.codes(run.id).await, ["gate.indicator"]);
}

#[tokio::test]
async fn columns_that_are_not_what_they_were_wait_or_stop_as_the_contract_says() {
    for (drift, state) in [("wait", "awaiting_approval"), ("stop", "failed"), ("warn", "published")] {
        let steward = Works::new(&format!("drift = \"{drift}\"\n")).await;
        let before = steward.seen();
        let more = works(100, 1001).replace("monto\n", "monto;nota\n").replace("1001\n", "1001;x\n");
        let run = steward.load(&more).await;
        assert_eq!((run.state.as_str(), run.rows), (state, Some([100, 100, 0])), "{drift}: {:?}", run.fault);
        let gate = steward.gate(run.id).await;
        assert_eq!(gate["reasons"][0]["code"], "gate.drift");
        assert!(gate["drift"][0].as_str().is_some_and(|told| told.contains("«nota»")), "{gate}");
        assert_eq!(steward.seen() == before, drift != "warn");
    }
}

#[tokio::test]
async fn a_schedule_does_not_ask_twice_about_a_file_and_a_person_may() {
    let steward = Works::new(GATE).await;
    let (waits, state) = steward.scheduled(&works(70, 1000)).await;
    assert_eq!(state, "awaiting_approval");
    let (again, state) = steward.scheduled(&works(70, 1000)).await;
    assert_eq!(state, "unchanged");
    assert!(
        steward.log(again).contains(&format!("espera aprobación en la ejecución {waits}")),
        "{}",
        steward.log(again)
    );
    assert_eq!(steward.ended(waits).await, "awaiting_approval", "and it still waits");

    steward.decide(&["refuse", "--comment", "Faltan comunas"], waits).await;
    assert_eq!((steward.ended(waits).await.as_str(), steward.fault(waits).as_str()), ("cancelled", "gate.refused"));
    let (again, state) = steward.scheduled(&works(70, 1000)).await;
    assert_eq!(state, "unchanged");
    assert!(steward.log(again).contains(&format!("se rechazó en la ejecución {waits}")), "{}", steward.log(again));
    assert_eq!(steward.seen(), "100|100000|100000");

    let by_hand = steward.load(&works(70, 1000)).await;
    assert_eq!(by_hand.state, "awaiting_approval", "whoever loads it by hand means it");
    let retried = steward.installation.goreos(&["retry", &waits.to_string()]).await;
    assert!(retried.success, "{}", retried.stderr);
    assert_eq!(steward.ended(waits).await, "unchanged", "its file waits already");
    assert!(steward.log(waits).contains(&format!("espera aprobación en la ejecución {}", by_hand.id)));
    nothing_waits_but(&steward, by_hand.id);
}

fn nothing_waits_but(steward: &Works, run: i64) {
    let waiting = "select string_agg(id::text, ' ') from runs where state = 'awaiting_approval'";
    assert_eq!(steward.installation.query(waiting), run.to_string());
}

#[tokio::test]
async fn a_newer_file_takes_the_place_of_one_that_waits() {
    let steward = Works::new(GATE).await;
    let first = steward.load(&works(70, 1000)).await;
    let second = steward.load(&works(60, 1000)).await;
    assert_eq!(
        (steward.ended(first.id).await.as_str(), steward.fault(first.id).as_str()),
        ("cancelled", "gate.superseded")
    );
    nothing_waits_but(&steward, second.id);
    let late = steward.installation.goreos(&["approve", &first.id.to_string()]).await;
    assert!(!late.success && late.stderr.contains("no espera aprobación: está cancelada"), "{}", late.stderr);
    let third = steward.load(&works(99, 1000)).await;
    assert_eq!(third.state, "published");
    assert_eq!(steward.fault(second.id), "gate.superseded");
    assert_eq!(steward.seen(), "99|99000|99000");
    nothing_left_over(&steward).await;
}

#[tokio::test]
async fn a_worker_killed_while_it_publishes_what_was_approved_is_replaced() {
    let mut steward = Works::new(GATE).await;
    let run = steward.load(&works(70, 1000)).await.id;
    let held = steward.no_deriving();
    steward.decide(&["approve"], run).await;
    steward.until_deriving(run).await;
    steward.worker.kill();
    steward.worker = steward.installation.worker_with_lease(3);
    drop(held);
    assert_eq!(steward.ended(run).await, "published", "{}", steward.log(run));
    assert_eq!(steward.seen(), "70|70000|70000");
    let attempts =
        format!("select count(*) from run_log where run_id = {run} and message like 'Se retoma la versión%'");
    assert_eq!(steward.installation.number(&attempts), 2);
    let built = format!("select count(*) from run_phases where run_id = {run} and phase = 'build'");
    assert_eq!(steward.installation.number(&built), 1, "it was built once");
    nothing_left_over(&steward).await;
}

#[tokio::test]
async fn an_approval_is_not_good_for_another_comparison() {
    let steward = Works::new(GATE).await;
    let second = steward.load(&works(120, 1000)).await;
    assert_eq!(second.state, "published", "{:?}", second.fault);
    let run = steward.load(&works(70, 1000)).await.id;
    assert_eq!(steward.gate(run).await["rows"], json!({ "before": 120, "after": 70 }));
    let held = steward.no_deriving();
    steward.decide(&["approve"], run).await;
    steward.until_deriving(run).await;
    // While it derives, another release becomes the current one.
    let back = steward.installation.goreos(&["rollback", "1"]).await;
    assert!(back.success, "{}", back.stderr);
    drop(held);
    assert_eq!(steward.ended(run).await, "awaiting_approval", "{}", steward.log(run));
    assert!(steward.log(run).contains("se pregunta de nuevo, con la nueva comparación"), "{}", steward.log(run));
    assert_eq!(steward.gate(run).await["rows"], json!({ "before": 100, "after": 70 }));
    assert_eq!(steward.seen(), "100|100000|100000");
    steward.approve(run).await;
    assert_eq!(steward.seen(), "70|70000|70000");
}

#[tokio::test]
async fn rows_taken_over_from_a_release_that_is_not_current_any_more_are_taken_over_anew() {
    let steward = Works::loaded("upsert", "total = { wait = \"5%\" }\n").await;
    let second = steward.load("codigo;comuna;monto\nOBRA-0000;16101;1001\n").await;
    assert_eq!(second.state, "published", "{:?}", second.fault);
    let waits = steward.load("codigo;comuna;monto\nOBRA-0001;16102;99000\nOBRA-0002;99999;1\n").await;
    assert_eq!((waits.state.as_str(), waits.rows), ("awaiting_approval", Some([2, 1, 1])), "{:?}", waits.fault);
    // What it took its other rows over from is not current any more.
    let back = steward.installation.goreos(&["rollback", "1"]).await;
    assert!(back.success, "{}", back.stderr);
    steward.decide(&["approve"], waits.id).await;
    assert_eq!(steward.ended(waits.id).await, "awaiting_approval", "{}", steward.log(waits.id));
    assert!(
        steward.log(waits.id).contains("parte de una versión que ya no es la vigente"),
        "{}",
        steward.log(waits.id)
    );
    assert_eq!(steward.codes(waits.id).await, ["gate.total", "gate.rollback"]);
    steward.approve(waits.id).await;
    assert_eq!(steward.seen(), "100|198000|198000", "on top of what was current: the first work costs 1,000 again");
}

#[tokio::test]
async fn a_run_whose_candidate_is_gone_says_so_and_a_retry_builds_it_again() {
    let steward = Works::new(GATE).await;
    let run = steward.load(&works(70, 1000)).await.id;
    let table = format!("select table_name from releases l join runs r on r.held_release = l.id where r.id = {run}");
    let table = steward.installation.query(&table);
    steward.installation.query(&format!("drop table releases.{table}"));
    steward.decide(&["approve"], run).await;
    assert_eq!((steward.ended(run).await.as_str(), steward.fault(run).as_str()), ("failed", "gate.held_gone"));
    assert_eq!(steward.seen(), "100|100000|100000");
    steward.decide(&["retry"], run).await;
    assert_eq!(steward.ended(run).await, "awaiting_approval", "{}", steward.log(run));
    steward.decide(&["cancel"], run).await;
    assert_eq!(steward.ended(run).await, "cancelled");
    nothing_left_over(&steward).await;
}

#[tokio::test]
async fn a_contract_may_ask_for_a_steward_always() {
    let steward = Works::new("").await;
    let file = steward.installation.dataset("obras").join("dataset.toml");
    let contract = std::fs::read_to_string(&file).expect("the contract");
    std::fs::write(&file, contract + "approval = \"always\"\n").expect("a contract of ours");
    steward.installation.register().await;
    let run = steward.load(&works(100, 1001)).await;
    assert_eq!(run.state, "awaiting_approval", "{:?}", run.fault);
    assert_eq!(steward.codes(run.id).await, ["gate.approval"]);
    steward.approve(run.id).await;
    assert_eq!(steward.seen(), "100|100100|100100");
}

#[tokio::test]
async fn a_run_of_a_derived_dataset_comes_to_the_gate_too() {
    let steward = Works::new("").await;
    let query = "select territory_cut, count(*) as obras, 2 * sum(monto)::bigint as monto from edition.obras group by territory_cut";
    steward.installation.write("obras_comunal", "query.sql", query);
    let file = steward.installation.dataset("obras_comunal").join("dataset.toml");
    let contract = std::fs::read_to_string(&file).expect("the contract");
    std::fs::write(&file, contract + "[gate]\nindicator = { wait = \"50%\" }\n").expect("a contract of ours");
    steward.installation.register().await;
    let run = steward.installation.ingest(&["obras_comunal"]).await;
    assert_eq!(run.state, "awaiting_approval", "{:?}", run.fault);
    assert_eq!(steward.codes(run.id).await, ["gate.indicator"]);
    assert_eq!(steward.seen(), "100|100000|100000");
    steward.approve(run.id).await;
    assert_eq!(steward.seen(), "100|100000|200000");
    nothing_left_over(&steward).await;
}
