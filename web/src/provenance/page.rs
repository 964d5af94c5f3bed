//! The page itself.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use goreos_db::read::{
    self, Behind, EditionLine, Figure, FigureMeasure, Link, RowColumn, RowKind, RowLevel, SourceFile, Trace,
};
use goreos_db::{Connection, Edition};
use goreos_domain::{Trigger, integer_es};

use super::address::{address, parse, rows_address};
use super::rule::Rule;
use super::words;
use crate::boundary::PageError;
use crate::page::{Keep, html};
use crate::profile::Link as PlaceLink;
use crate::shell::{Section, Shell, file_name, in_edition};
use crate::state::AppState;
use crate::viewed::{Wanted, if_held};
use crate::words::{counted, file_size, moment, or_nothing};

/// Columns of the table on the page; the file has them all.
const MOST_COLUMNS: usize = 9;
/// Texts longer than this have a wide column.
const LONG: usize = 28;

/// The page.
#[derive(Template)]
#[template(path = "provenance.html")]
pub struct ProvenancePage {
    pub shell: Shell,
    pub title: String,
    pub scope: String,
    pub value: String,
    /// With every digit there is.
    pub exact: Option<String>,
    /// The page that shows the figure.
    pub back: PlaceLink,
    pub terms: Vec<Term>,
    pub rows: RowsTable,
    pub edition: EditionStep,
    pub steps: Vec<Step>,
}

/// A part of a quotient.
#[derive(Debug, Clone)]
pub struct Term {
    pub title: String,
    pub value: String,
    pub href: String,
}

/// The rows behind the figure.
#[derive(Debug, Clone)]
pub struct RowsTable {
    /// What the rows are and what they add up to.
    pub words: String,
    pub headers: Vec<Header>,
    pub rows: Vec<Vec<Cell>>,
    /// `Las 50 de mayor monto, de 1.204`
    pub caption: String,
    /// Of all rows, as a file; none when there are no rows to give.
    pub csv: Option<String>,
    pub is_public: bool,
    /// How many columns only the file has.
    pub left_out: usize,
}

/// A cell and how it stands.
#[derive(Debug, Clone)]
pub struct Cell {
    pub text: String,
    /// `num` to the right, `text` with room for many words.
    pub class: &'static str,
}

/// The head of a column.
#[derive(Debug, Clone)]
pub struct Header {
    pub title: String,
    pub is_number: bool,
}

/// The edition the figure is of.
#[derive(Debug, Clone)]
pub struct EditionStep {
    pub number: i64,
    pub href: String,
    pub published: String,
    pub note: String,
    pub run: Option<(i64, String)>,
}

/// A dataset of the chain.
#[derive(Debug, Clone)]
pub struct Step {
    pub title: String,
    pub dataset: String,
    pub example: bool,
    /// An input of the dataset asked about.
    pub is_input: bool,
    pub release: i64,
    pub rows: String,
    pub built: String,
    pub run: (i64, String),
    pub asked: String,
    /// `2.361 leídas = 2.314 cargadas + 47 rechazadas`
    pub accounting: Option<String>,
    pub carried: Option<String>,
    pub source: Option<SourceStep>,
    /// Of the rows taken over.
    pub earlier: Vec<SourceStep>,
    pub rule: Rule,
    pub credit: String,
    pub downloads: String,
}

/// The file of a release.
#[derive(Debug, Clone)]
pub struct SourceStep {
    pub name: String,
    pub origin: String,
    pub size: String,
    pub received: String,
    pub sha256: String,
    pub mends: Option<String>,
}

