//! Which row of a table holds the names of its columns.

use std::collections::HashSet;

use crate::parse_date;

/// Rows looked at from the top.
const MOST_ROWS: usize = 60;

/// The row of the column names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderRow {
    /// Its place among the rows given, from 0.
    pub index: usize,
    /// Why, in Spanish.
    pub evidence: String,
}

/// The row of the column names among the first rows of a table, blank ones included: the first that is filled about as well as the rows
/// that follow, with texts, most of them different. Rows above it with few cells are a band of titles. `None` when all are blank.
pub fn find_header<S: AsRef<str>>(rows: &[Vec<S>]) -> Option<HeaderRow> {
    let seen: Vec<Filled> = rows.iter().take(MOST_ROWS).map(|row| Filled::of(row)).collect();
    let widest = seen.iter().map(|row| row.cells).max().filter(|cells| *cells > 0)?;
    // A note under the table or a stray cell is no row to measure by.
    let enough = (widest * 3).div_ceil(5).max(widest.min(2));
    let index = seen
        .iter()
        .position(|row| row.cells >= enough && row.may_name_columns())
        .or_else(|| seen.iter().position(|row| row.cells >= enough))?;
    let row = &seen[index];
    let above = seen[..index].iter().filter(|row| row.cells > 0).count();
    let named = format!("la fila {} tiene {} de {} celdas con texto", index + 1, row.texts, widest.max(row.cells));
    let evidence = match above {
        0 => named,
        1 => format!("{named}; la fila con datos que está sobre ella es un título"),
        above => format!("{named}; las {above} filas con datos que están sobre ella son títulos"),
    };
    Some(HeaderRow { index, evidence })
}

/// What stands in a row.
struct Filled {
    cells: usize,
    texts: usize,
    years: usize,
    different: usize,
}

impl Filled {
    fn of<S: AsRef<str>>(row: &[S]) -> Self {
        let cells: Vec<&str> = row.iter().map(|cell| cell.as_ref().trim()).filter(|cell| !cell.is_empty()).collect();
        Self {
            texts: cells.iter().filter(|cell| !is_value(cell)).count(),
            years: cells.iter().filter(|cell| is_year(cell)).count(),
            different: cells.iter().collect::<HashSet<_>>().len(),
            cells: cells.len(),
        }
    }

    /// Names are texts, save some years, and few are repeated; more than half of them are.
    fn may_name_columns(&self) -> bool {
        let years = self.years.min(self.cells.saturating_sub(1));
        (self.texts + years) * 10 >= self.cells * 9 && self.texts > 0 && self.different * 3 >= self.cells
    }
}

fn is_year(cell: &str) -> bool {
    cell.len() == 4
        && (cell.starts_with("19") || cell.starts_with("20"))
        && cell.bytes().all(|byte| byte.is_ascii_digit())
}

/// Numbers, amounts, dates, error cells: what a name of a column is not.
fn is_value(cell: &str) -> bool {
    let bare = cell.trim_start_matches("MM$").trim_start_matches("M$");
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    (digits > 0 && !bare.chars().any(char::is_alphabetic)) || cell.starts_with('#') || parse_date(cell).is_some()
        // Codes and identifiers, which are mostly digits.
        || (digits * 2 > cell.len() && cell.len() > 4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(text: &str) -> usize {
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(';').collect()).collect();
        find_header(&rows).expect("a header").index
    }

    #[test]
    fn a_band_of_titles_is_passed_over() {
        assert_eq!(header("codigo;monto;comuna\n1;2;Bulnes\n"), 0);
        assert_eq!(header("GASTO 2024;;;\n;;;\nCÓDIGO;MONTO;COMUNA;FECHA\nA-1;$2.800;Bulnes;16.09.2025\n"), 2);
        assert_eq!(header("Listado de iniciativas\n\nN°;NOMBRE;ENE;FEB;ENE;FEB\n1;x;2;3;4;5\n"), 2);
        assert_eq!(header("INICIATIVA;;;MONTOS;;\nCÓDIGO;NOMBRE;COMUNA;2023;2024;2025\nA-1;x;Pinto;1;2;3\n"), 1);
    }

    #[test]
    fn tables_of_texts_of_one_column_or_without_names_have_a_row_all_the_same() {
        assert_eq!(header("nombre;comuna;unidad\nPlaza;Bulnes;DIPIR\nSede;Pinto;DIPIR\n"), 0);
        assert_eq!(header("comuna\nBulnes\nPinto\n"), 0);
        assert_eq!(header("1;2;3\n4;5;6\n"), 0);
        assert_eq!(header(";CODIGO ÚNICO;AÑO PRESUPUESTARIO;ORIGEN\n;A-1;2019;FNDR\n"), 0);
        assert_eq!(find_header(&[vec!["", " "], vec![]]), None);
        assert_eq!(find_header::<&str>(&[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_row_of_names_is_found_under_any_band(
            band in 0_usize..6, columns in 3_usize..12, rows in 1_usize..20, title in "[A-Z ]{0,12}",
        ) {
            let mut table: Vec<Vec<String>> = (0..band)
                .map(|row| (0..columns).map(|place| if place == 0 && row == 0 { title.clone() } else { String::new() }).collect())
                .collect();
            table.push((0..columns).map(|place| format!("NOMBRE {place}")).collect());
            for row in 0..rows {
                table.push((0..columns).map(|place| (row * place).to_string()).collect());
            }
            prop_assert_eq!(find_header(&table).map(|found| found.index), Some(band));
        }

        #[test]
        fn a_filled_table_has_a_header(table in proptest::collection::vec(proptest::collection::vec(".{0,4}", 0..6), 0..12)) {
            let filled = table.iter().flatten().any(|cell| !cell.trim().is_empty());
            let found = find_header(&table);
            prop_assert_eq!(found.is_some(), filled);
            prop_assert!(found.is_none_or(|found| found.index < table.len()));
        }
    }
}
