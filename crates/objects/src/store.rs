//! The store itself.

use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Key, ObjectsError, source};

/// Read and write in pieces of this size.
const PIECE: usize = 1 << 20;

/// The bytes of an object, in order.
pub type ByteStream = BoxStream<'static, Result<Bytes, ObjectsError>>;

/// A folder or a bucket.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// The folder, when it is one.
    folder: Option<PathBuf>,
}

/// How to reach an S3 server.
#[derive(Debug, Clone, Default)]
pub struct S3Options {
    /// The server, when it is not AWS.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// The access key.
    pub access_key: Option<SecretString>,
    /// The secret key.
    pub secret_key: Option<SecretString>,
}

/// A source file as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

impl Objects {
    /// Opens what the setting names: `file:///absolute/folder` or `s3://bucket`.
    pub fn open(url: &str, s3: &S3Options) -> Result<Self, ObjectsError> {
        if let Some(folder) = url.strip_prefix("file://").filter(|folder| folder.starts_with('/')) {
            return Self::open_folder(folder.as_ref());
        }
        let bucket = url
            .strip_prefix("s3://")
            .filter(|b| !b.is_empty() && !b.contains('/'))
            .ok_or_else(|| ObjectsError::BadUrl(url.into()))?;
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_region(&s3.region);
        if let Some(endpoint) = &s3.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let (Some(access), Some(secret)) = (&s3.access_key, &s3.secret_key) {
            builder = builder.with_access_key_id(access.expose_secret()).with_secret_access_key(secret.expose_secret());
        }
        Ok(Self { store: Arc::new(builder.build()?), folder: None })
    }

