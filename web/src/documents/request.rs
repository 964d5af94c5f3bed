//! `POST /comunas/{cut}/informe`: asks for the report of a comuna in an edition.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use goreos_db::Edition;
use goreos_db::document::request_comuna_report;
use goreos_domain::{EditionId, Job};
use goreos_queue::Limits;

use crate::boundary::PageError;
use crate::profile::comuna_code;
use crate::query::value;
use crate::shell::in_edition;
use crate::state::AppState;

/// `POST /comunas/{cut}/informe` with `edicion` (and `fijada`, when the reader's address named it). The same report asked
/// for twice is one run; one that failed is tried again.
pub async fn request(
    State(app): State<AppState>,
    Path(code): Path<String>,
    form: String,
) -> Result<Response, PageError> {
    let cut = comuna_code(&code)?;
    let unclear = || PageError::BadRequest("Falta la edición del informe. Pídalo desde la ficha de la comuna.".into());
    let edition: EditionId = value(&form, "edicion").ok_or_else(unclear)?.parse().map_err(|_| unclear())?;
    let mut connection = app.connection().await?;
    let found = Edition::load(&mut connection, edition).await?;
    let found = found.ok_or_else(|| PageError::NotFound(format!("La edición «{edition}» no existe.")))?;
    if found.dropped_at.is_some() {
        return Err(PageError::Gone(format!(
            "La edición {edition} se retiró: ya no se pueden pedir informes de ella."
        )));
    }
    let attempts = Limits::of(Job::Report).attempts;
    let run = request_comuna_report(&mut connection, &cut, edition, "web", attempts).await?;
    let pinned = value(&form, "fijada").map(|_| edition.0);
    Ok(Redirect::to(&in_edition("/documentos", [("ejecucion", run.to_string())], pinned)).into_response())
}
