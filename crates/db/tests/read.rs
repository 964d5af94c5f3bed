//! Read models against a region of three comunas, written by hand in `region.sql`.

use goreos_db::read::{self, Amount, DashboardFilter, DocumentKey, Measure, Page, PlacedAt, RunFilter};
use goreos_db::{DbError, Edition};
use goreos_domain::{Cut, DatasetId, EditionId, Job, ReleaseId, RunId, RunState};
use goreos_testkit::Database;

struct Region {
    connection: sqlx::pool::PoolConnection<sqlx::Postgres>,
    edition: Edition,
    _database: Database,
}

impl Region {
    async fn new() -> Self {
        let database = Database::new().await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        sqlx::raw_sql(include_str!("region.sql")).execute(&mut *connection).await.expect("the region");
        let edition = Edition::load(&mut connection, EditionId(2)).await.expect("a query").expect("edition 2");
        Self { connection, edition, _database: database }
    }

    async fn run(&mut self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&mut *self.connection).await.expect("hand-written rows");
    }

    async fn dashboard(&mut self, filter: DashboardFilter) -> read::Dashboard {
        read::dashboard(&mut self.connection, &self.edition, &cut("16"), &filter).await.expect("a dashboard")
    }
}

fn cut(digits: &str) -> Cut {
    Cut::parse(digits).expect("a code")
}

fn sum(amount: i64, initiatives: i64) -> Amount {
    Amount { amount, initiatives }
}

fn first_page() -> Page {
    Page::numbered(1, 50)
}

#[tokio::test]
async fn the_map_shows_only_what_is_placed_in_one_comuna() {
    let dashboard = Region::new().await.dashboard(DashboardFilter::default()).await;
    let areas: Vec<_> =
        dashboard.areas.iter().map(|a| (a.name.as_str(), a.amount, a.initiatives, a.population)).collect();
    assert_eq!(areas, [("Ñipas", 200_000, 1, Some(100)), ("Quillón", 450_000, 3, Some(1200)), ("Ránquil", 0, 0, None)]);
    assert_eq!(dashboard.areas[1].amount_per_inhabitant, Some(375.0));
    assert_eq!(dashboard.areas[2].amount_per_inhabitant, None);
    assert_eq!(&dashboard.areas[0].geometry[..5], [1, 6, 0, 0, 0], "a little-endian multipolygon");

    assert_eq!(dashboard.totals.comunal, sum(650_000, 4));
    assert_eq!(dashboard.totals.provincial, sum(45_000, 2));
    assert_eq!(dashboard.totals.regional, sum(1_000_000, 1));
    assert_eq!(dashboard.totals.multi, sum(160_000, 2));
    assert_eq!(dashboard.totals.all(), sum(1_855_000, 9));

    let others: Vec<_> = dashboard.others.iter().map(|o| (o.level, o.name.as_str(), o.amount)).collect();
    assert_eq!(
        others,
        [
            (PlacedAt::Region, "REGIONAL", 1_000_000),
            (PlacedAt::Multi, "Quillón, Ránquil", 90_000),
            (PlacedAt::Multi, "Quillón - Ñipas", 70_000),
            (PlacedAt::Provincia, "DIGUILLÍN", 40_000),
            (PlacedAt::Provincia, "ITATA", 5_000),
        ]
    );
    assert_eq!(dashboard.others[1].cuts, [cut("16101"), cut("16201")]);
    assert_eq!(dashboard.others_left_out, 0);
}

