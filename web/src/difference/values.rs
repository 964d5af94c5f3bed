//! Values of tables as people in Chile read them.

use chrono::NaiveDate;
use goreos_db::difference::Values;
use goreos_domain::{date_es, integer_es};

/// The longest value shown in a table, in characters.
const LONGEST: usize = 160;

/// A value as PostgreSQL writes it, for people. Whole numbers stay as they are: most are years and codes.
pub(super) fn written(values: Values, text: &str) -> String {
    match values {
        Values::Money => text.parse::<i64>().map_or_else(|_| text.to_owned(), integer_es),
        _ => plain(values, text),
    }
}

/// The same for a spreadsheet, which writes thousands itself.
pub(super) fn plain(values: Values, text: &str) -> String {
    match values {
        Values::Real => text.replace('.', ","),
        Values::Date => text.parse::<NaiveDate>().map_or_else(|_| text.to_owned(), date_es),
        Values::Bool => if text == "true" { "Sí" } else { "No" }.to_owned(),
        Values::Text | Values::Whole | Values::Money => text.to_owned(),
    }
}

/// Cut where a table would become unreadable.
pub(super) fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reads_as_in_chile() {
        for (values, text, shown) in [
            (Values::Money, "52800000", "52.800.000"),
            (Values::Whole, "2024", "2024"),
            (Values::Real, "-0.5", "-0,5"),
            (Values::Date, "2026-03-04", "04-03-2026"),
            (Values::Date, "infinity", "infinity"),
            (Values::Bool, "true", "Sí"),
            (Values::Bool, "false", "No"),
            (Values::Text, "1.5", "1.5"),
        ] {
            assert_eq!(written(values, text), shown);
        }
        assert_eq!(plain(Values::Money, "52800000"), "52800000");
        assert_eq!(shortened("ñ".repeat(161)).chars().count(), 161);
        assert_eq!(shortened("corto".into()), "corto");
    }
}
