//! Dates as Chilean spreadsheets write them: day, month, year.

use chrono::{NaiveDate, NaiveTime};

use crate::fold;

/// Reads a day, in any of these styles:
///
/// - `16.09.2025`, `20.7.23`, `29-10-2025`, `3/5/2021`: day, month, year;
/// - `2024-12-11`, `2024/12/11`: year first when it has four digits;
/// - `2024-12-11T10:30:00Z`, `16-09-2025 0:00:00`: a time after it is passed over, and no zone moves the day;
/// - `3 de marzo de 2024`, `lunes 3 de marzo del 2024`, `3-mar-24`: the month by its name;
/// - `1143/ 11.12.2024`, `1143/11.12.2024`: the number of a resolution, then its date. The number is passed over; a contract that
///   wants both takes the column as text.
///
/// Two-digit years are of this century. Excel's serial numbers (`45000`) and runs of digits (`20240311`) are numbers, not dates:
/// nothing in them says which. `None` when it is no date, or not one of the calendar.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    match plain(text) {
        Some(date) => date,
        None => any_date(text),
    }
}

/// `16-09-2025` and `2025-09-16` with any mark, as most cells have it: the day, or that there is none. `None` for what is written
/// otherwise.
#[expect(clippy::option_option, reason = "not of this form, and of this form but not in the calendar, are two things")]
fn plain(text: &str) -> Option<Option<NaiveDate>> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let marks =
        |first: usize, second: usize| bytes[first] == bytes[second] && matches!(bytes[first], b'.' | b'-' | b'/');
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0, |value, b| b.is_ascii_digit().then(|| value * 10 + u32::from(b - b'0')))
    };
    let (year, month, day) = if marks(2, 5) {
        (number(6, 10)?, number(3, 5)?, number(0, 2)?)
    } else if marks(4, 7) {
        (number(0, 4)?, number(5, 7)?, number(8, 10)?)
    } else {
        return None;
    };
    Some(i32::try_from(year).ok().filter(|year| *year > 0).and_then(|year| NaiveDate::from_ymd_opt(year, month, day)))
}

fn any_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if text.len() > 60 {
        return None;
    }
    day(text).or_else(|| {
        let (number, date) = text.split_once('/')?;
        let number = number.trim();
        (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then(|| day(date.trim())).flatten()
    })
}

fn day(text: &str) -> Option<NaiveDate> {
    let bare = without_time(text);
    in_digits(bare).or_else(|| in_words(bare))
}

/// `2024-12-11T10:30:00Z` → `2024-12-11`; what follows a date and is no time of day stays.
fn without_time(text: &str) -> &str {
    let Some(at) = text.find(':') else { return text };
    let Some(start) = text[..at].rfind(['T', 't', ' ', '\u{a0}']) else { return text };
    let time = text[start..].trim_start_matches(['T', 't', ' ', '\u{a0}']);
    if is_time(time) { text[..start].trim_end() } else { text }
}

/// `10:30`, `10:30:00.25`, `10:30:00 p. m.`, `10:30:00Z`, `10:30:00-03:00`, `10:30:00+00`.
fn is_time(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')).unwrap_or(text.len());
    let (clock, rest) = text.split_at(end);
    // `10:30:00.` stands before ` p. m.` at times.
    let clock = clock.trim_end_matches('.');
    let known = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"].iter().any(|form| NaiveTime::parse_from_str(clock, form).is_ok());
    let zone = |rest: &str| {
        rest.strip_prefix(['+', '-']).is_some_and(|digits| {
            matches!(digits.len(), 2..=5) && digits.bytes().all(|b| b.is_ascii_digit() || b == b':')
        })
    };
    let rest = rest.trim();
    known
        && (rest.is_empty()
            || rest.eq_ignore_ascii_case("z")
            || zone(rest)
            || matches!(fold(rest).as_str(), "A M" | "P M" | "AM" | "PM" | "HRS" | "H"))
}

/// Three numbers between two equal marks.
fn in_digits(text: &str) -> Option<NaiveDate> {
    let mark = ['.', '-', '/'].into_iter().find(|mark| text.contains(*mark))?;
    let mut parts = text.split(mark).map(str::trim);
    let (first, month, last) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    day_of(day, number(month, 2)?, year)
}

