//! What a release takes over from the one before it, and the mends of its file.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use goreos_db::catalogue::{self, Dataset};
use goreos_db::ledger::{self, Claim, NewRun};
use goreos_db::release::{self, Closing, Filling, Merged, NewRelease, Previous, Reject, Release, SourceOf};
use goreos_db::{Candidate, DbError, Edition, mend, publish};
use goreos_domain::{Contract, DatasetId, EditionId, Job, ReleaseId, Trigger};
use goreos_testkit::Database;
use serde_json::json;

/// A dataset `obras` with a code that may be empty, an amount, a day and a point.
struct Works {
    connection: sqlx::pool::PoolConnection<sqlx::Postgres>,
    database: Database,
    contract: Contract,
}

/// A file: its name, and rows of number, code, amount and day.
type Rows<'a> = &'a [(i64, Option<&'a str>, i64, Option<&'a str>)];

impl Works {
    async fn new(load: &str) -> Self {
        let database = Database::new().await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        let dataset = Dataset { contract: contract(load), contract_sha: "a".to_owned(), query: None };
        catalogue::register(&mut connection, &dataset, 0, None).await.expect("a dataset");
        Self { connection, database, contract: dataset.contract }
    }

    async fn claim(&mut self) -> Claim {
        let run = NewRun {
            job: Job::Ingest,
            dataset: Some(DatasetId::parse("obras").expect("an id")),
            args: json!({}),
            trigger: Trigger::Manual,
            requested_by: "test".into(),
            dedupe_key: None,
            max_attempts: 1,
        };
        let run = ledger::request(&mut self.connection, &run).await.expect("accepted");
        ledger::claim(&mut self.connection, run, "worker", 60).await.expect("a query").expect("it is to be had")
    }

    async fn current(&mut self) -> Option<Edition> {
        Edition::current(&mut self.connection).await.expect("a query")
    }

    async fn previous(&mut self) -> Option<Previous> {
        let current = self.current().await;
        release::previous(&mut self.connection, current.as_ref(), "obras").await.expect("a query")
    }

    /// A release with the rows of a file.
    async fn filled(&mut self, claim: &Claim, file: &str, rows: Rows<'_>) -> Release {
        ledger::note_source(&mut self.connection, claim, file, 1, file).await.expect("ours");
        let new =
            NewRelease { claim, contract: &self.contract, contract_sha: "a", source_sha: Some(file), mends: &[7] };
        let release = release::register(&mut self.connection, &new).await.expect("a number");
        let table = Filling::begin(&mut self.connection, &release, &self.contract).await.expect("a table");
        table.commit().await.expect("a table");
        for (row, code, amount, day) in rows {
            let text = |text: Option<&str>| text.map_or("null".to_owned(), |text| format!("'{text}'"));
            self.query(&format!(
                "insert into {} (source_row, codigo, monto, dia, geom)
                 values ({row}, {}, {amount}, {}, st_setsrid(st_point({amount}, -36), 4326))",
                release.table,
                text(*code),
                text(*day),
            ));
        }
        release
    }

    async fn publish(&mut self, claim: &Claim, release: &Release, carried: i64) -> EditionId {
        let mut second = self.database.pool().acquire().await.expect("a connection");
        let closing = Closing { crs: None, carried };
        release::finish([&mut self.connection, &mut second], release, &self.contract, closing)
            .await
            .expect("a release");
        let base = self.current().await;
        let candidate = Candidate {
            base: base.as_ref(),
            releases: std::slice::from_ref(release),
            accounting: None,
            report: &json!({ "findings": { "columns": [{ "name": "CODIGO", "seen": "text" }] } }),
            note: "Prueba",
        };
        publish(&mut self.connection, claim, &candidate).await.expect("published")
    }

    /// A run that takes rows over by key.
    async fn upsert(&mut self, file: &str, rows: Rows<'_>) -> (ReleaseId, Merged) {
        let claim = self.claim().await;
        let previous = self.previous().await;
        let release = self.filled(&claim, file, rows).await;
        let merged = match previous {
            Some(previous) => release::merge(&mut self.connection, &release, &self.contract, &previous)
                .await
                .expect("rows taken over"),
            None => Merged::default(),
        };
        self.publish(&claim, &release, merged.carried).await;
        (release.id, merged)
    }

    /// A run that adds rows, but for those of the same file.
    async fn append(&mut self, file: &str, rows: Rows<'_>, without: &[ReleaseId]) -> (ReleaseId, i64) {
        let claim = self.claim().await;
        let previous = self.previous().await;
        let release = self.filled(&claim, file, rows).await;
        let carried = match previous {
            Some(previous) => release::append(&mut self.connection, &release, &self.contract, &previous, without)
                .await
                .expect("rows taken over"),
            None => 0,
        };
        self.publish(&claim, &release, carried).await;
        (release.id, carried)
    }

