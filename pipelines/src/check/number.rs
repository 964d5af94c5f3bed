//! Numbers: whole, real, and amounts of money; with their limits.

use goreos_domain::{
    Column, ColumnType, DecimalMark, Decimals, MoneyUnit, NumberError, decimal_es, integer_es, parse_decimal,
    parse_integer, parse_money,
};

use crate::reason::{Problem, quoted};

pub(super) fn int(column: &Column, mark: DecimalMark, text: &str) -> Result<i64, Problem> {
    let value = parse_integer(text, mark).map_err(|error| problem(column, mark, text, error))?;
    within(column, value, || approximate(value))
}

/// In whole pesos; the limits are in the unit of the file.
pub(super) fn money(column: &Column, mark: DecimalMark, text: &str) -> Result<i64, Problem> {
    let power = column.unit.map_or(0, MoneyUnit::power);
    let pesos = parse_money(text, mark, power).map_err(|error| problem(column, mark, text, error))?;
    within(column, pesos, || approximate(pesos) / f64::from(10_u32.pow(power)))
}

pub(super) fn real(column: &Column, mark: DecimalMark, text: &str) -> Result<f64, Problem> {
    let value = parse_decimal(text, mark).map_err(|error| problem(column, mark, text, error))?;
    within(column, value, || value)
}

fn problem(column: &Column, mark: DecimalMark, text: &str, error: NumberError) -> Problem {
    let (rule, code) = match column.kind {
        ColumnType::Money => ("type = money", "value.not_money"),
        ColumnType::Int => ("type = int", "value.not_integer"),
        _ => ("type = real", "value.not_real"),
    };
    let whole = column.kind == ColumnType::Int;
    let example = match (mark, whole) {
        (DecimalMark::Comma, false) => "1.234,5",
        (DecimalMark::Comma, true) => "1.234",
        (DecimalMark::Point, false) => "1,234.5",
        (DecimalMark::Point, true) => "1,234",
    };
    let conventions = match mark {
        DecimalMark::Comma => "el punto separa miles y la coma, decimales",
        DecimalMark::Point => "la coma separa miles y el punto, decimales",
    };
    let unit = column.unit.map(named);
    let value = quoted(text);
    let (reason, remedy) = match error {
        NumberError::NotANumber => {
            let unit = unit.map(|unit| format!(", {unit}")).unwrap_or_default();
            (format!("{value} no es un número."), format!("Escriba solo el número{unit}, como {example}."))
        }
        NumberError::Grouping => {
            (format!("{value} no calza con su columna, donde {conventions}."), format!("Escríbalo como {example}."))
        }
        NumberError::Exponent => (
            format!("{value} está en notación científica: la planilla le quitó dígitos."),
            "Dé a la columna formato de número en la planilla y guárdela de nuevo.".into(),
        ),
        NumberError::TooPrecise if whole => {
            (format!("{value} tiene decimales, y aquí va un número entero."), "Escríbalo sin decimales.".into())
        }
        NumberError::TooPrecise => (format!("{value} tiene fracciones de peso."), "Redondee el monto al peso.".into()),
        NumberError::TooLarge => {
            (format!("{value} es demasiado grande."), "Revise la celda: pueden sobrar dígitos.".into())
        }
        NumberError::OtherUnit => {
            let unit = unit.unwrap_or_default();
            (format!("{value} está en otra unidad: la columna va {unit}."), format!("Escriba el monto {unit}."))
        }
    };
    Problem::new(rule, code, reason, remedy)
}

fn named(unit: MoneyUnit) -> &'static str {
    match unit {
        MoneyUnit::Pesos => "en pesos",
        MoneyUnit::Thousands => "en miles de pesos (M$)",
        MoneyUnit::Millions => "en millones de pesos (MM$)",
    }
}

fn within<T>(column: &Column, kept: T, value: impl Fn() -> f64) -> Result<T, Problem> {
    const REMEDY: &str = "Revise la celda: puede sobrar o faltar un dígito.";
    if let Some(min) = column.min.filter(|min| value() < *min) {
        let reason = format!("El valor es menor que {}, el mínimo admitido.", spoken(min));
        return Err(Problem::new(format!("min = {min}"), "value.below_min", reason, REMEDY));
    }
    if let Some(max) = column.max.filter(|max| value() > *max) {
        let reason = format!("El valor es mayor que {}, el máximo admitido.", spoken(max));
        return Err(Problem::new(format!("max = {max}"), "value.above_max", reason, REMEDY));
    }
    Ok(kept)
}

/// A limit as it is read: `1.000.000`, `0,5`; years without a point.
fn spoken(limit: f64) -> String {
    let plain = limit.to_string();
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match plain.parse::<i64>() {
        Ok(whole) if whole.abs() < 10_000 => plain,
        Ok(whole) => integer_es(whole),
        Err(_) => decimal_es(limit, Decimals(u8::try_from(decimals).unwrap_or(u8::MAX))),
    }
}

#[expect(clippy::cast_precision_loss, reason = "only compared with the limits of a contract")]
fn approximate(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use goreos_domain::Contract;

    use super::*;

    fn column(rules: &str) -> Column {
        let contract = Contract::parse(&format!(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
             [[column]]\nname='monto'\n{rules}\n"
        ));
        contract.expect("a contract").columns.remove(0)
    }

    #[test]
    fn a_number_that_is_none_says_how_its_column_writes_them() {
        let money = column("type='money'\nunit='CLP_thousands'");
        let said = |mark, text| {
            let problem = super::money(&money, mark, text).expect_err("no amount");
            format!("{} {}", problem.reason, problem.remedy)
        };
        assert_eq!(
            said(DecimalMark::Comma, "cien"),
            "«cien» no es un número. Escriba solo el número, en miles de pesos (M$), como 1.234,5."
        );
        assert_eq!(
            said(DecimalMark::Point, "1.234.5"),
            "«1.234.5» no calza con su columna, donde la coma separa miles y el punto, decimales. Escríbalo como 1,234.5."
        );
        assert_eq!(
            said(DecimalMark::Comma, "MM$ 3"),
            "«MM$ 3» está en otra unidad: la columna va en miles de pesos (M$). Escriba el monto en miles de pesos (M$)."
        );
        assert_eq!(said(DecimalMark::Comma, "1,2345"), "«1,2345» tiene fracciones de peso. Redondee el monto al peso.");
    }

    #[test]
    fn limits_are_in_the_unit_of_the_file_and_said_as_people_read_them() {
        let money = column("type='money'\nunit='CLP_thousands'\nmin=0.5\nmax=1500000");
        assert_eq!(super::money(&money, DecimalMark::Comma, "1.500.000").expect("within"), 1_500_000_000);
        let above = super::money(&money, DecimalMark::Comma, "1.500.001").expect_err("above");
        assert_eq!(
            (above.code, above.reason.as_str()),
            ("value.above_max", "El valor es mayor que 1.500.000, el máximo admitido.")
        );
        let below = super::money(&money, DecimalMark::Comma, "0").expect_err("below");
        assert_eq!(
            (below.code, below.reason.as_str()),
            ("value.below_min", "El valor es menor que 0,5, el mínimo admitido.")
        );
    }

    #[test]
    fn a_real_number_is_finite() {
        let real = column("type='real'");
        for text in ["NaN", "Inf", "-inf", "1e999"] {
            assert_eq!(
                super::real(&real, DecimalMark::Point, text).expect_err("none").code,
                "value.not_real",
                "{text}"
            );
        }
    }
}
