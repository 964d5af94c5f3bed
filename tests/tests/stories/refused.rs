//! Files that are not what they should be: each is refused for its own reason, and readers notice nothing.

use std::io::{Cursor, Read, Write};

use goreos_tests::{Installation, OBRAS, Process, Web, attribute, obras};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// An installation in which a dataset is published, and what readers see of it.
struct Published {
    web: Web,
    _worker: Process,
    _scheduler: Process,
    installation: Installation,
    dataset: &'static str,
    seen: String,
}

impl Published {
    async fn new(installation: Installation, dataset: &'static str) -> Self {
        installation.register().await;
        let (worker, scheduler, web) = (installation.worker(), installation.scheduler(), installation.web().await);
        let run = installation.ingest(&[dataset]).await;
        assert_eq!(run.state, "published", "{:?}", run.fault);
        let seen = seen(&installation, dataset);
        Self { web, _worker: worker, _scheduler: scheduler, installation, dataset, seen }
    }

    /// Sends a file; it must fail for that reason at its first attempt, change nothing, and say why on its run's page.
    async fn refuses(&self, name: &str, bytes: impl AsRef<[u8]>, code: &str) {
        let file = self.installation.write(self.dataset, name, bytes);
        let run = self.installation.ingest(&[self.dataset, &file.display().to_string()]).await;
        assert_eq!((run.state.as_str(), run.fault.0.as_str()), ("failed", code), "{name}: {}", run.fault.1);
        assert_eq!(run.edition, None, "{name}");
        let attempts = self.installation.number(&format!("select attempt from runs where id = {}", run.id));
        assert_eq!(attempts, 1, "{name}: what is broken stays broken");
        assert_eq!(seen(&self.installation, self.dataset), self.seen, "{name}: readers see what they saw");
        let page = self.web.get(&format!("/ejecuciones/{}", run.id)).await.text();
        assert_eq!(attribute(&page, "estado", "data-estado").as_deref(), Some("failed"), "{name}");
        assert!(
            page.contains(&run.fault.1) && page.contains(code) && page.contains("Qué hacer:"),
            "{name}: its page says '{}'",
            run.fault.1
        );
    }
}

/// Everything a reader can see of a dataset: editions, releases, and a digest of the rows.
fn seen(installation: &Installation, dataset: &str) -> String {
    installation.query(&format!(
        "select (select string_agg(e::text, ' ' order by edition_id, dataset_id) from edition_releases e),
                (select count(*) from editions), (select md5(string_agg(l::text, ' ' order by source_row)) from layers.{dataset} l)"
    ))
}

#[tokio::test]
async fn a_broken_table_changes_nothing_and_its_page_says_why() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    installation.write("obras", "obras.csv", obras(1..101));
    let published = Published::new(installation, "obras").await;
    published.refuses("vacio.csv", "", "file.empty").await;
    published.refuses("solo-encabezado.csv", "codigo;monto\n", "file.no_rows").await;
    published.refuses("sin-columna.csv", "codigo;importe\nOBRA-1;7\n", "columns.missing").await;
    published.refuses("otro-separador.csv", "codigo,monto\nOBRA-1,7\n", "columns.missing").await;
    published.refuses("comprimido.csv", zipped(&[("obras.csv", obras(1..101).as_bytes())]), "file.not_csv").await;
    published.refuses("imagen.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file.not_csv").await;
    published.refuses("otra-codificacion.csv", b"codigo;monto\nRA\xd1ADERO;7\n", "file.encoding").await;
    published.refuses("rechazos.csv", obras(1..101).replace(";1", ";uno "), "gate.rejected").await;
}

#[tokio::test]
async fn the_rows_that_stopped_a_file_are_kept_with_its_run() {
    let installation = Installation::new().await.with_dataset("obras", OBRAS);
    installation.write("obras", "obras.csv", obras(1..101));
    let published = Published::new(installation, "obras").await;
    published.refuses("rechazos.csv", obras(1..101).replace(";9", ";nueve "), "gate.rejected").await;
    let installation = &published.installation;
    let counts = "select rows_read || ' ' || rows_loaded || ' ' || rows_rejected || ' ' || (select count(*) from rejects where run_id = r.id) from runs r where job = 'ingest' order by id desc limit 1";
    assert_eq!(installation.query(counts), "100 89 11 11");
    assert_eq!(
        installation.query("select min(source_row), max(source_row) from rejects"),
        "10|100",
        "rows as a spreadsheet counts them"
    );
}

