//! Text that a spreadsheet would calculate.

use std::borrow::Cow;

/// The cell with an apostrophe before it when a spreadsheet would take it for a formula; numbers stay numbers.
pub fn defused(cell: &str) -> Cow<'_, str> {
    const TRIGGERS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];
    let is_number =
        cell.strip_prefix(['-', '+']).unwrap_or(cell).bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    if cell.starts_with(TRIGGERS) && !is_number { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_defused_and_a_number_is_left_alone() {
        for formula in ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"] {
            assert_eq!(defused(formula), format!("'{formula}"));
        }
        for harmless in ["-1.234,5", "-5.000", "+56", "-", "Chillán", "1=1", ""] {
            assert_eq!(defused(harmless), harmless);
        }
    }
}
