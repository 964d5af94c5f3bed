//! Tax numbers, periods, answers: values with a form of their own.

use goreos_domain::{Period, Rut, RutError, is_error_cell, parse_bool};
use proptest::prelude::*;

use crate::config;

/// The check digit as the tax office describes it, written without the code under test.
fn check_digit(number: u32) -> char {
    let weights = [2, 3, 4, 5, 6, 7].iter().cycle();
    let sum: u32 = number.to_string().bytes().rev().zip(weights).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    match (11 - sum % 11) % 11 {
        10 => 'K',
        digit => char::from_digit(digit, 10).expect("a digit"),
    }
}

fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const ROMAN: [&str; 4] = ["I", "II", "III", "IV"];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_rut_in_any_dress_is_the_same(number in 100_000_u32..=999_999_999, blank in "[ \u{a0}]{0,2}", lower: bool) {
        let digit = check_digit(number);
        let kept = format!("{number}-{digit}");
        for text in [kept.clone(), format!("{}-{digit}", grouped(number)), format!("{number}{digit}"), format!("{} - {digit}", grouped(number)), format!("0{number}-{digit}")] {
            let text = if lower { text.to_lowercase() } else { text };
            if text.bytes().filter(u8::is_ascii_digit).count() <= 9 {
                prop_assert_eq!(Rut::parse(&format!("{blank}{text}{blank}")).map(|rut| rut.to_string()), Ok(kept.clone()), "{}", text);
            }
        }
    }

    #[test]
    fn one_wrong_digit_or_two_changed_places_are_found_out(number in 1_000_000_u32..99_999_999, place in 0_usize..7, step in 1_u8..=9) {
        let digit = check_digit(number);
        let mut digits = number.to_string().into_bytes();
        digits[place] = (digits[place] - b'0' + step) % 10 + b'0';
        let wrong = String::from_utf8(digits).expect("digits");
        let expected = check_digit(wrong.parse().expect("a number"));
        prop_assert_eq!(Rut::parse(&format!("{wrong}-{digit}")), Err(RutError::CheckDigit { expected, found: digit }));

        let mut digits = number.to_string().into_bytes();
        digits.swap(place, (place + 1).min(6));
        let swapped = String::from_utf8(digits).expect("digits");
        if swapped != number.to_string() {
            prop_assert!(Rut::parse(&format!("{swapped}-{digit}")).is_err(), "{}", swapped);
        }
    }

    #[test]
    fn what_is_read_as_a_rut_has_its_digits_and_its_check_digit(text in prop_oneof![".*", "[0-9.kK -]{0,14}"]) {
        if let Ok(rut) = Rut::parse(&text) {
            let digits: String = text.trim().chars().filter(char::is_ascii_alphanumeric).collect();
            let (number, digit) = digits.split_at(digits.len() - 1);
            prop_assert_eq!(number.parse(), Ok(rut.number()));
            prop_assert_eq!(digit.to_uppercase(), check_digit(rut.number()).to_string());
            prop_assert_eq!(Rut::parse(&rut.to_string()), Ok(rut));
        }
    }

    #[test]
    fn a_period_in_any_dress_is_the_same(year in 1950_u32..2100, part in 0_usize..12, blank in "[ \u{a0}]{0,2}", upper: bool) {
        let (month, name) = (part + 1, MONTHS[part]);
        let (quarter, half) = (part / 3 + 1, part / 6 + 1);
        let mut texts = vec![(format!("{year}"), year.to_string()), (format!("año {year}"), year.to_string())];
        for text in [
            format!("{year}-{month:02}"), format!("{month:02}-{year}"), format!("{month}/{year}"), format!("{year}{month:02}"),
            format!("{name} {year}"), format!("{name} de {year}"), format!("{name} del {year}"), format!("{}-{year}", &name[..3]),
            format!("01-{month:02}-{year}"),
        ] {
            texts.push((text, format!("{year}-{month:02}")));
        }
        for text in [
            format!("{year}-T{quarter}"), format!("{quarter}T{year}"), format!("T{quarter} {year}"), format!("{year} Q{quarter}"),
            format!("{} trimestre {year}", ROMAN[quarter - 1]), format!("{quarter}° trimestre de {year}"), format!("trim. {quarter} {year}"),
        ] {
            texts.push((text, format!("{year}-T{quarter}")));
        }
        for text in [
            format!("{year}-S{half}"), format!("{half}S{year}"), format!("S{half} {year}"), format!("{half}º semestre {year}"),
            format!("{} sem. {year}", ROMAN[half - 1]),
        ] {
            texts.push((text, format!("{year}-S{half}")));
        }
        if (2000..2100).contains(&year) {
            texts.push((format!("{}-{:02}", &name[..3], year % 100), format!("{year}-{month:02}")));
        }
        for (text, kept) in texts {
            let text = if upper { text.to_uppercase() } else { text };
            let read = Period::parse(&format!("{blank}{text}{blank}"));
            prop_assert_eq!(read.map(|period| period.to_string()), Ok(kept), "{}", text);
        }
    }

    #[test]
    fn a_period_that_is_read_comes_back(
        text in prop_oneof![".*", "[0-9]{1,6}[-/ ]?[TSQ]?[0-9]{0,4}", "[IV]{1,3} (trimestre|sem) (de )?[0-9]{2,4}", "[a-z]{3}[-. ]{1,2}[0-9]{2,4}"],
    ) {
        if let Ok(period) = Period::parse(&text) {
            prop_assert_eq!(Period::parse(&period.to_string()), Ok(period));
            prop_assert!((1800..2200).contains(&period.year()), "{:?} was read as {}", text, period);
        }
    }

    #[test]
    fn no_text_breaks_an_answer_or_an_error_cell(text in prop_oneof![".*", "[#¡¿A-Z/!?]{0,8}", "[sSíÍnNoO01x]{0,3}"]) {
        if is_error_cell(&text) {
            prop_assert!(parse_bool(&text).is_none() && text.trim().starts_with(['#', 'E']));
        }
        if let Some(answer) = parse_bool(&text) {
            prop_assert_eq!(parse_bool(&text.to_uppercase()), Some(answer));
        }
    }
}
