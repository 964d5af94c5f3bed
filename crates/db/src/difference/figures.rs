//! The figures of a derived dataset, comuna by comuna.

use std::collections::BTreeMap;

use goreos_domain::{Figure, ReleaseId};
use sqlx::AssertSqlSafe;

use super::side::Side;
use super::statement::quoted;
use super::{ComunaDelta, FigureDelta};
use crate::{Connection, DbError};

/// The figures that the contract of the newer release names, before and after; none when it names none.
///
/// # Errors
/// [`DbError::ReleaseGone`] when a release has no table (any more).
pub async fn figures(
    connection: &mut Connection,
    from: Option<ReleaseId>,
    to: ReleaseId,
) -> Result<Vec<FigureDelta>, DbError> {
    let to = Side::load(&mut *connection, to).await?;
    let from = match from {
        Some(release) => Some(Side::load(&mut *connection, release).await?),
        None => None,
    };
    let figures: Vec<Figure> = match to.contract.pointer("/derive/figure") {
        Some(figures) => serde_json::from_value(figures.clone())?,
        None => Vec::new(),
    };
    let mut deltas = Vec::with_capacity(figures.len());
    for figure in figures {
        let column = figure.column.as_str();
        let before = match &from {
            Some(side) => sums(&mut *connection, side, column).await?,
            None => None,
        };
        let after = sums(&mut *connection, &to, column).await?;
        deltas.push(FigureDelta {
            column: column.to_owned(),
            title: figure.title,
            unit: figure.unit,
            before: before.as_ref().map(Sums::total),
            after: after.as_ref().map(Sums::total),
            comunas: comunas(before, after),
        });
    }
    Ok(deltas)
}

/// By comuna; the rows of no comuna are under none.
struct Sums(Vec<(Option<String>, Option<i128>)>);

impl Sums {
    fn total(&self) -> i128 {
        self.0.iter().filter_map(|(_, sum)| *sum).sum()
    }

    fn of_comunas(self) -> impl Iterator<Item = (String, Option<i128>)> {
        self.0.into_iter().filter_map(|(cut, sum)| Some((cut?, sum)))
    }
}

/// `None` when the table has no such column, or does not say which comuna a row is of.
async fn sums(connection: &mut Connection, side: &Side, column: &str) -> Result<Option<Sums>, DbError> {
    if side.column(column).is_none() || side.column("territory_cut").is_none() {
        return Ok(None);
    }
    // As text: a sum of bigint may be wider than one.
    let statement = format!(
        "select cut, round(sum(value))::text from (
             select case when territory_cut ~ '^[0-9]{{5}}$' then territory_cut end as cut, {}::numeric as value from {}
         ) by_comuna group by cut order by cut",
        quoted(column),
        side.table
    );
    let sums: Vec<(Option<String>, Option<String>)> =
        sqlx::query_as(AssertSqlSafe(statement)).persistent(false).fetch_all(connection).await?;
    // What is no number (`NaN`) is no figure.
    let whole = |(cut, sum): (_, Option<String>)| (cut, sum.and_then(|text| text.parse().ok()));
    Ok(Some(Sums(sums.into_iter().map(whole).collect())))
}

fn comunas(before: Option<Sums>, after: Option<Sums>) -> Vec<ComunaDelta> {
    let mut deltas: BTreeMap<String, (Option<i128>, Option<i128>)> = BTreeMap::new();
    for (cut, sum) in before.into_iter().flat_map(Sums::of_comunas) {
        deltas.entry(cut).or_default().0 = sum;
    }
    for (cut, sum) in after.into_iter().flat_map(Sums::of_comunas) {
        deltas.entry(cut).or_default().1 = sum;
    }
    deltas.into_iter().map(|(cut, (before, after))| ComunaDelta { cut, before, after }).collect()
}
