//! Which editions nobody needs any more, and letting go of them: a whole edition at a time, or nothing of it.
//!
//! What stays: the current edition, those that were in force within the last so many days, those that a tag or a document names, and
//! those that a waiting run is compared with. The catalogue's rows stay for ever; tables and files go.

use chrono::{DateTime, Utc};
use goreos_domain::{EditionId, Job, ReleaseId, RunId, Trigger};
use serde::Serialize;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _};

use crate::audit::{self, Action, Entry};
use crate::ledger::{self, Claim, LogLevel, NewRun};
use crate::publish::PUBLISH_LOCK;
use crate::{Connection, DbError};

/// An edition that nobody needs any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Its number.
    pub edition: i64,
    /// When it was published.
    pub created_at: DateTime<Utc>,
    /// When the next one took its place.
    pub until: DateTime<Utc>,
    /// The releases that only this and older ones hold.
    pub releases: Vec<i64>,
}

/// A table that went with its edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DroppedRelease {
    /// Its number.
    pub release: i64,
    /// The dataset's id.
    pub dataset: String,
    /// How many rows it had.
    pub rows: Option<i64>,
    #[serde(skip)]
    table: String,
}

/// The editions that may go, oldest first, at most 1,000.
pub async fn expired(connection: &mut Connection, days: i32) -> Result<Vec<Expired>, DbError> {
    Ok(sqlx::query_file_as!(Expired, "../../sql/queries/retention/expired.sql", days).fetch_all(connection).await?)
}

/// Lets go of an edition and of the tables that only it and older ones hold, in one transaction; writes it down in the run's log and in
/// the audit trail. `None` when somebody needs it after all: a tag came, or another was faster.
///
/// # Errors
/// [`DbError::FencedOut`] when the run is not ours any more. An error for which [`is_in_use`] holds when a reader or somebody's view
/// stands on a table: nothing was dropped.
pub async fn drop_edition(
    connection: &mut Connection,
    claim: &Claim,
    days: i32,
    edition: EditionId,
) -> Result<Option<Vec<DroppedRelease>>, DbError> {
    let mut transaction = connection.begin().await?;
    // Readers of an old edition are asked for a moment's patience at most, and publishers for no more.
    sqlx::query("set local lock_timeout = '2s'").execute(&mut *transaction).await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", PUBLISH_LOCK).execute(&mut *transaction).await?;
    ledger::hold_still(&mut transaction, claim).await?;
    let still = expired(&mut transaction, days).await?.into_iter().find(|expired| expired.edition == edition.0);
    let Some(expired) = still else { return Ok(None) };
    let dropped = sqlx::query_as!(
        DroppedRelease,
        r#"update releases set dropped_at = now() where id = any($1)
           returning id as release, dataset_id as dataset, rows, table_name as "table!""#,
        &expired.releases
    )
    .fetch_all(&mut *transaction)
    .await?;
    for release in &dropped {
        let statement = format!("drop table if exists releases.{}", release.table);
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    }
    sqlx::query!("update editions set dropped_at = now() where id = $1", edition.0).execute(&mut *transaction).await?;
    let entry = Entry {
        run: Some(claim.run),
        edition: Some(edition),
        detail: json!({ "releases": dropped, "days": days }),
        ..Entry::of(&claim.requested_by, Action::Drop)
    };
    audit::add(&mut transaction, &entry).await?;
    ledger::log(&mut transaction, claim.run, LogLevel::Info, &told(&expired, &dropped)).await?;
    transaction.commit().await?;
    Ok(Some(dropped))
}

/// What the log says.
fn told(expired: &Expired, dropped: &[DroppedRelease]) -> String {
    let tables: Vec<String> = dropped
        .iter()
        .map(|release| {
            format!("{} (versión {}, {} filas)", release.dataset, release.release, release.rows.unwrap_or(0))
        })
        .collect();
    let tables = if tables.is_empty() {
        "Otras ediciones conservan todas sus versiones.".to_owned()
    } else {
        format!("Se borraron las tablas y los archivos de {}.", tables.join(", "))
    };
    format!(
        "Edición {} retirada; fue la vigente hasta el {}. {tables}",
        expired.edition,
        expired.until.format("%d-%m-%Y")
    )
}

