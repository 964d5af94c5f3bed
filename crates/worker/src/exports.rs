//! Job `exports`: the files of a release are written, kept and registered.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use goreos_db::DbError;
use goreos_db::export::{self, ExportFile, NewExport, Subject};
use goreos_db::ledger::{self, Claim, LogLevel};
use goreos_domain::{ExportFormat, Fault, ReleaseId};
use goreos_objects::Key;
use goreos_pipelines::Stop;
use goreos_pipelines::export::{Failure, Spool};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::deps::Deps;

/// What the request says.
#[derive(Debug, Deserialize)]
struct Args {
    release: ReleaseId,
}

pub(crate) async fn exports(deps: &Deps, claim: &Claim) -> Result<(), Stop> {
    let args: Args = serde_json::from_value(claim.args.clone()).map_err(|error| {
        Fault::give_up(
            "exports.bad_request",
            format!("La solicitud de archivos no se entiende: {error}."),
            "Pídalos de nuevo con: goreos exports CONJUNTO",
        )
    })?;
    let folder = tempfile::tempdir()?;
    // Whatever ends this attempt ends what it left running.
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    let (subject, spool, there) = {
        let mut connection = deps.pool().acquire().await.map_err(DbError::from)?;
        let subject = export::subject(&mut connection, args.release).await?.ok_or_else(|| gone(args.release))?;
        let there = export::written(&mut connection, args.release).await?;
        let spool = Spool::fill(&mut connection, &subject, folder.path(), stop).await?;
        (subject, Arc::new(spool), there)
    };
    let mut written = Vec::new();
    for format in spool.formats().filter(|format| !there.contains(format)) {
        let export = write(deps, &subject, &spool, format, folder.path()).await?;
        if let Err(why) = &export.file {
            let mut connection = deps.pool().acquire().await.map_err(DbError::from)?;
            ledger::log(&mut connection, claim.run, LogLevel::Warn, &format!("{}: {why}", format.name())).await?;
        }
        written.push(export);
    }
    let mut connection = deps.pool().acquire().await.map_err(DbError::from)?;
    let words = words(&subject, &written);
    export::publish_exports(&mut connection, claim, &subject, &written).await?;
    Ok(ledger::log(&mut connection, claim.run, LogLevel::Info, &words).await?)
}

/// Writes one file and keeps it. A format that cannot hold the release is left out, and people are told why.
async fn write(
    deps: &Deps,
    subject: &Subject,
    spool: &Arc<Spool>,
    format: ExportFormat,
    folder: &Path,
) -> Result<NewExport, Stop> {
    let started = Instant::now();
    let name = format.file_name(&subject.dataset, subject.release);
    let path = folder.join(&name);
    let (to, from) = (path.clone(), Arc::clone(spool));
    let done = tokio::task::spawn_blocking(move || from.write(format, &to))
        .await
        .context("write a file of a release")
        .map_err(|error| broken(&error))?;
    let file = match done {
        Ok(()) => {
            let key = Key::export(subject.release.0, &name);
            let stored = deps.platform.objects.put_file(&key, &path).await?;
            let (bytes, duration_ms) = (stored.bytes, started.elapsed().as_millis());
            info!(release = %subject.release, file = name, bytes, duration_ms, "Wrote {name}: {bytes} bytes in {duration_ms} ms");
            Ok(ExportFile {
                object_key: key.as_str().to_owned(),
                bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
                sha256: stored.sha256,
            })
        }
        Err(Failure::Unfit(why)) => {
            warn!(release = %subject.release, file = name, "Left out {name}: {why}");
            Err(why)
        }
        Err(other) => return Err(other.into()),
    };
    if let Err(error) = tokio::fs::remove_file(&path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error.into());
    }
    Ok(NewExport { format, file })
}

fn words(subject: &Subject, written: &[NewExport]) -> String {
    let files = written.iter().filter(|export| export.file.is_ok()).count();
    let left_out = written.len() - files;
    let files = if files == 1 { "Un archivo escrito".to_owned() } else { format!("{files} archivos escritos") };
    let left_out = if left_out == 0 { String::new() } else { format!("; sin escribir: {left_out}") };
    format!("{files} de la versión {} de {}{left_out}.", subject.release, subject.dataset)
}

fn gone(release: ReleaseId) -> Fault {
    Fault::give_up(
        "exports.no_release",
        format!("La versión {release} no está en ninguna edición, o ya se retiró."),
        "Pida los archivos de una versión vigente con: goreos exports CONJUNTO",
    )
}

fn broken(error: &anyhow::Error) -> Fault {
    Fault::give_up(
        "exports.failed",
        format!("Los archivos no se pudieron escribir: {error:#}."),
        "Avise al equipo de la plataforma con el número de esta ejecución.",
    )
}
