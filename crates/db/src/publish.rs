//! Publishing and rolling back: both insert the next edition, in one transaction.

use goreos_domain::{DatasetId, EditionId};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::audit::{self, Action, Entry};
use crate::edition::Edition;
use crate::gate::{self, Among};
use crate::layers;
use crate::ledger::{self, Accounting, Claim};
use crate::release::Release;
use crate::{Connection, DbError};

/// Publishers wait for each other on this advisory lock; readers never do.
pub(crate) const PUBLISH_LOCK: i64 = 0x0067_6f72_656f_7301;

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
    ledger::hold_still(&mut transaction, claim).await?;
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
        &releases,
        None::<i64>
    )
    .execute(&mut *transaction)
    .await?;
    let changed = candidate.releases.iter().map(|release| (release.dataset.clone(), release.id));
    let next = candidate.base.cloned().unwrap_or_else(|| Edition::of(id.0, [])).with(changed);
    layers::move_to(&mut transaction, candidate.base, &next).await?;
    let accounting = candidate.accounting;
    sqlx::query_file!(
        "../../sql/queries/run/published.sql",
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
    gate::supersede(&mut transaction, claim, Among::Approved).await?;
    told(&mut transaction, claim, id, &releases).await?;
    sqlx::query_file!("../../sql/queries/gate/exports.sql", &releases, claim.trigger.code(), claim.requested_by)
        .execute(&mut *transaction)
        .await?;
    sqlx::query!("select pg_notify('goreos_runs', '')").execute(&mut *transaction).await?;
    sqlx::query!("select pg_notify('goreos_editions', $1)", id.to_string()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(id)
}

/// The audit trail's line of a publish.
async fn told(connection: &mut Connection, claim: &Claim, id: EditionId, releases: &[i64]) -> Result<(), DbError> {
    let approved = claim.approved.as_ref();
    let entry = Entry {
        run: Some(claim.run),
        edition: Some(id),
        dataset: claim.dataset.as_ref().map(DatasetId::as_str),
        detail: json!({ "releases": releases, "approved_by": approved.map(|approved| &approved.by) }),
        ..Entry::of(&claim.requested_by, Action::Publish)
    };
    audit::add(connection, &entry).await
}

/// What came of a wish to go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolledBack {
    /// Readers see the older releases, in this edition.
    Done(EditionId),
    /// There is no such edition.
    NotFound,
    /// Readers see its releases already.
    Current,
    /// Retention let go of it: its tables may be gone.
    Dropped,
}

/// Inserts an edition with the releases of an older one; the audit trail keeps who asked for it and why.
///
/// # Errors
/// [`DbError::DependentViews`] when columns change under somebody else's view.
pub async fn rollback(
    connection: &mut Connection,
    to: EditionId,
    actor: &str,
    comment: &str,
) -> Result<RolledBack, DbError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("set local lock_timeout = '30s'").execute(&mut *transaction).await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", PUBLISH_LOCK).execute(&mut *transaction).await?;
    let (Some(older), Some(newest)) =
        (Edition::load(&mut transaction, to).await?, Edition::current(&mut transaction).await?)
    else {
        return Ok(RolledBack::NotFound);
    };
    if sqlx::query_scalar!(r#"select dropped_at is not null as "dropped!" from editions where id = $1"#, to.0)
        .fetch_one(&mut *transaction)
        .await?
    {
        return Ok(RolledBack::Dropped);
    }
    if older.releases().eq(newest.releases()) {
        return Ok(RolledBack::Current);
    }
    let id = EditionId(newest.id.0 + 1);
    let note = if comment.is_empty() {
        format!("Vuelta a la edición {to}")
    } else {
        format!("Vuelta a la edición {to}: {comment}")
    };
    sqlx::query_file!(
        "../../sql/queries/edition/publish.sql",
        id.0,
        None::<i64>,
        note,
        older.id.0,
        &[] as &[i64],
        Some(older.id.0)
    )
    .execute(&mut *transaction)
    .await?;
    layers::move_to(&mut transaction, Some(&newest), &older).await?;
    let entry = Entry {
        edition: Some(id),
        comment,
        detail: json!({ "from": newest.id, "to": to }),
        ..Entry::of(actor, Action::Rollback)
    };
    audit::add(&mut transaction, &entry).await?;
    sqlx::query!("select pg_notify('goreos_editions', $1)", id.to_string()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(RolledBack::Done(id))
}