/// True when a table could not go because a reader holds it, or because somebody's view is built on it.
pub fn is_in_use(error: &DbError) -> bool {
    let DbError::Statement(sqlx::Error::Database(error)) = error else { return false };
    // lock_not_available, dependent_objects_still_exist
    error.code().is_some_and(|code| code == "55P03" || code == "2BP01")
}

/// When the table and the files of a release went; `None` while they are there, and for a release that never was.
pub async fn dropped_at(connection: &mut Connection, release: ReleaseId) -> Result<Option<DateTime<Utc>>, DbError> {
    let dropped = sqlx::query_scalar!("select dropped_at from releases where id = $1", release.0)
        .fetch_optional(connection)
        .await?;
    Ok(dropped.flatten())
}

/// Objects of releases that are gone, at most 500: what is left to delete, also by a worker that died half-way.
pub async fn leftovers(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        r#"select distinct object_key as "object_key!" from (
             select x.object_key from exports x join releases l on l.id = x.release_id where l.dropped_at is not null
             union all
             select d.object_key from differences d join releases l on l.id in (d.from_release, d.to_release)
             where l.dropped_at is not null
           ) gone
           where object_key is not null order by 1 limit 500"#
    )
    .fetch_all(connection)
    .await?)
}

/// Forgets objects that were deleted, and what never had one: the rows were the list of what was left to delete.
pub async fn forget(connection: &mut Connection, deleted: &[String]) -> Result<(), DbError> {
    let mut transaction = connection.begin().await?;
    sqlx::query!(
        "delete from exports x using releases l
         where l.id = x.release_id and l.dropped_at is not null and (x.object_key = any($1) or x.object_key is null)",
        deleted
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "delete from differences d using releases l
         where l.id in (d.from_release, d.to_release) and l.dropped_at is not null
           and (d.object_key = any($1) or d.object_key is null)",
        deleted
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends the run; `did` says whether anything went.
///
/// # Errors
/// [`DbError::FencedOut`] when the run is not ours any more.
pub async fn finish(connection: &mut Connection, claim: &Claim, did: bool) -> Result<(), DbError> {
    if !did {
        return ledger::unchanged(connection, claim).await;
    }
    let updated = sqlx::query!(
        "update runs set state = 'published', fault = null, phase = null, finished_at = now(), lease_owner = null, lease_until = null
         where id = $1 and fence = $2 and state = 'running'",
        claim.run.0,
        claim.fence
    )
    .execute(connection)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(DbError::FencedOut) }
}

/// Asks for the day's run, once a day and only when there is something to let go of; `None` when there is not, or it was asked for.
pub async fn request_daily(connection: &mut Connection, days: i32, attempts: i32) -> Result<Option<RunId>, DbError> {
    let key = sqlx::query_scalar!(r#"select 'retention:' || (now() at time zone 'America/Santiago')::date as "key!""#)
        .fetch_one(&mut *connection)
        .await?;
    let asked = sqlx::query_scalar!(r#"select exists (select from runs where dedupe_key = $1) as "asked!""#, key)
        .fetch_one(&mut *connection)
        .await?;
    if asked || (expired(&mut *connection, days).await?.is_empty() && leftovers(&mut *connection).await?.is_empty()) {
        return Ok(None);
    }
    // Of two schedulers that come here together, the ledger makes one run.
    let run = NewRun { trigger: Trigger::Schedule, dedupe_key: Some(key), ..new_run(days, "scheduler", attempts) };
    ledger::request(connection, &run).await.map(Some)
}

/// A run that lets go of what is older than so many days.
pub fn new_run(days: i32, requested_by: &str, attempts: i32) -> NewRun {
    NewRun {
        job: Job::Retention,
        dataset: None,
        args: json!({ "days": days }),
        trigger: Trigger::Manual,
        requested_by: requested_by.to_owned(),
        dedupe_key: None,
        max_attempts: attempts,
    }
}
