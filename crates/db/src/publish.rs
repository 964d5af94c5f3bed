//! Publishing and rolling back: both insert the next edition, in one transaction.

use goreos_domain::EditionId;
use serde_json::Value;
use sqlx::Connection as _;

use crate::edition::Edition;
use crate::ledger::{Accounting, Claim};
use crate::layers;
use crate::release::Release;
use crate::{Connection, DbError};

/// Publishers wait for each other on this advisory lock; readers never do.
const PUBLISH_LOCK: i64 = 0x0067_6f72_656f_7301;

/// What a run wants readers to see.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The edition its derived datasets were computed against; `None` for the very first.
    pub base: Option<&'a Edition>,
    /// The releases that replace those of the base.
    pub releases: &'a [Release],
    /// Rows of the source file; `None` for a run that read none.
    pub accounting: Option<Accounting>,
    /// What was detected, converted and compared.
    pub report: &'a Value,
    /// One line for the list of editions (Spanish).
    pub note: &'a str,
}

/// Inserts the next edition, moves the `layers` views to it and ends the run, all or nothing.
///
/// # Errors
/// [`DbError::FencedOut`] when the run is not ours any more; [`DbError::EditionMoved`] when another edition came after `base`:
/// derive again and call again; [`DbError::DependentViews`] when columns change under somebody else's view.
pub async fn publish(
    connection: &mut Connection,
    claim: &Claim,
    candidate: &Candidate<'_>,
) -> Result<EditionId, DbError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("set local lock_timeout = '30s'").execute(&mut *transaction).await?;
    sqlx::query!(
        "select id from runs where id = $1 and fence = $2 and state = 'running' and not cancel_requested for update",
        claim.run.0,
        claim.fence
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(DbError::FencedOut)?;
    sqlx::query!("select pg_advisory_xact_lock($1)", PUBLISH_LOCK).execute(&mut *transaction).await?;
    let newest = sqlx::query_scalar!("select max(id) from editions").fetch_one(&mut *transaction).await?;
    if newest != candidate.base.map(|edition| edition.id.0) {
        return Err(DbError::EditionMoved);
    }
    let id = EditionId(newest.unwrap_or(0) + 1);
    let releases: Vec<i64> = candidate.releases.iter().map(|release| release.id.0).collect();
    sqlx::query_file!(
        "../../sql/queries/edition/publish.sql",
        id.0,
        Some(claim.run.0),
        candidate.note,
        newest.unwrap_or(0),
        &releases
    )
    .execute(&mut *transaction)
    .await?;
    let releases = candidate.releases.iter().map(|release| (release.dataset.clone(), release.id));
    let next = candidate.base.cloned().unwrap_or_else(|| Edition::of(id.0, [])).with(releases);
    layers::move_to(&mut transaction, candidate.base, &next).await?;
    let accounting = candidate.accounting;
    sqlx::query!(
        "update runs set state = 'published', edition_id = $3, report = $4, rows_read = $5, rows_loaded = $6, rows_rejected = $7,
             fault = null, finished_at = now(), lease_owner = null, lease_until = null, phase = null
         where id = $1 and fence = $2",
        claim.run.0,
        claim.fence,
        id.0,
        candidate.report,
        accounting.map(|a| a.read),
        accounting.map(|a| a.loaded),
        accounting.map(|a| a.rejected),
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!("select pg_notify('goreos_editions', $1)", id.to_string()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Inserts an edition with the releases of an older one. `None` when there is no such edition.
///
/// # Errors
/// [`DbError::DependentViews`] when columns change under somebody else's view.
pub async fn rollback(connection: &mut Connection, to: EditionId, note: &str) -> Result<Option<EditionId>, DbError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("set local lock_timeout = '30s'").execute(&mut *transaction).await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", PUBLISH_LOCK).execute(&mut *transaction).await?;
    let (Some(older), Some(newest)) =
        (Edition::load(&mut transaction, to).await?, Edition::current(&mut transaction).await?)
    else {
        return Ok(None);
    };
    let id = EditionId(newest.id.0 + 1);
    sqlx::query_file!("../../sql/queries/edition/publish.sql", id.0, None::<i64>, note, older.id.0, &[] as &[i64])
        .execute(&mut *transaction)
        .await?;
    layers::move_to(&mut transaction, Some(&newest), &older).await?;
    sqlx::query!("select pg_notify('goreos_editions', $1)", id.to_string()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some(id))
}
