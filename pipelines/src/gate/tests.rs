use goreos_db::gate::Undoes;
use goreos_domain::gate::{ColumnFacts, ComunaFigure, Indicator, Loss, Outcome, Rows};
use goreos_domain::{Approval, DatasetId, Drift, EditionId, GateLimit, MoneyUnit, Reaction, Share};

use super::*;

fn limit(warn: &str, wait: &str, stop: &str) -> GateLimit {
    let share = |text: &str| (!text.is_empty()).then(|| Share::try_from(text.to_owned()).expect("a share"));
    GateLimit { warn: share(warn), wait: share(wait), stop: share(stop) }
}

fn rows(loaded: i64, rejected: i64) -> Accounting {
    Accounting { read: loaded + rejected, loaded, rejected }
}

fn of_rows(before: Option<i64>, after: i64) -> Outcome {
    Outcome { rows: Rows { before, after }, ..Outcome::default() }
}

fn outcome(limits: &Gate, accounting: impl Into<Option<Accounting>>, compared: &Outcome) -> Outcome {
    judge(&Facts { limits, accounting: accounting.into(), repeated_keys: 0, scheduled: true, undoes: None, compared })
}

/// The reaction, and code and sentence of the first reason.
fn first(outcome: &Outcome) -> (Reaction, &str, &str) {
    let reason = outcome.reasons.first().map_or(("", ""), |reason| (reason.code.as_str(), reason.what.as_str()));
    (outcome.reaction, reason.0, reason.1)
}

#[test]
fn few_rejects_publish_some_warn_more_wait_many_stop() {
    let limits = Gate { rejected: limit("1%", "3%", "5%"), ..Gate::default() };
    let of = |loaded, rejected| outcome(&limits, rows(loaded, rejected), &of_rows(None, loaded));
    assert_eq!(of(995, 5), of_rows(None, 995));
    let told = "Se rechazaron 30 de 1.000 filas (3 %); el contrato avisa sobre 1 %.";
    assert_eq!(first(&of(970, 30)), (Reaction::Warn, "gate.rejected", told));
    assert_eq!(of(960, 40).reaction, Reaction::Wait);
    let stopped = of(940, 60);
    assert_eq!(stopped.reasons[0].limit.as_deref(), Some("5%"));
    let fault = fault(&stopped).expect("it stops");
    assert_eq!(fault.code, "gate.rejected");
    assert!(fault.what.ends_with("el contrato no admite más de 5 %. No se publicó nada."), "{}", fault.what);
    assert!(super::fault(&of(960, 40)).is_none());
}

#[test]
fn no_good_row_stops_whatever_the_limits_say() {
    let empty = outcome(&Gate::default(), rows(0, 99), &of_rows(Some(1000), 0));
    assert_eq!(fault(&empty).map(|fault| fault.code), Some("gate.empty".into()));
}

#[test]
fn rows_refused_for_their_key_are_told_even_below_every_limit() {
    let compared = of_rows(None, 98);
    let facts = Facts {
        limits: &Gate::default(),
        accounting: Some(rows(98, 2)),
        repeated_keys: 2,
        scheduled: false,
        undoes: None,
        compared: &compared,
    };
    let told = "Se rechazaron 2 de 100 filas (2 %), 2 de ellas porque su clave ya estaba.";
    assert_eq!(first(&judge(&facts)), (Reaction::Warn, "gate.rejected", told));
}

#[test]
fn a_dataset_that_shrinks_or_grows_waits() {
    let limits = Gate { shrink: limit("", "20%", "50%"), growth: limit("", "150%", ""), ..Gate::default() };
    let of = |before, after| outcome(&limits, rows(after, 0), &of_rows(before, after));
    assert_eq!(of(Some(1210), 968).reaction, Reaction::Publish, "exactly the limit does not pass it");
    let told = "El conjunto bajaría de 1.210 a 810 filas (33,1 %); el contrato pide aprobación sobre 20 %.";
    assert_eq!(first(&of(Some(1210), 810)), (Reaction::Wait, "gate.shrink", told));
    assert_eq!(of(Some(1210), 600).reaction, Reaction::Stop);
    let told = "El conjunto subiría de 100 a 300 filas (200 %); el contrato pide aprobación sobre 150 %.";
    assert_eq!(first(&of(Some(100), 300)), (Reaction::Wait, "gate.growth", told));
    assert_eq!(of(None, 1).reaction, Reaction::Publish, "nothing to compare with");
    assert_eq!(of(Some(0), 1).reaction, Reaction::Publish, "nothing to compare with");
}

#[test]
fn cells_that_empty_and_totals_that_jump_are_told_by_column() {
    let limits = Gate { empty: limit("", "10%", ""), total: limit("50%", "100%", ""), ..Gate::default() };
    let column = |name: &str, empty_after, total: Option<(i128, i128)>| ColumnFacts {
        name: name.to_owned(),
        title: name.to_uppercase(),
        empty_before: 5,
        empty_after,
        total_before: total.map(|(before, _)| before),
        total_after: total.map(|(_, after)| after),
    };
    let with = |columns| Outcome { columns, ..of_rows(Some(100), 100) };
    let quiet = with(vec![column("a", 15, None), column("monto", 5, Some((-100, -150)))]);
    assert_eq!(outcome(&limits, None, &quiet).reaction, Reaction::Publish);

    let loud = with(vec![column("monto", 5, Some((1000, 1600))), column("a", 16, None), column("b", 5, Some((0, 7)))]);
    let judged = outcome(&limits, None, &loud);
    let told: Vec<&str> = judged.reasons.iter().map(|reason| reason.what.as_str()).collect();
    assert_eq!(
        told,
        [
            "La columna «A» pasaría de 5 % a 16 % de celdas vacías; el contrato pide aprobación sobre 10 %.",
            "El total de «B» pasaría de 0 a 7; el contrato pide aprobación sobre 100 %.",
            "El total de «MONTO» pasaría de 1.000 a 1.600 (60 %); el contrato avisa sobre 50 %.",
        ]
    );
}

