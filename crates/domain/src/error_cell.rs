//! The error cells of spreadsheets, as they are written when a sheet is saved as text.

/// What follows the `#` (and `¡` or `¿` in Spanish), in Excel and LibreOffice.
const ERRORS: [&str; 28] = [
    "REF!",
    "ERROR!",
    "N/A",
    "N/D",
    "VALUE!",
    "VALOR!",
    "DIV/0!",
    "NAME?",
    "NOMBRE?",
    "NUM!",
    "NULL!",
    "NULO!",
    "SPILL!",
    "DESBORDAMIENTO!",
    "CALC!",
    "CALCULO!",
    "FIELD!",
    "CAMPO!",
    "BLOCKED!",
    "BLOQUEADO!",
    "CONNECT!",
    "CONECTAR!",
    "UNKNOWN!",
    "DESCONOCIDO!",
    "BUSY!",
    "OCUPADO!",
    "GETTING_DATA",
    "OBTENIENDO_DATOS",
];

/// True for `#REF!`, `#N/A`, `#¡VALOR!`, `#¿NOMBRE?`, LibreOffice's `Err:502`, and for `####`: a number that did not fit its column.
pub fn is_error_cell(text: &str) -> bool {
    let text = text.trim();
    if let Some(code) = text.strip_prefix("Err:") {
        return code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
    }
    let Some(rest) = text.strip_prefix('#') else { return false };
    if rest.len() >= 2 && rest.bytes().all(|b| b == b'#') {
        return true;
    }
    // In DOS and Latin-1 files the inverted marks are often lost on the way.
    let body = rest.trim_start_matches(['¡', '¿', '?', '¨', '\u{fffd}', '\u{ad}']);
    ERRORS.iter().any(|error| body.eq_ignore_ascii_case(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_known_in_both_languages_and_nothing_else_is_one() {
        for text in [
            "#REF!",
            "#N/A",
            "#n/a",
            " #VALUE! ",
            "#DIV/0!",
            "#NAME?",
            "#NUM!",
            "#NULL!",
            "#SPILL!",
            "#¡REF!",
            "#¡VALOR!",
            "#N/D",
            "#¿NOMBRE?",
            "#¡DIV/0!",
            "#¡NUM!",
            "#¡NULO!",
            "#¡DESBORDAMIENTO!",
            "####",
            "########",
            "Err:502",
        ] {
            assert!(is_error_cell(text), "{text}");
        }
        for text in ["", "#", "##", "#1", "# 12", "N/A", "REF!", "#REF", "Err:", "Err:50", "Err:abc", "#hashtag"] {
            assert!(!is_error_cell(text), "{text}");
        }
    }
}
