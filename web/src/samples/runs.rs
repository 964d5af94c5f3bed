//! The pages of runs, rendered with every sample.

use goreos_db::read::{
    Base, Cause, ComunaOutline, LogLine, Mendable, Paged, PhaseLine, Reason, Reject, RejectPoint, RunDetail, RunLine,
};
use goreos_domain::{EditionId, Fault, Job, Phase, ReleaseId, RunId, RunState, Trigger};
use serde_json::{Value, json};

use super::pages::check;
use super::{NASTY, dataset, file, hours_ago, now, shell};
use crate::page::Choice;
use crate::query::Pager;
use crate::runs::{
    GateLoaded, Loaded, Refused, RejectChoice, RunFragment, RunPage, RunRow, RunsPage, build_run, loads, tabs,
};
use crate::shell::Section;

pub fn run_line(state: RunState, fault: Option<Fault>) -> RunLine {
    let over = state.is_final();
    RunLine {
        id: RunId(31),
        job: Job::Ingest,
        dataset: Some(dataset("inversiones")),
        dataset_title: Some("Iniciativas de inversión".into()),
        args: json!({}),
        trigger: Trigger::Schedule,
        requested_by: "programador".into(),
        state,
        phase: Some(Phase::Build),
        rows_done: 1_200,
        rows_expected: Some(2_361),
        rows_read: over.then_some(2_361),
        rows_loaded: over.then_some(2_314),
        rows_rejected: over.then_some(47),
        edition: (state == RunState::Published).then_some(EditionId(4)),
        fault,
        created_at: hours_ago(3),
        started_at: (state != RunState::Queued).then(|| hours_ago(3)),
        finished_at: over.then(|| hours_ago(2)),
    }
}

/// Everything a run can find.
fn report() -> Value {
    json!({
        "findings": {
            "format": "csv", "encoding": "windows-1252", "encoding_evidence": NASTY, "delimiter": ";", "header_row": 3,
            "decimal": ",", "crs": "EPSG:32719", "crs_operation": "Inverse of UTM zone 19S", "crs_accuracy_m": 2.0,
            "blank_rows": 4, "repaired": {"count": 3, "area_changed_m2": 12.5, "max_change_pct": 0.2, "by_reason": {"self_intersection": 3}}, "mended": 2, "mend_ignored": 1, "columns": [{"name": "MONTO", "seen": "int"}],
            "datum": {"declared": {"crs": "EPSG:32719", "inside": 98, "of": 100}, "others": [{"crs": "EPSG:32718", "inside": 3, "of": 100}]},
            "drift": [
                {"of": "file", "column": NASTY, "change": "added", "before": "", "after": "texto"},
                {"of": "contract", "column": "monto", "change": "narrowed", "before": "texto", "after": "monto"},
            ],
        },
        "sums": {"monto": "1234567"},
        "warnings": [NASTY],
    })
}

pub fn run_detail(line: RunLine) -> RunDetail {
    let over = line.state.is_final();
    let phase = |phase, rows, note: &str| PhaseLine {
        phase,
        started_at: hours_ago(3),
        finished_at: over.then(|| hours_ago(2)),
        rows,
        note: note.into(),
    };
    RunDetail {
        attempt: 1,
        max_attempts: 5,
        cancel_requested: false,
        available_at: hours_ago(3),
        source: Some(file("/srv/inversiones.csv")),
        report: report(),
        phases: vec![
            phase(Phase::Fetch, None, "612,3 kB"),
            phase(Phase::Read, Some(2_361), "codificación windows-1252"),
            phase(Phase::Build, Some(2_314), NASTY),
        ],
        log: vec![
            LogLine { at: hours_ago(3), level: "info".into(), message: "Se leyeron 2.361 filas".into() },
            LogLine { at: hours_ago(3), level: "warn".into(), message: NASTY.into() },
        ],
        log_left_out: 12,
        releases: vec![(dataset("inversiones"), ReleaseId(12))],
        line,
    }
}

fn reason(header: &str, column: &str) -> Reason {
    Reason {
        column: Some(column.into()),
        header: Some(header.into()),
        value: Some("#REF!".into()),
        rule: "required".into(),
        code: "value.missing".into(),
        reason: "Falta el monto.".into(),
        remedy: "Complete la celda en la planilla de origen.".into(),
    }
}