#[tokio::test]
async fn a_province_leaves_out_what_reaches_beyond_it() {
    let filter = DashboardFilter { province: Some(cut("161")), ..DashboardFilter::default() };
    let dashboard = Region::new().await.dashboard(filter).await;
    assert_eq!(dashboard.areas.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Ñipas", "Quillón"]);
    assert_eq!(dashboard.others.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), ["Quillón - Ñipas", "DIGUILLÍN"]);
    assert_eq!(dashboard.totals.regional, Amount::default());
    assert_eq!(dashboard.totals.multi, sum(70_000, 1));
    assert_eq!(dashboard.totals.all(), sum(760_000, 6));
    assert_eq!(dashboard.choices.provinces.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Diguillín", "Itata"]);
}

#[tokio::test]
async fn the_year_filters_the_figures_but_not_the_series() {
    let filter = DashboardFilter { year: Some(2024), typology: Some("Salud".into()), province: None };
    let dashboard = Region::new().await.dashboard(filter).await;
    assert_eq!(dashboard.areas.iter().map(|a| a.amount).collect::<Vec<_>>(), [200_000, 50_000, 0]);
    assert_eq!(dashboard.totals.all(), sum(290_000, 3));
    let series: Vec<_> = dashboard.series.iter().map(|year| (year.year, year.totals.all())).collect();
    assert_eq!(series, [(2023, sum(5_000, 1)), (2024, sum(290_000, 3))]);
    assert_eq!(dashboard.choices.years, [2024, 2023]);
    assert_eq!(dashboard.choices.typologies, ["Salud", "Vialidad"]);
}

#[tokio::test]
async fn a_year_without_rows_is_a_zero_of_the_series_and_a_year_without_data_sums_to_nothing() {
    let mut region = Region::new().await;
    let filter = DashboardFilter { typology: Some("Salud".into()), province: Some(cut("161")), year: Some(1999) };
    let dashboard = region.dashboard(filter).await;
    assert_eq!(
        dashboard.series.iter().map(|y| (y.year, y.totals.all().amount)).collect::<Vec<_>>(),
        [(2023, 0), (2024, 290_000)]
    );
    assert_eq!(dashboard.totals.all(), Amount::default());
    assert_eq!(dashboard.areas.len(), 2, "the map is there all the same");
}

#[tokio::test]
async fn a_ranking_puts_comunas_without_a_value_last() {
    let dashboard = Region::new().await.dashboard(DashboardFilter::default()).await;
    let names = |measure| dashboard.ranking(measure).into_iter().map(|a| a.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names(Measure::Amount), ["Quillón", "Ñipas", "Ránquil"]);
    assert_eq!(names(Measure::AmountPerInhabitant), ["Ñipas", "Quillón", "Ránquil"]);
    assert_eq!(names(Measure::Initiatives), ["Quillón", "Ñipas", "Ránquil"]);
}

#[tokio::test]
async fn an_edition_without_the_indicator_says_so() {
    let mut region = Region::new().await;
    let first = Edition::load(&mut region.connection, EditionId(1)).await.expect("a query").expect("edition 1");
    let refused = read::dashboard(&mut region.connection, &first, &cut("16"), &DashboardFilter::default()).await;
    assert!(matches!(refused, Err(DbError::NotInEdition(dataset)) if dataset == "inversion_comunal"));
}

#[tokio::test]
async fn a_profile_sums_what_is_the_comunas_alone_and_lists_the_rest_apart() {
    let mut region = Region::new().await;
    let profile =
        read::profile(&mut region.connection, &region.edition, &cut("16101")).await.expect("a query").expect("Quillón");
    assert_eq!(
        (profile.comuna.name.as_str(), profile.province.name.as_str(), profile.region.name.as_str()),
        ("Quillón", "Diguillín", "Ñuble")
    );
    assert_eq!(profile.population.map(|p| (p.year, p.inhabitants)), Some((2024, 1200)));
    assert_eq!(profile.total, sum(450_000, 3));
    assert_eq!(profile.amount_per_inhabitant, Some(375.0));
    assert_eq!(
        profile.by_year.iter().map(|y| (y.year, y.amount, y.initiatives)).collect::<Vec<_>>(),
        [(2023, 100_000, 1), (2024, 350_000, 2)]
    );
    assert_eq!(
        profile.by_typology.iter().map(|t| (t.typology.as_str(), t.amount)).collect::<Vec<_>>(),
        [("Vialidad", 400_000), ("Salud", 50_000)]
    );
    let rank = profile.rank.expect("a year with data");
    assert_eq!((rank.year, rank.by_amount, rank.by_amount_per_inhabitant, rank.of), (2024, 1, Some(2), 3));
    assert_eq!(profile.initiatives.iter().map(|i| i.code.as_str()).collect::<Vec<_>>(), ["A2", "A1", "A3"]);
    assert_eq!(profile.shared.iter().map(|i| i.code.as_str()).collect::<Vec<_>>(), ["A8", "A7"]);
    assert_eq!(profile.shared_total, sum(160_000, 2));
    assert_eq!(profile.neighbours.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(), ["Ñipas"]);
    assert_eq!(
        profile.settlements.iter().map(|s| (s.name.as_str(), s.population)).collect::<Vec<_>>(),
        [("Cabecera", Some(900)), ("Aldea", None), ("Caserío", None)]
    );
    // A degree by a degree at 36.5 °S is 111.0 km by 89.6 km.
    assert!((profile.area_km2 / 9_942.0 - 1.0).abs() < 0.001, "{}", profile.area_km2);
}

#[tokio::test]
async fn a_rank_is_of_the_newest_year_alone() {
    let mut region = Region::new().await;
    region.run("insert into releases.inversion_comunal_5 values ('comuna', '16102', '{16102}', 'Ñipas', 2023, 'Salud', 1, 900000)").await;
    let profile = read::profile(&mut region.connection, &region.edition, &cut("16102")).await.expect("a query");
    let rank = profile.and_then(|profile| profile.rank).expect("a rank");
    assert_eq!((rank.year, rank.by_amount, rank.by_amount_per_inhabitant), (2024, 2, Some(1)));
}

#[tokio::test]
async fn what_is_shared_is_summed_whole_also_what_is_not_listed() {
    let mut region = Region::new().await;
    region
        .run(
            "insert into releases.inversiones_4 (source_row, codigo, anio, nombre, monto, territory_level, territory_cuts)
             select 100 + n, 'B' || n, 2024, 'Camino', 1000, 'multi', '{16101,16102}' from generate_series(1, 20) n",
        )
        .await;
    let profile =
        read::profile(&mut region.connection, &region.edition, &cut("16101")).await.expect("a query").expect("Quillón");
    assert_eq!(profile.shared.len(), 15);
    assert_eq!(profile.shared_total, sum(180_000, 22));
}

#[tokio::test]
async fn a_profile_without_people_or_investment_is_still_a_profile() {
    let mut region = Region::new().await;
    let profile =
        read::profile(&mut region.connection, &region.edition, &cut("16201")).await.expect("a query").expect("Ránquil");
    assert_eq!((profile.total, profile.population, profile.amount_per_inhabitant), (Amount::default(), None, None));
    assert_eq!(profile.rank.map(|r| (r.by_amount, r.by_amount_per_inhabitant)), Some((3, None)));
    assert_eq!(profile.shared.len(), 1);
}

#[tokio::test]
async fn there_is_no_profile_of_a_comuna_the_edition_does_not_know() {
    let mut region = Region::new().await;
    assert_eq!(read::profile(&mut region.connection, &region.edition, &cut("16999")).await.expect("a query"), None);
    assert_eq!(read::profile(&mut region.connection, &region.edition, &cut("161")).await.expect("a query"), None);
}

#[tokio::test]
async fn freshness_tells_the_edition_from_what_runs_did_since() {
    let mut region = Region::new().await;
    region
        .run(
            r#"insert into runs (id, job, dataset_id, trigger, requested_by, state, fault) overriding system value values
               (3, 'ingest', 'inversiones', 'manual', 'ana', 'failed',
                '{"code": "file.not_csv", "what": "No es un CSV", "place": "", "remedy": "Envíe otro", "retry": "give_up"}');
               insert into schedules values ('comunas', '0 2 * * *', 'America/Santiago', 'latest', now(), '2026-12-01')"#,
        )
        .await;
    let datasets = read::home(&mut region.connection, Some(&region.edition)).await.expect("a query");
    assert_eq!(
        datasets.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(),
        ["comunas", "poblacion", "localidades", "inversiones", "inversion_comunal"]
    );
    let [comunas, _, _, inversiones, derived] = &datasets[..] else { panic!("five datasets") };
    assert_eq!(comunas.release.as_ref().map(|r| (r.id, r.rows)), Some((ReleaseId(1), 4)));
    assert!(comunas.next_fire_at.is_some() && inversiones.next_fire_at.is_none());
    assert_eq!(
        (inversiones.title.as_str(), inversiones.example),
        ("Iniciativas", true),
        "as the contract said when it was built"
    );
    assert_eq!(inversiones.release.as_ref().and_then(|r| r.source.as_ref()).map(|s| s.sha256.as_str()), Some("bb22"));
    let failed = inversiones.last_run.as_ref().expect("its newest run");
    assert_eq!(
        (failed.state, failed.fault.as_ref().map(|f| f.code.as_str())),
        (RunState::Failed, Some("file.not_csv"))
    );
    assert!(derived.derived);
    assert_eq!(derived.last_run.as_ref().map(|run| run.id), Some(RunId(2)), "the run that built it");

    let before = read::home(&mut region.connection, None).await.expect("a query");
    assert!(before.iter().all(|d| d.release.is_none()));
    assert_eq!(before[3].title, "Iniciativas (hoy)");
}

#[tokio::test]
async fn sources_name_the_files_behind_the_figures() {
    let mut region = Region::new().await;
    let sources = read::sources(&mut region.connection, &region.edition, &["inversion_comunal", "inversiones", "nada"])
        .await
        .expect("a query");
    let lines: Vec<_> = sources
        .iter()
        .map(|s| (s.dataset.as_str(), s.release, s.example, s.source.as_ref().map(|f| f.origin.as_str())))
        .collect();
    assert_eq!(
        lines,
        [
            ("inversiones", ReleaseId(4), true, Some("inversiones.csv")),
            ("inversion_comunal", ReleaseId(5), false, None)
        ]
    );
    assert_eq!(sources[1].inputs, ["inversiones", "poblacion"]);
}

#[tokio::test]
async fn a_list_of_runs_is_filtered_and_paged() {
    let mut region = Region::new().await;
    let all = read::runs(&mut region.connection, &RunFilter::default(), first_page()).await.expect("a query");
    assert_eq!((all.total, all.items.iter().map(|r| r.id).collect::<Vec<_>>()), (2, vec![RunId(2), RunId(1)]));
    assert_eq!(all.items[0].dataset_title.as_deref(), Some("Iniciativas"));
    let filter = RunFilter {
        dataset: Some(DatasetId::parse("comunas").expect("an id")),
        state: Some(RunState::Published),
        job: Some(Job::Ingest),
    };
    let some = read::runs(&mut region.connection, &filter, first_page()).await.expect("a query");
    assert_eq!((some.total, some.items[0].id), (1, RunId(1)));
    let beyond = read::runs(&mut region.connection, &filter, Page::numbered(2, 50)).await.expect("a query");
    assert_eq!((beyond.total, beyond.items.len()), (1, 0));
    let files = RunFilter { job: Some(Job::Exports), ..RunFilter::default() };
    let none = read::runs(&mut region.connection, &files, first_page()).await.expect("a query");
    assert_eq!((none.total, none.items.len()), (0, 0), "both runs are loads");
}

#[tokio::test]
async fn a_run_shows_its_last_attempt_and_the_end_of_its_log() {
    let mut region = Region::new().await;
    region
        .run(
            "insert into run_phases (run_id, attempt, phase, started_at, rows) values
                 (2, 1, 'fetch', '2026-03-04 02:00', null), (2, 2, 'read', '2026-03-04 03:01', 12), (2, 2, 'fetch', '2026-03-04 03:00', null);
             insert into run_log (run_id, level, message) select 2, 'info', 'línea ' || n from generate_series(1, 503) n",
        )
        .await;
    let run = read::run(&mut region.connection, RunId(2)).await.expect("a query").expect("run 2");
    assert_eq!(
        run.phases.iter().map(|p| (p.phase.code(), p.rows)).collect::<Vec<_>>(),
        [("fetch", None), ("read", Some(12))]
    );
    assert_eq!((run.log.len(), run.log_left_out), (500, 3));
    assert_eq!((run.log[0].message.as_str(), run.log[499].message.as_str()), ("línea 4", "línea 503"));
    assert_eq!(
        run.releases.iter().map(|(dataset, release)| (dataset.as_str(), release.0)).collect::<Vec<_>>(),
        [("inversion_comunal", 5), ("inversiones", 4)]
    );
    assert_eq!(run.source.map(|s| s.bytes), Some(20));
    assert_eq!(read::run(&mut region.connection, RunId(99)).await.expect("a query"), None);
}

const REJECTS: &str = include_str!("rejects.sql");

#[tokio::test]
async fn rejects_are_grouped_by_cause_and_a_lost_attempt_leaves_no_trace() {
    let mut region = Region::new().await;
    region.run(REJECTS).await;
    let causes = read::causes(&mut region.connection, RunId(2)).await.expect("a query");
    let told: Vec<_> =
        causes.iter().map(|c| (c.code.as_str(), c.column.as_deref(), c.rows, c.first_rows.clone())).collect();
    assert_eq!(
        told,
        [
            ("money.unreadable", Some("monto"), 2, vec![9, 20]),
            ("place.unknown", Some("comuna"), 1, vec![9]),
            ("row.repeated", None, 1, vec![31])
        ]
    );
    assert_eq!((causes[0].reason.as_str(), causes[0].remedy.as_str()), ("«cien» no es un número", "corrija la celda"));
    assert_eq!(causes[0].samples, ["#REF!", "cien"]);
    assert!(causes[2].samples.is_empty());
    assert_eq!((causes[0].header.as_deref(), causes[1].header.as_deref()), (Some("MONTO"), None));
}

#[tokio::test]
async fn rejects_say_their_columns_and_where_they_lie() {
    let mut region = Region::new().await;
    region.run(REJECTS).await;
    let mut columns = read::reject_columns(&mut region.connection, RunId(2)).await.expect("a query");
    columns.sort_by(|one, other| one.column.cmp(&other.column));
    let told: Vec<_> = columns.iter().map(|c| (c.header.as_deref(), c.column.as_deref())).collect();
    assert_eq!(told, [(None, None), (None, Some("comuna")), (Some("MONTO"), Some("monto"))]);

    let all = read::reject_points(&mut region.connection, RunId(2), None, 10).await.expect("a query");
    assert_eq!(all.iter().map(|p| (p.source_row, p.lon, p.lat)).collect::<Vec<_>>(), [(20, -72.5, -36.5)]);
    let none = read::reject_points(&mut region.connection, RunId(2), Some("place.unknown"), 10).await.expect("a query");
    assert!(none.is_empty());

    let outlines = read::outlines(&mut region.connection, &region.edition, &cut("16")).await.expect("a query");
    assert_eq!(outlines.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), ["Quillón", "Ñipas", "Ránquil"]);
}

