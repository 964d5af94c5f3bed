//! Keys: no two rows of a release have the same.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::io::{self, BufReader, Read};
use std::path::Path;

use goreos_domain::{ColumnName, ColumnType, Contract, integer_es};

use crate::check::Checked;
use crate::read::Batch;
use crate::reason::Reason;

/// In place of a row's number: the key is of a row of before.
const BEFORE: u32 = u32::MAX;
/// What PostgreSQL's binary COPY begins with: signature, flags, no extension.
const HEAD_BYTES: usize = 19;
/// Longest field taken from the keys of before, which we wrote ourselves.
const MOST_BYTES: usize = 1 << 30;

/// The keys of the rows kept so far, and of the rows of before when the file adds to them.
///
/// A key is remembered as 96 bits of a hash and 32 of the row's number: 16 bytes, and with the room a growing table keeps, between 20 and
/// 60 bytes a row. Two different keys of five million meet with a probability under 10⁻¹⁵. The hash is this process's own, so that no
/// file can be made to collide.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    seen: HashMap<Key, u32, BuildHasherDefault<Itself>>,
    hashers: [RandomState; 2],
}

/// The hash of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key([u32; 3]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64((u64::from(self.0[0]) << 32) | u64::from(self.0[1]));
    }
}

/// The hash of what is a hash already.
#[derive(Debug, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl Keys {
    /// Remembers the keys of before: the contract's key columns as text, in binary COPY format, as `goreos_db::release::export_keys`
    /// gives them.
    pub(crate) fn remember(&mut self, contract: &Contract, file: &Path) -> io::Result<()> {
        let kinds: Vec<ColumnType> = places(contract).iter().map(|place| contract.columns[*place].kind).collect();
        let mut stream = BufReader::with_capacity(1 << 16, File::open(file)?);
        stream.read_exact(&mut [0; HEAD_BYTES])?;
        let mut bytes = Vec::new();
        while let Some(texts) = next_key(&mut stream, &kinds)? {
            bytes.clear();
            for text in texts {
                bytes.extend_from_slice(text.as_bytes());
                end_part(&mut bytes, text.len());
            }
            let key = self.hash(&bytes);
            self.seen.insert(key, BEFORE);
        }
        Ok(())
    }

    /// Refuses the rows whose key a row before them has; rows refused already do not count. Does nothing when the contract has no key.
    pub(crate) fn refuse_repeated(&mut self, contract: &Contract, batch: &Batch, checked: &mut Checked) {
        let places = places(contract);
        if places.is_empty() {
            return;
        }
        // First all hashes, then all look-ups: these wait for memory, and wait together.
        let mut bytes = Vec::new();
        let keys: Vec<Option<Key>> = (0..batch.len())
            .map(|row| {
                checked.reasons[row].is_empty().then(|| {
                    bytes.clear();
                    for place in &places {
                        let start = bytes.len();
                        checked.columns[*place].write(row, &mut bytes);
                        let length = bytes.len() - start;
                        end_part(&mut bytes, length);
                    }
                    self.hash(&bytes)
                })
            })
            .collect();
        for (row, key) in keys.into_iter().enumerate() {
            let Some(key) = key else { continue };
            match self.seen.entry(key) {
                Entry::Occupied(taken) => {
                    let texts: Vec<String> = places.iter().map(|place| checked.columns[*place].text(row)).collect();
                    let header = checked.headers[places[0]].clone();
                    checked.reasons[row].push(repeated(contract, header, &texts, *taken.get()));
                }
                Entry::Vacant(free) => {
                    free.insert(u32::try_from(batch.source_rows[row]).unwrap_or(BEFORE - 1).min(BEFORE - 1));
                }
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the words of a hash")]
    fn hash(&self, bytes: &[u8]) -> Key {
        let [long, short] = self.hashers.each_ref().map(|hashers| {
            let mut hasher = hashers.build_hasher();
            hasher.write(bytes);
            hasher.finish()
        });
        Key([(long >> 32) as u32, long as u32, short as u32])
    }
}

/// Ends a part of a key, so that no two keys of several parts are the same bytes.
fn end_part(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend_from_slice(&length.to_le_bytes());
}

/// Where the key columns stand among the contract's.
fn places(contract: &Contract) -> Vec<usize> {
    contract.load.key.iter().filter_map(|name| contract.columns.iter().position(|c| c.name == *name)).collect()
}

fn repeated(contract: &Contract, header: String, texts: &[String], taken: u32) -> Reason {
    let names: Vec<&str> = contract.load.key.iter().map(ColumnName::as_str).collect();
    let key = texts.join(" · ");
    let (code, why, remedy) = if taken == BEFORE {
        (
            "key.known",
            format!("La clave «{key}» ya está en la versión vigente."),
            "Quite la fila. Este conjunto solo agrega filas nuevas; para corregir una anterior, cargue de nuevo su archivo ya corregido.",
        )
    } else {
        (
            "key.repeated",
            format!("La clave «{key}» ya está en la fila {}.", integer_es(i64::from(taken))),
            "Deje una sola de las dos filas, o corrija el código.",
        )
    };
    Reason {
        column: names[0].into(),
        header,
        value: key,
        rule: format!("key = {names:?}"),
        code: code.into(),
        why,
        remedy: remedy.into(),
    }
}

/// The next key as [`crate::check::Typed::write`] writes one; `None` at the end.
fn next_key(stream: &mut impl Read, kinds: &[ColumnType]) -> io::Result<Option<Vec<String>>> {
    let fields = i16::from_be_bytes(bytes(stream)?);
    if fields < 0 {
        return Ok(None);
    }
    let damaged = || io::Error::other("the keys of before are damaged");
    if usize::try_from(fields) != Ok(kinds.len()) {
        return Err(damaged());
    }
    let mut texts = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let length = i32::from_be_bytes(bytes(stream)?);
        let length = usize::try_from(length).ok().filter(|length| *length <= MOST_BYTES).ok_or_else(damaged)?;
        let mut text = vec![0; length];
        stream.read_exact(&mut text)?;
        let text = String::from_utf8(text).map_err(|_| damaged())?;
        texts.push(match kind {
            // PostgreSQL writes 1e+20 where Rust writes all digits.
            ColumnType::Real => text.parse::<f64>().map_or(text, |value| value.to_string()),
            _ => text,
        });
    }
    Ok(Some(texts))
}

fn bytes<const LENGTH: usize>(stream: &mut impl Read) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::child::Context;
    use crate::child::trial::{trial_bytes, trial_in};

    const CONTRACT: &str = "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
                            encoding='utf-8'\ndelimiter=';'\ndecimal=','\nheader_row=1\n[load]\nmode='append'\nkey=['codigo','valor']\n\
                            [[column]]\nname='codigo'\ntype='text'\n[[column]]\nname='valor'\ntype='real'\n";

    #[test]
    fn the_second_row_of_a_key_is_refused_and_names_the_first() {
        let file = "codigo;valor\na;1\nb;1\na;1,0\na;2\n";
        let found = trial_bytes(CONTRACT, file.as_bytes()).expect("a file that is read");
        assert_eq!(found.codes(), [(4, "key.repeated".to_owned())]);
        assert!(found.reasons("reason")[0].1.contains("fila 2"), "{:?}", found.reasons("reason"));
    }

    /// As binary COPY writes rows of text.
    fn copied(rows: &[[&str; 2]]) -> Vec<u8> {
        let mut out = crate::encode::HEADER.to_vec();
        for row in rows {
            out.extend(2_i16.to_be_bytes());
            for text in row {
                out.extend(i32::try_from(text.len()).expect("short").to_be_bytes());
                out.extend(text.as_bytes());
            }
        }
        out.extend(crate::encode::TRAILER);
        out
    }

    #[test]
    fn a_row_whose_key_is_known_is_refused_when_rows_are_only_added() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, known) = (folder.path().join("source"), folder.path().join("known"));
        std::fs::write(&file, "codigo;valor\na;1\nb;1\n;100000000000000000000\n").expect("a file");
        std::fs::write(&known, copied(&[["b", "1"], ["", "1e+20"], ["c", ""]])).expect("a file");
        let context = Context { known_keys: Some(known), ..Context::default() };
        let found = trial_in(CONTRACT, &file, context).expect("a file that is read");
        assert_eq!(found.codes(), [(3, "key.known".to_owned()), (4, "key.known".to_owned())]);
        assert_eq!(found.rows.len(), 1);
    }

    #[test]
    fn damaged_keys_of_before_stop_the_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, known) = (folder.path().join("source"), folder.path().join("known"));
        std::fs::write(&file, "codigo;valor\na;1\n").expect("a file");
        let whole = copied(&[["b", "1"]]);
        std::fs::write(&known, &whole[..whole.len() - 3]).expect("a file");
        let context = Context { known_keys: Some(known), ..Context::default() };
        assert_eq!(trial_in(CONTRACT, &file, context).expect_err("keys that end early").code, "internal");
    }
}
