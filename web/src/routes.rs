//! Every address, in order.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use tower_http::services::ServeDir;
use tower_http::timeout::TimeoutLayer;

use crate::boundary::{TIMEOUT, UPLOAD_TIMEOUT};
use crate::state::AppState;
use crate::{
    assets, audit, dashboard, difference, documents, downloads, editions, health, home, profile, provenance, runs,
};

/// The list.
pub fn routes(app: &AppState) -> Router<AppState> {
    let files = ServeDir::new(app.site.assets.folder()).append_index_html_on_directories(false);
    let static_files = Router::new()
        .route("/dibujos.css", get(assets::drawing_css))
        .nest_service("/static", files)
        .layer(from_fn(assets::cache));
    Router::new()
        .route("/", get(home::show))
        .route("/auditoria", get(audit::list))
        .route("/auditoria.csv", get(audit::list_csv))
        .route("/comunas/{cut}", get(profile::show))
        .route("/comunas/{cut}/informe", post(documents::request))
        .route("/descargas", get(downloads::list))
        .route("/descargas/{dataset}", get(downloads::show))
        .route("/descargas/{dataset}/{release}/{file_name}", get(downloads::file))
        .route("/documentos", get(documents::list))
        .route("/documentos/{id}", get(documents::download))
        .route("/ediciones", get(editions::list))
        .route("/ediciones/comparar", get(difference::choose))
        .route("/ediciones/{number}", get(difference::edition_or_pair))
        .route("/ediciones/{number}/{dataset}", get(difference::of_edition).post(difference::request_of_edition))
        .route("/ediciones/{number}/volver", post(editions::rollback))
        .route("/ejecuciones", get(runs::list))
        .route("/ejecuciones/{id}", get(runs::show))
        .route("/ejecuciones/{id}/aprobar", post(runs::approve))
        .route("/ejecuciones/{id}/rechazos.csv", get(runs::rejects_csv))
        .route("/ejecuciones/{id}/rechazos.xlsx", get(runs::rejects_xlsx))
        .route("/ejecuciones/{id}/rechazar", post(runs::refuse))
        .route("/procedencia/{dataset}", get(provenance::show))
        .route("/procedencia/{dataset}/filas.csv", get(provenance::rows_csv))
        .route("/salud", get(health::health))
        .route("/tableros/inversion", get(dashboard::show))
        .route("/versiones/{pair}", get(difference::of_releases).post(difference::request_of_releases))
        .merge(static_files)
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, TIMEOUT))
        .merge(uploads())
}

/// What receives files, which are larger and take longer than forms.
fn uploads() -> Router<AppState> {
    Router::new()
        .route("/ejecuciones/{id}/correccion", post(runs::mend))
        .layer(DefaultBodyLimit::max(runs::MAX_REQUEST))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, UPLOAD_TIMEOUT))
}
