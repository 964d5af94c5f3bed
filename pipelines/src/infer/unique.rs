//! Which columns, alone or two together, name each row but once.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Most rows in which keys are looked for: each remembers eight bytes a row.
const MOST_ROWS: u64 = 1_000_000;
/// Most single columns, and most pairs, followed beyond the first batch.
const MOST_KEYS: usize = 8;
/// Columns of which pairs are made.
const MOST_PAIRED: usize = 8;

/// The keys that may still be.
pub(super) struct Unique {
    hasher: RandomState,
    keys: Vec<Key>,
    rows: u64,
    columns: usize,
    began: bool,
    given_up: bool,
}

struct Key {
    columns: Vec<usize>,
    seen: HashSet<u64>,
    broken: bool,
}

impl Key {
    fn new(columns: Vec<usize>) -> Self {
        Self { columns, seen: HashSet::new(), broken: false }
    }
}

impl Unique {
    pub(super) fn new(columns: usize) -> Self {
        Self { hasher: RandomState::new(), keys: Vec::new(), rows: 0, columns, began: false, given_up: false }
    }

    /// Takes the rows of a batch: per row, per column, the value that a key compares; `None` where there is none.
    pub(super) fn see(&mut self, rows: &[Vec<Option<u64>>]) {
        self.rows += rows.len() as u64;
        if self.rows > MOST_ROWS {
            self.given_up = true;
            self.keys = Vec::new();
        }
        if self.given_up || rows.is_empty() {
            return;
        }
        if !self.began {
            self.began = true;
            let full: Vec<usize> = (0..self.columns)
                .filter(|column| rows.iter().all(|row| row.get(*column).is_some_and(Option::is_some)))
                .collect();
            let singles = full.iter().map(|column| Key::new(vec![*column])).collect();
            self.keys = self.unbroken(singles, rows);
            let alone: HashSet<usize> = self.keys.iter().flat_map(|key| key.columns.clone()).collect();
            let paired: Vec<usize> =
                full.into_iter().filter(|column| !alone.contains(column)).take(MOST_PAIRED).collect();
            let pairs = paired
                .iter()
                .enumerate()
                .flat_map(|(place, first)| {
                    paired[place + 1..].iter().map(move |second| Key::new(vec![*first, *second]))
                })
                .collect();
            let pairs = self.unbroken(pairs, rows);
            self.keys.extend(pairs);
            return;
        }
        let keys = std::mem::take(&mut self.keys);
        self.keys = self.unbroken(keys, rows);
    }

    fn unbroken(&self, mut keys: Vec<Key>, rows: &[Vec<Option<u64>>]) -> Vec<Key> {
        for row in rows {
            for key in keys.iter_mut().filter(|key| !key.broken) {
                let values: Option<Vec<u64>> =
                    key.columns.iter().map(|column| row.get(*column).copied().flatten()).collect();
                key.broken = values.is_none_or(|values| !key.seen.insert(self.hasher.hash_one(values)));
            }
        }
        keys.retain(|key| !key.broken);
        keys.truncate(MOST_KEYS);
        keys
    }

    /// The columns of each key, single ones first; `None` when there were too many rows to tell.
    pub(super) fn finish(self) -> Option<Vec<Vec<usize>>> {
        (!self.given_up).then(|| self.keys.into_iter().map(|key| key.columns).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_or_a_pair_that_names_each_row_once_is_found_over_batches() {
        let row = |values: &[u64]| values.iter().map(|value| (*value > 0).then_some(*value)).collect::<Vec<_>>();
        let mut unique = Unique::new(4);
        unique.see(&[row(&[1, 7, 1, 5]), row(&[2, 7, 2, 6])]);
        unique.see(&[row(&[3, 8, 1, 0])]);
        assert_eq!(unique.finish(), Some(vec![vec![0]]), "the third repeats in a later batch, the fourth has a gap");
        let mut unique = Unique::new(3);
        unique.see(&[row(&[1, 1, 9]), row(&[1, 2, 9]), row(&[2, 1, 9])]);
        assert_eq!(unique.finish(), Some(vec![vec![0, 1]]));
    }
}
