//! Dates as Chilean spreadsheets write them: day, month, year.

use chrono::NaiveDate;

/// Reads `16.09.2025`, `20.7.23`, `29-10-2025`, `3/5/2021`, `2024-12-11` and `1143/ 11.12.2024` (a resolution's number, then its date).
///
/// Two-digit years are of this century. `None` when it is no date, or not one of the calendar.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let text = match text.split_once("/ ") {
        Some((number, date)) if number.trim().bytes().all(|b| b.is_ascii_digit()) => date.trim(),
        _ => text,
    };
    let separator = ['.', '-', '/'].into_iter().find(|s| text.contains(*s))?;
    let parts: Vec<&str> = text.split(separator).map(str::trim).collect();
    let &[first, month, last] = parts.as_slice() else { return None };
    if ![first, month, last].iter().all(|p| !p.is_empty() && p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let (year, day) = if first.len() == 4 && separator == '-' { (first, last) } else { (last, first) };
    let full_year = match year.len() {
        4 => year.parse().ok()?,
        2 => 2000 + year.parse::<i32>().ok()?,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(full_year, month.parse().ok()?, day.parse().ok()?).filter(|_| full_year > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_of_the_region_is_read() {
        for (text, iso) in [
            ("16.09.2025", "2025-09-16"),
            ("20.7.23", "2023-07-20"),
            ("4.11.2025", "2025-11-04"),
            ("29-10-2025", "2025-10-29"),
            ("03/05/2021", "2021-05-03"),
            ("1143/ 11.12.2024", "2024-12-11"),
            ("2024-12-11", "2024-12-11"),
        ] {
            assert_eq!(parse_date(text).map(|d| d.to_string()).as_deref(), Some(iso), "{text}");
        }
    }

    #[test]
    fn what_is_not_in_the_calendar_is_no_date() {
        for text in ["31-02-2023", "", "s/i", "12.2023", "1.1.1.1", "16.09.202", "45000", "a.b.c", "1.1.0000"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
