//! `/ediciones`

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use goreos_db::Edition;
use goreos_db::read::{self, EditionLine, Page};
use goreos_domain::EditionId;

use super::{PATH, changed};
use crate::boundary::PageError;
use crate::page::{Keep, html};
use crate::query::{Pager, page_number};
use crate::shell::{Section, Shell, in_edition};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{counted, day, moment};

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
    /// Number and address of the edition whose releases a rollback brought back.
    pub rolled_back_to: Option<(i64, String)>,
    /// The day retention let go of it.
    pub dropped: Option<String>,
    /// Names that keep it.
    pub tags: Vec<String>,
    pub changes: Vec<String>,
    /// The comparison with the edition before it.
    pub compare: Option<String>,
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

impl EditionRow {
    /// The row of an edition.
    pub fn new(shell: &Shell, line: &EditionLine, current: Option<EditionId>) -> Self {
        let of_edition = |id: EditionId| (id.0, shell.link(&format!("{PATH}/{id}")));
        let comparable = line.dropped_at.is_none() && !line.changes.is_empty();
        Self {
            number: line.id.0,
            href: shell.link(&format!("{PATH}/{}", line.id)),
            published: moment(line.created_at),
            note: line.note.clone(),
            current: current == Some(line.id),
            run: line.run.map(|run| (run.0, shell.link(&format!("/ejecuciones/{run}")))),
            rolled_back_to: line.rolled_back_to.map(of_edition),
            dropped: line.dropped_at.map(day),
            tags: line.tags.clone(),
            changes: line.changes.iter().map(changed).collect(),
            compare: line
                .previous
                .filter(|_| comparable)
                .map(|previous| shell.link(&format!("{PATH}/{previous}...{}", line.id))),
        }
    }
}
