//! A dataset in two releases: how many rows differ, which, and where.

use std::time::Duration;

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use goreos_db::difference::{self, Changed, Compared, ComparedColumn, Counts, DifferenceFile, DifferenceRun, Kind};
use goreos_db::read::{self, ComunaOutline};
use goreos_db::{Connection, DbError};
use goreos_domain::{Decimals, Fault, RunState, decimal_es, integer_es};
use goreos_drawing::Dot;

use super::csv::kind;
use super::file::file_name;
use super::marks::{self, ChangeMap, sign};
use super::pair::{Ask, Subject};
use super::table::Row;
use super::{PATIENCE, told};
use crate::boundary::PageError;
use crate::page::{Keep, Svg, html, wants_fragment};
use crate::query::{Pager, page_number};
use crate::shell::{Section, Shell, in_edition};
use crate::state::AppState;
use crate::viewed::{Viewed, Wanted};
use crate::words::file_size;

const PAGE_SIZE: u32 = 50;
/// Rows reached page by page; the files have them all.
const MOST_PAGED: u32 = 10_000;
/// How long rows may take: they come when all else is known.
const PATIENCE_FOR_ROWS: Duration = Duration::from_secs(10);
/// Seconds between two looks while the file is being made.
const REFRESH_S: u32 = 2;

/// The page.
#[derive(Template)]
#[template(path = "difference_dataset.html")]
pub struct DatasetPage {
    pub shell: Shell,
    pub title: String,
    pub example: bool,
    /// `versión 3 a 7`
    pub releases: String,
    /// Numbers of the editions, and the address that compares them.
    pub editions: Option<(i64, i64, String)>,
    /// Both are one release.
    pub equal: bool,
    /// `1 m`
    pub tolerance: String,
    /// What names a row: `Código`; empty when nothing does.
    pub key: String,
    pub geometry: bool,
    /// Columns that came, and that went.
    pub came: Vec<String>,
    pub went: Vec<String>,
    /// None when counting takes too long for a page.
    pub counts: Option<CountsPart>,
    /// None when the rows take too long for a page.
    pub rows: Option<RowsPart>,
    pub map: Option<ChangeMap>,
    pub csv: String,
    pub file: FilePart,
}

/// What changes while the file is being made.
#[derive(Template)]
#[template(path = "_difference_file.html")]
pub struct FileFragment {
    pub file: FilePart,
}

/// How many rows are of each kind, as the filter of the table.
#[derive(Debug, Clone)]
pub struct CountsPart {
    pub kinds: Vec<KindLink>,
    /// `1.402`
    pub same: String,
    /// Nothing differs.
    pub none: bool,
    /// All kinds, when one is chosen.
    pub all: Option<String>,
}

/// A kind of change.
#[derive(Debug, Clone)]
pub struct KindLink {
    pub sign: Svg,
    pub count: String,
    pub word: String,
    /// None when there is no such row.
    pub href: Option<String>,
    pub chosen: bool,
}

/// The table.
#[derive(Debug, Clone)]
pub struct RowsPart {
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// Rows beyond what is reached page by page.
    pub beyond: Option<String>,
}

/// The GeoPackage.
#[derive(Debug, Clone)]
pub struct FilePart {
    /// Where it is asked for, and downloaded from.
    pub href: String,
    pub name: String,
    /// This page, to be asked again.
    pub address: String,
    pub refresh_s: u32,
    /// Its size, when it is there.
    pub ready: Option<String>,
    /// Somebody is making it.
    pub waits: bool,
    pub fault: Option<Fault>,
    /// The run that makes it, or failed to.
    pub run: Option<String>,
}

/// What the address says beside the releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice {
    kind: Option<Kind>,
    number: u32,
}

/// All that is read.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    pub compared: Compared,
    pub counts: Option<Counts>,
    /// Those of the page; None when they take too long.
    pub rows: Option<Vec<Changed>>,
    pub dots: Vec<Dot>,
    pub outlines: Vec<ComunaOutline>,
    pub file: Option<DifferenceFile>,
    pub run: Option<DifferenceRun>,
}

