#![doc = include_str!("../README.md")]

mod assets;
mod boundary;
mod dashboard;
mod documents;
mod editions;
mod health;
mod home;
mod map;
mod page;
mod profile;
mod query;
mod routes;
mod runs;
mod same_origin;
mod security;
mod shell;
mod state;
mod viewed;
mod words;

#[cfg(test)]
mod samples;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{from_fn_with_state, map_response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

pub use assets::Assets;
pub use state::{AppState, Clock, Site, SiteError};

/// Forms are small; the routes that receive files have a limit of their own.
const BODY_LIMIT: usize = 64 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The whole application. Layers further down are further out.
pub fn router(app: AppState) -> Router {
    routes::routes(&app)
        .fallback(async |_: Request| StatusCode::NOT_FOUND)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(app.clone(), same_origin::same_origin))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), boundary::boundary))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(CompressionLayer::new())
        .layer(map_response(security::add_headers))
        .with_state(app)
}
