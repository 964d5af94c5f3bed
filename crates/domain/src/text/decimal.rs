//! Which decimal mark a column of numbers uses, by the numbers themselves.

use crate::DecimalMark;

/// A number that can be read one way only weighs as much as so many that can be read both ways.
const STRONG: u64 = 10;

/// What the numbers of a column say of their decimal mark. One column has one convention, never one per cell.
///
/// `1.234,5`, `12,5`, `2.800.000` and `0.500` can be read one way only. `2.800` can be read both ways, and is most often two
/// thousand eight hundred: a weak vote for the point as the mark of thousands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DecimalEvidence {
    comma: u64,
    point: u64,
    weak_comma: u64,
    weak_point: u64,
}

impl DecimalEvidence {
    /// Looks at a cell; what is no number with a mark says nothing.
    pub fn see(&mut self, cell: &str) {
        match vote(cell) {
            Some((DecimalMark::Comma, true)) => self.comma += 1,
            Some((DecimalMark::Point, true)) => self.point += 1,
            Some((DecimalMark::Comma, false)) => self.weak_comma += 1,
            Some((DecimalMark::Point, false)) => self.weak_point += 1,
            None => {}
        }
    }

    /// Adds what other cells said, as those of another column.
    pub fn add(&mut self, other: Self) {
        self.comma += other.comma;
        self.point += other.point;
        self.weak_comma += other.weak_comma;
        self.weak_point += other.weak_point;
    }

