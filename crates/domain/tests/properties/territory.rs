//! Codes and names of the territory, however people write them.

use goreos_domain::{Cut, Gazetteer, Level, Territory, fold};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use crate::config;

const LEVELS: [Level; 3] = [Level::Region, Level::Provincia, Level::Comuna];

fn all() -> Vec<&'static Territory> {
    LEVELS.into_iter().flat_map(|level| Gazetteer::official().within(level, None)).collect()
}

fn any_territory() -> impl Strategy<Value = &'static Territory> {
    proptest::sample::select(all())
}

fn prefixes(level: Level) -> &'static [&'static str] {
    match level {
        Level::Region => &["Región de ", "REGION DEL ", "región "],
        Level::Provincia => &["Provincia de ", "PROVINCIA DEL ", "provincia "],
        Level::Comuna => &["Comuna de ", "COMUNA ", "I. Municipalidad de ", "Munic. de ", "ILUSTRE MUNICIPALIDAD "],
    }
}

/// A name as typed: letters in any case, accents or none, blanks around and between.
fn typed(name: &str, upper: &[bool], accents: bool, blanks: &str) -> String {
    let bare: String =
        if accents { name.to_owned() } else { name.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect() };
    let cased: String = bare
        .chars()
        .zip(upper.iter().cycle())
        .flat_map(|(c, upper)| if *upper { c.to_uppercase().collect::<Vec<_>>() } else { c.to_lowercase().collect() })
        .collect();
    format!("{blanks}{}{blanks}", cased.replace(' ', &format!(" {blanks}")))
}

#[test]
fn every_territory_is_found_by_its_own_name_and_code() {
    for territory in all() {
        assert_eq!(Gazetteer::official().find(&territory.name, territory.level), Some(territory));
        assert_eq!(Gazetteer::official().get(&territory.cut), Some(territory));
    }
}

#[test]
fn folding_any_character_twice_changes_nothing() {
    for character in '\0'..=char::MAX {
        let once = fold(character.encode_utf8(&mut [0; 4]));
        assert!(once.is_empty() || fold(&once) == once, "{character:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_name_is_found_however_it_is_typed(
        territory in any_territory(), upper in proptest::collection::vec(any::<bool>(), 1..20), accents: bool,
        blanks in "[ \u{a0}\t]{0,3}", prefix in 0_usize..5,
    ) {
        let gazetteer = Gazetteer::official();
        let bare = typed(&territory.name, &upper, accents, &blanks);
        prop_assert_eq!(gazetteer.find(&bare, territory.level), Some(territory), "{}", bare);
        let prefixes = prefixes(territory.level);
        let whole = format!("{}{bare}", prefixes[prefix % prefixes.len()]);
        prop_assert_eq!(gazetteer.find(&whole, territory.level), Some(territory), "{}", whole);
    }

    #[test]
    fn a_name_that_says_its_level_is_found_at_no_other(territory in any_territory(), prefix in 0_usize..5) {
        let prefixes = prefixes(territory.level);
        let whole = format!("{}{}", prefixes[prefix % prefixes.len()], territory.name);
        for level in LEVELS {
            let expected = (level == territory.level).then_some(territory);
            prop_assert_eq!(Gazetteer::official().find(&whole, level), expected, "{} as {:?}", whole, level);
        }
    }

    #[test]
    fn what_is_found_is_of_the_level_asked_for(name in any_territory(), text in ".*") {
        for (text, level) in [&name.name, &text].into_iter().flat_map(|text| LEVELS.map(|level| (text, level))) {
            if let Some(found) = Gazetteer::official().find(text, level) {
                prop_assert_eq!((found.level, found.cut.level()), (level, level));
            }
        }
    }

    #[test]
    fn a_proposal_stays_inside(
        territory in any_territory(), dropped: proptest::sample::Index, inside in any_territory(), text in ".*",
    ) {
        let gone = dropped.index(territory.name.chars().count());
        let misspelt: String = territory.name.chars().enumerate().filter(|(i, _)| *i != gone).map(|(_, c)| c).collect();
        for text in [misspelt, text] {
            for level in LEVELS {
                if let Some(near) = Gazetteer::official().suggest(&text, level, Some(&inside.cut)) {
                    prop_assert_eq!(near.level, level);
                    prop_assert!(near.cut.is_within(&inside.cut), "{} is not in {}", near.cut, inside.cut);
                }
            }
        }
    }

    #[test]
    fn a_long_name_with_a_letter_missing_is_proposed(territory in any_territory(), dropped: proptest::sample::Index) {
        let letters = territory.name.chars().count();
        prop_assume!(letters >= 6);
        let gone = dropped.index(letters);
        let misspelt: String = territory.name.chars().enumerate().filter(|(i, _)| *i != gone).map(|(_, c)| c).collect();
        let near = Gazetteer::official().suggest(&misspelt, territory.level, Some(&territory.cut));
        prop_assert_eq!(near, Some(territory), "{}", misspelt);
    }

    #[test]
    fn folding_twice_changes_nothing(text in prop_oneof![".*", "[a-zñÑáÁ'’. \u{300}\u{327}\u{345}-]{0,20}"]) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn a_code_keeps_its_digits_and_knows_those_above(
        text in prop_oneof![".*", "[0-9]{1,6}"], digits in "[0-9]{5}", blank in "[ \u{a0}]{0,2}",
    ) {
        let cut = Cut::parse(&format!("{blank}{digits}{blank}")).expect("five digits");
        prop_assert_eq!(cut.as_str(), digits.as_str());
        for (level, width) in LEVELS.into_iter().zip([2, 3, 5]) {
            let above = cut.at(level).expect("a comuna has all levels");
            prop_assert_eq!((above.as_str(), above.level()), (&digits[..width], level));
            prop_assert!(cut.is_within(&above));
        }
        if let Ok(cut) = Cut::parse(&text) {
            prop_assert_eq!(cut.as_str(), text.trim());
            prop_assert!([2, 3, 5].contains(&cut.as_str().len()) && cut.as_str().bytes().all(|b| b.is_ascii_digit()));
        }
    }
}
