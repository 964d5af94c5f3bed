//! One run from its claim to the next edition.

mod draft;
mod words;

use std::path::PathBuf;

use goreos_db::catalogue::{self, Dataset};
use goreos_db::ledger::{self, Claim, LogLevel};
use goreos_db::release::Release;
use goreos_db::{Candidate, Connection, DbError, Edition, Pool, publish};
use goreos_domain::{DatasetId, EditionId, Fault, Phase, integer_es};
use goreos_objects::Objects;
use serde_json::json;

use crate::derive::derive;
use crate::gate::gate;
use crate::progress::Progress;
use crate::{Stop, internal};
use draft::Draft;

pub use draft::current_boundaries;

/// How often a publish that another one overtook is derived and tried again.
const MOST_PUBLISH_TRIES: usize = 20;

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
pub enum Outcome {
    /// Readers see it.
    Published(EditionId),
    /// The source is what it was.
    Unchanged,
}

/// Does the run that was claimed. Nothing is published unless the claim still holds at that moment.
///
/// # Errors
/// [`Stop::Fault`] says what is wrong and whether to try again; [`Stop::FencedOut`] that the run is another's.
pub async fn ingest(platform: &Platform, claim: &Claim, progress: &Progress) -> Result<Outcome, Stop> {
    let id = claim.dataset.as_ref().ok_or_else(|| internal(&"la ejecución no nombra un conjunto"))?;
    let run = Run { platform, claim, progress, dataset: load(platform, id).await? };
    run.log(LogLevel::Info, format!("Intento {} de {}.", claim.attempt, claim.max_attempts)).await?;
    if run.dataset.contract.derive.is_some() {
        return run.publish(None).await;
    }
    let Some(draft) = run.draft().await? else {
        run.log(LogLevel::Info, "El archivo es el mismo de la versión vigente: no hay nada que publicar.".into())
            .await?;
        ledger::unchanged(&mut *run.connection().await?, claim).await?;
        return Ok(Outcome::Unchanged);
    };
    run.publish(Some(&draft)).await
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

    /// gate, derive, publish; derived and tried again when another run published meanwhile.
    async fn publish(&self, draft: Option<&Draft>) -> Result<Outcome, Stop> {
        for _ in 0..MOST_PUBLISH_TRIES {
            let base = Edition::current(&mut *self.connection().await?).await?;
            if let Some(draft) = draft {
                draft.still_stands_on(base.as_ref())?;
            }
            let mut releases: Vec<Release> = draft.iter().map(|draft| draft.built.release.clone()).collect();
            self.enter(Phase::Derive).await?;
            let wanted = draft.is_none().then_some(&self.dataset);
            let derived = derive(&mut *self.connection().await?, self.claim, base.as_ref(), &releases, wanted).await?;
            let names: Vec<String> = derived
                .iter()
                .map(|(release, rows)| format!("{} ({} filas)", release.dataset, integer_es(*rows)))
                .collect();
            self.leave(Phase::Derive, Some(derived.iter().map(|(_, rows)| rows).sum()), &names.join(", ")).await?;
            releases.extend(derived.into_iter().map(|(release, _)| release));
            let warnings = self.gate(draft, base.as_ref()).await?;
            self.enter(Phase::Publish).await?;
            match self.insert_edition(draft, base.as_ref(), &releases, &warnings).await {
                Ok(edition) => {
                    self.leave(Phase::Publish, None, &format!("edición {edition}")).await?;
                    self.log(LogLevel::Info, format!("Publicada en la edición {edition}.")).await?;
                    return Ok(Outcome::Published(edition));
                }
                Err(DbError::EditionMoved) => {
                    self.log(
                        LogLevel::Info,
                        "Otra ejecución publicó mientras tanto: los indicadores se calculan de nuevo.".into(),
                    )
                    .await?;
                }
                Err(other) => return Err(other.into()),
            }
        }
        Err(Fault::later(
            "publish.overtaken",
            "Otras ejecuciones publicaron una y otra vez antes que esta.",
            "Se intenta de nuevo.",
        )
        .into())
    }

    async fn gate(&self, draft: Option<&Draft>, base: Option<&Edition>) -> Result<Vec<String>, Stop> {
        let Some(Draft { built, .. }) = draft else { return Ok(Vec::new()) };
        self.enter(Phase::Gate).await?;
        let mut previous = None;
        if let Some(release) = base.and_then(|edition| edition.release(&built.release.dataset)) {
            previous = Some(catalogue::release_rows(&mut *self.connection().await?, release).await?);
        }
        let verdict = gate(&self.dataset.contract.gate, built.accounting, built.rows, previous);
        let warnings = match verdict {
            Ok(verdict) => verdict.warnings,
            Err(fault) => {
                // The run keeps its accounting, so that its page shows how many rows broke which rule.
                ledger::keep_accounting(&mut *self.connection().await?, self.claim, built.accounting).await?;
                return Err(fault.into());
            }
        };
        for warning in &warnings {
            self.log(LogLevel::Warn, warning.clone()).await?;
        }
        self.leave(Phase::Gate, None, &warnings.join(" ")).await?;
        Ok(warnings)
    }

    async fn insert_edition(
        &self,
        draft: Option<&Draft>,
        base: Option<&Edition>,
        releases: &[Release],
        warnings: &[String],
    ) -> Result<EditionId, DbError> {
        let built = draft.map(|draft| &draft.built);
        let report = json!({
            "findings": built.map(|built| &built.findings),
            "sums": built.map(|built| &built.sums),
            "warnings": warnings,
        });
        let candidate = Candidate {
            base,
            releases,
            accounting: built.map(|built| built.accounting),
            report: &report,
            note: &format!("{}: versión nueva", self.dataset.contract.title),
        };
        let mut connection = self.platform.pool.acquire().await?;
        publish(&mut connection, self.claim, &candidate).await
    }
}
