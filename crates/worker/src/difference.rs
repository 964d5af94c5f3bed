//! Job `difference`: two releases are compared, and what differs is written as a file.

use goreos_db::DbError;
use goreos_db::difference::{self, Counts, DifferenceFile, Kind, NewDifference};
use goreos_db::ledger::{self, Claim, LogLevel};
use goreos_domain::{Fault, ReleaseId, integer_es};
use goreos_objects::Key;
use goreos_pipelines::{Difference, Stop};
use serde::Deserialize;
use tracing::info;

use crate::deps::Deps;

/// What the request says.
#[derive(Debug, Deserialize)]
struct Args {
    from: ReleaseId,
    to: ReleaseId,
}

pub(crate) async fn difference(deps: &Deps, claim: &Claim) -> Result<(), Stop> {
    let Args { from, to } = serde_json::from_value(claim.args.clone()).map_err(|error| {
        Fault::give_up(
            "difference.bad_request",
            format!("La solicitud de comparación no se entiende: {error}."),
            "Pídala de nuevo desde la página de la comparación.",
        )
    })?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("difference.gpkg");
    let mut connection = deps.pool().acquire().await.map_err(DbError::from)?;
    let tolerance_m = difference::tolerance(&mut connection, to).await.map_err(gone)?;
    let counts = difference::counts(&mut connection, from, to, tolerance_m).await.map_err(gone)?;
    let compared = difference::compared(&mut connection, from, to).await.map_err(gone)?;
    let about = Difference { compared, from, to, tolerance_m };
    let rows = difference::rows(&mut connection, from, to, tolerance_m, None, None).await.map_err(gone)?;
    goreos_pipelines::write_difference(rows, about, &path).await?;
    let key = Key::difference(from.0, to.0);
    let stored = deps.platform.objects.put_file(&key, &path).await?;
    info!(%from, %to, bytes = stored.bytes, "Wrote the difference between releases {from} and {to}");
    let file = DifferenceFile {
        object_key: key.as_str().to_owned(),
        bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
        sha256: stored.sha256,
    };
    let made = NewDifference { from, to, tolerance_m, counts, file };
    difference::publish_difference(&mut connection, claim, &made).await?;
    Ok(ledger::log(&mut connection, claim.run, LogLevel::Info, &words(from, to, &counts)).await?)
}

fn words(from: ReleaseId, to: ReleaseId, counts: &Counts) -> String {
    let kinds = Kind::ALL.map(|kind| format!("{} {}s", integer_es(counts.of(kind)), kind.spanish()));
    format!("De la versión {from} a la {to}: filas {}, {} iguales.", kinds.join(", "), integer_es(counts.same))
}

/// A release that is not there any more will not come back.
fn gone(error: DbError) -> Stop {
    match error {
        DbError::ReleaseGone(release) => Fault::give_up(
            "difference.release_gone",
            format!("La versión {release} no existe o ya se retiró."),
            "Compare ediciones vigentes; la lista de ediciones dice cuáles se retiraron.",
        )
        .into(),
        other => other.into(),
    }
}
