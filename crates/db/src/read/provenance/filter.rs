//! Which rows a figure rests on: the same filters as those of the page that shows it.

use goreos_domain::Cut;
use sqlx::{Postgres, QueryBuilder};

/// What narrows the rows of a figure, all of it together; nothing given is every row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFilter {
    /// One row of the source file.
    pub row: Option<i64>,
    pub year: Option<i32>,
    pub typology: Option<String>,
    /// Every territory that the row names lies inside this one.
    pub within: Option<Cut>,
    pub level: Option<RowLevel>,
    /// Names this comuna, alone or among others.
    pub names: Option<Cut>,
    /// Names exactly these territories.
    pub territories: Vec<Cut>,
}

/// The level that rows are placed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowLevel {
    Comuna,
    Provincia,
    Region,
    /// Several comunas together.
    Multi,
    /// All but one comuna: what stands beside the map.
    Apart,
}

impl RowLevel {
    /// Every level.
    pub const ALL: [Self; 5] = [Self::Comuna, Self::Provincia, Self::Region, Self::Multi, Self::Apart];

    /// As in addresses and, but for the last, in `territory_level`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Comuna => "comuna",
            Self::Provincia => "provincia",
            Self::Region => "region",
            Self::Multi => "multi",
            Self::Apart => "aparte",
        }
    }
}

/// The territories that a row names.
const NAMED: &str = "case territory_level when 'multi' then territory_cuts else array[territory_cut] end";

impl RowFilter {
    /// The columns it looks at.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        let placed =
            self.within.is_some() || self.level.is_some() || self.names.is_some() || !self.territories.is_empty();
        let columns = [
            (self.row.is_some(), "source_row"),
            (self.year.is_some(), "anio"),
            (self.typology.is_some(), "tipologia"),
            (placed, "territory_level"),
            (placed, "territory_cut"),
            (placed, "territory_cuts"),
        ];
        columns.into_iter().filter(|(used, _)| *used).map(|(_, column)| column)
    }

    /// The territory alone: of a dataset that knows no other of its filters.
    #[must_use]
    pub fn place(&self) -> Self {
        Self {
            within: self.within.clone(),
            level: self.level,
            names: self.names.clone(),
            territories: self.territories.clone(),
            ..Self::default()
        }
    }

    /// Appends ` where …`; always at least one condition, so that the caller may go on with `and`.
    pub(super) fn push_where(&self, statement: &mut QueryBuilder<Postgres>) {
        statement.push(" where true");
        if let Some(row) = self.row {
            statement.push(" and source_row = ").push_bind(row);
        }
        if let Some(year) = self.year {
            statement.push(" and anio = ").push_bind(year);
        }
        if let Some(typology) = &self.typology {
            statement.push(" and tipologia = ").push_bind(typology.clone());
        }
        match self.level {
            None => {}
            Some(RowLevel::Apart) => {
                statement.push(" and territory_level <> 'comuna'");
            }
            Some(level) => {
                statement.push(" and territory_level = ").push_bind(level.code());
            }
        }
        if let Some(within) = &self.within {
            statement.push(" and (select bool_and(starts_with(cut, ").push_bind(within.to_string());
            statement.push(")) from unnest(").push(NAMED).push(") cut)");
        }
        if let Some(comuna) = &self.names {
            statement.push(" and ").push_bind(comuna.to_string()).push(" = any(").push(NAMED).push(")");
        }
        match self.territories.as_slice() {
            [] => {}
            // The index of placed tables knows this one.
            [only] if self.level != Some(RowLevel::Multi) => {
                statement.push(" and territory_cut = ").push_bind(only.to_string());
            }
            several => {
                let cuts: Vec<String> = several.iter().map(ToString::to_string).collect();
                statement.push(" and array(select distinct unnest(").push(NAMED).push(") order by 1) = ");
                statement.push("array(select distinct unnest(").push_bind(cuts).push("::text[]) order by 1)");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_the_columns_it_looks_at_and_nothing_given_is_every_row() {
        let cut = |digits: &str| Cut::parse(digits).expect("a code");
        let mut all = QueryBuilder::new("select 1");
        RowFilter::default().push_where(&mut all);
        assert_eq!(all.into_string(), "select 1 where true");
        assert_eq!(RowFilter::default().columns().count(), 0);

        let filter = RowFilter {
            year: Some(2024),
            level: Some(RowLevel::Comuna),
            territories: vec![cut("16101")],
            ..RowFilter::default()
        };
        let mut some = QueryBuilder::new("");
        filter.push_where(&mut some);
        assert_eq!(some.into_string(), " where true and anio = $1 and territory_level = $2 and territory_cut = $3");
        let columns: Vec<_> = filter.columns().collect();
        assert_eq!(columns, ["anio", "territory_level", "territory_cut", "territory_cuts"]);
        assert_eq!(filter.place(), RowFilter { year: None, ..filter });
    }
}
