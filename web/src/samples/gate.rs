//! The section of a run's page about the gate, and the audit trail, rendered with every sample.

use goreos_db::audit::{Action, Line};
use goreos_db::difference::{Cell, Changed, Kind};
use goreos_db::read::{ComunaOutline, RunDetail};
use goreos_domain::gate::{
    ColumnFacts, ComunaFigure, DerivedRelease, Features, Indicator, Loss, Outcome, Reason, Rows,
};
use goreos_domain::{EditionId, Fault, MoneyUnit, Reaction, ReleaseId, RunId, RunState};
use serde_json::json;

use super::pages::check;
use super::runs::{loaded, run_detail, run_line, run_page};
use super::{NASTY, dataset, hours_ago, now, shell};
use crate::audit::{AuditPage, AuditRow};
use crate::page::Choice;
use crate::query::Pager;
use crate::runs::{GateLoaded, Loaded, Refused, RejectChoice, RunPage, build_run};
use crate::shell::Section;

fn reason(code: &str, what: &str, limit: Option<&str>) -> Reason {
    Reason { code: code.into(), reaction: Reaction::Wait, what: what.into(), limit: limit.map(Into::into) }
}

fn indicator(figure: &str, unit: Option<MoneyUnit>, scale: i128) -> Indicator {
    let outlines = outlines();
    let comunas = outlines.iter().zip(0_i128..).map(|(comuna, place)| ComunaFigure {
        cut: comuna.cut.clone(),
        before: (place != 4).then_some((place * 7_919 % 97 + 3) * scale),
        after: (place != 6).then_some(((place * 7_919 % 97 + 3) * (90 + place * 31 % 17)) * scale / 100),
    });
    Indicator {
        dataset: dataset("inversion_comunal"),
        title: "Inversión por comuna, año y tipología".into(),
        column: figure.to_lowercase(),
        figure: figure.into(),
        unit,
        before: Some(1_234 * scale),
        after: Some(1_102 * scale),
        comunas: comunas.collect(),
    }
}

fn column(title: &str, empty: (i64, i64), total: Option<(i128, i128)>) -> ColumnFacts {
    ColumnFacts {
        name: title.to_lowercase(),
        title: title.into(),
        empty_before: empty.0,
        empty_after: empty.1,
        total_before: total.map(|total| total.0),
        total_after: total.map(|total| total.1),
    }
}

/// A file that lost a third of its rows.
fn shrunken() -> Outcome {
    Outcome {
        reaction: Reaction::Wait,
        base: Some(EditionId(4)),
        reasons: vec![
            reason("gate.shrink", "El conjunto pierde 38,2 % de sus filas: de 2.314 a 1.430.", Some("20%")),
            reason("gate.indicator", "En 3 comunas una cifra cambia más que el límite.", Some("25%")),
            reason("gate.drift", NASTY, None),
        ],
        rows: Rows { before: Some(2_314), after: 1_430 },
        columns: vec![
            column("Monto FNDR", (0, 0), Some((817_390_500_000, 512_345_678_000))),
            column("Estado", (12, 340), None),
            column("Nombre", (0, 0), None),
            column("Código", (0, 0), None),
        ],
        drift: vec![NASTY.into()],
        features: Some(Features { added: 1, removed: 884, changed: 12, moved: 0, same: 1_417 }),
        indicators: vec![
            indicator("Monto FNDR", Some(MoneyUnit::Pesos), 61_234_567),
            indicator("Iniciativas", None, 3),
        ],
        from_release: Some(ReleaseId(7)),
        to_release: Some(ReleaseId(12)),
        derived: vec![DerivedRelease {
            dataset: dataset("inversion_comunal"),
            from_release: Some(ReleaseId(8)),
            to_release: ReleaseId(13),
        }],
        losses: vec![Loss { page: "Tablero de inversión".into(), column: "inversiones.tipologia".into() }],
    }
}

pub fn outlines() -> Vec<ComunaOutline> {
    let areas = super::region::areas().into_iter();
    areas.map(|area| ComunaOutline { cut: area.cut.to_string(), name: area.name, geometry: area.geometry }).collect()
}

/// A point as WKB.
pub fn point(lon: f64, lat: f64) -> Vec<u8> {
    [&[1, 1, 0, 0, 0][..], &lon.to_le_bytes(), &lat.to_le_bytes()].concat()
}

