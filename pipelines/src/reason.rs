//! Why rows are refused, in the words their author reads.

use goreos_domain::Column;
use serde::Serialize;

/// Why a row is refused: one of possibly several reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Reason {
    /// The contract's column; empty when the whole row is meant.
    pub(crate) column: String,
    /// What the file calls that column; empty when the whole row is meant.
    pub(crate) header: String,
    /// The cell as received.
    pub(crate) value: String,
    /// The rule it breaks, as the contract writes it.
    pub(crate) rule: String,
    /// Stable, English.
    pub(crate) code: String,
    /// Spanish.
    #[serde(rename = "reason")]
    pub(crate) why: String,
    /// Spanish.
    pub(crate) remedy: String,
}

impl Reason {
    /// A reason about the row as a whole.
    pub(crate) fn row(code: &str, reason: &str, remedy: &str) -> Self {
        Self {
            column: String::new(),
            header: String::new(),
            value: String::new(),
            rule: "fila".into(),
            code: code.into(),
            why: reason.into(),
            remedy: remedy.into(),
        }
    }

    /// A reason about a cell of the column that the file calls `header`.
    pub(crate) fn cell(column: &Column, header: &str, value: &str, problem: Problem) -> Self {
        Self {
            column: column.name.to_string(),
            header: header.into(),
            value: value.into(),
            rule: problem.rule,
            code: problem.code.into(),
            why: problem.reason,
            remedy: problem.remedy,
        }
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) rule: String,
    pub(crate) code: &'static str,
    pub(crate) reason: String,
    pub(crate) remedy: String,
}

impl Problem {
    pub(crate) fn new(
        rule: impl Into<String>,
        code: &'static str,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { rule: rule.into(), code, reason: reason.into(), remedy: remedy.into() }
    }
}

/// Characters of a cell that a sentence repeats; the whole cell stands beside it.
const MOST_QUOTED: usize = 40;

/// The text as a sentence quotes it: «so», cut when it is long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MOST_QUOTED) {
        Some((end, _)) => format!("«{}…»", text[..end].trim_end()),
        None => format!("«{text}»"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use goreos_domain::cause_es;

    use super::*;

    /// What a code of a refused row begins with.
    const KINDS: [&str; 5] = ["geometry.", "key.", "place.", "row.", "value."];
    /// Texts of that form that are something else: rules of a contract, and faults of a whole file.
    const OTHERS: [&str; 4] = ["place.geometry", "place.no_boundaries", "place.territory", "place.territory.level"];

    fn codes(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                codes(&entry, found);
            } else {
                let text = fs::read_to_string(entry).expect("a source");
                let quoted = text
                    .split('"')
                    .filter(|part| part.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'_')));
                found.extend(
                    quoted
                        .filter(|part| KINDS.iter().any(|kind| part.len() > kind.len() && part.starts_with(kind)))
                        .map(str::to_owned),
                );
            }
        }
    }

    #[test]
    fn every_code_of_a_refused_row_has_a_title() {
        let mut found = BTreeSet::new();
        codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.len() > 20, "{found:?}");
        let untitled: Vec<&String> =
            found.iter().filter(|code| !OTHERS.contains(&code.as_str()) && cause_es(code) == "Otra causa").collect();
        assert!(untitled.is_empty(), "no title in crates/domain/src/cause.rs: {untitled:?}");
    }

    #[test]
    fn a_long_cell_is_quoted_by_its_beginning() {
        assert_eq!(quoted("Ñiquén"), "«Ñiquén»");
        assert_eq!(quoted(&"ñ".repeat(41)), format!("«{}…»", "ñ".repeat(40)));
    }
}
