//! Schema `layers` as QGIS and the like meet it: a login that belongs to the group, and nothing more.

use goreos_db::catalogue::{self, Dataset};
use goreos_db::ledger::{self, NewRun};
use goreos_db::release::{self, Closing, Filling, NewRelease};
use goreos_db::{Candidate, DbError, Edition, Pool, RolledBack, layers, publish, rollback};
use goreos_domain::{Contract, DatasetId, EditionId, Job, ReleaseId, Trigger};
use goreos_testkit::Database;
use serde_json::json;

/// A platform with datasets of points, and a person who may read its layers.
struct Layers {
    connection: sqlx::pool::PoolConnection<sqlx::Postgres>,
    reader: Pool,
    database: Database,
}

impl Layers {
    async fn new() -> Self {
        let database = Database::new().await;
        let connection = database.pool().acquire().await.expect("a connection");
        // `./dev services` makes this login: a member of goreos_layers, with the password of the platform's own role.
        let (scheme, rest) = database.url().split_once("://").expect("an address");
        let (_, rest) = rest.split_once(':').expect("a user and a password");
        let url = format!("{scheme}://goreos_reader:{rest}");
        let reader =
            goreos_db::connect(&url.into(), 2).await.expect("the reader of the layers (run ./dev services again)");
        Self { connection, reader, database }
    }

    /// Publishes a release of a dataset with so many points in a grid around Chillán.
    async fn publish(&mut self, contract: &Contract, points: i64) -> Result<ReleaseId, DbError> {
        let dataset = Dataset { contract: contract.clone(), contract_sha: "a".to_owned(), query: None };
        catalogue::register(&mut self.connection, &dataset, 0, None).await?;
        let run = NewRun {
            job: Job::Ingest,
            dataset: Some(DatasetId::parse(contract.id.as_str()).expect("an id")),
            args: json!({}),
            trigger: Trigger::Manual,
            requested_by: "test".into(),
            dedupe_key: None,
            max_attempts: 1,
        };
        let run = ledger::request(&mut self.connection, &run).await?;
        let claim = ledger::claim(&mut self.connection, run, "worker", 60).await?.expect("it is to be had");
        let new = NewRelease { claim: &claim, contract, contract_sha: "a", source_sha: None, mends: &[] };
        let release = release::register(&mut self.connection, &new).await?;
        Filling::begin(&mut self.connection, &release, contract).await?.commit().await?;
        let extra = if contract.column("extra").is_some() { ", extra" } else { "" };
        self.database.query(&format!(
            "insert into {} (source_row, codigo{extra}, geom)
             select n + 1, 'P' || n{}, st_setsrid(st_point(-72.5 + (n % 250) * 0.004, -37 + (n / 250) * 0.004), 4326)
             from generate_series(1, {points}) n",
            release.table,
            if extra.is_empty() { "" } else { ", 'x'" },
        ));
        let mut second = self.database.pool().acquire().await.expect("a connection");
        release::finish([&mut self.connection, &mut second], &release, contract, Closing::default()).await?;
        let base = Edition::current(&mut self.connection).await?;
        let candidate = Candidate {
            base: base.as_ref(),
            releases: std::slice::from_ref(&release),
            accounting: None,
            report: &json!({}),
            note: "Prueba",
        };
        publish(&mut self.connection, &claim, &candidate).await?;
        Ok(release.id)
    }

    /// What the reader is answered.
    async fn reads<T>(&self, sql: &'static str) -> Result<T, sqlx::Error>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(sql).fetch_one(&self.reader).await
    }

    /// The code of the refusal.
    async fn refused(&self, sql: &'static str) -> String {
        let error = sqlx::query(sql).execute(&self.reader).await.expect_err(sql);
        error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .expect("a refusal of the server")
            .into_owned()
    }
}

fn contract(id: &str, access: &str, columns: &[&str]) -> Contract {
    let column = |name: &&str| format!("[[column]]\nname = '{name}'\ntype = 'text'\nrequired = true\n");
    let columns = columns.iter().map(column).collect::<Vec<_>>().concat();
    let text = format!(
        "id = '{id}'\ntitle = 'Prueba'\ntheme = 'Prueba'\nowner = 'Pruebas'\nlicence = 'CC0-1.0'\naccess = {access}\n\
         [source]\npath = 'a.zip'\nformat = 'shapefile'\n{columns}\
         [place]\ngeometry = {{ from = 'file', crs = 'EPSG:4326', type = 'point' }}\n"
    );
    Contract::parse(&text).expect("a contract")
}

const INSUFFICIENT_PRIVILEGE: &str = "42501";
const UNDEFINED_TABLE: &str = "42P01";

