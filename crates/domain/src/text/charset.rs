//! Character encodings by name, and text decoded piece by piece.

use std::borrow::Cow;

use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A character encoding: those of the WHATWG, and `ibm850` of DOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(Table);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Whatwg(&'static Encoding),
    Ibm850,
}

/// The upper half of code page 850.
const IBM850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

impl Charset {
    /// `utf-8`
    pub const UTF_8: Self = Self(Table::Whatwg(UTF_8));
    /// `windows-1252`, which is also what is called Latin-1, ISO-8859-1 and ANSI
    pub const WINDOWS_1252: Self = Self(Table::Whatwg(WINDOWS_1252));
    /// `macintosh`, of Mac OS before 2001 and of Excel for Mac
    pub const MACINTOSH: Self = Self(Table::Whatwg(MACINTOSH));
    /// `ibm850`, of DOS and of old DBF files
    pub const IBM850: Self = Self(Table::Ibm850);
    /// `utf-16le`, which Excel calls "Unicode text"
    pub const UTF_16LE: Self = Self(Table::Whatwg(UTF_16LE));
    /// `utf-16be`
    pub const UTF_16BE: Self = Self(Table::Whatwg(UTF_16BE));

    /// The encoding of that label, as a contract writes it.
    pub fn for_label(label: &str) -> Option<Self> {
        let label = label.trim();
        if ["ibm850", "cp850"].iter().any(|name| label.eq_ignore_ascii_case(name)) {
            return Some(Self::IBM850);
        }
        Encoding::for_label(label.as_bytes()).map(|encoding| Self(Table::Whatwg(encoding)))
    }

    /// The encoding a `.cpg` file names: `UTF-8`, `1252`, `ISO 88591`, `CP850`, `ANSI 1252`, `OEM 850`. A hint, never a proof.
    pub fn for_cpg(text: &str) -> Option<Self> {
        if let Some(known) = Self::for_label(text) {
            return Some(known);
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        match digits.as_str() {
            "8" | "65001" => Some(Self::UTF_8),
            "850" => Some(Self::IBM850),
            "10000" => Some(Self::MACINTOSH),
            "88591" | "28591" => Some(Self::WINDOWS_1252),
            windows if windows.len() == 4 && windows.starts_with("125") => {
                Self::for_label(&format!("windows-{windows}"))
            }
            iso if (5..=6).contains(&iso.len()) && iso.starts_with("8859") => {
                Self::for_label(&format!("iso-8859-{}", &iso[4..]))
            }
            _ => None,
        }
    }

    /// The encoding that byte 29 of a DBF header names (its language driver). A hint, never a proof.
    pub fn for_ldid(byte: u8) -> Option<Self> {
        match byte {
            0x02 | 0x0a | 0x0e | 0x10 | 0x12 | 0x14 | 0x16 | 0x1a | 0x1d | 0x25 | 0x37 => Some(Self::IBM850),
            0x03 | 0x57 | 0x58 | 0x59 => Some(Self::WINDOWS_1252),
            0x04 => Some(Self::MACINTOSH),
            _ => None,
        }
    }

    /// Its label, as a contract writes it.
    pub fn label(self) -> String {
        match self.0 {
            Table::Whatwg(encoding) => encoding.name().to_lowercase(),
            Table::Ibm850 => "ibm850".into(),
        }
    }

    /// True for both orders of UTF-16.
    pub fn is_utf16(self) -> bool {
        self == Self::UTF_16LE || self == Self::UTF_16BE
    }

    /// The whole text, and whether bytes of it are none in this encoding (each stands as `\u{fffd}`). A byte order mark stays.
    pub fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        match self.0 {
            Table::Whatwg(encoding) => encoding.decode_without_bom_handling(bytes),
            Table::Ibm850 if bytes.is_ascii() => (String::from_utf8_lossy(bytes), false),
            Table::Ibm850 => (bytes.iter().map(|byte| ibm850(*byte)).collect::<String>().into(), false),
        }
    }

    /// The one byte of a character, in encodings of one byte.
    pub(super) fn byte_of(self, letter: char) -> Option<u8> {
        if letter.is_ascii() {
            return u8::try_from(letter).ok();
        }
        match self.0 {
            Table::Ibm850 => {
                let place = IBM850.chars().position(|other| other == letter)?;
                u8::try_from(place + 0x80).ok()
            }
            Table::Whatwg(encoding) => {
                let mut utf8 = [0; 4];
                match encoding.encode(letter.encode_utf8(&mut utf8)) {
                    (bytes, _, false) => {
                        if let [byte] = *bytes {
                            Some(byte)
                        } else {
                            None
                        }
                    }
                    _ => None,
                }
            }
        }
    }

