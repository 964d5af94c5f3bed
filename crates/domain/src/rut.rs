//! RUT: the tax number of people and firms, with its check digit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A RUT whose check digit is right. Written `12345678-5`; kept and compared so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rut(u32);

/// Why a text is no RUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RutError {
    /// Letters, too few or too many digits, points out of place.
    #[error("no tiene la forma de un RUT")]
    Form,
    /// The digit that follows from the number, and the one written.
    #[error("el dígito verificador debería ser {expected} y es {found}")]
    CheckDigit {
        /// As computed.
        expected: char,
        /// As written.
        found: char,
    },
}

/// Digits before the check digit, at most: schools use nine for pupils without a RUN.
const MOST_DIGITS: usize = 9;
/// Digits before the check digit when no hyphen sets it off: a shorter number is rather no RUT at all.
const LEAST_BARE_DIGITS: usize = 6;
/// What stands before the check digit.
const HYPHENS: [char; 4] = ['-', '‐', '‑', '–'];

impl Rut {
    /// Reads `12.345.678-5`, `12345678-5`, `123456785` and `12.345.678 - k`.
    ///
    /// # Errors
    /// When it has another form, or when the check digit (modulo 11) is wrong: the error says which one was expected.
    pub fn parse(text: &str) -> Result<Self, RutError> {
        let text = text.trim();
        let found = text.chars().next_back().ok_or(RutError::Form)?.to_ascii_uppercase();
        if !found.is_ascii_digit() && found != 'K' {
            return Err(RutError::Form);
        }
        let rest = text[..text.len() - 1].trim_end();
        let (number, bare) = match rest.strip_suffix(HYPHENS) {
            Some(number) => (number.trim_end(), false),
            None => (rest, true),
        };
        let (value, digits) = grouped(number).ok_or(RutError::Form)?;
        if value == 0 || (bare && digits < LEAST_BARE_DIGITS) {
            return Err(RutError::Form);
        }
        let expected = check_digit(value);
        if found == expected { Ok(Self(value)) } else { Err(RutError::CheckDigit { expected, found }) }
    }

    /// The number without its check digit.
    pub fn number(self) -> u32 {
        self.0
    }

    /// `0` to `9`, or `K`.
    pub fn check_digit(self) -> char {
        check_digit(self.0)
    }
}

/// The number and how many digits it has, when points, if any, stand before each three.
fn grouped(text: &str) -> Option<(u32, usize)> {
    let (mut value, mut digits, mut group, mut pointed) = (0, 0, 0, false);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if digits < MOST_DIGITS => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                group += 1;
            }
            b'.' if group == 3 || (!pointed && (1..3).contains(&group)) => {
                pointed = true;
                group = 0;
            }
            _ => return None,
        }
    }
    (digits > 0 && (!pointed || group == 3)).then_some((value, digits))
}

/// Modulo 11 over the digits from the right, weighted 2 to 7 and again.
fn check_digit(number: u32) -> char {
    let (mut rest, mut weight, mut sum) = (number, 2, 0);
    while rest > 0 {
        sum += rest % 10 * weight;
        weight = if weight == 7 { 2 } else { weight + 1 };
        rest /= 10;
    }
    match 11 - sum % 11 {
        11 => '0',
        10 => 'K',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

impl fmt::Display for Rut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.check_digit())
    }
}

impl TryFrom<String> for Rut {
    type Error = RutError;
    fn try_from(text: String) -> Result<Self, RutError> {
        Self::parse(&text)
    }
}

impl From<Rut> for String {
    fn from(rut: Rut) -> Self {
        rut.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rut_is_read_however_it_is_written() {
        for text in ["12.345.678-5", "12345678-5", "123456785", " 12.345.678 - 5\u{a0}", "012345678-5", "12345678‐5"]
        {
            assert_eq!(Rut::parse(text).map(|rut| rut.to_string()), Ok("12345678-5".into()), "{text}");
        }
        assert_eq!(Rut::parse("6-k").map(|rut| rut.to_string()), Ok("6-K".into()));
        assert_eq!(Rut::parse("1-9").map(Rut::number), Ok(1));
    }

    #[test]
    fn a_wrong_check_digit_says_which_one_was_expected() {
        let error = Rut::parse("12.345.678-4").expect_err("wrong");
        assert_eq!(error, RutError::CheckDigit { expected: '5', found: '4' });
        assert_eq!(error.to_string(), "el dígito verificador debería ser 5 y es 4");
    }

    #[test]
    fn what_has_another_form_is_no_rut() {
        for text in
            ["", "-", "K", "19", "2024", "12.34.567-8", "1234.567-8", "1-2-3", "ABC-1", "0-0", "12345678901-2", "ñ"]
        {
            assert_eq!(Rut::parse(text), Err(RutError::Form), "{text}");
        }
    }
}
