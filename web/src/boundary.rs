//! Where errors become pages and are logged, once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use goreos_db::DbError;
use tracing::{debug, error, info};

use crate::shell::{Section, Shell};
use crate::state::AppState;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Nothing has that address; the text says what was looked for.
    #[error("{0}")]
    NotFound(String),
    /// What the address names was there and was let go of.
    #[error("{0}")]
    Gone(String),
    /// The address or the form cannot be understood.
    #[error("{0}")]
    BadRequest(String),
    /// A request that another site may have made.
    #[error("la solicitud no viene de esta aplicación")]
    Forbidden,
    /// The database or another neighbour does not answer.
    #[error("a neighbour does not answer")]
    Unavailable(#[source] anyhow::Error),
    /// Our mistake.
    #[error("a page failed")]
    Internal(#[source] anyhow::Error),
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Connect(_) => Self::Unavailable(error.into()),
            dropped if dropped.is_dropped() => {
                Self::Gone("Los datos de esta edición se retiraron recién, al cumplirse su plazo.".into())
            }
            other => Self::Internal(other.into()),
        }
    }
}

/// What a handler leaves in the response for [`boundary`].
#[derive(Clone)]
enum Cause {
    Told(String),
    Logged(Arc<anyhow::Error>),
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, cause) = match self {
            Self::NotFound(text) => (StatusCode::NOT_FOUND, Some(Cause::Told(text))),
            Self::Gone(text) => (StatusCode::GONE, Some(Cause::Told(text))),
            Self::BadRequest(text) => (StatusCode::BAD_REQUEST, Some(Cause::Told(text))),
            Self::Forbidden => (StatusCode::FORBIDDEN, None),
            Self::Unavailable(error) => (StatusCode::SERVICE_UNAVAILABLE, Some(Cause::Logged(Arc::new(error)))),
            Self::Internal(error) => (StatusCode::INTERNAL_SERVER_ERROR, Some(Cause::Logged(Arc::new(error)))),
        };
        let mut response = status.into_response();
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

/// An error told to a reader.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub shell: Shell,
    pub status: u16,
    pub title: &'static str,
    pub text: String,
    pub request_id: String,
}

/// Logs every request, and turns every bare error, wherever it comes from, into a page that carries the request's id.
pub async fn boundary(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let request_id = request_id(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let duration_ms = started.elapsed().as_millis();
    match response.extensions().get::<Cause>() {
        Some(Cause::Logged(cause)) => {
            error!(%method, path, %status, duration_ms, request_id, "{method} {path} failed: {cause:#}");
        }
        _ if status.is_server_error() => {
            error!(%method, path, %status, duration_ms, request_id, "{method} {path} answered {status}");
        }
        _ if path.starts_with("/static/") || path == "/salud" => {
            debug!(%method, path, %status, duration_ms, request_id, "{method} {path} answered {status}");
        }
        _ => {
            info!(%method, path, %status, duration_ms, request_id, "{method} {path} answered {status} in {duration_ms} ms");
        }
    }
    if (status.is_client_error() || status.is_server_error()) && !is_told(&response) {
        told(&app, response, request_id)
    } else {
        response
    }
}

fn request_id(headers: &HeaderMap) -> String {
    headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned()
}

/// Pages and JSON say themselves what went wrong.
fn is_told(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.starts_with("text/html") || content_type.starts_with("application/json")
}

fn told(app: &AppState, response: Response, request_id: String) -> Response {
    let status = response.status();
    let (title, general) = words(status);
    let text = match response.extensions().get::<Cause>() {
        Some(Cause::Told(text)) => text.clone(),
        _ => general.to_owned(),
    };
    let page = ErrorPage {
        shell: Shell::bare(&app.site, Section::Elsewhere),
        status: status.as_u16(),
        title,
        text,
        request_id,
    };
    let Ok(body) = page.render() else { return response };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}

fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => {
            ("No encontramos esta página", "La dirección no corresponde a ninguna página de la plataforma.")
        }
        StatusCode::GONE => ("Esto ya no está", "Lo que nombra la dirección se retiró al cumplirse su plazo."),
        StatusCode::BAD_REQUEST => {
            ("No entendimos la dirección", "Alguno de los datos de la dirección no se puede leer.")
        }
        StatusCode::FORBIDDEN => (
            "Solicitud rechazada",
            "La solicitud no viene de una página de esta aplicación. Vuelva a la página anterior, recárguela e inténtelo otra vez.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => ("Esta dirección no acepta esa operación", "Abra la página desde el menú."),
        StatusCode::PAYLOAD_TOO_LARGE => ("Lo enviado es demasiado grande", "Envíe menos datos a la vez."),
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => (
            "La página demoró demasiado",
            "Inténtelo otra vez en un momento. Si se repite, avise con el número de solicitud.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "La plataforma no está disponible",
            "La base de datos no responde. Los datos publicados están a salvo; inténtelo otra vez en unos minutos.",
        ),
        _ => (
            "Algo falló de nuestro lado",
            "El error quedó registrado. Si se repite, avise al equipo de datos con el número de solicitud.",
        ),
    }
}

/// How long a request may take.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// How long a request that brings a file may take: 32 MB over a slow line.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_mins(5);
