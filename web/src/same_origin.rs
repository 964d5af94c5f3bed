//! Requests that change something must come from our own pages.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site`, over HTTPS and on the own machine; older ones only in
//! `Origin`, which is compared with the configured address, not with `Host`. A request that says neither is refused.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::boundary::PageError;
use crate::state::Site;

/// Refuses unsafe requests from elsewhere.
pub async fn same_origin(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if is_allowed(request.method(), request.headers(), &site.origin) {
        next.run(request).await
    } else {
        PageError::Forbidden.into_response()
    }
}

fn is_allowed(method: &Method, headers: &HeaderMap, own_origin: &str) -> bool {
    if method.is_safe() {
        return true;
    }
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin" || site == "none",
        None => headers.get(ORIGIN).is_some_and(|origin| origin == own_origin),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn post(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        is_allowed(&Method::POST, &headers, "https://datos.gorenuble.cl")
    }

    #[test]
    fn a_form_of_our_own_pages_is_accepted() {
        assert!(post(&[("sec-fetch-site", "same-origin")]));
        assert!(post(&[("sec-fetch-site", "none")]));
        assert!(post(&[("origin", "https://datos.gorenuble.cl")]));
    }

    #[test]
    fn a_form_of_another_site_is_refused_also_of_a_sibling() {
        assert!(!post(&[("sec-fetch-site", "cross-site")]));
        assert!(!post(&[("sec-fetch-site", "same-site"), ("origin", "https://datos.gorenuble.cl")]));
        assert!(!post(&[("origin", "https://otro.gob.cl")]));
        assert!(!post(&[("origin", "null")]));
    }

    #[test]
    fn a_request_that_does_not_say_where_it_comes_from_is_refused() {
        assert!(!post(&[]));
    }

    #[test]
    fn reading_is_always_allowed() {
        assert!(is_allowed(&Method::GET, &HeaderMap::new(), "https://datos.gorenuble.cl"));
    }
}
