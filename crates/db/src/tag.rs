//! Names that keep an edition for as long as they stand.

use goreos_domain::EditionId;
use sqlx::Connection as _;

use crate::audit::{self, Action, Entry};
use crate::edition::Edition;
use crate::publish::PUBLISH_LOCK;
use crate::{Connection, DbError};

/// What came of naming an edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagging {
    /// It has the name now, or had it already.
    Done,
    /// There is no such edition.
    NoEdition,
    /// Its tables are gone: a name would keep nothing.
    Dropped,
    /// The name stands for another edition, and is never moved in silence.
    Taken(EditionId),
}

/// True for `[a-z0-9][a-z0-9._-]*` of at most 63 bytes.
pub fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= 63
        && text.bytes().next().is_some_and(known)
        && text.bytes().all(|byte| known(byte) || matches!(byte, b'.' | b'_' | b'-'))
}

/// Gives an edition a name.
pub async fn add(connection: &mut Connection, edition: EditionId, name: &str, actor: &str) -> Result<Tagging, DbError> {
    let mut transaction = connection.begin().await?;
    // Retention holds the same lock: an edition cannot go between the look and the name.
    sqlx::query!("select pg_advisory_xact_lock($1)", PUBLISH_LOCK).execute(&mut *transaction).await?;
    match Edition::load(&mut transaction, edition).await? {
        None => return Ok(Tagging::NoEdition),
        Some(edition) if edition.dropped_at.is_some() => return Ok(Tagging::Dropped),
        Some(_) => {}
    }
    let standing = sqlx::query_scalar!("select edition_id from edition_tags where name = $1", name)
        .fetch_optional(&mut *transaction)
        .await?;
    match standing {
        Some(id) if id == edition.0 => return Ok(Tagging::Done),
        Some(id) => return Ok(Tagging::Taken(EditionId(id))),
        None => {}
    }
    sqlx::query!("insert into edition_tags (name, edition_id, created_by) values ($1, $2, $3)", name, edition.0, actor)
        .execute(&mut *transaction)
        .await?;
    let entry = Entry { edition: Some(edition), comment: name, ..Entry::of(actor, Action::Tag) };
    audit::add(&mut transaction, &entry).await?;
    transaction.commit().await?;
    Ok(Tagging::Done)
}

/// Takes a name away; the edition it stood for, or `None` when there is no such name.
pub async fn remove(connection: &mut Connection, name: &str, actor: &str) -> Result<Option<EditionId>, DbError> {
    let mut transaction = connection.begin().await?;
    let edition = sqlx::query_scalar!("delete from edition_tags where name = $1 returning edition_id", name)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(edition) = edition.map(EditionId) else { return Ok(None) };
    let entry = Entry { edition: Some(edition), comment: name, ..Entry::of(actor, Action::Untag) };
    audit::add(&mut transaction, &entry).await?;
    transaction.commit().await?;
    Ok(Some(edition))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_without_accents_or_spaces() {
        for good in ["cuenta-publica-2026", "2026.1", "a", &"a".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "Cuenta", "cuenta pública", "a/b", &"a".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
