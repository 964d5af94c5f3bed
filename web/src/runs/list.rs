//! `/ejecuciones`

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use goreos_db::read::{self, Page, RunFilter, RunLine};
use goreos_domain::{DatasetId, Job, RunState, integer_es};

use super::subject;
use crate::boundary::PageError;
use crate::page::{Choice, Keep, html};
use crate::query::{Pager, page_number, value};
use crate::shell::{Section, Shell, in_edition};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{NOTHING, ago, duration, moment, or_nothing};

const PATH: &str = "/ejecuciones";
const PAGE_SIZE: u32 = 50;
/// In the address: whatever runs, not only loads.
const ALL: &str = "todos";

/// The list.
#[derive(Template)]
#[template(path = "runs.html")]
pub struct RunsPage {
    pub shell: Shell,
    pub tabs: Vec<Tab>,
    pub datasets: Vec<Choice>,
    pub states: Vec<Choice>,
    /// What the address says of the job, when it says something.
    pub job: Option<&'static str>,
    pub rows: Vec<RunRow>,
    pub total: String,
    pub pager: Pager,
    /// The list without filters, when there are any.
    pub unfiltered: Option<String>,
}

/// A choice above the list.
#[derive(Debug, Clone)]
pub struct Tab {
    pub href: String,
    pub label: &'static str,
    pub current: bool,
    pub count: Option<i64>,
}

/// A run of the list.
#[derive(Debug, Clone)]
pub struct RunRow {
    pub id: i64,
    pub href: String,
    pub subject: String,
    pub state: RunState,
    pub why: String,
    pub asked: String,
    pub asked_ago: String,
    pub by: String,
    pub lasted: String,
    pub read: String,
    pub loaded: String,
    pub rejected: String,
    /// Number and address of the edition it published.
    pub edition: Option<(i64, String)>,
}

/// `GET /ejecuciones`
pub async fn list(State(app): State<AppState>, wanted: Wanted, RawQuery(raw): RawQuery) -> Result<Response, PageError> {
    let raw = raw.unwrap_or_default();
    let filter = parse(&raw)?;
    let number =
        page_number(&raw).ok_or_else(|| PageError::BadRequest("El número de página no se entiende.".into()))?;
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let runs = read::runs(&mut connection, &filter, Page::numbered(number, PAGE_SIZE)).await?;
    let datasets = read::home(&mut connection, None).await?;
    let shell = viewed.shell(&app, Section::Runs).unpinned(address(&filter, number, None));
    let pinned = viewed.pinned_number();
    let now = app.now();
    let chosen = filter.dataset.as_ref();
    let waiting = read::waiting(&mut connection).await?.len();
    let page = RunsPage {
        tabs: tabs(&shell, &filter, i64::try_from(waiting).unwrap_or(i64::MAX)),
        datasets: datasets.into_iter().map(|d| Choice::new(d.id.as_str(), d.title, chosen == Some(&d.id))).collect(),
        states: RunState::ALL
            .iter()
            .map(|state| Choice::new(state.code(), state.spanish(), filter.state == Some(*state)))
            .collect(),
        job: job_word(&filter),
        rows: runs.items.iter().map(|run| RunRow::new(&shell, run, now)).collect(),
        total: crate::words::counted(runs.total, "ejecución", "ejecuciones"),
        pager: Pager::new(number, PAGE_SIZE, runs.total, |page| address(&filter, page, pinned)),
        unfiltered: (filter != loads()).then(|| shell.link(PATH)),
        shell,
    };
    html(&page, Keep::Revalidate)
}

/// What the list shows when the address says nothing: loads, without what follows from them.
pub fn loads() -> RunFilter {
    RunFilter { job: Some(Job::Ingest), ..RunFilter::default() }
}

