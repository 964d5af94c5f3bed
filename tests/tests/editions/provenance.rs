//! "¿De dónde sale este número?": every figure of every page leads to the rows it rests on, and they come to the same.

use std::collections::BTreeMap;

use goreos_tests::{Installation, Loaded, OBRAS, attribute, obras};

/// A figure as a page shows it, and where its link leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Shown {
    href: String,
    value: String,
}

/// The figures of a page that say where they come from.
fn figures(html: &str) -> Vec<Shown> {
    let mut found = Vec::new();
    for (class, lead) in [("from", ""), ("origin", "¿de dónde sale? ")] {
        for link in html.split(&format!("<a class=\"{class}\" href=\"")).skip(1) {
            let (href, rest) = link.split_once('"').expect("an address");
            let (_, rest) = rest.split_once("aria-label=\"").expect("a name");
            let (name, rest) = rest.split_once('"').expect("a name");
            let (_, rest) = rest.split_once('>').expect("the end of a tag");
            let (text, _) = rest.split_once("</a>").expect("its text");
            // A number of a table is the link; one that stands by itself is named by the words beside it.
            let value = if lead.is_empty() { text } else { name.rsplit(": ").next().expect("a value") };
            assert!(name.starts_with(lead) && name.contains(value), "{name} names the figure {value}");
            found.push(Shown { href: href.replace("&amp;", "&"), value: value.to_owned() });
        }
    }
    found
}

/// The text of the element with that id.
fn text_of<'a>(html: &'a str, id: &str) -> &'a str {
    let (_, rest) = html.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("the page has #{id}"));
    let (_, rest) = rest.split_once('>').expect("the end of a tag");
    rest.split('<').next().expect("a text").trim()
}

