//! What the reader of the dashboard chose, as it stands in the address.

use goreos_db::read::{DashboardFilter, Measure};
use goreos_domain::Cut;

use crate::boundary::PageError;
use crate::query::pairs;
use crate::shell::in_edition;

/// The dashboard's address.
pub const PATH: &str = "/tableros/inversion";

/// Every measure with its word in addresses and on screen.
const MEASURES: [(Measure, &str, &str); 3] = [
    (Measure::Amount, "monto", "Monto"),
    (Measure::AmountPerInhabitant, "por_habitante", "Monto por habitante"),
    (Measure::Initiatives, "iniciativas", "Número de iniciativas"),
];

/// The filters and the measure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub data: DashboardFilter,
    pub measure: Measure,
}

impl Filter {
    /// Reads a query string. Names it does not know are left alone, values it does not understand are an error.
    pub fn parse(raw: &str) -> Result<Self, PageError> {
        let mut filter = Self::default();
        for (name, value) in pairs(raw) {
            let unclear = |what: &str| {
                PageError::BadRequest(format!("«{value}» no es {what}. Elija los filtros otra vez en el tablero."))
            };
            match name.as_ref() {
                "anio" => filter.data.year = Some(value.parse().map_err(|_| unclear("un año"))?),
                "provincia" => {
                    let cut = Cut::parse(&value).ok().filter(|cut| cut.as_str().len() == 3);
                    filter.data.province = Some(cut.ok_or_else(|| unclear("el código de una provincia"))?);
                }
                "tipologia" => filter.data.typology = Some(value.into_owned()),
                "medida" => filter.measure = measure(&value).ok_or_else(|| unclear("una medida del tablero"))?,
                _ => {}
            }
        }
        Ok(filter)
    }

    /// The one address of this state.
    pub fn address(&self, edition: Option<i64>) -> String {
        let data = &self.data;
        let pairs = [
            data.year.map(|year| ("anio", year.to_string())),
            data.province.as_ref().map(|cut| ("provincia", cut.to_string())),
            data.typology.as_ref().map(|typology| ("tipologia", typology.clone())),
            (self.measure != Measure::default()).then(|| ("medida", code(self.measure).to_owned())),
        ];
        in_edition(PATH, pairs.into_iter().flatten(), edition)
    }

    /// This filter with another year.
    #[must_use]
    pub fn with_year(&self, year: Option<i32>) -> Self {
        Self { data: DashboardFilter { year, ..self.data.clone() }, measure: self.measure }
    }
}

fn measure(code: &str) -> Option<Measure> {
    MEASURES.iter().find(|(_, known, _)| *known == code).map(|(measure, ..)| *measure)
}

/// The word of a measure in addresses.
fn code(measure: Measure) -> &'static str {
    MEASURES.iter().find(|(known, ..)| *known == measure).map_or("", |(_, code, _)| code)
}

/// The name of a measure on screen.
pub fn title(measure: Measure) -> &'static str {
    MEASURES.iter().find(|(known, ..)| *known == measure).map_or("", |(.., title)| title)
}

/// Code and name of every measure, for the form.
pub fn measures() -> impl Iterator<Item = (Measure, &'static str, &'static str)> {
    MEASURES.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_one_address_and_every_address_one_state() {
        for (address, edition) in [
            ("/tableros/inversion", None),
            ("/tableros/inversion?anio=2024", None),
            (
                "/tableros/inversion?anio=2024&provincia=161&tipologia=Agua+%26+saneamiento%2C+rural&medida=por_habitante&edicion=7",
                Some(7),
            ),
            ("/tableros/inversion?medida=iniciativas&edicion=1", Some(1)),
        ] {
            let query = address.split_once('?').map_or("", |(_, query)| query);
            assert_eq!(Filter::parse(query).expect("a state").address(edition), address);
        }
    }

    #[test]
    fn a_form_that_sends_every_field_says_no_more_than_what_was_chosen() {
        let filter = Filter::parse("anio=2023&provincia=&tipologia=&medida=monto").expect("a state");
        assert_eq!(filter.address(None), "/tableros/inversion?anio=2023");
    }

    #[test]
    fn what_cannot_be_understood_is_an_error_not_another_figure() {
        for bad in ["anio=dosmil", "provincia=16101", "provincia=xxx", "medida=otra"] {
            assert!(matches!(Filter::parse(bad), Err(PageError::BadRequest(_))), "{bad}");
        }
        assert!(Filter::parse("utm_source=correo").is_ok());
    }

    #[test]
    fn another_year_keeps_the_other_filters() {
        let filter = Filter::parse("anio=2023&provincia=162&medida=por_habitante").expect("a state");
        assert_eq!(
            filter.with_year(Some(2024)).address(None),
            "/tableros/inversion?anio=2024&provincia=162&medida=por_habitante"
        );
        assert_eq!(filter.with_year(None).address(None), "/tableros/inversion?provincia=162&medida=por_habitante");
    }
}
