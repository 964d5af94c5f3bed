//! The section of a run's page about the gate: what readers would see change, and who decides.

mod decide;
mod features;
mod figures;
mod headline;

use chrono::{DateTime, Utc};
use goreos_db::audit::{self, Filter, Line};
use goreos_db::difference::Changed;
use goreos_db::read::{Page, RunDetail};
use goreos_db::{Connection, DbError};
use goreos_domain::gate::{ColumnFacts, Outcome};
use goreos_domain::{MoneyUnit, Reaction, RunId, RunState, integer_es};

pub use decide::{NO_COMMENT, approve, comment, refuse};
pub use features::FeaturesPart;
pub use figures::FigurePart;

use super::detail::Loaded;
use crate::shell::Shell;
use crate::words::{NOTHING, ago, counted, moment, or_nothing, relative_change, signed, thousands};
use headline::{Tense, headline};

/// Lines of the audit trail shown of a run.
const MOST_DECISIONS: u32 = 20;

/// The section.
#[derive(Debug, Clone)]
pub struct GatePart {
    /// A person must look: it stands open, above everything else.
    pub waits: bool,
    /// `Espera aprobación: si se publica, 3 comunas cambian más de 25 %`
    pub headline: String,
    /// Number and address of the edition it was compared with.
    pub base: Option<(i64, String)>,
    pub reasons: Vec<ReasonRow>,
    /// Before, after, difference and its share; None when there is nothing to compare with.
    pub rows: Option<Compared>,
    pub figures: Vec<FigurePart>,
    pub columns: Vec<ColumnRow>,
    /// `Las otras 9 columnas siguen igual.`
    pub columns_same: Option<String>,
    pub drift: Vec<String>,
    pub features: Option<FeaturesPart>,
    pub losses: Vec<String>,
    /// What is computed anew with it, with the address that compares it.
    pub derived: Vec<(String, Option<String>)>,
    pub form: Option<DecideForm>,
    pub decisions: Vec<DecisionRow>,
}

/// Why the gate reacted.
#[derive(Debug, Clone)]
pub struct ReasonRow {
    pub what: String,
    pub word: &'static str,
    pub code: String,
}

/// A number before and after.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    pub before: String,
    pub after: String,
    pub difference: String,
    pub share: String,
}

/// A column that changes.
#[derive(Debug, Clone)]
pub struct ColumnRow {
    pub title: String,
    pub name: String,
    pub empty: Compared,
    pub empty_changes: bool,
    pub total: Option<Compared>,
}

/// Where a steward's answer goes.
#[derive(Debug, Clone)]
pub struct DecideForm {
    pub approve: String,
    pub refuse: String,
    /// What the steward has seen: the answer counts for this comparison only.
    pub base: i64,
    /// What was written before the answer was not taken.
    pub comment: String,
    /// It was not taken because nothing was written.
    pub no_comment: bool,
}

/// Who did what about the run.
#[derive(Debug, Clone)]
pub struct DecisionRow {
    pub words: String,
    pub at: String,
    pub ago: String,
    pub comment: String,
}

/// What the section is made of, besides the run itself.
#[derive(Debug, Clone, Default)]
pub struct GateLoaded {
    /// The first rows that differ, of a run that waits.
    pub seen: Vec<Changed>,
    /// What the audit trail says of the run, newest first.
    pub decisions: Vec<Line>,
}

impl Compared {
    /// Written by `write`.
    pub fn new(before: Option<i128>, after: Option<i128>, write: impl Fn(i128) -> String + Copy) -> Self {
        let difference = after.unwrap_or(0) - before.unwrap_or(0);
        Self {
            before: or_nothing(before, write),
            after: or_nothing(after, write),
            difference: if difference == 0 { "0".into() } else { signed(difference, write) },
            share: if difference == 0 { NOTHING.into() } else { relative_change(before, after) },
        }
    }
}

/// Reads what the section needs beyond the run's own report.
pub async fn load(connection: &mut Connection, run: &RunDetail) -> Result<GateLoaded, DbError> {
    let Some(outcome) = Outcome::of_report(&run.report) else { return Ok(GateLoaded::default()) };
    let of_run = Filter { run: Some(run.line.id), ..Filter::default() };
    let decisions = audit::list(&mut *connection, &of_run, Page::numbered(1, MOST_DECISIONS)).await?.items;
    let seen = match run.line.state {
        RunState::AwaitingApproval => features::seen(connection, &outcome).await?,
        _ => Vec::new(),
    };
    Ok(GateLoaded { seen, decisions })
}

