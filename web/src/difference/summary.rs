//! Two editions: which datasets differ, by how many rows, and what that does to the figures of comunas.

use std::time::{Duration, Instant};

use askama::Template;
use axum::response::Response;
use goreos_db::difference::{self, Counts, FigureDelta, Kind};
use goreos_db::read::{self, ComunaOutline, Provenance};
use goreos_db::{Connection, DbError, Edition};
use goreos_domain::gate::{ComunaFigure, Indicator, Outcome};
use goreos_domain::{ReleaseId, integer_es};

use super::marks::sign;
use super::pair::{Pair, edition, held};
use super::{EDITIONS, PATIENCE};
use crate::boundary::PageError;
use crate::page::{Keep, Svg, html};
use crate::runs::FigurePart;
use crate::shell::{Section, Shell};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{counted, moment};

/// The page.
#[derive(Template)]
#[template(path = "difference.html")]
pub struct SummaryPage {
    pub shell: Shell,
    pub before: EditionLink,
    pub after: EditionLink,
    /// The same comparison the other way round.
    pub turned: String,
    pub rows: Vec<DatasetRow>,
    /// Datasets of one release in both: `3 conjuntos siguen iguales`
    pub same: String,
    /// Signs of the columns, in order.
    pub signs: Vec<(Svg, &'static str)>,
    pub figures: Vec<FigurePart>,
}

/// One of the two.
#[derive(Debug, Clone)]
pub struct EditionLink {
    pub number: i64,
    pub href: String,
    pub published: String,
}

/// A dataset that differs.
#[derive(Debug, Clone)]
pub struct DatasetRow {
    pub title: String,
    pub dataset: String,
    pub example: bool,
    /// `versión 3 → 7`
    pub releases: String,
    /// The comparison row by row; None when only one edition has it.
    pub href: Option<String>,
    /// Of each kind, in order, and those that stay; None when they are not counted.
    pub counts: Option<(Vec<String>, String)>,
    /// Why there are no counts.
    pub why: &'static str,
}

/// A dataset of another release in each edition, as it is read.
#[derive(Debug, Clone)]
pub struct Differing {
    pub provenance: Provenance,
    pub before: Option<ReleaseId>,
    pub after: Option<ReleaseId>,
    pub counts: Counted,
    pub figures: Vec<FigureDelta>,
}

/// What is known of how many rows differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Done(Counts),
    /// Only one edition has the dataset.
    OneSided,
    /// It takes too long for a page.
    TooLong,
    /// The tables were dropped.
    Gone,
}

/// `GET /ediciones/{a}...{b}`
pub(super) async fn show(app: &AppState, wanted: Wanted, pair: Pair) -> Result<Response, PageError> {
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let before = edition(&mut connection, pair.from).await?;
    let after = edition(&mut connection, pair.to).await?;
    let held = held(&mut connection, &before, &after).await?;
    let mut left = PATIENCE;
    let mut differing = Vec::new();
    for one in held.iter().map(|held| &held.provenance) {
        let dataset = one.dataset.as_str();
        let releases = (before.release(dataset), after.release(dataset));
        if releases.0 != releases.1 {
            let started = Instant::now();
            differing.push(compare(&mut connection, one, releases, left).await?);
            left = left.saturating_sub(started.elapsed());
        }
    }
    let outlines = if differing.iter().any(|one| !one.figures.is_empty()) {
        outlines(&mut connection, app, &after).await?
    } else {
        Vec::new()
    };
    let shell = viewed.shell(app, Section::Editions).unpinned(format!("{EDITIONS}/{pair}"));
    let same = held.len() - differing.len();
    html(&build(shell, (&before, &after), &differing, same, &outlines), Keep::Revalidate)
}

async fn compare(
    connection: &mut Connection,
    provenance: &Provenance,
    (before, after): (Option<ReleaseId>, Option<ReleaseId>),
    patience: Duration,
) -> Result<Differing, PageError> {
    let counts = match before.zip(after) {
        None => Ok(Some(Counted::OneSided)),
        Some((from, to)) => {
            let tolerance_m = difference::tolerance(&mut *connection, to).await?;
            let known = difference::known(&mut *connection, from, to, tolerance_m).await?;
            match known {
                Some(counts) => Ok(Some(Counted::Done(counts))),
                None if patience.is_zero() => Ok(None),
                None => difference::counts_within(&mut *connection, from, to, tolerance_m, patience)
                    .await
                    .map(|counts| counts.map(Counted::Done)),
            }
        }
    };
    let figures = match after {
        Some(to) => difference::figures(connection, before, to).await,
        None => Ok(Vec::new()),
    };
    let gone = matches!((&counts, &figures), (Err(DbError::ReleaseGone(_)), _) | (_, Err(DbError::ReleaseGone(_))));
    Ok(Differing {
        provenance: provenance.clone(),
        before,
        after,
        counts: if gone { Counted::Gone } else { counts?.unwrap_or(Counted::TooLong) },
        figures: if gone { Vec::new() } else { figures? },
    })
}

