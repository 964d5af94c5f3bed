//! The investment dashboard: the map, the ranking, the totals and the years.
//!
//! Amounts stand at the level their row names and are never shared out: what is meant for a province, the region or
//! several comunas together appears beside the map, not on it.
//!
//! A row belongs to a scope (the region, or the province chosen) when every territory it names lies inside it. So a
//! province shows its comunas, itself, and the groups of comunas wholly inside it; what is meant for the region, or for
//! comunas on both sides of its border, is left out.

use std::collections::BTreeMap;

use goreos_domain::Cut;
use serde::Serialize;
use sqlx::FromRow;

use super::{Amount, PlacedAt, Totals, YearTotals, on, word};
use crate::{Connection, DbError, Edition};

/// What the reader chose; `None` is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DashboardFilter {
    pub year: Option<i32>,
    /// A province of the region.
    pub province: Option<Cut>,
    pub typology: Option<String>,
}

/// Everything the dashboard shows. Empty lists when the edition holds nothing there.
#[derive(Debug, Clone, PartialEq)]
pub struct Dashboard {
    /// What can be chosen.
    pub choices: Choices,
    /// Each comuna of the scope, by name.
    pub areas: Vec<Area>,
    /// What is meant for more than one comuna, greatest first; at most [`Dashboard::MAX_OTHERS`].
    pub others: Vec<LevelAmount>,
    /// How many rows of `others` did not fit; `totals` counts them all the same.
    pub others_left_out: i64,
    /// Sums for the filter, by level.
    pub totals: Totals,
    /// The same sums for every year of the choices, oldest first; the filter's year plays no part.
    pub series: Vec<YearTotals>,
}

/// What can be chosen, whatever is chosen now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Newest first.
    pub years: Vec<i32>,
    /// Of the region, by name.
    pub provinces: Vec<Named>,
    /// By name.
    pub typologies: Vec<String>,
}

/// A territory by its code and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Named {
    #[sqlx(try_from = "String")]
    pub cut: Cut,
    pub name: String,
}

/// A comuna on the map.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Area {
    #[sqlx(try_from = "String")]
    pub cut: Cut,
    pub name: String,
    #[sqlx(try_from = "String")]
    pub province: Cut,
    pub province_name: String,
    /// WKB, as kept; neighbours share their borders point by point.
    pub geometry: Vec<u8>,
    /// Pesos placed in this comuna alone; 0 when none.
    pub amount: i64,
    pub initiatives: i64,
    /// Of the newest count in the edition; None when it has none of this comuna.
    pub population: Option<i64>,
    /// Pesos; None without population.
    pub amount_per_inhabitant: Option<f64>,
}

/// What the map shades and the table ranks by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Measure {
    /// Pesos.
    #[default]
    Amount,
    /// Pesos by inhabitant.
    AmountPerInhabitant,
    /// How many initiatives.
    Initiatives,
}

/// An amount meant for more than one comuna.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelAmount {
    pub level: PlacedAt,
    /// `Itata`, `Coihueco, Ñiquén`: as the indicator names it.
    pub name: String,
    /// The territories meant.
    pub cuts: Vec<Cut>,
    pub amount: i64,
    pub initiatives: i64,
}

impl Dashboard {
    /// The most rows of [`Dashboard::others`].
    pub const MAX_OTHERS: i64 = 200;

