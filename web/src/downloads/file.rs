//! The bytes: `/descargas/{dataset}/{release}/{file_name}`, which never change, and `/descargas/{dataset}.csv`, the current ones.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LINK, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use goreos_db::read::{self, Export};
use goreos_domain::{DatasetId, ExportFormat, ReleaseId};
use goreos_objects::{Key, ObjectsError};

use super::range::{self, Wanted as Part};
use super::{address, unknown};
use crate::boundary::PageError;
use crate::documents::attachment;
use crate::page::{FOR_EVER, REVALIDATE};
use crate::state::AppState;
use crate::viewed::Wanted;

/// `GET /descargas/{dataset}/{release}/{file_name}`
pub async fn file(
    State(app): State<AppState>,
    Path((dataset, release, file_name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let missing = || {
        PageError::NotFound(format!(
            "No hay un archivo «{file_name}» de «{dataset}». La página de descargas del conjunto muestra los que hay."
        ))
    };
    let id = DatasetId::parse(&dataset).map_err(|_| missing())?;
    let release: ReleaseId = release.parse().map_err(|_| missing())?;
    let export = {
        let mut connection = app.connection().await?;
        match read::export(&mut connection, &id, release, &file_name).await? {
            Some(export) => export,
            None => match goreos_db::retention::dropped_at(&mut connection, release).await? {
                Some(at) => {
                    let day = crate::words::day(at);
                    return Err(PageError::Gone(format!(
                        "La versión {release} de «{dataset}» se retiró el {day}, con sus archivos."
                    )));
                }
                None => return Err(missing()),
            },
        }
    };
    if let Some(why) = &export.skipped {
        return Err(PageError::NotFound(why.clone()));
    }
    let mut response = served(&app, &id, &export, &headers).await?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    Ok(response)
}

/// `GET /descargas/{dataset}.csv`: the one for Excel for who looks at pages, the plain one for programs.
pub async fn current_csv(
    app: &AppState,
    wanted: Wanted,
    dataset: &str,
    headers: &HeaderMap,
) -> Result<Response, PageError> {
    let id = DatasetId::parse(dataset).map_err(|_| unknown(dataset))?;
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = if accepted.contains("text/html") { ExportFormat::CsvExcel } else { ExportFormat::Csv };
    let export = {
        let mut connection = app.connection().await?;
        let viewed = wanted.load(&mut connection).await?;
        let release = viewed.edition.as_ref().and_then(|edition| edition.release(dataset));
        let release = release.ok_or_else(|| unknown(dataset))?;
        read::export(&mut connection, &id, release, &format.file_name(&id, release)).await?
    };
    let waiting = || {
        PageError::NotFound(format!(
            "Los archivos de «{dataset}» no están todavía: se escriben después de cada carga. Mire la página de descargas del conjunto."
        ))
    };
    let export = export.ok_or_else(waiting)?;
    let mut response = served(app, &id, &export, headers).await?;
    let own = HeaderValue::from_str(&address(&id, export.release, &export.file_name))
        .map_err(|error| PageError::Internal(error.into()))?;
    let named = [
        (CACHE_CONTROL, HeaderValue::from_static(REVALIDATE)),
        (VARY, HeaderValue::from_static("Accept")),
        (CONTENT_LOCATION, own),
    ];
    response.headers_mut().extend(named);
    Ok(response)
}

/// The file, a part of it, or word that the reader has it.
async fn served(
    app: &AppState,
    dataset: &DatasetId,
    export: &Export,
    headers: &HeaderMap,
) -> Result<Response, PageError> {
    let Some(file) = &export.file else {
        return Err(PageError::NotFound(export.skipped.clone().unwrap_or_default()));
    };
    let etag = format!("\"{}\"", file.sha256);
    let size = u64::try_from(file.bytes).unwrap_or_default();
    let common = common(dataset, export, &etag)?;
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if known == "*" || known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let key = Key::stored(file.object_key.clone());
    let (status, range, body) = match range::wanted(headers, &etag, size) {
        Part::Nothing => {
            let range = (CONTENT_RANGE, value_of(&format!("bytes */{size}"))?);
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [range]).into_response());
        }
        Part::Whole => {
            let (bytes, stream) = app.objects.stream(&key).await.map_err(lost)?;
            (StatusCode::OK, 0..bytes, Body::from_stream(stream))
        }
        Part::Part(part) => {
            let stream = app.objects.stream_range(&key, part.clone()).await.map_err(lost)?;
            (StatusCode::PARTIAL_CONTENT, part, Body::from_stream(stream))
        }
    };
    let mut response = (status, common, attachment(&export.file_name)?, body).into_response();
    let media_type = HeaderValue::from_str(&export.media_type).map_err(|error| PageError::Internal(error.into()))?;
    response
        .headers_mut()
        .extend([(CONTENT_TYPE, media_type), (CONTENT_LENGTH, HeaderValue::from(range.end - range.start))]);
    if status == StatusCode::PARTIAL_CONTENT {
        let said = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        response.headers_mut().insert(CONTENT_RANGE, value_of(&said)?);
    }
    Ok(response)
}

/// What every answer about a file says; a CSV, which cannot say what it is, names the text that does.
fn common(dataset: &DatasetId, export: &Export, etag: &str) -> Result<HeaderMap, PageError> {
    let mut headers = HeaderMap::new();
    let mut say = |name: HeaderName, value: &str| value_of(value).map(|value| headers.insert(name, value));
    say(ETAG, etag)?;
    say(ACCEPT_RANGES, "bytes")?;
    let readme = ExportFormat::Readme.file_name(dataset, export.release);
    let readme = address(dataset, export.release, &readme);
    say(LINK, &format!("<{readme}>; rel=\"describedby\"; type=\"text/plain\""))?;
    say(HeaderName::from_static("x-goreos-release"), &export.release.to_string())?;
    Ok(headers)
}

fn value_of(text: &str) -> Result<HeaderValue, PageError> {
    HeaderValue::from_str(text).map_err(|error| PageError::Internal(error.into()))
}

fn lost(error: ObjectsError) -> PageError {
    match error {
        ObjectsError::Missing(_) => {
            PageError::Internal(anyhow::Error::new(error).context("a file of the catalogue is not in the store"))
        }
        other => PageError::Unavailable(other.into()),
    }
}
