//! `/ejecuciones/{id}`

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use goreos_db::read::{
    self, Cause, ComunaOutline, LogLine, Mendable, Page, Paged, PhaseLine, Reject, RejectPoint, RunDetail,
};
use goreos_db::{Connection, catalogue};
use goreos_domain::gate::Outcome;
use goreos_domain::{Fault, RunId, RunState, integer_es};

use super::detected::{self, Detected};
use super::gate::{self, GateLoaded, GatePart};
use super::rejected::{self, Rejected};
use super::{explained, run_id, subject, unknown};
use crate::boundary::PageError;
use crate::page::{Keep, html, wants_fragment};
use crate::query::{address, page_number, value};
use crate::shell::{Section, Shell, file_name};
use crate::state::AppState;
use crate::viewed::{Viewed, Wanted, if_held};
use crate::words::{clock, duration, file_size, moment, or_nothing};

/// Rejects on a page.
pub const PAGE_SIZE: u32 = 25;
/// Seconds between two looks at a run that is not over.
const REFRESH_S: u32 = 2;
/// Rejects shown on the map, at most.
pub const MOST_POINTS: i64 = 2_000;

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
    /// It changes by itself, so the page asks again. One that waits for a person does not.
    pub goes_on: bool,
    pub explained: &'static str,
    pub fault: Option<Fault>,
    pub next_attempt: Option<String>,
    /// Why what somebody sent was not taken.
    pub refused: Option<Refused>,
    pub gate: Option<GatePart>,
    /// That file had been received before: this is the run that took it.
    pub received_before: bool,
    pub facts: Vec<(&'static str, String)>,
    /// The run whose refused rows it mends, and its address.
    pub mends: Option<(i64, String)>,
    /// The runs that took mended rows of this one.
    pub mended_in: Vec<MendRow>,
    /// Rows done, rows expected and the same in words.
    pub progress: Option<(i64, i64, String)>,
    /// Read, loaded, rejected.
    pub accounting: Option<(String, String, String)>,
    pub edition: Option<(i64, String)>,
    pub releases: String,
    pub phases: Vec<PhaseRow>,
    pub rejected: Option<Rejected>,
    pub detected: Detected,
    pub log: Vec<LogRow>,
    pub log_left_out: i64,
}

/// Something that was sent and not taken.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Of the notice, for who follows a link to it.
    pub id: &'static str,
    pub title: &'static str,
    pub fault: Fault,
    /// What the steward had written.
    comment: String,
}

impl Refused {
    /// A file with mended rows.
    pub fn mend(fault: Fault) -> Self {
        Self { id: "correccion-rechazada", title: "La corrección no se recibió", fault, comment: String::new() }
    }

    /// A decision about a run that waits.
    pub fn decision(fault: Fault, comment: String) -> Self {
        Self { id: "decision-rechazada", title: "La decisión no se tomó", fault, comment }
    }
}

/// A run that took mended rows.
#[derive(Debug, Clone)]
pub struct MendRow {
    pub id: i64,
    pub href: String,
    pub state: RunState,
    /// It took nothing.
    pub failed: bool,
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
    let choice = RejectChoice { number, cause: value(&raw, "causa").map(std::borrow::Cow::into_owned) };
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let loaded = load(&app, &mut connection, &viewed, id, &choice).await?;
    let mut shell = viewed.shell(&app, Section::Runs).unpinned(choice.address(id));
    let mut body = build(&shell, &loaded, &choice, app.now());
    body.received_before = value(&raw, "recibida").is_some();
    if wants_fragment(&headers) {
        return html(&RunFragment { body }, Keep::Revalidate);
    }
    shell.refresh_s = body.goes_on.then_some(REFRESH_S);
    html(&RunPage { shell, body }, Keep::Revalidate)
}

/// The page of a run that says why what was sent was not taken.
pub async fn with_refusal(app: &AppState, wanted: Wanted, id: RunId, refused: Refused) -> Result<Response, PageError> {
    let choice = RejectChoice::default();
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let loaded = load(app, &mut connection, &viewed, id, &choice).await?;
    let shell = viewed.shell(app, Section::Runs).unpinned(choice.address(id));
    let mut body = build(&shell, &loaded, &choice, app.now());
    if let Some(form) = body.gate.as_mut().and_then(|gate| gate.form.as_mut()) {
        form.comment.clone_from(&refused.comment);
        form.no_comment = refused.fault.code == gate::NO_COMMENT;
    }
    body.refused = Some(refused);
    html(&RunPage { shell, body }, Keep::Revalidate)
}

/// What the database knows of a run.
pub struct Loaded {
    pub run: RunDetail,
    pub causes: Vec<Cause>,
    pub rejects: Paged<Reject>,
    /// Where refused rows lie, and the comunas around them.
    pub points: Vec<RejectPoint>,
    pub outlines: Vec<ComunaOutline>,
    pub mendable: Mendable,
    pub mended_in: Vec<(RunId, RunState)>,
    /// The rows of the file have a geometry of their own, which no spreadsheet can mend.
    pub has_geometry: bool,
    pub gate: GateLoaded,
}

