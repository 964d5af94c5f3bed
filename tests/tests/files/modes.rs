//! What a file is to the rows of before, and how the report says that its columns are not what they were.

use goreos_tests::{Installation, OBRAS, Process, Run, obras};
use serde_json::Value;

/// A dataset `obras` with rows 1 to 10 published, in a mode.
struct Dataset {
    _worker: Process,
    _scheduler: Process,
    installation: Installation,
}

impl Dataset {
    async fn new(load: &str) -> Self {
        let contract =
            OBRAS.replace("[load]\n", &format!("[load]\n{load}\n")).split("[gate]").next().map(str::to_owned);
        let installation =
            Installation::new().await.with_dataset("obras", &contract.expect("a contract before its gate"));
        installation.write("obras", "obras.csv", obras(1..11));
        installation.register().await;
        let (worker, scheduler) = (installation.worker(), installation.scheduler());
        assert_eq!(installation.ingest(&["obras"]).await.state, "published");
        Self { _worker: worker, _scheduler: scheduler, installation }
    }

    async fn load(&self, text: &str) -> Run {
        let file = self.installation.write("obras", "otro.csv", text);
        self.installation.ingest(&["obras", &file.display().to_string()]).await
    }

    /// Codes and amounts: `1=1 2=2`.
    fn rows(&self) -> String {
        self.installation.query(
            "select string_agg(ltrim(right(codigo, 7), '0') || '=' || monto, ' ' order by codigo) from layers.obras",
        )
    }

    fn note(&self, run: &Run, name: &str) -> Value {
        let sql = format!("select report->'findings'->'{name}' as note from runs where id = {}", run.id);
        self.installation.rows(&sql)[0]["note"].take()
    }

    fn codes(&self, run: &Run) -> String {
        let sql = format!(
            "select string_agg(source_row || ' ' || (reasons->0->>'code'), ', ' order by source_row) from rejects where run_id = {}",
            run.id
        );
        self.installation.query(&sql)
    }
}

/// Rows as a file.
fn file(rows: &[(u32, u32)]) -> String {
    rows.iter().fold("codigo;monto\n".to_owned(), |text, (code, amount)| format!("{text}OBRA-{code:07};{amount}\n"))
}

#[tokio::test]
async fn with_replace_the_release_holds_the_rows_of_its_file_alone() {
    let dataset = Dataset::new("mode = \"replace\"").await;
    let run = dataset.load(&file(&[(2, 20), (11, 110)])).await;
    assert_eq!(run.state, "published", "{:?}", run.fault);
    assert_eq!(dataset.rows(), "2=20 11=110");
}

#[tokio::test]
async fn with_upsert_rows_of_the_same_key_give_way_and_the_others_stay() {
    let dataset = Dataset::new("mode = \"upsert\"").await;
    let run = dataset.load(&file(&[(2, 20), (3, 3), (11, 110), (2, 21)])).await;
    assert_eq!(run.state, "published", "{:?}", run.fault);
    assert_eq!(run.rows, Some([4, 3, 1]), "rows of the file: the account is about them");
    assert_eq!(dataset.rows(), "1=1 2=20 3=3 4=4 5=5 6=6 7=7 8=8 9=9 10=10 11=110");
    assert_eq!(dataset.codes(&run), "5 key.repeated", "a key that the file itself repeats");
    let note = dataset.note(&run, "load");
    for (name, rows) in [("added", 1), ("changed", 1), ("unchanged", 1), ("carried", 8), ("removed", 0)] {
        assert_eq!(note[name], rows, "{name}: {note}");
    }
    // A bad row is no reason to lose the row of before.
    let run = dataset.load("codigo;monto\nOBRA-0000004;cuatro\nOBRA-0000005;50\n").await;
    assert_eq!(run.state, "published", "{:?}", run.fault);
    assert!(dataset.rows().contains("4=4 5=50"), "{}", dataset.rows());
}

#[tokio::test]
async fn with_delete_missing_rows_the_file_does_not_name_leave() {
    let dataset = Dataset::new("mode = \"upsert\"\ndelete_missing = true").await;
    let run = dataset.load(&file(&[(2, 20), (3, 3), (11, 110)])).await;
    assert_eq!(run.state, "published", "{:?}", run.fault);
    assert_eq!(dataset.rows(), "2=20 3=3 11=110");
    assert_eq!(dataset.note(&run, "load")["removed"], 8);
}

