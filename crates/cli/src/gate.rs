//! `goreos approve`, `refuse`, and what the gate saw, for `goreos run`.

use goreos_db::gate::{self, Decision};
use goreos_db::{DbError, Pool};
use goreos_domain::gate::{Indicator, Outcome};
use goreos_domain::{Cut, Fault, Gazetteer, Reaction, RunId, RunState, integer_es};
use serde_json::json;

use crate::{print, runs};

/// Comunas told of a figure; the run's page has them all.
const MOST_COMUNAS: usize = 10;

pub(crate) async fn approve(pool: &Pool, id: i64, actor: &str, comment: &str, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    decided(id, gate::approve(&mut connection, RunId(id), actor, comment).await?)?;
    print::json_or_line(
        as_json,
        &json!({ "ok": true, "run": id, "state": RunState::Queued }),
        &format!("Ejecución {id} aprobada: se publica en cuanto le toca."),
    );
    Ok(())
}

pub(crate) async fn refuse(pool: &Pool, id: i64, actor: &str, comment: &str, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    decided(id, gate::refuse(&mut connection, RunId(id), actor, comment).await?)?;
    print::json_or_line(
        as_json,
        &json!({ "ok": true, "run": id, "state": RunState::Cancelled }),
        &format!("Ejecución {id} rechazada: no se publica."),
    );
    Ok(())
}

fn decided(id: i64, decision: Decision) -> Result<(), Fault> {
    match decision {
        Decision::Done => Ok(()),
        Decision::NotFound => Err(runs::unknown(id)),
        Decision::NotWaiting(state) => Err(Fault::give_up(
            "run.not_waiting",
            format!("La ejecución {id} no espera aprobación: está {}.", state.spanish()),
            format!("Vea qué pasó con ella: goreos run {id}"),
        )),
    }
}

/// Why the gate let a run pass, wait or stop, and the comunas whose figures change most.
pub(crate) fn show(outcome: &Outcome) {
    let reasons: Vec<Vec<String>> = outcome
        .reasons
        .iter()
        .map(|reason| vec![word(reason.reaction).to_owned(), reason.what.clone(), reason.code.clone()])
        .collect();
    if !reasons.is_empty() {
        print::line("");
        print::table(&["Compuerta", "Motivo", "Código"], &reasons);
    }
    if let Some(features) = outcome.features {
        print::line(&format!(
            "Filas: {} nuevas, {} quitadas, {} cambiadas, {} movidas, {} iguales.",
            integer_es(features.added),
            integer_es(features.removed),
            integer_es(features.changed),
            integer_es(features.moved),
            integer_es(features.same)
        ));
    }
    for indicator in outcome.indicators.iter().filter(|indicator| !indicator.comunas.is_empty()) {
        print::line("");
        print::line(&format!("{}: {}", indicator.title, indicator.figure));
        print::table(&["Comuna", "Antes", "Después", "Cambio"], &deltas(indicator));
        if indicator.comunas.len() > MOST_COMUNAS {
            print::line(&format!("… y {} comunas más.", indicator.comunas.len() - MOST_COMUNAS));
        }
    }
}

fn deltas(indicator: &Indicator) -> Vec<Vec<String>> {
    let mut comunas: Vec<_> = indicator.comunas.iter().collect();
    comunas.sort_by_key(|comuna| std::cmp::Reverse(comuna.delta().unsigned_abs()));
    let number = |value: Option<i128>| {
        value.map_or_else(|| "–".into(), |value| i64::try_from(value).map_or_else(|_| value.to_string(), integer_es))
    };
    comunas
        .into_iter()
        .take(MOST_COMUNAS)
        .map(|comuna| {
            let name = Cut::parse(&comuna.cut).ok().and_then(|cut| Some(Gazetteer::official().get(&cut)?.name.clone()));
            vec![
                name.unwrap_or_else(|| comuna.cut.clone()),
                number(comuna.before),
                number(comuna.after),
                number(Some(comuna.delta())),
            ]
        })
        .collect()
}

fn word(reaction: Reaction) -> &'static str {
    match reaction {
        Reaction::Publish => "publica",
        Reaction::Warn => "avisa",
        Reaction::Wait => "espera",
        Reaction::Stop => "detiene",
    }
}
