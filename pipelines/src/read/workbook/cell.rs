//! What cells of workbooks hold, and how it is written out.

use std::borrow::Cow;

use goreos_domain::DecimalMark;

/// What a cell holds; an empty cell is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// As typed.
    Text(String),
    Number(f64),
    /// A date, a time or a truth, written out.
    Written(String),
    /// `#REF!`
    Error(String),
    /// A formula without a result.
    Formula(String),
    /// Something the format does not allow, and what.
    Unreadable(String),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn truth(value: bool) -> Self {
        Self::Written(if value { "VERDADERO" } else { "FALSO" }.into())
    }

    /// True when there is nothing to see.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    /// The cell as text, its number with that decimal mark.
    pub(super) fn written(&self, mark: DecimalMark) -> Cow<'_, str> {
        match self {
            Self::Number(value) => Cow::Owned(number(*value, mark)),
            Self::Text(text) | Self::Written(text) | Self::Error(text) => Cow::Borrowed(text),
            Self::Formula(formula) => Cow::Owned(format!("={formula}")),
            Self::Unreadable(_) => Cow::Borrowed(""),
        }
    }
}

/// The shortest digits that give the number back; of a number with a fraction the 15 that Excel shows, so that the rest of a sum in
/// binary (`24064.000000000004`) does not become a decimal that nobody wrote.
pub(super) fn number(value: f64, mark: DecimalMark) -> String {
    let mut text = value.to_string();
    if value.fract() != 0.0 && text.bytes().filter(u8::is_ascii_digit).count() > 15 {
        text = format!("{value:.14e}").parse::<f64>().unwrap_or(value).to_string();
    }
    if text == "-0" {
        text = "0".into();
    }
    match mark {
        DecimalMark::Point => text,
        DecimalMark::Comma => text.replace('.', ","),
    }
}

/// `2024-03-05T14:30:00.000` → `2024-03-05 14:30:00`; a midnight is a day: `2024-03-05`.
pub(super) fn moment(iso: &str) -> String {
    let Some((day, time)) = iso.trim().split_once(['T', ' ']) else { return iso.trim().to_owned() };
    let time = time.trim_end_matches('Z');
    let time = time.split_once('.').map_or(time, |(whole, _)| whole);
    if time.bytes().all(|byte| matches!(byte, b'0' | b':')) { day.to_owned() } else { format!("{day} {time}") }
}

/// `PT14H30M00S` → `14:30:00`; hours may pass 24.
pub(super) fn duration(iso: &str) -> String {
    let parts = iso.trim().strip_prefix("PT").and_then(|rest| {
        let (hours, rest) = rest.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        let seconds = rest.strip_suffix('S')?;
        let seconds = seconds.split_once(['.', ',']).map_or(seconds, |(whole, _)| whole);
        Some((hours.parse().ok()?, minutes.parse().ok()?, seconds.parse().ok()?))
    });
    parts.map_or_else(|| iso.to_owned(), |(hours, minutes, seconds)| clock(hours, minutes, seconds))
}

/// `14:30:00`
pub(super) fn clock(hours: u64, minutes: u64, seconds: u64) -> String {
    format!("{hours:02}:{minutes:02}:{seconds:02}")
}

/// `0` → `A`, `27` → `AB`.
pub(super) fn column_name(column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(b'A' + u8::try_from((left - 1) % 26).unwrap_or(0));
        left = (left - 1) / 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_sheet_shows_them() {
        let written = |value| (number(value, DecimalMark::Point), number(value, DecimalMark::Comma));
        let both = |point: &str, comma: &str| (point.to_owned(), comma.to_owned());
        assert_eq!(written(24064.0), both("24064", "24064"));
        assert_eq!(written(-72.5), both("-72.5", "-72,5"));
        assert_eq!(written(0.1 + 0.2), both("0.3", "0,3"));
        assert_eq!(written(24_064.000_000_000_004), both("24064", "24064"));
        assert_eq!(written(-36.606_123_456_789), both("-36.606123456789", "-36,606123456789"));
        assert_eq!(written(-0.0), both("0", "0"));
        assert_eq!(written(9_007_199_254_740_991.0), both("9007199254740991", "9007199254740991"));
        assert_eq!(written(1e20), both("100000000000000000000", "100000000000000000000"));
    }

    #[test]
    fn moments_of_midnight_are_days() {
        assert_eq!(moment("2024-03-05"), "2024-03-05");
        assert_eq!(moment("2024-03-05T00:00:00.000"), "2024-03-05");
        assert_eq!(moment("2024-03-05T14:30:00"), "2024-03-05 14:30:00");
        assert_eq!(duration("PT14H30M00S"), "14:30:00");
        assert_eq!(duration("PT30H05M07.5S"), "30:05:07");
        assert_eq!(duration("P1D"), "P1D");
    }

    #[test]
    fn columns_are_named_as_in_the_sheet() {
        assert_eq!([0, 25, 26, 701, 702, 16_383].map(column_name), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }
}