    /// A decoder for text that comes in pieces; it removes a byte order mark.
    pub fn decoder(self) -> Decoder {
        Decoder {
            inner: match self.0 {
                Table::Whatwg(encoding) => Some(encoding.new_decoder_with_bom_removal()),
                Table::Ibm850 => None,
            },
            malformed: false,
        }
    }
}

fn ibm850(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        Some(place) => IBM850_TABLE[usize::from(place)],
        None => char::from(byte),
    }
}

static IBM850_TABLE: std::sync::LazyLock<Vec<char>> = std::sync::LazyLock::new(|| IBM850.chars().collect());

/// Decodes text that comes in pieces.
pub struct Decoder {
    inner: Option<encoding_rs::Decoder>,
    malformed: bool,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("malformed", &self.malformed).finish_non_exhaustive()
    }
}

impl Decoder {
    /// Appends the text of the next piece to `out`; `last` says that none follows.
    pub fn decode(&mut self, bytes: &[u8], last: bool, out: &mut String) {
        let Some(decoder) = &mut self.inner else {
            out.extend(bytes.iter().map(|byte| ibm850(*byte)));
            return;
        };
        let mut rest = bytes;
        loop {
            out.reserve(decoder.max_utf8_buffer_length(rest.len()).unwrap_or(rest.len()).max(16));
            let (result, read, malformed) = decoder.decode_to_string(rest, out, last);
            self.malformed |= malformed;
            rest = &rest[read..];
            if result == encoding_rs::CoderResult::InputEmpty {
                return;
            }
        }
    }

    /// True once bytes were none in this encoding; each stands as `\u{fffd}`.
    pub fn malformed(&self) -> bool {
        self.malformed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_of_dos_has_128_letters_of_its_own() {
        let mut letters: Vec<char> = IBM850.chars().collect();
        assert_eq!(letters.len(), 128);
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 128);
        assert_eq!(
            Charset::IBM850.decode(b"\xa5uble, Pe\xa4alol\x82n, Ays\x82n \xe9til").0,
            "Ñuble, Peñalolén, Aysén Útil"
        );
    }

    #[test]
    fn labels_of_cpg_and_dbf_are_understood() {
        for (text, label) in [
            ("UTF-8\n", "utf-8"),
            ("UTF8", "utf-8"),
            ("65001", "utf-8"),
            ("1252", "windows-1252"),
            ("ANSI 1252", "windows-1252"),
            ("CP1252", "windows-1252"),
            ("ISO 88591", "windows-1252"),
            ("ISO-8859-1", "windows-1252"),
            ("8859-15", "iso-8859-15"),
            ("OEM 850", "ibm850"),
            ("CP850", "ibm850"),
        ] {
            assert_eq!(Charset::for_cpg(text).map(Charset::label).as_deref(), Some(label), "{text}");
        }
        assert_eq!(Charset::for_cpg("Big Five"), Charset::for_label("big5").filter(|_| false));
        assert_eq!(Charset::for_ldid(0x57), Some(Charset::WINDOWS_1252));
        assert_eq!(Charset::for_ldid(0), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn text_in_pieces_is_the_same_text(
            bytes in proptest::collection::vec(any::<u8>(), 0..60), cuts in proptest::collection::vec(0_usize..60, 0..6),
            label in prop_oneof![Just("utf-8"), Just("windows-1252"), Just("ibm850"), Just("macintosh"), Just("utf-16le")],
        ) {
            let charset = Charset::for_label(label).expect("a label");
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let (mut decoder, mut pieces, mut from) = (charset.decoder(), String::new(), 0);
            for cut in cuts {
                decoder.decode(&bytes[from..cut], false, &mut pieces);
                from = cut;
            }
            decoder.decode(&bytes[from..], true, &mut pieces);
            let (whole, malformed) = charset.decode(&bytes);
            prop_assert_eq!(pieces.as_str(), whole.strip_prefix('\u{feff}').unwrap_or(&whole));
            prop_assert_eq!(decoder.malformed(), malformed);
        }

        #[test]
        fn a_letter_of_one_byte_is_found_again(byte: u8) {
            for charset in [Charset::WINDOWS_1252, Charset::MACINTOSH, Charset::IBM850] {
                let letter = charset.decode(&[byte]).0.chars().next().expect("a letter");
                prop_assert_eq!(charset.byte_of(letter), Some(byte));
            }
        }
    }
}
