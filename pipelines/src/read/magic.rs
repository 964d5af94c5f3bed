//! What a file is, by its first bytes, whatever its name says.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
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

/// Proves that a stretch of text may be in the encoding the contract says: letters of one read in the other are lost.
pub(super) fn matches_encoding(head: &[u8], label: &str) -> Result<&'static Encoding, Fault> {
    let declared = Encoding::for_label(label.as_bytes()).unwrap_or(UTF_8);
    // The head may end inside a character, so only an error before its last bytes counts.
    let valid_utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if declared == WINDOWS_1252 && valid_utf8 && !head.is_ascii() {
        return Err(other_encoding("windows-1252", "utf-8"));
    }
    if declared == UTF_8 && !valid_utf8 {
        return Err(other_encoding("utf-8", "windows-1252"));
    }
    Ok(declared)
}

/// The contract names one encoding and the bytes are in another.
pub(super) fn other_encoding(declared: &str, likely: &str) -> Fault {
    Fault::give_up(
        "file.encoding",
        format!(
            "El contrato dice que el archivo está en {declared}, pero su contenido no calza: los acentos se perderían."
        ),
        format!(
            "Si el archivo está bien, ponga encoding = \"{likely}\" en el contrato; si no, expórtelo en {declared}."
        ),
    )
}
