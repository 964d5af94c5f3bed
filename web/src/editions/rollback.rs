//! `POST /ediciones/{n}/volver`: the releases of an older edition come back, as the next edition.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use goreos_db::read::{Change, DatasetFreshness};
use goreos_db::{Edition, RolledBack};
use goreos_domain::{EditionId, Fault};

use super::{PATH, changed, edition_id, show, unknown};
use crate::boundary::PageError;
use crate::query::value;
use crate::runs::comment;
use crate::shell::{Shell, in_edition};
use crate::state::AppState;
use crate::viewed::Wanted;

/// Who acts, until people sign in.
const ACTOR: &str = "web";

/// Whether one can go back to an edition, and what would change.
#[derive(Debug, Clone)]
pub struct WayBack {
    /// What it takes, or why one cannot.
    pub part: Result<RollbackPart, String>,
    /// Why it was not done.
    pub refused: Option<Fault>,
}

/// The form.
#[derive(Debug, Clone)]
pub struct RollbackPart {
    pub action: String,
    /// The current edition when the page was made: the answer counts for it only.
    pub current: i64,
    /// The number the edition will have.
    pub next: i64,
    /// Each dataset that changes.
    pub changes: Vec<String>,
    /// A dataset goes back to older data: its next scheduled load would undo that, and waits.
    pub older: bool,
    /// The comparison, row by row.
    pub compare: String,
    /// What was written before it was refused.
    pub comment: String,
}

/// A wish to go back that was not fulfilled.
#[derive(Debug, Clone)]
pub struct Asked {
    refused: Fault,
    comment: String,
}

/// `POST /ediciones/{n}/volver` with `comentario` and `vigente`, the edition that was current when the page was made.
pub async fn rollback(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(number): Path<String>,
    form: String,
) -> Result<Response, PageError> {
    let id = edition_id(&number)?;
    let seen: EditionId = value(&form, "vigente").and_then(|text| text.parse().ok()).ok_or_else(|| {
        PageError::BadRequest("Falta la edición vigente. Vuelva atrás desde la página de la edición.".into())
    })?;
    let comment = comment(&form);
    let gone = if comment.is_empty() { Some(no_comment()) } else { go_back(&app, id, seen, &comment).await? };
    match gone {
        Some(Gone::To(new)) => {
            Ok(Redirect::to(&in_edition(&format!("{PATH}/{new}"), [], wanted.number())).into_response())
        }
        Some(Gone::Nowhere(status, refused)) => {
            let page = show::page(&app, wanted, id, Some(Asked { refused, comment })).await?;
            Ok((status, page).into_response())
        }
        None => Err(unknown(&number)),
    }
}

/// What came of it.
enum Gone {
    To(EditionId),
    Nowhere(StatusCode, Fault),
}

/// None when there is no such edition.
async fn go_back(app: &AppState, to: EditionId, seen: EditionId, comment: &str) -> Result<Option<Gone>, PageError> {
    let mut connection = app.connection().await?;
    let current = Edition::current(&mut connection).await?.map(|edition| edition.id);
    if current != Some(seen) {
        let conflict = current.map(|current| Gone::Nowhere(StatusCode::CONFLICT, moved(current)));
        return Ok(conflict);
    }
    Ok(match goreos_db::rollback(&mut connection, to, ACTOR, comment).await? {
        RolledBack::Done(edition) => Some(Gone::To(edition)),
        RolledBack::NotFound => None,
        RolledBack::Current => Some(Gone::Nowhere(
            StatusCode::CONFLICT,
            Fault::give_up(
                "rollback.current",
                "Los lectores ya ven estas mismas versiones.",
                "No hay nada que cambiar: abra la edición vigente.",
            ),
        )),
        RolledBack::Dropped => Some(Gone::Nowhere(
            StatusCode::CONFLICT,
            Fault::give_up(
                "rollback.dropped",
                "Los datos de esta edición se retiraron al cumplirse su plazo.",
                "Elija una edición que se conserve, o cargue de nuevo el archivo de entonces.",
            ),
        )),
    })
}

fn no_comment() -> Gone {
    Gone::Nowhere(
        StatusCode::UNPROCESSABLE_ENTITY,
        Fault::give_up(
            "rollback.no_comment",
            "Para volver atrás hay que decir por qué.",
            "Escríbalo en el comentario: queda en la auditoría y en la nota de la nueva edición.",
        ),
    )
}

fn moved(current: EditionId) -> Fault {
    Fault::give_up(
        "rollback.moved",
        format!("Desde que abrió esta página se publicó otra edición: la vigente es la {current}."),
        "Revise abajo qué cambiaría ahora y decida otra vez.",
    )
}

impl WayBack {
    /// From the current edition to `edition`.
    pub fn new(
        shell: &Shell,
        edition: &Edition,
        current: &Edition,
        datasets: &[DatasetFreshness],
        asked: Option<Asked>,
    ) -> Self {
        let (refused, comment) = asked.map(|asked| (asked.refused, asked.comment)).unzip();
        let part = if edition.id == current.id {
            Err("Es la edición vigente.".to_owned())
        } else if edition.dropped_at.is_some() {
            Err("Sus datos se retiraron al cumplirse su plazo: ya no se puede volver a ella.".to_owned())
        } else if edition.releases().eq(current.releases()) {
            Err(format!("La edición vigente, la {}, tiene las mismas versiones.", current.id))
        } else {
            Ok(RollbackPart {
                action: shell.link(&format!("{PATH}/{}/volver", edition.id)),
                current: current.id.0,
                next: current.id.0 + 1,
                changes: changes(edition, current, datasets),
                older: edition.releases().any(|(id, release)| current.release(id).is_some_and(|now| release < now)),
                compare: shell.link(&format!("{PATH}/{}...{}", current.id, edition.id)),
                comment: comment.unwrap_or_default(),
            })
        };
        Self { part, refused }
    }
}

/// Each dataset with another release, in the order of the catalogue.
fn changes(edition: &Edition, current: &Edition, datasets: &[DatasetFreshness]) -> Vec<String> {
    let change = |dataset: &DatasetFreshness| Change {
        dataset: dataset.id.clone(),
        title: dataset.title.clone(),
        before: current.release(dataset.id.as_str()),
        after: edition.release(dataset.id.as_str()),
    };
    datasets.iter().map(change).filter(|change| change.before != change.after).map(|change| changed(&change)).collect()
}
