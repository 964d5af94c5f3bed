//! Every template but those of runs, rendered with every sample.

use askama::Template;
use goreos_db::Edition;
use goreos_db::read::{
    Change, DatasetFreshness, Document, DocumentKey, EditionLine, FreshRelease, HeldRelease, LastRun, PendingReport,
    WaitingRun,
};
use goreos_domain::{Cut, EditionId, Fault, ReleaseId, RunId, RunState};

use super::{
    NASTY, comuna_profile, dashboard, dataset, empty_dashboard, file, hours_ago, now, provenance, shell, sources,
};
use crate::boundary::ErrorPage;
use crate::dashboard::{DashboardFragment, DashboardPage, Filter, samples as dashboard_parts};
use crate::documents::{DocumentsFragment, DocumentsPage, Lists, build_documents};
use crate::editions::{EditionPage, EditionRow, EditionsPage, HeldRow, WayBack};
use crate::home::{DatasetRow, HomePage, WaitingRow, provinces};
use crate::profile::{self, ProfilePage};
use crate::query::Pager;
use crate::shell::{Section, Sources};

/// Checks what every page promises, and keeps it to be looked at when somebody made a folder for it.
pub fn check(name: &str, page: &impl Template) -> String {
    let html = page.render().expect("rendered");
    assert!(!html.contains("<script>alert"), "{name} lets a tag of a cell through");
    for inline in [" style=", " onclick=", "javascript:", "<style"] {
        assert!(!html.contains(inline), "{name} has something inline: {inline}");
    }
    assert_eq!(html.matches("<table").count(), html.matches("<caption").count(), "{name}: every table says what it is");
    let folder = std::env::temp_dir().join("goreos-pages");
    if folder.is_dir() {
        std::fs::write(folder.join(format!("{name}.html")), &html).expect("written");
    }
    html
}

fn no_pages() -> Pager {
    Pager::new(1, 50, 0, |_| String::new())
}

#[test]
fn the_home_page_says_what_there_is_and_how_fresh_it_is() {
    let fresh = |id: &str, title: &str, run: RunState| DatasetFreshness {
        id: dataset(id),
        title: title.into(),
        description: "Cartera de iniciativas financiadas por el FNDR de Ñuble entre 2019 y 2025.".into(),
        theme: "Inversión".into(),
        owner: "DIPIR".into(),
        licence: "CC0-1.0".into(),
        attribution: String::new(),
        example: id == "inversiones",
        derived: false,
        release: (id != "nada").then(|| FreshRelease {
            id: ReleaseId(12),
            rows: 2_314,
            built_at: hours_ago(3),
            source: Some(file("a/b.csv")),
        }),
        last_run: Some(LastRun {
            id: RunId(31),
            state: run,
            created_at: hours_ago(3),
            finished_at: Some(hours_ago(2)),
            fault: None,
        }),
        next_fire_at: Some(hours_ago(-9)),
    };
    let typical = [
        fresh("inversiones", "Iniciativas de inversión", RunState::Published),
        fresh("poblacion", "Población comunal", RunState::Unchanged),
        fresh("nada", NASTY, RunState::Failed),
    ];
    let page = |pinned, datasets: &[DatasetFreshness]| {
        let shell = shell(Section::Home, pinned);
        let rows = datasets.iter().map(|d| DatasetRow::new(&shell, d, now())).collect();
        let wait = |title: &str| WaitingRun { id: RunId(33), title: title.into(), since: hours_ago(2) };
        let waiting =
            if datasets.is_empty() { Vec::new() } else { vec![wait("Iniciativas de inversión"), wait(NASTY)] };
        let waiting = waiting.iter().map(|run| WaitingRow::new(&shell, run, now())).collect();
        HomePage { waiting, provinces: provinces(&shell, &shell.site.region), datasets: rows, shell }
    };
    let html = check("home", &page(false, &typical));
    assert!(html.contains("datos de ejemplo") && html.contains("hace 3 horas") && html.contains("2.314 filas"));
    assert!(
        html.contains("una carga espera aprobación desde hace 2 horas") && html.contains("href=\"/ejecuciones/33\"")
    );
    assert!(html.contains("sin datos en esta edición") && html.contains("sigue vigente la versión anterior"));
    assert!(check("home-pinned", &page(true, &typical)).contains("/comunas/16101?edicion=4"));
    assert!(check("home-empty", &page(false, &[])).contains("Aún no hay conjuntos"));
}

