//! What is known of one comuna: its page and its printed report.

use chrono::NaiveDate;
use goreos_domain::Cut;
use serde::Serialize;
use sqlx::FromRow;

use super::{Amount, Named};
use crate::{Connection, DbError, Edition};

/// A comuna and its investment. Only what is placed in this comuna alone is summed and ranked.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub comuna: Named,
    pub province: Named,
    pub region: Named,
    /// WKB.
    pub geometry: Vec<u8>,
    /// On the ellipsoid, of the boundary as kept.
    pub area_km2: f64,
    /// The newest count in the edition.
    pub population: Option<Population>,
    /// Comunas that share a border, by name.
    pub neighbours: Vec<Named>,
    /// Over all years.
    pub total: Amount,
    /// Pesos over all years; None without population.
    pub amount_per_inhabitant: Option<f64>,
    /// Oldest first; years without investment are not in it.
    pub by_year: Vec<YearAmount>,
    /// Greatest amount first.
    pub by_typology: Vec<TypologyAmount>,
    /// In the newest year of the indicator; None when the indicator is empty.
    pub rank: Option<Rank>,
    /// The largest, greatest first, at most [`Profile::MAX_INITIATIVES`].
    pub initiatives: Vec<Initiative>,
    /// Those that name this comuna among others, greatest first, as many at most; in no sum above.
    pub shared: Vec<Initiative>,
    /// Inside it, most people first, at most [`Profile::MAX_SETTLEMENTS`].
    pub settlements: Vec<Settlement>,
}

/// How many people, and when they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, FromRow)]
pub struct Population {
    pub year: i32,
    pub inhabitants: i64,
}

/// The investment of a year.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct YearAmount {
    pub year: i32,
    pub amount: i64,
    pub initiatives: i64,
    /// Pesos, by the population of the newest count; None without it.
    pub amount_per_inhabitant: Option<f64>,
}

/// The investment of a typology over all years.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct TypologyAmount {
    pub typology: String,
    pub amount: i64,
    pub initiatives: i64,
}

/// The place of a comuna among those of its region: 1 is the greatest, equals share a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Rank {
    pub year: i32,
    pub by_amount: i64,
    /// None without population.
    pub by_amount_per_inhabitant: Option<i64>,
    /// How many comunas the region has.
    pub of: i64,
}

/// A row of the investment spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Initiative {
    /// Its row in the source file.
    pub source_row: i64,
    pub code: String,
    pub name: String,
    pub typology: Option<String>,
    pub year: i32,
    pub amount: i64,
    pub state: Option<String>,
    pub certified_on: Option<NaiveDate>,
    /// The place as the spreadsheet writes it.
    pub place: Option<String>,
}

/// A town or village.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Settlement {
    pub name: String,
    pub population: Option<i64>,
    /// Degrees.
    pub lon: f64,
    /// Degrees.
    pub lat: f64,
}

impl Profile {
    /// The most rows of [`Profile::initiatives`] and of [`Profile::shared`].
    pub const MAX_INITIATIVES: i64 = 15;
    /// The most rows of [`Profile::settlements`].
    pub const MAX_SETTLEMENTS: i64 = 10;
}

/// The profile of a comuna; None when the edition's `comunas` has no such code.
///
/// # Errors
/// [`DbError::NotInEdition`] while the edition lacks `comunas`, `poblacion`, `localidades`, `inversiones` or
/// `inversion_comunal`.
pub async fn profile(connection: &mut Connection, edition: &Edition, cut: &Cut) -> Result<Option<Profile>, DbError> {
    todo!()
}
