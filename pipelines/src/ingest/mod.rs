//! One run from its claim to the next edition.

mod draft;
mod held;
mod publish;
mod words;

use std::path::PathBuf;

use goreos_db::catalogue::{self, Dataset};
use goreos_db::gate::Met;
use goreos_db::ledger::{self, Claim, LogLevel};
use goreos_db::{Connection, DbError, Pool};
use goreos_domain::gate::Approved;
use goreos_domain::{DatasetId, EditionId, Fault, Phase};
use goreos_objects::Objects;

use crate::progress::Progress;
use crate::{Stop, internal};
use draft::Drafted;

pub use draft::current_boundaries;

/// What a run works with.
#[derive(Debug, Clone)]
pub struct Platform {
    /// The database.
    pub pool: Pool,
    /// The object store.
    pub objects: Objects,
    /// The folder of the contracts and their samples.
    pub datasets: PathBuf,
}

/// How a run ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Readers see it.
    Published(EditionId),
    /// The source is what it was, or came to the gate before.
    Unchanged,
    /// A steward must look.
    Waits,
    /// A newer run of the dataset waits already.
    Superseded,
}

/// Does the run that was claimed. Nothing is published unless the claim still holds at that moment.
///
/// # Errors
/// [`Stop::Fault`] says what is wrong and whether to try again; [`Stop::FencedOut`] that the run is another's.
pub async fn ingest(platform: &Platform, claim: &Claim, progress: &Progress) -> Result<Ended, Stop> {
    let id = claim.dataset.as_ref().ok_or_else(|| internal(&"la ejecución no nombra un conjunto"))?;
    let dataset = load(platform, id).await?;
    let mut run = Run { platform, claim, progress, dataset, approved: claim.approved.as_ref() };
    run.log(LogLevel::Info, format!("Intento {} de {}.", claim.attempt, claim.max_attempts)).await?;
    if run.dataset.contract.derive.is_some() {
        return run.publish(None).await;
    }
    if let Some(held) = run.take_up().await? {
        return run.publish(Some(&held)).await;
    }
    let why = match run.draft().await? {
        Drafted::Built(draft) => return run.publish(Some(&draft)).await,
        Drafted::Unchanged => "El archivo es el mismo de la versión vigente: no hay nada que publicar.".to_owned(),
        Drafted::Met(Met::Waits(run)) => {
            format!("El archivo es el mismo que espera aprobación en la ejecución {run}: no se carga de nuevo.")
        }
        Drafted::Met(Met::Refused(run)) => {
            format!("El archivo es el mismo que se rechazó en la ejecución {run}: no se carga de nuevo.")
        }
    };
    run.log(LogLevel::Info, why).await?;
    ledger::unchanged(&mut *run.connection().await?, claim).await?;
    Ok(Ended::Unchanged)
}

async fn load(platform: &Platform, id: &DatasetId) -> Result<Dataset, Stop> {
    let mut connection = platform.pool.acquire().await.map_err(DbError::from)?;
    let missing = || {
        Fault::give_up(
            "dataset.unknown",
            format!("El conjunto «{id}» no está registrado."),
            "Regístrelo con: goreos contract register",
        )
    };
    Ok(catalogue::dataset(&mut connection, id).await?.ok_or_else(missing)?)
}

struct Run<'a> {
    platform: &'a Platform,
    claim: &'a Claim,
    progress: &'a Progress,
    dataset: Dataset,
    /// A steward let the candidate publish that the run holds.
    approved: Option<&'a Approved>,
}

impl Run<'_> {
    async fn connection(&self) -> Result<impl std::ops::DerefMut<Target = Connection>, Stop> {
        Ok(self.platform.pool.acquire().await.map_err(DbError::from)?)
    }

    async fn log(&self, level: LogLevel, message: String) -> Result<(), Stop> {
        Ok(ledger::log(&mut *self.connection().await?, self.claim.run, level, &message).await?)
    }

    async fn enter(&self, phase: Phase) -> Result<(), Stop> {
        self.progress.enter(phase);
        Ok(ledger::start_phase(&mut *self.connection().await?, self.claim, phase).await?)
    }

    async fn leave(&self, phase: Phase, rows: Option<i64>, note: &str) -> Result<(), Stop> {
        Ok(ledger::end_phase(&mut *self.connection().await?, self.claim, phase, rows, note).await?)
    }
}
