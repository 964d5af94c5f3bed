//! Periods: a year, a half, a quarter or a month.

use std::fmt;

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use crate::date::month_named;
use crate::{fold, parse_date};

/// A stretch of a calendar. Written `2024`, `2024-S1`, `2024-T3`, `2024-07`; kept and compared so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    year: u16,
    part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Whole,
    /// 1 or 2.
    Half(u8),
    /// 1 to 4.
    Quarter(u8),
    /// 1 to 12.
    Month(u8),
}

/// The text names no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no es un período")]
pub struct PeriodError;

impl Period {
    /// Reads a period, in any of these styles:
    ///
    /// - `2024`: the year, from 1800 to 2199;
    /// - `2024-03`, `03-2024`, `3/2024`, `202403`, `marzo 2024`, `Marzo de 2024`, `MAR-24`, `ENE 2025`: the month;
    /// - `2024-T1`, `1T2024`, `T1 2024`, `I trimestre 2024`, `1er trimestre de 2024`, `2024-Q1`: the quarter;
    /// - `2024-S2`, `2S2024`, `2° semestre 2024`, `segundo semestre 2024`: the half;
    /// - `2024-03-01`, `01-03-2024`: the month that begins that day, as Excel writes `mar-24`. No other day is a period.
    ///
    /// `2024-3` may be a month, a quarter or a half, and is refused.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, PeriodError> {
        let text = text.trim();
        read(text).ok_or(PeriodError)
    }

    /// The year it lies in.
    pub fn year(self) -> i32 {
        i32::from(self.year)
    }
}

fn read(text: &str) -> Option<Period> {
    if text.len() > 60 || !text.starts_with(char::is_alphanumeric) || !text.chars().all(is_used) {
        return None;
    }
    if let Some(year) = year(text) {
        return whole(year);
    }
    // A year that passed through a column of decimals.
    if let Some(year) = text.strip_suffix(".0").or_else(|| text.strip_suffix(",0")).and_then(year) {
        return whole(year);
    }
    if let Some(date) = parse_date(text) {
        return (date.day() == 1).then(|| month(u32::try_from(date.year()).ok()?, date.month())).flatten();
    }
    let words = words(text);
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [year_alone] if year_alone.len() == 4 => whole(year(year_alone)?),
        [run] if run.len() == 6 => month(year(run.get(..4)?)?, digits(run.get(4..)?)?),
        [first, second] => of_two(first, second),
        [first, second, third] => of_three(first, second, third),
        _ => None,
    }
}

/// Signs in a period: no sign of a number or of a formula.
fn is_used(c: char) -> bool {
    c.is_alphanumeric()
        || c.is_whitespace()
        || matches!(c, '-' | '–' | '/' | '.' | ',' | ':' | '_' | '\'' | '’' | '°' | 'º' | 'ª')
}

/// Folded words and runs of digits, without what only joins them: `1er trimestre de 2024` → `1`, `TRIMESTRE`, `2024`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold(&text.replace(['º', 'ª', '°'], " ")).split([' ', '_']) {
        let mut digits = None;
        for c in word.chars() {
            if digits == Some(c.is_ascii_digit())
                && let Some(last) = words.last_mut()
            {
                last.push(c);
            } else {
                words.push(c.into());
            }
            digits = Some(c.is_ascii_digit());
        }
    }
    words.retain(|word| !matches!(word.as_str(), "DE" | "DEL" | "ANO" | "ER" | "DO" | "RO" | "TO"));
    words
}

fn of_two(first: &str, second: &str) -> Option<Period> {
    if let Some(named) = month_named(first) {
        return month(year(second).or_else(|| short_year(second))?, named);
    }
    if let Some(named) = month_named(second) {
        return month(year(first)?, named);
    }
    match (year(first), year(second)) {
        (Some(year), None) if second.len() == 2 => month(year, digits(second)?),
        (None, Some(year)) if first.len() <= 2 => month(year, digits(first)?),
        _ => None,
    }
}

fn of_three(first: &str, second: &str, third: &str) -> Option<Period> {
    let (year, unit, count) = match (year(first), year(third)) {
        (Some(year), None) => (year, second, third),
        (None, found) => (found.or_else(|| short_year(third))?, first, second),
        _ => return None,
    };
    let (parts, number) = unit_of(unit).map(|parts| (parts, count)).or_else(|| Some((unit_of(count)?, unit)))?;
    let number = ordinal(number).filter(|number| *number <= parts)?;
    let part = if parts == 2 { Part::Half(number) } else { Part::Quarter(number) };
    Some(Period { year: u16::try_from(year).ok()?, part })
}