fn differing(kind: Kind, key: &str) -> Changed {
    let cell = |column: &str, before: &str, after: &str| Cell {
        column: column.into(),
        before: Some(before.into()).filter(|_| kind != Kind::Added),
        after: Some(after.into()).filter(|_| kind != Kind::Removed),
    };
    Changed {
        kind,
        key: vec![("codigo".into(), Some(key.into()))],
        cells: vec![cell("monto", "52800000", "42800000"), cell("nombre", NASTY, "Otro"), cell("anio", "2024", "2024")],
        moved_m: (kind == Kind::Moved).then_some(123.4),
        before: Some(point(-72.1, -36.6)),
        after: (kind != Kind::Removed).then(|| point(-72.0, -36.7)),
    }
}

pub fn line(action: Action, comment: &str) -> Line {
    Line {
        id: 9,
        at: hours_ago(2),
        actor: "cli:ana".into(),
        action,
        run: Some(RunId(31)),
        edition: matches!(action, Action::Publish | Action::Rollback | Action::Drop).then_some(EditionId(5)),
        dataset: Some(dataset("inversiones")),
        dataset_title: Some("Iniciativas de inversión".into()),
        comment: comment.into(),
        detail: json!({"by": 32, "to": 3, "tag": NASTY}),
    }
}

fn gated(state: RunState, outcome: &Outcome, fault: Option<Fault>) -> RunDetail {
    let mut run = run_detail(run_line(state, fault));
    run.report["gate"] = serde_json::to_value(outcome).expect("JSON");
    run
}

fn with(run: RunDetail, decisions: Vec<Line>) -> Loaded {
    let rows = Kind::ALL.map(|kind| differing(kind, "0001-2019")).into_iter().chain([differing(Kind::Changed, NASTY)]);
    let seen = rows.collect();
    Loaded { outlines: outlines(), gate: GateLoaded { seen, decisions }, ..loaded(run) }
}

#[test]
fn a_run_that_waits_says_first_what_readers_would_see_change_and_asks() {
    let waits = with(gated(RunState::AwaitingApproval, &shrunken(), None), vec![line(Action::Wait, "")]);
    let html = run_page("gate-waits", &waits, None);
    assert!(html.contains("si se publica, el conjunto pierde 38,2\u{a0}% de sus filas (2.314 → 1.430)"));
    assert!(html.contains("formaction=\"/ejecuciones/31/rechazar\"") && html.contains("name=\"base\" value=\"4\""));
    assert!(!html.contains("hx-trigger") && !html.contains("http-equiv"), "nothing takes the comment away");
    assert!(html.find("id=\"compuerta\"").expect("a section") < html.find("id=\"titulo-datos\"").expect("facts"));
    assert!(html.contains("hatch-d0") && html.contains("achurado baja"), "losses are hatched");
    assert!(html.contains("href=\"/versiones/7...12\"") && html.contains("href=\"/versiones/8...13\""));
    assert!(html.contains("817.390.500.000") && html.contains("Las otras 2 columnas siguen igual."));
    assert!(html.contains("Tablero de inversión: ya no encontraría la columna «inversiones.tipologia»"));
    assert!(html.contains("<strong>884</strong> eliminadas") && html.contains("class=\"dot moved\""));
    assert!(html.contains("-100,0 %") && html.contains(">nuevo<"), "comunas that go and come");
}

