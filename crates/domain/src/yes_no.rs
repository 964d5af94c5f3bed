//! Yes and no as forms are filled in.

/// Reads `sí`, `si`, `s`, `x`, `1`, `verdadero`, `true`, and `no`, `n`, `0`, `falso`, `false`, in any case.
///
/// `None` for anything else. An empty cell is no answer, also in a column where a yes is a cross.
pub fn parse_bool(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    // Accents are not ASCII: both cases are listed, also with the accent as a character of its own.
    if is(&["si", "s", "x", "1", "verdadero", "true", "sí", "sÍ", "si\u{301}"]) {
        Some(true)
    } else if is(&["no", "n", "0", "falso", "false"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_in_any_case_and_nothing_else_is_an_answer() {
        for yes in ["sí", "SÍ", "Sí", "sÍ", "si", "S", "x", "X", "1", "VERDADERO", "True", " si\u{a0}", "SI\u{301}"]
        {
            assert_eq!(parse_bool(yes), Some(true), "{yes}");
        }
        for no in ["no", "NO", "n", "0", "Falso", "FALSE"] {
            assert_eq!(parse_bool(no), Some(false), "{no}");
        }
        for other in ["", "2", "tal vez", "-", "sí no", "nó", "10"] {
            assert_eq!(parse_bool(other), None, "{other}");
        }
    }
}