fn rejects() -> (Vec<Cause>, Paged<Reject>) {
    let raw: Vec<(String, String)> = [("NOMBRE", NASTY), ("MONTO FNDR", "#REF!"), ("COMUNA", ""), (NASTY, "x")]
        .map(|(h, c)| (h.to_owned(), c.to_owned()))
        .to_vec();
    let of_row = Reason { column: None, header: None, value: None, reason: NASTY.into(), ..reason("", "") };
    let reasons = vec![reason("MONTO FNDR", "monto"), reason("COMUNA", "comuna"), reason(NASTY, NASTY), of_row];
    let reject = |source_row| Reject { source_row, raw: raw.clone(), reasons: reasons.clone() };
    let cause = |code: &str, header: Option<&str>, rows| Cause {
        code: code.into(),
        column: header.map(str::to_lowercase),
        header: header.map(Into::into),
        rows,
        first_rows: vec![17, 19, 23, 1_204, 1_205],
        reason: "Falta el monto.".into(),
        remedy: "Complete la celda en la planilla de origen.".into(),
        samples: vec!["#REF!".into(), String::new(), NASTY.into()],
    };
    let causes = vec![cause("value.missing", Some("MONTO FNDR"), 41), cause("geometry.invalid", None, 6)];
    (causes, Paged { items: vec![reject(17), reject(1_204)], total: 47 })
}

/// A run that refused nothing.
pub fn loaded(run: RunDetail) -> Loaded {
    Loaded {
        run,
        causes: Vec::new(),
        rejects: Paged { items: Vec::new(), total: 0 },
        points: Vec::new(),
        outlines: Vec::new(),
        mendable: Mendable::NoRejects,
        mended_in: Vec::new(),
        has_geometry: false,
        gate: GateLoaded::default(),
    }
}

/// A run that refused rows which can be mended, some of them somewhere.
fn rejected(run: RunDetail) -> Loaded {
    let (causes, rejects) = rejects();
    let point = |source_row, lon, lat| RejectPoint { source_row, lon, lat };
    let base = Base { run: RunId(31), dataset: dataset("inversiones"), source_sha: "aa11".into(), bytes: 10 };
    let outlines = super::region::areas().into_iter().map(|area| ComunaOutline {
        cut: area.cut.to_string(),
        name: area.name,
        geometry: area.geometry,
    });
    Loaded {
        causes,
        rejects,
        points: vec![point(17, -72.1, -36.6), point(19, -72.1, -36.6), point(1_204, -36.6, -72.1)],
        outlines: outlines.collect(),
        mendable: Mendable::Yes(base),
        mended_in: vec![(RunId(32), RunState::Published)],
        has_geometry: true,
        ..loaded(run)
    }
}

pub fn run_page(name: &str, loaded: &Loaded, cause: Option<&str>) -> String {
    let choice = RejectChoice { number: 1, cause: cause.map(Into::into) };
    let shell = shell(Section::Runs, false);
    let body = build_run(&shell, loaded, &choice, now());
    let fragment = check(&format!("{name}-part"), &RunFragment { body: body.clone() });
    let html = check(name, &RunPage { shell, body });
    assert!(html.contains(fragment.trim()), "the page includes the very fragment");
    html
}

#[test]
fn a_finished_run_accounts_for_every_row_and_stops_asking() {
    let html = run_page("run", &rejected(run_detail(run_line(RunState::Published, None))), Some("value.missing"));
    assert!(html.contains("2.361") && html.contains("2.314") && html.contains(">47<"));
    assert!(html.contains("47 de 2.361 filas leídas (2,0 %)") && html.contains("87,2 %"));
    assert!(html.contains("Complete la celda en la planilla de origen"));
    assert!(!html.contains("hx-trigger"), "nothing more will happen");
    assert!(html.contains("punto y coma (;)") && html.contains("98,0 % (98 de 100)") && html.contains("agregada"));
}

#[test]
fn refused_rows_are_downloaded_mended_and_sent_back_on_the_same_page() {
    let html = run_page("run-rejects", &rejected(run_detail(run_line(RunState::Published, None))), None);
    assert!(html.contains("/ejecuciones/31/rechazos.csv") && html.contains("/ejecuciones/31/rechazos.xlsx"));
    assert!(html.contains("method=\"post\" action=\"/ejecuciones/31/correccion\" enctype=\"multipart/form-data\""));
    assert!(html.contains("<mark>(vacía)</mark>") && html.contains("17, 19, 23, 1.204, 1.205…"));
    assert!(html.contains("Algunas filas se rechazaron por su geometría"));
    assert!(html.contains("href=\"/ejecuciones/32\">ejecución 32</a>"), "it says where the rows were taken");
    assert!(html.contains("Fila 17 (+1)") && html.contains("1 queda fuera de la región"));
}

