//! Loads that wait for a person.

use chrono::{DateTime, Utc};
use goreos_domain::RunId;
use serde::Serialize;

use crate::{Connection, DbError};

/// A load that waits at the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingRun {
    pub id: RunId,
    /// The dataset's title as the catalogue has it now.
    pub title: String,
    /// When it came to the gate.
    pub since: DateTime<Utc>,
}

/// Every load that waits, the oldest first; at most one per dataset.
pub async fn waiting(connection: &mut Connection) -> Result<Vec<WaitingRun>, DbError> {
    let rows = sqlx::query_file!("../../sql/queries/run/waiting.sql").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| WaitingRun { id: RunId(row.id), title: row.title, since: row.since }).collect())
}
