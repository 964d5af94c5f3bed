//! Datasets as their contracts last said, and when they are due.

use chrono::{DateTime, Utc};
use goreos_domain::{Contract, DatasetId, RunId};

use crate::{Connection, DbError};

/// A dataset as registered.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Its contract.
    pub contract: Contract,
    /// SHA-256 over the contract's and the query's text.
    pub contract_sha: String,
    /// The query, for derived datasets.
    pub query: Option<String>,
}

/// A dataset's place in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSchedule {
    /// The dataset.
    pub dataset: String,
    /// Five cron fields.
    pub cron: String,
    /// The zone they are read in.
    pub timezone: String,
    /// `none`, `latest` or `all`.
    pub catch_up: String,
    /// Ticks up to here are done.
    pub fired_until: DateTime<Utc>,
    /// The database's clock.
    pub now: DateTime<Utc>,
}

/// Writes a dataset down as its contract now says. `position` orders the lists.
pub async fn register(
    connection: &mut Connection,
    dataset: &Dataset,
    position: i32,
    next_fire_at: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let contract = &dataset.contract;
    let inputs: Vec<String> =
        contract.derive.iter().flat_map(|derive| &derive.inputs).map(ToString::to_string).collect();
    sqlx::query_file!(
        "../../sql/queries/dataset/register.sql",
        contract.id.as_str(),
        contract.title,
        contract.theme,
        serde_json::to_value(contract)?,
        dataset.contract_sha,
        dataset.query,
        &inputs,
        position
    )
    .execute(&mut *connection)
    .await?;
    match (&contract.schedule, next_fire_at) {
        (Some(schedule), Some(next)) => {
            let catch_up = serde_json::to_value(schedule.catch_up)?;
            let catch_up = catch_up.as_str().unwrap_or("latest");
            sqlx::query_file!(
                "../../sql/queries/schedule/set.sql",
                contract.id.as_str(),
                schedule.cron,
                schedule.timezone,
                catch_up,
                next
            )
            .execute(connection)
            .await?;
        }
        _ => {
            sqlx::query!("delete from schedules where dataset_id = $1", contract.id.as_str())
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}

/// The ids of all datasets, in the order of the lists.
pub async fn dataset_ids(connection: &mut Connection) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!("select id from datasets order by position, id").fetch_all(connection).await?)
}

/// One dataset.
pub async fn dataset(connection: &mut Connection, id: &DatasetId) -> Result<Option<Dataset>, DbError> {
    let row = sqlx::query!("select contract, contract_sha, query from datasets where id = $1", id.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Dataset {
            contract: serde_json::from_value(row.contract)?,
            contract_sha: row.contract_sha,
            query: row.query,
        })
    })
    .transpose()
}

/// Derived datasets, in the order of the lists.
pub async fn derived(connection: &mut Connection) -> Result<Vec<Dataset>, DbError> {
    let rows = sqlx::query!(
        "select contract, contract_sha, query from datasets where query is not null order by position, id"
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Dataset {
                contract: serde_json::from_value(row.contract)?,
                contract_sha: row.contract_sha,
                query: row.query,
            })
        })
        .collect()
}

/// Locks one schedule that is due; `None` when none is, or another scheduler has it. Call inside a transaction.
pub async fn lock_due_schedule(connection: &mut Connection) -> Result<Option<DueSchedule>, DbError> {
    let row = sqlx::query_as!(
        DueSchedule,
        r#"select dataset_id as dataset, cron, timezone, catch_up, fired_until, now() as "now!" from schedules
           where next_fire_at <= now() order by next_fire_at limit 1 for update skip locked"#
    )
    .fetch_optional(connection)
    .await?;
    Ok(row)
}

/// Turns one tick into a run; `None` when it already was.
pub async fn fire(
    connection: &mut Connection,
    dataset: &str,
    slot: &str,
    max_attempts: i32,
) -> Result<Option<RunId>, DbError> {
    let run = sqlx::query_file_scalar!("../../sql/queries/schedule/fire.sql", dataset, slot, max_attempts)
        .fetch_optional(connection)
        .await?;
    Ok(run.map(RunId))
}

/// Moves a schedule on in time.
pub async fn advance(
    connection: &mut Connection,
    dataset: &str,
    fired_until: DateTime<Utc>,
    next_fire_at: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "update schedules set fired_until = $2, next_fire_at = $3 where dataset_id = $1",
        dataset,
        fired_until,
        next_fire_at
    )
    .execute(connection)
    .await?;
    Ok(())
}
