//! `/salud`: whether this process can serve pages, for the proxy and the container.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use goreos_db::Edition;
use serde_json::json;

use crate::state::AppState;

/// Longer than this and the database counts as down.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /salud`
pub async fn health(State(app): State<AppState>) -> Response {
    let asked = tokio::time::timeout(PATIENCE, async {
        let mut connection = app.connection().await?;
        Ok::<_, crate::boundary::PageError>(Edition::current(&mut connection).await?)
    });
    let (status, body) = match asked.await {
        Ok(Ok(edition)) => (
            StatusCode::OK,
            json!({ "status": "ok", "database": "ok", "edition": edition.map(|edition| edition.id.0) }),
        ),
        Ok(Err(error)) => {
            tracing::warn!(%error, "The database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "failing", "database": "failing" }))
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "failing", "database": "slow" })),
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
