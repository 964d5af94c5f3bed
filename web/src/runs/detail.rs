//! `/ejecuciones/{id}`

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use goreos_db::read::{self, Cause, LogLine, Page, Paged, PhaseLine, Reject, RunDetail};
use goreos_domain::{Fault, RunId, RunState, integer_es};
use serde_json::Value;

use super::{explained, run_id, subject, unknown};
use crate::boundary::PageError;
use crate::page::{Keep, html, wants_fragment};
use crate::query::{Pager, address, page_number, value};
use crate::shell::{Section, Shell, file_name};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{NOTHING, clock, counted, duration, file_size, moment, or_nothing};

const PAGE_SIZE: u32 = 25;
/// Seconds between two looks at a run that is not over.
const REFRESH_S: u32 = 2;

/// The whole page.
#[derive(Template)]
#[template(path = "run.html")]
pub struct RunPage {
    pub shell: Shell,
    pub body: RunBody,
}

/// What changes while the run goes on.
#[derive(Template)]
#[template(path = "_run.html")]
pub struct RunFragment {
    pub body: RunBody,
}

/// A run as its page shows it.
#[derive(Debug, Clone)]
pub struct RunBody {
    pub id: i64,
    /// This page, to be asked again.
    pub address: String,
    pub refresh_s: u32,
    pub subject: String,
    pub job: &'static str,
    pub state: RunState,
    pub explained: &'static str,
    pub fault: Option<Fault>,
    pub next_attempt: Option<String>,
    pub facts: Vec<(&'static str, String)>,
    /// Rows done, rows expected and the same in words.
    pub progress: Option<(i64, i64, String)>,
    /// Read, loaded, rejected.
    pub accounting: Option<(String, String, String)>,
    pub has_rejects: bool,
    pub edition: Option<(i64, String)>,
    pub releases: String,
    pub phases: Vec<PhaseRow>,
    pub causes: Vec<CauseRow>,
    /// The code of the cause whose rows are listed, and the list of all.
    pub chosen_cause: Option<(String, String)>,
    pub rejects: Vec<RejectRow>,
    pub rejects_total: String,
    pub pager: Pager,
    pub csv: String,
    pub log: Vec<LogRow>,
    pub log_left_out: i64,
    /// What was detected, converted, repaired, compared.
    pub report: Vec<(String, String)>,
}

/// A step.
#[derive(Debug, Clone)]
pub struct PhaseRow {
    pub name: &'static str,
    pub rows: String,
    pub lasted: String,
    pub going_on: bool,
    pub note: String,
}

/// Rejects with the same cause.
#[derive(Debug, Clone)]
pub struct CauseRow {
    pub href: String,
    pub rows: String,
    pub column: String,
    /// What all its rows have in common.
    pub title: &'static str,
    /// What the first of them was told.
    pub reason: String,
    pub remedy: String,
    pub samples: String,
    pub first_row: String,
    pub chosen: bool,
}

/// A refused row.
#[derive(Debug, Clone)]
pub struct RejectRow {
    pub source_row: String,
    /// Column, value, reason.
    pub reasons: Vec<(String, String, String)>,
    pub raw: Vec<(String, String)>,
}

/// A line of the log.
#[derive(Debug, Clone)]
pub struct LogRow {
    pub at: String,
    pub level: String,
    pub message: String,
}

/// `GET /ejecuciones/{id}`
pub async fn show(
    State(app): State<AppState>,
    wanted: Wanted,
    headers: HeaderMap,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, PageError> {
    let id = run_id(&id)?;
    let raw = raw.unwrap_or_default();
    let number =
        page_number(&raw).ok_or_else(|| PageError::BadRequest("El número de página no se entiende.".into()))?;
    let cause = value(&raw, "causa").map(std::borrow::Cow::into_owned);
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let run = read::run(&mut connection, id).await?.ok_or_else(|| unknown(&id.to_string()))?;
    let causes = read::causes(&mut connection, id).await?;
    let rejects = read::rejects(&mut connection, id, cause.as_deref(), Page::numbered(number, PAGE_SIZE)).await?;
    let choice = RejectChoice { number, cause };
    let mut shell = viewed.shell(&app, Section::Runs).unpinned(choice.address(id));
    let body = build(&shell, &Loaded { run, causes, rejects }, &choice, app.now());
    if wants_fragment(&headers) {
        return html(&RunFragment { body }, Keep::Revalidate);
    }
    shell.refresh_s = (!body.state.is_final()).then_some(REFRESH_S);
    html(&RunPage { shell, body }, Keep::Revalidate)
}

/// What the database knows of a run.
pub struct Loaded {
    pub run: RunDetail,
    pub causes: Vec<Cause>,
    pub rejects: Paged<Reject>,
}

/// Which rejects to list.
#[derive(Debug, Clone)]
pub struct RejectChoice {
    pub number: u32,
    pub cause: Option<String>,
}

impl RejectChoice {
    fn address(&self, run: RunId) -> String {
        let pairs = [
            self.cause.as_ref().map(|cause| ("causa", cause.clone())),
            (self.number > 1).then(|| ("pagina", self.number.to_string())),
        ];
        address(&format!("/ejecuciones/{run}"), pairs.into_iter().flatten())
    }
}

/// Builds what the template shows.
pub fn build(shell: &Shell, loaded: &Loaded, choice: &RejectChoice, now: DateTime<Utc>) -> RunBody {
    let Loaded { run, causes, rejects } = loaded;
    let line = &run.line;
    let id = line.id;
    let page = |number| shell.link(&RejectChoice { number, cause: choice.cause.clone() }.address(id));
    let all = shell.link(&RejectChoice { number: 1, cause: None }.address(id));
    let waits = line.state == RunState::Queued && run.attempt > 0 && run.available_at > now;
    RunBody {
        id: id.0,
        address: shell.link(&choice.address(id)),
        refresh_s: REFRESH_S,
        subject: subject(line),
        job: line.job.spanish(),
        state: line.state,
        explained: explained(line.state),
        fault: line.fault.clone(),
        next_attempt: waits.then(|| crate::words::ahead(run.available_at, now)),
        facts: facts(run, now),
        progress: progress(run),
        accounting: accounting(run),
        has_rejects: rejects.total > 0 || choice.cause.is_some(),
        edition: line.edition.map(|edition| (edition.0, format!("/ediciones/{edition}"))),
        releases: run
            .releases
            .iter()
            .map(|(dataset, release)| format!("{dataset} {release}"))
            .collect::<Vec<_>>()
            .join(", "),
        phases: run.phases.iter().map(|phase| PhaseRow::new(phase, run, now)).collect(),
        causes: causes.iter().map(|cause| CauseRow::new(shell, cause, choice, id)).collect(),
        chosen_cause: choice.cause.clone().map(|cause| (cause, all)),
        rejects: rejects.items.iter().map(RejectRow::new).collect(),
        rejects_total: counted(rejects.total, "fila rechazada", "filas rechazadas"),
        pager: Pager::new(choice.number, PAGE_SIZE, rejects.total, page),
        csv: format!("/ejecuciones/{id}/rechazos.csv"),
        log: run.log.iter().map(LogRow::new).collect(),
        log_left_out: run.log_left_out,
        report: flattened(&run.report),
    }
}

fn facts(run: &RunDetail, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let line = &run.line;
    let mut facts = vec![
        ("Pedida", format!("{} ({}, {})", moment(line.created_at), line.trigger.spanish(), line.requested_by)),
        ("Inicio", or_nothing(line.started_at, moment)),
        ("Término", or_nothing(line.finished_at, moment)),
        ("Duración", or_nothing(line.started_at, |start| duration(start, line.finished_at.unwrap_or(now)))),
        ("Intento", format!("{} de {}", run.attempt, run.max_attempts)),
    ];
    if let Some(file) = &run.source {
        let size = file_size(file.bytes);
        facts.push((
            "Archivo fuente",
            format!("{}, {size}, recibido el {}", file_name(&file.origin), moment(file.received_at)),
        ));
        facts.push(("SHA-256", file.sha256.clone()));
    }
    if run.cancel_requested && !line.state.is_final() {
        facts.push(("Detención", "pedida; se detendrá en el próximo paso".into()));
    }
    facts
}

fn progress(run: &RunDetail) -> Option<(i64, i64, String)> {
    let line = &run.line;
    if line.state != RunState::Running {
        return None;
    }
    let expected = line.rows_expected.filter(|rows| *rows > 0)?;
    let phase = line.phase.map_or("", goreos_domain::Phase::spanish);
    Some((
        line.rows_done.min(expected),
        expected,
        format!("{phase}: {} de {} filas", integer_es(line.rows_done), integer_es(expected)),
    ))
}

fn accounting(run: &RunDetail) -> Option<(String, String, String)> {
    let line = &run.line;
    Some((integer_es(line.rows_read?), integer_es(line.rows_loaded?), integer_es(line.rows_rejected?)))
}

impl PhaseRow {
    fn new(phase: &PhaseLine, run: &RunDetail, now: DateTime<Utc>) -> Self {
        let going_on = phase.finished_at.is_none() && !run.line.state.is_final();
        let end = phase.finished_at.or(run.line.finished_at).unwrap_or(now);
        Self {
            name: phase.phase.spanish(),
            rows: or_nothing(phase.rows, integer_es),
            lasted: duration(phase.started_at, end),
            going_on,
            note: phase.note.clone(),
        }
    }
}

impl CauseRow {
    fn new(shell: &Shell, cause: &Cause, choice: &RejectChoice, run: RunId) -> Self {
        let link = RejectChoice { number: 1, cause: Some(cause.code.clone()) }.address(run);
        Self {
            href: format!("{}#rechazos", shell.link(&link)),
            rows: integer_es(cause.rows),
            column: column_words(cause.column.as_ref()),
            title: goreos_domain::cause_es(&cause.code),
            reason: cause.reason.clone(),
            remedy: cause.remedy.clone(),
            samples: cause.samples.iter().map(|sample| quoted(sample)).collect::<Vec<_>>().join(" "),
            first_row: integer_es(cause.first_row),
            chosen: choice.cause.as_ref() == Some(&cause.code),
        }
    }
}

impl RejectRow {
    fn new(reject: &Reject) -> Self {
        let reason = |reason: &read::Reason| {
            (column_words(reason.column.as_ref()), reason.value.clone().unwrap_or_default(), reason.reason.clone())
        };
        Self {
            source_row: integer_es(reject.source_row),
            reasons: reject.reasons.iter().map(reason).collect(),
            raw: reject.raw.clone(),
        }
    }
}

fn column_words(column: Option<&String>) -> String {
    column.filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| "toda la fila".into())
}

fn quoted(sample: &str) -> String {
    if sample.is_empty() { "(vacía)".into() } else { format!("«{sample}»") }
}

impl LogRow {
    fn new(line: &LogLine) -> Self {
        Self { at: clock(line.at), level: line.level.clone(), message: line.message.clone() }
    }
}

/// A JSON value as a cell says it.
pub(super) fn said(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "sí".into(),
        Value::Bool(false) => "no".into(),
        other => other.to_string(),
    }
}

