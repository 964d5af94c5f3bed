//! `/documentos`

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use goreos_db::read::{self, Document, Page, PendingReport};
use goreos_domain::{Fault, RunId, RunState};

use crate::boundary::PageError;
use crate::page::{Keep, html, wants_fragment};
use crate::query::{Pager, page_number, value};
use crate::runs::comuna_name;
use crate::shell::{Section, Shell, in_edition};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{ago, counted, file_size, moment};

const PATH: &str = "/documentos";
const PAGE_SIZE: u32 = 50;
/// Seconds between two looks while something is being made.
const REFRESH_S: u32 = 2;

/// The whole page.
#[derive(Template)]
#[template(path = "documents.html")]
pub struct DocumentsPage {
    pub shell: Shell,
    pub body: DocumentsBody,
}

/// What changes while documents are being made.
#[derive(Template)]
#[template(path = "_documents.html")]
pub struct DocumentsFragment {
    pub shell: Shell,
    pub body: DocumentsBody,
}

/// The lists.
#[derive(Debug, Clone)]
pub struct DocumentsBody {
    /// This page, to be asked again.
    pub address: String,
    pub refresh_s: u32,
    /// Something on the page is still being made.
    pub waits: bool,
    /// The document the reader asked for, when it is ready.
    pub ready: Option<DocumentRow>,
    pub pending: Vec<PendingRow>,
    pub rows: Vec<DocumentRow>,
    pub total: String,
    pub pager: Pager,
}

/// A document.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    pub href: String,
    pub title: String,
    pub file_name: String,
    pub edition: i64,
    pub size: String,
    pub made: String,
    pub made_ago: String,
    pub chosen: bool,
}

/// A document that is not there yet.
#[derive(Debug, Clone)]
pub struct PendingRow {
    pub title: String,
    pub edition: i64,
    pub state: RunState,
    pub words: &'static str,
    pub asked: String,
    pub run_href: String,
    pub fault: Option<Fault>,
    pub chosen: bool,
}

/// `GET /documentos`
pub async fn list(
    State(app): State<AppState>,
    wanted: Wanted,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Result<Response, PageError> {
    let raw = raw.unwrap_or_default();
    let number =
        page_number(&raw).ok_or_else(|| PageError::BadRequest("El número de página no se entiende.".into()))?;
    let run: Option<RunId> = value(&raw, "ejecucion").and_then(|id| id.parse().ok());
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let documents = read::documents(&mut connection, Page::numbered(number, PAGE_SIZE)).await?;
    let pending = read::pending_reports(&mut connection).await?;
    let mut shell = viewed.shell(&app, Section::Documents).unpinned(address(run, number, None));
    let pinned = viewed.pinned_number();
    let now = app.now();
    let pager = Pager::new(number, PAGE_SIZE, documents.total, |page| address(run, page, pinned));
    let body = build(
        &shell,
        &Lists { documents: &documents.items, total: documents.total, pending: &pending, run },
        pager,
        now,
    );
    let body = DocumentsBody { address: address(run, number, pinned), ..body };
    if wants_fragment(&headers) {
        return html(&DocumentsFragment { shell, body }, Keep::Revalidate);
    }
    shell.refresh_s = body.waits.then_some(REFRESH_S);
    html(&DocumentsPage { shell, body }, Keep::Revalidate)
}

fn address(run: Option<RunId>, page: u32, edition: Option<i64>) -> String {
    let pairs = [run.map(|run| ("ejecucion", run.to_string())), (page > 1).then(|| ("pagina", page.to_string()))];
    in_edition(PATH, pairs.into_iter().flatten(), edition)
}

/// What the database knows.
pub struct Lists<'a> {
    pub documents: &'a [Document],
    pub total: i64,
    pub pending: &'a [PendingReport],
    /// The run the reader asked for.
    pub run: Option<RunId>,
}

/// Builds what the template shows.
pub fn build(shell: &Shell, lists: &Lists, pager: Pager, now: DateTime<Utc>) -> DocumentsBody {
    let rows: Vec<DocumentRow> =
        lists.documents.iter().map(|document| DocumentRow::new(document, lists.run, now)).collect();
    DocumentsBody {
        address: String::new(),
        refresh_s: REFRESH_S,
        waits: lists.pending.iter().any(|report| !report.state.is_final()),
        ready: rows.iter().find(|row| row.chosen).cloned(),
        pending: lists.pending.iter().map(|report| PendingRow::new(shell, report, lists.run, now)).collect(),
        rows,
        total: counted(lists.total, "documento", "documentos"),
        pager,
    }
}

impl DocumentRow {
    fn new(document: &Document, run: Option<RunId>, now: DateTime<Utc>) -> Self {
        Self {
            href: format!("{PATH}/{}", document.id),
            title: document.title.clone(),
            file_name: document.file_name.clone(),
            edition: document.key.edition.0,
            size: file_size(document.bytes),
            made: moment(document.created_at),
            made_ago: ago(document.created_at, now),
            chosen: run == Some(document.run),
        }
    }
}

impl PendingRow {
    fn new(shell: &Shell, report: &PendingReport, run: Option<RunId>, now: DateTime<Utc>) -> Self {
        Self {
            title: format!("Informe de {}", comuna_name(report.key.cut.as_str())),
            edition: report.key.edition.0,
            state: report.state,
            words: match report.state {
                RunState::Failed => "No se pudo preparar",
                RunState::Cancelled => "Se detuvo a pedido",
                _ => "En preparación…",
            },
            asked: ago(report.created_at, now),
            run_href: shell.link(&format!("/ejecuciones/{}", report.run)),
            fault: report.fault.clone(),
            chosen: run == Some(report.run),
        }
    }
}
