//! `goreos ingest … --mend`: mended rows of a run come back.

use std::path::Path;

use anyhow::Context;
use goreos_db::mend::{self, NewMend};
use goreos_db::read::{self, Mendable};
use goreos_db::{DbError, Pool};
use goreos_domain::{DatasetId, Fault, Job, RunId};
use goreos_queue::Limits;

use crate::ingest::Request;
use crate::objects;

/// Keeps the file and asks for a run that reads the source file of `base` with it.
pub(crate) async fn ask(
    pool: &Pool,
    request: &Request,
    dataset: &DatasetId,
    base: RunId,
    file: &Path,
) -> anyhow::Result<RunId> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    // Asked before the file is kept, so that a file nobody wants leaves nothing behind.
    let standing = read::mendable(&mut connection, base).await?;
    let base = match standing {
        Some(Mendable::Yes(found)) if found.dataset == *dataset => found,
        standing => return Err(refusal(base, dataset, standing.as_ref()).into()),
    };
    let stored =
        objects(&request.objects)?.put_source(file).await.with_context(|| format!("keep {}", file.display()))?;
    if stored.sha256 == base.source_sha {
        return Err(Fault::give_up(
            "mend.same_file",
            "Es el archivo fuente, sin corregir.",
            "Dé el archivo de filas rechazadas que descargó de la ejecución, ya corregido.",
        )
        .into());
    }
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let new = NewMend {
        base: &base,
        sha256: &stored.sha256,
        bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
        name: &name,
        requested_by: &request.actor.name(),
        max_attempts: Limits::of(Job::Ingest).attempts,
    };
    Ok(mend::request(&mut connection, &new).await?.run)
}

/// Why rows of that run cannot come back mended.
fn refusal(run: RunId, dataset: &DatasetId, standing: Option<&Mendable>) -> Fault {
    let (code, what, remedy) = match standing {
        None => ("run.unknown", format!("No hay una ejecución {run}."), "Vea las que hay con: goreos runs".into()),
        Some(Mendable::Yes(found)) => (
            "mend.other_dataset",
            format!("La ejecución {run} es de «{}», no de «{dataset}».", found.dataset),
            format!("Use: goreos ingest {} ARCHIVO --mend {run}", found.dataset),
        ),
        Some(Mendable::NoFile) => (
            "mend.no_source",
            format!("La ejecución {run} no leyó un archivo fuente: no hay filas que corregir."),
            "Corrija las filas en la ejecución del conjunto de datos de origen.".into(),
        ),
        Some(Mendable::NotOver) => (
            "mend.not_over",
            format!("La ejecución {run} aún no termina: todavía puede rechazar más filas."),
            "Espere a que termine y descargue de nuevo las filas rechazadas.".into(),
        ),
        Some(Mendable::NoRejects) => (
            "mend.no_rejects",
            format!("La ejecución {run} no rechazó ninguna fila."),
            "No hay nada que corregir; revise que sea la ejecución correcta.".into(),
        ),
        Some(Mendable::Superseded(newer)) => (
            "mend.superseded",
            format!(
                "Después de la ejecución {run} se cargó otro archivo (ejecución {newer}): la corrección traería de vuelta el anterior."
            ),
            format!("Corrija las filas rechazadas de la ejecución {newer}."),
        ),
    };
    Fault::give_up(code, what, remedy)
}
