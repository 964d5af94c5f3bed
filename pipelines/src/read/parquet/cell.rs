//! Values of Parquet columns as the text a CSV would have.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, TimeDelta};
use polars::prelude::{AnyValue, ArrowDataType, TimeUnit};

/// True when the values of such a column can be written in a cell.
pub(super) fn is_flat(kind: &ArrowDataType) -> bool {
    use ArrowDataType as Kind;
    matches!(
        kind,
        Kind::Null
            | Kind::Boolean
            | Kind::Int8
            | Kind::Int16
            | Kind::Int32
            | Kind::Int64
            | Kind::UInt8
            | Kind::UInt16
            | Kind::UInt32
            | Kind::UInt64
            | Kind::Float32
            | Kind::Float64
            | Kind::Date32
            | Kind::Timestamp(..)
            | Kind::Decimal(..)
            | Kind::Utf8
            | Kind::LargeUtf8
            | Kind::Utf8View
            | Kind::Binary
            | Kind::LargeBinary
            | Kind::BinaryView
    )
}

/// True when the values of such a column are bytes.
pub(super) fn is_bytes(kind: &ArrowDataType) -> bool {
    matches!(kind, ArrowDataType::Binary | ArrowDataType::LargeBinary | ArrowDataType::BinaryView)
}

/// A value as text; empty when there is none.
pub(super) fn text<'a>(value: &AnyValue<'a>) -> Cow<'a, str> {
    Cow::Owned(match value {
        AnyValue::String(text) => return Cow::Borrowed(text),
        AnyValue::StringOwned(text) => text.as_str().to_owned(),
        AnyValue::Boolean(value) => value.to_string(),
        AnyValue::Int8(value) => value.to_string(),
        AnyValue::Int16(value) => value.to_string(),
        AnyValue::Int32(value) => value.to_string(),
        AnyValue::Int64(value) => value.to_string(),
        AnyValue::UInt8(value) => value.to_string(),
        AnyValue::UInt16(value) => value.to_string(),
        AnyValue::UInt32(value) => value.to_string(),
        AnyValue::UInt64(value) => value.to_string(),
        AnyValue::Float32(value) => real(f64::from(*value), value.to_string()),
        AnyValue::Float64(value) => real(*value, value.to_string()),
        AnyValue::Decimal(value, _, scale) => decimal(*value, *scale),
        AnyValue::Date(days) => day(*days),
        AnyValue::Datetime(value, unit, zone) => moment(*value, *unit, zone.is_some()),
        AnyValue::DatetimeOwned(value, unit, zone) => moment(*value, *unit, zone.is_some()),
        AnyValue::Binary(bytes) => return Cow::Owned(bytes_text(bytes)),
        AnyValue::BinaryOwned(bytes) => bytes_text(bytes),
        _ => return Cow::Borrowed(""),
    })
}

/// The shortest digits that give the number back; what is no number is no value, as pandas writes an empty cell.
fn real(value: f64, shortest: String) -> String {
    if value.is_nan() { String::new() } else { shortest }
}

/// `123456` with scale 2 → `1234.56`.
fn decimal(value: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn day(days: i32) -> String {
    NaiveDate::default()
        .checked_add_signed(TimeDelta::days(days.into()))
        .map_or_else(|| days.to_string(), |day| day.format("%Y-%m-%d").to_string())
}

/// `2024-03-05 14:30:00`, and `Z` after it when it is an instant; a midnight without a zone is a day: `2024-03-05`.
fn moment(value: i64, unit: TimeUnit, zoned: bool) -> String {
    let moment = match unit {
        TimeUnit::Nanoseconds => Some(DateTime::from_timestamp_nanos(value)),
        TimeUnit::Microseconds => DateTime::from_timestamp_micros(value),
        TimeUnit::Milliseconds => DateTime::from_timestamp_millis(value),
    };
    let Some(moment) = moment else { return value.to_string() };
    let clock = moment.format("%H:%M:%S").to_string();
    if zoned {
        moment.format("%Y-%m-%d %H:%M:%SZ").to_string()
    } else if clock == "00:00:00" {
        moment.format("%Y-%m-%d").to_string()
    } else {
        moment.format("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// Texts that a program kept as bytes; other bytes as hexadecimal digits.
fn bytes_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(hexadecimal).collect(),
    }
}

fn hexadecimal(digit: u8) -> Option<char> {
    char::from_digit(digit.into(), 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_a_csv_would() {
        let cases = [
            (AnyValue::Null, ""),
            (AnyValue::Int64(-24_064), "-24064"),
            (AnyValue::Float64(-72.5), "-72.5"),
            (AnyValue::Float64(24_064.0), "24064"),
            (AnyValue::Float32(0.1), "0.1"),
            (AnyValue::Float64(f64::NAN), ""),
            (AnyValue::Decimal(123_456, 10, 2), "1234.56"),
            (AnyValue::Decimal(-5, 10, 2), "-0.05"),
            (AnyValue::Decimal(7, 10, 0), "7"),
            (AnyValue::Boolean(true), "true"),
            (AnyValue::Date(19_787), "2024-03-05"),
            (AnyValue::Date(i32::MAX), "2147483647"),
            (AnyValue::Datetime(1_709_649_000_000, TimeUnit::Milliseconds, None), "2024-03-05 14:30:00"),
            (AnyValue::Datetime(1_709_596_800_000_000, TimeUnit::Microseconds, None), "2024-03-05"),
            (AnyValue::String("Ñiquén"), "Ñiquén"),
            (AnyValue::Binary(b"\xff\x00"), "ff00"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(&value), expected, "{value:?}");
        }
    }
}
