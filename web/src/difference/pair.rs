//! The addresses of comparisons, and the two releases they are about.

use goreos_db::difference::{self, ReleaseTitle};
use goreos_db::read::{self, HeldRelease};
use goreos_db::{Connection, Edition};
use goreos_domain::{DatasetId, EditionId, ReleaseId};

use super::{EDITIONS, RELEASES, told};
use crate::boundary::PageError;
use crate::state::AppState;

/// Between the numbers of a pair.
const BETWEEN: &str = "...";

/// `3...7`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Pair {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once(BETWEEN)?;
        Some(Self { from: from.parse().ok()?, to: to.parse().ok()? })
    }
}

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{BETWEEN}{}", self.from, self.to)
    }
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Page,
    Csv,
    Geopackage,
}

impl Sort {
    /// The end of an address, and what stands before it.
    fn split(text: &str) -> (&str, Self) {
        if let Some(stem) = text.strip_suffix(".csv") {
            (stem, Self::Csv)
        } else if let Some(stem) = text.strip_suffix(".gpkg") {
            (stem, Self::Geopackage)
        } else {
            (text, Self::Page)
        }
    }
}

/// Which two releases an address asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// Those of a dataset in two editions.
    Editions(Pair, DatasetId),
    /// By their own numbers.
    Releases(Pair),
}

impl Ask {
    pub(super) fn of_edition(pair: &str, dataset: &str) -> Result<(Self, Sort), PageError> {
        let (stem, sort) = Sort::split(dataset);
        let unknown = || PageError::NotFound(format!("No hay una comparación «{pair}/{dataset}»."));
        let pair = Pair::parse(pair).ok_or_else(unknown)?;
        let dataset = DatasetId::parse(stem).map_err(|_| unknown())?;
        Ok((Self::Editions(pair, dataset), sort))
    }

    pub(super) fn of_releases(text: &str) -> Result<(Self, Sort), PageError> {
        let (stem, sort) = Sort::split(text);
        let pair = Pair::parse(stem);
        let pair = pair.ok_or_else(|| PageError::NotFound(format!("No hay una comparación de versiones «{text}».")))?;
        Ok((Self::Releases(pair), sort))
    }

    /// The page of it.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Editions(pair, dataset) => format!("{EDITIONS}/{pair}/{dataset}"),
            Self::Releases(pair) => format!("{RELEASES}/{pair}"),
        }
    }
}

/// Two releases of a dataset, and the words for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub dataset: DatasetId,
    pub title: String,
    /// Invented data.
    pub example: bool,
    pub from: ReleaseId,
    pub to: ReleaseId,
    /// The editions the reader asked about.
    pub editions: Option<(EditionId, EditionId)>,
    pub tolerance_m: f64,
    /// Of the page.
    pub path: String,
}

impl Subject {
    pub(super) async fn load(connection: &mut Connection, ask: &Ask) -> Result<Self, PageError> {
        let (from, to, editions) = match ask {
            Ask::Releases(pair) => (ReleaseId(pair.from), ReleaseId(pair.to), None),
            Ask::Editions(pair, dataset) => {
                let before = edition(&mut *connection, pair.from).await?;
                let after = edition(&mut *connection, pair.to).await?;
                let releases = before.release(dataset.as_str()).zip(after.release(dataset.as_str()));
                let (from, to) = releases.ok_or_else(|| {
                    PageError::NotFound(format!(
                        "El conjunto «{dataset}» no está en las dos ediciones, así que no hay filas que comparar."
                    ))
                })?;
                (from, to, Some((before.id, after.id)))
            }
        };
        let tolerance_m = difference::tolerance(&mut *connection, to).await.map_err(told)?;
        let ReleaseTitle { dataset, title, example } = difference::title(connection, to).await.map_err(told)?;
        Ok(Self { dataset, title, example, from, to, editions, tolerance_m, path: ask.path() })
    }
}

/// An edition by its number.
pub(super) async fn edition(connection: &mut Connection, number: i64) -> Result<Edition, PageError> {
    Edition::load(connection, EditionId(number)).await?.ok_or_else(|| {
        PageError::NotFound(format!(
            "La edición «{number}» no existe. La lista de ediciones muestra todas las publicadas."
        ))
    })
}

/// What two editions hold, in catalogue order, as the newer says where both do.
pub(super) async fn held(
    connection: &mut Connection,
    before: &Edition,
    after: &Edition,
) -> Result<Vec<HeldRelease>, PageError> {
    let mut held = read::held_releases(&mut *connection, after.id).await?;
    let older = read::held_releases(connection, before.id).await?;
    held.extend(older.into_iter().filter(|one| after.release(one.provenance.dataset.as_str()).is_none()));
    Ok(held)
}

/// A connection, for as long as one is needed.
pub(super) async fn subject(app: &AppState, ask: &Ask) -> Result<Subject, PageError> {
    let mut connection = app.connection().await?;
    Subject::load(&mut connection, ask).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_two_releases_and_what_of_them() {
        assert_eq!(Pair::parse("3...7"), Some(Pair { from: 3, to: 7 }));
        for none in ["3", "3..7", "3...", "a...b", "3...7...9", "3....7"] {
            assert_eq!(Pair::parse(none), None, "{none}");
        }
        let (ask, sort) = Ask::of_edition("3...7", "inversiones.csv").expect("an address");
        assert_eq!((ask.path().as_str(), sort), ("/ediciones/3...7/inversiones", Sort::Csv));
        let (ask, sort) = Ask::of_releases("3...7.gpkg").expect("an address");
        assert_eq!((ask.path().as_str(), sort), ("/versiones/3...7", Sort::Geopackage));
        assert!(Ask::of_edition("3...7", "Inversiones").is_err());
        assert!(Ask::of_releases("7.csv").is_err());
    }
}
