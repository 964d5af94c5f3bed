//! Every rule of the contract on every row, column by column; all problems in one pass.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use goreos_domain::{
    Column, ColumnType, Contract, Cut, Gazetteer, MoneyUnit, NumberError, Source, fold, parse_date, parse_decimal,
    parse_integer, parse_money,
};
use polars::prelude::{
    ChunkFullNull, Float64Chunked, Int32Chunked, Int64Chunked, NewChunkedArray, PlSmallStr, StringChunked,
};

use crate::read::Batch;
use crate::reason::{Problem, Reason};

/// The values of a column.
#[derive(Debug, Clone)]
pub(crate) enum Typed {
    Text(StringChunked),
    /// Whole numbers and pesos.
    Int(Int64Chunked),
    Real(Float64Chunked),
    /// Days since 1970-01-01.
    Date(Int32Chunked),
}

/// A batch after checking: values per contract column, reasons per row.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) columns: Vec<Typed>,
    pub(crate) reasons: Vec<Vec<Reason>>,
}

/// Checks a batch. `places` says where each contract column stands in the file.
pub(crate) fn check(contract: &Contract, source: &Source, places: &[usize], batch: &Batch) -> Checked {
    let nulls: HashSet<&str> = source.null.iter().map(|text| text.trim()).collect();
    let mut reasons: Vec<Vec<Reason>> = batch
        .defects
        .iter()
        .map(|defect| defect.iter().map(|d| Reason::row(d.code, &d.reason, &d.remedy)).collect())
        .collect();
    let empty = StringChunked::full_null(PlSmallStr::EMPTY, batch.len());
    let columns = contract
        .columns
        .iter()
        .zip(places)
        .map(|(column, place)| {
            let cells = batch.column(*place).unwrap_or(&empty);
            let mut cursor = Cursor { column, source, nulls: &nulls, reasons: &mut reasons, defects: batch };
            cursor.typed(cells)
        })
        .collect();
    Checked { columns, reasons }
}

/// One column being checked.
struct Cursor<'a> {
    column: &'a Column,
    source: &'a Source,
    nulls: &'a HashSet<&'a str>,
    reasons: &'a mut [Vec<Reason>],
    defects: &'a Batch,
}

impl Cursor<'_> {
    fn typed(&mut self, cells: &StringChunked) -> Typed {
        let column = self.column;
        let mark = self.source.decimal;
        let name = || PlSmallStr::from(column.name.as_str());
        match column.kind {
            ColumnType::Text if column.values.is_empty() => Typed::Text(StringChunked::from_iter_options(
                name(),
                self.parse(cells, |text| Ok(tidy(text))).into_iter(),
            )),
            ColumnType::Text => {
                let listed: HashMap<String, &str> =
                    column.values.iter().map(|value| (fold(value), value.as_str())).collect();
                Typed::Text(StringChunked::from_iter_options(
                    name(),
                    self.parse(cells, |text| listed_value(column, &listed, text)).into_iter(),
                ))
            }
            ColumnType::Cut => {
                Typed::Text(StringChunked::from_iter_options(name(), self.parse(cells, cut).into_iter()))
            }
            ColumnType::Int => Typed::Int(Int64Chunked::from_iter_options(
                name(),
                self.parse(cells, |text| {
                    let value = parse_integer(text, mark).map_err(|error| number(column, error))?;
                    within(column, approximate(value), value)
                })
                .into_iter(),
            )),
            ColumnType::Money => {
                let power = column.unit.map_or(0, MoneyUnit::power);
                Typed::Int(Int64Chunked::from_iter_options(
                    name(),
                    self.parse(cells, |text| {
                        let pesos = parse_money(text, mark, power).map_err(|error| number(column, error))?;
                        within(column, approximate(pesos) / f64::from(10_u32.pow(power)), pesos)
                    })
                    .into_iter(),
                ))
            }
            ColumnType::Real => Typed::Real(Float64Chunked::from_iter_options(
                name(),
                self.parse(cells, |text| {
                    let value = parse_decimal(text, mark).map_err(|error| number(column, error))?;
                    within(column, value, value)
                })
                .into_iter(),
            )),
            ColumnType::Date => {
                Typed::Date(Int32Chunked::from_iter_options(name(), self.parse(cells, date).into_iter()))
            }
        }
    }

    /// Parses each cell that holds a value; a problem becomes a reason of its row. Rows with the wrong number of cells are passed over:
    /// their values stand under other headers.
    fn parse<T>(&mut self, cells: &StringChunked, parse: impl Fn(&str) -> Result<T, Problem>) -> Vec<Option<T>> {
        let mut values = Vec::with_capacity(cells.len());
        for (row, cell) in cells.iter().enumerate() {
            let raw = cell.unwrap_or_default();
            let text = raw.trim_matches(|c: char| c.is_whitespace() || c.is_control());
            if self.defects.defects[row].is_some() {
                values.push(None);
                continue;
            }
            let parsed = if text.is_empty() || self.nulls.contains(text) {
                if self.column.required {
                    Err(Problem::new(
                        "required = true",
                        "value.missing",
                        format!("Falta «{}».", self.title()),
                        "Complete la celda.",
                    ))
                } else {
                    Ok(None)
                }
            } else {
                parse(text).map(Some)
            };
            values.push(parsed.unwrap_or_else(|problem| {
                self.reasons[row].push(Reason::cell(self.column, raw, problem));
                None
            }));
        }
        values
    }

    fn title(&self) -> &str {
        if self.column.title.is_empty() { self.column.name.as_str() } else { &self.column.title }
    }
}