/// Follows every figure of a page; gives how many there were of each measure.
async fn every_figure_is_traced(loaded: &Loaded, page: &str) -> BTreeMap<String, usize> {
    let answer = loaded.web.get(page).await;
    assert_eq!(answer.status, 200, "{page}");
    let mut shown = figures(&answer.text());
    shown.sort();
    shown.dedup();
    let mut kinds = BTreeMap::new();
    for figure in shown {
        let traced = loaded.web.get(&figure.href).await;
        assert_eq!(traced.status, 200, "{} of {page}", figure.href);
        let html = traced.text();
        let told = text_of(&html, "cifra");
        assert!(
            told == figure.value
                || told.ends_with(&format!(" {}", figure.value))
                || figure.value == format!("{told} filas"),
            "{page} shows {}, and {} says {told}",
            figure.value,
            figure.href
        );
        let (_, measure) = figure.href.split_once("cifra=").expect("a measure");
        *kinds.entry(measure.split('&').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    kinds
}

#[tokio::test]
async fn every_figure_of_a_profile_leads_to_the_same_figure_and_its_rows() {
    let loaded = Loaded::new().await;
    let edition = loaded.edition();
    let kinds = every_figure_is_traced(&loaded, "/comunas/16101").await;
    for measure in ["monto", "iniciativas", "por_habitante", "parte", "habitantes", "superficie", "poblacion"] {
        assert!(kinds.contains_key(measure), "the profile has a figure of {measure}: {kinds:?}");
    }
    // One that has next to nothing, and another edition than the current one.
    every_figure_is_traced(&loaded, "/comunas/16105").await;
    every_figure_is_traced(&loaded, &format!("/comunas/16302?edicion={edition}")).await;
    let kinds = every_figure_is_traced(&loaded, "/").await;
    assert_eq!(kinds.get("filas"), Some(&5), "each dataset says how many rows it has");
}

#[tokio::test]
async fn every_figure_of_the_dashboard_leads_to_the_same_figure_and_its_rows() {
    let loaded = Loaded::new().await;
    for filter in ["anio=2024", "anio=2022&provincia=161&tipologia=FRIL", "provincia=163"] {
        let kinds = every_figure_is_traced(&loaded, &format!("/tableros/inversion?{filter}")).await;
        for measure in ["monto", "iniciativas", "por_habitante", "comunas"] {
            assert!(kinds.contains_key(measure), "{filter} has a figure of {measure}: {kinds:?}");
        }
    }
}

#[tokio::test]
async fn the_rows_of_a_figure_are_rows_of_the_file_and_add_up_to_it_to_the_peso() {
    let loaded = Loaded::new().await;
    let (installation, edition) = (&loaded.installation, loaded.edition());
    for (filter, sql) in [
        ("cifra=monto&anio=2024&dentro=16", "anio = 2024"),
        ("cifra=monto&nivel=comuna&territorio=16101", "territory_level = 'comuna' and territory_cut = '16101'"),
        ("cifra=monto&anio=2023&dentro=16&nivel=aparte", "anio = 2023 and territory_level <> 'comuna'"),
        (
            "cifra=iniciativas&nivel=comuna&dentro=162&tipologia=FRIL",
            "territory_level = 'comuna' and starts_with(territory_cut, '162') and tipologia = 'FRIL'",
        ),
    ] {
        let query = format!("/procedencia/inversion_comunal?{filter}&edicion={edition}");
        let page = loaded.web.get(&query).await.text();
        let address = attribute(&page, "filas-csv", "href").expect("the rows are offered").replace("&amp;", "&");
        let file = loaded.web.get(&address).await;
        assert_eq!((file.status, file.media_type.as_str()), (200, "text/csv; charset=utf-8"), "{address}");
        let text = String::from_utf8(file.bytes).expect("UTF-8");
        let mut lines = text.strip_prefix('\u{feff}').expect("a byte order mark").lines();
        let titles: Vec<&str> = lines.next().expect("titles").split(';').collect();
        let place =
            |title: &str| titles.iter().position(|found| *found == title).unwrap_or_else(|| panic!("{titles:?}"));
        let (row, amount) = (place("Fila del archivo"), place("Monto FNDR"));
        let cells: Vec<Vec<String>> = lines.map(cells).collect();
        let sum: i64 = cells.iter().map(|cells| cells[amount].parse::<i64>().expect("pesos")).sum();
        let truth = installation.query(&format!("select count(*), sum(monto) from layers.inversiones where {sql}"));
        assert_eq!(format!("{}|{sum}", cells.len()), truth, "{filter}");
        // The rows are those of the file, by their numbers.
        let known = installation.number(&format!(
            "select count(*) from layers.inversiones where {sql} and source_row in ({})",
            cells.iter().map(|cells| cells[row].as_str()).collect::<Vec<_>>().join(",")
        ));
        assert_eq!(usize::try_from(known).expect("a count"), cells.len(), "{filter}");
    }
}

/// The cells of a record of the CSV.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for sign in line.chars() {
        match sign {
            '"' => quoted = !quoted,
            ';' if !quoted => cells.push(String::new()),
            other => cells.last_mut().expect("a cell").push(other),
        }
    }
    cells
}

#[tokio::test]
async fn the_chain_goes_from_the_edition_to_the_bytes_of_the_files() {
    let loaded = Loaded::new().await;
    let edition = loaded.edition();
    let page = loaded
        .web
        .get(&format!("/procedencia/inversion_comunal?cifra=monto&anio=2024&dentro=16&edicion={edition}"))
        .await;
    let html = page.text();
    assert!(html.contains(&format!("Edición {edition}")));
    for file in loaded.installation.rows(
        "select f.sha256, l.id, l.run_id from edition_releases e join releases l on l.id = e.release_id
         join source_files f on f.sha256 = l.source_sha
         where e.edition_id = (select max(id) from editions) and l.dataset_id in ('inversiones', 'poblacion', 'comunas')",
    ) {
        let sha = file["sha256"].as_str().expect("a hash");
        assert!(html.contains(sha), "the page names the file {sha}");
        assert!(html.contains(&format!("href=\"/ejecuciones/{}\"", file["run_id"])), "and the run that read it");
    }
    // The rule: the very text of the query, kept with the release.
    let query =
        loaded.installation.query("select split_part(query, chr(10), 1) from releases where query is not null limit 1");
    assert!(query.starts_with("-- Amount") && html.contains(&query), "the page shows the query: {query}");
    assert!(html.contains("su suma debe ser la del archivo") && html.contains("filas rechazadas: sobre 1 % avisa"));
    assert!(!html.contains("/srv/") && !html.contains("/tmp/"), "no folder of the server is told");
    assert!(html.contains(&format!("/descargas/inversiones?edicion={edition}")));
}