/// `GET /procedencia/{dataset}`
pub async fn show(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(dataset): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, PageError> {
    let figure = parse(&dataset, &raw.unwrap_or_default())?;
    let mut connection = app.connection().await?;
    let mut viewed = wanted.load(&mut connection).await?;
    let keep = viewed.keep();
    // Every link to a figure names its edition; who browses the current one goes on in whichever is current.
    let is_current = is_current(&mut connection, viewed.edition.as_ref()).await?;
    viewed.pinned &= !is_current;
    let edition = viewed.edition.as_ref().ok_or_else(|| no_figure(&figure))?;
    let traced = match if_held(read::trace(&mut connection, edition, &figure).await)? {
        Ok(traced) => traced.ok_or_else(|| no_figure(&figure))?,
        Err(missing) => {
            return Err(PageError::NotFound(format!(
                "La edición {} no incluye el conjunto «{missing}», que esta cifra necesita.",
                edition.id
            )));
        }
    };
    let line = read::edition_line(&mut connection, edition.id).await?.ok_or_else(|| no_figure(&figure))?;
    let own = address(figure.dataset.as_str(), figure.measure.code(), &figure.filter, None);
    let shell = viewed.shell(&app, Section::Elsewhere).unpinned(own);
    html(&build(shell, &figure, &traced, &line), if is_current { Keep::Revalidate } else { keep })
}

async fn is_current(connection: &mut Connection, edition: Option<&Edition>) -> Result<bool, PageError> {
    let current = Edition::current(connection).await?;
    Ok(current.map(|current| current.id) == edition.map(|edition| edition.id))
}

/// The address names no figure of the dataset.
pub fn no_figure(figure: &Figure) -> PageError {
    PageError::NotFound(format!(
        "El conjunto «{}» no tiene la cifra «{}» con esos filtros, o no es de acceso público.",
        figure.dataset,
        figure.measure.code()
    ))
}

/// Builds what the template shows.
pub fn build(shell: Shell, figure: &Figure, traced: &Trace, line: &EditionLine) -> ProvenancePage {
    let edition = line.id.0;
    let terms = traced.terms.iter().map(|(part, value)| {
        let link = traced.chain.iter().find(|link| link.contract.id == part.dataset);
        Term {
            title: words::title(part, link),
            value: words::exact(*value).unwrap_or_else(|| words::value(*value)),
            href: address(part.dataset.as_str(), part.measure.code(), &part.filter, Some(edition)),
        }
    });
    ProvenancePage {
        title: words::title(figure, traced.chain.first()),
        scope: words::scope(figure),
        value: words::value(traced.value),
        exact: words::exact(traced.value),
        back: back(&shell, figure),
        terms: terms.collect(),
        rows: RowsTable::new(figure, &traced.rows, edition),
        edition: EditionStep {
            number: edition,
            href: shell.link(&format!("/ediciones/{edition}")),
            published: moment(line.created_at),
            note: line.note.clone(),
            run: line.run.map(|run| (run.0, shell.link(&format!("/ejecuciones/{run}")))),
        },
        steps: traced
            .chain
            .iter()
            .enumerate()
            .map(|(index, link)| Step::new(&shell, link, index > 0, edition))
            .collect(),
        shell,
    }
}

/// The page that shows the figure: the comuna's when it is about one, else the dashboard with the same filters.
fn back(shell: &Shell, figure: &Figure) -> PlaceLink {
    let filter = &figure.filter;
    let comuna = filter.territories.first().or(filter.names.as_ref()).filter(|cut| cut.as_str().len() == 5);
    if let Some(cut) = comuna.filter(|_| filter.territories.len() < 2) {
        return PlaceLink { name: "Ficha de la comuna".into(), href: shell.link(&format!("/comunas/{cut}")) };
    }
    if figure.measure == FigureMeasure::Rows || filter.row.is_some() {
        return PlaceLink { name: "Conjuntos de datos".into(), href: shell.link("/") };
    }
    let province = filter.within.as_ref().or(filter.territories.first()).filter(|cut| cut.as_str().len() == 3);
    let pairs = [
        filter.year.map(|year| ("anio", year.to_string())),
        province.filter(|_| filter.level != Some(RowLevel::Multi)).map(|cut| ("provincia", cut.to_string())),
        filter.typology.as_ref().map(|typology| ("tipologia", typology.clone())),
    ];
    let href = in_edition("/tableros/inversion", pairs.into_iter().flatten(), shell.pinned_number());
    PlaceLink { name: "Tablero de inversión".into(), href }
}

impl RowsTable {
    fn new(figure: &Figure, behind: &Behind, edition: i64) -> Self {
        let set = &behind.set;
        let measured = behind.measured.as_ref().map(goreos_domain::ColumnName::as_str);
        let shown = shown_columns(&set.columns, measured);
        let sum = words::exact(behind.sum).unwrap_or_else(|| words::value(behind.sum));
        let count = counted(behind.count, "fila", "filas");
        let words = match measured.and_then(|name| set.column(name)) {
            Some(column) if behind.count == 1 => format!("{count} de «{}»: {} {sum}.", set.title, column.title),
            Some(column) => format!("{count} de «{}»: {} suma {sum}.", set.title, column.title),
            None => format!("{count} de «{}».", set.title),
        };
        let listed = i64::try_from(behind.first.len()).unwrap_or(i64::MAX);
        let caption = match measured {
            _ if listed == behind.count => format!("Todas: {count}"),
            Some(_) => format!("Las {listed} mayores, de {}", integer_es(behind.count)),
            None => format!("Las primeras {listed}, de {}", integer_es(behind.count)),
        };
        Self {
            words,
            caption,
            headers: shown
                .iter()
                .map(|index| &set.columns[*index])
                .map(|column| Header { title: column.title.clone(), is_number: is_number(column) })
                .collect(),
            rows: behind
                .first
                .iter()
                .map(|row| shown.iter().map(|index| Cell::new(&set.columns[*index], row[*index].as_deref())).collect())
                .collect(),
            csv: (set.is_public && behind.count > 0).then(|| rows_address(figure, edition)),
            is_public: set.is_public,
            left_out: set.columns.len() - shown.len(),
        }
    }
}

impl Cell {
    fn new(column: &RowColumn, text: Option<&str>) -> Self {
        let text = words::cell(column, text);
        let class = match column.kind {
            _ if is_number(column) => "num",
            RowKind::Date => "nowrap",
            _ if text.chars().count() > LONG => "text",
            _ => "",
        };
        Self { text, class }
    }
}

fn is_number(column: &RowColumn) -> bool {
    matches!(column.kind, RowKind::Whole | RowKind::Pesos | RowKind::Real)
}

/// The columns of the page's table, by their places: the row's number, what is added up, then the others as in the file.
fn shown_columns(columns: &[RowColumn], measured: Option<&str>) -> Vec<usize> {
    let is_placing = |name: &str| matches!(name, "territory_level" | "territory_cut" | "territory_cuts");
    let mut shown: Vec<usize> = (0..columns.len()).filter(|index| !is_placing(&columns[*index].name)).collect();
    shown.sort_by_key(|index| match columns[*index].name.as_str() {
        "source_row" => 0,
        name if Some(name) == measured => 1,
        _ => 2,
    });
    shown.truncate(MOST_COLUMNS);
    shown
}

impl Step {
    fn new(shell: &Shell, link: &Link, is_input: bool, edition: i64) -> Self {
        let contract = &link.contract;
        let credit = if contract.attribution.is_empty() { &contract.owner } else { &contract.attribution };
        let asked = match link.trigger {
            Trigger::Schedule => "programada".to_owned(),
            Trigger::Manual => format!("pedida por {}", link.requested_by),
        };
        let accounting = link.accounting.filter(|_| link.source.is_some()).map(|[read, loaded, rejected]| {
            format!(
                "{} leídas = {} cargadas + {} rechazadas",
                integer_es(read),
                integer_es(loaded),
                integer_es(rejected)
            )
        });
        Self {
            title: contract.title.clone(),
            dataset: contract.id.to_string(),
            example: contract.example,
            is_input,
            release: link.release.0,
            rows: counted(link.rows, "fila", "filas"),
            built: moment(link.built_at),
            run: (link.run.0, shell.link(&format!("/ejecuciones/{}", link.run))),
            asked: format!("{asked}, terminada el {}", or_nothing(link.finished_at, moment)),
            accounting,
            carried: (link.carried > 0)
                .then(|| format!("{} vienen de versiones anteriores", counted(link.carried, "fila", "filas"))),
            source: link.source.as_ref().map(|file| SourceStep::new(file, link.mends)),
            earlier: link.earlier.iter().map(|file| SourceStep::new(file, 0)).collect(),
            rule: Rule::new(link),
            credit: format!("{credit}. Licencia {}.", contract.licence),
            downloads: in_edition(&format!("/descargas/{}", contract.id), [], Some(edition)),
        }
    }
}

impl SourceStep {
    fn new(file: &SourceFile, mends: i32) -> Self {
        let mended = || counted(i64::from(mends), "archivo de filas corregidas", "archivos de filas corregidas");
        Self {
            name: file_name(&file.origin).to_owned(),
            origin: origin(&file.origin),
            size: file_size(file.bytes),
            received: moment(file.received_at),
            sha256: file.sha256.clone(),
            mends: (mends > 0).then(|| format!("con {}", mended())),
        }
    }
}

/// From where a file came, without telling folders of the server.
fn origin(text: &str) -> String {
    match url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned)) {
        Some(host) => format!("descargado de {host}"),
        None => "recibido del equipo de datos".into(),
    }
}
