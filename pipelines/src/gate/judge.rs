//! What follows from the facts.

use std::cmp::Reverse;

use goreos_domain::gate::{ColumnFacts, Indicator, Outcome, Reason};
use goreos_domain::{Approval, Drift, Fault, GateLimit, Reaction, integer_es};

use super::Facts;
use super::words::{self, percent};

/// Comunas, columns and sentences named in one reason.
const MOST_NAMED: usize = 5;
/// Columns that get a reason of their own.
const MOST_COLUMNS: usize = 20;

/// The outcome: what was compared, with the reasons and what they ask for.
pub(crate) fn judge(facts: &Facts<'_>) -> Outcome {
    let mut reasons: Vec<Reason> = Vec::new();
    reasons.extend(rows_of_file(facts));
    reasons.extend(rows_of_release(facts));
    reasons.extend(columns(facts));
    reasons.extend(facts.compared.indicators.iter().filter_map(|indicator| figure(&facts.limits.indicator, indicator)));
    reasons.extend(drift(facts));
    reasons.extend(losses(facts));
    reasons.extend(rollback(facts));
    if facts.limits.approval == Approval::Always {
        reasons.push(always(
            "gate.approval",
            Reaction::Wait,
            "El contrato pide que una persona apruebe cada publicación.".into(),
        ));
    }
    reasons.sort_by_key(|reason| Reverse(reason.reaction));
    let reaction = reasons.first().map_or(Reaction::Publish, |reason| reason.reaction);
    Outcome { reaction, reasons, ..facts.compared.clone() }
}

/// Why a run that must stop stops; `None` when it need not.
pub(crate) fn fault(outcome: &Outcome) -> Option<Fault> {
    let reason = outcome.reasons.first().filter(|reason| reason.reaction == Reaction::Stop)?;
    let remedy = match reason.code.as_str() {
        "gate.empty" => "Corrija las filas que se listan abajo, o revise que el archivo sea el de este conjunto.",
        "gate.rejected" => "Corrija las filas que se listan abajo y cargue el archivo de nuevo.",
        "gate.drift" => "Pida el archivo con las columnas de siempre, o adapte el contrato a las nuevas.",
        _ => "Revise que el archivo esté completo. Si el cambio es real, suba ese límite en [gate] del contrato.",
    };
    Some(Fault::give_up(&reason.code, format!("{} No se publicó nada.", reason.what), remedy))
}

fn rows_of_file(facts: &Facts<'_>) -> Vec<Reason> {
    let Some(accounting) = facts.accounting else { return Vec::new() };
    let mut reasons = Vec::new();
    if accounting.loaded == 0 {
        let what = format!("Se rechazaron las {} filas del archivo.", integer_es(accounting.read));
        reasons.push(always("gate.empty", Reaction::Stop, what));
    }
    let rejected = share(accounting.rejected, accounting.read);
    let keys = match facts.repeated_keys {
        0 => String::new(),
        keys => format!(", {} de ellas porque su clave ya estaba", integer_es(keys)),
    };
    let count = format!(
        "Se rechazaron {} de {} filas ({}){keys}",
        integer_es(accounting.rejected),
        integer_es(accounting.read),
        percent(rejected)
    );
    let passed = passed("gate.rejected", &facts.limits.rejected, rejected, &count);
    if passed.is_none() && facts.repeated_keys > 0 {
        reasons.push(always("gate.rejected", Reaction::Warn, format!("{count}.")));
    }
    reasons.extend(passed);
    reasons
}

