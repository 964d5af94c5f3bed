//! What is asked of retention, and when.

use goreos_db::retention;
use goreos_db::tag::{self, Tagging};
use goreos_domain::EditionId;
use goreos_testkit::Database;

/// The region of `region.sql`, its editions 1, 2 and 4 published so long ago.
async fn region(days: u32) -> (Database, sqlx::pool::PoolConnection<sqlx::Postgres>) {
    let database = Database::new().await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    sqlx::raw_sql(include_str!("region.sql")).execute(&mut *connection).await.expect("the region");
    // The region's runs were numbered by hand.
    database.query("select setval(pg_get_serial_sequence('runs', 'id'), 100)");
    database.query(&format!("update editions set created_at = now() - interval '{days} days'"));
    (database, connection)
}

#[tokio::test]
async fn a_days_run_is_asked_for_once_and_only_when_there_is_something_to_let_go_of() {
    let (database, mut connection) = region(10).await;
    let asked = retention::request_daily(&mut connection, 365, 3).await.expect("a query");
    assert_eq!(asked, None, "nothing is old enough");
    let asked = retention::request_daily(&mut connection, 7, 3).await.expect("a query").expect("a run");
    let row = format!("select job, trigger, requested_by, state, args from runs where id = {asked}");
    assert_eq!(database.query(&row).trim(), "retention|schedule|scheduler|queued|{\"days\": 7}");
    assert_eq!(retention::request_daily(&mut connection, 7, 3).await.expect("a query"), None, "once a day");
    database.query("update runs set dedupe_key = 'retention:2020-01-01' where job = 'retention'");
    let tomorrow = retention::request_daily(&mut connection, 7, 3).await.expect("a query");
    assert!(tomorrow.is_some_and(|run| run != asked), "and again the next day");
}

#[tokio::test]
async fn a_release_goes_with_the_last_edition_that_holds_it_unless_a_kept_one_does() {
    let (database, mut connection) = region(10).await;
    let plan = async |connection: &mut goreos_db::Connection| {
        let expired = retention::expired(connection, 7).await.expect("a query");
        expired.into_iter().map(|one| (one.edition, one.releases)).collect::<Vec<_>>()
    };
    // Edition 4 is current and holds 1, 2 and 3.
    assert_eq!(plan(&mut connection).await, [(1, vec![]), (2, vec![4, 5, 6])]);
    assert_eq!(tag::add(&mut connection, EditionId(2), "enero", "cli:ana").await.expect("a query"), Tagging::Done);
    assert_eq!(plan(&mut connection).await, [(1, vec![])]);
    assert_eq!(tag::remove(&mut connection, "enero", "cli:ana").await.expect("a query"), Some(EditionId(2)));
    // What a waiting run is compared with, also release by release.
    database.query(
        "update runs set state = 'awaiting_approval', held_release = 6,
             report = '{\"gate\": {\"base\": 1, \"from_release\": 4, \"derived\": [{\"from_release\": 5}]}}' where id = 2",
    );
    assert_eq!(plan(&mut connection).await, [(2, vec![])], "the edition goes, its releases wait for the steward");
}
