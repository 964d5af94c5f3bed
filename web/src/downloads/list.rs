//! `/descargas`

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use goreos_db::read::{self, Export, Offered, Provenance};
use goreos_domain::{ExportFormat, ReleaseId};

use super::{FileLink, PATH};
use crate::boundary::PageError;
use crate::page::{Keep, html};
use crate::shell::{Section, Shell};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{ago, counted, moment};

/// What most people come for, in this order.
const MAIN: [ExportFormat; 4] =
    [ExportFormat::CsvExcel, ExportFormat::Xlsx, ExportFormat::Geopackage, ExportFormat::Shapefile];

/// Every dataset with its newest files.
#[derive(Template)]
#[template(path = "downloads.html")]
pub struct DownloadsPage {
    pub shell: Shell,
    pub rows: Vec<DatasetRow>,
}

/// A dataset.
#[derive(Debug, Clone)]
pub struct DatasetRow {
    pub title: String,
    pub href: String,
    pub description: String,
    pub example: bool,
    pub rows: String,
    pub built: String,
    pub built_ago: String,
    pub files: Vec<FileLink>,
}

/// `GET /descargas`
pub async fn list(State(app): State<AppState>, wanted: Wanted) -> Result<Response, PageError> {
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let shell = viewed.shell(&app, Section::Downloads).unpinned(PATH);
    let Some(edition) = &viewed.edition else {
        return html(&DownloadsPage { shell, rows: Vec::new() }, Keep::Revalidate);
    };
    let (datasets, releases): (Vec<&str>, Vec<ReleaseId>) = edition.releases().unzip();
    let held = read::sources(&mut connection, edition, &datasets).await?;
    let exports = read::exports(&mut connection, &releases).await?;
    let offered = read::offered(&mut connection, &releases).await?;
    let offered: HashMap<ReleaseId, &Offered> = offered.iter().map(|one| (one.release, one)).collect();
    let now = app.now();
    let rows = held
        .iter()
        .filter_map(|held| Some(DatasetRow::new(&shell, held, offered.get(&held.release)?, &exports, now)))
        .collect();
    html(&DownloadsPage { shell, rows }, Keep::Revalidate)
}

impl DatasetRow {
    /// The row of a release with those of the files that are its own.
    pub fn new(shell: &Shell, held: &Provenance, offered: &Offered, exports: &[Export], now: DateTime<Utc>) -> Self {
        let own = |format: &ExportFormat| {
            exports.iter().find(|export| export.release == held.release && export.format == *format)
        };
        Self {
            title: held.title.clone(),
            href: shell.link(&format!("{PATH}/{}", held.dataset)),
            description: offered.description.clone(),
            example: held.example,
            rows: counted(held.rows, "fila", "filas"),
            built: moment(held.built_at),
            built_ago: ago(held.built_at, now),
            files: MAIN.iter().filter_map(own).filter_map(|export| FileLink::of(&held.dataset, export)).collect(),
        }
    }
}
