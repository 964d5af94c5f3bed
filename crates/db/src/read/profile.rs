//! What is known of one comuna: its page and its printed report.

use chrono::NaiveDate;
use goreos_domain::Cut;
use serde::Serialize;
use sqlx::FromRow;

use super::{Amount, Named, on};
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
    /// All of them, also those that did not fit in `shared`.
    pub shared_total: Amount,
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
#[derive(Debug, Clone, PartialEq)]
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
    /// Its row in the source file.
    pub source_row: i64,
    pub name: String,
    /// None when nobody told.
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
    let statement = on(edition, include_str!("../../../../sql/queries/profile/comuna.sql"))?;
    let Some(place) = sqlx::query_as::<_, Place>(statement).bind(cut.as_str()).fetch_optional(&mut *connection).await?
    else {
        return Ok(None);
    };
    let population = population(&mut *connection, edition, cut).await?;
    let neighbours = on(edition, include_str!("../../../../sql/queries/profile/neighbours.sql"))?;
    let by_year = by_year(&mut *connection, edition, cut, population).await?;
    let by_typology = on(edition, include_str!("../../../../sql/queries/profile/by_typology.sql"))?;
    let rank = on(edition, include_str!("../../../../sql/queries/profile/rank.sql"))?;
    let shared_total = on(edition, include_str!("../../../../sql/queries/profile/shared_total.sql"))?;
    let settlements = on(edition, include_str!("../../../../sql/queries/profile/settlements.sql"))?;
    let total =
        by_year.iter().map(|year| Amount { amount: year.amount, initiatives: year.initiatives }).sum::<Amount>();
    Ok(Some(Profile {
        comuna: Named { cut: cut.clone(), name: place.name },
        geometry: place.geometry,
        area_km2: place.area_km2,
        population,
        neighbours: sqlx::query_as(neighbours).bind(cut.as_str()).fetch_all(&mut *connection).await?,
        amount_per_inhabitant: population.and_then(|people| people.share(total.amount)),
        total,
        by_year,
        by_typology: sqlx::query_as(by_typology).bind(cut.as_str()).fetch_all(&mut *connection).await?,
        rank: sqlx::query_as(rank)
            .bind(cut.as_str())
            .bind(place.region_cut.as_str())
            .fetch_optional(&mut *connection)
            .await?,
        initiatives: initiatives(&mut *connection, edition, cut, "comuna").await?,
        shared: initiatives(&mut *connection, edition, cut, "multi").await?,
        shared_total: sqlx::query_as(shared_total).bind(cut.as_str()).fetch_one(&mut *connection).await?,
        settlements: sqlx::query_as(settlements)
            .bind(cut.as_str())
            .bind(Profile::MAX_SETTLEMENTS)
            .fetch_all(connection)
            .await?,
        province: Named { cut: place.province_cut, name: place.province_name },
        region: Named { cut: place.region_cut, name: place.region_name },
    }))
}

/// What the map knows of a comuna.
#[derive(FromRow)]
struct Place {
    name: String,
    #[sqlx(try_from = "String")]
    province_cut: Cut,
    province_name: String,
    #[sqlx(try_from = "String")]
    region_cut: Cut,
    region_name: String,
    geometry: Vec<u8>,
    area_km2: f64,
}

impl Population {
    /// An amount by inhabitant; None when nobody lives there.
    #[expect(clippy::cast_precision_loss, reason = "a quotient to be rounded for people")]
    fn share(self, amount: i64) -> Option<f64> {
        (self.inhabitants > 0).then(|| amount as f64 / self.inhabitants as f64)
    }
}

async fn population(connection: &mut Connection, edition: &Edition, cut: &Cut) -> Result<Option<Population>, DbError> {
    let statement = on(edition, include_str!("../../../../sql/queries/profile/population.sql"))?;
    Ok(sqlx::query_as(statement).bind(cut.as_str()).fetch_optional(connection).await?)
}

async fn by_year(
    connection: &mut Connection,
    edition: &Edition,
    cut: &Cut,
    population: Option<Population>,
) -> Result<Vec<YearAmount>, DbError> {
    let statement = on(edition, include_str!("../../../../sql/queries/profile/by_year.sql"))?;
    let rows: Vec<(i32, i64, i64)> = sqlx::query_as(statement).bind(cut.as_str()).fetch_all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|(year, amount, initiatives)| YearAmount {
            year,
            amount,
            initiatives,
            amount_per_inhabitant: population.and_then(|people| people.share(amount)),
        })
        .collect())
}

/// The largest initiatives placed at that level that name the comuna.
async fn initiatives(
    connection: &mut Connection,
    edition: &Edition,
    cut: &Cut,
    level: &str,
) -> Result<Vec<Initiative>, DbError> {
    let statement = on(edition, include_str!("../../../../sql/queries/profile/initiatives.sql"))?;
    Ok(sqlx::query_as(statement)
        .bind(cut.as_str())
        .bind(level)
        .bind(Profile::MAX_INITIATIVES)
        .fetch_all(connection)
        .await?)
}
