//! What differs between two releases, by tables written by hand.

use std::time::Duration;

use futures::TryStreamExt as _;
use goreos_db::DbError;
use goreos_db::difference::{self, Changed, Counts, Kind};
use goreos_domain::ReleaseId;
use goreos_testkit::Database;

const BEFORE: ReleaseId = ReleaseId(1);
const AFTER: ReleaseId = ReleaseId(2);

/// Two releases of the dataset `obras`.
struct Releases {
    connection: sqlx::pool::PoolConnection<sqlx::Postgres>,
    database: Database,
}

impl Releases {
    /// Both under `contract`; each table as the select that makes it.
    async fn new(contract: &str, before: &str, after: &str) -> Self {
        let database = Database::new().await;
        database.query(&format!(
            "insert into datasets (id, title, theme, contract, contract_sha) values ('obras', 'Obras', 'Prueba', '{contract}', 'c'), ('otro', 'Otro', 'Prueba', '{{}}', 'c');
             insert into runs (job, dataset_id, trigger, requested_by) values ('ingest', 'obras', 'manual', 'ana');
             create table releases.obras_1 as {before};
             create table releases.obras_2 as {after};
             insert into releases (dataset_id, run_id, fence, contract, contract_sha, rows, built_at)
             select 'obras', 1, 1, '{contract}', 'c', rows, now()
             from (values (1, (select count(*) from releases.obras_1)), (2, (select count(*) from releases.obras_2))) r (id, rows)
             order by id"
        ));
        let connection = database.pool().acquire().await.expect("a connection");
        Self { connection, database }
    }

    async fn counts(&mut self) -> [i64; 5] {
        let counts = difference::counts(&mut self.connection, BEFORE, AFTER, 1.0).await.expect("counted");
        assert_eq!(self.told(None, None).await.len(), usize::try_from(counts.differing()).expect("few"));
        [counts.added, counts.removed, counts.changed, counts.moved, counts.same]
    }

    async fn told(&mut self, which: Option<Kind>, limit: Option<u32>) -> Vec<Changed> {
        let rows = difference::rows(&mut self.connection, BEFORE, AFTER, 1.0, which, limit).await.expect("a cursor");
        rows.try_collect().await.expect("rows")
    }
}

/// `kind key: column before > after`, of the cells that differ.
fn line(changed: &Changed) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".into());
    let key: Vec<String> = changed.key.iter().map(|(_, value)| text(value)).collect();
    let cells = changed.cells.iter().filter(|cell| cell.differs());
    let cells: Vec<String> =
        cells.map(|cell| format!("{} {} > {}", cell.column, text(&cell.before), text(&cell.after))).collect();
    format!("{} {}: {}", changed.kind.code(), key.join("/"), cells.join(", "))
}

fn lines(rows: &[Changed]) -> Vec<String> {
    rows.iter().map(line).collect()
}

const KEYED: &str = r#"{"load": {"key": ["codigo"]}, "column": [{"name": "monto", "title": "Monto FNDR"}]}"#;