/// Into how many parts the word cuts a year.
fn unit_of(word: &str) -> Option<u8> {
    match word {
        "T" | "Q" | "TRIM" | "TRIMESTRE" => Some(4),
        "S" | "SEM" | "SEMESTRE" => Some(2),
        _ => None,
    }
}

fn ordinal(word: &str) -> Option<u8> {
    match word {
        "1" | "01" | "I" | "PRIMER" | "PRIMERO" => Some(1),
        "2" | "02" | "II" | "SEGUNDO" => Some(2),
        "3" | "03" | "III" | "TERCER" | "TERCERO" => Some(3),
        "4" | "04" | "IV" | "CUARTO" => Some(4),
        _ => None,
    }
}

fn whole(year: u32) -> Option<Period> {
    Some(Period { year: u16::try_from(year).ok()?, part: Part::Whole })
}

fn month(year: u32, month: u32) -> Option<Period> {
    let month = u8::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
    let year = u16::try_from(year).ok().filter(|year| (1800..2200).contains(year))?;
    Some(Period { year, part: Part::Month(month) })
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn year(text: &str) -> Option<u32> {
    digits(text).filter(|year| text.len() == 4 && (1800..2200).contains(year))
}

/// `24`, after a word: of this century.
fn short_year(text: &str) -> Option<u32> {
    digits(text).filter(|_| text.len() == 2).map(|year| 2000 + year)
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = self.year;
        match self.part {
            Part::Whole => write!(f, "{year:04}"),
            Part::Half(half) => write!(f, "{year:04}-S{half}"),
            Part::Quarter(quarter) => write!(f, "{year:04}-T{quarter}"),
            Part::Month(month) => write!(f, "{year:04}-{month:02}"),
        }
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;
    fn try_from(text: String) -> Result<Self, PeriodError> {
        Self::parse(&text)
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_read_however_it_is_written() {
        for (text, kept) in [
            ("2024", "2024"),
            ("Año 2024", "2024"),
            ("2024.0", "2024"),
            ("2024-03", "2024-03"),
            ("03-2024", "2024-03"),
            ("3/2024", "2024-03"),
            ("202403", "2024-03"),
            ("marzo 2024", "2024-03"),
            ("Marzo de 2024", "2024-03"),
            ("2024 marzo", "2024-03"),
            ("MAR-24", "2024-03"),
            ("mar.-24", "2024-03"),
            ("Sept'23", "2023-09"),
            ("ENE 2025", "2025-01"),
            ("01-03-2024", "2024-03"),
            ("2024-03-01 00:00:00", "2024-03"),
            ("2024-T1", "2024-T1"),
            ("1T2024", "2024-T1"),
            ("T1 2024", "2024-T1"),
            ("2024-Q4", "2024-T4"),
            ("I trimestre 2024", "2024-T1"),
            ("III Trimestre de 2024", "2024-T3"),
            ("1er trimestre 2024", "2024-T1"),
            ("Trim. 2 2024", "2024-T2"),
            ("2T24", "2024-T2"),
            ("2024-S2", "2024-S2"),
            ("2S2024", "2024-S2"),
            ("2° semestre 2024", "2024-S2"),
            ("2º Semestre del 2024", "2024-S2"),
            ("segundo semestre 2024", "2024-S2"),
        ] {
            assert_eq!(Period::parse(text).map(|period| period.to_string()), Ok(kept.into()), "{text}");
        }
    }

    #[test]
    fn what_may_mean_two_periods_is_none() {
        for text in [
            "",
            "24",
            "2024-3",
            "2024-13",
            "13-2024",
            "00-2024",
            "-2024",
            "2.024",
            "1700",
            "2024-03-15",
            "5T2024",
            "3S2024",
            "2024-2025",
            "2024T",
            "marzo",
            "trimestre 2024",
            "I 2024",
            "#REF!",
            "45000",
            "2024-T",
            "999999",
            "=2024",
            "03-24",
        ] {
            assert_eq!(Period::parse(text), Err(PeriodError), "{text}");
        }
    }
}