#[tokio::test]
async fn a_broken_shapefile_changes_nothing_and_its_page_says_why() {
    let installation = Installation::new().await.with_bundled_datasets();
    let file = installation.dataset("comunas").join("dataset.toml");
    let contract = std::fs::read_to_string(&file).expect("a bundled contract");
    // With a declared system a missing .prj would be no fault.
    let undeclared = contract.replace("crs = \"EPSG:4326\", ", "");
    assert_ne!(contract, undeclared);
    installation.write("comunas", "dataset.toml", undeclared);
    let whole = std::fs::read(installation.dataset("comunas").join("sample/comunas.zip")).expect("a bundled file");
    let published = Published::new(installation, "comunas").await;
    published.refuses("tabla.zip", obras(1..9), "file.not_a_zip").await;
    published.refuses("sin-prj.zip", without(&whole, "prj"), "crs.missing").await;
    published.refuses("sin-dbf.zip", without(&whole, "dbf"), "shapefile.incomplete").await;
    published.refuses("sin-shp.zip", without(&whole, "shp"), "shapefile.missing").await;
    published.refuses("cortado.zip", &whole[..whole.len() / 2], "file.damaged_zip").await;
}

#[tokio::test]
async fn a_shapefile_whose_parts_disagree_is_refused_whole() {
    let installation = Installation::new().await.with_bundled_datasets();
    let whole = std::fs::read(installation.dataset("comunas").join("sample/comunas.zip")).expect("a bundled file");
    let published = Published::new(installation, "comunas").await;
    let cut = with(&whole, "dbf", |dbf| dbf[..dbf.len() / 2].to_vec());
    published.refuses("dbf-cortado.zip", cut, "shapefile.truncated").await;
    published.refuses("shx-de-otra-fecha.zip", with(&whole, "shx", one_record_less), "shapefile.truncated").await;
    published.refuses("dbf-en-utf-8.zip", with(&whole, "dbf", in_utf8), "file.encoding").await;
}

/// A ZIP of these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).expect("a file begins");
        writer.write_all(bytes).expect("memory takes all");
    }
    writer.finish().expect("a ZIP").into_inner()
}

/// The same ZIP without the part of that extension.
fn without(archive: &[u8], extension: &str) -> Vec<u8> {
    let mut parts = parts(archive);
    parts.retain(|(name, _)| !name.ends_with(&format!(".{extension}")));
    zipped_parts(&parts)
}

/// The same ZIP with another part of that extension.
fn with(archive: &[u8], extension: &str, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut parts = parts(archive);
    let part = parts.iter_mut().find(|(name, _)| name.ends_with(&format!(".{extension}"))).expect("that part");
    part.1 = change(&part.1);
    zipped_parts(&parts)
}

fn parts(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("a ZIP");
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let name = part.name().expect("a name in UTF-8").into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("readable");
        parts.push((name, bytes));
    }
    parts
}

fn zipped_parts(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    zipped(&parts)
}

/// An index that lacks the last record, and says so in its header: a length in words of 16 bits.
fn one_record_less(shx: &[u8]) -> Vec<u8> {
    let mut shorter = shx[..shx.len() - 8].to_vec();
    let words = u32::try_from(shorter.len() / 2).expect("a small file");
    shorter[24..28].copy_from_slice(&words.to_be_bytes());
    shorter
}

/// An attribute table with the same words in UTF-8, its cells as wide as before.
fn in_utf8(dbf: &[u8]) -> Vec<u8> {
    let number = |at: usize| usize::from(u16::from_le_bytes([dbf[at], dbf[at + 1]]));
    let (header, width) = (number(8), number(10));
    let (head, records) = dbf.split_at(header);
    let cells: Vec<usize> = head[32..header - 1].chunks(32).map(|field| usize::from(field[16])).collect();
    let mut converted = head.to_vec();
    for record in records.chunks_exact(width) {
        converted.push(record[0]);
        let mut rest = &record[1..];
        for cell in &cells {
            let (bytes, after) = rest.split_at(*cell);
            // Letters of Spanish have the same number in windows-1252 and in Unicode.
            let mut text: String = bytes.iter().copied().map(char::from).collect::<String>().trim_end().to_owned();
            while text.len() > *cell {
                text.pop();
            }
            let mut bytes = text.into_bytes();
            bytes.resize(*cell, b' ');
            converted.extend(bytes);
            rest = after;
        }
    }
    assert!(std::str::from_utf8(&converted[header..]).is_ok_and(|text| !text.is_ascii()), "accents in UTF-8");
    converted
}
