//! What can go wrong between us and the database.

use goreos_domain::ReleaseId;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database could not be reached or refused the password.
    #[error("cannot connect to the database")]
    Connect(#[source] sqlx::Error),
    /// A statement failed.
    #[error("a statement failed")]
    Statement(#[from] sqlx::Error),
    /// A migration failed.
    #[error("a migration failed")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The edition holds no release of that dataset.
    #[error("the edition holds no release of '{0}'")]
    NotInEdition(String),
    /// Somebody else holds the run now: its fencing token moved on, or it was cancelled.
    #[error("the run is no longer ours")]
    FencedOut,
    /// Another run published between our derivation and our publish.
    #[error("another edition was published meanwhile")]
    EditionMoved,
    /// The columns of `layers.<dataset>` change, and other programs' views are built on it.
    #[error("views are built on layers.{dataset}: {}", views.join(", "))]
    DependentViews {
        /// The dataset.
        dataset: String,
        /// The views, qualified.
        views: Vec<String>,
    },
    /// Other sessions hold views of `layers` and do not let go.
    #[error("views of layers are in use: {}", sessions.join(", "))]
    LayersBusy {
        /// Who, and with what program.
        sessions: Vec<String>,
    },
    /// A release has no table: there is no such release, it is not finished, or it was dropped.
    #[error("release {0} has no table")]
    ReleaseGone(ReleaseId),
    /// Two releases that are to be compared are not of one dataset.
    #[error("'{from}' cannot be compared with '{to}'")]
    OtherDataset {
        /// The dataset of the one.
        from: String,
        /// The dataset of the other.
        to: String,
    },
    /// The ledger holds a word this version does not know.
    #[error("this version does not know the word '{0}'")]
    UnknownWord(String),
    /// A stored JSON value has another shape than this release expects.
    #[error("a stored value has an unexpected shape")]
    Shape(#[from] serde_json::Error),
}

impl DbError {
    /// True when a statement took longer than it was allowed to.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(error)) if error.code().as_deref() == Some("57014"))
    }

    /// True when a release's table went while it was read: retention let go of its edition.
    pub fn is_dropped(&self) -> bool {
        let Self::Statement(sqlx::Error::Database(error)) = self else { return false };
        // undefined_table: the catalogue's tables are there, or nothing works.
        error.code().is_some_and(|code| code == "42P01")
    }

    /// True when the same statement may succeed later: the connection broke, the server was stopping, or two transactions met.
    pub fn is_transient(&self) -> bool {
        let (Self::Connect(error) | Self::Statement(error)) = self else { return false };
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Tls(_) => true,
            // 08 connection, 40 rollback, 53 resources, 55 lock not available, 57 operator intervention.
            sqlx::Error::Database(error) => error
                .code()
                .is_some_and(|code| ["08", "40", "53", "55", "57"].iter().any(|class| code.starts_with(class))),
            _ => false,
        }
    }
}
