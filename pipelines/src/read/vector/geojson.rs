//! GeoJSON: read through once before GDAL does, for its end, its encoding and what it says of its reference system.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use goreos_domain::{Charset, Detector, Fault};
use serde_json::Value;

use super::super::magic::{agreed_encoding, unreadable};
use super::super::{Findings, Input};
use super::{Ready, placed};

/// Longest `crs` member looked at.
const LONGEST_CRS: usize = 1 << 16;
/// Most megabytes of one feature that GDAL builds in memory; the largest geometry kept is some 40.
const MOST_FEATURE_MB: &str = "64";

pub(super) fn ready(input: &Input<'_>, folder: &Path, findings: &mut Findings) -> Result<Ready, Fault> {
    gdal::config::set_thread_local_config_option("OGR_GEOJSON_MAX_OBJ_SIZE", MOST_FEATURE_MB)
        .map_err(|error| crate::internal(&error))?;
    let mut scan = Scan::default();
    let mut letters = Detector::default();
    let mut file = BufReader::new(File::open(input.file).map_err(|error| unreadable(&error))?);
    let mut piece = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut piece).map_err(|error| unreadable(&error))?;
        if read == 0 {
            break;
        }
        scan.see(&piece[..read]);
        letters.see(&piece[..read]);
    }
    scan.verdict()?;
    let found = letters.finish(None);
    let charset = agreed_encoding(input.source.encoding.as_deref(), &found)?;
    findings.note("encoding", charset.label());
    findings.note("encoding_evidence", found.evidence.as_str());
    let path = if charset == Charset::UTF_8 {
        placed(input.file, folder, "geojson")?
    } else {
        decoded(input.file, folder, charset)?
    };
    // Arrays and dates as they are written.
    let ready = Ready::new(path, "GeoJSON", &["ARRAY_AS_STRING=YES", "DATE_AS_STRING=YES"]);
    Ok(Ready { assumed_crs: scan.crs.is_none(), double: found.double, ..ready })
}

/// The file in UTF-8, in a folder of ours.
fn decoded(file: &Path, folder: &Path, charset: Charset) -> Result<PathBuf, Fault> {
    let path = folder.join("layer.geojson");
    let mut from = BufReader::new(File::open(file).map_err(|error| unreadable(&error))?);
    let mut to = BufWriter::new(File::create(&path).map_err(|error| unreadable(&error))?);
    let mut decoder = charset.decoder();
    let (mut piece, mut text) = (vec![0; 1 << 18], String::new());
    loop {
        let read = from.read(&mut piece).map_err(|error| unreadable(&error))?;
        text.clear();
        decoder.decode(&piece[..read], read == 0, &mut text);
        to.write_all(text.as_bytes()).map_err(|error| unreadable(&error))?;
        if read == 0 {
            break;
        }
    }
    to.flush().map_err(|error| unreadable(&error))?;
    Ok(path)
}

/// The outermost object, byte by byte: whether it closes, and its `crs` member.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the states of a scanner, not options")]
struct Scan {
    depth: u64,
    opened: bool,
    in_string: bool,
    escaped: bool,
    /// The last text at depth one, and whether its closing quote was the last thing seen.
    text: Vec<u8>,
    text_ended: bool,
    /// What follows `"crs":`.
    crs: Option<Vec<u8>>,
    taking: bool,
}

impl Scan {
    fn see(&mut self, piece: &[u8]) {
        for byte in piece {
            self.step(*byte);
        }
    }

    fn step(&mut self, byte: u8) {
        let outermost = self.depth == 1;
        if self.in_string {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == b'"' {
                self.in_string = false;
                self.text_ended = outermost;
            }
            if self.in_string && outermost && self.text.len() < 8 {
                self.text.push(byte);
            }
            self.keep(byte);
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.text.clear();
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.opened = true;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' if outermost && self.text_ended && self.text == b"crs" && self.crs.is_none() => {
                self.taking = true;
                self.crs = Some(Vec::new());
                return;
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() && byte != b'"' {
            self.text_ended = false;
        }
        if self.taking && ((byte == b',' && outermost) || self.depth == 0) {
            self.taking = false;
        }
        self.keep(byte);
    }

    fn keep(&mut self, byte: u8) {
        if let Some(crs) = self.crs.as_mut().filter(|crs| self.taking && crs.len() < LONGEST_CRS) {
            crs.push(byte);
        }
    }

    fn verdict(&self) -> Result<(), Fault> {
        if !self.opened || self.depth > 0 || self.in_string {
            return Err(Fault::give_up(
                "geojson.truncated",
                "El GeoJSON está incompleto: termina antes de cerrarse.",
                "Pida el archivo de nuevo a quien lo envía; se cortó al copiarlo.",
            ));
        }
        let Some(crs) = &self.crs else { return Ok(()) };
        let crs: Value = serde_json::from_slice(crs).unwrap_or_default();
        let kind = crs.get("type").and_then(Value::as_str).unwrap_or_default();
        // GDAL would fetch the address.
        if kind.eq_ignore_ascii_case("link") || kind.eq_ignore_ascii_case("url") {
            return Err(Fault::give_up(
                "crs.link",
                "El GeoJSON nombra su sistema de coordenadas por una dirección web, que no se consulta.",
                "Exporte el archivo de nuevo, o quite su miembro 'crs' y ponga el sistema en el contrato.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> (Scan, Option<String>) {
        let mut scan = Scan::default();
        // Pieces may end anywhere.
        for piece in text.as_bytes().chunks(3) {
            scan.see(piece);
        }
        let code = scan.verdict().err().map(|fault| fault.code);
        (scan, code)
    }

    #[test]
    fn the_reference_system_is_found_wherever_it_stands_and_never_fetched() {
        let named = r#"{"type":"FeatureCollection","features":[{"crs":1,"a":"\"crs\":{"}],"crs" : {"type":"name","properties":{"name":"EPSG:32719"}}}"#;
        let (scan, code) = scanned(named);
        assert_eq!(
            (scan.crs.as_deref().map(String::from_utf8_lossy).as_deref(), code),
            (Some(r#" {"type":"name","properties":{"name":"EPSG:32719"}}"#), None)
        );
        let link = r#"{"crs":{"type":"link","properties":{"href":"http://127.0.0.1:9/x","type":"ogcwkt"}},"type":"FeatureCollection","features":[]}"#;
        assert_eq!(scanned(link).1.as_deref(), Some("crs.link"));
        assert_eq!(scanned(r#"{"a":"crs","type":"x"}"#).0.crs, None);
    }

    #[test]
    fn an_unfinished_file_is_told() {
        for text in [r#"{"features":[{"a":1}"#, r#"{"features":["abc"#, "", r#"{"a":"x\"}"#] {
            assert_eq!(scanned(text).1.as_deref(), Some("geojson.truncated"), "{text}");
        }
    }
}
