//! fetch: the source file, hashed and at a local path, on its way into the store; and the files that mend it.

use std::path::{Component, Path, PathBuf};

use goreos_db::ledger::{self, Claim};
use goreos_db::{Connection, mend};
use goreos_domain::{Contract, Fault};
use goreos_objects::{Objects, ObjectsError, Stored, copy_source};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::Stop;
use crate::child::Mend;

/// The source file of a run, at a local path.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) stored: Stored,
    /// From where, in words.
    pub(crate) origin: String,
    /// Its way into the store, while it is read already.
    keeping: Option<JoinHandle<Result<(), ObjectsError>>>,
}

impl Fetched {
    /// Waits until the file is in the store, on disk.
    pub(crate) async fn kept(self) -> Result<(), Stop> {
        let Some(keeping) = self.keeping else { return Ok(()) };
        Ok(keeping.await.map_err(|error| crate::internal(&error))??)
    }
}

/// Finds the file: one named in the request (already kept under its hash), or the contract's own path. It is copied to `to`.
pub(crate) async fn fetch(
    connection: &mut Connection,
    objects: &Objects,
    datasets: &Path,
    contract: &Contract,
    claim: &Claim,
    to: &Path,
) -> Result<Fetched, Stop> {
    let given = |name: &str| claim.args.get(name).and_then(Value::as_str).map(str::to_owned);
    let fetched = if let Some(sha256) = given("source_sha") {
        objects.fetch_source(&sha256, to).await?;
        let bytes = claim.args.get("bytes").and_then(Value::as_u64).unwrap_or(0);
        Fetched { stored: Stored { sha256, bytes }, origin: given("origin").unwrap_or_default(), keeping: None }
    } else {
        let path = declared(datasets, contract)?;
        let stored = copy_source(&path, to).await.map_err(|error| match error {
            ObjectsError::File(cause) if cause.kind() == std::io::ErrorKind::NotFound => Stop::Fault(
                Fault::give_up(
                    "file.absent",
                    "El archivo fuente no está donde dice el contrato.",
                    "Deje el archivo en ese lugar o corrija source.path.",
                )
                .at(path.display().to_string()),
            ),
            other => other.into(),
        })?;
        let origin = contract.source.as_ref().map(|source| source.path.clone()).unwrap_or_default();
        let (objects, sha256, own) = (objects.clone(), stored.sha256.clone(), to.to_owned());
        let keeping = Some(tokio::spawn(async move { objects.keep_source(&sha256, &own).await }));
        Fetched { stored, origin, keeping }
    };
    let bytes = i64::try_from(fetched.stored.bytes).unwrap_or(i64::MAX);
    ledger::note_source(connection, claim, &fetched.stored.sha256, bytes, &fetched.origin).await?;
    Ok(fetched)
}

/// The contract's path inside the dataset's folder; nothing outside it.
fn declared(datasets: &Path, contract: &Contract) -> Result<PathBuf, Stop> {
    let relative = Path::new(contract.source.as_ref().map_or("", |source| source.path.as_str()));
    if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(Fault::give_up(
            "contract.inconsistent",
            "source.path sale de la carpeta del conjunto.",
            "Use una ruta relativa dentro de la carpeta.",
        )
        .into());
    }
    Ok(datasets.join(contract.id.as_str()).join(relative))
}

/// Copies a source file's mends to local files, in the order they are applied.
pub(crate) async fn fetch_mends(objects: &Objects, mends: &[mend::Mend], folder: &Path) -> Result<Vec<Mend>, Stop> {
    let mut fetched = Vec::with_capacity(mends.len());
    for mend in mends {
        let file = folder.join(format!("mend_{}", mend.id));
        objects.fetch_source(&mend.mend_sha, &file).await?;
        fetched.push(Mend { file, rows: mend.rows.clone() });
    }
    Ok(fetched)
}
