//! The audit trail.

use chrono::NaiveDate;
use goreos_db::audit::{self, Action, Entry, Filter};
use goreos_db::read::Page;
use goreos_db::rollback;
use goreos_domain::EditionId;

use crate::ledger::{Ledger, dataset};

#[tokio::test]
async fn the_trail_says_who_did_what_newest_first_and_can_be_filtered() {
    let mut ledger = Ledger::new().await;
    ledger.publish_works(1).await;
    let (run, _) = ledger.waiting_works(2).await;
    ledger.refuse(run).await;
    ledger.publish_works(3).await;
    rollback(&mut ledger.connection, EditionId(1), "cli:ana", "Era mejor antes").await.expect("a query");
    let entry = Entry { edition: Some(EditionId(1)), ..Entry::of("web", Action::Tag) };
    audit::add(&mut ledger.connection, &entry).await.expect("told");

    let list = async |ledger: &mut Ledger, filter: Filter| {
        let page = audit::list(&mut ledger.connection, &filter, Page::numbered(1, 50)).await.expect("a query");
        assert_eq!(page.total, i64::try_from(page.items.len()).expect("few"));
        page.items
    };
    let all = list(&mut ledger, Filter::default()).await;
    let actions: Vec<Action> = all.iter().map(|line| line.action).collect();
    let expected = [Action::Tag, Action::Rollback, Action::Publish, Action::Refuse, Action::Wait, Action::Publish];
    assert_eq!(actions, expected);
    assert_eq!(all[1].comment, "Era mejor antes");
    assert_eq!((all[1].detail["from"].as_i64(), all[1].detail["to"].as_i64()), (Some(2), Some(1)));
    assert_eq!((all[2].actor.as_str(), all[2].dataset_title.as_deref()), ("prueba", Some("Obras")));
    assert_eq!(all[4].detail["reasons"][0], "gate.shrink");

    let of = |filter: Filter| filter;
    assert_eq!(list(&mut ledger, of(Filter { action: Some(Action::Publish), ..Filter::default() })).await.len(), 2);
    assert_eq!(list(&mut ledger, of(Filter { run: Some(run), ..Filter::default() })).await.len(), 2);
    assert_eq!(list(&mut ledger, of(Filter { dataset: Some(dataset()), ..Filter::default() })).await.len(), 4);
    assert_eq!(list(&mut ledger, of(Filter { edition: Some(EditionId(1)), ..Filter::default() })).await.len(), 2);
    let past = NaiveDate::from_ymd_opt(2001, 1, 1);
    assert_eq!(list(&mut ledger, of(Filter { to: past, ..Filter::default() })).await, []);
    assert_eq!(list(&mut ledger, of(Filter { from: past, ..Filter::default() })).await.len(), 6);
    let second = audit::list(&mut ledger.connection, &Filter::default(), Page::numbered(2, 4)).await.expect("a query");
    assert_eq!((second.items.len(), second.total), (2, 6));
}

#[tokio::test]
async fn the_trail_is_only_added_to() {
    let mut ledger = Ledger::new().await;
    ledger.publish_works(1).await;
    for change in ["update audit set actor = 'nadie'", "delete from audit", "truncate audit"] {
        let refused = sqlx::query(change).execute(&mut *ledger.connection).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("only added to")), "{change}");
    }
    assert_eq!(ledger.query("select actor from audit"), "prueba");
}
