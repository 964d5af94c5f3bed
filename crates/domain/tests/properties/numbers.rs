//! Numbers and amounts, there and back.

use goreos_domain::{
    DecimalMark, Decimals, NumberError, decimal_es, integer_es, parse_decimal, parse_integer, parse_money,
    thousands_of_pesos,
};
use proptest::prelude::*;

use crate::config;

fn mark() -> impl Strategy<Value = DecimalMark> {
    prop_oneof![Just(DecimalMark::Comma), Just(DecimalMark::Point)]
}

fn marks(mark: DecimalMark) -> (char, char) {
    match mark {
        DecimalMark::Comma => (',', '.'),
        DecimalMark::Point => ('.', ','),
    }
}

/// Any number of pesos, its ends more often than chance would have it.
fn whole() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -2000_i64..2000,
        (0_i64..2000).prop_map(|n| i64::MIN + n),
        (0_i64..2000).prop_map(|n| i64::MAX - n)
    ]
}

/// `1234567` → `1.234.567`, written without the code under test.
fn group(digits: &str, separator: char) -> String {
    let mut reversed = String::new();
    for (index, digit) in digits.chars().rev().enumerate() {
        if index > 0 && index % 3 == 0 {
            reversed.push(separator);
        }
        reversed.push(digit);
    }
    reversed.chars().rev().collect()
}

/// `magnitude / 10^power` in that convention, without needless zeros.
fn written(magnitude: u128, power: u32, mark: DecimalMark, grouped: bool) -> String {
    let (decimal, separator) = marks(mark);
    let unit = 10_u128.pow(power);
    let whole = (magnitude / unit).to_string();
    let whole = if grouped { group(&whole, separator) } else { whole };
    let fraction = format!("{:0width$}", magnitude % unit, width = power as usize);
    match fraction.trim_end_matches('0') {
        "" => whole,
        fraction => format!("{whole}{decimal}{fraction}"),
    }
}

fn power() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(3), Just(6)]
}

/// An amount as spreadsheets dress it: unit, then sign or the sign first, or brackets, and blanks around.
fn dressed(bare: &str, negative: bool, power: u32, (prefix, sign, blank): (usize, usize, &str)) -> String {
    let own: &[&str] = match power {
        3 => &["M$", "m$", "M$ "],
        6 => &["MM$", "mm$", "MM$ "],
        _ => &[],
    };
    let prefixes: Vec<&str> = ["", "$", "$ "].iter().chain(own).copied().collect();
    let prefix = prefixes[prefix % prefixes.len()];
    let body = match (negative, sign % 6) {
        (false, 0) => format!("{prefix}+{bare}"),
        (false, 1) if !bare.contains(',') && !bare.contains('.') => format!("{prefix}{bare}.-"),
        (false, _) => format!("{prefix}{bare}"),
        (true, 0) => format!("{prefix}({bare})"),
        (true, 1) => format!("{prefix}-{bare}"),
        (true, 2) => format!("{prefix}−{bare}"),
        (true, 3) => format!("{prefix}{bare}-"),
        (true, 4) => format!("–{prefix}{bare}"),
        (true, _) => format!("-{prefix}{bare}"),
    };
    format!("{blank}{body}{blank}")
}

fn dress() -> impl Strategy<Value = (usize, usize, &'static str)> {
    (0_usize..6, 0_usize..6, prop_oneof![Just(""), Just(" "), Just("\u{a0}")])
}