#[test]
fn the_dashboard_shows_map_table_series_and_the_total_to_the_peso() {
    let filter = Filter::parse("anio=2024&provincia=161").expect("a filter");
    let (form, part) = dashboard_parts(&shell(Section::Dashboard, true), &dashboard(), &filter, sources());
    let total = dashboard().totals.all().amount;
    let page = DashboardPage {
        shell: shell(Section::Dashboard, true),
        form: Some(form),
        part: Some(part.clone()),
        missing: String::new(),
    };
    let html = check("dashboard", &page);
    assert!(html.contains(&format!("id=\"total-region\" data-pesos=\"{total}\"")));
    assert!(html.contains("Montos provinciales, regionales y de varias comunas, no repartidos"));
    assert!(html.contains("provincia de Diguillín") && html.contains("<option value=\"2024\" selected>"));
    assert!(html.contains("name=\"edicion\" value=\"4\"") && html.contains("ir a la vigente"));
    let fragment = check("dashboard-part", &DashboardFragment { part });
    assert!(html.contains(fragment.trim()), "the page includes the very fragment");
}

#[test]
fn a_dashboard_without_data_says_so() {
    let shell = || shell(Section::Dashboard, false);
    let (form, part) = dashboard_parts(&shell(), &empty_dashboard(), &Filter::default(), Sources::default());
    let page = DashboardPage { shell: shell(), form: Some(form), part: Some(part), missing: String::new() };
    assert!(check("dashboard-empty", &page).contains("Ninguna comuna para estos filtros"));
    let page = |missing: &str| DashboardPage { shell: shell(), form: None, part: None, missing: missing.into() };
    assert!(check("dashboard-none", &page("")).contains("Todavía no se ha publicado ninguna edición"));
    assert!(check("dashboard-missing", &page("poblacion")).contains("no incluye el conjunto «poblacion»"));
}

#[test]
fn a_profile_tells_one_comuna_and_asks_for_its_report() {
    for (name, full) in [("profile", true), ("profile-empty", false)] {
        let (profile, areas) = comuna_profile(full);
        let shell = shell(Section::Elsewhere, false);
        let body = profile::build(&shell, &profile, &areas, 4, sources()).expect("built");
        let html = check(
            name,
            &ProfilePage {
                shell,
                name: "Coihueco".into(),
                cut: "16302".into(),
                body: Some(body),
                missing: String::new(),
            },
        );
        assert!(
            html.contains("method=\"post\" action=\"/comunas/16302/informe\"")
                && html.contains("name=\"edicion\" value=\"4\"")
        );
        assert_eq!(html.contains("Compartidas con otras comunas"), full);
    }
}

/// The catalogue of two.
fn datasets() -> Vec<DatasetFreshness> {
    let known = |id: &str, title: &str| DatasetFreshness {
        id: dataset(id),
        title: title.into(),
        description: String::new(),
        theme: String::new(),
        owner: String::new(),
        licence: String::new(),
        attribution: String::new(),
        example: false,
        derived: false,
        release: None,
        last_run: None,
        next_fire_at: None,
    };
    vec![known("inversiones", "Inversiones"), known("poblacion", "Población")]
}

pub fn edition_line(id: i64, run: Option<RunId>) -> EditionLine {
    let change =
        |title: &str, before, after| Change { dataset: dataset("inversiones"), title: title.into(), before, after };
    EditionLine {
        id: EditionId(id),
        created_at: hours_ago(id),
        note: NASTY.into(),
        run,
        previous: Some(EditionId(id - 1)),
        rolled_back_to: run.is_none().then_some(EditionId(1)),
        dropped_at: (id == 2).then(|| hours_ago(1)),
        tags: if id == 3 { vec!["cuenta-publica-2026".into()] } else { Vec::new() },
        changes: vec![
            change("Inversiones", Some(ReleaseId(7)), Some(ReleaseId(12))),
            change(NASTY, None, Some(ReleaseId(3))),
            change("Localidades", Some(ReleaseId(1)), None),
        ],
    }
}

