//! `goreos-web`: settings, then serve until told to stop.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Parser;
use goreos_boot::{DatabaseSettings, LogSettings, ObjectSettings, WebSettings};
use goreos_objects::{Objects, S3Options};
use goreos_web::{AppState, Assets, Site, router};
use tokio::net::TcpListener;
use tracing::info;

/// The web application of the territorial data platform.
#[derive(Debug, Parser)]
#[command(name = "goreos-web", version)]
struct Settings {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    objects: ObjectSettings,
    #[command(flatten)]
    web: WebSettings,
    #[command(flatten)]
    log: LogSettings,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    goreos_boot::tracing(&settings.log);
    let listen = settings.web.listen;
    let app = app(settings).await?;
    let stop = goreos_boot::shutdown_signal()?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: choose another address with GOREOS_LISTEN"))?;
    info!(%listen, "Serving http://{listen}");
    axum::serve(listener, router(app))
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
        .context("serving")
}

async fn app(settings: Settings) -> anyhow::Result<AppState> {
    let web = settings.web;
    let assets = Assets::read(&web.static_folder).map_err(|(path, error)| {
        anyhow::Error::new(error)
            .context(format!("cannot read {}: set GOREOS_STATIC and run `./dev assets`", path.display()))
    })?;
    let site = Site::new(&web.region, &web.public_url, assets)?;
    let pool = goreos_db::connect(&settings.database.database_url, settings.database.database_pool)
        .await
        .context("opening the database of GOREOS_DATABASE_URL")?;
    let store = settings.objects;
    let options = S3Options {
        endpoint: store.s3_endpoint,
        region: store.s3_region,
        access_key: store.s3_access_key,
        secret_key: store.s3_secret_key,
    };
    let objects =
        Objects::open(&store.objects_url, &options).context("opening the object store of GOREOS_OBJECTS_URL")?;
    Ok(AppState { pool, objects, clock: system_clock, site: Arc::new(site) })
}

#[expect(clippy::disallowed_methods, reason = "the process's clock, handed in from here")]
fn system_clock() -> DateTime<Utc> {
    Utc::now()
}
