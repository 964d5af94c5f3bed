//! From a hint to the end of an attempt.

use std::sync::Arc;

use goreos_db::DbError;
use goreos_db::ledger::{self, Claim};
use goreos_domain::{Fault, Job};
use goreos_pipelines::{Progress, Stop};
use goreos_queue::{Hint, Limits};
use tracing::{error, info, warn};

use crate::deps::Deps;
use crate::hold::Hold;

/// How an attempt ended.
enum End {
    /// Published, or nothing to do: the ledger knows.
    Done,
    Failed(Fault),
    /// It was cancelled, or this process is stopping: given back, the attempt not counted.
    HandBack,
    /// No heartbeat got through, or the run is another's: its lease ends by itself, and the attempt counts.
    Lost,
}

/// Claims the run of a hint and does it. A hint that leads nowhere (done, cancelled, taken) is forgotten.
pub(crate) async fn run(deps: &Deps, hint: Hint) {
    let claimed = async {
        let mut connection = deps.pool().acquire().await.map_err(DbError::from)?;
        ledger::claim(&mut connection, hint.run, &deps.name, deps.lease.lease_s).await
    };
    match claimed.await {
        Ok(Some(claim)) => attempt(deps, &claim).await,
        Ok(None) => info!(run = %hint.run, "Nothing to do for this hint"),
        // The scheduler announces it again.
        Err(error) => error!(run = %hint.run, error = &error as &dyn std::error::Error, "The run could not be claimed"),
    }
}

async fn attempt(deps: &Deps, claim: &Claim) {
    info!(run = %claim.run, attempt = claim.attempt, job = claim.job.code(), "Claimed");
    let progress = Arc::new(Progress::default());
    let hold = Hold::start(deps.pool().clone(), claim.clone(), Arc::clone(&progress), deps.lease.heartbeat());
    let timeout = Limits::of(claim.job).timeout;
    let work = async {
        match claim.job {
            Job::Ingest => crate::ingest::ingest(deps, claim, &progress).await,
            Job::Report => crate::report::report(deps, claim).await,
            Job::Exports => crate::exports::exports(deps, claim).await,
            Job::Difference => crate::difference::difference(deps, claim).await,
            Job::Retention => crate::retention::retention(deps, claim).await,
        }
    };
    let end = tokio::select! {
        ended = tokio::time::timeout(timeout, work) => match ended {
            Ok(Ok(())) => End::Done,
            Ok(Err(Stop::FencedOut)) => End::HandBack,
            Ok(Err(Stop::Fault(fault))) => End::Failed(fault),
            Err(_) => End::Failed(Fault::later(
                "run.timeout",
                format!("La ejecución superó su tiempo máximo ({} min).", timeout.as_secs() / 60),
                "Se intenta de nuevo; si se repite, avise al equipo de la plataforma.",
            )),
        },
        () = hold.stop.cancelled() => if hold.is_cancelled() { End::HandBack } else { End::Lost },
        () = deps.shutdown.cancelled() => End::HandBack,
    };
    drop(hold);
    if let Err(error) = settle(deps, claim, end).await {
        // The lease runs out and the scheduler takes the run back.
        warn!(run = %claim.run, error = &error as &dyn std::error::Error, "The end of the run could not be written down");
    }
}

async fn settle(deps: &Deps, claim: &Claim, end: End) -> Result<(), DbError> {
    let mut connection = deps.pool().acquire().await?;
    match end {
        End::Done => info!(run = %claim.run, "Done"),
        End::Failed(fault) => {
            let state = ledger::fail(&mut connection, claim, &fault).await?;
            warn!(run = %claim.run, code = fault.code, state = state.code(), "Failed: {fault}");
        }
        End::Lost => info!(run = %claim.run, "Left to its lease"),
        End::HandBack => match ledger::hand_back(&mut connection, claim).await {
            Ok(()) => info!(run = %claim.run, "Handed back"),
            Err(DbError::FencedOut) => info!(run = %claim.run, "The run is another's now"),
            Err(error) => return Err(error),
        },
    }
    Ok(())
}
