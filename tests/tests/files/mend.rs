//! The reject loop: refused rows are downloaded, mended in a spreadsheet, and come back; only they are taken.

use std::io::{Cursor, Read, Write};
use std::time::Duration;

use goreos_tests::{Answer, Installation, OBRAS, Process, Web, attribute, obras, until};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// A dataset with four refused rows, published without them.
struct Loop {
    web: Web,
    _worker: Process,
    _scheduler: Process,
    installation: Installation,
    run: i64,
}

/// Rows 1 to 20; the amounts of four are words. The row of `OBRA-n` is n + 1.
fn broken() -> String {
    [(3, "tres"), (7, "siete"), (11, "once"), (15, "quince")]
        .into_iter()
        .fold(obras(1..21), |text, (number, word)| text.replace(&format!(";{number}\n"), &format!(";{word}\n")))
}

impl Loop {
    async fn new(contract: &str) -> Self {
        let installation = Installation::new().await.with_dataset("obras", contract);
        installation.write("obras", "obras.csv", broken());
        installation.register().await;
        let (worker, scheduler, web) = (installation.worker(), installation.scheduler(), installation.web().await);
        let run = installation.ingest(&["obras"]).await;
        assert_eq!(run.rows, Some([20, 16, 4]), "{:?}", run.fault);
        Self { web, _worker: worker, _scheduler: scheduler, installation, run: run.id }
    }

    async fn download(&self, run: i64, extension: &str) -> Vec<u8> {
        let answer = self.web.get(&format!("/ejecuciones/{run}/rechazos.{extension}")).await;
        assert_eq!(answer.status, 200);
        answer.bytes
    }

    async fn upload(&self, run: i64, name: &str, bytes: &[u8]) -> Answer {
        self.web.upload(&format!("/ejecuciones/{run}/correccion"), &[], ("archivo", name, bytes)).await
    }

    /// Sends mended rows and waits for the run that reads them; gives its number and state.
    async fn mended(&self, run: i64, name: &str, bytes: &[u8]) -> (i64, String) {
        let answer = self.upload(run, name, bytes).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let digits =
            answer.location.trim_start_matches("/ejecuciones/").split('?').next().unwrap_or_default().to_owned();
        let next: i64 = digits.parse().unwrap_or_else(|_| panic!("the run's page: {}", answer.location));
        let state = until("the run with the mended rows ends", Duration::from_mins(1), async || {
            let state = self.installation.query(&format!("select state from runs where id = {next}"));
            (!["queued", "running"].contains(&state.as_str())).then_some(state)
        })
        .await;
        (next, state)
    }

    /// The rows readers see, by number and amount.
    fn rows(&self) -> Vec<(i64, i64)> {
        let rows = self.installation.rows("select source_row, monto from layers.obras order by source_row");
        rows.iter()
            .map(|row| (row["source_row"].as_i64().expect("a row"), row["monto"].as_i64().expect("pesos")))
            .collect()
    }

    fn refused(&self, run: i64) -> String {
        let sql = "select string_agg(source_row::text, ' ' order by source_row) from rejects j join runs r on r.id = j.run_id and r.fence = j.fence";
        self.installation.query(&format!("{sql} where run_id = {run}"))
    }

    fn fault(&self, run: i64) -> String {
        self.installation.query(&format!("select fault->>'code' from runs where id = {run}"))
    }

    async fn load_again(&self) -> String {
        self.installation.ingest(&["obras"]).await.state
    }
}

/// The contract without its gate: what is good is published, whatever is refused.
fn open() -> String {
    OBRAS.split("[gate]").next().expect("a contract before its gate").to_owned()
}

/// All rows whose amounts are good, and those.
fn good(mended: &[i64]) -> Vec<(i64, i64)> {
    (1..21_i64).filter(|n| ![3, 7, 11, 15].contains(n) || mended.contains(n)).map(|n| (n + 1, n)).collect()
}

/// The text with words in the place of others, each of which must be there.
fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "'{from}' is in {text}");
        text.replace(from, to)
    })
}

/// A workbook with the same changes, in the cells that hold exactly those words.
fn workbook_with(bytes: &[u8], changes: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a workbook is a ZIP");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut left: Vec<&(&str, &str)> = changes.iter().collect();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let name = part.name().expect("a name in UTF-8").into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("readable");
        let mut text = bytes;
        if let Ok(xml) = String::from_utf8(text.clone()) {
            let mut xml = xml;
            left.retain(|(from, to)| {
                let cell = format!(">{from}</t>");
                let found = xml.contains(&cell);
                xml = xml.replace(&cell, &format!(">{to}</t>"));
                !found
            });
            text = xml.into_bytes();
        }
        writer.start_file(name, SimpleFileOptions::default()).expect("a part begins");
        writer.write_all(&text).expect("memory takes all");
    }
    assert!(left.is_empty(), "no cell holds {left:?}");
    writer.finish().expect("a ZIP").into_inner()
}

