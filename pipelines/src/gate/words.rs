//! Measures in the words of the one who decides.

use goreos_domain::gate::ComunaFigure;
use goreos_domain::{Cut, Decimals, Gazetteer, MoneyUnit, Reaction, Share, decimal_es, integer_es, thousands_of_pesos};

/// `33,1 %`; a share without decimals is written without them.
pub(super) fn percent(fraction: f64) -> String {
    let percent = decimal_es(fraction * 100.0, Decimals(1));
    format!("{} %", percent.strip_suffix(",0").unwrap_or(&percent))
}

/// What the contract says of a measure that passed one of its limits.
pub(super) fn limit(reaction: Reaction, share: Share) -> String {
    let share = percent(share.fraction());
    match reaction {
        Reaction::Stop => format!("el contrato no admite más de {share}"),
        Reaction::Wait => format!("el contrato pide aprobación sobre {share}"),
        Reaction::Warn | Reaction::Publish => format!("el contrato avisa sobre {share}"),
    }
}

/// A whole number, or an amount in thousands of pesos.
pub(super) fn figure(value: i128, unit: Option<MoneyUnit>) -> String {
    match (i64::try_from(value), unit) {
        (Ok(pesos), Some(_)) => thousands_of_pesos(pesos),
        (Ok(value), None) => integer_es(value),
        (Err(_), _) => value.to_string(),
    }
}

/// `Chillán (de 12 a 7)`.
pub(super) fn comuna(figure_of: &ComunaFigure, unit: Option<MoneyUnit>) -> String {
    let value = |value: Option<i128>| value.map_or_else(|| "nada".to_owned(), |value| figure(value, unit));
    format!("{} (de {} a {})", name(&figure_of.cut), value(figure_of.before), value(figure_of.after))
}

/// The comuna's official name; its code when it is in no table.
fn name(cut: &str) -> String {
    let known = Cut::parse(cut).ok().and_then(|cut| Some(Gazetteer::official().get(&cut)?.name.clone()));
    known.unwrap_or_else(|| cut.to_owned())
}

/// `a, b, c y 4 más`.
pub(super) fn some_of(all: &[String], most: usize) -> String {
    let shown = all.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > most { format!("{shown} y {} más", all.len() - most) } else { shown }
}