async fn load(
    app: &AppState,
    connection: &mut Connection,
    viewed: &Viewed,
    id: RunId,
    choice: &RejectChoice,
) -> Result<Loaded, PageError> {
    let missing = || unknown(&id.to_string());
    let run = read::run(&mut *connection, id).await?.ok_or_else(missing)?;
    let cause = choice.cause.as_deref();
    let points = read::reject_points(&mut *connection, id, cause, MOST_POINTS).await?;
    let outlines = match &viewed.edition {
        Some(edition) if !points.is_empty() || Outcome::of_report(&run.report).is_some() => {
            if_held(read::outlines(&mut *connection, edition, &app.site.region).await)?.unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let dataset = match &run.line.dataset {
        Some(dataset) => catalogue::dataset(&mut *connection, dataset).await?,
        None => None,
    };
    Ok(Loaded {
        causes: read::causes(&mut *connection, id).await?,
        rejects: read::rejects(&mut *connection, id, cause, Page::numbered(choice.number, PAGE_SIZE)).await?,
        points,
        outlines,
        mendable: read::mendable(&mut *connection, id).await?.ok_or_else(missing)?,
        mended_in: read::mend_runs(&mut *connection, id).await?,
        gate: gate::load(connection, &run).await?,
        has_geometry: dataset
            .and_then(|known| known.contract.source)
            .is_some_and(|source| source.format.has_geometry()),
        run,
    })
}

/// Which rejects to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectChoice {
    pub number: u32,
    pub cause: Option<String>,
}

impl Default for RejectChoice {
    fn default() -> Self {
        Self { number: 1, cause: None }
    }
}

impl RejectChoice {
    /// The address of the page that lists them.
    pub fn address(&self, run: RunId) -> String {
        let pairs = [
            self.cause.as_ref().map(|cause| ("causa", cause.clone())),
            (self.number > 1).then(|| ("pagina", self.number.to_string())),
        ];
        address(&format!("/ejecuciones/{run}"), pairs.into_iter().flatten())
    }
}

/// Builds what the template shows.
pub fn build(shell: &Shell, loaded: &Loaded, choice: &RejectChoice, now: DateTime<Utc>) -> RunBody {
    let run = &loaded.run;
    let line = &run.line;
    let id = line.id;
    let waits = line.state == RunState::Queued && run.attempt > 0 && run.available_at > now;
    let mended = |(run, state): &(RunId, RunState)| MendRow {
        id: run.0,
        href: run_href(shell, run.0),
        state: *state,
        failed: matches!(state, RunState::Failed | RunState::Cancelled),
    };
    RunBody {
        id: id.0,
        address: shell.link(&choice.address(id)),
        refresh_s: REFRESH_S,
        subject: subject(line),
        job: line.job.spanish(),
        state: line.state,
        goes_on: !line.state.is_final() && line.state != RunState::AwaitingApproval,
        explained: explained(line.state, line.fault.as_ref()),
        fault: line.fault.clone(),
        next_attempt: waits.then(|| crate::words::ahead(run.available_at, now)),
        refused: None,
        gate: gate::build(shell, loaded, now),
        received_before: false,
        facts: facts(run, now),
        mends: line.args.get("mend_of").and_then(serde_json::Value::as_i64).map(|base| (base, run_href(shell, base))),
        mended_in: loaded.mended_in.iter().map(mended).collect(),
        progress: progress(run),
        accounting: accounting(run),
        edition: line.edition.map(|edition| (edition.0, format!("/ediciones/{edition}"))),
        releases: run
            .releases
            .iter()
            .map(|(dataset, release)| format!("{dataset} {release}"))
            .collect::<Vec<_>>()
            .join(", "),
        phases: run.phases.iter().map(|phase| PhaseRow::new(phase, run, now)).collect(),
        rejected: rejected::build(shell, loaded, choice),
        detected: detected::build(&run.report),
        log: run.log.iter().map(LogRow::new).collect(),
        log_left_out: run.log_left_out,
    }
}

fn run_href(shell: &Shell, run: i64) -> String {
    shell.link(&format!("/ejecuciones/{run}"))
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
    if let (Some(_), Some(origin)) = (line.args.get("mend"), line.args.get("origin").and_then(|text| text.as_str())) {
        facts.push(("Corrección", origin.split_once(": ").map_or(origin, |(_, name)| name).to_owned()));
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

impl LogRow {
    fn new(line: &LogLine) -> Self {
        Self { at: clock(line.at), level: line.level.clone(), message: line.message.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_rejects_keeps_its_cause_in_the_address() {
        let choice = RejectChoice { number: 2, cause: Some("money.unreadable".into()) };
        assert_eq!(choice.address(RunId(7)), "/ejecuciones/7?causa=money.unreadable&pagina=2");
    }
}