/// Texts that look like amounts, and texts that look like nothing.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[-+−–(]{0,2}[Mm$ ]{0,3}[-+−–(]{0,1}[0-9.,\u{a0}]{0,12}[) -]{0,2}", 1 => ".*"]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_amount_in_any_dress_is_the_same_amount(
        pesos in whole(), mark in mark(), power in power(), grouped: bool, dress in dress(),
    ) {
        let text = dressed(&written(pesos.unsigned_abs().into(), power, mark, grouped), pesos < 0, power, dress);
        prop_assert_eq!(parse_money(&text, mark, power), Ok(pesos), "{}", text);
    }

    #[test]
    fn an_amount_beyond_what_can_be_stored_is_refused(
        over in 1_u128..u128::MAX >> 65, mark in mark(), power in power(), negative: bool, dress in dress(),
    ) {
        let end = if negative { i64::MIN } else { i64::MAX };
        let text = dressed(&written(u128::from(end.unsigned_abs()) + over, power, mark, true), negative, power, dress);
        prop_assert_eq!(parse_money(&text, mark, power), Err(NumberError::TooLarge), "{}", text);
    }

    #[test]
    fn more_decimals_than_the_unit_holds_are_refused(pesos in whole(), mark in mark(), power in 0_u32..=6) {
        let finer = written(u128::from(pesos.unsigned_abs()) * 10 + 1, power + 1, mark, false);
        prop_assert_eq!(parse_money(&finer, mark, power), Err(NumberError::TooPrecise), "{}", finer);
    }

    #[test]
    fn an_amount_of_another_unit_is_refused(pesos in 0_i64..1_000_000, mark in mark(), power in power()) {
        for (prefix, own) in [("M$", 3), ("MM$", 6)] {
            if power != own {
                prop_assert_eq!(parse_money(&format!("{prefix}{pesos}"), mark, power), Err(NumberError::OtherUnit));
            }
        }
    }

    #[test]
    fn what_is_read_as_an_amount_says_it_once_and_only_that(text in text(), mark in mark(), power in power()) {
        if let Ok(pesos) = parse_money(&text, mark, power) {
            let (decimal, _) = marks(mark);
            let known = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-−–()$Mm.,".contains(c);
            prop_assert!(text.chars().all(known), "{:?} was read as {}", text, pesos);
            // `5.000.-` has no sign: nothing follows the point.
            let bare = text.trim_end_matches(|c: char| c.is_whitespace() || c == ')');
            let text = bare.strip_suffix(".-").or_else(|| bare.strip_suffix(",-")).unwrap_or(&text).to_owned();
            prop_assert!(text.chars().filter(|c| "+-−–(".contains(*c)).count() <= 1, "{:?} has two signs", text);
            let (units, fraction) = text.split_once(decimal).unwrap_or((&text, ""));
            let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
            let fraction = format!("{:0<1$}", digits(fraction).trim_end_matches('0'), power as usize);
            let magnitude: u128 = format!("0{}{fraction}", digits(units)).parse().expect("digits only");
            prop_assert_eq!(u128::from(pesos.unsigned_abs()), magnitude, "{}", text);
            prop_assert!(pesos >= 0 || text.contains(['-', '−', '–', '(']), "{:?} has no sign", text);
        }
    }

    #[test]
    fn thousands_that_begin_with_zero_are_decimals_of_the_other_convention(
        zeros in "0{1,2}[0-9]{0,1}", rest in "[0-9]{3}", mark in mark(),
    ) {
        let (_, separator) = marks(mark);
        let text = format!("{zeros}{separator}{rest}");
        prop_assert_eq!(parse_integer(&text, mark), Err(NumberError::Grouping), "{}", text);
    }

    #[test]
    fn a_whole_number_comes_back(value in whole(), mark in mark(), grouped: bool) {
        let bare = written(value.unsigned_abs().into(), 0, mark, grouped);
        let text = if value < 0 { format!("-{bare}") } else { bare };
        prop_assert_eq!(parse_integer(&text, mark), Ok(value), "{}", text);
        prop_assert_eq!(parse_integer(&integer_es(value), DecimalMark::Comma), Ok(value));
    }

    #[test]
    fn a_real_number_comes_back(
        value in prop_oneof![proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO, -1e6..1e6],
        mark in mark(), grouped: bool,
    ) {
        let (decimal, separator) = marks(mark);
        let plain = value.abs().to_string();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let whole = if grouped { group(whole, separator) } else { whole.to_owned() };
        let sign = if value.is_sign_negative() { "-" } else { "" };
        let text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{decimal}{fraction}") };
        prop_assert_eq!(parse_decimal(&text, mark).map(f64::to_bits), Ok(value.to_bits()), "{}", text);
    }

    #[test]
    fn a_real_number_is_always_finite(digits in "[1-9][0-9]{300,330}", text in text(), mark in mark()) {
        for text in [digits, text] {
            match parse_decimal(&text, mark) {
                Ok(value) => prop_assert!(value.is_finite(), "{} was read as {}", text, value),
                Err(error) => prop_assert!(text.len() < 300 || error == NumberError::TooLarge, "{}: {}", text, error),
            }
        }
    }

    #[test]
    fn a_shown_number_reads_as_what_it_shows(
        value in prop_oneof![proptest::num::f64::NORMAL, -1e6..1e6, Just(0.0), Just(1e19)], decimals in 0_u8..6,
    ) {
        let shown = decimal_es(value, Decimals(decimals));
        let plain: f64 = format!("{value:.*}", usize::from(decimals)).parse().expect("a number");
        prop_assert_eq!(parse_decimal(&shown, DecimalMark::Comma), Ok(plain), "{}", &shown);
        let (whole, _) = shown.split_once(',').unwrap_or((&shown, ""));
        let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
        prop_assert_eq!(whole.trim_start_matches('-'), group(&digits, '.'));
    }

    #[test]
    fn thousands_of_pesos_are_rounded_half_away_from_zero(pesos in whole()) {
        let half = if pesos < 0 { -500 } else { 500 };
        let thousands = i64::try_from((i128::from(pesos) + half) / 1000).expect("smaller than pesos");
        let shown = thousands_of_pesos(pesos);
        prop_assert_eq!(shown.strip_prefix("M$ ").map(|n| parse_integer(n, DecimalMark::Comma)), Some(Ok(thousands)));
    }
}