#[tokio::test]
async fn rows_are_matched_by_their_key_whatever_their_order() {
    let mut releases = Releases::new(
        KEYED,
        "select * from (values (2, 'a', 10::bigint, 'x'), (3, 'b', 20, null), (4, 'c', 30, 'z'), (5, 'd', 40, 'z')) t (source_row, codigo, monto, nota)",
        "select * from (values (9, 'd', 'z', 40::bigint), (2, 'c', 'z', 30), (3, 'b', 'y', 21), (4, 'e', 'z', 50)) t (source_row, codigo, nota, monto)",
    )
    .await;
    assert_eq!(releases.counts().await, [1, 1, 1, 0, 2]);
    assert_eq!(
        lines(&releases.told(None, None).await),
        [
            "removed a: nota x > –, monto 10 > –",
            "changed b: nota – > y, monto 20 > 21",
            "added e: nota – > z, monto – > 50"
        ]
    );
    assert_eq!(lines(&releases.told(Some(Kind::Changed), None).await), ["changed b: nota – > y, monto 20 > 21"]);
    assert_eq!(lines(&releases.told(None, Some(1)).await), ["removed a: nota x > –, monto 10 > –"]);
    let compared = difference::compared(&mut releases.connection, BEFORE, AFTER).await.expect("compared");
    let titles: Vec<&str> = compared.columns.iter().map(|column| column.title.as_str()).collect();
    assert_eq!((titles, compared.geometry), (vec!["nota", "Monto FNDR"], false));
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_leaves_the_connection_as_it_was() {
    let mut releases = Releases::new(
        KEYED,
        "select n as source_row, n::text as codigo, 1 as monto from generate_series(1, 5000) n",
        "select n as source_row, n::text as codigo, 2 as monto from generate_series(1, 5000) n",
    )
    .await;
    let mut rows = difference::rows(&mut releases.connection, BEFORE, AFTER, 1.0, None, None).await.expect("a cursor");
    assert!(rows.try_next().await.expect("a row").is_some());
    drop(rows);
    assert_eq!(releases.told(None, Some(3)).await.len(), 3);
    assert_eq!(releases.counts().await, [0, 0, 5_000, 0, 0]);
}

#[tokio::test]
async fn a_key_may_hold_missing_values_and_lists_and_name_several_rows() {
    let mut releases = Releases::new(
        r#"{"derive": {"key": ["nivel", "cuts"]}}"#,
        "select * from (values ('comuna', array['16101'], 1.5), ('region', null, 2), (null, array['16101', '16102'], 3), (null, null, 4), (null, null, 5)) t (nivel, cuts, monto)",
        "select * from (values ('comuna', array['16101'], 1.5), ('region', null, 7), (null, array['16101', '16102'], 3), (null, null, 4), (null, null, 6), (null, '{}'::text[], 8)) t (nivel, cuts, monto)",
    )
    .await;
    assert_eq!(releases.counts().await, [1, 0, 2, 0, 3]);
    let told = lines(&releases.told(None, None).await);
    assert!(told.contains(&"changed region/–: monto 2 > 7".to_owned()), "{told:?}");
    assert!(told.contains(&"changed –/–: monto 5 > 6".to_owned()), "{told:?}");
    assert!(told.contains(&"added –/: monto – > 8".to_owned()), "an empty list is not a missing one: {told:?}");
}

#[tokio::test]
async fn without_a_key_a_row_is_there_or_it_is_not() {
    let mut releases = Releases::new(
        "{}",
        "select * from (values (2, 'a', null), (3, 'a', null), (4, 'b', 'x')) t (source_row, nombre, nota)",
        "select * from (values (2, 'b', 'x'), (3, 'a', null), (4, 'a', ''), (5, 'b', 'x')) t (source_row, nombre, nota)",
    )
    .await;
    assert_eq!(releases.counts().await, [2, 1, 0, 0, 2]);
    assert_eq!(
        lines(&releases.told(None, None).await),
        ["removed 3: nombre a > –", "added 4: nombre – > a, nota – > ", "added 5: nombre – > b, nota – > x"]
    );
}

#[tokio::test]
async fn columns_that_came_or_went_are_named_and_not_compared() {
    let mut releases = Releases::new(
        KEYED,
        "select 1 as source_row, 'a' as codigo, 10 as here, 'x' as vieja, 7 as digest",
        "select 9 as source_row, 'a' as codigo, 10 as here, 'y' as \"Nueva \"\"una\", '7' as digest",
    )
    .await;
    assert_eq!(releases.counts().await, [0, 0, 0, 0, 1], "a column of another type compares by its text");
    let compared = difference::compared(&mut releases.connection, BEFORE, AFTER).await.expect("compared");
    let names = |columns: &[difference::ComparedColumn]| columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&compared.came), names(&compared.went)),
        (vec!["Nueva \"una".to_owned()], vec!["vieja".to_owned()])
    );
    assert_eq!(
        (names(&compared.key), names(&compared.columns)),
        (vec!["codigo".to_owned()], vec!["here".to_owned(), "digest".to_owned()])
    );
}

/// Parcels of 100 m near Chillán: a square from its corner, in degrees.
fn parcels(shape: &str) -> String {
    format!(
        "select n as source_row, 'p' || n as codigo, 'x' as nota, st_setsrid({shape}, 4326)::geometry(geometry, 4326) as geom
         from generate_series(1, 20) n, lateral (select -72.1 + n * 0.002 as x, -36.6 as y) c"
    )
}

const SQUARE: &str = "st_makeenvelope(x, y, x + 0.001, y + 0.0009)";

