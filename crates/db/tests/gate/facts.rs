//! Facts about tables, rollbacks and files that came before.

use std::collections::BTreeMap;

use goreos_db::gate::{self, Met, Undoes};
use goreos_db::{RolledBack, rollback};
use goreos_domain::EditionId;

use crate::ledger::{Ledger, dataset};

#[tokio::test]
async fn cells_with_a_value_are_counted_in_columns_that_may_be_empty() {
    let mut ledger = Ledger::new().await;
    let run = ledger.ask().await;
    let claim = ledger.claim(run).await;
    let built = ledger.build(&claim, 7).await;
    ledger.query(&format!("insert into {} values (4, 'OBRA-2', null), (5, 'OBRA-3', null)", built.table));
    let names = ["codigo", "monto", "nombre"];
    let filled = gate::filled(&mut ledger.connection, "obras", built.id, 3, &names).await.expect("a query");
    let expected = [("codigo", Some(3)), ("monto", Some(1)), ("source_row", None)];
    assert_eq!(filled.columns, BTreeMap::from(expected.map(|(name, count)| (name.to_owned(), count))));
    assert_eq!((filled.empty("codigo"), filled.empty("monto"), filled.empty("nombre")), (Some(0), Some(2), None));
    assert!(!filled.is_bare("monto") && !filled.is_bare("nombre"));
    ledger.query(&format!("update {} set monto = null", built.table));
    let filled = gate::filled(&mut ledger.connection, "obras", built.id, 3, &names).await.expect("a query");
    assert!(filled.is_bare("monto"));
    let measured = gate::measured(&mut ledger.connection, built.id).await.expect("a query");
    assert_eq!((measured.0, measured.1["monto"].as_str()), (1, Some("7")), "as they were when it was built");
    assert_eq!(gate::repeated_keys(&mut ledger.connection, &claim).await.expect("a query"), 1);
}

#[tokio::test]
async fn a_rollback_stands_until_the_newest_release_is_current_again() {
    let mut ledger = Ledger::new().await;
    let first = ledger.publish_works(1).await;
    let second = ledger.publish_works(2).await;
    let undoes = async |ledger: &mut Ledger| {
        let current = ledger.current().await.and_then(|edition| edition.release("obras")).expect("published");
        gate::undoes(&mut ledger.connection, "obras", current).await.expect("a query")
    };
    assert_eq!(undoes(&mut ledger).await, None, "nobody went back");

    let back = rollback(&mut ledger.connection, first, "cli:ana", "Montos dobles").await.expect("a query");
    let RolledBack::Done(third) = back else { panic!("{back:?}") };
    assert_eq!(undoes(&mut ledger).await, Some(Undoes { edition: third, to: first }));
    assert_eq!(
        ledger.query("select rolled_back_to, note from editions where id = 3"),
        "1|Vuelta a la edición 1: Montos dobles"
    );

    rollback(&mut ledger.connection, second, "cli:ana", "").await.expect("a query");
    assert_eq!(undoes(&mut ledger).await, None, "forth again");
    rollback(&mut ledger.connection, first, "cli:ana", "").await.expect("a query");
    ledger.publish_works(5).await;
    assert_eq!(undoes(&mut ledger).await, None, "somebody published since");
}

#[tokio::test]
async fn going_back_says_when_there_is_nothing_to_go_back_to() {
    let mut ledger = Ledger::new().await;
    let nowhere = rollback(&mut ledger.connection, EditionId(1), "cli:ana", "").await.expect("a query");
    assert_eq!(nowhere, RolledBack::NotFound);
    let first = ledger.publish_works(1).await;
    let second = ledger.publish_works(2).await;
    let before = ledger.everything();
    assert_eq!(rollback(&mut ledger.connection, second, "a", "").await.expect("a query"), RolledBack::Current);
    assert_eq!(rollback(&mut ledger.connection, EditionId(9), "a", "").await.expect("a query"), RolledBack::NotFound);
    ledger.query("update editions set dropped_at = now() where id = 1");
    assert_eq!(rollback(&mut ledger.connection, first, "a", "").await.expect("a query"), RolledBack::Dropped);
    assert_eq!(ledger.everything(), before);
}

#[tokio::test]
async fn a_file_that_came_to_the_gate_before_is_known_by_its_bytes_contract_and_mends() {
    let mut ledger = Ledger::new().await;
    let (run, _) = ledger.waiting_works(2).await;
    ledger.query("insert into source_files (sha256, bytes, origin) values ('f', 1, 'a')");
    ledger.query(&format!("update runs set source_sha = 'f' where id = {run}"));
    let next = ledger.ask().await;
    let met = async |ledger: &mut Ledger, sha: &str, contract: &str, mends: &[i64]| {
        gate::met_before(&mut ledger.connection, next, &dataset(), sha, (contract, mends)).await.expect("a query")
    };
    assert_eq!(met(&mut ledger, "f", "a", &[]).await, Some(Met::Waits(run)));
    for (sha, contract, mends) in [("g", "a", &[] as &[i64]), ("f", "b", &[]), ("f", "a", &[1])] {
        assert_eq!(met(&mut ledger, sha, contract, mends).await, None, "{sha} {contract} {mends:?}");
    }
    ledger.approve(run).await;
    assert_eq!(met(&mut ledger, "f", "a", &[]).await, Some(Met::Waits(run)), "it comes next");
    ledger.query(&format!("update runs set state = 'awaiting_approval', approval = null where id = {run}"));
    ledger.refuse(run).await;
    assert_eq!(met(&mut ledger, "f", "a", &[]).await, Some(Met::Refused(run)));

    // Somebody let the same file pass later.
    let claim = ledger.claim(next).await;
    let built = ledger.build(&claim, 3).await;
    ledger.publish(&claim, &built).await.expect("published");
    ledger.query(&format!("update runs set source_sha = 'f' where id = {next}"));
    let last = ledger.ask().await;
    let known = gate::met_before(&mut ledger.connection, last, &dataset(), "f", ("a", &[])).await.expect("a query");
    assert_eq!(known, None, "the newest word about it counts");
}

#[tokio::test]
async fn each_new_release_asks_for_its_files_once() {
    let mut ledger = Ledger::new().await;
    ledger.publish_works(1).await;
    ledger.publish_works(2).await;
    rollback(&mut ledger.connection, EditionId(1), "cli:ana", "").await.expect("a query");
    let asked = "select string_agg(args ->> 'release' || ' ' || dataset_id || ' ' || dedupe_key, ', ' order by id) from runs where job = 'exports'";
    assert_eq!(ledger.query(asked), "1 obras exports:release:1, 2 obras exports:release:2");
}
