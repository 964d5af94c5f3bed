//! Why a file was not written.

use crate::Stop;

/// The ways a file is not written.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The format cannot hold these data, or its library refused them: this file is left out, and people are told why (Spanish).
    #[error("{0}")]
    Unfit(String),
    /// The local disk failed: try again.
    #[error("the local disk failed")]
    Disk(#[from] std::io::Error),
    /// The run is to be let go.
    #[error("the run is no longer ours")]
    Stopped,
}

impl Failure {
    pub(super) fn unfit(words: impl Into<String>) -> Self {
        Self::Unfit(words.into())
    }

    /// A library says why.
    pub(super) fn of(error: &dyn std::fmt::Display) -> Self {
        Self::Unfit(format!("No se pudo escribir: {error}."))
    }
}

impl From<gdal::errors::GdalError> for Failure {
    fn from(error: gdal::errors::GdalError) -> Self {
        Self::of(&error)
    }
}

impl From<polars::prelude::PolarsError> for Failure {
    fn from(error: polars::prelude::PolarsError) -> Self {
        Self::of(&error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Disk(error) => error.into(),
            Failure::Stopped => Self::FencedOut,
            Failure::Unfit(words) => Self::Fault(crate::internal(&words)),
        }
    }
}
