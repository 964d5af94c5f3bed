//! The numbered map dataset → release that readers see.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use goreos_domain::{EditionId, ReleaseId};

use crate::{Connection, DbError};

/// One edition: which release stands for each dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// Its number.
    pub id: EditionId,
    /// When it was published.
    pub created_at: DateTime<Utc>,
    /// When retention let go of it: the tables of its releases may be gone.
    pub dropped_at: Option<DateTime<Utc>>,
    releases: BTreeMap<String, ReleaseId>,
}

impl Edition {
    /// An edition made by hand: `(dataset, release)` pairs.
    pub fn of<'a>(id: i64, releases: impl IntoIterator<Item = (&'a str, i64)>) -> Self {
        Self {
            id: EditionId(id),
            created_at: DateTime::UNIX_EPOCH,
            dropped_at: None,
            releases: releases.into_iter().map(|(dataset, release)| (dataset.to_owned(), ReleaseId(release))).collect(),
        }
    }

    /// The newest edition; `None` before the first publish.
    pub async fn current(connection: &mut Connection) -> Result<Option<Self>, DbError> {
        match sqlx::query_scalar!("select max(id) from editions").fetch_one(&mut *connection).await? {
            Some(id) => Self::load(connection, EditionId(id)).await,
            None => Ok(None),
        }
    }

    /// The edition of that number.
    pub async fn load(connection: &mut Connection, id: EditionId) -> Result<Option<Self>, DbError> {
        let Some(found) = sqlx::query!("select created_at, dropped_at from editions where id = $1", id.0)
            .fetch_optional(&mut *connection)
            .await?
        else {
            return Ok(None);
        };
        let releases = sqlx::query!("select dataset_id, release_id from edition_releases where edition_id = $1", id.0)
            .fetch_all(connection)
            .await?
            .into_iter()
            .map(|row| (row.dataset_id, ReleaseId(row.release_id)))
            .collect();
        Ok(Some(Self { id, created_at: found.created_at, dropped_at: found.dropped_at, releases }))
    }

    /// The release of a dataset.
    pub fn release(&self, dataset: &str) -> Option<ReleaseId> {
        self.releases.get(dataset).copied()
    }

    /// All `(dataset, release)` pairs in the order of their ids.
    pub fn releases(&self) -> impl Iterator<Item = (&str, ReleaseId)> {
        self.releases.iter().map(|(dataset, release)| (dataset.as_str(), *release))
    }

    /// This edition with other releases in it: the candidate of a run.
    #[must_use]
    pub fn with(&self, releases: impl IntoIterator<Item = (String, ReleaseId)>) -> Self {
        let mut candidate = self.clone();
        candidate.releases.extend(releases);
        candidate
    }

    /// The statement with each `edition.<dataset>` replaced by the release table of this edition.
    ///
    /// # Errors
    /// [`DbError::NotInEdition`] when it names a dataset the edition does not hold.
    pub fn sql(&self, statement: &str) -> Result<String, DbError> {
        const MARK: &str = "edition.";
        let mut rewritten = String::with_capacity(statement.len() + 64);
        let mut rest = statement;
        while let Some(at) = rest.find(MARK) {
            let (before, after) = rest.split_at(at);
            rewritten.push_str(before);
            let after = &after[MARK.len()..];
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
            let (dataset, tail) = after.split_at(end);
            if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
                rewritten.push_str(MARK);
                rest = after;
                continue;
            }
            let release = self.release(dataset).ok_or_else(|| DbError::NotInEdition(dataset.to_owned()))?;
            rewritten.push_str(&release_table(dataset, release));
            rest = tail;
        }
        rewritten.push_str(rest);
        Ok(rewritten)
    }
}

/// The qualified name of a release table.
pub(crate) fn release_table(dataset: &str, release: ReleaseId) -> String {
    format!("releases.{dataset}_{release}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_names_the_tables_of_its_edition_only() {
        let edition = Edition::of(3, [("poblacion", 7), ("comunas", 1)]);
        let sql = edition
            .sql("from edition.poblacion p join edition.comunas c using (cut) where sedition.x = my_edition.y")
            .expect("known datasets");
        assert_eq!(
            sql,
            "from releases.poblacion_7 p join releases.comunas_1 c using (cut) where sedition.x = my_edition.y"
        );
        assert!(
            matches!(edition.sql("from edition.localidades"), Err(DbError::NotInEdition(name)) if name == "localidades")
        );
    }

    #[test]
    fn a_candidate_replaces_one_release_and_keeps_the_others() {
        let edition = Edition::of(3, [("poblacion", 7), ("comunas", 1)]);
        let candidate = edition.with([("poblacion".to_owned(), ReleaseId(9))]);
        assert_eq!(candidate.release("poblacion"), Some(ReleaseId(9)));
        assert_eq!(candidate.release("comunas"), Some(ReleaseId(1)));
        assert_eq!(edition.release("poblacion"), Some(ReleaseId(7)));
    }
}
