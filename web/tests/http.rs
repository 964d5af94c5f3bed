//! What every response carries, through the front door. The database is closed: no page may need it to answer properly.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode};
use chrono::{DateTime, Utc};
use goreos_db::Pool;
use goreos_objects::Objects;
use goreos_web::{AppState, Assets, Site, router};
use tempfile::TempDir;
use tower::ServiceExt;

struct App {
    router: Router,
    _folder: TempDir,
}

fn clock() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

async fn app() -> App {
    let folder = tempfile::tempdir().expect("a folder");
    let statics = folder.path().join("static");
    std::fs::create_dir_all(statics.join("vendor")).expect("made");
    for (name, text) in [("goreos.css", "body{}"), ("marca.svg", "<svg/>"), ("vendor/htmx.min.js", "//")] {
        std::fs::write(statics.join(name), text).expect("written");
    }
    let pool = Pool::connect_lazy("postgres://nobody@127.0.0.1:1/none").expect("an address");
    pool.close().await;
    let assets = Assets::read(&statics).expect("readable");
    let site = Site::new("16", "https://datos.gorenuble.cl", assets).expect("a site");
    let objects = Objects::open_folder(&folder.path().join("objects")).expect("a store");
    App { router: router(AppState { pool, objects, clock, site: Arc::new(site) }), _folder: folder }
}

impl App {
    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("infallible")
    }

    async fn get(&self, path: &str) -> Response<Body> {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let request = headers.iter().fold(Request::post(path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body("edicion=1".into()).expect("a request")).await
    }
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8(bytes.into()).expect("text")
}

#[tokio::test]
async fn every_response_carries_the_security_headers_also_errors_and_files() {
    let app = app().await;
    let wrong_method =
        app.send(Request::delete("/salud").header("sec-fetch-site", "none").body(Body::empty()).expect("a request"));
    let responses = [
        (StatusCode::NOT_FOUND, app.get("/no-existe").await),
        (StatusCode::NOT_FOUND, app.get("/static/no-existe.css").await),
        (StatusCode::NOT_FOUND, app.get("/ejecuciones/doce").await),
        (StatusCode::BAD_REQUEST, app.get("/ejecuciones?pagina=x").await),
        (StatusCode::FORBIDDEN, app.post("/comunas/16101/informe", &[]).await),
        (StatusCode::METHOD_NOT_ALLOWED, wrong_method.await),
        (StatusCode::SERVICE_UNAVAILABLE, app.get("/").await),
        (StatusCode::SERVICE_UNAVAILABLE, app.get("/salud").await),
        (StatusCode::OK, app.get("/static/goreos.css").await),
        (StatusCode::OK, app.get("/dibujos.css").await),
    ];
    for (status, response) in responses {
        assert_eq!(response.status(), status);
        let policy = header(&response, "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'")
                && policy.contains("frame-ancestors 'none'")
                && !policy.contains("unsafe")
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&response, name), value, "{name} of {status}");
        }
        assert_eq!(header(&response, "x-request-id").len(), 36, "{status}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_a_page_in_spanish_with_the_number_of_the_request() {
    let response = app().await.get("/no-existe").await;
    assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&response, "cache-control"), "no-store");
    let id = header(&response, "x-request-id").to_owned();
    let page = text(response).await;
    assert!(page.contains("lang=\"es-CL\"") && page.contains("No encontramos esta página") && page.contains(&id));
}

#[tokio::test]
async fn an_address_that_cannot_be_understood_says_what_was_wrong() {
    let app = app().await;
    let page = text(app.get("/comunas/84%3Cb%3E").await).await;
    assert!(page.contains("No hay una comuna con el código «84&#60;b&#62;»."), "{page}");
}

