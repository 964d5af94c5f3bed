//! Where figures come from.

use chrono::{DateTime, Utc};
use goreos_domain::{DatasetId, ReleaseId};
use serde::Serialize;

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

/// The provenance of those datasets in an edition, in the order given; datasets the edition does not hold are left out.
pub async fn sources(connection: &mut Connection, edition: &Edition, datasets: &[&str]) -> Result<Vec<Provenance>, DbError> {
    todo!()
}
