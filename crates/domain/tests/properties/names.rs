//! Dates and the names of things.

use chrono::{Datelike, NaiveDate};
use goreos_domain::{ColumnName, DatasetId, Share, Srid, date_es, parse_date};
use proptest::prelude::*;

use crate::config;

fn day() -> impl Strategy<Value = NaiveDate> {
    (1_i32..=9999, 1_u32..=366)
        .prop_map(|(year, ordinal)| NaiveDate::from_yo_opt(year, ordinal).unwrap_or(NaiveDate::MIN))
        .prop_filter("in the calendar", |date| *date != NaiveDate::MIN)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_date_in_any_style_is_the_same_day(date in day(), number in 0_u32..5000, blank in " {0,2}") {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let mut texts = vec![date_es(date), format!("{year:04}-{month:02}-{day:02}"), format!("{year:04}-{month}-{day}")];
        for mark in ['.', '-', '/'] {
            texts.push(format!("{day}{mark}{month}{mark}{year:04}"));
            texts.push(format!("{day:02}{mark}{month:02}{mark}{year:04}"));
            texts.push(format!("{number}/ {day:02}{mark}{month:02}{mark}{year:04}"));
            texts.push(format!("{day:02}{mark}{month:02}{mark}{year:04} 0:00:00"));
        }
        let months = ["enero", "feb", "MARZO", "abr", "Mayo", "junio", "jul", "agosto", "sept", "octubre", "nov", "Diciembre"];
        let named = months[month as usize - 1];
        texts.extend([format!("{day} de {named} de {year:04}"), format!("{day:02}-{named}-{year:04}"), format!("{day} {named} {year:04}")]);
        texts.push(format!("{year:04}-{month:02}-{day:02}T23:59:59.999Z"));
        texts.push(format!("{year:04}/{month:02}/{day:02} 00:00:00+00"));
        for text in texts {
            prop_assert_eq!(parse_date(&format!("{blank}{text}{blank}")), Some(date), "{}", text);
        }
    }

    #[test]
    fn a_year_of_two_digits_is_of_this_century(date in day()) {
        if let Some(near) = date.with_year(2000 + date.year() % 100) {
            for mark in ['.', '-', '/'] {
                let text = format!("{}{mark}{}{mark}{:02}", near.day(), near.month(), near.year() % 100);
                prop_assert_eq!(parse_date(&text), Some(near), "{}", text);
            }
        }
    }

    #[test]
    fn no_text_is_a_date_outside_the_years_people_write(
        text in prop_oneof![".*", "[0-9]{1,2}( de |-)[a-z]{3,5}( de |-)[0-9]{1,5}", "[0-9]{1,5}[-./ ]{1,2}[0-9]{1,3}[-./]{1,2}[0-9]{1,5}", "[0-9]{1,2}[-./]0?[1-9][-./]0{2,4}"],
    ) {
        if let Some(date) = parse_date(&text) {
            prop_assert!((1..=9999).contains(&date.year()), "{:?} was read as {}", text, date);
        }
    }

    #[test]
    fn an_identifier_is_kept_as_it_is_written(text in "[a-z][a-z0-9_]{0,39}") {
        prop_assert_eq!(DatasetId::parse(&text).map(String::from), Ok(text.clone()));
        prop_assert_eq!(ColumnName::parse(&text).map(|name| name.to_string()), Ok(text));
    }

    #[test]
    fn one_other_character_makes_it_no_identifier(head in "[a-z][a-z0-9_]{0,10}", other in "[^a-z0-9_]", tail in "[a-z0-9_]{0,10}") {
        for text in [format!("{head}{other}{tail}"), format!("{other}{head}"), format!("_{tail}"), format!("9{tail}")] {
            prop_assert!(DatasetId::parse(&text).is_err(), "{}", text);
        }
    }

    #[test]
    fn a_reference_system_comes_back(text in prop_oneof![".*", "EPSG:[0-9+-]{0,6}"], code in 1024_u32..=32767) {
        prop_assert_eq!(Srid::try_from(format!("EPSG:{code}")).map(Srid::code), Ok(code));
        if let Ok(srid) = Srid::try_from(text) {
            prop_assert_eq!(Srid::try_from(srid.to_string()), Ok(srid));
        }
    }

    #[test]
    fn a_share_comes_back(percent in prop_oneof![(0_u8..=100).prop_map(f64::from), 0.0..=100.0], text in ".*%?") {
        let written = format!("{percent}%");
        let share = Share::try_from(written.clone()).expect("a percentage");
        prop_assert!((share.fraction() * 100.0 - percent).abs() < 1e-12);
        prop_assert_eq!(String::from(share), written);
        if let Ok(share) = Share::try_from(text) {
            prop_assert!((0.0..=1.0).contains(&share.fraction()));
        }
    }
}