    /// Opens a local folder, made if absent.
    pub fn open_folder(folder: &FsPath) -> Result<Self, ObjectsError> {
        std::fs::create_dir_all(folder)?;
        let store = Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true));
        Ok(Self { store, folder: Some(folder.to_owned()) })
    }

    /// Keeps a small object; one that is there already stays as it is. Gives the SHA-256 of the bytes.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<String, ObjectsError> {
        let sha256 = hex(&Sha256::digest(&bytes));
        let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.store.put_opts(&Path::from(key.as_str()), PutPayload::from_bytes(bytes), create).await {
            Ok(_) | Err(Error::AlreadyExists { .. }) => Ok(sha256),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a local file under the hash of its bytes, in bounded memory.
    ///
    /// # Errors
    /// [`ObjectsError::Changed`] when the file was written to meanwhile: nothing is kept.
    pub async fn put_source(&self, file: &FsPath) -> Result<Stored, ObjectsError> {
        // In the store's own folder, so that it becomes the object without a second copy.
        let scratch = match &self.folder {
            Some(folder) => tempfile::Builder::new().prefix(source::INCOMING).tempdir_in(folder),
            None => tempfile::tempdir(),
        }?;
        let own = scratch.path().join("source");
        let stored = copy_source(file, &own).await?;
        self.keep_source(&stored.sha256, &own).await?;
        Ok(stored)
    }

    /// Keeps a local file whose hash is known and that nobody writes to: [`copy_source`] made it. It is on disk when this returns.
    pub async fn keep_source(&self, sha256: &str, own: &FsPath) -> Result<(), ObjectsError> {
        let key = Key::source(sha256);
        if let Some(folder) = &self.folder {
            let (folder, object, own) = (folder.clone(), folder.join(key.as_str()), own.to_owned());
            return blocking(move || source::keep(&folder, &object, &own)).await;
        }
        let path = Path::from(key.as_str());
        match self.store.head(&path).await {
            Ok(_) => return Ok(()),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let mut writer = BufWriter::new(Arc::clone(&self.store), path);
        match copy(own, &mut writer).await {
            Ok(written) if written == sha256 => writer.shutdown().await.map_err(ObjectsError::Write),
            Ok(_) => {
                writer.abort().await?;
                Err(ObjectsError::Changed(own.display().to_string()))
            }
            Err(error) => {
                writer.abort().await?;
                Err(error)
            }
        }
    }

    /// Keeps a local file of any size, in bounded memory, in place of what was there.
    pub async fn put_file(&self, key: &Key, file: &FsPath) -> Result<Stored, ObjectsError> {
        let bytes = tokio::fs::metadata(file).await?.len();
        let mut writer = BufWriter::new(Arc::clone(&self.store), Path::from(key.as_str()));
        match copy(file, &mut writer).await {
            Ok(sha256) => {
                writer.shutdown().await.map_err(ObjectsError::Write)?;
                Ok(Stored { sha256, bytes })
            }
            Err(error) => {
                writer.abort().await?;
                Err(error)
            }
        }
    }

    /// Gives a source file a local path and proves that it is the one asked for. It is not to be written to.
    pub async fn fetch_source(&self, sha256: &str, to: &FsPath) -> Result<(), ObjectsError> {
        let key = Key::source(sha256);
        if let Some(folder) = &self.folder {
            let (object, to) = (folder.join(key.as_str()), to.to_owned());
            let found = blocking(move || source::fetch(&object, &to)).await.map_err(|error| match error {
                ObjectsError::File(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                    ObjectsError::Missing(key.to_string())
                }
                other => other,
            })?;
            return if found == sha256 { Ok(()) } else { Err(ObjectsError::Damaged(key.to_string())) };
        }
        let (_, mut bytes) = self.stream(&key).await?;
        let mut file = tokio::fs::File::create(to).await?;
        let mut hasher = Sha256::new();
        while let Some(piece) = bytes.try_next().await? {
            hasher.update(&piece);
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        if hex(&hasher.finalize()) == sha256 { Ok(()) } else { Err(ObjectsError::Damaged(key.to_string())) }
    }

    /// A whole object of at most `limit` bytes.
    pub async fn get(&self, key: &Key, limit: u64) -> Result<Bytes, ObjectsError> {
        let object = self.store.get(&Path::from(key.as_str())).await.map_err(|error| missing(key, error))?;
        if object.meta.size > limit {
            return Err(ObjectsError::TooLarge { key: key.to_string(), bytes: object.meta.size, limit });
        }
        Ok(object.bytes().await?)
    }

    /// The size of an object and its bytes as they come.
    pub async fn stream(&self, key: &Key) -> Result<(u64, ByteStream), ObjectsError> {
        let object = self.store.get(&Path::from(key.as_str())).await.map_err(|error| missing(key, error))?;
        Ok((object.meta.size, object.into_stream().map_err(ObjectsError::from).boxed()))
    }

    /// Deletes an object; one that is not there is as good as deleted.
    pub async fn delete(&self, key: &Key) -> Result<(), ObjectsError> {
        match self.store.delete(&Path::from(key.as_str())).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A part of an object, as its bytes come.
    pub async fn stream_range(&self, key: &Key, range: Range<u64>) -> Result<ByteStream, ObjectsError> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let object =
            self.store.get_opts(&Path::from(key.as_str()), options).await.map_err(|error| missing(key, error))?;
        Ok(object.into_stream().map_err(ObjectsError::from).boxed())
    }
}

fn missing(key: &Key, error: Error) -> ObjectsError {
    match error {
        Error::NotFound { .. } => ObjectsError::Missing(key.to_string()),
        other => other.into(),
    }
}

/// Copies a file and gives the hash of what was copied.
async fn copy(file: &FsPath, writer: &mut BufWriter) -> Result<String, ObjectsError> {
    let mut reader = tokio::fs::File::open(file).await?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = reader.read(&mut piece).await?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&piece[..read]);
        writer.write_all(&piece[..read]).await.map_err(ObjectsError::Write)?;
    }
}

/// Copies a file and hashes the copy's bytes, in one pass.
///
/// # Errors
/// [`ObjectsError::Changed`] when the file was written to meanwhile.
pub async fn copy_source(from: &FsPath, to: &FsPath) -> Result<Stored, ObjectsError> {
    let (from, to) = (from.to_owned(), to.to_owned());
    let name = from.display().to_string();
    let (sha256, bytes, changed) = blocking(move || source::copy(&from, &to)).await?;
    if changed { Err(ObjectsError::Changed(name)) } else { Ok(Stored { sha256, bytes }) }
}

/// Off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ObjectsError> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)??)
}

