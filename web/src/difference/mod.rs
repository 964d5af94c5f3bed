//! `/ediciones/{a}...{b}` and `/versiones/{a}...{b}`: what is not the same in two editions, or in two releases of a dataset.

mod csv;
mod dataset;
mod file;
mod marks;
mod pair;
mod summary;
mod table;
mod values;

use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use goreos_db::DbError;
use goreos_domain::EditionId;

pub use marks::{ChangeMap, MOST as MOST_DRAWN, dot, map, sign};
#[cfg(test)]
pub use {
    dataset::{DatasetPage, FileFragment, Loaded, build as build_dataset},
    pair::Subject,
    summary::{Counted, Differing, build as build_summary},
};

use crate::boundary::PageError;
use crate::editions;
use crate::query::value;
use crate::shell::in_edition;
use crate::state::AppState;
use crate::viewed::Wanted;
use pair::{Ask, Pair, Sort};

const EDITIONS: &str = "/ediciones";
const RELEASES: &str = "/versiones";
/// How long a page counts rows before it offers to let the queue do it.
const PATIENCE: Duration = Duration::from_secs(8);

/// `GET /ediciones/{n}` or `/ediciones/{a}...{b}`
pub async fn edition_or_pair(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(text): Path<String>,
) -> Result<Response, PageError> {
    match Pair::parse(&text) {
        Some(pair) => summary::show(&app, wanted, pair).await,
        None => editions::show(State(app), wanted, Path(text)).await,
    }
}

/// `GET /ediciones/comparar?desde=3&hasta=7`: the form of the list of editions.
pub async fn choose(wanted: Wanted, RawQuery(raw): RawQuery) -> Result<Response, PageError> {
    let raw = raw.unwrap_or_default();
    let edition = |name| -> Option<EditionId> { value(&raw, name)?.parse().ok() };
    let (Some(from), Some(to)) = (edition("desde"), edition("hasta")) else {
        return Err(PageError::BadRequest("Elija las dos ediciones que quiere comparar.".into()));
    };
    Ok(Redirect::to(&in_edition(&format!("{EDITIONS}/{from}...{to}"), [], wanted.number())).into_response())
}

/// `GET /ediciones/{a}...{b}/{dataset}`, `.csv` and `.gpkg`
pub async fn of_edition(
    State(app): State<AppState>,
    wanted: Wanted,
    Path((pair, dataset)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (pair, sort) = Ask::of_edition(&pair, &dataset)?;
    answer(&app, wanted, &pair, sort, &raw.unwrap_or_default(), &headers).await
}

/// `GET /versiones/{a}...{b}`, `.csv` and `.gpkg`
pub async fn of_releases(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(text): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (ask, sort) = Ask::of_releases(&text)?;
    answer(&app, wanted, &ask, sort, &raw.unwrap_or_default(), &headers).await
}

async fn answer(
    app: &AppState,
    wanted: Wanted,
    ask: &Ask,
    sort: Sort,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, PageError> {
    match sort {
        Sort::Page => dataset::show(app, wanted, ask, raw, headers).await,
        Sort::Csv => csv::rows(app, ask, raw).await,
        Sort::Geopackage => file::download(app, ask).await,
    }
}

/// `POST /ediciones/{a}...{b}/{dataset}.gpkg`: asks for the file.
pub async fn request_of_edition(
    State(app): State<AppState>,
    wanted: Wanted,
    Path((pair, dataset)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (ask, _) = Ask::of_edition(&pair, &dataset)?;
    file::request(&app, wanted, &ask).await
}

/// `POST /versiones/{a}...{b}.gpkg`: asks for the file.
pub async fn request_of_releases(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(text): Path<String>,
) -> Result<Response, PageError> {
    let (ask, _) = Ask::of_releases(&text)?;
    file::request(&app, wanted, &ask).await
}

/// A release whose table is not there is told to the reader; it is nobody's mistake.
fn told(error: DbError) -> PageError {
    match error {
        DbError::ReleaseGone(release) => PageError::Gone(format!(
            "La versión {release} no existe o sus datos se retiraron al cumplirse su plazo, así que no se puede comparar. La lista de ediciones dice cuáles siguen vigentes."
        )),
        DbError::OtherDataset { from, to } => {
            PageError::NotFound(format!("Las versiones son de conjuntos distintos: «{from}» y «{to}»."))
        }
        other => other.into(),
    }
}
