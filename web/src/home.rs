//! `/`: what this is, and how fresh everything is.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use goreos_db::read::{self, DatasetFreshness};
use goreos_domain::{Cut, Gazetteer, Level, RunState};

use crate::boundary::PageError;
use crate::page::{Keep, html};
use crate::profile::Link;
use crate::provenance::{Traced, Tracer};
use crate::shell::{Section, Shell, file_name};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{ago, ahead, counted, moment};

/// The page.
#[derive(Template)]
#[template(path = "home.html")]
pub struct HomePage {
    pub shell: Shell,
    /// Loads that wait at the gate; none on a page of a chosen edition.
    pub waiting: Vec<WaitingRow>,
    pub datasets: Vec<DatasetRow>,
    pub provinces: Vec<ProvinceRow>,
}

/// A load that waits for a person.
#[derive(Debug, Clone)]
pub struct WaitingRow {
    pub title: String,
    /// `desde hace 3 horas`
    pub since: String,
    pub href: String,
}

/// A dataset and how fresh it is.
#[derive(Debug, Clone)]
pub struct DatasetRow {
    pub title: String,
    pub description: String,
    pub credit: String,
    pub example: bool,
    /// None when the edition does not hold it.
    pub release: Option<ReleaseCell>,
    /// Address, state and words of its newest run, when there is something to say.
    pub run: Option<(String, RunState, String)>,
    pub next: Option<String>,
}

/// The release of a dataset in the edition.
#[derive(Debug, Clone)]
pub struct ReleaseCell {
    pub number: i64,
    pub rows: Traced,
    /// `hace 3 horas`
    pub ago: String,
    pub built: String,
    pub origin: String,
}

/// The comunas of a province.
#[derive(Debug, Clone)]
pub struct ProvinceRow {
    pub name: String,
    pub comunas: Vec<Link>,
}

/// `GET /`
pub async fn show(State(app): State<AppState>, wanted: Wanted) -> Result<Response, PageError> {
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let datasets = read::home(&mut connection, viewed.edition.as_ref()).await?;
    let shell = viewed.shell(&app, Section::Home);
    let now = app.now();
    let waiting = if viewed.waiting > 0 { read::waiting(&mut connection).await? } else { Vec::new() };
    let page = HomePage {
        waiting: waiting.iter().map(|run| WaitingRow::new(&shell, run, now)).collect(),
        datasets: datasets.iter().map(|dataset| DatasetRow::new(&shell, dataset, now)).collect(),
        provinces: provinces(&shell, &app.site.region),
        shell,
    };
    html(&page, Keep::Revalidate)
}

/// Every comuna of the region by province, in the order of the official codes.
pub fn provinces(shell: &Shell, region: &Cut) -> Vec<ProvinceRow> {
    let gazetteer = Gazetteer::official();
    let comunas = |province: &Cut| {
        gazetteer
            .within(Level::Comuna, Some(province))
            .map(|comuna| Link { name: comuna.name.clone(), href: shell.link(&format!("/comunas/{}", comuna.cut)) })
            .collect()
    };
    gazetteer
        .within(Level::Provincia, Some(region))
        .map(|province| ProvinceRow { name: province.name.clone(), comunas: comunas(&province.cut) })
        .collect()
}

impl WaitingRow {
    /// The row of a run.
    pub fn new(shell: &Shell, run: &read::WaitingRun, now: DateTime<Utc>) -> Self {
        Self {
            title: run.title.clone(),
            since: format!("desde {}", ago(run.since, now)),
            href: shell.link(&format!("/ejecuciones/{}", run.id)),
        }
    }
}

impl DatasetRow {
    /// The row of a dataset.
    pub fn new(shell: &Shell, dataset: &DatasetFreshness, now: DateTime<Utc>) -> Self {
        let credit = if dataset.attribution.is_empty() { &dataset.owner } else { &dataset.attribution };
        Self {
            title: dataset.title.clone(),
            description: dataset.description.clone(),
            credit: format!("{credit}. Licencia {}.", dataset.licence),
            example: dataset.example,
            release: dataset.release.as_ref().map(|release| ReleaseCell {
                number: release.id.0,
                rows: Tracer::of_dataset(shell, dataset.id.as_str()).number(
                    "filas",
                    counted(release.rows, "fila", "filas"),
                    dataset.title.as_str(),
                ),
                ago: ago(release.built_at, now),
                built: moment(release.built_at),
                origin: match &release.source {
                    Some(file) => file_name(&file.origin).to_owned(),
                    None => "calculado por la plataforma".into(),
                },
            }),
            run: dataset
                .last_run
                .as_ref()
                .map(|run| (shell.link(&format!("/ejecuciones/{}", run.id)), run.state, last_run(run, now))),
            next: dataset.next_fire_at.map(|at| format!("{} ({})", ahead(at, now), moment(at))),
        }
    }
}

/// How the newest run went, in a planner's words.
fn last_run(run: &read::LastRun, now: DateTime<Utc>) -> String {
    let when = ago(run.finished_at.unwrap_or(run.created_at), now);
    match run.state {
        RunState::Published => format!("Publicada {when}"),
        RunState::Unchanged => format!("Revisada {when}: el archivo no ha cambiado"),
        RunState::Failed => format!("Falló {when}; sigue vigente la versión anterior"),
        RunState::Cancelled => format!("Se detuvo {when}"),
        RunState::Queued => "En cola".into(),
        RunState::Running => "En curso".into(),
        RunState::AwaitingApproval => "Espera aprobación".into(),
    }
}
