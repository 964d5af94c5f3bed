//! Editions nobody needs any more go, whole; those that somebody names stay.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use goreos_tests::{Installation, OBRAS, Process, obras, until};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_mins(1);

/// What makes the scheduler's runs one a day.
const TODAY: &str = "'retention:' || (now() at time zone 'America/Santiago')::date";

/// Five editions of `obras`, all of them old, beside one of `otras` that all but the first share.
struct Old {
    _worker: Process,
    scheduler: Option<Process>,
    installation: Installation,
}

impl Old {
    async fn new() -> Self {
        let installation = Installation::new()
            .await
            .with_dataset("obras", OBRAS)
            .with_dataset("otras", &OBRAS.replace("\"obras\"", "\"otras\"").replace("obras.csv", "otras.csv"));
        installation.write("obras", "obras.csv", obras(1..51));
        installation.write("otras", "otras.csv", obras(1..11));
        installation.register().await;
        let (worker, scheduler) = (installation.worker(), installation.scheduler());
        let published = async |dataset: &str, edition: i64| {
            let run = installation.ingest(&[dataset]).await;
            assert_eq!(run.edition, Some(edition), "{run:?}");
        };
        published("obras", 1).await;
        published("otras", 2).await;
        for edition in 3..=5 {
            installation.write("obras", "obras.csv", obras(1..50 + u32::try_from(edition).expect("a small number")));
            published("obras", edition).await;
        }
        let old = Self { _worker: worker, scheduler: Some(scheduler), installation };
        old.exports_are_over().await;
        // As if the day's run were over, so that only the test lets go of anything.
        old.installation.query(&format!(
            "insert into runs (job, trigger, requested_by, dedupe_key, state) values ('retention', 'schedule', 'test', {TODAY}, 'unchanged')"
        ));
        old
    }

    /// Lets the scheduler ask for the day's run.
    fn a_new_day(&self) {
        self.installation.query(&format!("delete from runs where dedupe_key = {TODAY}"));
    }

    /// The files of the releases are written.
    async fn exports_are_over(&self) {
        let open = "select count(*) from runs where job = 'exports' and state in ('queued', 'running')";
        until("the files are written", PATIENCE, async || (self.installation.number(open) == 0).then_some(())).await;
    }

    /// As if everything had been published so many days earlier.
    fn age(&self, days: u32) {
        self.installation.query(&format!("update editions set created_at = created_at - interval '{days} days'"));
    }

    /// The retention run of a person, and its log.
    async fn retention(&self, args: &[&str]) -> (Value, String) {
        let output = self.installation.goreos(&[&["--json", "retention"], args].concat()).await;
        assert!(output.success, "{output:?}");
        let run: Value = serde_json::from_str(output.stdout.trim()).expect("a run");
        let log = self
            .installation
            .query(&format!("select string_agg(message, ' ' order by id) from run_log where run_id = {}", run["id"]));
        (run, log)
    }

    /// The editions that a retention would let go of now.
    async fn would_go(&self, args: &[&str]) -> Vec<(i64, Vec<i64>)> {
        let output = self.installation.goreos(&[&["--json", "retention", "--dry-run"], args].concat()).await;
        let lines = output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("an edition"));
        lines
            .map(|line| {
                let releases =
                    line["releases"].as_array().expect("releases").iter().filter_map(Value::as_i64).collect();
                (line["edition"].as_i64().expect("a number"), releases)
            })
            .collect()
    }

    /// The release of a dataset in an edition.
    fn release(&self, dataset: &str, edition: i64) -> i64 {
        self.installation.number(&format!(
            "select release_id from edition_releases where edition_id = {edition} and dataset_id = '{dataset}'"
        ))
    }

    fn has_table(&self, dataset: &str, release: i64) -> bool {
        self.installation.query(&format!("select to_regclass('releases.{dataset}_{release}') is not null")) == "t"
    }

    fn dropped(&self) -> String {
        self.installation.query(
            "select coalesce(string_agg(id::text, ',' order by id), '') from editions where dropped_at is not null",
        )
    }
}