#[test]
fn the_comunas_are_in_the_order_of_their_difference() {
    let html = run_page("gate-order", &with(gated(RunState::AwaitingApproval, &shrunken(), None), Vec::new()), None);
    let (_, table) = html.split_once("id=\"cifra-0-comunas\"").expect("a table");
    let (table, _) = table.split_once("</tbody>").expect("its end");
    let size = |row: &str| {
        let cell =
            row.split("<td class=\"num\">").nth(1).and_then(|cell| cell.split('<').next()).expect("a difference");
        cell.trim_start_matches(['+', '-']).replace('.', "").parse::<i64>().expect("a number")
    };
    let sizes: Vec<i64> = table.split("<tr").skip(2).map(size).collect();
    assert!(sizes.len() > 15 && sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
}

#[test]
fn an_answer_that_was_not_taken_keeps_what_was_written() {
    let shell = shell(Section::Runs, false);
    let waits = with(gated(RunState::AwaitingApproval, &shrunken(), None), Vec::new());
    let mut body = build_run(&shell, &waits, &RejectChoice::default(), now());
    let form = body.gate.as_mut().and_then(|gate| gate.form.as_mut()).expect("a form");
    (form.comment, form.no_comment) = (NASTY.into(), true);
    body.refused = Some(Refused::decision(Fault::give_up("gate.decided", NASTY, "Nada."), NASTY.into()));
    let html = check("gate-refused", &RunPage { shell, body });
    assert!(html.contains("La decisión no se tomó") && html.contains("aria-describedby=\"falta-comentario\""));
}

#[test]
fn afterwards_the_comparison_is_kept_with_who_decided_and_why() {
    let decided = |state, action, fault| {
        let mut loaded = with(gated(state, &shrunken(), fault), vec![line(action, NASTY), line(Action::Wait, "")]);
        loaded.gate.seen.clear();
        loaded
    };
    let html = run_page("gate-published", &decided(RunState::Published, Action::Approve, None), None);
    assert!(html.contains("Al publicarse, el conjunto perdió 38,2\u{a0}%") && html.contains("cli:ana la aprobó"));
    assert!(html.contains("<details class=\"block\"><summary>Ver qué cambió") && !html.contains("class=\"decide\""));
    assert!(html.contains("/versiones/7...12"));
    let fault = Fault::give_up("gate.refused", "El equipo de datos la rechazó.", "Corrija el archivo.");
    let html = run_page("gate-cancelled", &decided(RunState::Cancelled, Action::Refuse, Some(fault)), None);
    assert!(html.contains("Una persona rechazó publicarla") && !html.contains("Se detuvo a pedido"));
    assert!(html.contains("No se publicó: el conjunto habría perdido") && html.contains("cli:ana la rechazó"));
    assert!(!html.contains("/versiones/"), "its tables are swept");
    let html = run_page("gate-superseded", &decided(RunState::Cancelled, Action::Supersede, None), None);
    assert!(html.contains("La ejecución 32, más nueva, tomó su lugar"));
    let html = run_page("gate-approved", &decided(RunState::Queued, Action::Approve, None), None);
    assert!(html.contains("hx-trigger") && html.contains("Al publicarse, el conjunto pierde"));
}

#[test]
fn a_first_load_and_a_silent_gate_do_not_fill_the_page() {
    let first = Outcome { to_release: Some(ReleaseId(1)), ..Outcome::default() };
    let html = run_page("gate-first", &with(gated(RunState::Published, &first, None), Vec::new()), None);
    assert!(!html.contains("id=\"compuerta\""));
    let asked = Outcome { reasons: vec![reason("gate.approval", "El contrato pide aprobación.", None)], ..first };
    let html = run_page("gate-first-waits", &with(gated(RunState::AwaitingApproval, &asked, None), Vec::new()), None);
    assert!(html.contains("No hay una edición anterior") && html.contains("name=\"base\" value=\"0\""));
}

#[test]
fn the_trail_says_who_did_what_and_why() {
    let shell = || shell(Section::Elsewhere, false);
    let page = |lines: &[Line], unfiltered: Option<String>| AuditPage {
        actions: vec![Choice::new("rollback", "vuelta atrás", true)],
        datasets: vec![Choice::new("inversiones", NASTY, false)],
        from: "2026-03-01".into(),
        to: String::new(),
        run: None,
        rows: lines.iter().map(|line| AuditRow::new(&shell(), line, now())).collect(),
        total: lines.len().to_string(),
        pager: Pager::new(2, 50, 160, |page| format!("/auditoria?pagina={page}")),
        csv: "/auditoria.csv".into(),
        unfiltered,
        shell: shell(),
    };
    let lines: Vec<Line> = Action::ALL.iter().map(|action| line(*action, NASTY)).collect();
    let html = check("audit", &page(&lines, None));
    assert!(html.contains("cli:ana volvió a la edición 3, con la edición 5") && html.contains("pagina=3"));
    assert!(html.contains("href=\"/auditoria.csv\"") && html.contains("type=\"date\" value=\"2026-03-01\""));
    assert!(check("audit-empty", &page(&[], None)).contains("Aparecerán aquí"));
    assert!(check("audit-filtered", &page(&[], Some("/auditoria".into()))).contains("Ninguna cumple"));
}