    /// The comunas by that measure, greatest first; those without a value last; ties by name.
    pub fn ranking(&self, measure: Measure) -> Vec<&Area> {
        let mut ranked: Vec<&Area> = self.areas.iter().collect();
        ranked.sort_by(|a, b| match (a.value(measure), b.value(measure)) {
            (Some(a), Some(b)) => b.total_cmp(&a),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        ranked
    }
}

impl Area {
    /// The value of a measure; None when it cannot be told.
    #[expect(clippy::cast_precision_loss, reason = "to shade and to rank; the exact amounts are beside it")]
    pub fn value(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Amount => Some(self.amount as f64),
            Measure::AmountPerInhabitant => self.amount_per_inhabitant,
            Measure::Initiatives => Some(self.initiatives as f64),
        }
    }
}

impl DashboardFilter {
    /// The digits every territory of the scope begins with.
    fn scope<'a>(&'a self, region: &'a Cut) -> &'a str {
        self.province.as_ref().unwrap_or(region).as_str()
    }
}

/// The dashboard of a region.
///
/// # Errors
/// [`DbError::NotInEdition`] while the edition lacks `comunas`, `poblacion` or `inversion_comunal`.
pub async fn dashboard(
    connection: &mut Connection,
    edition: &Edition,
    region: &Cut,
    filter: &DashboardFilter,
) -> Result<Dashboard, DbError> {
    let choices = choices(&mut *connection, edition, region).await?;
    let areas = areas(&mut *connection, edition, region, filter).await?;
    let (others, others_left_out) = others(&mut *connection, edition, filter.scope(region), filter).await?;
    let series = series(connection, edition, filter.scope(region), filter, &choices.years).await?;
    let totals = series.iter().filter(|of| filter.year.is_none_or(|year| of.year == year)).map(|of| of.totals).sum();
    Ok(Dashboard { choices, areas, others, others_left_out, totals, series })
}

/// Each comuna of the scope with its figures for the filter, by name: the map alone.
///
/// # Errors
/// As [`dashboard`].
pub async fn areas(
    connection: &mut Connection,
    edition: &Edition,
    region: &Cut,
    filter: &DashboardFilter,
) -> Result<Vec<Area>, DbError> {
    let statement = on(edition, include_str!("../../../../sql/queries/dashboard/areas.sql"))?;
    Ok(sqlx::query_as(statement)
        .bind(filter.scope(region))
        .bind(filter.year)
        .bind(&filter.typology)
        .fetch_all(connection)
        .await?)
}

async fn choices(connection: &mut Connection, edition: &Edition, region: &Cut) -> Result<Choices, DbError> {
    let years = on(edition, include_str!("../../../../sql/queries/dashboard/years.sql"))?;
    let provinces = on(edition, include_str!("../../../../sql/queries/dashboard/provinces.sql"))?;
    let typologies = on(edition, include_str!("../../../../sql/queries/dashboard/typologies.sql"))?;
    Ok(Choices {
        years: sqlx::query_scalar(years).fetch_all(&mut *connection).await?,
        provinces: sqlx::query_as(provinces).bind(region.as_str()).fetch_all(&mut *connection).await?,
        typologies: sqlx::query_scalar(typologies).fetch_all(connection).await?,
    })
}

/// Amounts at other levels than the comuna, and how many did not fit.
async fn others(
    connection: &mut Connection,
    edition: &Edition,
    scope: &str,
    filter: &DashboardFilter,
) -> Result<(Vec<LevelAmount>, i64), DbError> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(try_from = "String")]
        level: PlacedAt,
        name: String,
        cuts: Vec<String>,
        amount: i64,
        initiatives: i64,
        rows: i64,
    }
    let statement = on(edition, include_str!("../../../../sql/queries/dashboard/others.sql"))?;
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(scope)
        .bind(filter.year)
        .bind(&filter.typology)
        .bind(Dashboard::MAX_OTHERS)
        .fetch_all(connection)
        .await?;
    let left_out = rows.first().map_or(0, |row| row.rows - Dashboard::MAX_OTHERS).max(0);
    let others = rows
        .into_iter()
        .map(|Row { level, name, cuts, amount, initiatives, .. }| {
            let cuts = cuts.into_iter().map(word).collect::<Result<_, _>>()?;
            Ok(LevelAmount { level, name, cuts, amount, initiatives })
        })
        .collect::<Result<_, DbError>>()?;
    Ok((others, left_out))
}

/// The sums of each of those years, oldest first.
async fn series(
    connection: &mut Connection,
    edition: &Edition,
    scope: &str,
    filter: &DashboardFilter,
    years: &[i32],
) -> Result<Vec<YearTotals>, DbError> {
    #[derive(FromRow)]
    struct Row {
        year: i32,
        #[sqlx(try_from = "String")]
        level: PlacedAt,
        #[sqlx(flatten)]
        amount: Amount,
    }
    let mut totals: BTreeMap<i32, Totals> = years.iter().map(|year| (*year, Totals::default())).collect();
    let statement = on(edition, include_str!("../../../../sql/queries/dashboard/series.sql"))?;
    let rows: Vec<Row> = sqlx::query_as(statement).bind(scope).bind(&filter.typology).fetch_all(connection).await?;
    for row in rows {
        *totals.entry(row.year).or_default().at(row.level) = row.amount;
    }
    Ok(totals.into_iter().map(|(year, totals)| YearTotals { year, totals }).collect())
}
