//! Numbers, amounts and dates as people in Chile read them (es-CL).

use chrono::{DateTime, NaiveDate, TimeZone};

/// How many decimals to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimals(pub u8);

/// `1234567` → `1.234.567`.
pub fn integer_es(value: impl Into<i128>) -> String {
    let value = value.into();
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", group(&value.unsigned_abs().to_string()))
}

fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1234567.84` with one decimal → `1.234.567,8`. Not-a-number shows as a dash.
pub fn decimal_es(value: f64, decimals: Decimals) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let plain = format!("{:.*}", usize::from(decimals.0), value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let zero = plain.bytes().all(|b| b == b'0' || b == b'.');
    let sign = if value < 0.0 && !zero { "-" } else { "" };
    let whole = group(whole);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole},{fraction}") }
}

/// Pesos as thousands of pesos, rounded half away from zero: `817390500` → `M$ 817.391`.
pub fn thousands_of_pesos(pesos: impl Into<i128>) -> String {
    let pesos = pesos.into();
    format!("M$ {}", integer_es(pesos / 1000 + pesos % 1000 / 500))
}

/// `04-03-2026`.
pub fn date_es(date: NaiveDate) -> String {
    date.format("%d-%m-%Y").to_string()
}

/// `04-03-2026 09:05`, in the zone the caller converted to.
pub fn moment_es<Z: TimeZone>(moment: &DateTime<Z>) -> String
where
    Z::Offset: std::fmt::Display,
{
    moment.format("%d-%m-%Y %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_chile() {
        assert_eq!(integer_es(1_234_567), "1.234.567");
        assert_eq!(integer_es(-1_000), "-1.000");
        assert_eq!(integer_es(999), "999");
        assert_eq!(decimal_es(1_234_567.84, Decimals(1)), "1.234.567,8");
        assert_eq!(decimal_es(-0.04, Decimals(1)), "0,0");
        assert_eq!(decimal_es(f64::NAN, Decimals(1)), "–");
        assert_eq!(thousands_of_pesos(817_390_500), "M$ 817.391");
        assert_eq!(thousands_of_pesos(-500), "M$ -1");
        assert_eq!(thousands_of_pesos(i64::MAX), "M$ 9.223.372.036.854.776");
        assert_eq!(thousands_of_pesos(i64::MIN), "M$ -9.223.372.036.854.776");
        assert_eq!(decimal_es(1e19, Decimals(0)), "10.000.000.000.000.000.000");
        assert_eq!(date_es(NaiveDate::from_ymd_opt(2026, 3, 4).expect("a date")), "04-03-2026");
    }
}