pub(super) async fn show(
    app: &AppState,
    wanted: Wanted,
    ask: &Ask,
    raw: &str,
    headers: &HeaderMap,
) -> Result<Response, PageError> {
    let number = page_number(raw).ok_or_else(|| PageError::BadRequest("El número de página no se entiende.".into()))?;
    let choice = Choice { kind: kind(raw)?, number };
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let subject = Subject::load(&mut connection, ask).await?;
    let (from, to) = (subject.from, subject.to);
    let mut loaded = Loaded {
        file: difference::file(&mut connection, from, to, subject.tolerance_m).await?,
        run: difference::requested(&mut connection, from, to).await?,
        ..Loaded::default()
    };
    let mut shell = viewed.shell(app, Section::Editions).unpinned(address(&subject, choice, None));
    if wants_fragment(headers) {
        return html(&FileFragment { file: FilePart::new(&shell, &subject, &loaded, choice) }, Keep::Revalidate);
    }
    if from != to {
        read(&mut connection, app, &viewed, &subject, choice, &mut loaded).await?;
    }
    let page = build(shell.clone(), &subject, &loaded, choice.kind, choice.number);
    shell.refresh_s = page.file.waits.then_some(REFRESH_S);
    html(&DatasetPage { shell, ..page }, Keep::Revalidate)
}