    fn query(&self, sql: &str) -> String {
        self.database.query(sql).trim_end().to_owned()
    }

    /// What readers see: code, amount, and row and release of the file.
    fn seen(&self) -> Vec<String> {
        let sql = "select coalesce(codigo, '?') || ' ' || monto || ' ' || source_row || '@' || source_release
                   from layers.obras order by codigo nulls last, source_release, source_row";
        self.query(sql).lines().map(str::to_owned).collect()
    }
}

fn contract(load: &str) -> Contract {
    let text = format!(
        "id = 'obras'\ntitle = 'Prueba'\ntheme = 'Prueba'\nowner = 'Pruebas'\nlicence = 'CC0-1.0'\n\
         [source]\npath = 'obras.csv'\nformat = 'csv'\n[load]\n{load}\n\
         [[column]]\nname = 'codigo'\ntype = 'text'\n\
         [[column]]\nname = 'monto'\ntype = 'real'\nrequired = true\n\
         [[column]]\nname = 'dia'\ntype = 'date'\n\
         [place]\ngeometry = {{ columns = ['monto', 'monto'], crs = 'EPSG:4326' }}\n"
    );
    Contract::parse(&text).expect("a contract")
}

#[tokio::test]
async fn an_upsert_replaces_rows_by_key_and_keeps_the_others() {
    let mut works = Works::new("mode = 'upsert'\nkey = ['codigo']").await;
    let day = Some("2025-09-16");
    let (first, _) = works.upsert("uno", &[(2, Some("a"), 1, day), (3, Some("b"), 2, None), (4, None, 3, None)]).await;
    let (second, merged) =
        works.upsert("dos", &[(2, Some("b"), 20, None), (3, Some("a"), 1, day), (4, Some("c"), 4, None)]).await;
    assert_eq!(merged, Merged { added: 1, changed: 1, unchanged: 1, carried: 1, removed: 0 });
    assert_eq!(
        works.seen(),
        [format!("a 1 3@{second}"), format!("b 20 2@{second}"), format!("c 4 4@{second}"), format!("? 3 4@{first}")],
        "a row without key keeps its own file"
    );
    // A row without key is a row of the key «nothing».
    let (_, merged) = works.upsert("tres", &[(9, None, 3, None)]).await;
    assert_eq!(merged, Merged { added: 0, changed: 0, unchanged: 1, carried: 3, removed: 0 });
    assert_eq!(works.query("select carried, rows from releases order by id desc limit 1"), "3|4");
}

#[tokio::test]
async fn an_upsert_that_deletes_what_is_missing_says_how_much() {
    let mut works = Works::new("mode = 'upsert'\nkey = ['codigo']\ndelete_missing = true").await;
    works.upsert("uno", &[(2, Some("a"), 1, None), (3, Some("b"), 2, None), (4, Some("c"), 3, None)]).await;
    let (second, merged) = works.upsert("dos", &[(2, Some("b"), 2, None)]).await;
    assert_eq!(merged, Merged { added: 0, changed: 0, unchanged: 1, carried: 0, removed: 2 });
    assert_eq!(works.seen(), [format!("b 2 2@{second}")]);
}

#[tokio::test]
async fn rows_are_added_and_a_file_takes_the_place_of_its_own_rows() {
    let mut works = Works::new("mode = 'append'").await;
    let (first, _) = works.append("enero", &[(2, Some("a"), 1, None), (3, Some("a"), 1, None)], &[]).await;
    let (second, carried) = works.append("febrero", &[(2, Some("b"), 2, None)], &[]).await;
    assert_eq!(carried, 2);
    let previous = works.previous().await.expect("a release");
    let source = |release, file: &str| SourceOf {
        release,
        source_sha: Some(file.to_owned()),
        contract_sha: "a".to_owned(),
        mends: vec![7],
    };
    assert_eq!(previous.sources, [source(first, "enero"), source(second, "febrero")]);
    assert_eq!(previous.own(), Some(&source(second, "febrero")));
    assert_eq!((previous.id, previous.rows), (second, 3));
    assert_eq!(previous.columns, Some(json!([{ "name": "CODIGO", "seen": "text" }])));

    let (third, carried) = works.append("enero", &[(2, Some("a"), 1, None), (3, Some("z"), 9, None)], &[first]).await;
    assert_eq!(carried, 1);
    assert_eq!(works.seen(), [format!("a 1 2@{third}"), format!("b 2 2@{second}"), format!("z 9 3@{third}")]);
}

