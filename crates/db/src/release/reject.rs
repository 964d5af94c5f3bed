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
    /// Where it lies, in degrees of longitude, when it has a geometry that can be read.
    #[serde(default)]
    pub lon: Option<f64>,
    /// Degrees of latitude.
    #[serde(default)]
    pub lat: Option<f64>,
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
    let lons: Vec<Option<f64>> = rejects.iter().map(|r| r.lon).collect();
    let lats: Vec<Option<f64>> = rejects.iter().map(|r| r.lat).collect();
    sqlx::query!(
        "insert into rejects (run_id, fence, source_row, raw, reasons, lon, lat)
         select $1, $2, row, raw, reasons, lon, lat
         from unnest($3::bigint[], $4::jsonb[], $5::jsonb[], $6::float8[], $7::float8[]) as t(row, raw, reasons, lon, lat)",
        run.0,
        fence,
        &rows,
        &raws,
        &reasons,
        &lons as &[Option<f64>],
        &lats as &[Option<f64>]
    )
    .execute(connection)
    .await?;
    Ok(())
}
