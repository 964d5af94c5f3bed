//! Texts: tidy, and from a list when the contract has one.

use std::borrow::Cow;
use std::collections::HashMap;

use goreos_domain::{Column, fold};

use crate::reason::{Problem, quoted};

/// Inner white space becomes single spaces; control characters go. Most texts are tidy already.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    if plainly_tidy(text.as_bytes()) || is_tidy(text) {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

fn is_tidy(text: &str) -> bool {
    let mut spaced = false;
    text.chars().all(|c| {
        let single = c != ' ' || !spaced;
        spaced = c == ' ';
        single && (c == ' ' || !(c.is_whitespace() || c.is_control()))
    })
}

/// Tidy by its bytes; nearly all tidy texts of western languages are.
fn plainly_tidy(bytes: &[u8]) -> bool {
    let mut before = 0;
    bytes.iter().all(|byte| {
        let tidy = match byte {
            b' ' => before != b' ',
            // Up to U+00A0 there are controls and the space that does not break.
            0x80..=0xbf => before >= 0xc3 || *byte > 0xa0,
            // All other spaces begin with one of these.
            0xe1..=0xe3 => false,
            byte => byte.is_ascii_graphic() || *byte >= 0xc2,
        };
        before = *byte;
        tidy
    })
}

/// The texts a column may have.
pub(super) struct Listed<'a> {
    column: &'a Column,
    /// Folded, to the spelling kept.
    spellings: HashMap<String, &'a str>,
}

impl<'a> Listed<'a> {
    pub(super) fn new(column: &'a Column) -> Self {
        Self { column, spellings: column.values.iter().map(|value| (fold(value), value.as_str())).collect() }
    }

    /// The text in the spelling of the contract.
    pub(super) fn find(&self, text: &str) -> Result<&'a str, Problem> {
        let folded = fold(text);
        if let Some(value) = self.spellings.get(&folded) {
            return Ok(value);
        }
        let nearest = self
            .spellings
            .iter()
            // A long text is no misspelt value, and comparing it would take long.
            .filter(|(key, _)| key.len().abs_diff(folded.len()) <= key.len())
            .map(|(key, value)| (strsim::damerau_levenshtein(key, &folded), *value))
            .min()
            .filter(|(distance, value)| distance * 3 <= value.chars().count());
        Err(Problem::new(
            format!("values = {:?}", self.column.values),
            "value.not_listed",
            format!("{} no es uno de los valores admitidos.", quoted(text)),
            nearest.map_or_else(
                || format!("Use uno de: {}.", self.column.values.join(", ")),
                |(_, value)| format!("¿Quiso decir «{value}»? Escríbalo así."),
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use goreos_domain::Contract;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn what_is_tidy_by_its_bytes_is_tidy(text in prop_oneof!["[ a-zñÑ°º\u{80}-\u{a1}\u{ad}]{0,6}", "[a\u{1680}\u{2000}-\u{2060}\u{3000}\u{feff}]{0,3}", ".*"]) {
            prop_assert!(is_tidy(&text) || !plainly_tidy(text.as_bytes()), "{:?}", text);
        }
    }

    #[test]
    fn most_texts_are_tidy_by_their_bytes() {
        for text in ["", "Plaza de Ñiquén", "Parcela Peña N° 51750", "¿Qué? «sí» º ª"] {
            assert!(plainly_tidy(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_tidy_text_is_borrowed_and_an_untidy_one_made_tidy() {
        assert!(matches!(tidy("Plaza de Ñiquén"), Cow::Borrowed("Plaza de Ñiquén")));
        assert_eq!(tidy("Plaza  de\u{a0}\nÑiquén"), "Plaza de Ñiquén");
        assert_eq!(tidy("a\u{1}b"), "a b");
    }

    #[test]
    fn a_value_is_found_however_it_is_written_and_a_near_one_is_proposed() {
        let contract = Contract::parse(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
             [[column]]\nname='estado'\ntype='text'\nvalues=['En ejecución','Terminado']\n",
        )
        .expect("a contract");
        let listed = Listed::new(&contract.columns[0]);
        assert_eq!(listed.find("EN EJECUCION").expect("listed"), "En ejecución");
        let near = listed.find("terminao").expect_err("misspelt");
        assert_eq!((near.code, near.remedy.as_str()), ("value.not_listed", "¿Quiso decir «Terminado»? Escríbalo así."));
        let far = listed.find("x").expect_err("unknown");
        assert_eq!(far.remedy, "Use uno de: En ejecución, Terminado.");
    }
}