#[tokio::test]
async fn two_mended_rows_join_the_release_and_the_others_stay_refused() {
    let story = Loop::new(&open()).await;
    let csv = String::from_utf8(story.download(story.run, "csv").await).expect("UTF-8");
    assert!(csv.contains("tres") && csv.contains("quince"), "{csv}");
    // Somebody also writes a row that was never refused: it is not theirs to change.
    let header = csv.lines().next().expect("a header").trim_start_matches('\u{feff}');
    let columns: Vec<&str> = header.split(';').collect();
    let stray: Vec<&str> = columns
        .iter()
        .map(|name| match *name {
            "fila" => "6",
            "codigo" => "OBRA-0000005",
            "monto" => "999999",
            _ => "",
        })
        .collect();
    let mended = with(&csv, &[(";tres;", ";3;"), (";siete;", ";7;")]) + &stray.join(";") + "\r\n";
    let (run, state) = story.mended(story.run, "corregido.csv", mended.as_bytes()).await;
    assert_eq!(state, "published", "{}", story.fault(run));
    assert_eq!(story.rows(), good(&[3, 7]));
    assert_eq!(story.refused(run), "12 16");
    let report = story.installation.query(&format!("select report->'findings' from runs where id = {run}"));
    let findings: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!((&findings["mended"], &findings["mend_ignored"]), (&2.into(), &1.into()), "{report}");
    assert_eq!(story.load_again().await, "unchanged", "the file is read with its mended rows ever after");
    assert_eq!(story.rows(), good(&[3, 7]));

    // Another one comes back in a workbook, from the run that still refuses it.
    let workbook = story.download(run, "xlsx").await;
    let (last, state) = story.mended(run, "corregido.xlsx", &workbook_with(&workbook, &[("once", "11")])).await;
    assert_eq!(state, "published", "{}", story.fault(last));
    assert_eq!(story.rows(), good(&[3, 7, 11]));
    assert_eq!(story.refused(last), "16");
    let mends = "select cardinality(mends) from releases where dataset_id = 'obras' order by id desc limit 1";
    assert_eq!(story.installation.number(mends), 2);
    assert_eq!(story.load_again().await, "unchanged");
}

#[tokio::test]
async fn a_file_its_gate_had_stopped_is_published_once_it_is_mended() {
    let story = Loop::new(OBRAS).await;
    assert_eq!(story.fault(story.run), "gate.rejected");
    let workbook = story.download(story.run, "xlsx").await;
    let changes = [("tres", "3"), ("siete", "7"), ("once", "11"), ("quince", "quince mil")];
    let (run, state) = story.mended(story.run, "corregido.xlsx", &workbook_with(&workbook, &changes)).await;
    assert_eq!(state, "published", "one in twenty may be refused: {}", story.fault(run));
    assert_eq!((story.rows(), story.refused(run)), (good(&[3, 7, 11]), "16".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_its_code_and_stands_in_nobodys_way() {
    let story = Loop::new(&open()).await;
    let csv = String::from_utf8(story.download(story.run, "csv").await).expect("UTF-8");
    // Refused at the door.
    for (name, bytes, status, code) in [
        ("vacio.csv", &b""[..], 400, "mend.no_file"),
        ("informe.pdf", b"%PDF-1.7\n", 422, "mend.not_table"),
        ("obras.csv", broken().as_bytes(), 422, "mend.same_file"),
    ] {
        let answer = story.upload(story.run, name, bytes).await;
        let page = answer.text();
        assert_eq!(answer.status, status, "{name}: {page}");
        assert!(page.contains(code), "{name} says {code}");
    }
    assert_eq!(story.upload(999_999, "x.csv", b"fila;monto\n4;3\n").await.status, 404);
    // Refused when it is read, by a child without secrets.
    for (name, text, code) in [
        ("sin-fila.csv", with(&csv, &[("fila;", "numero;")]), "mend.headers"),
        ("otra-columna.csv", with(&csv, &[(";monto;", ";importe;")]), "mend.headers"),
        ("fila-con-letras.csv", with(&csv, &[("\r\n4;", "\r\ncuatro;")]), "mend.row"),
        ("fila-repetida.csv", with(&csv, &[("\r\n8;", "\r\n4;")]), "mend.repeated"),
        ("libro-roto.xlsx", "PK\u{3}\u{4}nada".to_owned(), "mend.unreadable"),
    ] {
        let (run, state) = story.mended(story.run, name, text.as_bytes()).await;
        assert_eq!((state.as_str(), story.fault(run).as_str()), ("failed", code), "{name}");
        let page = story.web.get(&format!("/ejecuciones/{run}")).await.text();
        assert_eq!(attribute(&page, "estado", "data-estado").as_deref(), Some("failed"), "{name}");
        assert!(page.contains("Qué hacer:"), "{name}");
    }
    assert_eq!(story.rows(), good(&[]), "readers notice nothing");
    assert_eq!(story.load_again().await, "unchanged", "a broken file is forgotten");
    let (run, state) = story.mended(story.run, "corregido.csv", with(&csv, &[(";tres;", ";3;")]).as_bytes()).await;
    assert_eq!(state, "published", "and the next one is taken: {}", story.fault(run));
    assert_eq!(story.rows(), good(&[3]));
}