#[tokio::test]
async fn rows_of_a_release_that_replaced_all_can_be_gone_on_from() {
    let mut works = Works::new("mode = 'replace'").await;
    let claim = works.claim().await;
    let release = works.filled(&claim, "uno", &[(2, Some("a"), 1, None)]).await;
    works.publish(&claim, &release, 0).await;
    works.contract = contract("mode = 'upsert'\nkey = ['codigo']");
    let (second, merged) = works.upsert("dos", &[(2, Some("b"), 2, None)]).await;
    assert_eq!((merged.added, merged.carried), (1, 1));
    assert_eq!(works.seen(), [format!("a 1 2@{}", release.id), format!("b 2 2@{second}")]);
}

#[tokio::test]
async fn a_key_that_was_none_before_may_be_repeated_there() {
    let mut works = Works::new("mode = 'append'").await;
    works.append("enero", &[(2, Some("a"), 1, None), (3, None, 1, None), (4, None, 1, None)], &[]).await;
    let previous = works.previous().await.expect("a release");
    for (keyed, repeated) in [("key = ['codigo']", true), ("key = ['monto']", true), ("key = ['dia']", true)] {
        let contract = contract(&format!("mode = 'append'\n{keyed}"));
        let found = release::has_repeated_keys(&mut works.connection, &contract, &previous).await.expect("a query");
        assert_eq!(found, repeated, "{keyed}");
    }
    let (_, _) = works.append("enero", &[(2, Some("a"), 1, None), (3, None, 1, None)], &[previous.id]).await;
    let previous = works.previous().await.expect("a release");
    let contract = contract("mode = 'append'\nkey = ['codigo']");
    assert!(!release::has_repeated_keys(&mut works.connection, &contract, &previous).await.expect("a query"));
}

/// The rows of a binary COPY of text.
fn rows_of(mut bytes: &[u8], columns: usize) -> BTreeSet<Vec<String>> {
    let mut take = |length: usize| {
        let (taken, rest) = bytes.split_at(length);
        bytes = rest;
        taken
    };
    take(19);
    let mut rows = BTreeSet::new();
    while take(2) != [0xff, 0xff] {
        let row = (0..columns).map(|_| {
            let length = u32::from_be_bytes(take(4).try_into().expect("four bytes"));
            String::from_utf8(take(length as usize).to_vec()).expect("text")
        });
        rows.insert(row.collect());
    }
    rows
}

#[tokio::test]
async fn keys_of_before_are_exported_as_the_reader_writes_them() {
    let mut works = Works::new("mode = 'append'\nkey = ['codigo', 'monto', 'dia']").await;
    let (first, _) = works.append("enero", &[(2, Some("ñ"), 1, Some("1970-01-11")), (3, None, 2, None)], &[]).await;
    works.append("febrero", &[(2, Some("b"), 3, None)], &[]).await;
    let previous = works.previous().await.expect("a release");
    let row = |texts: [&str; 3]| texts.map(str::to_owned).to_vec();
    let all = [row(["", "2", ""]), row(["b", "3", ""]), row(["ñ", "1", "1970-01-11"])];
    for (without, expected) in [(vec![], &all[..]), (vec![first], &all[1..2])] {
        let stream = release::export_keys(&mut works.connection, &works.contract, &previous, &without).await;
        let pieces: Vec<_> = stream.expect("a stream").try_collect().await.expect("its pieces");
        assert_eq!(rows_of(&pieces.concat(), 3), expected.iter().cloned().collect());
    }
}

#[tokio::test]
async fn the_mends_of_a_file_come_in_order_with_the_rows_their_runs_refused() {
    let mut works = Works::new("mode = 'replace'").await;
    let claim = works.claim().await;
    ledger::note_source(&mut works.connection, &claim, "uno", 1, "uno.csv").await.expect("ours");
    let reject = |source_row| Reject {
        source_row,
        raw: json!([]),
        reasons: json!([]),
        lon: (source_row == 5).then_some(-72.0),
        lat: (source_row == 5).then_some(-36.5),
    };
    let rejects = [reject(9), reject(5)];
    release::keep_rejects(&mut works.connection, claim.run, claim.fence, &rejects).await.expect("kept");
    release::keep_rejects(&mut works.connection, claim.run, claim.fence - 1, &[reject(77)]).await.expect("kept");
    assert_eq!(works.query("select lon, lat from rejects where source_row = 5"), "-72|-36.5");

    let obras = DatasetId::parse("obras").expect("an id");
    assert_eq!(mend::of_source(&mut works.connection, &obras, "uno").await.expect("a query"), []);
    works.query("insert into source_files (sha256, bytes, origin) values ('m1', 1, ''), ('m2', 1, ''), ('dos', 1, '')");
    works.query(&format!(
        "insert into mends (dataset_id, source_sha, mend_sha, run_id, requested_by)
         values ('obras', 'uno', 'm1', {0}, 'test'), ('obras', 'dos', 'm1', {0}, 'test'), ('obras', 'uno', 'm2', {0}, 'test')",
        claim.run
    ));
    let mends = mend::of_source(&mut works.connection, &obras, "uno").await.expect("a query");
    let told: Vec<_> = mends.iter().map(|mend| (mend.mend_sha.as_str(), mend.rows.as_slice())).collect();
    assert_eq!(told, [("m1", &[5, 9][..]), ("m2", &[5, 9][..])]);

    mend::forget(&mut works.connection, mends[1].id).await.expect("forgotten");
    let left = mend::of_source(&mut works.connection, &obras, "uno").await.expect("a query");
    assert_eq!(left, mends[..1]);
}

