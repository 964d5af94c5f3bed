//! What a file is, by its first bytes, whatever its name says.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use goreos_domain::Fault;

/// A kind of file recognised by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Magic {
    Zip,
    Binary,
    Text,
}

/// Looks at the first kilobytes.
pub(super) fn sniff(file: &Path) -> Result<(Magic, Vec<u8>), Fault> {
    let mut head = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(1 << 20).read_to_end(&mut head))
        .map_err(|error| unreadable(&error))?;
    let magic = if head.starts_with(b"PK\x03\x04") {
        Magic::Zip
    } else if head.contains(&0) {
        Magic::Binary
    } else {
        Magic::Text
    };
    Ok((magic, head))
}

/// A local file that cannot be opened or read: ours, so worth another attempt.
pub(super) fn unreadable(error: &std::io::Error) -> Fault {
    Fault::later(
        "file.unreadable",
        format!("El archivo no se pudo leer: {error}."),
        "Si se repite, revise el disco del servidor.",
    )
}