#[tokio::test]
async fn a_geometry_is_the_same_however_it_is_written_and_moved_beyond_the_tolerance() {
    let other = format!(
        "case n when 1 then st_translate({SQUARE}, 0.000055, 0)
                when 2 then st_reverse({SQUARE})
                when 3 then st_segmentize({SQUARE}, 0.0001)
                when 4 then st_multi({SQUARE})
                when 5 then st_translate({SQUARE}, 0.000005, 0.000005)
                when 6 then null
                when 7 then st_centroid({SQUARE})
                else {SQUARE} end"
    );
    let mut releases = Releases::new(KEYED, &parcels(SQUARE), &parcels(&other)).await;
    assert_eq!(releases.counts().await, [0, 0, 0, 3, 17]);
    let told = releases.told(Some(Kind::Moved), None).await;
    let moved: Vec<(Option<&str>, Option<String>)> =
        told.iter().map(|row| (row.key[0].1.as_deref(), row.moved_m.map(|metres| format!("{metres:.1}")))).collect();
    assert_eq!(moved, [(Some("p1"), Some("4.9".into())), (Some("p6"), None), (Some("p7"), None)]);
    assert_eq!(told[0].before.as_ref().expect("WKB")[..5], [1, 3, 0, 0, 0]);
    assert_eq!((told[1].before.is_some(), told[1].after.is_some()), (true, false));
}

#[tokio::test]
async fn what_was_counted_is_kept_and_a_swept_candidate_takes_it_along() {
    let mut releases = Releases::new(KEYED, &parcels(SQUARE), &parcels(SQUARE)).await;
    assert_eq!(difference::known(&mut releases.connection, BEFORE, AFTER, 1.0).await.expect("a query"), None);
    let counts = difference::counts_within(&mut releases.connection, BEFORE, AFTER, 1.0, Duration::from_mins(1)).await;
    let same = Counts { same: 20, ..Counts::default() };
    assert_eq!(counts.expect("counted"), Some(same));
    releases.database.query("drop table releases.obras_1");
    assert_eq!(difference::known(&mut releases.connection, BEFORE, AFTER, 1.0).await.expect("a query"), Some(same));
    assert_eq!(difference::counts(&mut releases.connection, BEFORE, AFTER, 1.0).await.expect("kept"), same);
    releases.database.query("delete from releases where id = 2");
    assert_eq!(difference::known(&mut releases.connection, BEFORE, AFTER, 1.0).await.expect("a query"), None);
}

#[tokio::test]
async fn a_count_that_takes_too_long_is_given_up_and_harms_nothing() {
    let many = "select n as source_row, n::text as codigo, n as monto from generate_series(1, 300000) n";
    let mut releases = Releases::new(KEYED, many, many).await;
    let counts =
        difference::counts_within(&mut releases.connection, BEFORE, AFTER, 1.0, Duration::from_millis(1)).await;
    assert_eq!(counts.expect("no error"), None);
    assert_eq!(releases.counts().await, [0, 0, 0, 0, 300_000]);
}

#[tokio::test]
async fn releases_that_are_not_there_or_of_another_dataset_are_named() {
    let mut releases = Releases::new(KEYED, &parcels(SQUARE), &parcels(SQUARE)).await;
    let gone = difference::counts(&mut releases.connection, BEFORE, ReleaseId(77), 1.0).await;
    assert!(matches!(gone, Err(DbError::ReleaseGone(ReleaseId(77)))), "{gone:?}");
    releases.database.query("drop table releases.obras_1");
    let gone = difference::compared(&mut releases.connection, BEFORE, AFTER).await;
    assert!(matches!(gone, Err(DbError::ReleaseGone(BEFORE))), "{gone:?}");
    releases.database.query(
        "insert into releases (dataset_id, run_id, fence, contract, contract_sha, rows, built_at) values ('otro', 1, 1, '{}', 'c', 0, now());
         create table releases.otro_3 (a text)",
    );
    let other = difference::counts(&mut releases.connection, AFTER, ReleaseId(3), 1.0).await;
    assert!(matches!(other, Err(DbError::OtherDataset { .. })), "{other:?}");
}

