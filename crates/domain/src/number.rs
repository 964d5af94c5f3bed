//! Numbers as Chilean spreadsheets write them.

use serde::{Deserialize, Serialize};

/// Which character separates the decimals; the other one groups thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalMark {
    /// `1.234,5`
    #[serde(rename = ",")]
    Comma,
    /// `1,234.5`
    #[serde(rename = ".")]
    Point,
}

impl DecimalMark {
    fn chars(self) -> (char, char) {
        match self {
            Self::Comma => (',', '.'),
            Self::Point => ('.', ','),
        }
    }
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Letters or other signs in it.
    #[error("no es un número")]
    NotANumber,
    /// Thousands are not in groups of three, or the marks are mixed up.
    #[error("los separadores de miles o decimales no calzan")]
    Grouping,
    /// `8,17E+08`: a spreadsheet kept only its first digits.
    #[error("está en notación científica y perdió dígitos")]
    Exponent,
    /// More decimals than the unit can hold.
    #[error("tiene más decimales que los que admite la unidad")]
    TooPrecise,
    /// Outside what can be stored.
    #[error("es demasiado grande")]
    TooLarge,
    /// `M$` or `MM$` in a column of another unit.
    #[error("está en otra unidad (M$ o MM$) que la columna")]
    OtherUnit,
}

/// A number without its sign: what stands before and after the decimal mark. The first may hold marks of thousands, proven to stand right.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

/// The hyphen, the minus sign and the dash that spreadsheets put for it.
const MINUS: [char; 3] = ['-', '−', '–'];
/// Spaces that do not break: typesetters and spreadsheets put them between thousands. A common space may part two numbers.
const HARD_SPACES: [char; 3] = ['\u{a0}', '\u{2009}', '\u{202f}'];

/// A whole number; thousands may be grouped, decimals must be zero.
pub fn parse_integer(text: &str, mark: DecimalMark) -> Result<i64, NumberError> {
    match Plain::of(text, mark) {
        Some(Plain { digits, decimals: 0 }) => Ok(digits),
        _ => scaled(&split(text, mark)?, 0),
    }
}

/// A real number; also in scientific notation.
pub fn parse_decimal(text: &str, mark: DecimalMark) -> Result<f64, NumberError> {
    match Plain::of(text, mark).and_then(|plain| plain.real(text.starts_with('-'))) {
        Some(value) => Ok(value),
        None => any_decimal(text, mark),
    }
}

fn any_decimal(text: &str, mark: DecimalMark) -> Result<f64, NumberError> {
    let (sign, body) = unsigned(text);
    let (body, exponent) = match body.split_once(['e', 'E']) {
        Some((body, exponent)) if is_exponent(exponent) => (body, exponent),
        _ => (body, ""),
    };
    let (whole, fraction) = halves(body, mark)?;
    let as_in_code = exponent.is_empty() && body.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value: f64 = if as_in_code && mark == DecimalMark::Point {
        body.parse()
    } else {
        let mut plain = String::with_capacity(body.len() + exponent.len() + 3);
        plain.push('0');
        plain.extend(whole.chars().filter(char::is_ascii_digit));
        plain.push('.');
        plain.push_str(fraction);
        plain.push('0');
        if !exponent.is_empty() {
            plain.push('e');
            plain.push_str(exponent);
        }
        plain.parse()
    }
    .map_err(|_| NumberError::NotANumber)?;
    if value.is_infinite() {
        return Err(NumberError::TooLarge);
    }
    Ok(if sign == Some(Sign::Minus) { -value } else { value })
}

/// An amount in whole pesos from a text in units of `10^power` pesos (3 for `M$`): `M$817.390`, `$ 24.064`, `-5.000`, `(120,5)`,
/// `($ 5.000)`, `5.000-`, `$5.000.-`.
pub fn parse_money(text: &str, mark: DecimalMark, power: u32) -> Result<i64, NumberError> {
    match Plain::of(text, mark).filter(|plain| plain.decimals <= power && power <= 18) {
        Some(plain) => plain.digits.checked_mul(10_i64.pow(power - plain.decimals)).ok_or(NumberError::TooLarge),
        None => any_money(text, mark, power),
    }
}

