//! From a page struct to a response.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::boundary::PageError;

/// For what is a pure function of its address.
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For what may have changed since.
pub const REVALIDATE: &str = "no-cache";

/// How long a page may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Its address names an edition and it shows nothing else.
    ForEver,
    /// Ask again.
    Revalidate,
}

/// The rendered page.
pub fn html(page: &impl Template, keep: Keep) -> Result<Response, PageError> {
    let body =
        page.render().map_err(|error| PageError::Internal(anyhow::Error::new(error).context("rendering a page")))?;
    let cache = HeaderValue::from_static(if keep == Keep::ForEver { FOR_EVER } else { REVALIDATE });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, cache),
        (VARY, HeaderValue::from_static("HX-Request, HX-History-Restore-Request")),
    ];
    Ok((headers, body).into_response())
}

/// True when htmx asks for the part that changes; going back in history it wants the whole page.
pub fn wants_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request") && !headers.contains_key("hx-history-restore-request")
}

/// Markup made by goreos-drawing, which escapes what it is given; the only text templates do not escape.
#[derive(Debug, Clone, Default)]
pub struct Svg(String);

impl Svg {
    /// Wraps a drawing.
    pub fn drawn(svg: String) -> Self {
        Self(svg)
    }
}

impl std::fmt::Display for Svg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Svg {}

/// A choice of a list in a form.
#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub selected: bool,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>, selected: bool) -> Self {
        Self { value: value.into(), label: label.into(), selected }
    }
}
