//! The investment dashboard: the map, the ranking, the totals and the years.
//!
//! Amounts stand at the level their row names and are never shared out: what is meant for a province, the region or
//! several comunas together appears beside the map, not on it.
//!
//! A row belongs to a scope (the region, or the province chosen) when every territory it names lies inside it. So a
//! province shows its comunas, itself, and the groups of comunas wholly inside it; what is meant for the region, or for
//! comunas on both sides of its border, is left out.

use goreos_domain::Cut;
use serde::Serialize;
use sqlx::FromRow;

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
    /// The same sums for every year with data, oldest first; the filter's year plays no part.
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

/// Where an amount stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacedAt {
    Comuna,
    Provincia,
    Region,
    /// Several territories together.
    Multi,
}

/// An amount meant for more than one comuna.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelAmount {
    pub level: PlacedAt,
    /// `Provincia de Itata`, `Coihueco, Ñiquén`: as the indicator names it.
    pub name: String,
    /// The territories meant.
    pub cuts: Vec<Cut>,
    pub amount: i64,
    pub initiatives: i64,
}

/// A sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Pesos.
    pub amount: i64,
    pub initiatives: i64,
}

/// Sums by level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// In one comuna each: the sum of the map.
    pub comunal: Amount,
    pub provincial: Amount,
    pub regional: Amount,
    /// Several territories together.
    pub multi: Amount,
}

/// The sums of one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct YearTotals {
    pub year: i32,
    pub totals: Totals,
}

impl Dashboard {
    /// The most rows of [`Dashboard::others`].
    pub const MAX_OTHERS: i64 = 200;

    /// The comunas by that measure, greatest first; those without a value last; ties by name.
    pub fn ranking(&self, measure: Measure) -> Vec<&Area> {
        todo!()
    }
}

impl Area {
    /// The value of a measure; None when it cannot be told.
    pub fn value(&self, measure: Measure) -> Option<f64> {
        todo!()
    }
}

impl Totals {
    /// All levels together.
    pub fn all(&self) -> Amount {
        todo!()
    }
}

/// The dashboard of a region.
///
/// # Errors
/// [`DbError::NotInEdition`] while the edition lacks `comunas`, `poblacion` or `inversion_comunal`.
pub async fn dashboard(connection: &mut Connection, edition: &Edition, region: &Cut, filter: &DashboardFilter) -> Result<Dashboard, DbError> {
    todo!()
}

/// Each comuna of the scope with its figures for the filter, by name: the map alone.
///
/// # Errors
/// As [`dashboard`].
pub async fn areas(connection: &mut Connection, edition: &Edition, region: &Cut, filter: &DashboardFilter) -> Result<Vec<Area>, DbError> {
    todo!()
}
