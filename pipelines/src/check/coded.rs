//! Values with a form of their own: codes, tax numbers, periods, dates, answers.

use std::borrow::Cow;

use chrono::NaiveDate;
use goreos_domain::{Cut, Gazetteer, Period, Rut, RutError, parse_bool, parse_date};

use crate::reason::{Problem, quoted};

/// A territorial code in force, or the one that replaced a historic one.
pub(super) fn cut(text: &str) -> Result<&'static str, Problem> {
    let gazetteer = Gazetteer::official();
    if let Some(known) = gazetteer.of_code(text) {
        return Ok(known.cut.as_str());
    }
    let lost_zero = || gazetteer.of_code(&format!("0{text}")).map(|known| &known.cut);
    let remedy = if Cut::parse(text).is_ok() {
        "Revise el código en la tabla de SUBDERE.".into()
    } else if let Some(cut) = lost_zero() {
        format!("Excel quitó el cero inicial: es «{cut}». Guarde la columna como texto.")
    } else {
        "Use el código de cinco dígitos de SUBDERE.".into()
    };
    let reason = format!("{} no es un código territorial (CUT) vigente.", quoted(text));
    Err(Problem::new("type = cut", "value.not_cut", reason, remedy))
}

/// A tax number as it is kept: `12345678-5`.
pub(super) fn rut(text: &str) -> Result<Cow<'_, str>, Problem> {
    match Rut::parse(text) {
        Ok(rut) => {
            // What parses, has a hyphen and nothing to leave out is written as it is kept.
            let kept = text.contains('-')
                && !text.starts_with('0')
                && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'K'));
            Ok(if kept { Cow::Borrowed(text) } else { Cow::Owned(rut.to_string()) })
        }
        Err(RutError::CheckDigit { expected, found }) => Err(Problem::new(
            "type = rut",
            "value.not_rut",
            format!("{} no es un RUT válido: su dígito verificador debería ser {expected} y es {found}.", quoted(text)),
            "Revise el número completo: el error puede estar en cualquiera de sus dígitos.",
        )),
        Err(RutError::Form) => Err(Problem::new(
            "type = rut",
            "value.not_rut",
            format!("{} no tiene la forma de un RUT.", quoted(text)),
            "Escríbalo con su dígito verificador: 12.345.678-5.",
        )),
    }
}

/// A period as it is kept: `2024`, `2024-S1`, `2024-T3`, `2024-07`.
pub(super) fn period(text: &str) -> Result<Cow<'_, str>, Problem> {
    match Period::parse(text).map(|period| period.to_string()) {
        Ok(kept) if kept == text => Ok(Cow::Borrowed(text)),
        Ok(kept) => Ok(Cow::Owned(kept)),
        Err(_) => Err(Problem::new(
            "type = period",
            "value.not_period",
            format!("{} no es un período.", quoted(text)),
            "Escriba el año (2024), el semestre (2024-S1), el trimestre (2024-T3) o el mes (2024-07).",
        )),
    }
}

/// Days since 1970-01-01.
pub(super) fn date(text: &str) -> Result<i32, Problem> {
    let wrong = |reason: String, remedy: &str| Problem::new("type = date", "value.not_date", reason, remedy);
    let Some(parsed) = parse_date(text) else {
        let serial = (4..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        return Err(if serial {
            wrong(
                format!("{} es un número, no una fecha.", quoted(text)),
                "Dé a la columna formato de fecha en la planilla y guárdela de nuevo.",
            )
        } else {
            wrong(
                format!("{} no es una fecha del calendario.", quoted(text)),
                "Escríbala como día-mes-año: 29-10-2025.",
            )
        });
    };
    let days = parsed.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).map_err(|_| wrong(format!("{} está fuera del calendario.", quoted(text)), "Revise el año."))
}

/// Yes or no.
pub(super) fn bool(text: &str) -> Result<bool, Problem> {
    parse_bool(text).ok_or_else(|| {
        Problem::new(
            "type = bool",
            "value.not_bool",
            format!("{} no es ni sí ni no.", quoted(text)),
            "Escriba «sí» o «no».",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_its_zero_is_told_which_one_it_is() {
        assert_eq!(cut("16101").expect("in force"), "16101");
        assert_eq!(cut("08401").expect("historic"), "16101");
        let lost = cut("8401").expect_err("no zero");
        assert!(lost.remedy.contains("quitó el cero inicial: es «16101»"), "{}", lost.remedy);
        assert_eq!(cut("99999").expect_err("unknown").code, "value.not_cut");
    }

    #[test]
    fn a_rut_is_kept_in_one_form_and_a_wrong_digit_is_told() {
        for text in ["12.345.678-5", "12345678-5", "012345678-5", "123456785", "12345678 - 5"] {
            assert_eq!(rut(text).expect("valid"), "12345678-5", "{text}");
        }
        assert_eq!(rut("6-k").expect("valid"), "6-K");
        let wrong = rut("12.345.678-4").expect_err("wrong");
        assert_eq!(wrong.reason, "«12.345.678-4» no es un RUT válido: su dígito verificador debería ser 5 y es 4.");
        assert_eq!(rut("s/i").expect_err("no RUT").remedy, "Escríbalo con su dígito verificador: 12.345.678-5.");
    }

    #[test]
    fn a_serial_number_is_no_date_and_is_told_so() {
        assert_eq!(date("1.1.1970").expect("a date"), 0);
        assert_eq!(date("45000").expect_err("a number").reason, "«45000» es un número, no una fecha.");
        assert_eq!(date("31-02-2024").expect_err("no day").code, "value.not_date");
    }
}
