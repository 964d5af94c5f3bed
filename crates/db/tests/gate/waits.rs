//! Waiting, deciding, giving way.

use goreos_db::gate::{self, Decision, Waited};
use goreos_db::{DbError, ledger as runs, read};
use goreos_domain::{ReleaseId, RunId, RunState};

use crate::ledger::{Ledger, ROWS};

#[tokio::test]
async fn a_run_that_waits_keeps_what_it_built_and_gives_its_lease_up() {
    let mut ledger = Ledger::new().await;
    ledger.publish_works(1).await;
    let (run, release) = ledger.waiting_works(2).await;
    let row = format!(
        "select state, held_release, lease_owner is null, finished_at is null, rows_read, rows_rejected from runs where id = {run}"
    );
    assert_eq!(ledger.query(&row), format!("awaiting_approval|{}|t|t|2|1", release.id));
    assert_eq!(ledger.sweep().await, 0, "what it holds stays");
    assert_eq!(ledger.query("select monto from layers.obras"), "1", "readers see nothing of it");
    assert_eq!(ledger.told(run), "wait prueba");
    assert!(ledger.claim_for(run, 60).await.is_none(), "nobody works on it");
    assert_eq!(runs::expire(&mut ledger.connection).await.expect("a query"), []);

    let next = ledger.ask().await;
    assert!(ledger.claim_for(next, 60).await.is_some(), "the next one does not wait for it");
}

#[tokio::test]
async fn an_approved_run_has_its_release_and_its_rejects_under_its_new_fence() {
    let mut ledger = Ledger::new().await;
    ledger.publish_works(1).await;
    let over = ledger.current().await.and_then(|edition| edition.release("obras"));
    let (run, release) = ledger.waiting_works(2).await;
    assert_eq!(ledger.approve(run).await, Decision::Done);
    assert_eq!(ledger.state(run).await, RunState::Queued);
    assert_eq!(ledger.sweep().await, 0, "nothing is lost between the approval and the worker");

    // The worker that takes it up dies at once, and another takes it up again.
    let lost = ledger.claim_for(run, 0).await.expect("it is to be had");
    let claim = ledger.claim(run).await;
    let approved = claim.approved.clone().expect("approved");
    assert_eq!((approved.by.as_str(), approved.comment.as_str(), approved.over), ("cli:ana", "Es la baja real", over));
    assert_eq!(claim.held, Some(release.id));
    let rejects = read::rejects(&mut ledger.connection, run, None, read::Page::numbered(1, 10)).await.expect("a query");
    assert_eq!(rejects.items.len(), 1, "the page of the run still shows what was refused");
    assert_eq!(ledger.sweep().await, 0);

    assert!(gate::held(&mut ledger.connection, &lost).await.expect("a query").is_none(), "it is another's");
    let held = gate::held(&mut ledger.connection, &claim).await.expect("a query").expect("held");
    assert_eq!((held.release.clone(), held.rows, held.accounting), (release.clone(), 1, Some(ROWS)));
    let stale = ledger.publish(&lost, &release).await;
    assert!(matches!(stale, Err(DbError::FencedOut)), "{stale:?}");
    ledger.publish(&claim, &held.release).await.expect("published");
    assert_eq!(ledger.query("select monto from layers.obras"), "2");
    assert_eq!(ledger.told(run), "wait prueba, approve cli:ana, publish prueba");
}

#[tokio::test]
async fn an_approved_run_whose_table_is_gone_holds_nothing() {
    let mut ledger = Ledger::new().await;
    let (run, release) = ledger.waiting_works(2).await;
    ledger.approve(run).await;
    ledger.query(&format!("drop table {}", release.table));
    let claim = ledger.claim(run).await;
    assert!(claim.approved.is_some());
    assert!(gate::held(&mut ledger.connection, &claim).await.expect("a query").is_none());
}