fn any_money(text: &str, mark: DecimalMark, power: u32) -> Result<i64, NumberError> {
    let (outer, bare) = unsigned(text);
    let (bare, unit) = without_unit(bare);
    if unit.is_some_and(|unit| unit != power) {
        return Err(NumberError::OtherUnit);
    }
    let (inner, body) = unsigned(bare);
    if outer.is_some() && inner.is_some() {
        return Err(NumberError::NotANumber);
    }
    let (whole, fraction) = halves(body, mark)?;
    scaled(&Parts { negative: outer.or(inner) == Some(Sign::Minus), whole, fraction }, power)
}

/// `M$ 120` → `120`, thousands; `$ 120` → `120`, as the column says.
fn without_unit(text: &str) -> (&str, Option<u32>) {
    let starts = |unit: &str| text.get(..unit.len()).is_some_and(|head| head.eq_ignore_ascii_case(unit));
    if starts("MM$") {
        (&text[3..], Some(6))
    } else if starts("M$") {
        (&text[2..], Some(3))
    } else {
        (text.strip_prefix('$').unwrap_or(text), None)
    }
}

/// A number as most cells write it: a hyphen or none, digits in threes or not, and a decimal mark with digits behind it or none. The
/// general readers say the same of it, and take ten times as long.
#[derive(Debug, Clone, Copy)]
struct Plain {
    /// All its digits as one whole number, with the sign.
    digits: i64,
    /// How many of them are decimals.
    decimals: u32,
}

/// Digits that always fit in an `i64`.
const MOST_DIGITS: usize = 18;
/// Powers of ten that a double holds exactly.
const EXACT: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

impl Plain {
    /// `None` for what is written otherwise, be it a number or not.
    fn of(text: &str, mark: DecimalMark) -> Option<Self> {
        let (decimal, group) = match mark {
            DecimalMark::Comma => (b',', b'.'),
            DecimalMark::Point => (b'.', b','),
        };
        let (negative, bytes) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            bytes => (false, bytes),
        };
        if bytes.len() > MOST_DIGITS {
            return None;
        }
        let mut digits = 0_i64;
        // Digits since the last mark, and which mark that was.
        let (mut run, mut grouped, mut fraction) = (0, false, false);
        for byte in bytes {
            if byte.is_ascii_digit() {
                digits = digits * 10 + i64::from(byte - b'0');
                run += 1;
            } else if *byte == group && !fraction && (if grouped { run == 3 } else { leads(bytes, run) }) {
                (grouped, run) = (true, 0);
            } else if *byte == decimal && !fraction && (if grouped { run == 3 } else { run > 0 }) {
                (fraction, run) = (true, 0);
            } else {
                return None;
            }
        }
        if run == 0 || grouped && !fraction && run != 3 {
            return None;
        }
        Some(Self { digits: if negative { -digits } else { digits }, decimals: if fraction { run } else { 0 } })
    }

    /// The nearest double, by one division of two numbers that doubles hold exactly; `None` where they do not.
    #[expect(clippy::cast_precision_loss, reason = "below 2⁵³ nothing is lost")]
    fn real(self, negative: bool) -> Option<f64> {
        let exact = self.digits.unsigned_abs() < 1 << 53;
        let value = self.digits.unsigned_abs() as f64 / EXACT.get(self.decimals as usize).filter(|_| exact)?;
        Some(if negative { -value } else { value })
    }
}

/// True when so many first digits may stand before a mark of thousands.
fn leads(bytes: &[u8], digits: u32) -> bool {
    (1..=3).contains(&digits) && bytes.first() != Some(&b'0')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

/// The sign, and the text without it: before, after (`5.000-`) or as brackets.
fn unsigned(text: &str) -> (Option<Sign>, &str) {
    let text = text.trim();
    if let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (Some(Sign::Minus), inside.trim())
    } else if let Some(rest) = text.strip_prefix(MINUS) {
        (Some(Sign::Minus), rest.trim_start())
    } else if let Some(rest) = text.strip_prefix('+') {
        (Some(Sign::Plus), rest)
    } else {
        match text.strip_suffix(MINUS).map(str::trim_end) {
            Some(rest) if rest.ends_with(|c: char| c.is_ascii_digit()) => (Some(Sign::Minus), rest),
            _ => (None, text),
        }
    }
}

