//! `/ediciones/{n}`

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use goreos_db::Edition;
use goreos_db::read::{self, HeldRelease};
use goreos_domain::{EditionId, integer_es};

use super::list::EditionRow;
use super::rollback::{Asked, WayBack};
use super::{PATH, edition_id, unknown};
use crate::boundary::PageError;
use crate::page::{Keep, html};
use crate::shell::{Section, Shell, file_name};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::moment;

/// One edition.
#[derive(Template)]
#[template(path = "edition.html")]
pub struct EditionPage {
    pub shell: Shell,
    pub edition: EditionRow,
    pub held: Vec<HeldRow>,
    pub back: WayBack,
}

/// A dataset of an edition.
#[derive(Debug, Clone)]
pub struct HeldRow {
    pub title: String,
    pub dataset: String,
    pub release: i64,
    pub rows: String,
    pub built: String,
    pub example: bool,
    pub run: (i64, String),
    pub file: String,
    pub sha256: String,
    pub licence: String,
    /// The page of its files.
    pub downloads: String,
}

/// `GET /ediciones/{n}`
pub async fn show(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    page(&app, wanted, edition_id(&number)?, None).await
}

/// The page of an edition; with what was asked of it and not done, when there is something.
pub async fn page(app: &AppState, wanted: Wanted, id: EditionId, asked: Option<Asked>) -> Result<Response, PageError> {
    let missing = || unknown(&id.to_string());
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let line = read::edition_line(&mut connection, id).await?.ok_or_else(missing)?;
    let edition = Edition::load(&mut connection, id).await?.ok_or_else(missing)?;
    let current = Edition::current(&mut connection).await?.ok_or_else(missing)?;
    let held = read::held_releases(&mut connection, id).await?;
    let titles = read::home(&mut connection, None).await?;
    let shell = viewed.shell(app, Section::Editions).unpinned(format!("{PATH}/{id}"));
    let page = EditionPage {
        edition: EditionRow::new(&shell, &line, Some(current.id)),
        held: held.iter().map(|release| HeldRow::new(&shell, release, id)).collect(),
        back: WayBack::new(&shell, &edition, &current, &titles, asked),
        shell,
    };
    html(&page, Keep::Revalidate)
}

impl HeldRow {
    /// The row of a release in an edition.
    pub fn new(shell: &Shell, held: &HeldRelease, edition: EditionId) -> Self {
        let from = &held.provenance;
        let (file, sha256) = match &from.source {
            Some(file) => (file_name(&file.origin).to_owned(), file.sha256.clone()),
            None => (format!("calculado a partir de {}", from.inputs.join(", ")), String::new()),
        };
        Self {
            title: from.title.clone(),
            dataset: from.dataset.to_string(),
            release: from.release.0,
            rows: integer_es(from.rows),
            built: moment(from.built_at),
            example: from.example,
            run: (held.run.0, shell.link(&format!("/ejecuciones/{}", held.run))),
            file,
            sha256,
            licence: from.licence.clone(),
            downloads: format!("/descargas/{}?edicion={edition}", from.dataset),
        }
    }
}