#[tokio::test]
async fn an_address_of_no_figure_says_so_and_never_shows_another() {
    let loaded = Loaded::new().await;
    for (address, status) in [
        ("/procedencia/inversion_comunal?cifra=nada", 404),
        ("/procedencia/inversion_comunal?cifra=tipologia", 404),
        ("/procedencia/poblacion?cifra=poblacion&tipologia=FRIL", 404),
        ("/procedencia/nada?cifra=filas", 404),
        ("/procedencia/inversiones?cifra=monto&anyo=2024", 400),
        ("/procedencia/inversiones?cifra=monto&edicion=99", 404),
        ("/procedencia/inversiones/filas.csv?cifra=nada", 404),
    ] {
        assert_eq!(loaded.web.get(address).await.status, status, "{address}");
    }
}

#[tokio::test]
async fn the_figure_of_an_older_edition_stays_traceable_to_its_own_file() {
    let loaded = Loaded::new().await;
    let installation = &loaded.installation;
    let before = loaded.edition();
    let address =
        |edition: i64| format!("/procedencia/inversion_comunal?cifra=monto&anio=2024&dentro=16&edicion={edition}");
    let old = text_of(&loaded.web.get(&address(before)).await.text(), "cifra").to_owned();

    let later = goreos_testkit::investments(goreos_testkit::SAMPLE_SEED + 1, goreos_testkit::SAMPLE_ROWS);
    installation.write("inversiones", "sample/inversiones.csv", &later.bytes);
    let run = installation.ingest(&["inversiones"]).await;
    let now = run.edition.expect("the changed file is published");
    let sha = |edition: i64| {
        installation.query(&format!(
            "select l.source_sha from edition_releases e join releases l on l.id = e.release_id
             where e.edition_id = {edition} and e.dataset_id = 'inversiones'"
        ))
    };
    let (old_page, new_page) =
        (loaded.web.get(&address(before)).await.text(), loaded.web.get(&address(now)).await.text());
    assert_eq!(text_of(&old_page, "cifra"), old);
    assert_ne!(text_of(&new_page, "cifra"), old);
    assert!(old_page.contains(&sha(before)) && !old_page.contains(&sha(now)));
    assert!(new_page.contains(&sha(now)) && !new_page.contains(&sha(before)));
    assert!(old_page.contains("ir a la vigente") && !new_page.contains("ir a la vigente"));
}

#[tokio::test]
async fn rows_taken_over_from_earlier_files_name_those_files() {
    let contract = OBRAS.replace("[load]\n", "[load]\nmode = \"append\"\n");
    let installation = Installation::new().await.with_dataset("obras", &contract);
    installation.write("obras", "obras.csv", obras(1..51));
    installation.register().await;
    let (_worker, _scheduler, web) = (installation.worker(), installation.scheduler(), installation.web().await);
    assert_eq!(installation.ingest(&["obras"]).await.state, "published");
    installation.write("obras", "obras.csv", obras(51..61));
    assert_eq!(installation.ingest(&["obras"]).await.state, "published");
    let html = web.get("/procedencia/obras?cifra=monto").await.text();
    assert_eq!(text_of(&html, "cifra"), "1.830", "1 to 60");
    assert!(html.contains("50 filas vienen de versiones anteriores"));
    let files = installation.query("select sha256 from source_files");
    assert_eq!(files.lines().count(), 2);
    for sha in files.lines() {
        assert!(html.contains(sha), "the page names {sha}");
    }
}
