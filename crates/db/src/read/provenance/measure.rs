//! What is asked about.

use goreos_domain::{ColumnName, Cut, DatasetId};

use super::{RowFilter, RowKind};

/// A figure of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub dataset: DatasetId,
    pub measure: Measure,
    pub filter: RowFilter,
}

/// What is counted or added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// How many rows.
    Rows,
    /// The sum of a column.
    Sum(ColumnName),
    /// Pesos (`monto`) by inhabitant of the territory.
    PerInhabitant,
    /// The part of a typology in the pesos (`monto`) of all.
    Share,
    /// Comunas with an amount (`monto`) of their own.
    WithAmount,
    /// People, by the newest count of each comuna (`poblacion`).
    Inhabitants,
    /// The ground of its geometries.
    Area,
}

/// A figure's value; what the page shows is this, rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    Whole(i64),
    Pesos(i64),
    Real(f64),
    SquareKm(f64),
    /// None when a comuna was never counted.
    People(Option<i64>),
    /// Pesos by inhabitant; None without people.
    PesosEach(Option<f64>),
    /// None when the whole is nothing.
    Percent(Option<f64>),
    /// So many of so many.
    Of(i64, i64),
}

impl Measure {
    /// As in addresses. A column goes by its own name.
    pub fn code(&self) -> &str {
        match self {
            Self::Rows => "filas",
            Self::Sum(column) => column.as_str(),
            Self::PerInhabitant => "por_habitante",
            Self::Share => "parte",
            Self::WithAmount => "comunas",
            Self::Inhabitants => "habitantes",
            Self::Area => "superficie",
        }
    }

    /// The measure of an address; `None` when it cannot be one.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Rows, Self::PerInhabitant, Self::Share, Self::WithAmount, Self::Inhabitants, Self::Area]
            .into_iter()
            .find(|measure| measure.code() == code)
            .or_else(|| ColumnName::parse(code).ok().map(Self::Sum))
    }

    /// The column it adds up.
    pub(super) fn column(&self) -> Option<ColumnName> {
        let name = match self {
            Self::Rows | Self::Area => return None,
            Self::Sum(column) => return Some(column.clone()),
            Self::PerInhabitant | Self::Share | Self::WithAmount => "monto",
            Self::Inhabitants => "poblacion",
        };
        ColumnName::parse(name).ok()
    }
}

impl Figure {
    /// The territory it is about, when it is one.
    pub(super) fn territory(&self) -> Option<Cut> {
        match self.filter.territories.as_slice() {
            [] => self.filter.within.clone(),
            [only] => Some(only.clone()),
            _ => None,
        }
    }
}

impl Value {
    /// A sum as PostgreSQL wrote it.
    pub(super) fn summed(kind: RowKind, text: &str) -> Self {
        match (kind, text.parse()) {
            (RowKind::Pesos, Ok(pesos)) => Self::Pesos(pesos),
            (RowKind::Real, _) | (_, Err(_)) => Self::Real(text.parse().unwrap_or(f64::NAN)),
            (_, Ok(whole)) => Self::Whole(whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_has_one_word_and_anything_else_is_a_column() {
        for code in ["filas", "por_habitante", "parte", "comunas", "habitantes", "superficie", "monto"] {
            assert_eq!(Measure::parse(code).expect("a measure").code(), code);
        }
        assert_eq!(Measure::parse("monto"), Some(Measure::Sum(ColumnName::parse("monto").expect("a name"))));
        assert_eq!(Measure::parse("monto\"; drop"), None);
    }

    #[test]
    fn sums_keep_every_peso() {
        assert_eq!(Value::summed(RowKind::Pesos, "9007199254740993"), Value::Pesos(9_007_199_254_740_993));
        assert_eq!(Value::summed(RowKind::Real, "1.5"), Value::Real(1.5));
        assert_eq!(Value::summed(RowKind::Code, "7"), Value::Whole(7));
    }
}
