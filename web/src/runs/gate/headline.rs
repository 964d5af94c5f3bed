//! What would change, in one line.

use goreos_domain::gate::{ComunaFigure, Indicator, Outcome};
use goreos_domain::{RunState, integer_es};

use crate::words::{counted, relative_change, rough};

/// Whether it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tense {
    /// If somebody approves.
    Would,
    /// As soon as it is published.
    Will,
    /// Readers see it.
    Did,
    /// It was not published.
    WouldHave,
}

impl Tense {
    /// Of a run in that state.
    pub fn of(state: RunState) -> Self {
        match state {
            RunState::Published => Self::Did,
            RunState::Failed | RunState::Cancelled | RunState::Unchanged => Self::WouldHave,
            RunState::AwaitingApproval => Self::Would,
            RunState::Queued | RunState::Running => Self::Will,
        }
    }

    fn say(self, would: &'static str, did: &'static str, would_have: &'static str) -> &'static str {
        match self {
            Self::Would | Self::Will => would,
            Self::Did => did,
            Self::WouldHave => would_have,
        }
    }
}

/// `Espera aprobación: si se publica, 3 comunas cambian más de 25 %`
pub fn headline(outcome: &Outcome, tense: Tense) -> String {
    let (opening, unchanged) = match tense {
        Tense::Would => {
            ("Espera aprobación: si se publica, ", "Espera aprobación: nada cambia de lo que ven los lectores")
        }
        Tense::Will => ("Al publicarse, ", "Al publicarse, nada cambia de lo que ven los lectores"),
        Tense::Did => ("Al publicarse, ", "Se publicó sin cambiar ninguna cifra"),
        Tense::WouldHave => ("No se publicó: ", "No se publicó"),
    };
    clause(outcome, tense).map_or_else(|| unchanged.into(), |clause| format!("{opening}{clause}"))
}

/// Rows first when they are why it waits, then comunas: the two things a planner asks for.
fn clause(outcome: &Outcome, tense: Tense) -> Option<String> {
    let why = outcome.reasons.first().map(|reason| reason.code.as_str());
    let comunas = comunas(outcome, tense);
    let rows = rows(outcome, tense);
    match (why, rows, comunas) {
        (Some("gate.shrink" | "gate.growth" | "gate.empty"), Some(rows), Some(comunas)) => {
            Some(format!("{rows} y {comunas}"))
        }
        (_, _, Some(comunas)) => Some(comunas),
        (_, rows, None) => rows,
    }
}

fn rows(outcome: &Outcome, tense: Tense) -> Option<String> {
    let (before, after) = (outcome.rows.before?, outcome.rows.after);
    if before == after {
        return None;
    }
    let share = relative_change(Some(before.into()), Some(after.into()));
    let share = share.trim_start_matches(['+', '-']);
    let verb = if after < before {
        tense.say("el conjunto pierde", "el conjunto perdió", "el conjunto habría perdido")
    } else {
        tense.say("el conjunto crece en", "el conjunto creció en", "el conjunto habría crecido en")
    };
    if before == 0 {
        return Some(format!("{verb} {}", counted(after, "fila", "filas")));
    }
    Some(format!("{verb} {share} de sus filas ({} → {})", integer_es(before), integer_es(after)))
}

/// Of the figure that changes in most comunas; those beyond the contract's limit when there are such.
fn comunas(outcome: &Outcome, tense: Tense) -> Option<String> {
    let verb = |count: usize| {
        if count == 1 {
            tense.say("cambia", "cambió", "habría cambiado")
        } else {
            tense.say("cambian", "cambiaron", "habrían cambiado")
        }
    };
    let told = |count: usize| {
        let many = i64::try_from(count).unwrap_or(i64::MAX);
        format!("{} {}", counted(many, "comuna", "comunas"), verb(count))
    };
    if let Some((limit, text)) = limit(outcome) {
        let over =
            outcome.indicators.iter().map(|figure| figure.comunas.iter().filter(|c| is_over(c, limit)).count()).max();
        if let Some(count) = over.filter(|count| *count > 0) {
            return Some(format!("{} más de {text}", told(count)));
        }
    }
    let count = outcome.indicators.iter().map(changed).max().filter(|count| *count > 0)?;
    Some(told(count))
}

fn changed(figure: &Indicator) -> usize {
    figure.comunas.iter().filter(|comuna| comuna.delta() != 0).count()
}

/// The contract's limit on figures of a comuna that was passed, as a share and as the contract writes it.
pub fn limit(outcome: &Outcome) -> Option<(f64, String)> {
    let reason = outcome.reasons.iter().find(|reason| reason.code == "gate.indicator")?;
    let text = reason.limit.as_ref()?;
    let percent: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    Some((percent / 100.0, text.replace('%', " %").replace('.', ",")))
}

/// A comuna whose figure changes by more than that share of what it was; a new one counts.
pub fn is_over(comuna: &ComunaFigure, limit: f64) -> bool {
    let before = comuna.before.unwrap_or(0);
    comuna.delta() != 0 && (before == 0 || rough(comuna.delta().abs()) / rough(before.abs()) > limit)
}

#[cfg(test)]
mod tests {
    use goreos_domain::gate::{Reason, Rows};
    use goreos_domain::{DatasetId, MoneyUnit, Reaction};

