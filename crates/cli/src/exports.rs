//! `goreos exports`: asks for the files of releases.

use clap::Args;
use goreos_db::{DbError, Edition, Pool, export};
use goreos_domain::{DatasetId, Fault, Job};
use goreos_queue::Limits;
use serde_json::json;

use crate::print;

/// Pide los archivos para descargar de la versión vigente de un conjunto. Los que ya están no se escriben de nuevo.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// El conjunto de datos.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    dataset: Option<String>,
    /// De todas las versiones que alguna edición contiene, de todos los conjuntos.
    #[arg(long)]
    all: bool,
}

pub(crate) async fn exports(pool: &Pool, request: &Request, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let dataset = request.dataset.as_deref().map(DatasetId::parse).transpose()?;
    let mut releases = export::exportable(&mut connection, dataset.as_ref()).await?;
    if let Some(dataset) = &dataset {
        let current = Edition::current(&mut connection).await?.and_then(|edition| edition.release(dataset.as_str()));
        releases.retain(|one| Some(one.release) == current);
    }
    if releases.is_empty() {
        return Err(Fault::give_up(
            "exports.none",
            "La edición vigente no tiene ese conjunto: no hay archivos que escribir.",
            "Cárguelo primero con: goreos ingest CONJUNTO",
        )
        .into());
    }
    for one in releases {
        let attempts = Limits::of(Job::Exports).attempts;
        let run = export::request(&mut connection, &one.dataset, one.release, "goreos", attempts).await?;
        print::json_or_line(
            as_json,
            &json!({ "run": run, "dataset": one.dataset, "release": one.release }),
            &format!("Ejecución {run}: archivos de la versión {} de {}.", one.release, one.dataset),
        );
    }
    Ok(())
}
