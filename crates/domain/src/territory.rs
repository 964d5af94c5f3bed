//! Región, provincia and comuna by official CUT code, and how people spell them.
//!
//! The table is SUBDERE's division of Chile as of 2018 (16 regions, 56 provinces, 346 comunas), kept in `data/`.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A level of the territory; its codes have two, three or five digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Two digits.
    Region,
    /// Three digits: its region's, then one.
    Provincia,
    /// Five digits: its province's, then two.
    Comuna,
}

impl Level {
    /// As kept in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Provincia => "provincia",
            Self::Comuna => "comuna",
        }
    }

    fn width(self) -> usize {
        match self {
            Self::Region => 2,
            Self::Provincia => 3,
            Self::Comuna => 5,
        }
    }
}

/// A territorial code: text of two, three or five digits, leading zero kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cut(String);

/// The text is no CUT code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' no es un código territorial (CUT) de 2, 3 o 5 dígitos")]
pub struct CutError(String);

impl Cut {
    /// Checks the width and the digits; does not ask whether the code is in force.
    pub fn parse(text: &str) -> Result<Self, CutError> {
        let text = text.trim();
        if matches!(text.len(), 2 | 3 | 5) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(CutError(text.into()))
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which level the width says.
    pub fn level(&self) -> Level {
        match self.0.len() {
            2 => Level::Region,
            3 => Level::Provincia,
            _ => Level::Comuna,
        }
    }

    /// The code of the territory above at that level; itself when it is of that level.
    pub fn at(&self, level: Level) -> Option<Self> {
        self.0.get(..level.width()).map(|digits| Self(digits.into()))
    }

    /// True when this territory is `other` or inside it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Cut {
    type Error = CutError;
    fn try_from(text: String) -> Result<Self, CutError> {
        Self::parse(&text)
    }
}

impl From<Cut> for String {
    fn from(cut: Cut) -> Self {
        cut.0
    }
}

/// One territory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Territory {
    /// Its code.
    pub cut: Cut,
    /// Its level.
    pub level: Level,
    /// Its official name.
    pub name: String,
    /// The code came into force on that day; `None` when it is older than the table.
    pub valid_from: Option<NaiveDate>,
}

/// All territories in force, found by code or by name.
#[derive(Debug)]
pub struct Gazetteer {
    territories: Vec<Territory>,
    by_cut: HashMap<Cut, usize>,
    by_name: HashMap<(Level, String), usize>,
    historic: HashMap<Cut, Cut>,
}

static OFFICIAL: LazyLock<Gazetteer> =
    LazyLock::new(|| Gazetteer::read(include_str!("../data/territory.csv"), include_str!("../data/historic_cuts.csv")));

impl Gazetteer {
    /// The official division of Chile.
    pub fn official() -> &'static Self {
        &OFFICIAL
    }

    fn read(table: &str, historic: &str) -> Self {
        let mut gazetteer =
            Self { territories: Vec::new(), by_cut: HashMap::new(), by_name: HashMap::new(), historic: HashMap::new() };
        for line in table.lines().skip(1) {
            let mut cells = line.split(',');
            let mut cell = || cells.next().unwrap_or_default();
            let (cut, _level, name, _parent, valid_from, variants) = (cell(), cell(), cell(), cell(), cell(), cell());
            let Ok(cut) = Cut::parse(cut) else { continue };
            let index = gazetteer.territories.len();
            for spelling in std::iter::once(name).chain(variants.split('|')).filter(|s| !s.is_empty()) {
                gazetteer.by_name.entry((cut.level(), fold(spelling))).or_insert(index);
            }
            gazetteer.by_cut.insert(cut.clone(), index);
            gazetteer.territories.push(Territory {
                level: cut.level(),
                name: name.into(),
                valid_from: valid_from.parse().ok(),
                cut,
            });
        }
        for line in historic.lines().skip(1) {
            if let Some((Ok(old), Ok(new))) = line.split_once(',').map(|(old, new)| (Cut::parse(old), Cut::parse(new)))
            {
                gazetteer.historic.insert(old, new);
            }
        }
        gazetteer
    }

    /// The territory of a code in force, or of the code that replaced a historic one.
    pub fn get(&self, cut: &Cut) -> Option<&Territory> {
        let index = self.by_cut.get(cut).or_else(|| self.by_cut.get(self.historic.get(cut)?))?;
        self.territories.get(*index)
    }

    /// The territory of that level with that name, however it is written: accents, case, spaces, prefixes, known variants.
    pub fn find(&self, name: &str, level: Level) -> Option<&Territory> {
        let folded = fold(name);
        let index = self.by_name.get(&(level, folded.clone())).or_else(|| {
            let bare = prefixes(level).iter().find_map(|prefix| folded.strip_prefix(prefix))?;
            self.by_name.get(&(level, bare.to_owned()))
        })?;
        self.territories.get(*index)
    }

    /// The closest name of that level within `inside`, when it is close enough to be a misspelling. To propose, never to accept.
    pub fn suggest(&self, name: &str, level: Level, inside: Option<&Cut>) -> Option<&Territory> {
        let folded = fold(name);
        self.within(level, inside)
            .map(|territory| (strsim::damerau_levenshtein(&folded, &fold(&territory.name)), territory))
            .filter(|(distance, territory)| *distance * 3 <= territory.name.chars().count())
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, territory)| territory)
    }

    /// Territories of a level, optionally only those inside another one, in the order of their codes.
    pub fn within(&self, level: Level, inside: Option<&Cut>) -> impl Iterator<Item = &Territory> {
        self.territories.iter().filter(move |t| t.level == level && inside.is_none_or(|outer| t.cut.is_within(outer)))
    }
}