    /// The decimal mark, when the cells tell. A few odd cells do not outweigh many: they are the ones to be refused.
    pub fn mark(&self) -> Option<DecimalMark> {
        let (comma, point) = (self.comma * STRONG + self.weak_comma, self.point * STRONG + self.weak_point);
        match comma.cmp(&point) {
            std::cmp::Ordering::Greater => Some(DecimalMark::Comma),
            std::cmp::Ordering::Less => Some(DecimalMark::Point),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Numbers that say decimal comma, and numbers that say decimal point.
    pub fn votes(&self) -> (u64, u64) {
        (self.comma + self.weak_comma, self.point + self.weak_point)
    }
}

/// The decimal mark a cell speaks for, and whether it can be read one way only.
fn vote(cell: &str) -> Option<(DecimalMark, bool)> {
    let number = bare(cell)?;
    let marks: Vec<(usize, u8)> = number.bytes().enumerate().filter(|(_, byte)| matches!(byte, b',' | b'.')).collect();
    let &(last, mark) = marks.last()?;
    let decimal = |mark: u8| if mark == b',' { DecimalMark::Comma } else { DecimalMark::Point };
    let other = |mark: u8| if mark == b',' { DecimalMark::Point } else { DecimalMark::Comma };
    let digits_after = number.len() - last - 1;
    if let [(at, _)] = marks.as_slice() {
        // `0.500` and `1234.567` are no thousands.
        let groups = digits_after == 3 && (1..=3).contains(at) && !number.starts_with('0');
        return Some(if groups { (other(mark), false) } else { (decimal(mark), true) }).filter(|_| digits_after > 0);
    }
    let group = marks.first()?.1;
    let grouped = |whole: &str| {
        let mut parts = whole.split(char::from(group));
        let leads = parts.next().is_some_and(|first| (1..=3).contains(&first.len()) && !first.starts_with('0'));
        leads && parts.all(|part| part.len() == 3)
    };
    if group == mark {
        // A date such as 16.09.2025 has groups of other sizes.
        let same = marks.iter().all(|(_, other)| *other == mark);
        return (same && grouped(number)).then(|| (other(mark), true));
    }
    let once = marks[..marks.len() - 1].iter().all(|(_, other)| *other == group);
    (once && digits_after > 0 && grouped(&number[..last])).then(|| (decimal(mark), true))
}

/// The digits and marks of a number, without sign, currency or percent.
fn bare(cell: &str) -> Option<&str> {
    let is_mark = |byte: u8| matches!(byte, b',' | b'.');
    // Most cells are no number with a mark, and most of those that are begin with a digit.
    let first = cell.bytes().find(|byte| !byte.is_ascii_whitespace())?;
    if first.is_ascii_alphabetic() && !matches!(first, b'M' | b'm' | b'C' | b'c') || !cell.bytes().any(is_mark) {
        return None;
    }
    let trimmed = cell.trim().trim_start_matches(['-', '−', '–', '+', '(']).trim_end_matches([')', '%', ' ']);
    // `$5.000.-` and `5.000-`.
    let trimmed = trimmed.strip_suffix(".-").or_else(|| trimmed.strip_suffix('-')).unwrap_or(trimmed).trim();
    let upper = trimmed.get(..4.min(trimmed.len())).unwrap_or_default().to_ascii_uppercase();
    let skipped = ["MM$", "M$", "CLP", "$"].iter().find(|unit| upper.starts_with(**unit)).map_or(0, |unit| unit.len());
    let number = trimmed[skipped..].trim_start().trim_start_matches(['-', '−', '–']).trim();
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || is_mark(byte));
    (plain && number.bytes().any(|byte| byte.is_ascii_digit())).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse_decimal;

    fn mark(cells: &[&str]) -> Option<DecimalMark> {
        let mut evidence = DecimalEvidence::default();
        for cell in cells {
            evidence.see(cell);
        }
        evidence.mark()
    }

    #[test]
    fn numbers_that_read_one_way_only_decide() {
        for cell in [
            "1.234,5",
            "12,5",
            "-0,500",
            "$2.800.000",
            "M$ 1.234,5",
            "1234,567",
            "(120,5)",
            "12,5 %",
            "1,5",
            ",5",
            "$2.800.000.-",
            "12,5-",
        ] {
            assert_eq!(mark(&[cell]), Some(DecimalMark::Comma), "{cell}");
        }
        for cell in ["1,234.5", "24064.0", "0.500", "$1,234,567", "MM$12.5", "-36.6217", "CLP 1,234.50", "- 5.25"] {
            assert_eq!(mark(&[cell]), Some(DecimalMark::Point), "{cell}");
        }
    }

    #[test]
    fn thousands_speak_softly_and_the_rest_not_at_all() {
        assert_eq!(mark(&["2.800"]), Some(DecimalMark::Comma));
        assert_eq!(mark(&["$24,064", "M$817,390"]), Some(DecimalMark::Point));
        for cell in [
            "16.09.2025",
            "20.7.23",
            "1143/ 11.12.2024",
            "12.345.678-5",
            "",
            "#REF!",
            "5",
            "2024",
            ".",
            "1.",
            "1,2.3",
            "12.34,5",
            "s/i",
            "33.01.002",
        ] {
            assert_eq!(mark(&[cell]), None, "{cell}");
        }
    }

    #[test]
    fn a_column_has_one_convention_whatever_some_cells_say() {
        assert_eq!(mark(&["2.800", "-36.6217", "-72.103"]), Some(DecimalMark::Point));
        assert_eq!(mark(&["2.800", "2.801", "12,5"]), Some(DecimalMark::Comma));
        let mut many = vec!["2.800"; 50];
        many.push("12.5");
        assert_eq!(mark(&many), Some(DecimalMark::Comma), "one odd cell is the one to be refused");
        assert_eq!(mark(&["12.5", "12,5"]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_number_is_never_taken_for_the_mark_it_cannot_be_read_with(
            cell in "[(-]?[0-9]{1,4}([.,][0-9]{1,4}){1,3}", other in ".*",
        ) {
            let (comma, point) = (parse_decimal(&cell, DecimalMark::Comma), parse_decimal(&cell, DecimalMark::Point));
            match mark(&[&cell]) {
                Some(DecimalMark::Comma) => prop_assert!(comma.is_ok() || point.is_err(), "{}", cell),
                Some(DecimalMark::Point) => prop_assert!(point.is_ok() || comma.is_err(), "{}", cell),
                None => prop_assert!(comma.is_err() && point.is_err(), "{}", cell),
            }
            mark(&[&other]);
        }

        #[test]
        fn numbers_written_one_way_are_read_that_way(values in proptest::collection::vec(-99_999_999_i64..99_999_999, 3..20)) {
            for (decimal, group, expected) in [(',', '.', DecimalMark::Comma), ('.', ',', DecimalMark::Point)] {
                let written: Vec<String> = values
                    .iter()
                    .map(|value| {
                        let (sign, whole) = (if *value < 0 { "-" } else { "" }, (value.abs() / 100).to_string());
                        let mut grouped = String::new();
                        for (place, digit) in whole.chars().enumerate() {
                            if place > 0 && (whole.len() - place) % 3 == 0 {
                                grouped.push(group);
                            }
                            grouped.push(digit);
                        }
                        format!("{sign}{grouped}{decimal}{:02}", value.abs() % 100)
                    })
                    .collect();
                let cells: Vec<&str> = written.iter().map(String::as_str).collect();
                prop_assert_eq!(mark(&cells), Some(expected), "{:?}", cells);
            }
        }
    }
}
