//! The facts of a candidate, from the database.

use std::time::Duration;

use goreos_db::difference;
use goreos_db::gate::{self, Filled, shown_columns};
use goreos_db::ledger::Accounting;
use goreos_db::release::Release;
use goreos_db::{Connection, DbError, Edition};
use goreos_domain::gate::{ColumnFacts, ComunaFigure, DerivedRelease, Features, Indicator, Loss, Outcome, Rows};
use goreos_domain::{Column, Contract, DatasetId, ReleaseId};
use serde_json::Value;

/// Longest that rows are compared before the run waits without their count; its page offers the comparison.
const MOST_COMPARING: Duration = Duration::from_mins(5);

/// The candidate of the run's own dataset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) release: ReleaseId,
    pub(crate) rows: i64,
    pub(crate) sums: &'a Value,
    /// Rows of the file; `None` when it is derived.
    pub(crate) accounting: Option<Accounting>,
    /// How its columns differ from those of before, one sentence each.
    pub(crate) drift: &'a [String],
}

/// A derived dataset computed anew.
#[derive(Debug, Clone)]
pub(crate) struct Derived {
    pub(crate) contract: Contract,
    pub(crate) release: Release,
    pub(crate) rows: i64,
}

/// Compares the candidate with the edition it would follow. Rows are not compared one by one: see [`features`].
pub(crate) async fn gather(
    connection: &mut Connection,
    subject: &Subject<'_>,
    base: Option<&Edition>,
    derived: &[Derived],
) -> Result<Outcome, DbError> {
    let dataset = subject.contract.id.as_str();
    let from = base.and_then(|edition| edition.release(dataset));
    let mut compared = Outcome {
        base: base.map(|edition| edition.id),
        rows: Rows { before: None, after: subject.rows },
        drift: subject.drift.to_vec(),
        from_release: from,
        to_release: Some(subject.release),
        ..Outcome::default()
    };
    if let Some(from) = from {
        let (rows, sums) = gate::measured(connection, from).await?;
        compared.rows.before = Some(rows);
        let mut names: Vec<&str> = subject.contract.columns.iter().map(|column| column.name.as_str()).collect();
        names.extend(shown_columns(dataset).filter(|name| !names.contains(name)).collect::<Vec<_>>());
        let before = gate::filled(connection, dataset, from, rows, &names).await?;
        let after = gate::filled(connection, dataset, subject.release, subject.rows, &names).await?;
        compared.columns = columns(&subject.contract.columns, (&before, &sums), (&after, subject.sums));
        compared.losses = losses(dataset, &before, &after);
    }
    for one in derived {
        let from = base.and_then(|edition| edition.release(&one.release.dataset));
        compared.indicators.extend(indicators(connection, one, from).await?);
        if let Some(from) = from
            && one.release.id != subject.release
        {
            compared.losses.extend(losses_of_derived(connection, one, from).await?);
        }
        let (dataset, to_release) = (one.contract.id.clone(), one.release.id);
        compared.derived.push(DerivedRelease { dataset, from_release: from, to_release });
    }
    compared.losses.sort();
    compared.losses.dedup();
    Ok(compared)
}

/// Rows added, removed, changed and moved; `None` when there is nothing to compare with or it takes too long.
pub(crate) async fn features(
    connection: &mut Connection,
    contract: &Contract,
    compared: &Outcome,
) -> Result<Option<Features>, DbError> {
    let (Some(from), Some(to)) = (compared.from_release, compared.to_release) else { return Ok(None) };
    let counts = difference::counts_within(connection, from, to, contract.gate.moved_m(), MOST_COMPARING).await?;
    Ok(counts.map(|counts| Features {
        added: counts.added,
        removed: counts.removed,
        changed: counts.changed,
        moved: counts.moved,
        same: counts.same,
    }))
}

/// The columns that both releases have.
fn columns(columns: &[Column], before: (&Filled, &Value), after: (&Filled, &Value)) -> Vec<ColumnFacts> {
    let total = |sums: &Value, name: &str| sums.get(name).and_then(Value::as_str).and_then(|sum| sum.parse().ok());
    let facts = |column: &Column| {
        let name = column.name.as_str();
        Some(ColumnFacts {
            name: name.to_owned(),
            title: if column.title.is_empty() { name.to_owned() } else { column.title.clone() },
            empty_before: before.0.empty(name)?,
            empty_after: after.0.empty(name)?,
            total_before: total(before.1, name),
            total_after: total(after.1, name),
        })
    };
    columns.iter().filter_map(facts).collect()
}

/// Columns some page shows that are gone, or have no value any more.
fn losses(dataset: &str, before: &Filled, after: &Filled) -> Vec<Loss> {
    let mut losses = Vec::new();
    for shown in gate::SHOWN.iter().filter(|shown| shown.dataset == dataset) {
        for name in shown.columns {
            let gone = before.columns.contains_key(*name) && !after.columns.contains_key(*name);
            if gone || after.is_bare(name) && !before.is_bare(name) {
                losses.push(Loss { page: shown.page.to_owned(), column: format!("{dataset}.{name}") });
            }
        }
    }
    losses
}

async fn losses_of_derived(
    connection: &mut Connection,
    derived: &Derived,
    from: ReleaseId,
) -> Result<Vec<Loss>, DbError> {
    let dataset = derived.release.dataset.as_str();
    let names: Vec<&str> = shown_columns(dataset).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (rows, _) = gate::measured(connection, from).await?;
    let before = gate::filled(connection, dataset, from, rows, &names).await?;
    let after = gate::filled(connection, dataset, derived.release.id, derived.rows, &names).await?;
    Ok(losses(dataset, &before, &after))
}

async fn indicators(
    connection: &mut Connection,
    derived: &Derived,
    from: Option<ReleaseId>,
) -> Result<Vec<Indicator>, DbError> {
    let deltas = difference::figures(connection, from, derived.release.id).await?;
    let (dataset, title): (&DatasetId, &str) = (&derived.contract.id, &derived.contract.title);
    let indicator = |delta: difference::FigureDelta| Indicator {
        dataset: dataset.clone(),
        title: title.to_owned(),
        column: delta.column,
        figure: delta.title,
        unit: delta.unit,
        before: delta.before,
        after: delta.after,
        comunas: delta
            .comunas
            .into_iter()
            .filter(|comuna| comuna.before != comuna.after)
            .map(|comuna| ComunaFigure { cut: comuna.cut, before: comuna.before, after: comuna.after })
            .collect(),
    };
    Ok(deltas.into_iter().map(indicator).collect())
}
