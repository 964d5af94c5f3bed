//! Where figures come from.

use chrono::{DateTime, Utc};
use goreos_domain::{DatasetId, ReleaseId, RunId};
use serde::Serialize;

use super::word;
use crate::{Connection, DbError, Edition};

/// Bytes as received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFile {
    /// Their SHA-256 in hexadecimal, under which the object store keeps them.
    pub sha256: String,
    /// How many.
    pub bytes: i64,
    /// Path or address they came from.
    pub origin: String,
    /// When they were first seen.
    pub received_at: DateTime<Utc>,
}

/// One line of "¿de dónde sale este número?": a release and the file behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    pub dataset: DatasetId,
    /// As the contract of the release said, like all texts here.
    pub title: String,
    pub owner: String,
    pub licence: String,
    /// Who must be named; may be empty.
    pub attribution: String,
    /// Invented data.
    pub example: bool,
    pub release: ReleaseId,
    pub rows: i64,
    pub built_at: DateTime<Utc>,
    /// None for derived datasets, which have no file.
    pub source: Option<SourceFile>,
    /// The datasets a derived one is computed from; empty for the others.
    pub inputs: Vec<String>,
}

/// The provenance of those datasets in an edition, in catalogue order; datasets the edition does not hold are left out.
pub async fn sources(
    connection: &mut Connection,
    edition: &Edition,
    datasets: &[&str],
) -> Result<Vec<Provenance>, DbError> {
    let releases: Vec<i64> =
        datasets.iter().filter_map(|dataset| edition.release(dataset)).map(|release| release.0).collect();
    let held = provenance(connection, &releases).await?;
    Ok(held.into_iter().map(|(_, provenance)| provenance).collect())
}

/// The runs that built those releases and the files behind them, in catalogue order.
pub(super) async fn provenance(
    connection: &mut Connection,
    releases: &[i64],
) -> Result<Vec<(RunId, Provenance)>, DbError> {
    sqlx::query_file!("../../sql/queries/edition/provenance.sql", releases)
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(|row| {
            let provenance = Provenance {
                dataset: word(row.dataset_id)?,
                title: row.title,
                owner: row.owner,
                licence: row.licence,
                attribution: row.attribution,
                example: row.example,
                release: ReleaseId(row.id),
                rows: row.rows,
                built_at: row.built_at,
                source: SourceFile::of(row.sha256, row.bytes, row.origin, row.received_at),
                inputs: row.inputs,
            };
            Ok((RunId(row.run_id), provenance))
        })
        .collect()
}

impl SourceFile {
    /// The four columns of an outer join: all there, or none.
    pub(super) fn of(
        sha256: Option<String>,
        bytes: Option<i64>,
        origin: Option<String>,
        received_at: Option<DateTime<Utc>>,
    ) -> Option<Self> {
        Some(Self { sha256: sha256?, bytes: bytes?, origin: origin?, received_at: received_at? })
    }
}