/// The month by its name, between the day and the year.
fn in_words(text: &str) -> Option<NaiveDate> {
    if !text.contains(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let folded = fold(text);
    let mut words = folded.split(' ').filter(|word| !matches!(*word, "DE" | "DEL")).peekable();
    words.next_if(|word| {
        matches!(*word, "LUNES" | "MARTES" | "MIERCOLES" | "JUEVES" | "VIERNES" | "SABADO" | "DOMINGO")
    });
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    // `1º` of the month; fold keeps the letter of an ordinal.
    let day = day.trim_end_matches(['º', 'ª']);
    if words.next().is_some() {
        return None;
    }
    day_of(day, month_named(month)?, year)
}

fn day_of(day: &str, month: u32, year: &str) -> Option<NaiveDate> {
    let year = match year.len() {
        4 => number(year, 4)?,
        2 => 2000 + number(year, 2)?,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, number(day, 2)?).filter(|_| year > 0)
}

/// A run of at most so many digits.
fn number(text: &str, most: usize) -> Option<u32> {
    ((1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// The month of a folded name: whole, or its first three or four letters; also Excel's English ones.
pub(crate) fn month_named(folded: &str) -> Option<u32> {
    const NAMES: [&[&str]; 12] = [
        &["ENE", "ENERO", "JAN"],
        &["FEB", "FEBRERO"],
        &["MAR", "MARZO"],
        &["ABR", "ABRIL", "APR"],
        &["MAY", "MAYO"],
        &["JUN", "JUNIO"],
        &["JUL", "JULIO"],
        &["AGO", "AGOSTO", "AUG"],
        &["SEP", "SEPT", "SET", "SEPTIEMBRE", "SETIEMBRE"],
        &["OCT", "OCTUBRE"],
        &["NOV", "NOVIEMBRE"],
        &["DIC", "DICIEMBRE", "DEC"],
    ];
    let (month, _) = (1..).zip(NAMES).find(|(_, names)| names.contains(&folded))?;
    Some(month)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn the_quick_way_says_what_the_general_one_says(text in prop_oneof![
            "[0-9]{2}[-./][0-9]{2}[-./][0-9]{4}",
            "[0-3][0-9]([-./])[01][0-9][-./][0-9]{4}",
            "[0-2][0-9]{3}[-./][01][0-9][-./][0-3][0-9]",
            "[0-9./:-]{10}",
            "[0-9]{1,4}/ ?[0-9]{1,2}[.-][0-9]{1,2}[.-][0-9]{2,4}",
        ]) {
            prop_assert_eq!(parse_date(&text), any_date(&text), "{}", text);
        }
    }

    #[test]
    fn every_style_of_the_region_is_read() {
        for (text, iso) in [
            ("16.09.2025", "2025-09-16"),
            ("20.7.23", "2023-07-20"),
            ("4.11.2025", "2025-11-04"),
            ("06.11.25", "2025-11-06"),
            ("29-10-2025", "2025-10-29"),
            ("03/05/2021", "2021-05-03"),
            ("1143/ 11.12.2024", "2024-12-11"),
            ("1143/11.12.2024", "2024-12-11"),
            ("1143 / 11-12-2024", "2024-12-11"),
            ("1143/ 11/12/2024", "2024-12-11"),
            ("2024-12-11", "2024-12-11"),
            ("2024/12/11", "2024-12-11"),
            ("2024-12-11T10:30:00Z", "2024-12-11"),
            ("2024-12-11 23:59:59.999", "2024-12-11"),
            ("2024/12/11 23:30:00-03", "2024-12-11"),
            ("16-09-2025 0:00", "2025-09-16"),
            ("16/09/2025 12:00:00 a. m.", "2025-09-16"),
            ("3 de marzo de 2024", "2024-03-03"),
            ("Lunes 03 de Marzo del 2024", "2024-03-03"),
            ("3-mar-24", "2024-03-03"),
            ("1º de septiembre de 2024", "2024-09-01"),
        ] {
            assert_eq!(parse_date(text).map(|d| d.to_string()).as_deref(), Some(iso), "{text}");
        }
    }

    #[test]
    fn what_is_not_in_the_calendar_is_no_date() {
        for text in [
            "31-02-2023",
            "",
            "s/i",
            "12.2023",
            "1.1.1.1",
            "16.09.202",
            "45000",
            "20240311",
            "a.b.c",
            "1.1.0000",
            "31 de junio de 2024",
            "marzo de 2024",
            "2024-12-11 25:00",
            "2024-12-11T",
            "3 de marzo",
            "1143/",
            "1-1-2024 x",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