#[test]
fn editions_say_what_changed_and_what_they_hold() {
    let shell = || shell(Section::Editions, false);
    let row = |id, run| EditionRow::new(&shell(), &edition_line(id, run), Some(EditionId(4)));
    let page = EditionsPage {
        shell: shell(),
        rows: vec![row(4, Some(RunId(31))), row(3, None), row(2, Some(RunId(30)))],
        total: "2 ediciones".into(),
        pager: no_pages(),
    };
    let html = check("editions", &page);
    assert!(
        html.contains("Inversiones: versión 7 → 12")
            && html.contains("retirado")
            && html.contains("cuenta-publica-2026")
    );
    assert!(html.contains("Vuelta a la <a href=\"/ediciones/1\">edición 1</a>") && html.contains("/ediciones/3...4"));
    assert!(html.contains("retirada el 04-03-2026") && !html.contains("edicion=2\""), "what is gone is not offered");
    let page = EditionsPage { shell: shell(), rows: Vec::new(), total: String::new(), pager: no_pages() };
    assert!(check("editions-empty", &page).contains("Todavía no se ha publicado ninguna edición"));

    let held = |title: &str| {
        let release = HeldRelease { provenance: provenance("inversiones", title, true), run: RunId(31) };
        HeldRow::new(&shell(), &release, EditionId(4))
    };
    let of = |id, release| Edition::of(id, [("inversiones", release), ("poblacion", 2)]);
    let back = |edition: &Edition| WayBack::new(&shell(), edition, &of(4, 12), &datasets(), None);
    let show = |name: &str, edition, held, back| check(name, &EditionPage { shell: shell(), edition, held, back });
    let html = show("edition", row(3, Some(RunId(31))), vec![held("Inversiones"), held(NASTY)], back(&of(3, 7)));
    assert!(
        html.contains("method=\"post\" action=\"/ediciones/3/volver\"")
            && html.contains("name=\"vigente\" value=\"4\"")
    );
    assert!(html.contains("Inversiones: versión 12 → 7") && !html.contains("Población: versión"), "only what changes");
    assert!(html.contains("/descargas/inversiones?edicion=4") && html.contains("/ediciones/4...3"));
    let current = show("edition-current", row(4, Some(RunId(31))), Vec::new(), back(&of(4, 12)));
    assert!(current.contains("Es la edición vigente.") && !current.contains("<form"));
    assert!(show("edition-same", row(3, None), Vec::new(), back(&of(3, 12))).contains("tiene las mismas versiones"));
    let mut gone = of(2, 1);
    gone.dropped_at = Some(hours_ago(1));
    let html = show("edition-dropped", row(2, None), vec![held("Inversiones")], back(&gone));
    assert!(html.contains("ya no se puede volver a ella") && !html.contains("/descargas/"));
    let html = show("edition", row(4, Some(RunId(31))), vec![held("Inversiones"), held(NASTY)], back(&of(4, 12)));
    assert!(html.contains("inversiones.csv") && html.contains("9f86d081884c7d65") && !html.contains("/srv/"));
    let bare = EditionRow { changes: Vec::new(), run: None, ..row(1, None) };
    assert!(show("edition-empty", bare, Vec::new(), back(&of(1, 1))).contains("no contiene conjuntos"));
}

#[test]
fn documents_are_listed_and_pending_ones_say_so() {
    let key =
        || DocumentKey { kind: "comuna".into(), cut: Cut::parse("16302").expect("a code"), edition: EditionId(4) };
    let document = |id, title: &str| Document {
        id,
        key: key(),
        title: title.into(),
        run: RunId(40 + id),
        object_key: "documents/41.pdf".into(),
        file_name: "ficha-coihueco-edicion-4.pdf".into(),
        media_type: "application/pdf".into(),
        bytes: 184_000,
        sha256: String::new(),
        requested_by: "web".into(),
        created_at: hours_ago(1),
    };
    let pending = |state, fault| PendingReport {
        run: RunId(50),
        key: key(),
        state,
        requested_by: "web".into(),
        created_at: hours_ago(0),
        fault,
    };
    let page = |name: &str, documents: &[Document], pending: &[PendingReport], run: i64| {
        let shell = shell(Section::Documents, false);
        let lists = Lists { documents, total: 2, pending, run: Some(RunId(run)) };
        let body = build_documents(&shell, &lists, no_pages(), now());
        let fragment = check(&format!("{name}-part"), &DocumentsFragment { shell: shell.clone(), body: body.clone() });
        let html = check(name, &DocumentsPage { shell, body });
        assert!(html.contains(fragment.trim()), "the page includes the very fragment");
        html
    };
    let documents = [document(1, "Ficha de inversión comunal: Coihueco"), document(2, NASTY)];
    let fault = Fault::give_up("report.failed", NASTY, "Avise");
    let waiting = page(
        "documents-waiting",
        &documents,
        &[pending(RunState::Queued, None), pending(RunState::Failed, Some(fault))],
        50,
    );
    assert!(
        waiting.contains("En preparación…")
            && waiting.contains("hx-trigger=\"every 2s\"")
            && waiting.contains("No se pudo preparar")
    );
    let ready = page("documents", &documents, &[], 41);
    assert!(
        ready.contains("Su informe está listo")
            && ready.contains("href=\"/documentos/1\"")
            && !ready.contains("hx-trigger")
    );
    assert!(page("documents-empty", &[], &[], 1).contains("Aún no hay documentos"));
}

#[test]
fn an_error_tells_the_reader_what_to_do_and_carries_the_number_of_the_request() {
    let page = |text: &str, request_id: &str| ErrorPage {
        shell: crate::shell::Shell::bare(&super::site(), Section::Elsewhere),
        status: 404,
        title: "No encontramos esta página",
        text: text.into(),
        request_id: request_id.into(),
    };
    let html = check("error", &page(&format!("No hay una comuna con el código «{NASTY}»."), "6f1c"));
    assert!(html.contains("<code>6f1c</code>") && html.contains("Ir al inicio"));
    assert!(!check("error-plain", &page("", "")).contains("Número de solicitud"));
}
