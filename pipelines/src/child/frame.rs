//! Frames: one byte of kind, four of length (little-endian), then the payload.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest payload a parent accepts.
pub(super) const MOST_BYTES: u32 = 256 << 20;

/// What the child is asked to do, as JSON on its standard input.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) contract: goreos_domain::Contract,
    /// The source file, a local path of ours.
    pub(crate) file: std::path::PathBuf,
    /// An empty folder of ours for unpacking.
    pub(crate) scratch: std::path::PathBuf,
    /// What must be known besides the file.
    pub(crate) context: Context,
}

/// What the child must know besides the file, as local paths of ours.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Context {
    /// The comunas with their areas (`crate::boundaries`): to place rows by where they lie, and to check the datum.
    pub boundaries: Option<std::path::PathBuf>,
    /// The keys of the rows of before, when the file adds to them (`crate::keys`).
    pub known_keys: Option<std::path::PathBuf>,
    /// Files with mended rows, in the order received.
    pub mends: Vec<Mend>,
}

/// A file that mends refused rows (`crate::mend`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mend {
    /// The file.
    pub file: std::path::PathBuf,
    /// The rows of the source file that may be replaced: those that had been refused.
    pub rows: Vec<i64>,
}

/// The last word of a child that read the whole file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// Data rows found in the file.
    pub(crate) rows_read: i64,
    /// Rows refused.
    pub(crate) rows_rejected: i64,
    /// Sums of the contract's `sum` columns over the rows accepted, as text so that no digit is lost.
    pub(crate) sums: Value,
    /// Encoding, layer, reference system, repairs: what was found and done.
    pub(crate) findings: Value,
}

/// The kind of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A piece of a binary COPY stream.
    Copy = b'C' as isize,
    /// A JSON array of rejects.
    Rejects = b'R' as isize,
    /// Rows read so far, eight bytes little-endian.
    Progress = b'P' as isize,
    /// A JSON [`Summary`]; the last frame.
    Summary = b'S' as isize,
    /// A JSON [`crate::Profile`]; the last frame of a child that was asked for one.
    Profile = b'I' as isize,
    /// A JSON [`goreos_domain::Fault`]; the last frame.
    Fault = b'F' as isize,
}

impl Kind {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Copy, Self::Rejects, Self::Progress, Self::Summary, Self::Profile, Self::Fault]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// Writes one frame.
pub(super) fn write(out: &mut impl Write, kind: Kind, payload: &[u8]) -> io::Result<()> {
    let length = u32::try_from(payload.len()).map_err(|_| io::Error::other("a frame is too long"))?;
    out.write_all(&[kind as u8])?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(payload)
}