/// Loads, those of them that a person must look at, and everything that runs.
pub fn tabs(shell: &Shell, filter: &RunFilter, waiting: i64) -> Vec<Tab> {
    let tab = |label, chosen: RunFilter, count| Tab {
        href: shell.link(&address(&chosen, 1, None)),
        label,
        current: (filter.state, filter.job) == (chosen.state, chosen.job),
        count,
    };
    let waits = RunFilter { state: Some(RunState::AwaitingApproval), ..loads() };
    vec![
        tab("Cargas", loads(), None),
        tab("Esperan aprobación", waits, Some(waiting)),
        tab("Todas", RunFilter::default(), None),
    ]
}

/// How the address names the job; nothing for loads.
fn job_word(filter: &RunFilter) -> Option<&'static str> {
    match filter.job {
        Some(Job::Ingest) => None,
        Some(job) => Some(job.code()),
        None => Some(ALL),
    }
}

fn parse(raw: &str) -> Result<RunFilter, PageError> {
    let dataset = value(raw, "conjunto").map(|id| DatasetId::parse(&id)).transpose();
    let dataset = dataset.map_err(|error| PageError::BadRequest(error.to_string()))?;
    let state = match value(raw, "estado") {
        None => None,
        Some(code) => Some(
            RunState::parse(&code)
                .ok_or_else(|| PageError::BadRequest(format!("«{code}» no es un estado de una ejecución.")))?,
        ),
    };
    let job = match value(raw, "trabajo") {
        None => Some(Job::Ingest),
        Some(word) if word == ALL => None,
        Some(code) => {
            Some(Job::parse(&code).ok_or_else(|| PageError::BadRequest(format!("«{code}» no es un trabajo.")))?)
        }
    };
    Ok(RunFilter { dataset, state, job })
}

fn address(filter: &RunFilter, page: u32, edition: Option<i64>) -> String {
    let pairs = [
        filter.dataset.as_ref().map(|dataset| ("conjunto", dataset.to_string())),
        filter.state.map(|state| ("estado", state.code().to_owned())),
        job_word(filter).map(|word| ("trabajo", word.to_owned())),
        (page > 1).then(|| ("pagina", page.to_string())),
    ];
    in_edition(PATH, pairs.into_iter().flatten(), edition)
}

impl RunRow {
    /// The row of a run.
    pub fn new(shell: &Shell, run: &RunLine, now: chrono::DateTime<chrono::Utc>) -> Self {
        let lasted = run.started_at.map(|start| duration(start, run.finished_at.unwrap_or(now)));
        Self {
            id: run.id.0,
            href: shell.link(&format!("{PATH}/{}", run.id)),
            subject: subject(run),
            state: run.state,
            why: run.fault.as_ref().map(|fault| fault.what.clone()).unwrap_or_default(),
            asked: moment(run.created_at),
            asked_ago: ago(run.created_at, now),
            by: format!("{}, {}", run.trigger.spanish(), run.requested_by),
            lasted: lasted.unwrap_or_else(|| NOTHING.into()),
            read: or_nothing(run.rows_read, integer_es),
            loaded: or_nothing(run.rows_loaded, integer_es),
            rejected: or_nothing(run.rows_rejected, integer_es),
            edition: run.edition.map(|edition| (edition.0, format!("/ediciones/{edition}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_of_the_list_stay_in_its_address() {
        let filter = parse("conjunto=inversiones&estado=failed&pagina=3").expect("a filter");
        assert_eq!(address(&filter, 3, Some(2)), "/ejecuciones?conjunto=inversiones&estado=failed&pagina=3&edicion=2");
        assert_eq!(address(&parse("conjunto=&estado=").expect("a filter"), 1, None), "/ejecuciones");
        for words in ["trabajo=todos", "estado=failed&trabajo=exports"] {
            assert_eq!(address(&parse(words).expect("a filter"), 1, None), format!("/ejecuciones?{words}"));
        }
    }

    #[test]
    fn a_filter_that_names_nothing_is_an_error() {
        for bad in ["estado=listo", "conjunto=a;drop", "trabajo=nada"] {
            assert!(matches!(parse(bad), Err(PageError::BadRequest(_))), "{bad}");
        }
    }
}
