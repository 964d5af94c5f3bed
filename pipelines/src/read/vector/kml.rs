//! KML: a document whose links are never followed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use goreos_domain::Fault;

use super::super::Findings;
use super::super::magic::unreadable;

/// The whole document is held in memory, some eight times its size.
const MOST_BYTES: u64 = 32 << 20;

/// Refuses what is too large or defines entities, and notes links to other documents.
pub(super) fn verify(file: &Path, findings: &mut Findings) -> Result<(), Fault> {
    let mut text = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(MOST_BYTES + 1).read_to_end(&mut text))
        .map_err(|error| unreadable(&error))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(Fault::give_up(
            "kml.too_large",
            format!("El KML mide más de {} MB.", MOST_BYTES >> 20),
            "Ábralo en QGIS y expórtelo como GeoPackage.",
        ));
    }
    if count(&text, b"<!DOCTYPE") + count(&text, b"<!ENTITY") > 0 {
        return Err(Fault::give_up(
            "kml.doctype",
            "El KML define entidades (DOCTYPE), que no se aceptan.",
            "Ábralo en Google Earth o QGIS y guárdelo de nuevo.",
        ));
    }
    let links = count(&text, b"<NetworkLink>") + count(&text, b"<NetworkLink ");
    if links > 0 {
        findings.note("network_links_not_followed", links);
    }
    Ok(())
}

fn count(text: &[u8], wanted: &[u8]) -> usize {
    let first = |window: &&[u8]| window[0] == wanted[0] && window.eq_ignore_ascii_case(wanted);
    text.windows(wanted.len()).filter(first).count()
}
