//! `/descargas/{dataset}`

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use goreos_db::read::{self, Export, ExportRun, Offered, Provenance};
use goreos_domain::{ExportFormat, Fault, RunState};

use super::file::current_csv;
use super::{FileLink, PATH, unknown};
use crate::boundary::PageError;
use crate::page::{Keep, html, wants_fragment};
use crate::shell::{Section, Shell, file_name, in_edition};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{counted, moment};

/// Seconds between two looks while the files are being written.
const REFRESH_S: u32 = 2;

/// The files of a dataset.
#[derive(Template)]
#[template(path = "download.html")]
pub struct DownloadPage {
    pub shell: Shell,
    pub facts: Facts,
    pub body: DownloadBody,
}

/// What changes while they are being written.
#[derive(Template)]
#[template(path = "_download.html")]
pub struct DownloadFragment {
    pub body: DownloadBody,
}

/// What is said of the release.
#[derive(Debug, Clone)]
pub struct Facts {
    pub title: String,
    pub description: String,
    pub example: bool,
    pub lines: Vec<(&'static str, String)>,
    /// Of the page that tells where the figures come from.
    pub origin_href: String,
    /// The address that always gives the current rows.
    pub csv: String,
}

/// The files.
#[derive(Debug, Clone)]
pub struct DownloadBody {
    /// This page, to be asked again.
    pub address: String,
    pub refresh_s: u32,
    /// Some file is still being written.
    pub waits: bool,
    /// Nobody asked for the files yet.
    pub unasked: bool,
    /// The files were asked for and not written.
    pub fault: Option<(Fault, String)>,
    pub groups: Vec<Group>,
}

/// Files for the same kind of work.
#[derive(Debug, Clone)]
pub struct Group {
    pub title: &'static str,
    pub files: Vec<FileRow>,
}

/// A file, or why there is none.
#[derive(Debug, Clone)]
pub struct FileRow {
    pub name: &'static str,
    pub purpose: &'static str,
    pub file: Option<FileLink>,
    /// Why it is not offered.
    pub skipped: Option<String>,
}

/// `GET /descargas/{dataset}`; with `.csv` at its end, the rows.
pub async fn show(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(dataset): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if let Some(dataset) = dataset.strip_suffix(".csv") {
        return current_csv(&app, wanted, dataset, &headers).await;
    }
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let edition = viewed.edition.as_ref().ok_or_else(|| unknown(&dataset))?;
    let held = read::sources(&mut connection, edition, &[dataset.as_str()]).await?.pop();
    let held = held.ok_or_else(|| unknown(&dataset))?;
    let offered = read::offered(&mut connection, &[held.release]).await?.pop().ok_or_else(|| unknown(&dataset))?;
    let exports = read::exports(&mut connection, &[held.release]).await?;
    let run = read::export_run(&mut connection, held.release).await?;
    let path = format!("{PATH}/{dataset}");
    let mut shell = viewed.shell(&app, Section::Downloads).unpinned(path.as_str());
    let body = build(&shell, &held, &offered, &exports, run.as_ref());
    let body = DownloadBody { address: in_edition(&path, [], viewed.pinned_number()), ..body };
    if wants_fragment(&headers) {
        return html(&DownloadFragment { body }, Keep::Revalidate);
    }
    shell.refresh_s = body.waits.then_some(REFRESH_S);
    let facts = Facts::new(&shell, &held, &offered);
    html(&DownloadPage { shell, facts, body }, Keep::Revalidate)
}

/// Builds what the template shows.
pub fn build(
    shell: &Shell,
    held: &Provenance,
    offered: &Offered,
    exports: &[Export],
    run: Option<&ExportRun>,
) -> DownloadBody {
    let waits = run.is_some_and(|run| !run.state.is_final());
    let failed = run.filter(|run| matches!(run.state, RunState::Failed | RunState::Cancelled) && exports.is_empty());
    let row = |format: ExportFormat| {
        let export = exports.iter().find(|export| export.format == format)?;
        Some(FileRow {
            name: format.name(),
            purpose: purpose(format),
            file: FileLink::of(&held.dataset, export),
            skipped: export.skipped.clone(),
        })
    };
    let group = |(title, formats): &(&'static str, &[ExportFormat])| Group {
        title,
        files: ExportFormat::of(offered.has_geometry).filter(|one| formats.contains(one)).filter_map(row).collect(),
    };
    DownloadBody {
        address: String::new(),
        refresh_s: REFRESH_S,
        waits,
        unasked: run.is_none() && exports.is_empty(),
        fault: failed.and_then(|run| Some((run.fault.clone()?, shell.link(&format!("/ejecuciones/{}", run.run))))),
        groups: GROUPS.iter().map(group).filter(|group| !group.files.is_empty()).collect(),
    }
}

/// What people want to do with them.
const GROUPS: [(&str, &[ExportFormat]); 3] = [
    ("Para planillas", &[ExportFormat::CsvExcel, ExportFormat::Xlsx]),
    (
        "Para mapas",
        &[ExportFormat::Geopackage, ExportFormat::Shapefile, ExportFormat::Geojson, ExportFormat::Flatgeobuf],
    ),
    (
        "Para programas y para leer",
        &[ExportFormat::Csv, ExportFormat::Geoparquet, ExportFormat::Parquet, ExportFormat::Readme],
    ),
];

/// What a file is good for.
fn purpose(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::CsvExcel => {
            "Se abre con doble clic en Excel en español: acentos, coma decimal y fechas correctas."
        }
        ExportFormat::Xlsx => {
            "Para Excel y LibreOffice, con una hoja que explica cada columna. Conserva los ceros al inicio de los códigos."
        }
        ExportFormat::Geopackage => "Para QGIS y ArcGIS: un solo archivo con la capa, sus columnas y su procedencia.",
        ExportFormat::Shapefile => {
            "Para programas que solo leen shapefile: nombres de columnas de 10 caracteres, con su tabla de equivalencias."
        }
        ExportFormat::Geojson => "Para mapas en la web y para programar.",
        ExportFormat::Flatgeobuf => "Para mapas en la web de capas grandes: se lee por partes, sin bajarlo entero.",
        ExportFormat::Geoparquet => "Para analizar capas con Python, R o DuckDB: compacto y rápido.",
        ExportFormat::Parquet => "Para analizar tablas con Python, R o DuckDB: compacto y rápido.",
        ExportFormat::Csv => "UTF-8, coma, punto decimal y fechas aaaa-mm-dd: lo que esperan los programas.",
        ExportFormat::Readme => "Qué son los datos, de dónde vienen y qué contiene cada columna.",
    }
}

impl Facts {
    /// What is said of the release behind the files.
    pub fn new(shell: &Shell, held: &Provenance, offered: &Offered) -> Self {
        let mut lines = vec![
            ("Versión", format!("{}, construida el {}", held.release, moment(held.built_at))),
            ("Contenido", counted(held.rows, "fila", "filas")),
            ("Responsable", held.owner.clone()),
            ("Licencia", held.licence.clone()),
        ];
        if !held.attribution.is_empty() {
            lines.push(("Cítese como", held.attribution.clone()));
        }
        match &held.source {
            Some(file) => {
                let name = file_name(&file.origin);
                lines.push(("Archivo fuente", format!("{name}, recibido el {}", moment(file.received_at))));
                lines.push(("SHA-256 de la fuente", file.sha256.clone()));
            }
            None if !held.inputs.is_empty() => lines.push(("Calculado a partir de", held.inputs.join(", "))),
            None => {}
        }
        Self {
            title: held.title.clone(),
            description: offered.description.clone(),
            example: held.example,
            lines,
            origin_href: shell.link(&format!("/procedencia/{}", held.dataset)),
            csv: format!("{}{PATH}/{}.csv", shell.site.origin, held.dataset),
        }
    }
}