#[tokio::test]
async fn a_view_of_others_stops_a_change_of_columns_and_is_named() {
    let mut works = Works::new("mode = 'replace'").await;
    let claim = works.claim().await;
    let release = works.filled(&claim, "uno", &[(2, Some("a"), 1, None)]).await;
    let edition = works.publish(&claim, &release, 0).await;
    works.query("create view public.\"Total\" as select sum(monto) as monto from layers.obras");
    works.query("create materialized view public.dias as select dia from layers.obras");

    works.contract.columns.remove(0);
    let claim = works.claim().await;
    let new = NewRelease { claim: &claim, contract: &works.contract, contract_sha: "b", source_sha: None, mends: &[] };
    let changed = release::register(&mut works.connection, &new).await.expect("a number");
    let table = Filling::begin(&mut works.connection, &changed, &works.contract).await.expect("a table");
    table.commit().await.expect("a table");
    let mut second = works.database.pool().acquire().await.expect("a connection");
    release::finish([&mut works.connection, &mut second], &changed, &works.contract, Closing::default())
        .await
        .expect("a release");
    let base = works.current().await;
    let candidate = Candidate {
        base: base.as_ref(),
        releases: std::slice::from_ref(&changed),
        accounting: None,
        report: &json!({}),
        note: "Prueba",
    };
    let error = publish(&mut works.connection, &claim, &candidate).await.expect_err("a view is in the way");
    let DbError::DependentViews { dataset, views } = error else { panic!("{error}") };
    assert_eq!((dataset.as_str(), views), ("obras", vec!["\"Total\"".to_owned(), "dias".to_owned()]));
    assert_eq!(works.current().await.map(|edition| edition.id), Some(edition), "nothing was published");
    assert_eq!(works.query("select monto from \"Total\""), "1");
}

/// PostgreSQL takes 100 arguments in one call, and a sheet of months has more columns of money than half of that.
#[tokio::test]
async fn more_columns_are_summed_than_a_function_takes_arguments() {
    let mut works = Works::new("mode = 'replace'").await;
    let months = (0..120).map(|month| format!("[[column]]\nname = 'm{month}'\ntype = 'int'\nsum = true\n"));
    works.contract = Contract::parse(&format!(
        "id = 'obras'\ntitle = 'Prueba'\ntheme = 'Prueba'\nowner = 'Pruebas'\nlicence = 'CC0-1.0'\n\
         [source]\npath = 'obras.csv'\nformat = 'csv'\n{}",
        months.collect::<String>()
    ))
    .expect("a contract");
    let claim = works.claim().await;
    let new = NewRelease { claim: &claim, contract: &works.contract, contract_sha: "a", source_sha: None, mends: &[] };
    let release = release::register(&mut works.connection, &new).await.expect("a number");
    let table = Filling::begin(&mut works.connection, &release, &works.contract).await.expect("a table");
    table.commit().await.expect("a table");
    works.query(&format!(
        "insert into {} (source_row, m0, m49, m50, m119) values (2, 1, 2, 3, 4), (3, 10, 20, 30, 40)",
        release.table
    ));
    let mut second = works.database.pool().acquire().await.expect("a connection");
    let (rows, sums) =
        release::finish([&mut works.connection, &mut second], &release, &works.contract, Closing::default())
            .await
            .expect("a release");
    assert_eq!((rows, sums.as_object().map(serde_json::Map::len)), (2, Some(120)));
    assert_eq!([&sums["m0"], &sums["m49"], &sums["m50"], &sums["m119"], &sums["m1"]], ["11", "22", "33", "44", "0"]);
}
