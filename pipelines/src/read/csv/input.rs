//! The text of a file as UTF-8, whatever it is written in, in bounded memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use goreos_domain::{Charset, Decoder, Detector, Fault, Found};

use crate::read::magic::unreadable;

/// Bytes read at a time.
const PIECE: usize = 1 << 18;
const MOST_READ: usize = 8 << 20;

/// What the whole file is written in: one pass over its bytes, before the first row.
pub(super) fn judge(file: &Path) -> Result<Found, Fault> {
    let mut opened = File::open(file).map_err(|error| unreadable(&error))?;
    let mut detector = Detector::default();
    let mut piece = vec![0; PIECE];
    loop {
        match opened.read(&mut piece).map_err(|error| unreadable(&error))? {
            0 => return Ok(detector.finish(None)),
            read => detector.see(&piece[..read]),
        }
    }
}

/// A window on the text: what was read and not yet consumed.
#[derive(Debug)]
pub(super) struct Text {
    file: File,
    /// `None` for UTF-8, whose bytes are taken as they are: what is broken in them is found row by row.
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    decoded: String,
    window: Vec<u8>,
    start: usize,
    at_end: bool,
}

impl Text {
    pub(super) fn open(file: &Path, charset: Charset) -> Result<Self, Fault> {
        Ok(Self {
            file: File::open(file).map_err(|error| unreadable(&error))?,
            decoder: (charset != Charset::UTF_8).then(|| charset.decoder()),
            raw: Vec::new(),
            decoded: String::new(),
            window: Vec::new(),
            start: 0,
            at_end: false,
        })
    }

    /// What was read and not yet consumed.
    pub(super) fn rest(&self) -> &[u8] {
        &self.window[self.start..]
    }

    /// True when nothing follows `rest`.
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.window.len());
    }

    /// True once bytes were no letters of the encoding; each stands as `\u{fffd}`. Not told for UTF-8.
    pub(super) fn malformed(&self) -> bool {
        self.decoder.as_ref().is_some_and(Decoder::malformed)
    }

    /// Reads on, about as many bytes as there are: a row longer than the window is looked at a few times only.
    pub(super) fn more(&mut self) -> Result<(), Fault> {
        self.window.drain(..self.start);
        self.start = 0;
        let wanted = self.window.len().clamp(PIECE, MOST_READ) as u64;
        let opened = (&mut self.file).take(wanted);
        let Some(decoder) = &mut self.decoder else {
            self.at_end = read(opened, &mut self.window)? == 0;
            return Ok(());
        };
        self.raw.clear();
        self.at_end = read(opened, &mut self.raw)? == 0;
        self.decoded.clear();
        decoder.decode(&self.raw, self.at_end, &mut self.decoded);
        self.window.extend_from_slice(self.decoded.as_bytes());
        Ok(())
    }

    /// Reads until so many bytes are in the window, or the file ends.
    pub(super) fn fill(&mut self, bytes: usize) -> Result<(), Fault> {
        while self.rest().len() < bytes && !self.at_end {
            self.more()?;
        }
        Ok(())
    }
}

fn read(mut from: impl Read, into: &mut Vec<u8>) -> Result<usize, Fault> {
    from.read_to_end(into).map_err(|error| unreadable(&error))
}
