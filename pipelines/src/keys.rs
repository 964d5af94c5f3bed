//! Keys: no two rows of a release have the same.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use goreos_domain::{Contract, integer_es};

use crate::check::Checked;
use crate::read::Batch;
use crate::reason::Reason;

/// The keys of the rows kept so far. Remembers 24 bytes a row.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    seen: HashMap<u128, i64>,
    hashers: [RandomState; 2],
}

impl Keys {
    /// Refuses the rows whose key a row before them has; rows refused already do not count. Does nothing when the contract has no key.
    pub(crate) fn refuse_repeated(&mut self, contract: &Contract, batch: &Batch, checked: &mut Checked) {
        let places: Vec<usize> =
            contract.load.key.iter().filter_map(|name| contract.columns.iter().position(|c| c.name == *name)).collect();
        if places.is_empty() {
            return;
        }
        for row in 0..batch.len() {
            if !checked.reasons[row].is_empty() {
                continue;
            }
            let texts: Vec<String> = places.iter().map(|place| checked.columns[*place].text(row)).collect();
            let key = self.hash(&texts);
            match self.seen.get(&key) {
                Some(first) => {
                    let names: Vec<&str> = contract.load.key.iter().map(goreos_domain::ColumnName::as_str).collect();
                    let reason = format!("La clave «{}» ya está en la fila {}.", texts.join(" · "), integer_es(*first));
                    checked.reasons[row].push(Reason {
                        column: names[0].into(),
                        value: texts.join(" · "),
                        rule: format!("key = {names:?}"),
                        code: "key.repeated".into(),
                        why: reason,
                        remedy: "Deje una sola de las dos filas, o corrija el código.".into(),
                    });
                }
                None => {
                    self.seen.insert(key, batch.source_rows[row]);
                }
            }
        }
    }

    fn hash(&self, texts: &[String]) -> u128 {
        let [high, low] = &self.hashers;
        u128::from(high.hash_one(texts)) << 64 | u128::from(low.hash_one(texts))
    }
}