#[tokio::test]
async fn with_append_rows_are_added_and_a_known_key_is_refused() {
    let dataset = Dataset::new("mode = \"append\"").await;
    let text = file(&[(10, 100), (11, 110), (12, 120)]);
    let run = dataset.load(&text).await;
    assert_eq!(run.state, "published", "{:?}", run.fault);
    assert_eq!(dataset.rows(), "1=1 2=2 3=3 4=4 5=5 6=6 7=7 8=8 9=9 10=10 11=110 12=120");
    assert_eq!(dataset.codes(&run), "2 key.known");
    assert_eq!(dataset.note(&run, "load")["carried"], 10);
    let again = dataset.load(&text).await;
    assert_eq!(again.state, "unchanged", "the same file is not counted twice: {:?}", again.fault);
    assert_eq!(dataset.installation.number("select count(*) from layers.obras"), 12);
}

#[tokio::test]
async fn columns_that_are_not_what_they_were_are_classified_and_shown() {
    let dataset = Dataset::new("mode = \"replace\"").await;
    let file_of =
        |header: &str, row: fn(u32) -> String| (1..11).fold(format!("{header}\n"), |text, n| text + &row(n) + "\n");
    for (header, row, column, change) in [
        ("codigo;monto;nota", (|n| format!("OBRA-{n:07};{n};texto")) as fn(u32) -> String, "nota", "added"),
        ("codigo;monto;nota", |n| format!("OBRA-{n:07};{n};{n}"), "nota", "narrowed"),
        ("codigo;monto;nota", |n| format!("OBRA-{n:07};{n};{n},5"), "nota", "widened"),
        ("codigo;monto", |n| format!("OBRA-{n:07};{}", n + 1), "nota", "removed"),
    ] {
        let run = dataset.load(&file_of(header, row)).await;
        assert_eq!(run.state, "published", "{:?}", run.fault);
        let drift = dataset.note(&run, "drift");
        let found = drift.as_array().unwrap_or_else(|| panic!("{change}: {drift}"));
        let named = found.iter().any(|d| d["column"] == column && d["change"] == change);
        assert!(named, "{change}: {drift}");
    }
    let web = dataset.installation.web().await;
    let last = dataset.installation.number("select max(id) from runs where job = 'ingest'");
    let page = web.get(&format!("/ejecuciones/{last}")).await.text();
    assert!(page.contains("nota"), "the page of the run names the column that is gone");
}

/// Keys are compared as text, written by PostgreSQL for the rows of before and by the reader for those of the file.
#[tokio::test]
async fn a_key_of_any_type_is_known_again() {
    const TYPES: [(&str, [&str; 3]); 9] = [
        ("text", ["Ñiquén; \"2\"", "b", "c"]),
        ("int", ["-7", "0", "1.234.567"]),
        ("real", ["0,00000012", "-36,25", "100000000000000000000000"]),
        ("money", ["$1.500", "0", "-2"]),
        ("date", ["16.09.2025", "31-12-1969", "1/1/2000"]),
        ("cut", ["16101", "08", "161"]),
        ("period", ["2024", "marzo 2024", "2024-T1"]),
        ("rut", ["11.111.111-1", "12345678-5", "76.123.456-0"]),
        ("bool", ["sí", "no", "x"]),
    ];
    let columns = TYPES.map(|(kind, _)| {
        let unit = if kind == "money" { "\nunit = \"CLP\"" } else { "" };
        format!("[[column]]\nname = \"c_{kind}\"\ntype = \"{kind}\"{unit}\n")
    });
    let row = |place: usize| TYPES.map(|(_, cells)| format!("\"{}\"", cells[place].replace('"', "\"\""))).join(";");
    let header = TYPES.map(|(kind, _)| format!("c_{kind}")).join(";");
    let key = TYPES.map(|(kind, _)| format!("\"c_{kind}\"")).join(", ");
    let contract = format!(
        "id = \"claves\"\ntitle = \"Claves\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\n\
         [source]\npath = \"claves.csv\"\nformat = \"csv\"\ndelimiter = \";\"\ndecimal = \",\"\nheader_row = 1\n\
         [load]\nmode = \"append\"\nkey = [{key}]\n{}",
        columns.concat()
    );
    let installation = Installation::new().await.with_dataset("claves", &contract);
    installation.write("claves", "claves.csv", format!("{header}\n{}\n{}\n", row(0), row(1)));
    installation.register().await;
    let (_worker, _scheduler) = (installation.worker(), installation.scheduler());
    let run = installation.ingest(&["claves"]).await;
    assert_eq!((run.state.as_str(), run.rows), ("published", Some([2, 2, 0])), "{:?}", run.fault);
    let file = installation.write("claves", "otro.csv", format!("{header}\n{}\n{}\n{}\n", row(2), row(1), row(0)));
    let run = installation.ingest(&["claves", &file.display().to_string()]).await;
    assert_eq!((run.state.as_str(), run.rows), ("published", Some([3, 1, 2])), "{:?}", run.fault);
    let codes = format!("select string_agg(distinct reasons->0->>'code', ', ') from rejects where run_id = {}", run.id);
    assert_eq!(installation.query(&codes), "key.known");
}