fn split(text: &str, mark: DecimalMark) -> Result<Parts<'_>, NumberError> {
    let (sign, body) = unsigned(text);
    let (whole, fraction) = halves(body, mark)?;
    Ok(Parts { negative: sign == Some(Sign::Minus), whole, fraction })
}

/// What stands before and after the decimal mark, when all of it stands right.
fn halves(text: &str, mark: DecimalMark) -> Result<(&str, &str), NumberError> {
    let (decimal, group) = mark.chars();
    // `$5.000.-`: and nothing after it.
    let bare = MINUS.iter().find_map(|minus| text.strip_suffix(*minus)?.strip_suffix(['.', ',']));
    let (whole, fraction) = match bare {
        Some(bare) if bare.contains(decimal) => return Err(NumberError::NotANumber),
        Some(bare) => (bare, ""),
        None => text.split_once(decimal).unwrap_or((text, "")),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let separator = whole.chars().find(|c| !c.is_ascii_digit());
    if !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(wrong(text, mark));
    }
    let Some(separator) = separator else { return Ok((whole, fraction)) };
    if separator != group && !HARD_SPACES.contains(&separator) {
        return Err(wrong(text, mark));
    }
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default();
    // `0.500` is half a unit in the other convention, never five hundred.
    let leads = (1..=3).contains(&first.len()) && !first.starts_with('0') && digits(first);
    if leads && groups.all(|group| group.len() == 3 && digits(group)) {
        Ok((whole, fraction))
    } else {
        Err(wrong(text, mark))
    }
}

/// Why a text that is no number is none.
fn wrong(text: &str, mark: DecimalMark) -> NumberError {
    let (decimal, group) = mark.chars();
    let marks = |c: char| c == decimal || c == group || HARD_SPACES.contains(&c);
    let number = |text: &str| {
        text.chars().all(|c| c.is_ascii_digit() || marks(c)) && text.contains(|c: char| c.is_ascii_digit())
    };
    if number(text) {
        return NumberError::Grouping;
    }
    match text.split_once(['e', 'E']) {
        Some((head, exponent)) if number(head) && is_exponent(exponent) => NumberError::Exponent,
        _ => NumberError::NotANumber,
    }
}