#[tokio::test]
async fn rejects_come_in_the_order_of_the_file_by_page_or_by_stretch() {
    let mut region = Region::new().await;
    region.run(REJECTS).await;
    let rows = |rejects: &[read::Reject]| rejects.iter().map(|r| r.source_row).collect::<Vec<_>>();
    let all = read::rejects(&mut region.connection, RunId(2), None, Page::numbered(1, 2)).await.expect("a query");
    assert_eq!((all.total, rows(&all.items)), (3, vec![9, 20]));
    assert_eq!((all.items[0].reasons.len(), all.items[0].raw[1].clone()), (2, ("COMUNA".into(), "Narnia".into())));
    let money =
        read::rejects(&mut region.connection, RunId(2), Some("money.unreadable"), first_page()).await.expect("a query");
    assert_eq!((money.total, rows(&money.items)), (2, vec![9, 20]));
    let rest = read::rejects_after(&mut region.connection, RunId(2), 9).await.expect("a query");
    assert_eq!(rows(&rest), [20, 31]);
}

#[tokio::test]
async fn an_edition_says_what_it_changed() {
    let mut region = Region::new().await;
    let editions = read::editions(&mut region.connection, first_page()).await.expect("a query");
    assert_eq!((editions.total, editions.items.iter().map(|e| e.id.0).collect::<Vec<_>>()), (3, vec![4, 2, 1]));
    let changes = |index: usize| -> Vec<_> {
        let changes = &editions.items[index].changes;
        changes.iter().map(|c| (c.dataset.as_str(), c.before.map(|r| r.0), c.after.map(|r| r.0))).collect()
    };
    assert_eq!(changes(2), [("comunas", None, Some(1)), ("poblacion", None, Some(2)), ("localidades", None, Some(3))]);
    assert_eq!(
        changes(1),
        [("poblacion", Some(2), Some(6)), ("inversiones", None, Some(4)), ("inversion_comunal", None, Some(5))]
    );
    assert_eq!(
        changes(0),
        [("poblacion", Some(6), Some(2)), ("inversiones", Some(4), None), ("inversion_comunal", Some(5), None)]
    );
    assert_eq!(editions.items[0].run, None, "a rollback has no run");

    let held = read::held_releases(&mut region.connection, EditionId(2)).await.expect("a query");
    assert_eq!(
        held.iter().map(|h| (h.provenance.release.0, h.run.0)).collect::<Vec<_>>(),
        [(1, 1), (6, 1), (3, 1), (4, 2), (5, 2)]
    );
    let second = read::edition_line(&mut region.connection, EditionId(2)).await.expect("a query");
    assert_eq!(second.as_ref(), editions.items.get(1));
    assert_eq!(read::edition_line(&mut region.connection, EditionId(3)).await.expect("a query"), None);
}

