//! From the ledger to a worker: announce, claim, and take back from the silent.

use goreos_domain::{DatasetId, Job, ReleaseId, RunId, RunState, Trigger};

use crate::{Connection, DbError};

use super::Claim;

/// A run announced to workers, and how often it has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// The run.
    pub run: RunId,
    /// Announcements so far.
    pub dispatch: i32,
}

/// A run taken back from a silent worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The run.
    pub run: RunId,
    /// Where it stands now.
    pub state: String,
}

/// Marks the next runs as announced. Push the hints only after the transaction is committed.
pub async fn announce(connection: &mut Connection, most: i64) -> Result<Vec<Announced>, DbError> {
    let rows = sqlx::query_file!("../../sql/queries/run/announce.sql", most).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| Announced { run: RunId(row.id), dispatch: row.dispatch_no }).collect())
}

/// Runs announced more than `older_than_s` seconds ago that nobody has claimed.
pub async fn stale_announcements(connection: &mut Connection, older_than_s: f64) -> Result<Vec<Announced>, DbError> {
    let rows = sqlx::query!(
        "select id, dispatch_no from runs
         where state = 'queued' and dispatched_at < now() - make_interval(secs => $1) order by id limit 1000",
        older_than_s
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| Announced { run: RunId(row.id), dispatch: row.dispatch_no }).collect())
}

/// Takes an announcement back, so that the run is announced again; nothing happens if it was claimed or announced anew meanwhile.
pub async fn withdraw(connection: &mut Connection, announced: Announced) -> Result<(), DbError> {
    sqlx::query!(
        "update runs set dispatched_at = null where id = $1 and dispatch_no = $2 and state = 'queued'",
        announced.run.0,
        announced.dispatch
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a run for `owner`; `None` when it is not to be had: finished, cancelled, held by another, or its dataset is busy.
pub async fn claim(
    connection: &mut Connection,
    run: RunId,
    owner: &str,
    lease_s: u32,
) -> Result<Option<Claim>, DbError> {
    let claimed = sqlx::query_file!("../../sql/queries/run/claim.sql", run.0, owner, f64::from(lease_s))
        .fetch_optional(&mut *connection)
        .await;
    let row = match claimed {
        Ok(Some(row)) => row,
        // Finished, cancelled, or not yet its turn: if it still waits, it is announced again when it may run.
        Ok(None) => {
            set_aside(connection, run).await?;
            return Ok(None);
        }
        // One running run per dataset: the hint came while another one works; it is announced again when that ends.
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("runs_one_running") => {
            set_aside(connection, run).await?;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    // An attempt that was handed back had the same number: what it left on the run's page goes.
    sqlx::query!("delete from run_phases where run_id = $1 and attempt = $2", run.0, row.attempt)
        .execute(&mut *connection)
        .await?;
    Ok(Some(Claim {
        run,
        fence: row.fence,
        attempt: row.attempt,
        max_attempts: row.max_attempts,
        job: Job::parse(&row.job).ok_or(DbError::UnknownWord(row.job))?,
        dataset: row.dataset_id.and_then(|id| DatasetId::parse(&id).ok()),
        args: row.args,
        trigger: Trigger::parse(&row.trigger).ok_or(DbError::UnknownWord(row.trigger))?,
        requested_by: row.requested_by,
        held: row.held_release.map(ReleaseId),
        approved: row.approval.map(serde_json::from_value).transpose()?,
        lease_s,
    }))
}

/// Forgets that a run was announced.
async fn set_aside(connection: &mut Connection, run: RunId) -> Result<(), DbError> {
    sqlx::query!("update runs set dispatched_at = null where id = $1 and state = 'queued'", run.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes every run back whose lease has run out.
pub async fn expire(connection: &mut Connection) -> Result<Vec<Expired>, DbError> {
    let rows = sqlx::query_file!("../../sql/queries/run/expire.sql").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| Expired { run: RunId(row.id), state: row.state }).collect())
}

impl Expired {
    /// True when nothing more will happen to it.
    pub fn ended(&self) -> bool {
        RunState::parse(&self.state).is_some_and(RunState::is_final)
    }
}
