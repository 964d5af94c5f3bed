//! `POST /ejecuciones/{id}/aprobar` and `/rechazar`: a steward answers, and the run's page says what came of it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use goreos_db::Connection;
use goreos_db::audit::{self, Action, Line};
use goreos_db::gate::{self, Decision};
use goreos_db::read::{self, Page};
use goreos_domain::gate::Outcome;
use goreos_domain::{Fault, RunId, RunState};

use crate::boundary::PageError;
use crate::query::value;
use crate::runs::detail::{self, Refused};
use crate::runs::{run_id, unknown};
use crate::shell::in_edition;
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::moment;

/// Who acts, until people sign in.
const ACTOR: &str = "web";
/// The code of a refusal without a word.
pub const NO_COMMENT: &str = "gate.no_comment";
/// The longest comment kept, in characters.
const LONGEST_COMMENT: usize = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Approve,
    Refuse,
}

/// `POST /ejecuciones/{id}/aprobar` with `comentario` and `base`, the edition the run had been compared with.
pub async fn approve(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(id): Path<String>,
    form: String,
) -> Result<Response, PageError> {
    answer(&app, wanted, &id, &form, Answer::Approve).await
}

/// `POST /ejecuciones/{id}/rechazar`: the same, and the comment must be there.
pub async fn refuse(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(id): Path<String>,
    form: String,
) -> Result<Response, PageError> {
    answer(&app, wanted, &id, &form, Answer::Refuse).await
}

async fn answer(app: &AppState, wanted: Wanted, id: &str, form: &str, answer: Answer) -> Result<Response, PageError> {
    let id = run_id(id)?;
    let comment = comment(form);
    let base: i64 = value(form, "base").and_then(|text| text.parse().ok()).ok_or_else(|| {
        PageError::BadRequest("Falta la edición con la que se comparó. Decida desde la página de la ejecución.".into())
    })?;
    if answer == Answer::Refuse && comment.is_empty() {
        return refused(app, wanted, id, no_comment(), comment).await;
    }
    let mut connection = app.connection().await?;
    let run = read::run(&mut connection, id).await?.ok_or_else(|| unknown(&id.to_string()))?;
    let compared = Outcome::of_report(&run.report).and_then(|outcome| outcome.base).map_or(0, |edition| edition.0);
    // A run that does not wait says so below.
    if run.line.state == RunState::AwaitingApproval && compared != base {
        drop(connection);
        return refused(app, wanted, id, compared_anew(), comment).await;
    }
    let decision = match answer {
        Answer::Approve => gate::approve(&mut connection, id, ACTOR, &comment).await?,
        Answer::Refuse => gate::refuse(&mut connection, id, ACTOR, &comment).await?,
    };
    match decision {
        Decision::Done => {
            let address = in_edition(&format!("/ejecuciones/{id}"), [], wanted.number());
            Ok(Redirect::to(&address).into_response())
        }
        Decision::NotFound => Err(unknown(&id.to_string())),
        Decision::NotWaiting(state) => {
            let told = too_late(&mut connection, id, state).await?;
            drop(connection);
            refused(app, wanted, id, told, comment).await
        }
    }
}

async fn refused(
    app: &AppState,
    wanted: Wanted,
    id: RunId,
    fault: Fault,
    comment: String,
) -> Result<Response, PageError> {
    let status = if fault.code == NO_COMMENT { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    let page = detail::with_refusal(app, wanted, id, Refused::decision(fault, comment)).await?;
    Ok((status, page).into_response())
}

/// What was written, without control characters and not endless.
pub fn comment(form: &str) -> String {
    let text = value(form, "comentario").unwrap_or_default();
    let kept: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST_COMMENT).collect();
    kept.trim().to_owned()
}

fn no_comment() -> Fault {
    Fault::give_up(
        NO_COMMENT,
        "Para rechazar hay que decir por qué.",
        "Escriba en el comentario qué está mal en el archivo: quien lo envía lo leerá en esta página.",
    )
}

fn compared_anew() -> Fault {
    Fault::give_up(
        "gate.compared_anew",
        "Desde que abrió esta página se publicó otra edición, y la carga se comparó de nuevo.",
        "Revise abajo la comparación al día y decida otra vez.",
    )
}

/// Why a run does not wait any more.
async fn too_late(connection: &mut Connection, id: RunId, state: RunState) -> Result<Fault, PageError> {
    let filter = audit::Filter { run: Some(id), ..audit::Filter::default() };
    let lines = audit::list(connection, &filter, Page::numbered(1, 20)).await?.items;
    let decided = lines.iter().find(|line| matches!(line.action, Action::Approve | Action::Refuse | Action::Supersede));
    Ok(decided.map_or_else(|| not_waiting(state), already))
}

fn already(line: &Line) -> Fault {
    let when = moment(line.at);
    match line.action {
        Action::Supersede => Fault::give_up(
            "gate.superseded",
            crate::audit::told(line),
            "Decida sobre la ejecución más nueva; esta ya no se puede publicar.",
        ),
        Action::Refuse => Fault::give_up(
            "gate.decided",
            format!("Ya la rechazó {} el {when}.", line.actor),
            "Si fue un error, el equipo de datos puede pedirla otra vez.",
        ),
        _ => Fault::give_up(
            "gate.decided",
            format!("Ya la aprobó {} el {when}.", line.actor),
            "Si no debía publicarse, vuelva a la edición anterior desde la página de ediciones.",
        ),
    }
}

fn not_waiting(state: RunState) -> Fault {
    Fault::give_up(
        "gate.not_waiting",
        format!("Esta ejecución no espera aprobación: está {}.", state.spanish()),
        "No hay nada que decidir aquí.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_kept_without_control_characters_and_not_endless() {
        assert_eq!(comment("comentario=+Falta%0AChill%C3%A1n%00+&base=4"), "Falta\nChillán");
        assert_eq!(comment("base=4"), "");
        assert_eq!(comment(&format!("comentario={}", "a".repeat(5_000))).len(), LONGEST_COMMENT);
    }

    #[test]
    fn whoever_comes_late_is_told_what_happened() {
        assert!(not_waiting(RunState::Published).what.ends_with("está publicada."));
    }
}
