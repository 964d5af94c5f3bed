//! Why rows are refused, in the words their author reads.

use goreos_domain::Column;
use serde::Serialize;

/// Why a row is refused: one of possibly several reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Reason {
    /// The contract's column; empty when the whole row is meant.
    pub(crate) column: String,
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
            value: String::new(),
            rule: "fila".into(),
            code: code.into(),
            why: reason.into(),
            remedy: remedy.into(),
        }
    }

    /// A reason about a cell.
    pub(crate) fn cell(column: &Column, value: &str, problem: Problem) -> Self {
        Self {
            column: column.name.to_string(),
            value: value.into(),
            rule: problem.rule,
            code: problem.code.into(),
            why: problem.reason,
            remedy: problem.remedy,
        }
    }
}

/// What is wrong with a value.
#[derive(Debug)]
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