/// Inner white space becomes single spaces; control characters go.
fn tidy(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn listed_value(column: &Column, listed: &HashMap<String, &str>, text: &str) -> Result<String, Problem> {
    let folded = fold(text);
    if let Some(value) = listed.get(&folded) {
        return Ok((*value).to_owned());
    }
    let nearest = listed
        .iter()
        .map(|(key, value)| (strsim::damerau_levenshtein(key, &folded), *value))
        .min()
        .filter(|(distance, value)| distance * 3 <= value.chars().count());
    Err(Problem::new(
        format!("values = {:?}", column.values),
        "value.not_listed",
        format!("«{text}» no es uno de los valores admitidos."),
        nearest.map_or_else(
            || format!("Use uno de: {}.", column.values.join(", ")),
            |(_, value)| format!("¿Quiso decir «{value}»?"),
        ),
    ))
}

fn cut(text: &str) -> Result<String, Problem> {
    let unknown = |remedy: String| {
        Problem::new(
            "type = cut",
            "value.not_cut",
            format!("«{text}» no es un código territorial (CUT) vigente."),
            remedy,
        )
    };
    let parsed = Cut::parse(text).map_err(|_| {
        let zero = Cut::parse(&format!("0{text}")).ok().filter(|cut| Gazetteer::official().get(cut).is_some());
        unknown(zero.map_or_else(
            || "Use el código de cinco dígitos de SUBDERE.".into(),
            |cut| format!("Excel quitó el cero inicial: es «{cut}». Guarde la columna como texto."),
        ))
    })?;
    let known =
        Gazetteer::official().get(&parsed).ok_or_else(|| unknown("Revise el código en la tabla de SUBDERE.".into()))?;
    Ok(known.cut.to_string())
}

fn date(text: &str) -> Result<i32, Problem> {
    let parsed = parse_date(text).ok_or_else(|| {
        Problem::new(
            "type = date",
            "value.not_date",
            format!("«{text}» no es una fecha del calendario."),
            "Escríbala como día-mes-año: 29-10-2025.",
        )
    })?;
    let days = parsed.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).map_err(|_| {
        Problem::new("type = date", "value.not_date", format!("«{text}» está fuera del calendario."), "Revise el año.")
    })
}

fn number(column: &Column, error: NumberError) -> Problem {
    let (rule, code) = match column.kind {
        ColumnType::Money => ("type = money", "value.not_money"),
        ColumnType::Int => ("type = int", "value.not_integer"),
        _ => ("type = real", "value.not_real"),
    };
    let unit = match column.unit {
        Some(MoneyUnit::Thousands) => " en miles de pesos (M$)",
        Some(MoneyUnit::Millions) => " en millones de pesos (MM$)",
        Some(MoneyUnit::Pesos) => " en pesos",
        None => "",
    };
    Problem::new(
        rule,
        code,
        format!("El valor {error}."),
        format!("Escriba solo el número{unit}, como 1.234 o 1.234,5."),
    )
}

