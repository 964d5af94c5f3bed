//! What can go wrong between us and the object store.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The setting names no store we know.
    #[error("'{0}' is no object store: use file:///absolute/folder or s3://bucket")]
    BadUrl(String),
    /// The object is not there.
    #[error("object '{0}' does not exist")]
    Missing(String),
    /// The object is larger than the caller allows.
    #[error("object '{key}' has {bytes} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Its key.
        key: String,
        /// Its size.
        bytes: u64,
        /// The caller's limit.
        limit: u64,
    },
    /// The bytes read are not those stored.
    #[error("object '{0}' is damaged: its hash does not match its key")]
    Damaged(String),
    /// The store failed.
    #[error("the object store failed")]
    Store(#[from] object_store::Error),
    /// The store failed while an object was written to it.
    #[error("the object store failed while writing")]
    Write(#[source] std::io::Error),
    /// The file changed while it was read.
    #[error("'{0}' changed while it was read")]
    Changed(String),
    /// A local file failed.
    #[error("a local file failed")]
    File(#[from] std::io::Error),
}
