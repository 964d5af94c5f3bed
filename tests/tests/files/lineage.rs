//! What a release takes over from those before it, when contracts change, files come again, or somebody rolls back.

use std::time::Duration;

use goreos_tests::{Installation, OBRAS, Process, obras, until};

/// A dataset `obras` of a mode, without its gate.
struct Dataset {
    worker: Process,
    _scheduler: Process,
    installation: Installation,
}

fn contract(load: &str) -> String {
    let contract = OBRAS.replace("[load]\n", &format!("[load]\n{load}\n"));
    contract.split("[gate]").next().expect("a contract before its gate").to_owned()
}

impl Dataset {
    async fn new(load: &str) -> Self {
        let installation = Installation::new().await.with_dataset("obras", &contract(load));
        installation.register().await;
        let (worker, scheduler) = (installation.worker(), installation.scheduler());
        Self { worker, _scheduler: scheduler, installation }
    }

    /// Loads a file; gives its run's number and end.
    async fn load(&self, name: &str, text: &str, more: &[&str]) -> (i64, String) {
        let file = self.installation.write("obras", name, text).display().to_string();
        let run = self.installation.ingest(&[&["obras", file.as_str()], more].concat()).await;
        let end = if run.fault.0.is_empty() { run.state } else { run.fault.0 };
        (run.id, end)
    }

    async fn register(&self, contract: &str) {
        self.installation.write("obras", "dataset.toml", contract);
        self.installation.register().await;
    }

    /// Codes and amounts readers see: `1=1 2=2`.
    fn rows(&self) -> String {
        let sql = "select string_agg(ltrim(right(codigo, 7), '0') || '=' || coalesce(monto::text, '?'), ' ' order by codigo, monto)
                   from layers.obras";
        self.installation.query(sql)
    }
}

const JANUARY: &str = "codigo;monto\nOBRA-0000001;1\nOBRA-0000002;dos\n";
const FEBRUARY: &str = "codigo;monto\nOBRA-0000003;3\n";

#[tokio::test]
async fn a_mended_file_takes_the_place_of_its_own_rows_among_those_added() {
    let dataset = Dataset::new("mode = \"append\"").await;
    let (january, end) = dataset.load("enero.csv", JANUARY, &[]).await;
    assert_eq!(end, "published");
    assert_eq!(dataset.load("febrero.csv", FEBRUARY, &[]).await.1, "published");
    assert_eq!(dataset.rows(), "1=1 3=3");
    let mended = "fila;codigo;monto\n3;OBRA-0000002;2\n";
    assert_eq!(dataset.load("corregido.csv", mended, &["--mend", &january.to_string()]).await.1, "published");
    assert_eq!(dataset.rows(), "1=1 2=2 3=3");
    let files = "select count(distinct source_release) from layers.obras";
    assert_eq!(dataset.installation.number(files), 2, "January's rows are of one release, February's of another");
    for (name, text) in [("enero.csv", JANUARY), ("febrero.csv", FEBRUARY)] {
        assert_eq!(dataset.load(name, text, &[]).await.1, "unchanged", "{name}");
    }
    assert_eq!(dataset.load("febrero.csv", FEBRUARY, &["--force"]).await.1, "published");
    assert_eq!(dataset.rows(), "1=1 2=2 3=3", "no file is counted twice");
}

