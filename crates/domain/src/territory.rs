//! Región, provincia and comuna by official CUT code, and how people spell them.
//!
//! The table is SUBDERE's division of Chile as of 2018 (16 regions, 56 provinces, 346 comunas), kept in `data/`.

use std::borrow::Borrow;
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

/// Its digits, so that a map by code can be asked with a text.
impl Borrow<str> for Cut {
    fn borrow(&self) -> &str {
        &self.0
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
    /// Folded spellings, by level.
    by_name: [HashMap<String, usize>; 3],
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
        let mut gazetteer = Self {
            territories: Vec::new(),
            by_cut: HashMap::new(),
            by_name: Default::default(),
            historic: HashMap::new(),
        };
        for line in table.lines().skip(1) {
            let mut cells = line.split(',');
            let mut cell = || cells.next().unwrap_or_default();
            let (cut, _level, name, _parent, valid_from, variants) = (cell(), cell(), cell(), cell(), cell(), cell());
            let Ok(cut) = Cut::parse(cut) else { continue };
            let index = gazetteer.territories.len();
            for spelling in std::iter::once(name).chain(variants.split('|')).filter(|s| !s.is_empty()) {
                gazetteer.by_name[cut.level() as usize].entry(fold(spelling)).or_insert(index);
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
        self.of_code(cut.as_str())
    }

    /// The territory of a code as text, in force or historic; `None` for anything else.
    pub fn of_code(&self, text: &str) -> Option<&Territory> {
        let index = self.by_cut.get(text).or_else(|| self.by_cut.get(self.historic.get(text)?))?;
        self.territories.get(*index)
    }

    /// The territory of that level with that name, however it is written: accents, case, spaces, prefixes, known variants.
    pub fn find(&self, name: &str, level: Level) -> Option<&Territory> {
        let folded = fold(name);
        let index = self.named(&folded, level).or_else(|| {
            let (bare, contracted) = without_prefix(&folded, level)?;
            let article = || self.named(&format!("EL {bare}"), level);
            self.named(bare, level).or_else(|| if contracted { article() } else { None })
        })?;
        self.territories.get(index)
    }

    fn named(&self, folded: &str, level: Level) -> Option<usize> {
        self.by_name[level as usize].get(folded).copied()
    }

    /// The closest name of that level within `inside`, when it is close enough to be a misspelling: a third of its letters at most. To
    /// propose, never to accept.
    pub fn suggest(&self, name: &str, level: Level, inside: Option<&Cut>) -> Option<&Territory> {
        let folded = fold(name);
        // A long text is no misspelt name, and comparing it would take long.
        let bare = without_prefix(&folded, level).map_or(folded.as_str(), |(bare, _)| bare);
        if bare.len() > 80 {
            return None;
        }
        let letters = bare.chars().count();
        let near = |spelling: &str| {
            let most = spelling.chars().count() / 3;
            // The distance is at least the difference in length: most names need no closer look.
            let distance = || Some(strsim::damerau_levenshtein(bare, spelling)).filter(|distance| *distance <= most);
            if letters.abs_diff(spelling.chars().count()) <= most { distance() } else { None }
        };
        self.by_name[level as usize]
            .iter()
            .filter_map(|(spelling, index)| Some((near(spelling)?, self.territories.get(*index)?)))
            .filter(|(_, territory)| inside.is_none_or(|outer| territory.cut.is_within(outer)))
            .min_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.cut.cmp(&other.cut)))
            .map(|(_, territory)| territory)
    }

    /// Territories of a level, optionally only those inside another one, in the order of their codes.
    pub fn within(&self, level: Level, inside: Option<&Cut>) -> impl Iterator<Item = &Territory> {
        self.territories.iter().filter(move |t| t.level == level && inside.is_none_or(|outer| t.cut.is_within(outer)))
    }
}

/// A folded name without the words before it that say its level, and whether they end in `DEL`, which swallows an `EL` of the name
/// (`PROVINCIA DEL LOA`). The Provincia de Concepción is not the comuna.
fn without_prefix(folded: &str, level: Level) -> Option<(&str, bool)> {
    let kinds: &[&str] = match level {
        Level::Region => &["REGION ", "GOBIERNO REGIONAL ", "GORE "],
        Level::Provincia => &["PROVINCIA ", "PROV ", "GOBERNACION PROVINCIAL ", "DELEGACION PROVINCIAL "],
        Level::Comuna => &[
            "COMUNA ",
            "ILUSTRE MUNICIPALIDAD ",
            "I MUNICIPALIDAD ",
            "IL MUNICIPALIDAD ",
            "I M ",
            "MUNICIPALIDAD ",
            "MUNICIPIO ",
            "MUNIC ",
            "MUNI ",
        ],
    };
    let rest = kinds.iter().find_map(|kind| folded.strip_prefix(kind))?;
    match (rest.strip_prefix("DEL "), rest.strip_prefix("DE ")) {
        (Some(bare), _) => Some((bare, true)),
        (_, Some(bare)) => Some((bare, false)),
        _ => Some((rest, false)),
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
        for (spelling, level, code) in [
            ("PROVINCIA DEL LOA", Level::Provincia, "022"),
            ("Provincia de El Loa", Level::Provincia, "022"),
            ("Prov. Itata", Level::Provincia, "162"),
            ("REGIÓN DEL ÑUBLE", Level::Region, "16"),
            ("Gobierno Regional de Ñuble", Level::Region, "16"),
            ("XVI Región", Level::Region, "16"),
            ("Región del Bío Bío", Level::Region, "08"),
            ("I. MUNICIPALIDAD DE BULNES", Level::Comuna, "16102"),
            ("ILUSTRE MUNICIPALIDAD BULNES", Level::Comuna, "16102"),
            ("Munic. de Ñiquén", Level::Comuna, "16303"),
            ("I.M. de El Carmen", Level::Comuna, "16104"),
            ("Municipalidad del Carmen", Level::Comuna, "16104"),
        ] {
            assert_eq!(gazetteer.find(spelling, level).map(|t| t.cut.as_str()), Some(code), "{spelling}");
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
        assert_eq!(gazetteer.suggest("Comuna de Bulnez", Level::Comuna, None).map(|t| t.cut.as_str()), Some("16102"));
        assert_eq!(gazetteer.suggest("TREHUCO", Level::Comuna, None).map(|t| t.cut.as_str()), Some("16207"));
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
