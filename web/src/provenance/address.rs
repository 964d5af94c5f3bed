//! The address of a figure: its dataset, what is measured, and the filters of the page that shows it.

use goreos_db::read::{Figure, FigureMeasure, RowFilter, RowLevel};
use goreos_domain::{Cut, DatasetId};

use crate::boundary::PageError;
use crate::query::pairs;
use crate::shell::in_edition;

/// The one address of a figure.
pub fn address(dataset: &str, measure: &str, filter: &RowFilter, edition: Option<i64>) -> String {
    written(&format!("/procedencia/{dataset}"), measure, filter, edition)
}

/// The address of all its rows.
pub fn rows_address(figure: &Figure, edition: i64) -> String {
    written(&format!("/procedencia/{}/filas.csv", figure.dataset), figure.measure.code(), &figure.filter, Some(edition))
}

fn written(path: &str, measure: &str, filter: &RowFilter, edition: Option<i64>) -> String {
    let cuts: Vec<&str> = filter.territories.iter().map(Cut::as_str).collect();
    let pairs = [
        Some(("cifra", measure.to_owned())),
        filter.row.map(|row| ("fila", row.to_string())),
        filter.year.map(|year| ("anio", year.to_string())),
        filter.typology.as_ref().map(|typology| ("tipologia", typology.clone())),
        filter.within.as_ref().map(|cut| ("dentro", cut.to_string())),
        filter.level.map(|level| ("nivel", level.code().to_owned())),
        filter.names.as_ref().map(|cut| ("nombra", cut.to_string())),
        (!cuts.is_empty()).then(|| ("territorio", cuts.join("-"))),
    ];
    in_edition(path, pairs.into_iter().flatten(), edition)
}

/// Reads an address. Unlike a dashboard's, it leaves nothing aside that it does not know: a filter that is not applied would make
/// another figure.
pub fn parse(dataset: &str, raw: &str) -> Result<Figure, PageError> {
    let no_dataset = || PageError::NotFound(format!("No hay un conjunto de datos «{dataset}»."));
    let mut figure = Figure {
        dataset: DatasetId::parse(dataset).map_err(|_| no_dataset())?,
        measure: FigureMeasure::Rows,
        filter: RowFilter::default(),
    };
    for (name, value) in pairs(raw) {
        let unclear = |what: &str| {
            PageError::BadRequest(format!(
                "«{value}» no es {what}. Vuelva a la página de la cifra y pulse el enlace otra vez."
            ))
        };
        let cut = |text: &str| Cut::parse(text).map_err(|_| unclear("un código de territorio"));
        let filter = &mut figure.filter;
        match name.as_ref() {
            "cifra" => figure.measure = FigureMeasure::parse(&value).ok_or_else(|| unclear("una cifra"))?,
            "fila" => filter.row = Some(value.parse().map_err(|_| unclear("un número de fila"))?),
            "anio" => filter.year = Some(value.parse().map_err(|_| unclear("un año"))?),
            "tipologia" => filter.typology = Some(value.into_owned()),
            "dentro" => filter.within = Some(cut(&value)?),
            "nivel" => {
                let level = RowLevel::ALL.into_iter().find(|level| level.code() == value);
                filter.level = Some(level.ok_or_else(|| unclear("un nivel territorial"))?);
            }
            "nombra" => filter.names = Some(cut(&value)?),
            "territorio" => filter.territories = value.split('-').map(cut).collect::<Result<_, _>>()?,
            "edicion" => {}
            other => return Err(PageError::BadRequest(format!("«{other}» no es un filtro de las cifras."))),
        }
    }
    Ok(figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_one_address_and_the_address_one_figure() {
        for query in [
            "cifra=filas",
            "cifra=monto&anio=2024&tipologia=Agua+%26+saneamiento&dentro=161&nivel=aparte",
            "cifra=por_habitante&nivel=comuna&territorio=16101",
            "cifra=monto&nivel=multi&nombra=16302",
            "cifra=iniciativas&nivel=multi&territorio=16101-16302&edicion=7",
            "cifra=monto&fila=1204",
        ] {
            let figure = parse("inversiones", query).expect("a figure");
            let edition = query.contains("edicion").then_some(7);
            let back = address(figure.dataset.as_str(), figure.measure.code(), &figure.filter, edition);
            assert_eq!(back, format!("/procedencia/inversiones?{query}"));
        }
    }

    #[test]
    fn a_filter_that_is_not_understood_is_an_error_not_another_figure() {
        for bad in ["cifra=MONTO", "anio=x", "dentro=xx", "nivel=barrio", "territorio=16101-", "fila=a", "anyo=2024"] {
            assert!(matches!(parse("inversiones", bad), Err(PageError::BadRequest(_))), "{bad}");
        }
        assert!(matches!(parse("../etc", ""), Err(PageError::NotFound(_))));
    }
}