#[tokio::test]
async fn a_report_is_pending_until_its_document_is_there() {
    let mut region = Region::new().await;
    region
        .run(
            r#"insert into runs (id, job, trigger, requested_by, state, args) overriding system value values
                   (10, 'report', 'manual', 'ana', 'failed', '{"kind": "comuna", "cut": "16101", "edition": 2}'),
                   (11, 'report', 'manual', 'ana', 'queued', '{"kind": "comuna", "cut": "16101", "edition": 2}'),
                   (12, 'report', 'manual', 'ana', 'published', '{"kind": "comuna", "cut": "16102", "edition": 2}'),
                   (13, 'report', 'manual', 'ana', 'cancelled', '{"kind": "comuna", "cut": "16201", "edition": 2}'),
                   (14, 'report', 'manual', 'ana', 'failed', '{"kind": "comuna", "cut": "16102", "edition": 2}');
               insert into documents (run_id, kind, title, cut, edition_id, object_key, file_name, media_type, bytes, sha256, requested_by) values
                   (12, 'comuna', 'Ficha de Ñipas', '16102', 2, 'documents/1', 'ficha.pdf', 'application/pdf', 100, 'cc', 'ana')"#,
        )
        .await;
    let pending = read::pending_reports(&mut region.connection).await.expect("a query");
    assert_eq!(pending.iter().map(|p| (p.run.0, p.state)).collect::<Vec<_>>(), [(11, RunState::Queued)]);
    let asked = DocumentKey { kind: "comuna".into(), cut: cut("16101"), edition: EditionId(2) };
    assert_eq!(read::pending_report(&mut region.connection, &asked).await.expect("a query").as_ref(), pending.first());
    assert_eq!(read::document_for(&mut region.connection, &asked).await.expect("a query"), None);

    let made = DocumentKey { cut: cut("16102"), ..asked };
    assert_eq!(read::pending_report(&mut region.connection, &made).await.expect("a query"), None);
    let document = read::document_for(&mut region.connection, &made).await.expect("a query").expect("the document");
    let documents = read::documents(&mut region.connection, first_page()).await.expect("a query");
    assert_eq!((documents.total, documents.items.first()), (1, Some(&document)));
    assert_eq!(read::document(&mut region.connection, document.id).await.expect("a query"), Some(document));
    assert_eq!(read::document(&mut region.connection, 999).await.expect("a query"), None);
}
