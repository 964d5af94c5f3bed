//! `/ediciones`: what readers saw and see.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use goreos_db::Edition;
use goreos_db::read::{self, Change, EditionLine, HeldRelease, Page};
use goreos_domain::{EditionId, integer_es};

use crate::boundary::PageError;
use crate::page::{Keep, html};
use crate::query::{Pager, page_number};
use crate::shell::{Section, Shell, file_name, in_edition};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{counted, moment};

const PATH: &str = "/ediciones";
const PAGE_SIZE: u32 = 50;

/// The list.
#[derive(Template)]
#[template(path = "editions.html")]
pub struct EditionsPage {
    pub shell: Shell,
    pub rows: Vec<EditionRow>,
    pub total: String,
    pub pager: Pager,
}

/// One edition.
#[derive(Template)]
#[template(path = "edition.html")]
pub struct EditionPage {
    pub shell: Shell,
    pub edition: EditionRow,
    pub held: Vec<HeldRow>,
}

/// An edition of the list.
#[derive(Debug, Clone)]
pub struct EditionRow {
    pub number: i64,
    pub href: String,
    pub published: String,
    pub note: String,
    pub current: bool,
    /// Number and address of the run that published it.
    pub run: Option<(i64, String)>,
    pub changes: Vec<String>,
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
}

/// `GET /ediciones`
pub async fn list(State(app): State<AppState>, wanted: Wanted, RawQuery(raw): RawQuery) -> Result<Response, PageError> {
    let number = page_number(&raw.unwrap_or_default())
        .ok_or_else(|| PageError::BadRequest("El número de página no se entiende.".into()))?;
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let editions = read::editions(&mut connection, Page::numbered(number, PAGE_SIZE)).await?;
    let current = Edition::current(&mut connection).await?.map(|edition| edition.id);
    let address = |page: u32, edition| in_edition(PATH, (page > 1).then(|| ("pagina", page.to_string())), edition);
    let shell = viewed.shell(&app, Section::Editions).unpinned(address(number, None));
    let page = EditionsPage {
        rows: editions.items.iter().map(|line| EditionRow::new(&shell, line, current)).collect(),
        total: counted(editions.total, "edición", "ediciones"),
        pager: Pager::new(number, PAGE_SIZE, editions.total, |page| address(page, viewed.pinned_number())),
        shell,
    };
    html(&page, Keep::Revalidate)
}

/// `GET /ediciones/{n}`
pub async fn show(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let unknown = || {
        PageError::NotFound(format!(
            "La edición «{number}» no existe. La lista de ediciones muestra todas las publicadas."
        ))
    };
    let id: EditionId = number.parse().map_err(|_| unknown())?;
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let line = read::edition_line(&mut connection, id).await?.ok_or_else(unknown)?;
    let held = read::held_releases(&mut connection, id).await?;
    let current = Edition::current(&mut connection).await?.map(|edition| edition.id);
    let shell = viewed.shell(&app, Section::Editions).unpinned(format!("{PATH}/{id}"));
    let page = EditionPage {
        edition: EditionRow::new(&shell, &line, current),
        held: held.iter().map(|release| HeldRow::new(&shell, release)).collect(),
        shell,
    };
    html(&page, Keep::Revalidate)
}

impl EditionRow {
    /// The row of an edition.
    pub fn new(shell: &Shell, line: &EditionLine, current: Option<EditionId>) -> Self {
        Self {
            number: line.id.0,
            href: shell.link(&format!("{PATH}/{}", line.id)),
            published: moment(line.created_at),
            note: line.note.clone(),
            current: current == Some(line.id),
            run: line.run.map(|run| (run.0, shell.link(&format!("/ejecuciones/{run}")))),
            changes: line.changes.iter().map(change).collect(),
        }
    }
}

fn change(change: &Change) -> String {
    match (change.before, change.after) {
        (Some(before), Some(after)) => format!("{}: versión {before} → {after}", change.title),
        (None, Some(after)) => format!("{}: versión {after}, nueva", change.title),
        (_, None) => format!("{}: retirado", change.title),
    }
}

impl HeldRow {
    /// The row of a release.
    pub fn new(shell: &Shell, held: &HeldRelease) -> Self {
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
        }
    }
}
