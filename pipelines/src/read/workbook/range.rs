//! The stretch of a sheet that holds the table: `B3:K200`.

use goreos_domain::Fault;

/// Rows count from 1 and columns from 0; all ends belong to it. An end that is not said has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first_row: u32,
    pub(super) last_row: u32,
    pub(super) first_column: u32,
    pub(super) last_column: u32,
}

impl Range {
    /// The whole sheet.
    pub(super) const SHEET: Self = Self { first_row: 1, last_row: u32::MAX, first_column: 0, last_column: u32::MAX };

    /// Reads `B3:K200`, `$B$3:$K$200`, and `B3:K` and `B:K`, which go on to the last row.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = || {
            Fault::give_up(
                "sheet.range",
                format!("El rango «{text}» del contrato no se entiende."),
                "Escríbalo como en Excel, con la fila de encabezados incluida: range = \"B3:K200\".",
            )
        };
        let (from, to) = text.trim().split_once(':').ok_or_else(wrong)?;
        let (first_column, first_row) = corner(from).ok_or_else(wrong)?;
        let (last_column, last_row) = corner(to).ok_or_else(wrong)?;
        let range = Self {
            first_row: first_row.unwrap_or(1),
            last_row: last_row.unwrap_or(u32::MAX),
            first_column,
            last_column,
        };
        if range.first_row > range.last_row || range.first_column > range.last_column {
            return Err(wrong());
        }
        Ok(range)
    }

    pub(super) fn has_column(self, column: u32) -> bool {
        (self.first_column..=self.last_column).contains(&column)
    }
}

/// A column, and a row when one is said.
fn corner(text: &str) -> Option<(u32, Option<u32>)> {
    let bare = text.trim().replace('$', "");
    let digits = bare.find(|c: char| c.is_ascii_digit()).unwrap_or(bare.len());
    let (letters, row) = bare.split_at(digits);
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return None;
    }
    let column =
        letters.bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1) - 1;
    let row = if row.is_empty() { None } else { Some(row.parse().ok().filter(|row| *row > 0)?) };
    Some((column, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_as_in_the_sheet() {
        let range = |first_row, last_row, first_column, last_column| {
            Ok(Range { first_row, last_row, first_column, last_column })
        };
        assert_eq!(Range::parse("B3:K200"), range(3, 200, 1, 10));
        assert_eq!(Range::parse(" $b$3:$k$200"), range(3, 200, 1, 10));
        assert_eq!(Range::parse("B3:XFD"), range(3, u32::MAX, 1, 16_383));
        assert_eq!(Range::parse("B:B"), range(1, u32::MAX, 1, 1));
        for text in ["", "B3", "3:4", "K3:B9", "B9:K3", "B0:K9", "BBBB1:C2", "B3:K2x", "Ñ3:Z9"] {
            assert_eq!(Range::parse(text).map_err(|fault| fault.code), Err("sheet.range".into()), "{text}");
        }
    }
}
