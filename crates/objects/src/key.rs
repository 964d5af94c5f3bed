//! Where each kind of object lives.

use std::fmt;

/// The key of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A source file, by the SHA-256 of its bytes in lower-case hexadecimal.
    pub fn source(sha256: &str) -> Self {
        Self(format!("sources/{}/{sha256}", sha256.get(..2).unwrap_or_default()))
    }

    /// A document, by the run that rendered it and the fence of the attempt: another attempt's bytes may differ.
    pub fn document(run: i64, fence: i64) -> Self {
        Self(format!("documents/{run}-{fence}.pdf"))
    }

    /// A file of a release; the same release makes the same bytes.
    pub fn export(release: i64, file_name: &str) -> Self {
        Self(format!("exports/{release}/{file_name}"))
    }

    /// The GeoPackage of what differs between two releases; the same two make the same bytes.
    pub fn difference(from: i64, to: i64) -> Self {
        Self(format!("differences/{from}-{to}.gpkg"))
    }

    /// A key that was stored in the catalogue.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As kept in the catalogue.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
