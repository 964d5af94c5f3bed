//! Numbers as Chilean spreadsheets write them.

use serde::{Deserialize, Serialize};

/// Which character separates the decimals; the other one groups thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalMark {
    /// `1.234,5`
    #[serde(rename = ",")]
    Comma,
    /// `1,234.5`
    #[serde(rename = ".")]
    Point,
}

impl DecimalMark {
    fn chars(self) -> (char, char) {
        match self {
            Self::Comma => (',', '.'),
            Self::Point => ('.', ','),
        }
    }
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Letters or other signs in it.
    #[error("no es un número")]
    NotANumber,
    /// Thousands are not in groups of three, or the marks are mixed up.
    #[error("los separadores de miles o decimales no calzan")]
    Grouping,
    /// More decimals than the unit can hold.
    #[error("tiene más decimales que los que admite la unidad")]
    TooPrecise,
    /// Outside what can be stored.
    #[error("es demasiado grande")]
    TooLarge,
    /// `M$` or `MM$` in a column of another unit.
    #[error("está en otra unidad (M$ o MM$) que la columna")]
    OtherUnit,
}

/// A number without its marks: `negative`, digits before and after the decimal mark.
struct Parts {
    negative: bool,
    whole: String,
    fraction: String,
}

/// The hyphen, the minus sign and the dash that spreadsheets put for it.
const MINUS: [char; 3] = ['-', '−', '–'];

fn split(text: &str, mark: DecimalMark) -> Result<Parts, NumberError> {
    let (decimal, group) = mark.chars();
    let text = text.trim();
    let (bracketed, text) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => (true, inside),
        None => (false, text),
    };
    let (signed, text) = match text.strip_prefix(MINUS) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if signed && bracketed {
        return Err(NumberError::NotANumber);
    }
    let (whole, fraction) = text.split_once(decimal).unwrap_or((text, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let mut groups = whole.split(group);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    if !digits(first)
        || !rest.iter().all(|g| digits(g))
        || !digits(fraction)
        || (first.is_empty() && fraction.is_empty())
    {
        return Err(
            if text.chars().all(|c| c.is_ascii_digit() || c == decimal || c == group)
                && text.chars().any(|c| c.is_ascii_digit())
            {
                NumberError::Grouping
            } else {
                NumberError::NotANumber
            },
        );
    }
    // `0.500` is half a unit in the other convention, never five hundred.
    let leads = (1..=3).contains(&first.len()) && !first.starts_with('0');
    if !rest.is_empty() && (!leads || rest.iter().any(|g| g.len() != 3)) {
        return Err(NumberError::Grouping);
    }
    Ok(Parts { negative: signed || bracketed, whole: format!("{first}{}", rest.concat()), fraction: fraction.into() })
}

/// A whole number; thousands may be grouped, decimals must be zero.
pub fn parse_integer(text: &str, mark: DecimalMark) -> Result<i64, NumberError> {
    scaled(&split(text, mark)?, 0)
}

/// A real number.
pub fn parse_decimal(text: &str, mark: DecimalMark) -> Result<f64, NumberError> {
    let parts = split(text, mark)?;
    let plain = format!(
        "{}.{}",
        if parts.whole.is_empty() { "0" } else { &parts.whole },
        if parts.fraction.is_empty() { "0" } else { &parts.fraction }
    );
    let value: f64 = plain.parse().map_err(|_| NumberError::NotANumber)?;
    if value.is_infinite() {
        return Err(NumberError::TooLarge);
    }
    Ok(if parts.negative { -value } else { value })
}

/// An amount in whole pesos from a text in units of `10^power` pesos (3 for `M$`): `M$817.390`, `$ 24.064`, `-5.000`, `(120,5)`.
pub fn parse_money(text: &str, mark: DecimalMark, power: u32) -> Result<i64, NumberError> {
    let text = text.trim();
    let (negative, bare) = match text.strip_prefix(MINUS) {
        Some(rest) if rest.trim_start().starts_with(['M', 'm', '$']) => (true, rest.trim_start()),
        _ => (false, text),
    };
    let upper: String = bare.chars().take(3).collect::<String>().to_uppercase();
    let (bare, unit) = if upper.starts_with("MM$") {
        (&bare[3..], Some(6))
    } else if upper.starts_with("M$") {
        (&bare[2..], Some(3))
    } else {
        (bare.strip_prefix('$').unwrap_or(bare), None)
    };
    if unit.is_some_and(|unit| unit != power) {
        return Err(NumberError::OtherUnit);
    }
    let mut parts = split(bare, mark)?;
    if negative && parts.negative {
        return Err(NumberError::NotANumber);
    }
    parts.negative |= negative;
    scaled(&parts, power)
}

/// `whole.fraction × 10^power`, exactly.
fn scaled(parts: &Parts, power: u32) -> Result<i64, NumberError> {
    let power = power as usize;
    let fraction = parts.fraction.trim_end_matches('0');
    if fraction.len() > power {
        return Err(NumberError::TooPrecise);
    }
    let sign = if parts.negative { "-" } else { "" };
    format!("{sign}0{}{fraction:0<power$}", parts.whole).parse().map_err(|_| NumberError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_comes_in_every_dress() {
        for (text, pesos) in [
            ("M$817.390", 817_390_000),
            ("$24.064", 24_064_000),
            ("1.234.567", 1_234_567_000),
            ("817390,5", 817_390_500),
            ("-5.000", -5_000_000),
            ("-$5.000", -5_000_000),
            ("(120,5)", -120_500),
            (" $ 2.800.000 ", 2_800_000_000),
            ("0", 0),
            (",5", 500),
        ] {
            assert_eq!(parse_money(text, DecimalMark::Comma, 3), Ok(pesos), "{text}");
        }
        assert_eq!(parse_money("$24,064", DecimalMark::Point, 3), Ok(24_064_000));
    }

    #[test]
    fn money_that_cannot_be_meant_is_refused() {
        for (text, why) in [
            ("#REF!", NumberError::NotANumber),
            ("", NumberError::NotANumber),
            ("1.23", NumberError::Grouping),
            ("12.34.567", NumberError::Grouping),
            ("1,2,3", NumberError::Grouping),
            ("1,2345", NumberError::TooPrecise),
            ("MM$12", NumberError::OtherUnit),
            ("0.500", NumberError::Grouping),
            ("-$-5", NumberError::NotANumber),
            ("(-5)", NumberError::NotANumber),
            ("99999999999999999999", NumberError::TooLarge),
            ("cien", NumberError::NotANumber),
            (".", NumberError::NotANumber),
        ] {
            assert_eq!(parse_money(text, DecimalMark::Comma, 3), Err(why), "{text}");
        }
        assert_eq!(parse_money("M$12", DecimalMark::Comma, 0), Err(NumberError::OtherUnit));
    }

    #[test]
    fn integers_may_be_grouped_but_not_broken() {
        assert_eq!(parse_integer("184.739", DecimalMark::Comma), Ok(184_739));
        assert_eq!(parse_integer("2024,0", DecimalMark::Comma), Ok(2024));
        assert_eq!(parse_integer("20,5", DecimalMark::Comma), Err(NumberError::TooPrecise));
        assert_eq!(parse_decimal("-72,5", DecimalMark::Comma), Ok(-72.5));
        assert_eq!(parse_decimal("-36.62", DecimalMark::Point), Ok(-36.62));
    }
}
