//! Job `ingest`: a source file becomes a release.

use goreos_db::ledger::Claim;
use goreos_pipelines::{Progress, Stop};
use tracing::info;

use crate::deps::Deps;

pub(crate) async fn ingest(deps: &Deps, claim: &Claim, progress: &Progress) -> Result<(), Stop> {
    let ended = goreos_pipelines::ingest(&deps.platform, claim, progress).await?;
    info!(run = %claim.run, ?ended, "Ingested");
    Ok(())
}
