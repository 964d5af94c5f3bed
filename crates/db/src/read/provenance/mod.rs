//! "¿De dónde sale este número?": a figure is a dataset, a measure and filters. Asked with those of a page, it gives the page's very
//! value, what it was computed from, and the rows of the source file behind it.

mod chain;
mod filter;
mod measure;
mod rows;

use goreos_domain::{ColumnName, Cut, DatasetId, Level};

use self::chain::chain;
use super::{DashboardFilter, areas, on};
use crate::{Connection, DbError, Edition};

pub use chain::Link;
pub use filter::{RowFilter, RowLevel};
pub use measure::{Figure, Measure, Value};
pub use rows::{RowCells, RowColumn, RowKind, RowSet};

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    pub value: Value,
    /// A quotient's two parts, the dividend first.
    pub terms: Vec<(Figure, Value)>,
    pub rows: Behind,
    /// The dataset asked about first, then the inputs of a derived one.
    pub chain: Vec<Link>,
}

/// The rows behind a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Behind {
    pub set: RowSet,
    /// The column that adds up to the figure; `None` when the rows are counted.
    pub measured: Option<ColumnName>,
    pub count: i64,
    /// What they add up to.
    pub sum: Value,
    /// The greatest first, at most [`Trace::FIRST`]; none of a dataset that is not public.
    pub first: Vec<RowCells>,
}

impl Trace {
    /// The most rows of [`Behind::first`].
    pub const FIRST: i64 = 20;
}

/// Where a figure of an edition comes from; `None` when the dataset has no such figure.
///
/// # Errors
/// [`DbError::NotInEdition`] when the edition lacks a dataset it needs.
pub async fn trace(connection: &mut Connection, edition: &Edition, figure: &Figure) -> Result<Option<Trace>, DbError> {
    let chain = chain(&mut *connection, edition, figure.dataset.as_str()).await?;
    let Some((set, measured)) = behind(&mut *connection, &chain, figure).await? else { return Ok(None) };
    let Some((value, terms)) = value(&mut *connection, edition, &chain, figure).await? else { return Ok(None) };
    let (count, sum) = set.total(&mut *connection, measured.as_ref()).await?;
    let sum = match &measured {
        Some(column) => Value::summed(set.column(column.as_str()).map_or(RowKind::Whole, |column| column.kind), &sum),
        None => Value::Whole(count),
    };
    let limit = if set.is_public { Trace::FIRST } else { 0 };
    let first = set.first(connection, measured.as_ref(), limit).await?;
    Ok(Some(Trace { value, terms, rows: Behind { set, measured, count, sum, first }, chain }))
}

/// The rows behind a figure, to be read in stretches; `None` when the dataset has no such figure, or is not public.
///
/// # Errors
/// As [`trace`].
pub async fn rows_behind(
    connection: &mut Connection,
    edition: &Edition,
    figure: &Figure,
) -> Result<Option<RowSet>, DbError> {
    let chain = chain(&mut *connection, edition, figure.dataset.as_str()).await?;
    Ok(behind(connection, &chain, figure).await?.map(|(set, _)| set).filter(|set| set.is_public))
}

/// The rows, and the column of them that is added up. Those of a derived dataset are the rows of its first input that knows all the
/// filters, provided that they come to the same; else its own.
async fn behind(
    connection: &mut Connection,
    chain: &[Link],
    figure: &Figure,
) -> Result<Option<(RowSet, Option<ColumnName>)>, DbError> {
    let Some((link, inputs)) = chain.split_first() else { return Ok(None) };
    let Some(own) = RowSet::of(&mut *connection, &link.contract, link.release, figure.filter.clone()).await? else {
        return Ok(None);
    };
    let measured = figure.measure.column();
    let number = measured.as_ref().map(|column| own.column(column.as_str()).map(|column| column.kind));
    if number.is_some_and(|kind| kind.is_none_or(|kind| !kind.is_number())) {
        return Ok(None);
    }
    if figure.measure == Measure::Inhabitants {
        return Ok((own.column("cut").is_some() && own.column("anio").is_some()).then(|| (own.newest(), measured)));
    }
    if measured.is_none() {
        return Ok(Some((own, None)));
    }
    let total = own.total(&mut *connection, measured.as_ref()).await?.1;
    for input in inputs {
        let rows = RowSet::of(&mut *connection, &input.contract, input.release, figure.filter.clone()).await?;
        let Some(rows) = rows.filter(|rows| rows.is_public && rows.column("source_row").is_some()) else { continue };
        let column = measured.clone().filter(|column| rows.column(column.as_str()).is_some());
        let (count, sum) = rows.total(&mut *connection, column.as_ref()).await?;
        if total == if column.is_some() { sum } else { count.to_string() } {
            return Ok(Some((rows, column)));
        }
    }
    Ok(Some((own, measured)))
}

