//! Style sheets, scripts and fonts: their addresses carry a hash of their bytes, so browsers may keep them for ever.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use goreos_drawing::{PALETTE, PALETTE_DARK, STYLESHEET};
use sha2::{Digest, Sha256};

use crate::page::{FOR_EVER, REVALIDATE};
use crate::state::AppState;

/// Files a page names; a start without one of them is a mistake of the installation.
const NAMED: [&str; 3] = ["goreos.css", "marca.svg", "vendor/htmx.min.js"];

/// The static folder, and the addresses of what pages name.
#[derive(Debug, Default)]
pub struct Assets {
    folder: PathBuf,
    urls: BTreeMap<&'static str, String>,
    drawing_css: String,
    drawing_css_url: String,
}

impl Assets {
    /// Reads the files that pages name.
    ///
    /// # Errors
    /// The first file that cannot be read, with its path.
    pub fn read(folder: &Path) -> Result<Self, (PathBuf, io::Error)> {
        let mut urls = BTreeMap::new();
        for name in NAMED {
            let path = folder.join(name);
            let bytes = std::fs::read(&path).map_err(|error| (path, error))?;
            urls.insert(name, format!("/static/{name}?v={}", short_hash(&bytes)));
        }
        let drawing_css = drawing_stylesheet();
        let drawing_css_url = format!("/dibujos.css?v={}", short_hash(drawing_css.as_bytes()));
        Ok(Self { folder: folder.into(), urls, drawing_css, drawing_css_url })
    }

    /// Addresses without versions, for rendering samples.
    #[cfg(test)]
    pub fn named() -> Self {
        let urls = NAMED.into_iter().map(|name| (name, format!("/static/{name}"))).collect();
        Self { urls, drawing_css_url: "/dibujos.css".into(), ..Self::default() }
    }

    /// The address of a file that pages name.
    pub fn url(&self, name: &str) -> &str {
        self.urls.get(name).map_or("", String::as_str)
    }

    /// The address of the style sheet of maps and charts.
    pub fn drawing_css_url(&self) -> &str {
        &self.drawing_css_url
    }

    /// Where the files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The rules of drawings with their colours, light and dark.
fn drawing_stylesheet() -> String {
    let variables = |palette: &goreos_drawing::Palette| {
        palette.variables().into_iter().fold(String::new(), |mut text, (name, colour)| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{name}:{colour};");
            text
        })
    };
    format!(
        ":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n{STYLESHEET}",
        variables(&PALETTE),
        variables(&PALETTE_DARK),
    )
}

fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..6].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `GET /dibujos.css`
pub async fn drawing_css(State(app): State<AppState>) -> Response {
    let css = HeaderValue::from_static("text/css; charset=utf-8");
    (StatusCode::OK, [(CONTENT_TYPE, css)], app.site.assets.drawing_css.clone()).into_response()
}

/// An address with a version never changes its bytes; one without is asked for again.
pub async fn cache(request: Request, next: Next) -> Response {
    let versioned = request.uri().query().is_some_and(|query| query.starts_with("v="));
    let mut response = next.run(request).await;
    if response.status().is_success() {
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static(if versioned { FOR_EVER } else { REVALIDATE }));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_named_at_the_start() {
        let (path, _) = Assets::read(Path::new("no-such-folder")).expect_err("nothing there");
        assert_eq!(path, Path::new("no-such-folder/goreos.css"));
    }

    #[test]
    fn drawings_have_colours_for_light_and_for_dark() {
        let css = drawing_stylesheet();
        assert!(css.contains(&format!("--c0:{};", PALETTE.ramp[0])));
        assert!(css.contains(&format!("--c0:{};", PALETTE_DARK.ramp[0])));
    }
}