fn within<T>(column: &Column, value: f64, kept: T) -> Result<T, Problem> {
    if let Some(min) = column.min.filter(|min| value < *min) {
        return Err(Problem::new(
            format!("min = {min}"),
            "value.below_min",
            format!("El valor es menor que {min}."),
            "Revise la celda: puede sobrar o faltar un dígito.",
        ));
    }
    if let Some(max) = column.max.filter(|max| value > *max) {
        return Err(Problem::new(
            format!("max = {max}"),
            "value.above_max",
            format!("El valor es mayor que {max}."),
            "Revise la celda: puede sobrar o faltar un dígito.",
        ));
    }
    Ok(kept)
}

#[expect(clippy::cast_precision_loss, reason = "only compared with the limits of a contract")]
fn approximate(value: i64) -> f64 {
    value as f64
}

impl Typed {
    /// The value of a row as text, for keys.
    pub(crate) fn text(&self, row: usize) -> String {
        match self {
            Self::Text(values) => values.get(row).unwrap_or_default().to_owned(),
            Self::Int(values) => values.get(row).map(|v| v.to_string()).unwrap_or_default(),
            Self::Real(values) => values.get(row).map(|v| v.to_string()).unwrap_or_default(),
            Self::Date(values) => values.get(row).map(|v| v.to_string()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, NamedFrom, Series};
    use proptest::prelude::*;

    use super::*;

    fn contract() -> Contract {
        let mut text = "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
                        decimal=','\nnull=['-', 's/i']\n"
            .to_owned();
        for kind in ["text", "int", "real", "money", "date", "cut"] {
            let unit = if kind == "money" { "unit='CLP_thousands'\n" } else { "" };
            for part in ["[[column]]\nname='", kind, "'\ntype='", kind, "'\nrequired=true\n", unit] {
                text.push_str(part);
            }
        }
        Contract::parse(&text).expect("a contract")
    }

    fn checked(contract: &Contract, cells: &[String]) -> Checked {
        let names = contract.columns.iter().map(|column| PlSmallStr::from(column.name.as_str()));
        let columns = names.zip(cells).map(|(name, cell)| Series::new(name, [cell.as_str()]).into()).collect();
        let batch = Batch {
            source_rows: vec![2],
            cells: DataFrame::new(1, columns).expect("one row"),
            shapes: None,
            defects: vec![None],
        };
        let places: Vec<usize> = (0..contract.columns.len()).collect();
        check(contract, contract.source.as_ref().expect("a source"), &places, &batch)
    }

    #[test]
    fn a_cell_of_control_characters_holds_no_value() {
        let found = checked(&contract(), &["\u{1}", "1", "1", "1", "1-1-2024", "16101"].map(str::to_owned));
        assert_eq!(found.reasons[0].iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>(), ["value.missing"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_required_cell_has_either_a_value_or_a_reason(
            cells in proptest::collection::vec(
                prop_oneof![".*", "[0-9.,$M()-]{0,8}", "[0-9]{1,2}-[0-9]{1,2}-20[0-9]{2}", "161[0-9]{2}", "[ \u{1}\u{7f}-]{0,3}"], 6,
            ),
        ) {
            let contract = contract();
            let found = checked(&contract, &cells);
            for (column, (values, cell)) in contract.columns.iter().zip(found.columns.iter().zip(&cells)) {
                let reasons = found.reasons[0].iter().filter(|r| r.column == column.name.as_str());
                let kept = !values.text(0).is_empty();
                prop_assert_eq!(reasons.count(), usize::from(!kept), "{}: {:?}", column.name, cell);
            }
            prop_assert!(found.reasons[0].iter().all(|r| !r.why.is_empty() && !r.remedy.is_empty() && cells.contains(&r.value)));
        }
    }
}
