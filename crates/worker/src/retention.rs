//! Job `retention`: editions nobody needs any more are dropped, whole, and then the files of their releases.

use goreos_db::ledger::{self, Claim, LogLevel};
use goreos_db::{Connection, DbError, retention as kept};
use goreos_domain::{EditionId, Fault};
use goreos_objects::Key;
use goreos_pipelines::Stop;
use serde::Deserialize;
use tracing::info;

use crate::deps::Deps;

/// What the request says.
#[derive(Debug, Deserialize)]
struct Args {
    days: i32,
}

/// Tables go first, each edition in a transaction of its own; objects after them. So a worker that dies in between leaves files that
/// nobody sees any more, and the next run deletes them.
pub(crate) async fn retention(deps: &Deps, claim: &Claim) -> Result<(), Stop> {
    let args: Args = serde_json::from_value(claim.args.clone()).map_err(|error| {
        Fault::give_up(
            "retention.bad_request",
            format!("La solicitud de retiro no se entiende: {error}."),
            "Pídalo de nuevo con: goreos retention",
        )
    })?;
    let mut connection = deps.pool().acquire().await.map_err(DbError::from)?;
    let dropped = drop_editions(&mut connection, claim, args.days).await?;
    let deleted = delete_objects(deps, &mut connection, claim).await?;
    if dropped == 0 && deleted == 0 {
        say(&mut connection, claim, LogLevel::Info, "No hay ediciones que retirar.").await?;
    }
    info!(run = %claim.run, dropped, deleted, "Dropped {dropped} editions and deleted {deleted} objects");
    Ok(kept::finish(&mut connection, claim, dropped + deleted > 0).await?)
}

/// One after another, the oldest first; one that is in use stays for the next time.
async fn drop_editions(connection: &mut Connection, claim: &Claim, days: i32) -> Result<usize, Stop> {
    let mut dropped = 0;
    for expired in kept::expired(&mut *connection, days).await? {
        let edition = EditionId(expired.edition);
        match kept::drop_edition(&mut *connection, claim, days, edition).await {
            Ok(Some(_)) => dropped += 1,
            Ok(None) => {}
            Err(error) if kept::is_in_use(&error) => {
                let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                let message = format!(
                    "La edición {edition} no se retiró: alguien usa sus tablas ({why}). Se intenta de nuevo la próxima vez."
                );
                say(&mut *connection, claim, LogLevel::Warn, &message).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(dropped)
}

/// The objects of releases that are gone, also of those that an earlier run left behind.
async fn delete_objects(deps: &Deps, connection: &mut Connection, claim: &Claim) -> Result<usize, Stop> {
    let mut deleted = 0;
    loop {
        let keys = kept::leftovers(&mut *connection).await?;
        for key in &keys {
            deps.platform.objects.delete(&Key::stored(key)).await?;
        }
        kept::forget(&mut *connection, &keys).await?;
        deleted += keys.len();
        if keys.is_empty() {
            break;
        }
    }
    if deleted > 0 {
        let files = if deleted == 1 { "archivo" } else { "archivos" };
        say(connection, claim, LogLevel::Info, &format!("Se borraron {deleted} {files} para descargar.")).await?;
    }
    Ok(deleted)
}

async fn say(connection: &mut Connection, claim: &Claim, level: LogLevel, message: &str) -> Result<(), DbError> {
    ledger::log(connection, claim.run, level, message).await
}