/// A tree of values as lines: `gate.rejected` and what it says. Lists of plain values stay on one line.
fn flattened(report: &Value) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    flatten("", report, &mut lines);
    lines
}

fn flatten(path: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(&below(key), value, lines)),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            items.iter().enumerate().for_each(|(index, item)| flatten(&below(&(index + 1).to_string()), item, lines));
        }
        Value::Array(items) => lines.push((path.to_owned(), items.iter().map(said).collect::<Vec<_>>().join(", "))),
        Value::Null => lines.push((path.to_owned(), NOTHING.into())),
        plain => lines.push((path.to_owned(), said(plain))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_of_a_run_is_told_line_by_line() {
        let report = serde_json::json!({"encoding": "windows-1252", "gate": {"rejected": 0.02, "stopped": false}, "inputs": ["a", "b"], "crs": null, "areas": [{"cut": "16101"}]});
        let lines: Vec<String> = flattened(&report).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            lines,
            [
                "areas.1.cut=16101",
                "crs=–",
                "encoding=windows-1252",
                "gate.rejected=0.02",
                "gate.stopped=no",
                "inputs=a, b"
            ]
        );
    }

    #[test]
    fn a_page_of_rejects_keeps_its_cause_in_the_address() {
        let choice = RejectChoice { number: 2, cause: Some("money.unreadable".into()) };
        assert_eq!(choice.address(RunId(7)), "/ejecuciones/7?causa=money.unreadable&pagina=2");
    }
}
