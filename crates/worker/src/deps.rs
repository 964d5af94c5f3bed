//! What every job body is handed.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use goreos_boot::{DatabaseSettings, LeaseSettings, LogSettings, ObjectSettings, QueueSettings};
use goreos_db::Pool;
use goreos_objects::{Objects, S3Options};
use goreos_pipelines::Platform;
use goreos_reports::Fonts;
use tokio_util::sync::CancellationToken;

/// Does the work of the platform: loads data, renders reports.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
    #[command(flatten)]
    pub(crate) queue: QueueSettings,
    #[command(flatten)]
    pub(crate) objects: ObjectSettings,
    #[command(flatten)]
    pub(crate) lease: LeaseSettings,
    #[command(flatten)]
    pub(crate) log: LogSettings,
    /// Folder of the contracts and their samples.
    #[arg(long, env = "GOREOS_DATASETS", default_value = "datasets")]
    pub(crate) datasets: PathBuf,
    /// Folder of the TTF files reports are set in.
    #[arg(long, env = "GOREOS_FONTS", default_value = "web/static/vendor/fonts")]
    pub(crate) fonts: PathBuf,
    /// Runs done at the same time.
    #[arg(long, env = "GOREOS_CONCURRENCY", default_value_t = 2)]
    pub(crate) concurrency: usize,
}

/// Open stores and settings, shared by all runs of this process.
pub(crate) struct Deps {
    pub(crate) platform: Platform,
    pub(crate) lease: LeaseSettings,
    /// Unique to this start of the process.
    pub(crate) name: String,
    pub(crate) shutdown: CancellationToken,
    pub(crate) fonts: Arc<Fonts>,
}

impl Deps {
    pub(crate) async fn open(settings: &Settings, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let needed = 3 * settings.concurrency + 1;
        anyhow::ensure!(
            settings.database.database_pool as usize >= needed,
            "{} runs at the same time need {needed} database connections: raise GOREOS_DATABASE_POOL or lower GOREOS_CONCURRENCY",
            settings.concurrency
        );
        let pool = goreos_db::connect(&settings.database.database_url, settings.database.database_pool).await.context(
            "connect to PostgreSQL (GOREOS_DATABASE_URL, for example postgres://goreos:secret@127.0.0.1:5432/goreos)",
        )?;
        let objects = Objects::open(
            &settings.objects.objects_url,
            &S3Options {
                endpoint: settings.objects.s3_endpoint.clone(),
                region: settings.objects.s3_region.clone(),
                access_key: settings.objects.s3_access_key.clone(),
                secret_key: settings.objects.s3_secret_key.clone(),
            },
        )
        .context("open the object store (GOREOS_OBJECTS_URL)")?;
        Ok(Self {
            platform: Platform { pool, objects, datasets: settings.datasets.clone() },
            lease: settings.lease,
            name: format!("worker-{}", uuid::Uuid::new_v4()),
            shutdown,
            fonts: Arc::new(fonts(&settings.fonts)?),
        })
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.platform.pool
    }
}

/// The TTF files of a folder, in the order of their names.
fn fonts(folder: &std::path::Path) -> anyhow::Result<Fonts> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| {
            format!("list the fonts in {} (GOREOS_FONTS; './dev assets' puts them there)", folder.display())
        })?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "ttf"))
        .collect();
    paths.sort();
    anyhow::ensure!(
        !paths.is_empty(),
        "no .ttf in {} (GOREOS_FONTS; './dev assets' puts them there)",
        folder.display()
    );
    let files = paths.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>().context("read the fonts")?;
    Fonts::new(files).context("use the fonts")
}