#[tokio::test]
async fn without_a_database_the_reader_learns_that_the_data_are_safe() {
    let page = text(app().await.get("/tableros/inversion").await).await;
    assert!(page.contains("La plataforma no está disponible") && page.contains("están a salvo"), "{page}");
    assert!(!page.contains("postgres") && !page.contains("pool"), "nothing of the inside is told");
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_before_anything_is_read() {
    let app = app().await;
    for headers in [
        vec![],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("origin", "https://otro.cl")],
        vec![("origin", "null")],
    ] {
        assert_eq!(app.post("/comunas/16101/informe", &headers).await.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
    for headers in [("sec-fetch-site", "same-origin"), ("origin", "https://datos.gorenuble.cl")] {
        let response = app.post("/comunas/16101/informe", &[headers]).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "accepted, and stopped by the closed database");
    }
}

/// Every form that decides something.
const DECISIONS: [&str; 3] = ["/ejecuciones/12/aprobar", "/ejecuciones/12/rechazar", "/ediciones/3/volver"];

#[tokio::test]
async fn nobody_decides_from_elsewhere_or_by_following_a_link() {
    let app = app().await;
    for path in DECISIONS {
        for headers in [vec![], vec![("sec-fetch-site", "cross-site")], vec![("origin", "https://otro.cl")]] {
            assert_eq!(app.post(path, &headers).await.status(), StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
        assert_eq!(app.get(path).await.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
}

#[tokio::test]
async fn a_decision_names_a_run_or_an_edition_and_what_was_seen_of_it() {
    let app = app().await;
    let send = async |path: &str, form: &'static str| {
        let request = Request::post(path).header("sec-fetch-site", "same-origin").body(form.into());
        app.send(request.expect("a request")).await.status()
    };
    let whole = "base=4&vigente=4&comentario=Est%C3%A1+bien";
    for path in ["/ejecuciones/doce/aprobar", "/ejecuciones/1;drop/rechazar", "/ediciones/-/volver"] {
        assert_eq!(send(path, whole).await, StatusCode::NOT_FOUND, "{path}");
    }
    for path in DECISIONS {
        for form in ["", "comentario=x", "base=x&vigente=y"] {
            assert_eq!(send(path, form).await, StatusCode::BAD_REQUEST, "{path} {form}");
        }
        assert_eq!(send(path, whole).await, StatusCode::SERVICE_UNAVAILABLE, "{path}: stopped by the closed database");
    }
}

#[tokio::test]
async fn a_filter_of_the_trail_that_names_nothing_is_told_before_the_database_is_asked() {
    let app = app().await;
    for bad in ["accion=borrar", "conjunto=A;b", "desde=ayer", "hasta=31-12-2026", "ejecucion=x", "pagina=0"] {
        for path in ["/auditoria", "/auditoria.csv"] {
            if path.ends_with("csv") && bad.starts_with("pagina") {
                continue; // a file has no pages
            }
            let status = app.get(&format!("{path}?{bad}")).await.status();
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {bad}");
        }
    }
    assert_eq!(app.get("/auditoria").await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let body = "a".repeat(1 << 20);
    let request = Request::post("/comunas/16101/informe").header("sec-fetch-site", "same-origin");
    let response = app().await.send(request.body(body.into()).expect("a request")).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text(response).await.contains("demasiado grande"));
}

/// A form with one file, as a browser sends it.
fn upload(bytes: usize, site: &str) -> Request<Body> {
    let head = "--x\r\nContent-Disposition: form-data; name=\"archivo\"; filename=\"a.csv\"\r\n\r\n";
    let body = format!("{head}{}\r\n--x--\r\n", "a".repeat(bytes));
    Request::post("/ejecuciones/1/correccion")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("sec-fetch-site", site)
        .body(body.into())
        .expect("a request")
}

#[tokio::test]
async fn a_file_may_be_larger_than_a_form_but_not_come_from_elsewhere() {
    let app = app().await;
    assert_eq!(app.send(upload(10, "cross-site")).await.status(), StatusCode::FORBIDDEN);
    let accepted = app.send(upload(1 << 20, "same-origin")).await;
    assert_eq!(accepted.status(), StatusCode::SERVICE_UNAVAILABLE, "received, and stopped by the closed database");
}

#[tokio::test]
async fn a_file_with_a_version_is_kept_for_ever_and_one_without_is_asked_for_again() {
    let app = app().await;
    let page = text(app.get("/no-existe").await).await;
    let (_, rest) = page.split_once("href=\"/static/goreos.css?v=").expect("the page names its style sheet");
    let version = rest.split('"').next().expect("a version");
    let kept = app.get(&format!("/static/goreos.css?v={version}")).await;
    assert_eq!(header(&kept, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&app.get("/static/goreos.css").await, "cache-control"), "no-cache");
    assert_eq!(header(&app.get("/static/no-existe.css?v=1").await, "cache-control"), "no-store");
}

#[tokio::test]
async fn reading_never_writes_and_unknown_methods_are_pages_too() {
    let app = app().await;
    let request =
        Request::builder().method(Method::GET).uri("/comunas/16101/informe").body(Body::empty()).expect("a request");
    let response = app.send(request).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(text(response).await.contains("no acepta esa operación"));
}