#[tokio::test]
async fn rows_of_before_that_do_not_fit_the_contract_stop_the_run_until_all_are_loaded_anew() {
    let load = "mode = \"upsert\"";
    let dataset = Dataset::new(load).await;
    assert_eq!(dataset.load("uno.csv", "codigo;monto\nOBRA-0000001;1\n", &[]).await.1, "published");
    // A column more that may be empty is no reason to stop.
    let note = "\n[[column]]\nname = \"nota\"\ntype = \"text\"\n";
    dataset.register(&(contract(load) + note)).await;
    let end = dataset.load("dos.csv", "codigo;monto;nota\nOBRA-0000002;2;dos\n", &[]).await.1;
    assert_eq!((end.as_str(), dataset.rows().as_str()), ("published", "1=1 2=2"));

    dataset.register(&(contract(load) + &note.replace("\"text\"", "\"date\""))).await;
    let three = "codigo;monto;nota\nOBRA-0000003;3;16-9-2025\n";
    let (run, end) = dataset.load("tres.csv", three, &[]).await;
    assert_eq!((end.as_str(), dataset.rows().as_str()), ("load.schema_changed", "1=1 2=2"));
    let remedy = format!("select fault->>'remedy' from runs where id = {run}");
    assert!(dataset.installation.query(&remedy).contains("goreos ingest obras ARCHIVO --replace"));
    assert_eq!(dataset.load("tres.csv", three, &["--replace"]).await.1, "published");
    assert_eq!(dataset.rows(), "3=3");
    let end = dataset.load("cuatro.csv", "codigo;monto;nota\nOBRA-0000004;4;\n", &[]).await.1;
    assert_eq!((end.as_str(), dataset.rows().as_str()), ("published", "3=3 4=4"));
}

#[tokio::test]
async fn a_view_of_others_stops_a_change_of_columns_and_is_named() {
    let dataset = Dataset::new("mode = \"replace\"").await;
    assert_eq!(dataset.load("uno.csv", "codigo;monto\nOBRA-0000001;1\n", &[]).await.1, "published");
    dataset.installation.query("create view public.tablero as select monto from layers.obras");
    dataset
        .register(
            &contract("mode = \"replace\"").replace("type = \"int\"\nrequired = true\nsum = true", "type = \"real\""),
        )
        .await;
    let (run, end) = dataset.load("dos.csv", "codigo;monto\nOBRA-0000001;1,5\n", &[]).await;
    assert_eq!(end, "publish.dependent_view");
    let what = dataset.installation.query(&format!("select fault->>'what' from runs where id = {run}"));
    assert!(what.contains("tablero"), "{what}");
    assert_eq!(dataset.rows(), "1=1", "nothing was published");
    dataset.installation.query("drop view public.tablero");
    assert_eq!(dataset.load("dos.csv", "codigo;monto\nOBRA-0000001;1,5\n", &[]).await.1, "published");
    assert_eq!(dataset.rows(), "1=1.5");
}

#[tokio::test]
async fn a_rollback_in_the_middle_of_an_upsert_makes_it_start_from_what_is_current_then() {
    let dataset = Dataset::new("mode = \"upsert\"").await;
    assert_eq!(dataset.load("uno.csv", &obras(1..11), &[]).await.1, "published");
    assert_eq!(dataset.load("dos.csv", &obras(11..21), &[]).await.1, "published");
    assert_eq!(dataset.installation.number("select count(*) from layers.obras"), 20);

    let patience = Duration::from_secs(90);
    let large = dataset.installation.write("obras", "tres.csv", obras(1_000..201_000)).display().to_string();
    let run = dataset.installation.request(&["obras", &large]).await;
    until("its table is being filled", patience, async || {
        (dataset.installation.number("select count(*) from releases where built_at is null") == 1).then_some(())
    })
    .await;
    dataset.worker.freeze();
    assert_eq!(dataset.installation.number("select max(id) from editions"), 2, "it was met in the middle");
    let rolled_back = dataset.installation.goreos(&["rollback", "1"]).await;
    assert!(rolled_back.success, "{rolled_back:?}");
    dataset.worker.thaw();

    let ended =
        format!("select state || ' ' || attempt from runs where id = {run} and state not in ('queued', 'running')");
    let end = until("the run ends", patience, async || {
        Some(dataset.installation.query(&ended)).filter(|end| !end.is_empty())
    })
    .await;
    assert_eq!(end, "published 2");
    assert_eq!(dataset.installation.number("select count(*) from layers.obras"), 10 + 200_000);
    let told = format!("select count(*) from run_log where run_id = {run} and message like '%load.overtaken%'");
    assert_eq!(dataset.installation.number(&told), 1);
}