fn rows_of_release(facts: &Facts<'_>) -> Vec<Reason> {
    let after = facts.compared.rows.after;
    let Some(before) = facts.compared.rows.before.filter(|rows| *rows > 0) else { return Vec::new() };
    let told = |verb: &str, by: f64| {
        format!("El conjunto {verb} de {} a {} filas ({})", integer_es(before), integer_es(after), percent(by))
    };
    let (shrink, growth) = (share(before - after, before), share(after - before, before));
    [
        passed("gate.shrink", &facts.limits.shrink, shrink, &told("bajaría", shrink)),
        passed("gate.growth", &facts.limits.growth, growth, &told("subiría", growth)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn columns(facts: &Facts<'_>) -> Vec<Reason> {
    let rows = facts.compared.rows;
    let before_rows = rows.before.unwrap_or(0);
    let empties = facts.compared.columns.iter().filter_map(|column| {
        let (before, after) = (share(column.empty_before, before_rows), share(column.empty_after, rows.after));
        let told = format!(
            "La columna «{}» pasaría de {} a {} de celdas vacías",
            titled(column),
            percent(before),
            percent(after)
        );
        passed("gate.empty_cells", &facts.limits.empty, after - before, &told)
    });
    let totals = facts.compared.columns.iter().filter_map(|column| {
        let (before, after) = (column.total_before?, column.total_after?);
        let change = change(Some(before), Some(after));
        let by = if change.is_finite() { format!(" ({})", percent(change)) } else { String::new() };
        let told = format!(
            "El total de «{}» pasaría de {} a {}{by}",
            titled(column),
            words::figure(before, None),
            words::figure(after, None)
        );
        passed("gate.total", &facts.limits.total, change, &told)
    });
    let mut reasons: Vec<Reason> = empties.chain(totals).collect();
    reasons.sort_by_key(|reason| Reverse(reason.reaction));
    reasons.truncate(MOST_COLUMNS);
    reasons
}

/// One reason for a figure: the strongest limit passed, and the comunas that pass it, the largest changes first.
fn figure(limit: &GateLimit, indicator: &Indicator) -> Option<Reason> {
    // A figure nobody has seen yet changes nothing.
    indicator.before?;
    let judged: Vec<_> =
        indicator.comunas.iter().map(|comuna| (comuna, limit.judge(change(comuna.before, comuna.after)))).collect();
    let (reaction, share) = judged.iter().map(|(_, judged)| *judged).max_by_key(|(reaction, _)| *reaction)?;
    let share = share?;
    let mut over: Vec<_> =
        judged.into_iter().filter(|(_, (of, _))| *of == reaction).map(|(comuna, _)| comuna).collect();
    over.sort_by_key(|comuna| Reverse(comuna.delta().unsigned_abs()));
    let names: Vec<String> = over.iter().map(|comuna| words::comuna(comuna, indicator.unit)).collect();
    let comunas = if names.len() == 1 { "una comuna".to_owned() } else { format!("{} comunas", names.len()) };
    Some(Reason {
        code: "gate.indicator".into(),
        reaction,
        what: format!(
            "«{}» de «{}» cambiaría en {comunas} más que el límite: {}; {}.",
            indicator.figure,
            indicator.title,
            words::some_of(&names, MOST_NAMED),
            words::limit(reaction, share)
        ),
        limit: Some(share.into()),
    })
}

fn drift(facts: &Facts<'_>) -> Option<Reason> {
    let drift = &facts.compared.drift;
    if drift.is_empty() {
        return None;
    }
    let reaction = match facts.limits.drift {
        Drift::Warn => Reaction::Warn,
        Drift::Wait => Reaction::Wait,
        Drift::Stop => Reaction::Stop,
    };
    let more = match drift.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" Y {more} cambios más."),
    };
    let named = drift.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(" ");
    Some(always("gate.drift", reaction, format!("Cambian las columnas. {named}{more}")))
}

fn losses(facts: &Facts<'_>) -> Option<Reason> {
    if facts.compared.losses.is_empty() {
        return None;
    }
    let named: Vec<String> =
        facts.compared.losses.iter().map(|loss| format!("{} en «{}»", loss.column, loss.page)).collect();
    let what = format!("Hay páginas que no encontrarían lo que muestran: {}.", words::some_of(&named, MOST_NAMED));
    Some(always("gate.loss", Reaction::Wait, what))
}

fn rollback(facts: &Facts<'_>) -> Option<Reason> {
    let undoes = facts.undoes?;
    let reaction = if facts.scheduled { Reaction::Wait } else { Reaction::Warn };
    let what = format!(
        "La edición {} volvió a los datos de la edición {}: publicar esta carga deshace esa vuelta atrás.",
        undoes.edition, undoes.to
    );
    Some(always("gate.rollback", reaction, what))
}

fn titled(column: &ColumnFacts) -> &str {
    if column.title.is_empty() { &column.name } else { &column.title }
}

/// A reason when the measure passes one of the limits; `told` is a sentence without its full stop.
fn passed(code: &str, limit: &GateLimit, measure: f64, told: &str) -> Option<Reason> {
    let (reaction, share) = limit.judge(measure);
    let share = share?;
    let what = format!("{told}; {}.", words::limit(reaction, share));
    Some(Reason { code: code.into(), reaction, what, limit: Some(share.into()) })
}

/// A reason that has no limit.
fn always(code: &str, reaction: Reaction, what: String) -> Reason {
    Reason { code: code.into(), reaction, what, limit: None }
}

#[expect(clippy::cast_precision_loss, reason = "a share, for limits and for people")]
fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// By which share of what it was a figure changes, up or down; without end when it was nothing.
#[expect(clippy::cast_precision_loss, reason = "a share, for limits and for people")]
fn change(before: Option<i128>, after: Option<i128>) -> f64 {
    match (before.unwrap_or(0), after.unwrap_or(0)) {
        (before, after) if before == after => 0.0,
        (0, _) => f64::INFINITY,
        (before, after) => after.saturating_sub(before) as f64 / before as f64,
    }
    .abs()
}