/// `+08`, `-5`, `12`.
fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `whole.fraction × 10^power`, exactly.
fn scaled(parts: &Parts<'_>, power: u32) -> Result<i64, NumberError> {
    let power = power as usize;
    let fraction = parts.fraction.trim_end_matches('0');
    if fraction.len() > power {
        return Err(NumberError::TooPrecise);
    }
    let zeros = std::iter::repeat_n(b'0', power - fraction.len());
    let digits = parts.whole.bytes().filter(u8::is_ascii_digit).chain(fraction.bytes()).chain(zeros);
    // Downwards: the least number has no positive counterpart.
    let value = digits.into_iter().try_fold(0_i64, |value, digit| {
        value.checked_mul(10).and_then(|value| value.checked_sub(i64::from(digit - b'0')))
    });
    let value = if parts.negative { value } else { value.and_then(i64::checked_neg) };
    value.ok_or(NumberError::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn money_comes_in_every_dress() {
        for (text, pesos) in [
            ("M$817.390", 817_390_000),
            ("$24.064", 24_064_000),
            ("1.234.567", 1_234_567_000),
            ("817390,5", 817_390_500),
            ("-5.000", -5_000_000),
            ("-$5.000", -5_000_000),
            ("(120,5)", -120_500),
            (" $ 2.800.000 ", 2_800_000_000),
            ("0", 0),
            (",5", 500),
            ("($ 5.000)", -5_000_000),
            ("$(5.000)", -5_000_000),
            ("5.000-", -5_000_000),
            ("$5.000.-", 5_000_000),
            ("$ 5.000,-", 5_000_000),
            ("-$5.000.-", -5_000_000),
            ("2\u{a0}800\u{a0}000", 2_800_000_000),
            ("m$\u{a0}12", 12_000),
        ] {
            assert_eq!(parse_money(text, DecimalMark::Comma, 3), Ok(pesos), "{text}");
        }
        assert_eq!(parse_money("$24,064", DecimalMark::Point, 3), Ok(24_064_000));
    }

    #[test]
    fn money_that_cannot_be_meant_is_refused() {
        for (text, why) in [
            ("#REF!", NumberError::NotANumber),
            ("", NumberError::NotANumber),
            ("1.23", NumberError::Grouping),
            ("12.34.567", NumberError::Grouping),
            ("1,2,3", NumberError::Grouping),
            ("1,2345", NumberError::TooPrecise),
            ("MM$12", NumberError::OtherUnit),
            ("0.500", NumberError::Grouping),
            ("-$-5", NumberError::NotANumber),
            ("(-5)", NumberError::NotANumber),
            ("99999999999999999999", NumberError::TooLarge),
            ("cien", NumberError::NotANumber),
            (".", NumberError::NotANumber),
            ("-", NumberError::NotANumber),
            ("5-5", NumberError::NotANumber),
            ("-5-", NumberError::NotANumber),
            ("5,5.-", NumberError::NotANumber),
            ("2 800", NumberError::NotANumber),
            ("8,17E+08", NumberError::Exponent),
            ("NaN", NumberError::NotANumber),
            ("inf", NumberError::NotANumber),
        ] {
            assert_eq!(parse_money(text, DecimalMark::Comma, 3), Err(why), "{text}");
        }
        assert_eq!(parse_money("M$12", DecimalMark::Comma, 0), Err(NumberError::OtherUnit));
    }

    #[test]
    fn integers_may_be_grouped_but_not_broken() {
        assert_eq!(parse_integer("184.739", DecimalMark::Comma), Ok(184_739));
        assert_eq!(parse_integer("2024,0", DecimalMark::Comma), Ok(2024));
        assert_eq!(parse_integer("20,5", DecimalMark::Comma), Err(NumberError::TooPrecise));
        assert_eq!(parse_decimal("-72,5", DecimalMark::Comma), Ok(-72.5));
        assert_eq!(parse_decimal("-36.62", DecimalMark::Point), Ok(-36.62));
        assert_eq!(parse_decimal("1e-05", DecimalMark::Point), Ok(1e-5));
        assert_eq!(parse_decimal("8,17E+08", DecimalMark::Comma), Ok(8.17e8));
        assert_eq!(parse_integer("817390.0", DecimalMark::Point), Ok(817_390));
        for text in ["NaN", "inf", "-Infinity", "1e", "e5", "1e5e5"] {
            assert_eq!(parse_decimal(text, DecimalMark::Point), Err(NumberError::NotANumber), "{text}");
        }
    }

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            "-?[0-9]{1,20}([.,][0-9]{0,20})?",
            "-?[0-9]{1,3}([.,][0-9]{3}){0,6}([.,][0-9]{0,4})?",
            "[-0-9.,]{0,10}",
            "[-+$M() 0-9.,Ee−]{0,12}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn the_quick_way_says_what_the_general_one_says(text in number(), point: bool, power in 0_u32..8) {
            let mark = if point { DecimalMark::Point } else { DecimalMark::Comma };
            prop_assert_eq!(parse_integer(&text, mark), split(&text, mark).and_then(|parts| scaled(&parts, 0)), "{}", text);
            prop_assert_eq!(parse_money(&text, mark, power), any_money(&text, mark, power), "{}", text);
            let (quick, general) = (parse_decimal(&text, mark), any_decimal(&text, mark));
            prop_assert_eq!(quick.map(f64::to_bits), general.map(f64::to_bits), "{}", text);
        }

        #[test]
        fn most_numbers_go_the_quick_way(whole in -999_999_i64..999_999, decimals in 0_u32..999_999) {
            for text in [format!("{whole}"), format!("{whole},{decimals}")] {
                prop_assert!(Plain::of(&text, DecimalMark::Comma).is_some(), "{}", text);
            }
        }
    }
}
