#![doc = include_str!("../README.md")]

mod assets;
mod audit;
mod boundary;
mod dashboard;
mod difference;
mod documents;
mod downloads;
mod editions;
mod health;
mod home;
mod map;
mod page;
mod profile;
mod provenance;
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
use axum::http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION};
use axum::http::{Extensions, HeaderMap, HeaderName, StatusCode, Version};
use axum::middleware::{from_fn_with_state, map_response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};
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
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_no_download)))
        .layer(map_response(security::add_headers))
        .with_state(app)
}

/// Files are sent as they are: their size, their parts and their hash are those of the bytes that arrive.
fn is_no_download(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !(headers.contains_key(ACCEPT_RANGES) && headers.contains_key(CONTENT_DISPOSITION))
}
