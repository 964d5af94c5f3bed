//! `/documentos/{id}`: the bytes, as they come from the store.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use goreos_db::read;
use goreos_objects::{Key, ObjectsError};

use crate::boundary::PageError;
use crate::page::FOR_EVER;
use crate::state::AppState;

/// `GET /documentos/{id}`
pub async fn download(State(app): State<AppState>, Path(id): Path<String>) -> Result<Response, PageError> {
    let unknown = || PageError::NotFound(format!("No hay un documento «{id}»."));
    let number = id.parse().map_err(|_| unknown())?;
    let document = {
        let mut connection = app.connection().await?;
        read::document(&mut connection, number).await?.ok_or_else(unknown)?
    };
    let (bytes, stream) = app.objects.stream(&Key::stored(document.object_key)).await.map_err(|error| match error {
        ObjectsError::Missing(_) => {
            PageError::Internal(anyhow::Error::new(error).context("a document of the catalogue is not in the store"))
        }
        other => PageError::Unavailable(other.into()),
    })?;
    let media_type = HeaderValue::from_str(&document.media_type).map_err(|error| PageError::Internal(error.into()))?;
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_LENGTH, HeaderValue::from(bytes)),
        (CACHE_CONTROL, HeaderValue::from_static(FOR_EVER)),
    ];
    Ok((headers, attachment(&document.file_name)?, Body::from_stream(stream)).into_response())
}

/// The headers of a download: never shown inside our own pages, its name kept with accents.
pub fn attachment(name: &str) -> Result<[(HeaderName, HeaderValue); 2], PageError> {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect();
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent_encoded(name));
    let disposition = HeaderValue::from_str(&disposition).map_err(|error| PageError::Internal(error.into()))?;
    let policy = HeaderValue::from_static("sandbox; default-src 'none'");
    Ok([(CONTENT_DISPOSITION, disposition), (CONTENT_SECURITY_POLICY, policy)])
}

/// As RFC 8187 wants it: everything but letters, digits and a few marks as `%XX` of its UTF-8 bytes.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            use std::fmt::Write;
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_keeps_its_accents_and_cannot_break_the_header() {
        let [(_, disposition), _] = attachment("Ficha Ñiquén \"2024\"\r\n.pdf").expect("a header");
        assert_eq!(
            disposition,
            "attachment; filename=\"Ficha__iqu_n__2024___.pdf\"; filename*=UTF-8''Ficha%20%C3%91iqu%C3%A9n%20%222024%22%0D%0A.pdf"
        );
    }
}