#[tokio::test]
async fn a_refused_run_ends_its_table_goes_and_a_retry_begins_anew() {
    let mut ledger = Ledger::new().await;
    let (run, release) = ledger.waiting_works(2).await;
    assert_eq!(ledger.refuse(run).await, Decision::Done);
    assert_eq!((ledger.state(run).await, ledger.fault(run).as_str()), (RunState::Cancelled, "gate.refused"));
    assert_eq!(
        ledger.query("select fault ->> 'what' from runs"),
        "El equipo de datos rechazó publicarla: «Faltan comunas»."
    );
    assert_eq!(ledger.told(run), "wait prueba, refuse cli:ana");
    assert_eq!(ledger.sweep().await, 1);
    assert_eq!(ledger.query(&format!("select to_regclass('{}') is null", release.table)), "t");

    assert!(runs::retry(&mut ledger.connection, run).await.expect("a query"));
    let claim = ledger.claim(run).await;
    assert_eq!((claim.held, claim.approved), (None, None));
}

#[tokio::test]
async fn a_retry_forgets_an_approval_even_before_the_table_is_swept() {
    let mut ledger = Ledger::new().await;
    let (run, _) = ledger.waiting_works(2).await;
    ledger.approve(run).await;
    runs::cancel(&mut ledger.connection, run).await.expect("a query");
    assert!(runs::retry(&mut ledger.connection, run).await.expect("a query"));
    let claim = ledger.claim(run).await;
    assert_eq!((claim.held, claim.approved), (None, None));
    assert_eq!(ledger.sweep().await, 1);
}

#[tokio::test]
async fn what_does_not_wait_cannot_be_decided() {
    let mut ledger = Ledger::new().await;
    let (run, _) = ledger.waiting_works(2).await;
    ledger.approve(run).await;
    let before = ledger.everything();
    assert_eq!(ledger.approve(run).await, Decision::NotWaiting(RunState::Queued), "approved already");
    assert_eq!(ledger.refuse(run).await, Decision::NotWaiting(RunState::Queued), "approved already");
    assert_eq!(ledger.approve(RunId(run.0 + 1)).await, Decision::NotFound);
    assert_eq!(ledger.refuse(RunId(run.0 + 1)).await, Decision::NotFound);
    assert_eq!(ledger.everything(), before);
}

#[tokio::test]
async fn of_two_stewards_one_decides() {
    let mut ledger = Ledger::new().await;
    for _ in 0..5 {
        let (run, _) = ledger.waiting_works(2).await;
        let (pool, other) = (ledger.database.pool().clone(), ledger.database.pool().clone());
        let approve = tokio::spawn(async move {
            gate::approve(&mut pool.acquire().await.expect("a connection"), run, "ana", "").await.expect("a query")
        });
        let refuse = tokio::spawn(async move {
            gate::refuse(&mut other.acquire().await.expect("a connection"), run, "luis", "").await.expect("a query")
        });
        let decisions = [approve.await.expect("it ends"), refuse.await.expect("it ends")];
        assert_eq!(decisions.iter().filter(|decision| **decision == Decision::Done).count(), 1, "{decisions:?}");
        let told = ledger
            .query(&format!("select count(*) from audit where run_id = {run} and action in ('approve', 'refuse')"));
        assert_eq!(told, "1");
        runs::cancel(&mut ledger.connection, run).await.expect("a query");
    }
}

#[tokio::test]
async fn a_newer_run_takes_the_place_of_one_that_waits() {
    let mut ledger = Ledger::new().await;
    let (first, _) = ledger.waiting_works(2).await;
    let (second, _) = ledger.waiting_works(3).await;
    assert_eq!((ledger.state(first).await, ledger.fault(first).as_str()), (RunState::Cancelled, "gate.superseded"));
    assert!(
        ledger
            .query(&format!("select fault ->> 'what' from runs where id = {first}"))
            .contains(&format!("La ejecución {second}"))
    );
    assert_eq!(ledger.told(first), "wait prueba, supersede prueba");
    assert_eq!(ledger.state(second).await, RunState::AwaitingApproval);

    ledger.publish_works(4).await;
    assert_eq!((ledger.state(second).await, ledger.fault(second).as_str()), (RunState::Cancelled, "gate.superseded"));
    assert_eq!(ledger.sweep().await, 2, "what they held goes");
    assert_eq!(ledger.query("select monto from layers.obras"), "4");
}