fn indicator(comunas: &[(&str, Option<i128>, Option<i128>)]) -> Indicator {
    Indicator {
        dataset: DatasetId::parse("inversion_comunal").expect("an id"),
        title: "Inversión por comuna".into(),
        column: "monto".into(),
        figure: "Monto FNDR".into(),
        unit: Some(MoneyUnit::Pesos),
        before: Some(1),
        after: Some(2),
        comunas: comunas
            .iter()
            .map(|(cut, before, after)| ComunaFigure { cut: (*cut).to_owned(), before: *before, after: *after })
            .collect(),
    }
}

#[test]
fn figures_that_change_name_their_comunas_the_largest_first() {
    let limits = Gate { indicator: limit("5%", "20%", ""), ..Gate::default() };
    let with = |indicator| Outcome { indicators: vec![indicator], ..of_rows(Some(10), 10) };
    let changed = indicator(&[
        ("16101", Some(1_000_000), Some(1_100_000)),
        ("16102", Some(2_000_000), Some(500_000)),
        ("16103", Some(400_000), None),
        ("16104", None, Some(9_000)),
    ]);
    let judged = outcome(&limits, None, &with(changed.clone()));
    assert_eq!(
        first(&judged),
        (
            Reaction::Wait,
            "gate.indicator",
            "«Monto FNDR» de «Inversión por comuna» cambiaría en 3 comunas más que el límite: Bulnes (de M$ 2.000 a M$ 500), \
             Chillán Viejo (de M$ 400 a nada), El Carmen (de nada a M$ 9); el contrato pide aprobación sobre 20 %."
        )
    );
    let few = indicator(&[("16101", Some(1_000_000), Some(1_100_000))]);
    assert_eq!(outcome(&limits, None, &with(few)).reaction, Reaction::Warn);
    assert_eq!(outcome(&Gate::default(), None, &with(changed.clone())).reaction, Reaction::Publish);
    let unseen = Indicator { before: None, ..changed };
    assert_eq!(outcome(&limits, None, &with(unseen)).reaction, Reaction::Publish, "nobody has seen it yet");
}

#[test]
fn columns_that_drift_do_what_the_contract_says() {
    let compared = Outcome { drift: vec!["El archivo ya no trae la columna «a».".into()], ..of_rows(Some(10), 10) };
    for (drift, reaction) in
        [(Drift::Warn, Reaction::Warn), (Drift::Wait, Reaction::Wait), (Drift::Stop, Reaction::Stop)]
    {
        let limits = Gate { drift, ..Gate::default() };
        let judged = outcome(&limits, None, &compared);
        assert_eq!((judged.reaction, judged.reasons[0].code.as_str()), (reaction, "gate.drift"));
        assert!(judged.reasons[0].what.contains("«a»"));
    }
}

#[test]
fn a_column_that_a_page_shows_is_not_lost_without_a_word() {
    let loss = Loss { page: "Ficha comunal".into(), column: "inversiones.estado".into() };
    let compared = Outcome { losses: vec![loss], ..of_rows(Some(10), 10) };
    let judged = outcome(&Gate::default(), None, &compared);
    assert_eq!((judged.reaction, judged.reasons[0].code.as_str()), (Reaction::Wait, "gate.loss"));
    assert!(judged.reasons[0].what.contains("inversiones.estado en «Ficha comunal»"));
}

#[test]
fn a_schedule_does_not_undo_a_rollback_and_a_person_is_told() {
    let compared = of_rows(Some(10), 10);
    let undoes = Some(Undoes { edition: EditionId(7), to: EditionId(3) });
    for (scheduled, reaction) in [(true, Reaction::Wait), (false, Reaction::Warn)] {
        let limits = Gate::default();
        let facts = Facts {
            limits: &limits,
            accounting: Some(rows(10, 0)),
            repeated_keys: 0,
            scheduled,
            undoes,
            compared: &compared,
        };
        let judged = judge(&facts);
        assert_eq!((judged.reaction, judged.reasons[0].code.as_str()), (reaction, "gate.rollback"));
        assert!(judged.reasons[0].what.contains("La edición 7 volvió a los datos de la edición 3"));
    }
}

#[test]
fn a_contract_may_ask_for_a_person_always_and_the_strongest_reason_comes_first() {
    let limits = Gate { approval: Approval::Always, shrink: limit("", "", "50%"), ..Gate::default() };
    assert_eq!(first(&outcome(&limits, rows(10, 0), &of_rows(None, 10))).1, "gate.approval");
    let judged = outcome(&limits, rows(10, 0), &of_rows(Some(100), 10));
    let codes: Vec<&str> = judged.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!((judged.reaction, codes), (Reaction::Stop, vec!["gate.shrink", "gate.approval"]));
}