async fn read(
    connection: &mut Connection,
    app: &AppState,
    viewed: &Viewed,
    subject: &Subject,
    choice: Choice,
    loaded: &mut Loaded,
) -> Result<(), PageError> {
    let Subject { from, to, tolerance_m, .. } = *subject;
    loaded.compared = difference::compared(&mut *connection, from, to).await.map_err(told)?;
    loaded.counts = if loaded.waits() {
        // What the queue counts is not counted here too.
        difference::known(&mut *connection, from, to, tolerance_m).await?
    } else {
        difference::counts_within(&mut *connection, from, to, tolerance_m, PATIENCE).await.map_err(told)?
    };
    if loaded.counts.is_none() {
        return Ok(());
    }
    let last = choice.number.saturating_mul(PAGE_SIZE).min(MOST_PAGED);
    let first = choice.number.saturating_sub(1).saturating_mul(PAGE_SIZE);
    let wanted = first..last;
    let (mut rows, mut dots, mut at) = (Vec::new(), Vec::new(), 0_u32);
    let take = |mut row: Changed| {
        if at < marks::MOST {
            dots.extend(marks::dot(&row));
        }
        // The table only says whether there is one.
        for shape in [&mut row.before, &mut row.after].into_iter().flatten() {
            *shape = Vec::new();
        }
        if wanted.contains(&at) {
            rows.push(row);
        }
        at += 1;
    };
    let limit = if loaded.compared.geometry { last.max(marks::MOST) } else { last };
    let in_time = difference::each_within(
        &mut *connection,
        (from, to),
        tolerance_m,
        (choice.kind, limit),
        PATIENCE_FOR_ROWS,
        take,
    );
    if in_time.await.map_err(told)? {
        loaded.rows = Some(rows);
        loaded.dots = dots;
    }
    if !loaded.dots.is_empty()
        && let Some(edition) = &viewed.edition
    {
        loaded.outlines = match read::outlines(connection, edition, &app.site.region).await {
            Ok(outlines) => outlines,
            // A region without boundaries has its table all the same.
            Err(DbError::NotInEdition(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
    }
    Ok(())
}

impl Loaded {
    fn waits(&self) -> bool {
        self.file.is_none() && self.run.as_ref().is_some_and(|run| !run.state.is_final())
    }
}

fn address(subject: &Subject, choice: Choice, edition: Option<i64>) -> String {
    let pairs = [
        choice.kind.map(|kind| ("cambio", kind.spanish().to_owned())),
        (choice.number > 1).then(|| ("pagina", choice.number.to_string())),
    ];
    in_edition(&subject.path, pairs.into_iter().flatten(), edition)
}

/// Builds what the template shows.
pub fn build(shell: Shell, subject: &Subject, loaded: &Loaded, kind: Option<Kind>, number: u32) -> DatasetPage {
    let choice = Choice { kind, number };
    let pinned = shell.pinned_number();
    let compared = &loaded.compared;
    let titles = |columns: &[ComparedColumn]| columns.iter().map(|column| column.title.clone()).collect::<Vec<_>>();
    let (from, to) = (subject.from, subject.to);
    let of_filter = loaded.counts.map_or(0, |counts| choice.kind.map_or(counts.differing(), |kind| counts.of(kind)));
    let csv_query = choice.kind.map_or_else(String::new, |kind| format!("?cambio={}", kind.spanish()));
    DatasetPage {
        title: subject.title.clone(),
        example: subject.example,
        releases: format!("versión {from} a {to}"),
        editions: subject
            .editions
            .map(|(before, after)| (before.0, after.0, shell.link(&format!("{}/{before}...{after}", super::EDITIONS)))),
        equal: from == to,
        tolerance: format!(
            "{} m",
            decimal_es(subject.tolerance_m, Decimals(3)).trim_end_matches('0').trim_end_matches(',')
        ),
        key: titles(&compared.key).join(", "),
        geometry: compared.geometry,
        came: titles(&compared.came),
        went: titles(&compared.went),
        counts: loaded.counts.map(|counts| CountsPart::new(subject, counts, choice, pinned)),
        rows: loaded.rows.as_ref().map(|rows| RowsPart {
            rows: rows.iter().map(|row| Row::new(row, compared)).collect(),
            pager: Pager::new(number, PAGE_SIZE, of_filter.min(i64::from(MOST_PAGED)), |number| {
                format!("{}#filas", address(subject, Choice { number, ..choice }, pinned))
            }),
            beyond: (of_filter > i64::from(MOST_PAGED)).then(|| integer_es(of_filter - i64::from(MOST_PAGED))),
        }),
        map: marks::map(&loaded.dots, of_filter, &loaded.outlines),
        csv: format!("{}.csv{csv_query}", subject.path),
        file: FilePart::new(&shell, subject, loaded, choice),
        shell,
    }
}

impl CountsPart {
    fn new(subject: &Subject, counts: Counts, choice: Choice, pinned: Option<i64>) -> Self {
        let link = |kind: Option<Kind>| format!("{}#filas", address(subject, Choice { kind, number: 1 }, pinned));
        let kinds = Kind::ALL.map(|kind| {
            let count = counts.of(kind);
            KindLink {
                sign: sign(kind),
                count: integer_es(count),
                word: format!("{}{}", kind.spanish(), if count == 1 { "" } else { "s" }),
                href: (count > 0).then(|| link(Some(kind))),
                chosen: choice.kind == Some(kind),
            }
        });
        Self {
            kinds: kinds.into(),
            same: integer_es(counts.same),
            none: counts.differing() == 0,
            all: choice.kind.map(|_| link(None)),
        }
    }
}

impl FilePart {
    fn new(shell: &Shell, subject: &Subject, loaded: &Loaded, choice: Choice) -> Self {
        let run = loaded.run.as_ref().filter(|_| loaded.file.is_none());
        Self {
            href: format!("{}.gpkg", subject.path),
            name: file_name(subject, "gpkg"),
            address: address(subject, choice, shell.pinned_number()),
            refresh_s: REFRESH_S,
            ready: loaded.file.as_ref().map(|file| file_size(file.bytes)),
            waits: loaded.waits(),
            fault: run.filter(|run| run.state == RunState::Failed).and_then(|run| run.fault.clone()),
            run: run.map(|run| shell.link(&format!("/ejecuciones/{}", run.run))),
        }
    }
}