async fn outlines(
    connection: &mut Connection,
    app: &AppState,
    edition: &Edition,
) -> Result<Vec<ComunaOutline>, PageError> {
    match read::outlines(connection, edition, &app.site.region).await {
        Ok(outlines) => Ok(outlines),
        // A region without boundaries has its tables all the same.
        Err(DbError::NotInEdition(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Builds what the template shows.
pub fn build(
    shell: Shell,
    (before, after): (&Edition, &Edition),
    differing: &[Differing],
    same: usize,
    outlines: &[ComunaOutline],
) -> SummaryPage {
    let pair = Pair { from: before.id.0, to: after.id.0 };
    let link = |edition: &Edition| EditionLink {
        number: edition.id.0,
        href: shell.link(&format!("{EDITIONS}/{}", edition.id)),
        published: moment(edition.created_at),
    };
    let indicators: Vec<Indicator> =
        differing.iter().flat_map(|one| one.figures.iter().map(|figure| indicator(&one.provenance, figure))).collect();
    let mut figures: Vec<FigurePart> = indicators
        .iter()
        .enumerate()
        .map(|(place, indicator)| FigurePart::new(&shell, indicator, place, &Outcome::default(), outlines))
        .filter(|figure| figure.changes)
        .collect();
    if let Some(first) = figures.first_mut() {
        first.open = true;
    }
    SummaryPage {
        before: link(before),
        after: link(after),
        turned: shell.link(&format!("{EDITIONS}/{}", Pair { from: pair.to, to: pair.from })),
        rows: differing.iter().map(|one| DatasetRow::new(&shell, one, pair)).collect(),
        same: format!(
            "{} {}",
            counted(i64::try_from(same).unwrap_or(i64::MAX), "conjunto", "conjuntos"),
            if same == 1 { "sigue igual" } else { "siguen iguales" }
        ),
        signs: Kind::ALL.map(|kind| (sign(kind), plural(kind))).into(),
        figures,
        shell,
    }
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "Agregadas",
        Kind::Removed => "Eliminadas",
        Kind::Changed => "Modificadas",
        Kind::Moved => "Movidas",
    }
}

fn indicator(provenance: &Provenance, figure: &FigureDelta) -> Indicator {
    let changed = figure.comunas.iter().filter(|comuna| comuna.before != comuna.after);
    Indicator {
        dataset: provenance.dataset.clone(),
        title: provenance.title.clone(),
        column: figure.column.clone(),
        figure: figure.title.clone(),
        unit: figure.unit,
        before: figure.before,
        after: figure.after,
        comunas: changed
            .map(|comuna| ComunaFigure { cut: comuna.cut.clone(), before: comuna.before, after: comuna.after })
            .collect(),
    }
}

impl DatasetRow {
    fn new(shell: &Shell, one: &Differing, pair: Pair) -> Self {
        let dataset = one.provenance.dataset.to_string();
        let counts = match one.counts {
            Counted::Done(counts) => {
                Some((Kind::ALL.map(|kind| integer_es(counts.of(kind))).into(), integer_es(counts.same)))
            }
            Counted::OneSided | Counted::TooLong | Counted::Gone => None,
        };
        let comparable = !matches!(one.counts, Counted::OneSided | Counted::Gone);
        Self {
            title: one.provenance.title.clone(),
            example: one.provenance.example,
            releases: match (one.before, one.after) {
                (Some(before), Some(after)) => format!("versión {before} → {after}"),
                (None, Some(after)) => format!("versión {after}, nuevo"),
                (Some(before), None) => format!("versión {before}, retirado"),
                (None, None) => String::new(),
            },
            href: comparable.then(|| shell.link(&format!("{EDITIONS}/{pair}/{dataset}"))),
            counts,
            why: match one.counts {
                Counted::Done(_) => "",
                Counted::OneSided if one.before.is_none() => "conjunto nuevo: todas sus filas",
                Counted::OneSided => "conjunto retirado: todas sus filas",
                Counted::TooLong => "son muchas filas: cuéntelas en su página",
                Counted::Gone => "sus datos se retiraron al cumplirse su plazo",
            },
            dataset,
        }
    }
}