#[tokio::test]
async fn a_reader_of_the_layers_reads_public_ones_and_nothing_else() {
    let mut layers = Layers::new().await;
    layers.publish(&contract("obras", "'public'", &["codigo"]), 10).await.expect("published");
    layers.publish(&contract("fichas", "['datos']", &["codigo"]), 10).await.expect("published");
    assert_eq!(layers.reads::<i64>("select count(*) from layers.obras").await.expect("allowed"), 10);
    for (sql, code) in [
        ("insert into layers.obras (source_row, codigo) values (99, 'x')", INSUFFICIENT_PRIVILEGE),
        ("delete from layers.obras", INSUFFICIENT_PRIVILEGE),
        ("drop view layers.obras", INSUFFICIENT_PRIVILEGE),
        ("create view layers.mia as select 1", INSUFFICIENT_PRIVILEGE),
        ("create table mia (a int)", INSUFFICIENT_PRIVILEGE),
        ("select from releases.obras_1", INSUFFICIENT_PRIVILEGE),
        ("select from runs", INSUFFICIENT_PRIVILEGE),
        ("select from source_files", INSUFFICIENT_PRIVILEGE),
        ("select from audit", INSUFFICIENT_PRIVILEGE),
        ("select from layers.fichas", UNDEFINED_TABLE),
    ] {
        assert_eq!(layers.refused(sql).await, code, "{sql}");
    }
}

#[tokio::test]
async fn a_layer_that_is_public_no_more_disappears() {
    let mut layers = Layers::new().await;
    layers.publish(&contract("obras", "'public'", &["codigo"]), 10).await.expect("published");
    layers.publish(&contract("obras", "['datos']", &["codigo"]), 10).await.expect("published");
    assert_eq!(layers.refused("select from layers.obras").await, UNDEFINED_TABLE);
    layers.publish(&contract("obras", "'public'", &["codigo"]), 11).await.expect("published");
    assert_eq!(layers.reads::<i64>("select count(*) from layers.obras").await.expect("allowed"), 11);
}

#[tokio::test]
async fn a_window_of_a_large_layer_is_found_by_its_spatial_index_and_its_geometry_is_known_by_type() {
    let mut layers = Layers::new().await;
    layers.publish(&contract("obras", "'public'", &["codigo"]), 50_000).await.expect("published");
    let plan: Vec<String> = sqlx::query_scalar(
        "explain select codigo, geom from layers.obras where geom && st_makeenvelope(-72.1, -36.9, -72.0, -36.8, 4326)",
    )
    .fetch_all(&layers.reader)
    .await
    .expect("a plan");
    assert!(plan.iter().any(|line| line.contains("obras_1_geom")), "{plan:#?}");
    assert!(!plan.iter().any(|line| line.contains("Seq Scan")), "{plan:#?}");
    let found = "select count(*) from layers.obras where geom && st_makeenvelope(-72.1, -36.9, -72.0, -36.8, 4326)";
    assert!((600..700).contains(&layers.reads::<i64>(found).await.expect("allowed")));

    let known = "select type || ' ' || srid || ' ' || coord_dimension from geometry_columns
                 where f_table_schema = 'layers' and f_table_name = 'obras' and f_geometry_column = 'geom'";
    assert_eq!(layers.reads::<String>(known).await.expect("listed for the reader"), "POINT 4326 2");
}

#[tokio::test]
async fn the_view_follows_every_publish_and_rollback() {
    let mut layers = Layers::new().await;
    let count = "select count(*) from layers.obras";
    layers.publish(&contract("obras", "'public'", &["codigo"]), 10).await.expect("published");
    layers.publish(&contract("obras", "'public'", &["codigo"]), 20).await.expect("published");
    assert_eq!(layers.reads::<i64>(count).await.expect("allowed"), 20);
    // Other columns: the view is made anew, and is as open as before.
    layers.publish(&contract("obras", "'public'", &["codigo", "extra"]), 30).await.expect("published");
    assert_eq!(layers.reads::<i64>(count).await.expect("allowed"), 30);
    let back = rollback(&mut layers.connection, EditionId(1), "test", "").await.expect("rolled back");
    assert_eq!(back, RolledBack::Done(EditionId(4)));
    assert_eq!(layers.reads::<i64>(count).await.expect("allowed"), 10);
}

#[tokio::test]
async fn a_view_that_others_built_on_a_layer_stops_a_publish_that_changes_its_columns_and_is_named() {
    let mut layers = Layers::new().await;
    layers.publish(&contract("obras", "'public'", &["codigo", "extra"]), 10).await.expect("published");
    layers.database.query("create schema otros; create view otros.resumen as select extra from layers.obras");
    // The same columns: theirs goes on, on the new rows.
    layers.publish(&contract("obras", "'public'", &["codigo", "extra"]), 20).await.expect("published");
    assert_eq!(layers.database.query("select count(*) from otros.resumen").trim(), "20");
    let refused = layers.publish(&contract("obras", "'public'", &["codigo"]), 30).await;
    let Err(DbError::DependentViews { dataset, views }) = refused else { panic!("{refused:?}") };
    assert_eq!((dataset.as_str(), views.as_slice()), ("obras", ["otros.resumen".to_owned()].as_slice()));
    assert_eq!(layers.reads::<i64>("select count(*) from layers.obras").await.expect("allowed"), 20, "nothing changed");
}

#[tokio::test]
async fn a_server_without_the_group_is_told_so_and_works_all_the_same() {
    let mut layers = Layers::new().await;
    layers.publish(&contract("obras", "'public'", &["codigo"]), 10).await.expect("published");
    for (group, exists) in [("nobody_made_this_group", false), (layers::READERS, true)] {
        assert_eq!(layers::open_to(&mut layers.connection, group).await.expect("a query"), exists, "{group}");
    }
}