#[tokio::test]
async fn the_tolerance_is_the_contract_s() {
    let mut releases = Releases::new(KEYED, "select 'a' as codigo", "select 'a' as codigo").await;
    let tolerance = difference::tolerance(&mut releases.connection, AFTER).await.expect("a tolerance");
    releases.database.query(r#"update releases set contract = contract || '{"gate": {"moved_m": 2.5}}' where id = 2"#);
    let said = difference::tolerance(&mut releases.connection, AFTER).await.expect("a tolerance");
    assert_eq!((tolerance, said), (1.0, 2.5));
}

#[tokio::test]
async fn figures_are_summed_by_comuna_and_over_all() {
    let contract = r#"{"derive": {"inputs": [], "query": "q", "figure": [{"column": "monto", "title": "Monto", "unit": "CLP"}, {"column": "nuevas", "title": "Nuevas"}]}}"#;
    let mut releases = Releases::new(
        contract,
        "select * from (values ('16101', 9000000000000000000::bigint), ('16101', 9000000000000000000), ('16', 5), (null, 7), ('16102', null)) t (territory_cut, monto)",
        "select * from (values ('16101', 100::bigint, 1), ('16103', 3, 2)) t (territory_cut, monto, nuevas)",
    )
    .await;
    let figures = difference::figures(&mut releases.connection, Some(BEFORE), AFTER).await.expect("figures");
    let amounts = &figures[0];
    assert_eq!(
        (amounts.title.as_str(), amounts.before, amounts.after),
        ("Monto", Some(18_000_000_000_000_000_012), Some(103))
    );
    let comunas: Vec<_> = amounts.comunas.iter().map(|c| (c.cut.as_str(), c.before, c.after)).collect();
    assert_eq!(
        comunas,
        [("16101", Some(18_000_000_000_000_000_000), Some(100)), ("16102", None, None), ("16103", None, Some(3))]
    );
    assert_eq!((figures[1].before, figures[1].after), (None, Some(3)));
    let first = difference::figures(&mut releases.connection, None, AFTER).await.expect("figures");
    assert_eq!((first[0].before, first[0].after), (None, Some(103)));
}

/// Prints what it takes; the numbers of a release build are in `docs`. Run by hand, with `--run-ignored all --no-capture`.
#[tokio::test]
#[ignore = "two million parcels: minutes, and gigabytes of disk"]
async fn two_million_parcels_of_noise_are_compared_within_a_minute() {
    let parcels = |noise: &str| {
        format!(
            "select n as source_row, 'rol-' || n as rol, (n % 97)::text as uso, n * 3 as avaluo, 'Camino a ' || n % 1000 as direccion,
                    st_setsrid(st_multi(st_makepolygon(st_makeline(array[st_point(x + {noise}, y), st_point(x + 0.0003, y + {noise}),
                        st_point(x + 0.0003, y + 0.0002), st_point(x + 0.00015, y + 0.00026), st_point(x, y + 0.0002), st_point(x + {noise}, y)]))), 4326) as geom
             from generate_series(1, 2000000) n, lateral (select -72.5 + n % 2000 * 0.0004 as x, -36.9 + n / 2000 * 0.0004 as y) c"
        )
    };
    let contract = r#"{"load": {"key": ["rol"]}}"#;
    let mut releases = Releases::new(contract, &parcels("0"), &parcels("0.000001 * (n % 7)")).await;
    for release in [1, 2] {
        releases.database.query(&format!(
            "alter table releases.obras_{release} alter rol set not null; create unique index on releases.obras_{release} (rol); analyze releases.obras_{release}"
        ));
    }
    let started = std::time::Instant::now();
    let counts = difference::counts(&mut releases.connection, BEFORE, AFTER, 1.0).await.expect("counted");
    println!("counted in {:?}: {counts:?}", started.elapsed());
    assert_eq!(counts.same, 2_000_000);
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
    let started = std::time::Instant::now();
    let same = difference::counts(&mut releases.connection, BEFORE, BEFORE, 1.0).await.expect("counted");
    println!("equal in {:?}: {same:?}", started.elapsed());
    let started = std::time::Instant::now();
    let rows = difference::rows(&mut releases.connection, BEFORE, AFTER, 0.3, None, None).await.expect("a cursor");
    let told = rows.try_fold(0_u64, async |told, _| Ok(told + 1)).await.expect("rows");
    println!("{told} told in {:?}", started.elapsed());
}
