//! From an edition back to the files: releases, runs, rules.

use chrono::{DateTime, Utc};
use goreos_domain::{Contract, ReleaseId, RunId, Trigger};
use sqlx::types::Json;

use super::super::{SourceFile, word};
use crate::edition::release_table;
use crate::release::source_releases;
use crate::{Connection, DbError, Edition};

/// A release behind a figure, with the run that built it, the rule it obeyed and the file it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub release: ReleaseId,
    pub rows: i64,
    /// Rows taken over from the release before (upsert, append).
    pub carried: i64,
    pub built_at: DateTime<Utc>,
    /// As it was when the release was built.
    pub contract: Contract,
    /// SHA-256 of the contract's text.
    pub contract_sha: String,
    /// The query of a derived dataset.
    pub query: Option<String>,
    /// Files of mended rows that the file was read with.
    pub mends: i32,
    pub run: RunId,
    pub trigger: Trigger,
    pub requested_by: String,
    pub finished_at: Option<DateTime<Utc>>,
    /// Rows read, loaded and rejected by the run.
    pub accounting: Option<[i64; 3]>,
    /// None for derived datasets.
    pub source: Option<SourceFile>,
    /// The files of the rows taken over, newest first, at most 50.
    pub earlier: Vec<SourceFile>,
}

/// The release of a dataset in an edition and, when it is derived, those of its inputs: the dataset itself first.
pub(super) async fn chain(connection: &mut Connection, edition: &Edition, dataset: &str) -> Result<Vec<Link>, DbError> {
    let release = edition.release(dataset).ok_or_else(|| DbError::NotInEdition(dataset.to_owned()))?;
    let mut chain = links(&mut *connection, &[release.0]).await?;
    let inputs: Vec<i64> = chain
        .iter()
        .filter_map(|link| link.contract.derive.as_ref())
        .flat_map(|derive| &derive.inputs)
        .filter_map(|input| edition.release(input.as_str()))
        .map(|release| release.0)
        .collect();
    if !inputs.is_empty() {
        chain.extend(links(connection, &inputs).await?);
    }
    Ok(chain)
}

async fn links(connection: &mut Connection, releases: &[i64]) -> Result<Vec<Link>, DbError> {
    let mut links = told(&mut *connection, releases).await?;
    for link in links.iter_mut().filter(|link| link.carried > 0) {
        link.earlier = earlier(&mut *connection, link).await?;
    }
    Ok(links)
}

/// The files of the releases that the rows of a merged release say they come from. Those may be gone; what they were read from is not.
async fn earlier(connection: &mut Connection, link: &Link) -> Result<Vec<SourceFile>, DbError> {
    let table = release_table(link.contract.id.as_str(), link.release);
    let releases = source_releases(&mut *connection, &table).await?;
    let files = sqlx::query_as!(
        SourceFile,
        "select sha256, bytes, origin, received_at from source_files
         where sha256 in (select source_sha from releases where id = any($1) and id <> $2)
         order by received_at desc limit 50",
        &releases,
        link.release.0
    )
    .fetch_all(connection)
    .await?;
    Ok(files)
}

async fn told(connection: &mut Connection, releases: &[i64]) -> Result<Vec<Link>, DbError> {
    sqlx::query_file!("../../sql/queries/provenance/chain.sql", releases)
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(|row| {
            let accounting = row.rows_read.zip(row.rows_loaded).zip(row.rows_rejected);
            Ok(Link {
                release: ReleaseId(row.id),
                rows: row.rows,
                carried: row.carried,
                built_at: row.built_at,
                contract: row.contract.0,
                contract_sha: row.contract_sha,
                query: row.query,
                mends: row.mends,
                run: RunId(row.run_id),
                trigger: word(row.trigger)?,
                requested_by: row.requested_by,
                finished_at: row.finished_at,
                accounting: accounting.map(|((read, loaded), rejected)| [read, loaded, rejected]),
                source: SourceFile::of(row.sha256, row.bytes, row.origin, row.received_at),
                earlier: Vec::new(),
            })
        })
        .collect()
}
