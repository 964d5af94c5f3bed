//! Going back, and the schedules that would go forth again.

use serde_json::Value;

use crate::works::{GATE, Works, works};

/// Two editions of the works; readers were sent back to the first.
async fn gone_back() -> Works {
    let steward = Works::new(GATE).await;
    let second = steward.load(&works(110, 2000)).await;
    assert_eq!(second.state, "published", "{:?}", second.fault);
    assert_eq!(steward.seen(), "110|220000|220000");
    let back = steward.installation.goreos(&["--json", "rollback", "1", "--comment", "Montos dobles"]).await;
    let told: Value = serde_json::from_str(back.stdout.trim()).expect("JSON");
    assert_eq!((told["ok"].as_bool(), told["edition"].as_i64()), (Some(true), Some(3)), "{back:?}");
    assert_eq!(steward.seen(), "100|100000|100000", "works and figures go back together");
    steward
}

#[tokio::test]
async fn a_schedule_that_would_undo_a_rollback_waits_and_says_so() {
    let steward = gone_back().await;
    let audit = "select actor, comment, edition_id, detail ->> 'to' from audit where action = 'rollback'";
    assert_eq!(steward.installation.query(audit), "cli:goreos|Montos dobles|3|1");
    let (unchanged, state) = steward.scheduled(&works(100, 1000)).await;
    assert_eq!(state, "unchanged", "the file of the edition that came back: {}", steward.log(unchanged));

    let (run, state) = steward.scheduled(&works(110, 2000)).await;
    assert_eq!(state, "awaiting_approval", "{}", steward.log(run));
    assert_eq!(steward.codes(run).await, ["gate.rollback"]);
    assert!(steward.log(run).contains("La edición 3 volvió a los datos de la edición 1"), "{}", steward.log(run));
    assert_eq!(steward.seen(), "100|100000|100000");

    steward.approve(run).await;
    assert_eq!(steward.seen(), "110|220000|220000");
    let (next, state) = steward.scheduled(&works(111, 2000)).await;
    assert_eq!(state, "published", "whoever approved went forth again: {}", steward.log(next));
}

#[tokio::test]
async fn a_person_who_loads_after_a_rollback_is_told_and_not_stopped() {
    let steward = gone_back().await;
    let run = steward.load(&works(112, 2000)).await;
    assert_eq!(run.state, "published", "{:?}", run.fault);
    assert_eq!(steward.codes(run.id).await, ["gate.rollback"]);
    assert_eq!(steward.gate(run.id).await["reaction"], "warn");
    assert_eq!(steward.seen(), "112|224000|224000");
}

#[tokio::test]
async fn a_rollback_to_nowhere_changes_nothing_and_says_why() {
    let steward = gone_back().await;
    let before = (steward.seen(), steward.editions());
    steward.installation.query("update editions set dropped_at = now() where id = 2");
    for (edition, code) in
        [("3", "edition.current"), ("1", "edition.current"), ("2", "edition.dropped"), ("9", "edition.unknown")]
    {
        let refused = steward.installation.goreos(&["--json", "rollback", edition]).await;
        let told: Value = serde_json::from_str(refused.stdout.trim()).expect("JSON");
        assert!(!refused.success, "{edition}");
        assert_eq!(told["error"]["code"], code, "{edition}");
    }
    assert_eq!((steward.seen(), steward.editions()), before);
}
