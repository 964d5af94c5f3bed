//! The GeoPackage of a comparison: asked for, made by the queue, then downloaded for ever.

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use goreos_db::difference;
use goreos_domain::Job;
use goreos_objects::{Key, ObjectsError};
use goreos_queue::Limits;

use super::pair::{Ask, Subject, subject};
use crate::boundary::PageError;
use crate::documents::attachment;
use crate::page::FOR_EVER;
use crate::shell::in_edition;
use crate::state::AppState;
use crate::viewed::Wanted;

/// `inversiones-version-3-a-7.gpkg`
pub(super) fn file_name(subject: &Subject, extension: &str) -> String {
    format!("{}-version-{}-a-{}.{extension}", subject.dataset, subject.from, subject.to)
}

/// Asks the queue, and shows the page that says when it is there.
pub(super) async fn request(app: &AppState, wanted: Wanted, ask: &Ask) -> Result<Response, PageError> {
    let mut connection = app.connection().await?;
    let subject = Subject::load(&mut connection, ask).await?;
    let attempts = Limits::of(Job::Difference).attempts;
    difference::request(&mut connection, &subject.dataset, (subject.from, subject.to), "web", attempts).await?;
    Ok(Redirect::to(&format!("{}#archivo", in_edition(&subject.path, [], wanted.number()))).into_response())
}

pub(super) async fn download(app: &AppState, ask: &Ask) -> Result<Response, PageError> {
    let subject = subject(app, ask).await?;
    let file = {
        let mut connection = app.connection().await?;
        difference::file(&mut connection, subject.from, subject.to, subject.tolerance_m).await?
    };
    let file = file.ok_or_else(|| {
        PageError::NotFound(format!(
            "El GeoPackage de esta comparación no se ha preparado. Pídalo en {}, donde dice «Preparar GeoPackage».",
            subject.path
        ))
    })?;
    let (bytes, stream) = app.objects.stream(&Key::stored(file.object_key)).await.map_err(|error| match error {
        ObjectsError::Missing(_) => {
            PageError::Internal(anyhow::Error::new(error).context("a file of the catalogue is not in the store"))
        }
        other => PageError::Unavailable(other.into()),
    })?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/geopackage+sqlite3")),
        (CONTENT_LENGTH, HeaderValue::from(bytes)),
        (CACHE_CONTROL, HeaderValue::from_static(FOR_EVER)),
    ];
    Ok((headers, attachment(&file_name(&subject, "gpkg"))?, Body::from_stream(stream)).into_response())
}