#[tokio::test]
async fn newer_data_that_are_published_end_an_approved_run_and_newer_data_that_wait_do_not() {
    let mut ledger = Ledger::new().await;
    let (approved, _) = ledger.waiting_works(2).await;
    let newer = ledger.ask().await;
    let claim = ledger.claim(newer).await;
    ledger.approve(approved).await;
    assert!(ledger.claim_for(approved, 60).await.is_none(), "one at a time");
    let built = ledger.build(&claim, 3).await;
    assert_eq!(ledger.wait(&claim, &built).await.expect("it is ours"), Waited::Waits);
    assert_eq!(ledger.state(approved).await, RunState::Queued, "a person decided about it");

    let newest = ledger.ask().await;
    assert!(ledger.claim_for(newest, 60).await.is_none(), "the approved one comes first");
    runs::cancel(&mut ledger.connection, newer).await.expect("a query");
    let claim = ledger.claim(approved).await;
    runs::fail(&mut ledger.connection, &claim, &goreos_domain::Fault::later("a", "b", "c")).await.expect("ours");
    assert_eq!(ledger.state(approved).await, RunState::Queued, "an attempt that failed is tried again, still approved");
    assert!(ledger.claim(approved).await.approved.is_some());
}

#[tokio::test]
async fn an_older_run_gives_way_to_a_newer_one_that_waits() {
    let mut ledger = Ledger::new().await;
    let older = ledger.ask().await;
    runs::cancel(&mut ledger.connection, older).await.expect("a query");
    let (newer, _) = ledger.waiting_works(3).await;
    runs::retry(&mut ledger.connection, older).await.expect("a query");
    let claim = ledger.claim(older).await;
    let built = ledger.build(&claim, 2).await;
    assert_eq!(ledger.wait(&claim, &built).await.expect("it is ours"), Waited::Superseded(newer));
    assert_eq!((ledger.state(older).await, ledger.fault(older).as_str()), (RunState::Cancelled, "gate.superseded"));
    assert_eq!(ledger.state(newer).await, RunState::AwaitingApproval);
    assert_eq!(ledger.sweep().await, 1);
}

#[tokio::test]
async fn whoever_lost_a_run_or_was_told_to_stop_does_not_wait_with_it() {
    let mut ledger = Ledger::new().await;
    let (waits, _) = ledger.waiting_works(1).await;
    let run = ledger.ask().await;
    let stale = ledger.claim_for(run, 0).await.expect("it is to be had");
    let built = ledger.build(&stale, 2).await;
    let holder = ledger.claim(run).await;
    let before = ledger.everything();
    let waited = ledger.wait(&stale, &built).await;
    assert!(matches!(waited, Err(DbError::FencedOut)), "{waited:?}");
    let gone = gate::let_go(&mut ledger.connection, &stale).await;
    assert!(matches!(gone, Err(DbError::FencedOut)), "{gone:?}");
    assert_eq!(ledger.everything(), before, "and the one that waits still does: {waits}");

    runs::cancel(&mut ledger.connection, run).await.expect("a query");
    let waited = ledger.wait(&holder, &built).await;
    assert!(matches!(waited, Err(DbError::FencedOut)), "{waited:?}");
    assert_eq!(ledger.state(waits).await, RunState::AwaitingApproval);
}

#[tokio::test]
async fn what_a_waiting_run_derived_stays_until_it_is_decided() {
    let mut ledger = Ledger::new().await;
    let run = ledger.ask().await;
    let claim = ledger.claim(run).await;
    let own = ledger.build(&claim, 2).await;
    let reject = "delete from rejects";
    ledger.query(reject);
    let derived = ledger.build(&claim, 3).await;
    ledger.wait(&claim, &own).await.expect("it is ours");
    assert_eq!(ledger.sweep().await, 0, "its page compares both");
    ledger.approve(run).await;
    assert_eq!(ledger.sweep().await, 1, "derived again against what is current then");
    let left: Vec<ReleaseId> = vec![own.id];
    assert_eq!(ledger.query("select id from releases"), left[0].to_string());
    assert_eq!(ledger.query(&format!("select to_regclass('{}') is null", derived.table)), "t");
}
