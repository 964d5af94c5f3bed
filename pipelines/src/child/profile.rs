//! A file of which nothing is known, looked at in a child: what it holds.

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf, absolute};

use goreos_domain::Fault;
use serde::{Deserialize, Serialize};

use super::frame::{Kind, write};
use super::{Reader, Received};
use crate::infer::{Part, Profile, look};
use crate::internal;

/// The hidden subcommand by which a binary becomes the child that looks at a file.
pub const PROFILE_SOURCE: &str = "profile-source";

/// What this child is asked, as JSON on its standard input.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    file: PathBuf,
    scratch: PathBuf,
    part: Part,
    /// Geometries are looked at too.
    geometry: bool,
}

/// Runs the child that looks at a file: a request on standard input, frames on standard output.
///
/// # Errors
/// Only when standard input or output fail; whatever is wrong with the file goes out as a frame.
pub fn profile_source() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let Request { file, scratch, part, geometry } = serde_json::from_str(&text)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let found = look(&file, &scratch, &part, geometry, &mut |rows| {
        write(&mut out, Kind::Progress, &rows.to_le_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| internal(&error))
    });
    match found {
        Ok(profile) => write(&mut out, Kind::Profile, &serde_json::to_vec(&profile)?)?,
        Err(fault) => write(&mut out, Kind::Fault, &serde_json::to_vec(&fault)?)?,
    }
    out.flush()
}

/// What the file holds. `progress` is told the rows read so far.
///
/// # Errors
/// Whatever refuses the file as a whole, under any contract.
pub(crate) async fn profile(file: &Path, part: &Part, progress: &(dyn Fn(i64) + Sync)) -> Result<Profile, Fault> {
    match profile_with(file, part, true, progress).await {
        // Nobody can say here in which system its coordinates are; the rest of the file can be told all the same.
        Err(fault) if fault.code.starts_with("crs.") => match profile_with(file, part, false, progress).await {
            Ok(profile) => Ok(Profile { crs_question: Some(fault), ..profile }),
            Err(_) => Err(fault),
        },
        // A Parquet without geometry is a table.
        Err(fault) if fault.code == "parquet.no_geometry" => profile_with(file, part, false, progress).await,
        other => other,
    }
}

async fn profile_with(
    file: &Path,
    part: &Part,
    geometry: bool,
    progress: &(dyn Fn(i64) + Sync),
) -> Result<Profile, Fault> {
    let scratch = tempfile::tempdir().map_err(|error| internal(&error))?;
    // The child works in another folder.
    let file = absolute(file).map_err(|error| internal(&error))?;
    let request = Request { file, scratch: scratch.path().to_owned(), part: part.clone(), geometry };
    let mut reader = Reader::spawn(PROFILE_SOURCE, scratch.path())?;
    reader.tell(&request).await?;
    loop {
        match reader.next().await? {
            Received::Progress(rows) => progress(rows),
            Received::Profile(profile) => return Ok(*profile),
            Received::Copy(_) | Received::Rejects(_) | Received::Summary(_) => {
                return Err(internal(&"an unexpected frame of the child"));
            }
        }
    }
}