/// The figure, and the two parts of a quotient.
async fn value(
    connection: &mut Connection,
    edition: &Edition,
    chain: &[Link],
    figure: &Figure,
) -> Result<Option<(Value, Vec<(Figure, Value)>)>, DbError> {
    let Some(link) = chain.first() else { return Ok(None) };
    let set = RowSet::of(&mut *connection, &link.contract, link.release, figure.filter.clone()).await?;
    let Some(set) = set else { return Ok(None) };
    let alone = |value| Ok(Some((value, Vec::new())));
    match &figure.measure {
        Measure::Rows => alone(Value::Whole(set.total(connection, None).await?.0)),
        Measure::Sum(column) => {
            let kind = set.column(column.as_str()).map_or(RowKind::Text, |column| column.kind);
            alone(Value::summed(kind, &set.total(connection, Some(column)).await?.1))
        }
        Measure::Area => {
            if link.contract.place.geometry.is_none() {
                return Ok(None);
            }
            alone(Value::SquareKm(set.area_km2(connection).await?.unwrap_or_default()))
        }
        Measure::Inhabitants => {
            let Some(place) = figure.territory() else { return Ok(None) };
            alone(Value::People(inhabitants(connection, edition, &place).await?))
        }
        Measure::WithAmount => {
            let Some(place) = figure.territory() else { return Ok(None) };
            with_amount(connection, edition, &figure.filter, &place).await.map(|value| Some((value, Vec::new())))
        }
        Measure::PerInhabitant => {
            let Some(place) = figure.territory() else { return Ok(None) };
            let (amount, sum) = amount(&mut *connection, &set, figure).await?;
            let people = inhabitants(connection, edition, &place).await?;
            let counted = Figure {
                dataset: DatasetId::parse("poblacion").map_err(|error| DbError::UnknownWord(error.to_string()))?,
                measure: Measure::Inhabitants,
                filter: figure.filter.place(),
            };
            let quotient = people.filter(|people| *people > 0).map(|people| ratio(sum, people));
            Ok(Some((Value::PesosEach(quotient), vec![amount, (counted, Value::People(people))])))
        }
        Measure::Share => {
            let whole = Figure { filter: RowFilter { typology: None, ..figure.filter.clone() }, ..figure.clone() };
            let (part, part_sum) = amount(&mut *connection, &set, figure).await?;
            let all = RowSet::of(&mut *connection, &link.contract, link.release, whole.filter.clone()).await?;
            let Some(all) = all else { return Ok(None) };
            let (whole, whole_sum) = amount(connection, &all, &whole).await?;
            let share = (whole_sum > 0).then(|| ratio(part_sum, whole_sum) * 100.0);
            Ok(Some((Value::Percent(share), vec![part, whole])))
        }
    }
}

/// The sum that a quotient divides, as a figure of its own.
async fn amount(connection: &mut Connection, set: &RowSet, figure: &Figure) -> Result<((Figure, Value), i64), DbError> {
    let Some(column) = figure.measure.column() else {
        return Err(DbError::UnknownWord(figure.measure.code().to_owned()));
    };
    let (_, sum) = set.total(connection, Some(&column)).await?;
    let sum: i64 = sum.parse().map_err(|_| DbError::UnknownWord(sum))?;
    let figure = Figure { measure: Measure::Sum(column), ..figure.clone() };
    Ok(((figure, Value::Pesos(sum)), sum))
}

/// The people of a comuna, province or region.
async fn inhabitants(connection: &mut Connection, edition: &Edition, place: &Cut) -> Result<Option<i64>, DbError> {
    let statement = on(edition, include_str!("../../../../../sql/queries/provenance/inhabitants.sql"))?;
    Ok(sqlx::query_scalar(statement).bind(place.as_str()).fetch_one(connection).await?)
}

/// How many comunas of a territory have an amount of their own.
async fn with_amount(
    connection: &mut Connection,
    edition: &Edition,
    filter: &RowFilter,
    place: &Cut,
) -> Result<Value, DbError> {
    let region = place.at(Level::Region).unwrap_or_else(|| place.clone());
    let province = (place.level() == Level::Provincia).then(|| place.clone());
    let filter = DashboardFilter { year: filter.year, province, typology: filter.typology.clone() };
    let areas = areas(connection, edition, &region, &filter).await?;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let having = areas.iter().filter(|area| area.amount > 0).count();
    Ok(Value::Of(count(having), count(areas.len())))
}

#[expect(clippy::cast_precision_loss, reason = "a quotient to be rounded for people")]
fn ratio(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}
