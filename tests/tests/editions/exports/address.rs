//! Addresses that never change, and the one that is always the newest.

use std::collections::BTreeMap;

use reqwest::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, ETAG, HeaderName,
    IF_NONE_MATCH, LINK, RANGE, VARY,
};

use super::Exported;

struct Sent {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn get(exported: &Exported, path: &str, headers: &[(HeaderName, &str)]) -> Sent {
    let request = exported.client.get(format!("{}{path}", exported.web.url()));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name.clone(), *value));
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Sent { status, headers, body: answer.bytes().await.expect("a body").to_vec() }
}

#[tokio::test]
async fn a_file_is_sent_whole_in_parts_or_not_again() {
    let exported = Exported::new().await;
    let file = exported.file("comunas", "geoparquet");
    let whole = get(&exported, &file.address(), &[]).await;
    assert_eq!(whole.status, 200);
    assert_eq!(whole.header(CONTENT_LENGTH), file.bytes.to_string());
    assert_eq!(whole.header(ETAG), format!("\"{}\"", file.sha256));
    assert_eq!(whole.header(CACHE_CONTROL), "public, max-age=31536000, immutable");
    assert!(whole.header(CONTENT_DISPOSITION).starts_with(&format!("attachment; filename=\"{}\"", file.name)));
    let readme = exported.file("comunas", "leeme");
    assert!(whole.header(LINK).contains(&readme.address()), "{}", whole.header(LINK));

    let known = get(&exported, &file.address(), &[(IF_NONE_MATCH, whole.header(ETAG))]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let part = get(&exported, &file.address(), &[(RANGE, "bytes=-8")]).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[whole.body.len() - 8..]));
    assert_eq!(part.header(CONTENT_RANGE), format!("bytes {}-{}/{}", file.bytes - 8, file.bytes - 1, file.bytes));
    assert_eq!(get(&exported, &file.address(), &[(RANGE, "bytes=999999999-")]).await.status, 416);

    for path in [
        file.address().replace("comunas-", "otro-"),
        format!("/descargas/localidades/{}/{}", file.release, file.name),
        format!("/descargas/comunas/{}/{}", file.release + 100, file.name),
        "/descargas/comunas/x/y".into(),
        "/descargas/ninguno".into(),
        "/descargas/ninguno.csv".into(),
    ] {
        assert_eq!(get(&exported, &path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn one_address_gives_the_current_rows_to_a_browser_as_excel_wants_them_and_to_a_program_plain() {
    let exported = Exported::new().await;
    let plain = get(&exported, "/descargas/poblacion.csv", &[(ACCEPT, "*/*")]).await;
    assert_eq!((plain.status, plain.header(VARY).contains("Accept")), (200, true));
    assert_eq!(plain.header(CACHE_CONTROL), "no-cache");
    assert_eq!(plain.header(CONTENT_LOCATION), exported.file("poblacion", "csv").address());
    assert!(plain.text().starts_with("cut,comuna,anio,poblacion,territory_level,"), "{}", plain.text());
    let browser = (ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
    let excel = get(&exported, "/descargas/poblacion.csv", &[browser]).await;
    assert!(
        excel.text().starts_with("\u{feff}Código de la comuna;Comuna;Año del censo;Habitantes;"),
        "{}",
        excel.text()
    );

    // A new release moves it; the old address stays what it was, and the old edition too.
    let (edition, before) =
        (exported.installation.number("select max(id) from editions"), exported.file("poblacion", "csv"));
    let rows =
        std::fs::read_to_string(exported.installation.dataset("poblacion").join("sample/poblacion.csv")).expect("read");
    let path = exported.installation.write("poblacion", "nueva.csv", rows.replacen(",2017,", ",2016,", 1));
    let run = exported.installation.ingest(&["poblacion", path.to_str().expect("UTF-8")]).await;
    assert_eq!(run.state, "published", "{:?}", run.fault);
    exported.written().await;
    let moved = get(&exported, "/descargas/poblacion.csv", &[(ACCEPT, "*/*")]).await;
    assert!(moved.text().contains(",2016,") && moved.header(ETAG) != plain.header(ETAG));
    assert_eq!(get(&exported, &before.address(), &[]).await.body, plain.body);
    let pinned = get(&exported, &format!("/descargas/poblacion.csv?edicion={edition}"), &[(ACCEPT, "*/*")]).await;
    assert_eq!(pinned.body, plain.body);
    let page = get(&exported, &format!("/descargas/poblacion?edicion={edition}"), &[]).await.text();
    assert!(page.contains(&before.address()), "the page of an edition offers its files");
}

#[tokio::test]
async fn what_not_everybody_may_read_is_not_offered() {
    let exported = Exported::new().await;
    let list = get(&exported, "/descargas", &[]).await.text();
    assert!(list.contains("Población comunal") && !list.contains("Reservado"));
    let release =
        exported.installation.number("select release_id from exports where file_name like 'reservado%' limit 1");
    for path in [
        "/descargas/reservado".to_owned(),
        "/descargas/reservado.csv".to_owned(),
        format!("/descargas/reservado/{release}/reservado-{release}.csv"),
    ] {
        let answer = get(&exported, &path, &[]).await;
        assert_eq!((answer.status, answer.text().contains("Secreto")), (404, false), "{path}");
    }
}

#[tokio::test]
async fn the_same_release_gives_the_same_bytes_when_its_files_are_made_again() {
    let exported = Exported::new().await;
    let hashes =
        || -> BTreeMap<String, String> { exported.files().into_iter().map(|file| (file.name, file.sha256)).collect() };
    let first = hashes();
    // What is there is not written again.
    let asked = exported.installation.goreos(&["exports", "poblacion"]).await;
    assert!(asked.success, "{}", asked.stderr);
    exported.written().await;
    let by_first = "select count(distinct run_id) from exports where file_name like 'poblacion%'";
    assert_eq!(exported.installation.number(by_first), 1);
    // As if nothing had ever been written.
    exported.installation.query("delete from exports");
    let asked = exported.installation.goreos(&["exports", "--all"]).await;
    assert!(asked.success, "{}", asked.stderr);
    exported.written().await;
    assert_eq!(hashes(), first);
    let runs = "select count(*) from runs where job = 'exports' and attempt <> 1";
    assert_eq!(exported.installation.number(runs), 0, "nothing had to be tried twice");
}
