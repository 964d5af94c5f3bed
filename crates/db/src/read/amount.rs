//! Sums of investment, each at the level its rows name.

use std::iter::Sum;
use std::ops::Add;

use serde::Serialize;
use sqlx::FromRow;

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

impl TryFrom<String> for PlacedAt {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "comuna" => Ok(Self::Comuna),
            "provincia" => Ok(Self::Provincia),
            "region" => Ok(Self::Region),
            "multi" => Ok(Self::Multi),
            _ => Err(format!("unknown territory level '{text}'")),
        }
    }
}

/// A sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, FromRow)]
pub struct Amount {
    /// Pesos.
    pub amount: i64,
    pub initiatives: i64,
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { amount: self.amount + other.amount, initiatives: self.initiatives + other.initiatives }
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
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

impl Totals {
    /// All levels together.
    pub fn all(&self) -> Amount {
        self.comunal + self.provincial + self.regional + self.multi
    }

    pub(super) fn at(&mut self, level: PlacedAt) -> &mut Amount {
        match level {
            PlacedAt::Comuna => &mut self.comunal,
            PlacedAt::Provincia => &mut self.provincial,
            PlacedAt::Region => &mut self.regional,
            PlacedAt::Multi => &mut self.multi,
        }
    }
}

impl Sum for Totals {
    fn sum<I: Iterator<Item = Self>>(totals: I) -> Self {
        totals.fold(Self::default(), |sum, one| Self {
            comunal: sum.comunal + one.comunal,
            provincial: sum.provincial + one.provincial,
            regional: sum.regional + one.regional,
            multi: sum.multi + one.multi,
        })
    }
}

/// The sums of one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct YearTotals {
    pub year: i32,
    pub totals: Totals,
}