/// The section; None for a run whose gate has not been reached, or had nothing to compare and nothing to say.
pub fn build(shell: &Shell, loaded: &Loaded, now: DateTime<Utc>) -> Option<GatePart> {
    let run = &loaded.run;
    let outcome = Outcome::of_report(&run.report)?;
    let line = &run.line;
    let waits = line.state == RunState::AwaitingApproval;
    if !waits && outcome.base.is_none() && outcome.reasons.is_empty() {
        return None;
    }
    let tense = Tense::of(line.state);
    // Only while the tables of both sides are sure to be there.
    let comparable = matches!(line.state, RunState::AwaitingApproval | RunState::Published);
    let mut figures: Vec<FigurePart> = outcome
        .indicators
        .iter()
        .enumerate()
        .map(|(place, indicator)| FigurePart::new(shell, indicator, place, &outcome, &loaded.outlines))
        .filter(|figure| figure.changes)
        .collect();
    if let Some(first) = figures.first_mut() {
        first.open = true;
    }
    let (columns, columns_same) = columns(&outcome.columns);
    Some(GatePart {
        waits,
        // A number is not parted from its sign at the end of a line.
        headline: headline(&outcome, tense).replace(" %", "\u{a0}%"),
        base: outcome.base.map(|edition| (edition.0, format!("/ediciones/{edition}"))),
        reasons: outcome.reasons.iter().map(ReasonRow::new).collect(),
        rows: outcome
            .rows
            .before
            .map(|before| Compared::new(Some(before.into()), Some(outcome.rows.after.into()), integer_es)),
        figures,
        columns,
        columns_same,
        drift: outcome.drift.clone(),
        features: features::build(&outcome, loaded, comparable, shell),
        losses: outcome
            .losses
            .iter()
            .map(|loss| format!("{}: ya no encontraría la columna «{}»", loss.page, loss.column))
            .collect(),
        derived: outcome
            .derived
            .iter()
            .map(|derived| {
                let compared = derived.from_release.filter(|_| comparable);
                let href = compared.map(|from| features::address(shell, from, derived.to_release));
                (derived.dataset.to_string(), href)
            })
            .collect(),
        form: waits.then(|| DecideForm::new(shell, line.id, &outcome)),
        decisions: loaded.gate.decisions.iter().map(|decision| DecisionRow::new(decision, now)).collect(),
    })
}

impl DecideForm {
    fn new(shell: &Shell, run: RunId, outcome: &Outcome) -> Self {
        let address = |verb| shell.link(&format!("/ejecuciones/{run}/{verb}"));
        Self {
            approve: address("aprobar"),
            refuse: address("rechazar"),
            base: outcome.base.map_or(0, |edition| edition.0),
            comment: String::new(),
            no_comment: false,
        }
    }
}

impl ReasonRow {
    fn new(reason: &goreos_domain::gate::Reason) -> Self {
        Self {
            what: reason.what.clone(),
            word: match reason.reaction {
                Reaction::Publish => "se publica",
                Reaction::Warn => "se avisa",
                Reaction::Wait => "espera aprobación",
                Reaction::Stop => "se detiene",
            },
            code: reason.code.clone(),
        }
    }
}

impl DecisionRow {
    fn new(line: &Line, now: DateTime<Utc>) -> Self {
        Self {
            words: crate::audit::told(line),
            at: moment(line.at),
            ago: ago(line.at, now),
            comment: line.comment.clone(),
        }
    }
}

fn columns(facts: &[ColumnFacts]) -> (Vec<ColumnRow>, Option<String>) {
    let changes =
        |facts: &&ColumnFacts| facts.empty_before != facts.empty_after || facts.total_before != facts.total_after;
    let rows: Vec<ColumnRow> = facts.iter().filter(changes).map(ColumnRow::new).collect();
    let same = i64::try_from(facts.len() - rows.len()).unwrap_or(i64::MAX);
    let words = match (rows.is_empty(), same) {
        (_, 0) => None,
        (true, _) => Some("Ninguna columna cambia en celdas vacías ni en totales.".into()),
        (false, 1) => Some("La otra columna sigue igual.".into()),
        (false, _) => Some(format!("Las otras {} siguen igual.", counted(same, "columna", "columnas"))),
    };
    (rows, words)
}

impl ColumnRow {
    fn new(facts: &ColumnFacts) -> Self {
        let has_total = facts.total_before.is_some() || facts.total_after.is_some();
        Self {
            title: facts.title.clone(),
            name: facts.name.clone(),
            empty: Compared::new(Some(facts.empty_before.into()), Some(facts.empty_after.into()), integer_es),
            empty_changes: facts.empty_before != facts.empty_after,
            total: has_total.then(|| Compared::new(facts.total_before, facts.total_after, integer_es)),
        }
    }
}

/// How a figure is written, and its unit for the head of a column.
fn writer(unit: Option<MoneyUnit>) -> (fn(i128) -> String, &'static str) {
    match unit {
        None => (integer_es, ""),
        Some(MoneyUnit::Pesos) => (thousands, "M$"),
        Some(MoneyUnit::Thousands) => (integer_es, "M$"),
        Some(MoneyUnit::Millions) => (integer_es, "MM$"),
    }
}
