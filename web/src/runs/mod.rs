//! `/ejecuciones` and everything under it.

mod csv;
mod detail;
mod detected;
mod gate;
mod list;
mod mend;
mod rejected;
mod sheet;
mod xlsx;

pub use csv::{line as csv_line, rejects_csv};
pub use detail::show;
#[cfg(test)]
pub use detail::{Loaded, Refused, RejectChoice, RunFragment, RunPage, build as build_run};
#[cfg(test)]
pub use gate::GateLoaded;
pub use gate::{FigurePart, approve, comment, refuse};
pub use list::list;
#[cfg(test)]
pub use list::{RunRow, RunsPage, loads, tabs};
pub use mend::{MAX_REQUEST, mend};
pub use xlsx::rejects_xlsx;

use goreos_db::read::RunLine;
use goreos_domain::{Cut, Fault, Gazetteer, Job, RunId, RunState};

use crate::boundary::PageError;

/// The number in the address; what is no number is a 404.
fn run_id(text: &str) -> Result<RunId, PageError> {
    text.parse().map_err(|_| unknown(text))
}

fn unknown(id: &str) -> PageError {
    PageError::NotFound(format!("No hay una ejecución «{id}»."))
}

/// What a run is about, in words: a dataset's title, or the report of a comuna.
fn subject(run: &RunLine) -> String {
    match run.job {
        Job::Ingest => {
            run.dataset_title.clone().or_else(|| run.dataset.as_ref().map(ToString::to_string)).unwrap_or_default()
        }
        Job::Report => match run.args.get("cut").and_then(|cut| cut.as_str()) {
            Some(cut) => format!("Informe de {}", comuna_name(cut)),
            None => "Informe".into(),
        },
        job @ (Job::Exports | Job::Difference | Job::Retention) => {
            let about = run.dataset_title.clone();
            about.map_or_else(|| job.spanish().to_owned(), |title| format!("{}: {title}", job.spanish()))
        }
    }
}

/// The official name of a code, or the code.
pub fn comuna_name(code: &str) -> String {
    let territory = Cut::parse(code).ok().and_then(|cut| Gazetteer::official().get(&cut));
    territory.map_or_else(|| code.to_owned(), |territory| territory.name.clone())
}

/// What a state means for who waits.
fn explained(state: RunState, fault: Option<&Fault>) -> &'static str {
    match (state, fault.map(|fault| fault.code.as_str())) {
        (RunState::Cancelled, Some("gate.refused")) => {
            return "Una persona rechazó publicarla; los lectores no vieron nada.";
        }
        (RunState::Cancelled, Some("gate.superseded")) => {
            return "Una carga más nueva tomó su lugar; no se publicó nada.";
        }
        _ => {}
    }
    match state {
        RunState::Queued => "Espera a que un trabajador la tome.",
        RunState::Running => "Está en curso; esta página se actualiza sola.",
        RunState::AwaitingApproval => "Está lista y espera que una persona la apruebe; los lectores todavía no la ven.",
        RunState::Published => "Su resultado se publicó.",
        RunState::Unchanged => "El archivo es el mismo de la vez anterior: no había nada que publicar.",
        RunState::Failed => "No se publicó nada: la edición anterior sigue vigente.",
        RunState::Cancelled => "Se detuvo a pedido; no se publicó nada.",
    }
}
