//! Source rows that broke the contract, kept whole.

use goreos_domain::RunId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Connection, DbError};

/// One refused row: as received, with every reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reject {
    /// Its row in the file.
    pub source_row: i64,
    /// `[["header", "cell"], ...]` as received, in the order of the file.
    pub raw: Value,
    /// The reasons, each `{column, value, rule, code, reason, remedy}`.
    pub reasons: Value,
}

/// Keeps a batch of rejects of one attempt.
pub async fn keep_rejects(
    connection: &mut Connection,
    run: RunId,
    fence: i64,
    rejects: &[Reject],
) -> Result<(), DbError> {
    let rows: Vec<i64> = rejects.iter().map(|r| r.source_row).collect();
    let raws: Vec<Value> = rejects.iter().map(|r| r.raw.clone()).collect();
    let reasons: Vec<Value> = rejects.iter().map(|r| r.reasons.clone()).collect();
    sqlx::query!(
        "insert into rejects (run_id, fence, source_row, raw, reasons)
         select $1, $2, row, raw, reasons from unnest($3::bigint[], $4::jsonb[], $5::jsonb[]) as t(row, raw, reasons)",
        run.0,
        fence,
        &rows,
        &raws,
        &reasons
    )
    .execute(connection)
    .await?;
    Ok(())
}