pub(crate) fn hex(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Objects) {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::open_folder(folder.path()).expect("a store");
        (folder, objects)
    }

    #[tokio::test]
    async fn a_source_file_is_kept_once_under_its_hash_and_comes_back_whole() {
        let (folder, objects) = folder();
        let file = folder.path().join("in.csv");
        std::fs::write(&file, "a;b\n1;2\n").expect("written");
        let first = objects.put_source(&file).await.expect("kept");
        let second = objects.put_source(&file).await.expect("kept");
        assert_eq!(first, second);
        let back = folder.path().join("out.csv");
        objects.fetch_source(&first.sha256, &back).await.expect("fetched");
        assert_eq!(std::fs::read(&back).expect("read"), b"a;b\n1;2\n");
    }

    #[tokio::test]
    async fn a_file_of_several_pieces_is_copied_whole_and_what_is_kept_stays_when_the_copy_goes() {
        let (folder, objects) = folder();
        let [file, own] = ["in.csv", "own"].map(|name| folder.path().join(name));
        let bytes: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&file, &bytes).expect("written");
        let stored = copy_source(&file, &own).await.expect("copied");
        assert_eq!((stored.bytes, stored.sha256), (20_000_000, hex(&Sha256::digest(&bytes))));
        let stored = objects.put_source(&own).await.expect("kept");
        objects.keep_source(&stored.sha256, &own).await.expect("kept already");
        std::fs::remove_file(&own).expect("removed");
        std::fs::write(&file, "another").expect("written");
        let back = folder.path().join("back");
        objects.fetch_source(&stored.sha256, &back).await.expect("fetched");
        assert_eq!(std::fs::read(&back).expect("read"), bytes);
        let left = std::fs::read_dir(folder.path()).expect("a folder").flatten();
        assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(source::INCOMING)));
    }

    #[tokio::test]
    async fn a_damaged_source_is_never_used() {
        let (folder, objects) = folder();
        let sha256 = "00".repeat(32);
        let path = folder.path().join(Key::source(&sha256).as_str());
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(&path, "something else").expect("written");
        let fetched = objects.fetch_source(&sha256, &folder.path().join("out")).await;
        assert!(matches!(fetched, Err(ObjectsError::Damaged(_))), "{fetched:?}");
    }

    #[tokio::test]
    async fn nothing_is_overwritten_and_limits_hold() {
        let (_folder, objects) = folder();
        objects.put(&Key::document(1, 1), "uno".into()).await.expect("kept");
        objects.put(&Key::document(1, 1), "dos".into()).await.expect("kept as it was");
        assert_eq!(objects.get(&Key::document(1, 1), 10).await.expect("there"), "uno");
        assert!(matches!(objects.get(&Key::document(1, 1), 2).await, Err(ObjectsError::TooLarge { .. })));
        assert!(matches!(objects.get(&Key::document(2, 1), 2).await, Err(ObjectsError::Missing(_))));
    }

    #[tokio::test]
    async fn a_file_takes_the_place_of_the_one_before_and_is_read_in_parts() {
        let (folder, objects) = folder();
        let file = folder.path().join("a.csv");
        let key = Key::export(7, "a-7.csv");
        for text in ["uno", "cuatrocientos"] {
            std::fs::write(&file, text).expect("written");
            let stored = objects.put_file(&key, &file).await.expect("kept");
            assert_eq!((stored.bytes, stored.sha256.len()), (text.len() as u64, 64));
        }
        assert_eq!(objects.get(&key, 20).await.expect("there"), "cuatrocientos");
        let parts: Vec<Bytes> =
            objects.stream_range(&key, 6..9).await.expect("there").try_collect().await.expect("read");
        assert_eq!(parts.concat(), b"cie");
    }

    #[tokio::test]
    async fn what_is_deleted_is_gone_and_may_be_deleted_again() {
        let (_folder, objects) = folder();
        objects.put(&Key::document(1, 1), "uno".into()).await.expect("kept");
        objects.delete(&Key::document(1, 1)).await.expect("deleted");
        assert!(matches!(objects.get(&Key::document(1, 1), 10).await, Err(ObjectsError::Missing(_))));
        objects.delete(&Key::document(1, 1)).await.expect("deleted already");
    }

    #[test]
    fn a_store_that_is_none_is_named() {
        for url in ["", "objects", "file://relative", "s3://", "http://host"] {
            assert!(matches!(Objects::open(url, &S3Options::default()), Err(ObjectsError::BadUrl(bad)) if bad == url));
        }
    }
}
