//! The edition a request is about: `?edicion=N`, or the current one.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use goreos_db::{Connection, DbError, Edition, read};
use goreos_domain::EditionId;

use crate::boundary::PageError;
use crate::page::Keep;
use crate::query::value;
use crate::shell::{Section, Shell};
use crate::state::AppState;
use crate::words::day;

/// The edition to show. One that was never published is a 404, one that was let go of a 410.
#[derive(Debug)]
pub struct Viewed {
    /// None before the first publish.
    pub edition: Option<Edition>,
    /// The address names it.
    pub pinned: bool,
    /// Loads that wait at the gate: not asked for a page that may be kept.
    pub waiting: i64,
}

impl Viewed {
    /// The layout around a page of this edition.
    pub fn shell(&self, app: &AppState, section: Section) -> Shell {
        Shell { waiting: self.waiting, ..Shell::of(&app.site, section, self.edition.as_ref(), self.pinned) }
    }

    /// The edition's number when the address names it.
    pub fn pinned_number(&self) -> Option<i64> {
        self.edition.as_ref().filter(|_| self.pinned).map(|edition| edition.id.0)
    }

    /// For pages that show nothing but the edition.
    pub fn keep(&self) -> Keep {
        if self.pinned { Keep::ForEver } else { Keep::Revalidate }
    }
}

/// What the address says about the edition, before the database is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted(Option<EditionId>);

impl Wanted {
    /// The number the address names.
    pub fn number(self) -> Option<i64> {
        self.0.map(|edition| edition.0)
    }

    /// The edition: the one named, or the current one.
    pub async fn load(self, connection: &mut Connection) -> Result<Viewed, PageError> {
        let Some(id) = self.0 else {
            let waiting = read::waiting(&mut *connection).await?.len();
            let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
            return Ok(Viewed { edition: Edition::current(connection).await?, pinned: false, waiting });
        };
        let edition = Edition::load(connection, id).await?.ok_or_else(|| unknown(&id.to_string()))?;
        if let Some(dropped) = edition.dropped_at {
            return Err(PageError::Gone(format!(
                "La edición {id} se retiró el {} al cumplirse su plazo; sus datos ya no se pueden ver. La página /ediciones/{id} \
                 dice qué contenía, y la edición vigente sigue en el menú.",
                day(dropped)
            )));
        }
        Ok(Viewed { edition: Some(edition), pinned: true, waiting: 0 })
    }
}

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let chosen = value(parts.uri.query().unwrap_or_default(), "edicion");
        chosen.map(|text| text.parse().map_err(|_| unknown(&text))).transpose().map(Self)
    }
}

fn unknown(edition: &str) -> PageError {
    PageError::NotFound(format!(
        "La edición «{edition}» no existe. La lista de ediciones muestra todas las publicadas."
    ))
}

/// A page whose datasets the edition does not hold says so instead of failing.
pub fn if_held<T>(result: Result<T, DbError>) -> Result<Result<T, String>, PageError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(DbError::NotInEdition(dataset)) => Ok(Err(dataset)),
        Err(other) => Err(other.into()),
    }
}