#[test]
fn rows_that_cannot_be_mended_here_have_no_form_and_say_why() {
    let mut old = rejected(run_detail(run_line(RunState::Published, None)));
    old.mendable = Mendable::Superseded(RunId(40));
    let html = run_page("run-superseded", &old, None);
    assert!(!html.contains("<form") && html.contains("Corrija las filas rechazadas de la ejecución 40"));
    let mut shapes = rejected(run_detail(run_line(RunState::Published, None)));
    shapes.causes.remove(0);
    let html = run_page("run-shapes", &shapes, None);
    assert!(!html.contains("<form") && html.contains("Estas filas se rechazaron por su geometría"));
}

#[test]
fn a_run_of_mended_rows_names_the_run_it_mends_and_a_refused_file_is_told_above_all() {
    let mut run = run_detail(run_line(RunState::Published, None));
    run.line.args = json!({"mend": 4, "mend_of": 12, "origin": format!("Corrección de la ejecución 12: {NASTY}.xlsx")});
    let html = run_page("run-mend", &loaded(run), None);
    assert!(html.contains("Corrige la <a href=\"/ejecuciones/12\">ejecución 12</a>") && html.contains(".xlsx</dd>"));

    let shell = shell(Section::Runs, false);
    let run = rejected(run_detail(run_line(RunState::Failed, None)));
    let mut body = build_run(&shell, &run, &RejectChoice::default(), now());
    body.refused = Some(Refused::mend(Fault::give_up("mend.superseded", NASTY, "Corrija las de la ejecución 40.")));
    body.received_before = true;
    let html = check("run-refused", &RunPage { shell, body });
    assert!(html.contains("La corrección no se recibió") && html.contains("<code>mend.superseded</code>"));
    assert!(html.contains("ya se había recibido"));
}

#[test]
fn a_run_that_goes_on_asks_again_and_shows_how_far_it_is() {
    let html = run_page("run-running", &loaded(run_detail(run_line(RunState::Running, None))), None);
    assert!(html.contains("hx-trigger=\"every 2s\"") && html.contains("<progress max=\"2361\" value=\"1200\""));
    let mut queued = run_detail(run_line(RunState::Queued, None));
    (queued.phases, queued.log, queued.source) = (Vec::new(), Vec::new(), None);
    assert!(run_page("run-queued", &loaded(queued), None).contains("Aún no comienza"));
}

#[test]
fn a_failed_run_says_what_where_and_how_to_mend_it() {
    let fault = Fault::give_up("file.missing_column", "Falta la columna «MONTO FNDR»", format!("Agréguela. {NASTY}"))
        .at("inversiones.csv, fila 3");
    let mut run = run_detail(run_line(RunState::Failed, Some(fault)));
    (run.line.rows_read, run.line.rows_loaded, run.line.rows_rejected) = (None, None, None);
    let html = run_page("run-failed", &loaded(run), None);
    assert!(
        html.contains("Falta la columna «MONTO FNDR»")
            && html.contains("inversiones.csv, fila 3")
            && html.contains("file.missing_column")
    );
    assert!(html.contains("la edición anterior sigue vigente"));
}

#[test]
fn the_list_of_runs_says_how_each_went() {
    let page = |rows: Vec<RunLine>, total: i64, unfiltered: Option<String>| {
        let shell = shell(Section::Runs, false);
        let rows = rows.iter().map(|run| RunRow::new(&shell, run, now())).collect();
        let pager = Pager::new(2, 50, total, |page| format!("/ejecuciones?pagina={page}"));
        let choices = |label: &str| vec![Choice::new("a", label, true)];
        RunsPage {
            tabs: tabs(&shell, &loads(), 2),
            shell,
            datasets: choices(NASTY),
            states: choices("fallida"),
            job: None,
            rows,
            total: total.to_string(),
            pager,
            unfiltered,
        }
    };
    let fault = Fault::later("db.lost", NASTY, "Espere");
    let mut report = run_line(RunState::Queued, None);
    (report.job, report.dataset, report.dataset_title, report.args) =
        (Job::Report, None, None, json!({"cut": "16302"}));
    let rows = vec![
        run_line(RunState::Published, None),
        run_line(RunState::Failed, Some(fault)),
        run_line(RunState::Unchanged, None),
        report,
    ];
    let html = check("runs", &page(rows, 160, None));
    assert!(
        html.contains("Informe de Coihueco") && html.contains("Iniciativas de inversión") && html.contains("pagina=3")
    );
    assert!(
        html.contains(
            "href=\"/ejecuciones?estado=awaiting_approval\">Esperan aprobación <span class=\"badge\">2</span>"
        )
    );
    assert!(check("runs-empty", &page(Vec::new(), 0, None)).contains("Ninguna ejecución"));
    assert!(
        check("runs-filtered", &page(Vec::new(), 0, Some("/ejecuciones".into())))
            .contains("Ninguna cumple con estos filtros")
    );
}
