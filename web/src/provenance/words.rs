//! Figures in words.

use goreos_db::read::{Figure, FigureMeasure, FigureValue, Link, RowColumn, RowKind, RowLevel};
use goreos_domain::{Cut, Decimals, Gazetteer, date_es, decimal_es, integer_es};

use crate::words::{NOTHING, or_nothing, thousands, whole};

/// What a figure is called.
pub fn title(figure: &Figure, link: Option<&Link>) -> String {
    match &figure.measure {
        FigureMeasure::Rows => "Filas".into(),
        FigureMeasure::PerInhabitant => "Monto por habitante".into(),
        FigureMeasure::Share => "Parte de la tipología en el monto".into(),
        FigureMeasure::WithAmount => "Comunas con inversión propia".into(),
        FigureMeasure::Inhabitants => "Habitantes, según el censo más reciente".into(),
        FigureMeasure::Area => "Superficie".into(),
        FigureMeasure::Sum(name) => {
            let contract = link.map(|link| &link.contract);
            let column = contract.and_then(|contract| contract.column(name.as_str())).map(|column| &column.title);
            let mut figures =
                contract.and_then(|contract| contract.derive.as_ref()).into_iter().flat_map(|d| &d.figures);
            let derived = figures.find(|figure| figure.column == *name).map(|figure| &figure.title);
            column.or(derived).filter(|title| !title.is_empty()).cloned().unwrap_or_else(|| name.to_string())
        }
    }
}

/// `2024 · comuna de Chillán · tipología FRIL`.
pub fn scope(figure: &Figure) -> String {
    let filter = &figure.filter;
    let mut parts = Vec::new();
    parts.extend(filter.year.map(|year| year.to_string()));
    match (filter.level, filter.territories.as_slice()) {
        (_, [only]) => parts.push(place(only)),
        (_, [_, ..]) => {
            parts.push(filter.territories.iter().map(name).collect::<Vec<_>>().join(", ") + ", en conjunto");
        }
        (Some(RowLevel::Comuna), []) => parts.push("lo que corresponde a una sola comuna".into()),
        (Some(RowLevel::Provincia), []) => parts.push("montos provinciales".into()),
        (Some(RowLevel::Region), []) => parts.push("montos regionales".into()),
        (Some(RowLevel::Multi), []) => parts.push("montos de varias comunas".into()),
        (Some(RowLevel::Apart), []) => parts.push("lo no repartido entre comunas".into()),
        (None, []) => {}
    }
    parts.extend(filter.names.as_ref().map(|cut| format!("que nombran a {}", name(cut))));
    parts.extend(filter.within.as_ref().map(place));
    parts.extend(filter.typology.as_ref().map(|typology| format!("tipología {typology}")));
    parts.extend(filter.row.map(|row| format!("fila {} del archivo", integer_es(row))));
    if parts.is_empty() { "todo el conjunto".into() } else { parts.join(" · ") }
}

fn name(cut: &Cut) -> String {
    Gazetteer::official().get(cut).map_or_else(|| cut.to_string(), |territory| territory.name.clone())
}

fn place(cut: &Cut) -> String {
    match cut.as_str().len() {
        2 => format!("región de {}", name(cut)),
        3 => format!("provincia de {}", name(cut)),
        _ => format!("comuna de {}", name(cut)),
    }
}

/// The value as pages show it.
pub fn value(value: FigureValue) -> String {
    match value {
        FigureValue::Whole(number) => integer_es(number),
        FigureValue::Pesos(pesos) => format!("M$ {}", thousands(pesos)),
        FigureValue::Real(number) => decimal_es(number, Decimals(2)),
        FigureValue::SquareKm(area) => format!("{} km²", decimal_es(area, Decimals(0))),
        FigureValue::People(people) => or_nothing(people, integer_es),
        FigureValue::PesosEach(pesos) => or_nothing(pesos, |pesos| format!("$ {}", whole(pesos))),
        FigureValue::Percent(share) => or_nothing(share, |share| format!("{} %", decimal_es(share, Decimals(1)))),
        FigureValue::Of(some, all) => format!("{} de {}", integer_es(some), integer_es(all)),
    }
}

/// The value with every digit there is; nothing when [`value`] has them all.
pub fn exact(value: FigureValue) -> Option<String> {
    match value {
        FigureValue::Pesos(pesos) => Some(format!("$ {}", integer_es(pesos))),
        FigureValue::PesosEach(Some(pesos)) => Some(format!("$ {}", decimal_es(pesos, Decimals(2)))),
        FigureValue::SquareKm(area) => Some(format!("{} km²", decimal_es(area, Decimals(3)))),
        FigureValue::Percent(Some(share)) => Some(format!("{} %", decimal_es(share, Decimals(4)))),
        _ => None,
    }
}

/// A cell as people read it.
pub fn cell(column: &RowColumn, text: Option<&str>) -> String {
    let Some(text) = text else { return NOTHING.into() };
    let written = match column.kind {
        RowKind::Whole => text.parse::<i64>().ok().map(integer_es),
        RowKind::Pesos => text.parse().ok().map(|pesos: i64| format!("$ {}", integer_es(pesos))),
        RowKind::Real => text.parse::<f64>().ok().map(|number| decimal_es(number, Decimals(4))),
        RowKind::Date => text.parse::<chrono::NaiveDate>().ok().map(date_es),
        RowKind::Text | RowKind::Code => None,
    };
    written.unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use goreos_db::read::RowFilter;
    use goreos_domain::DatasetId;

    use super::*;

    #[test]
    fn a_figure_says_what_it_is_about() {
        let cut = |digits| Cut::parse(digits).expect("a code");
        let said = |filter| {
            let dataset = DatasetId::parse("inversiones").expect("an id");
            scope(&Figure { dataset, measure: FigureMeasure::Rows, filter })
        };
        assert_eq!(said(RowFilter::default()), "todo el conjunto");
        let comuna = RowFilter {
            year: Some(2024),
            level: Some(RowLevel::Comuna),
            territories: vec![cut("16101")],
            typology: Some("FRIL".into()),
            ..RowFilter::default()
        };
        assert_eq!(said(comuna), "2024 · comuna de Chillán · tipología FRIL");
        let group = RowFilter {
            level: Some(RowLevel::Multi),
            territories: vec![cut("16101"), cut("16302")],
            ..RowFilter::default()
        };
        assert_eq!(said(group), "Chillán, Coihueco, en conjunto");
        let apart = RowFilter { level: Some(RowLevel::Apart), within: Some(cut("161")), ..RowFilter::default() };
        assert_eq!(said(apart), "lo no repartido entre comunas · provincia de Diguillín");
        let shared = RowFilter { level: Some(RowLevel::Multi), names: Some(cut("16302")), ..RowFilter::default() };
        assert_eq!(said(shared), "montos de varias comunas · que nombran a Coihueco");
    }

    #[test]
    fn cells_read_as_in_chile_and_years_are_no_amounts() {
        let column = |kind| RowColumn { name: "x".into(), title: "X".into(), kind };
        let told = |kind, text| cell(&column(kind), Some(text));
        assert_eq!(told(RowKind::Code, "2024"), "2024");
        assert_eq!(told(RowKind::Whole, "12345"), "12.345");
        assert_eq!(told(RowKind::Pesos, "1817390000"), "$ 1.817.390.000");
        assert_eq!(told(RowKind::Date, "2024-12-11"), "11-12-2024");
        assert_eq!(cell(&column(RowKind::Text), None), "–");
    }
}