/// Words that stand before a name of that level and are not part of it (folded). The Provincia de Concepción is not the comuna.
fn prefixes(level: Level) -> &'static [&'static str] {
    match level {
        Level::Region => &["REGION DEL ", "REGION DE ", "REGION "],
        Level::Provincia => &["PROVINCIA DEL ", "PROVINCIA DE ", "PROVINCIA "],
        Level::Comuna => &["COMUNA DE ", "COMUNA ", "I MUNICIPALIDAD DE ", "MUNICIPALIDAD DE "],
    }
}

/// A name for comparing: upper case, no accents, letters and digits only, single spaces.
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for character in name.nfd() {
        if ('\u{300}'..='\u{36f}').contains(&character) || character == '\'' || character == '’' {
            continue;
        }
        if character.is_alphanumeric() {
            folded.extend(character.to_uppercase());
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Cut {
        Cut::parse(text).expect("a code")
    }

    #[test]
    fn the_official_division_is_complete() {
        let gazetteer = Gazetteer::official();
        assert_eq!(gazetteer.within(Level::Region, None).count(), 16);
        assert_eq!(gazetteer.within(Level::Provincia, None).count(), 56);
        assert_eq!(gazetteer.within(Level::Comuna, None).count(), 346);
        assert_eq!(gazetteer.within(Level::Comuna, Some(&cut("16"))).count(), 21);
    }

    #[test]
    fn spelling_variants_are_the_same_place() {
        let gazetteer = Gazetteer::official();
        for (spelling, code) in [
            ("TREHUACO", "16207"),
            ("Treguaco", "16207"),
            ("RANQUIL", "16206"),
            ("RÁNQUIL", "16206"),
            ("comuna de  bulnes", "16102"),
            ("CHILLAN VIEJO\u{a0}", "16103"),
            ("ñiquen", "16303"),
        ] {
            assert_eq!(gazetteer.find(spelling, Level::Comuna).map(|t| t.cut.as_str()), Some(code), "{spelling}");
        }
        assert_eq!(gazetteer.find("DIGUILLIN", Level::Provincia).map(|t| t.cut.as_str()), Some("161"));
        assert!(gazetteer.find("PUNILLA", Level::Comuna).is_none());
        assert!(gazetteer.find("PROVINCIA DE CONCEPCION", Level::Comuna).is_none());
    }

    #[test]
    fn a_misspelling_is_proposed_never_accepted() {
        let gazetteer = Gazetteer::official();
        assert!(gazetteer.find("CHILAN VIEGO", Level::Comuna).is_none());
        assert_eq!(
            gazetteer.suggest("CHILAN VIEGO", Level::Comuna, Some(&cut("16"))).map(|t| t.cut.as_str()),
            Some("16103")
        );
        assert!(gazetteer.suggest("XXXXXXXX", Level::Comuna, None).is_none());
    }

    #[test]
    fn historic_codes_lead_to_the_present() {
        let gazetteer = Gazetteer::official();
        assert_eq!(gazetteer.get(&cut("08408")).map(|t| t.name.as_str()), Some("Ninhue"));
        assert!(gazetteer.get(&cut("99999")).is_none());
    }

    #[test]
    fn codes_keep_their_zero_and_know_their_parents() {
        assert_eq!(cut("01402").at(Level::Region).expect("a region"), cut("01"));
        assert!(cut("16207").is_within(&cut("162")));
        assert!(Cut::parse("1402").is_err());
        assert!(Cut::parse("1620a").is_err());
    }
}