    use super::*;

    fn outcome(codes: &[(&str, Option<&str>)], rows: (Option<i64>, i64), comunas: &[(i128, i128)]) -> Outcome {
        let reason = |(code, limit): &(&str, Option<&str>)| Reason {
            code: (*code).into(),
            reaction: Reaction::Wait,
            what: String::new(),
            limit: limit.map(Into::into),
        };
        let comuna = |(before, after): &(i128, i128)| ComunaFigure {
            cut: "16101".into(),
            before: Some(*before),
            after: Some(*after),
        };
        Outcome {
            reaction: Reaction::Wait,
            reasons: codes.iter().map(reason).collect(),
            rows: Rows { before: rows.0, after: rows.1 },
            indicators: vec![Indicator {
                dataset: DatasetId::parse("inversion_comunal").expect("an id"),
                title: "Inversión por comuna".into(),
                column: "monto".into(),
                figure: "Monto FNDR".into(),
                unit: Some(MoneyUnit::Pesos),
                before: None,
                after: None,
                comunas: comunas.iter().map(comuna).collect(),
            }],
            ..Outcome::default()
        }
    }

    #[test]
    fn comunas_beyond_the_limit_are_what_a_planner_reads_first() {
        let outcome =
            outcome(&[("gate.indicator", Some("25%"))], (Some(100), 99), &[(100, 50), (100, 90), (0, 1), (5, 5)]);
        assert_eq!(headline(&outcome, Tense::Would), "Espera aprobación: si se publica, 2 comunas cambian más de 25 %");
        assert_eq!(headline(&outcome, Tense::Did), "Al publicarse, 2 comunas cambiaron más de 25 %");
        assert_eq!(headline(&outcome, Tense::WouldHave), "No se publicó: 2 comunas habrían cambiado más de 25 %");
    }

    #[test]
    fn a_file_that_shrank_says_by_how_much_and_how_many_comunas_change() {
        let outcome = outcome(&[("gate.shrink", Some("20%"))], (Some(2_314), 1_430), &[(100, 50)]);
        assert_eq!(
            headline(&outcome, Tense::Would),
            "Espera aprobación: si se publica, el conjunto pierde 38,2 % de sus filas (2.314 → 1.430) y 1 comuna cambia"
        );
    }

    #[test]
    fn what_changes_nothing_says_so() {
        let same = outcome(&[("gate.approval", None)], (Some(9), 9), &[(5, 5)]);
        assert_eq!(headline(&same, Tense::Would), "Espera aprobación: nada cambia de lo que ven los lectores");
        let first = outcome(&[("gate.approval", None)], (None, 9), &[]);
        assert!(headline(&first, Tense::Would).contains("nada cambia"));
        let grown = outcome(&[("gate.approval", None)], (Some(10), 15), &[]);
        assert!(headline(&grown, Tense::Would).ends_with("el conjunto crece en 50,0 % de sus filas (10 → 15)"));
    }
}
