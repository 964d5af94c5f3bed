//! Frames: one byte of kind, four of length (little-endian), then the payload.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest payload a parent accepts.
pub(super) const MOST_BYTES: u32 = 256 << 20;

/// What the child is asked to do, as JSON on its standard input.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) contract: goreos_domain::Contract,
    /// The source file, a local path of ours.
    pub(super) file: std::path::PathBuf,
    /// An empty folder of ours for unpacking.
    pub(super) scratch: std::path::PathBuf,
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
pub(super) enum Kind {
    /// A piece of a binary COPY stream.
    Copy = b'C' as isize,
    /// A JSON array of rejects.
    Rejects = b'R' as isize,
    /// Rows read so far, eight bytes little-endian.
    Progress = b'P' as isize,
    /// A JSON [`Summary`]; the last frame.
    Summary = b'S' as isize,
    /// A JSON [`goreos_domain::Fault`]; the last frame.
    Fault = b'F' as isize,
}

impl Kind {
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Copy, Self::Rejects, Self::Progress, Self::Summary, Self::Fault]
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