#[tokio::test]
async fn what_was_in_force_within_the_days_stays_and_what_is_older_goes_whole() {
    let mut old = Old::new().await;
    old.scheduler = None;
    // Nothing of today goes, however few the days.
    assert_eq!(old.would_go(&["--days", "1"]).await, []);
    old.age(400);
    let (first, fourth) = (old.release("obras", 1), old.release("obras", 4));
    let others = old.release("otras", 2);
    assert_eq!(
        old.would_go(&[]).await.iter().map(|(edition, _)| *edition).collect::<Vec<_>>(),
        [1, 2, 3, 4],
        "all but the current one"
    );
    assert_eq!(old.would_go(&["--days", "500"]).await, []);
    // The fourth was in force until yesterday: somebody may have cited it.
    old.installation.query("update editions set created_at = now() - interval '1 day' where id = 5");
    let going = old.would_go(&[]).await;
    assert_eq!(going.iter().map(|(edition, _)| *edition).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(going[1], (2, vec![first]), "a table goes with the last edition that holds it");
    assert!(old.has_table("obras", first), "to be told is not to go");

    old.a_new_day();
    let _scheduler = old.installation.scheduler();
    let ended = "select count(*) from runs where job = 'retention' and state = 'published'";
    until("the scheduler asks by itself", PATIENCE, async || (old.installation.number(ended) == 1).then_some(())).await;
    assert_eq!(old.dropped(), "1,2,3");
    assert!(!old.has_table("obras", first) && old.has_table("obras", fourth) && old.has_table("otras", others));
    let kept = "select count(*) from releases where dropped_at is null and built_at is not null";
    assert_eq!(old.installation.number(kept), 3, "obras of 4 and 5, and otras of all");
    assert_eq!(old.installation.number("select count(*) from releases"), 5, "the catalogue keeps the history");
    let said = old
        .installation
        .query("select actor || ' ' || edition_id from audit where action = 'drop' order by edition_id");
    assert_eq!(said, "scheduler 1\nscheduler 2\nscheduler 3");
    let log = old.installation.query("select string_agg(message, ' ' order by l.id) from run_log l join runs r on r.id = l.run_id where r.job = 'retention'");
    assert!(log.contains("Edición 2 retirada") && log.contains(&format!("obras (versión {first}, 50 filas)")), "{log}");
}

#[tokio::test]
async fn what_a_tag_a_document_or_a_waiting_run_names_stays() {
    let old = Old { scheduler: None, ..Old::new().await };
    let installation = &old.installation;
    let tagged = installation.goreos(&["tag", "1", "cuenta-publica-2025"]).await;
    assert!(tagged.success, "{tagged:?}");
    installation.query(
        "insert into documents (run_id, kind, title, cut, edition_id, object_key, file_name, media_type, bytes, sha256, requested_by)
         values (1, 'comuna', 'Ficha', '16101', 2, 'x', 'x.pdf', 'application/pdf', 1, 'x', 'test')",
    );
    installation.query(
        "update runs set state = 'awaiting_approval', held_release = (select max(id) from releases), report = '{\"gate\": {\"base\": 3}}'
         where id = (select max(id) from runs where job = 'ingest')",
    );
    old.age(400);
    assert_eq!(old.would_go(&[]).await.iter().map(|(edition, _)| *edition).collect::<Vec<_>>(), [4]);

    let untagged = installation.goreos(&["untag", "cuenta-publica-2025"]).await;
    assert!(untagged.success, "{untagged:?}");
    assert_eq!(old.would_go(&[]).await.iter().map(|(edition, _)| *edition).collect::<Vec<_>>(), [1, 4]);
    let trail = installation.query(
        "select action || ' ' || comment || ' ' || edition_id from audit where action in ('tag', 'untag') order by id",
    );
    assert_eq!(trail, "tag cuenta-publica-2025 1\nuntag cuenta-publica-2025 1");
}

#[tokio::test]
async fn names_of_editions_are_checked_and_never_moved_in_silence() {
    let old = Old::new().await;
    let installation = &old.installation;
    let code = async |args: &[&str]| {
        let output = installation.goreos(&[&["--json"], args].concat()).await;
        let line: Value = serde_json::from_str(output.stdout.trim()).unwrap_or_default();
        line["error"]["code"].as_str().unwrap_or(if output.success { "" } else { "?" }).to_owned()
    };
    assert_eq!(code(&["tag", "1", "Cuenta Pública"]).await, "tag.bad_name");
    assert_eq!(code(&["tag", "99", "cuenta"]).await, "edition.unknown");
    assert_eq!(code(&["tag", "1", "cuenta"]).await, "");
    assert_eq!(code(&["tag", "1", "cuenta"]).await, "", "the same name again is no mistake");
    assert_eq!(code(&["tag", "2", "cuenta"]).await, "tag.taken");
    assert_eq!(code(&["untag", "nada"]).await, "tag.unknown");
    old.age(400);
    old.retention(&[]).await;
    assert_eq!(code(&["tag", "2", "tarde"]).await, "edition.dropped");
    assert_ne!(code(&["rollback", "2"]).await, "", "a dropped edition cannot come back");
}

#[tokio::test]
async fn readers_of_a_dropped_edition_are_told_in_words() {
    let old = Old::new().await;
    let (installation, web) = (&old.installation, old.installation.web().await);
    let first = old.release("obras", 1);
    let file = installation.query(&format!(
        "select '/descargas/obras/{first}/' || file_name from exports where release_id = {first} and format = 'csv'"
    ));
    let objects = |release: i64| {
        let keys = installation
            .query(&format!("select object_key from exports where release_id = {release} and object_key is not null"));
        keys.lines().map(|key| installation.objects().join(key)).collect::<Vec<_>>()
    };
    let (gone, kept) = (objects(first), objects(old.release("obras", 5)));
    assert!(!gone.is_empty() && gone.iter().chain(&kept).all(|object| object.is_file()), "{gone:?}");
    assert_eq!(web.get(&file).await.status, 200, "{file}");

    old.age(400);
    old.retention(&[]).await;
    assert_eq!(old.dropped(), "1,2,3,4");
    for address in [
        "/?edicion=1",
        "/tableros/inversion?edicion=2",
        "/comunas/16101?edicion=1",
        "/procedencia/obras?cifra=filas&edicion=1",
        file.as_str(),
    ] {
        let answer = web.get(address).await;
        assert_eq!(answer.status, 410, "{address}");
        assert!(answer.text().contains("retir"), "{address} says why");
    }
    let page = web.get("/ediciones/1").await;
    assert_eq!(page.status, 200, "what it held stays known");
    assert!(page.text().contains("Los datos de esta edición se retiraron"), "its page says so");
    assert_eq!(web.get("/?edicion=5").await.status, 200);
    assert!(gone.iter().all(|object| !object.exists()), "its files are gone");
    assert!(kept.iter().all(|object| object.is_file()), "those of the current edition are not");
    assert_eq!(installation.number(&format!("select count(*) from exports where release_id = {first}")), 0);
}

#[tokio::test]
async fn a_table_that_somebody_reads_stays_until_the_next_time() {
    let old = Old { scheduler: None, ..Old::new().await };
    let _scheduler = old.installation.scheduler();
    let first = old.release("obras", 1);
    let mut other = Command::new("psql")
        .args(["-qtAX", "-v", "ON_ERROR_STOP=1", old.installation.database_url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("psql is installed");
    let (mut say, hear) = (other.stdin.take().expect("a pipe"), other.stdout.take().expect("a pipe"));
    say.write_all(format!("begin; select count(*) from releases.obras_{first};\n").as_bytes()).expect("psql listens");
    let mut heard = String::new();
    BufReader::new(hear).read_line(&mut heard).expect("psql answers");
    assert_eq!(heard.trim(), "50");

    old.installation.query(
        "insert into edition_tags (name, edition_id, created_by) values ('tres', 3, 'test'), ('cuatro', 4, 'test')",
    );
    old.age(400);
    let (_, log) = old.retention(&[]).await;
    assert!(log.contains("La edición 2 no se retiró: alguien usa sus tablas"), "{log}");
    assert!(old.has_table("obras", first));
    assert_eq!(old.dropped(), "1", "the first alone frees no table, so nothing held it back");

    say.write_all(b"commit;\n").expect("psql listens");
    drop(say);
    assert!(other.wait().expect("psql ends").success());
    old.retention(&[]).await;
    assert_eq!(old.dropped(), "1,2");
    assert!(!old.has_table("obras", first));
}

#[tokio::test]
async fn files_that_a_dead_worker_left_behind_go_the_next_time() {
    let old = Old::new().await;
    let installation = &old.installation;
    old.age(400);
    old.retention(&[]).await;
    // As if the worker had died after the tables and before the files.
    let first = old.release("obras", 1);
    let key = format!("exports/{first}/obras.csv");
    let object = installation.objects().join(&key);
    std::fs::create_dir_all(object.parent().expect("a folder")).expect("made");
    std::fs::write(&object, "codigo\n").expect("written");
    installation.query(&format!(
        "insert into exports (release_id, format, run_id, file_name, media_type, object_key, bytes, sha256)
         values ({first}, 'csv', 1, 'obras.csv', 'text/csv', '{key}', 7, 'x')"
    ));
    let (run, log) = old.retention(&[]).await;
    assert_eq!(run["state"], "published");
    assert!(log.contains("Se borraron 1 archivo"), "{log}");
    assert!(!object.exists());
    assert_eq!(installation.number(&format!("select count(*) from exports where release_id = {first}")), 0);
    let (run, log) = old.retention(&[]).await;
    assert_eq!((run["state"].as_str(), log.as_str()), (Some("unchanged"), "No hay ediciones que retirar."));
}

#[tokio::test]
async fn two_schedulers_ask_once_a_day_and_not_at_all_when_nothing_is_old() {
    let old = Old::new().await;
    let installation = &old.installation;
    let _second = installation.scheduler();
    old.age(400);
    old.a_new_day();
    let ended = "select count(*) from runs where job = 'retention' and state = 'published'";
    until("the day's run ends", PATIENCE, async || (installation.number(ended) == 1).then_some(())).await;
    assert_eq!(installation.number("select count(*) from runs where job = 'retention'"), 1);
    assert_eq!(old.dropped(), "1,2,3,4");
}
