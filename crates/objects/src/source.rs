//! Source files of a store that is a folder: copied and hashed in one pass, made an object by a second name.

use std::fs::{self, File, Metadata, create_dir_all, hard_link};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use sha2::{Digest, Sha256};

use crate::store::hex;

/// Read, hashed and written in pieces of this size.
const PIECE: usize = 1 << 20;
/// What is on its way into the store, in a folder of its own beside the objects.
pub(crate) const INCOMING: &str = ".incoming-";
/// Pieces under way between two threads.
const AHEAD: usize = 4;

/// Copies a file, one thread writing while another hashes. Gives the hash of the copy, its bytes, and whether the file changed meanwhile.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<(String, u64, bool)> {
    let mut file = File::open(from)?;
    let before = file.metadata()?;
    let mut out = File::create(to)?;
    let (sha256, bytes) = passed(&mut file, |piece| out.write_all(piece))?;
    let after = fs::metadata(from)?;
    Ok((sha256, bytes, stamp(&before)? != stamp(&after)? || before.len() != bytes))
}

fn stamp(metadata: &Metadata) -> io::Result<(u64, std::time::SystemTime)> {
    Ok((metadata.len(), metadata.modified()?))
}

/// Hashes a file while each piece goes to `act` too.
fn passed(file: &mut File, mut act: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<(String, u64)> {
    thread::scope(|scope| {
        let (pieces, received) = sync_channel::<(Vec<u8>, usize)>(AHEAD);
        let (emptied, empty) = sync_channel::<Vec<u8>>(AHEAD + 2);
        let hashing = scope.spawn(move || {
            let mut hasher = Sha256::new();
            for (piece, length) in received {
                hasher.update(&piece[..length]);
                // Full or gone: the buffer is not needed.
                let _ = emptied.try_send(piece);
            }
            hex(&hasher.finalize())
        });
        let mut bytes = 0;
        loop {
            let mut piece = empty.try_recv().unwrap_or_else(|_| vec![0; PIECE]);
            let length = file.read(&mut piece)?;
            if length == 0 {
                break;
            }
            act(&piece[..length])?;
            bytes += length as u64;
            pieces.send((piece, length)).map_err(|_| io::Error::other("the hashing thread ended"))?;
        }
        drop(pieces);
        let sha256 = hashing.join().map_err(|_| io::Error::other("the hashing thread ended"))?;
        Ok((sha256, bytes))
    })
}

/// Makes a file of ours an object, on disk: by a second name, or by a copy when it lies in another file system.
pub(crate) fn keep(folder: &Path, object: &Path, own: &Path) -> io::Result<()> {
    if object.exists() {
        return Ok(());
    }
    let parent = object.parent().unwrap_or(folder);
    create_dir_all(parent)?;
    File::open(own)?.sync_all()?;
    match hard_link(own, object) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(_) => {
            let scratch = tempfile::Builder::new().prefix(INCOMING).tempdir_in(folder)?;
            let copy = scratch.path().join("source");
            fs::copy(own, &copy)?;
            File::open(&copy)?.sync_all()?;
            fs::rename(&copy, object)?;
        }
    }
    File::open(parent)?.sync_all()
}

/// Gives an object another name, or copies it to another file system. Gives the hash of its bytes.
pub(crate) fn fetch(object: &Path, to: &Path) -> io::Result<String> {
    let mut file = File::open(object)?;
    if hard_link(object, to).is_ok() {
        return Ok(passed(&mut file, |_| Ok(()))?.0);
    }
    let mut out = File::create(to)?;
    Ok(passed(&mut file, |piece| out.write_all(piece))?.0)
}
