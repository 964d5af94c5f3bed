//! Downloads: every file of every release, as it comes over HTTP, opened by programs that are not ours.

mod address;
mod opened;
mod others;

use std::path::PathBuf;
use std::time::Duration;

use goreos_tests::{Installation, Process, Web, until};
use serde_json::Value;

/// Texts that a spreadsheet would calculate, and what is none of that.
const NOTES: &str = "id = \"glosas\"\ntitle = \"Glosas presupuestarias de Ñuble\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC-BY-4.0\"\n\
    attribution = \"Unidad de Pruebas\"\n\
    [source]\npath = \"glosas.csv\"\nformat = \"csv\"\nencoding = \"utf-8\"\ndelimiter = \";\"\ndecimal = \",\"\nheader_row = 1\n\
    [[column]]\nname = \"codigo\"\ntitle = \"Código\"\ntype = \"text\"\nrequired = true\n\
    [[column]]\nname = \"glosa\"\ntitle = \"Glosa\"\ntype = \"text\"\n\
    [[column]]\nname = \"monto\"\ntitle = \"Monto\"\ntype = \"money\"\nunit = \"CLP\"\nsum = true\n\
    [[column]]\nname = \"tasa\"\ntitle = \"Tasa\"\ntype = \"real\"\n\
    [[column]]\nname = \"fecha\"\ntitle = \"Fecha\"\ntype = \"date\"\n";
const NOTES_ROWS: &str = "codigo;glosa;monto;tasa;fecha\n\
    01101;=1+1;-1500000;0,25;04-03-2026\n\
    01102;@SUMA(A1);2000000;-3,5;\n\
    01103;\"Ñiquén; dijo \"\"sí\"\"\";;;31-12-1999\n\
    01104;-50;7;1;01-01-2024\n";
/// Points and lines in one layer.
const MIXED: &str = "id = \"mezcla\"\ntitle = \"Hitos y huellas\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\n\
    [source]\npath = \"mezcla.geojson\"\nformat = \"geojson\"\n\
    [[column]]\nname = \"nombre\"\ntype = \"text\"\n\
    [place]\ngeometry = { from = \"file\", type = \"geometry\" }\n";
const MIXED_ROWS: &str = r#"{"type":"FeatureCollection","features":[
    {"type":"Feature","properties":{"nombre":"Hito"},"geometry":{"type":"Point","coordinates":[-72.1,-36.6]}},
    {"type":"Feature","properties":{"nombre":"Huella"},"geometry":{"type":"LineString","coordinates":[[-72.1,-36.6],[-72,-36.5]]}}]}"#;
/// What not everybody may read.
const RESERVED: &str = "id = \"reservado\"\ntitle = \"Reservado\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\naccess = [\"datos\"]\n\
    [source]\npath = \"reservado.csv\"\nformat = \"csv\"\nencoding = \"utf-8\"\ndelimiter = \";\"\nheader_row = 1\n\
    [[column]]\nname = \"nombre\"\ntype = \"text\"\n";

/// A platform with the bundled datasets and four of our own, all of whose files are written.
struct Exported {
    web: Web,
    client: reqwest::Client,
    // Dropped before the installation.
    _worker: Process,
    _scheduler: Process,
    installation: Installation,
    folder: tempfile::TempDir,
}

/// A file as the catalogue knows it.
#[derive(Debug)]
struct File {
    dataset: String,
    release: i64,
    format: String,
    name: String,
    bytes: i64,
    sha256: String,
}

impl Exported {
    async fn new() -> Self {
        let installation = Installation::new()
            .await
            .with_bundled_datasets()
            .with_dataset("glosas", NOTES)
            .with_dataset("mezcla", MIXED)
            .with_dataset("reservado", RESERVED);
        installation.write("glosas", "glosas.csv", NOTES_ROWS);
        installation.write("mezcla", "mezcla.geojson", MIXED_ROWS);
        installation.write("reservado", "reservado.csv", "nombre\nSecreto\n");
        installation.register().await;
        let (worker, scheduler, web) = (installation.worker(), installation.scheduler(), installation.web().await);
        let loaded = installation.goreos(&["ingest", "--all"]).await;
        assert!(loaded.success, "everything loads:\n{}{}", loaded.stdout, loaded.stderr);
        let folder = tempfile::tempdir().expect("a folder");
        let exported =
            Self { web, client: reqwest::Client::new(), _worker: worker, _scheduler: scheduler, installation, folder };
        exported.written().await;
        exported
    }

    /// Waits until every run that writes files is over, and none failed.
    async fn written(&self) {
        until("the files are written", Duration::from_mins(2), async || {
            let open = "select count(*) from runs where job = 'exports' and state in ('queued', 'running')";
            (self.installation.number(open) == 0).then_some(())
        })
        .await;
        let bad =
            self.installation.rows("select state, fault from runs where job = 'exports' and state <> 'published'");
        assert!(bad.is_empty(), "{bad:?}");
    }

    /// The files that everybody may download.
    fn files(&self) -> Vec<File> {
        let sql = "select l.dataset_id, x.release_id, x.format, x.file_name, x.bytes, x.sha256
                   from exports x join releases l on l.id = x.release_id
                   where x.object_key is not null and l.dataset_id <> 'reservado' order by 1, 3";
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}")).to_owned();
        let number = |row: &Value, name: &str| row[name].as_i64().unwrap_or_else(|| panic!("{name} of {row}"));
        self.installation
            .rows(sql)
            .iter()
            .map(|row| File {
                dataset: text(row, "dataset_id"),
                release: number(row, "release_id"),
                format: text(row, "format"),
                name: text(row, "file_name"),
                bytes: number(row, "bytes"),
                sha256: text(row, "sha256"),
            })
            .collect()
    }

    fn file(&self, dataset: &str, format: &str) -> File {
        let found = self.files().into_iter().find(|file| file.dataset == dataset && file.format == format);
        found.unwrap_or_else(|| panic!("{dataset} has a {format}"))
    }

    /// Downloads a file; gives where it is.
    async fn download(&self, file: &File) -> PathBuf {
        let answer = self.web.get(&file.address()).await;
        assert_eq!(answer.status, 200, "{}", file.address());
        assert_eq!(i64::try_from(answer.bytes.len()).ok(), Some(file.bytes), "{}", file.address());
        let path = self.folder.path().join(&file.name);
        std::fs::write(&path, &answer.bytes).expect("written");
        path
    }

    /// The rows of a release, and the sum of one of its columns.
    fn release(&self, dataset: &str, summed: &str) -> (i64, String) {
        let number = |sql: &str| self.installation.query(&format!("select {sql} from layers.{dataset}"));
        (number("count(*)").parse().expect("a number"), number(&format!("sum({summed})")))
    }
}

impl File {
    fn address(&self) -> String {
        format!("/descargas/{}/{}/{}", self.dataset, self.release, self.name)
    }
}
