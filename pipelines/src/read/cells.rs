//! The cells of a stretch of rows, as text.

use std::collections::HashMap;

/// Cells row by row, one text behind the other: a row costs no allocation.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Cells {
    text: String,
    /// Where each cell ends in `text`; the next begins there.
    ends: Vec<usize>,
    columns: usize,
}

impl Cells {
    /// For rows of so many cells.
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Those of some rows, each as long as the first.
    #[cfg(test)]
    pub(crate) fn of_rows<S: AsRef<str>>(rows: &[impl AsRef<[S]>]) -> Self {
        let mut cells = Self::new(rows.first().map_or(0, |row| row.as_ref().len()));
        for cell in rows.iter().flat_map(AsRef::as_ref) {
            cells.push(cell.as_ref());
        }
        cells
    }

    /// As many columns, and room for as many cells, without any.
    pub(super) fn emptied(&self) -> Self {
        Self {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(self.ends.len()),
            columns: self.columns,
        }
    }

    /// Adds the next cell.
    pub(crate) fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    /// Adds the next cells, which stand in `text` one behind the other and end there.
    pub(super) fn extend(&mut self, text: &str, ends: &[usize]) {
        let start = self.text.len();
        self.text.push_str(text);
        self.ends.extend(ends.iter().map(|end| start + end));
    }

    /// The same cells, but for those given by row and column.
    pub(crate) fn with(&self, changed: &HashMap<(usize, usize), String>) -> Self {
        let mut cells = self.emptied();
        for place in 0..self.ends.len() {
            let at = (place / self.columns, place % self.columns);
            cells.push(changed.get(&at).map_or_else(|| self.at(place), String::as_str));
        }
        cells
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes of text.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// A cell; empty when there is none.
    pub(crate) fn get(&self, column: usize, row: usize) -> &str {
        if column < self.columns { self.at(row * self.columns + column) } else { "" }
    }

    /// A column, from the first row on.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = &str> {
        let places = if column < self.columns { column..self.ends.len() } else { 0..0 };
        places.step_by(self.columns.max(1)).map(|place| self.at(place))
    }

    fn at(&self, place: usize) -> &str {
        let Some(end) = self.ends.get(place) else { return "" };
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..*end]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn cells_are_found_where_they_were_put(
            rows in proptest::collection::vec(proptest::collection::vec("[a-zñ]{0,5}", 3), 0..9),
            whole in proptest::collection::vec(any::<bool>(), 9),
        ) {
            let mut cells = Cells::new(3);
            for (row, whole) in rows.iter().zip(whole) {
                if whole {
                    let ends: Vec<usize> = (1..=3).map(|count| row[..count].concat().len()).collect();
                    cells.extend(&row.concat(), &ends);
                } else {
                    for cell in row {
                        cells.push(cell);
                    }
                }
            }
            for column in 0..3 {
                let expected: Vec<&str> = rows.iter().map(|row| row[column].as_str()).collect();
                prop_assert_eq!(cells.column(column).collect::<Vec<_>>(), expected.clone());
                let single: Vec<&str> = (0..rows.len()).map(|row| cells.get(column, row)).collect();
                prop_assert_eq!(single, expected);
            }
            prop_assert_eq!(cells.column(3).count(), 0);
            prop_assert_eq!((cells.get(3, 0), cells.get(0, rows.len())), ("", ""));
        }
    }
}
