//! Delimited text, in the encodings that arrive.

use encoding_rs::WINDOWS_1252;

use super::Sheet;

/// How the letters of a text file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 behind a byte order mark, as Excel saves it.
    Utf8Bom,
    /// UTF-16, little-endian, behind a byte order mark: "Unicode text" of Excel.
    Utf16,
    /// Windows-1252, "ANSI".
    Windows1252,
    /// Code page 850, MS-DOS.
    Ibm850,
    /// UTF-8 read as Windows-1252 and saved as UTF-8: `Ã‘uble`.
    Mojibake,
    /// The same again.
    DoubleMojibake,
}

/// What code page 850 has for the letters and signs of Spanish.
const IBM850: [(char, u8); 20] = [
    ('á', 0xa0),
    ('é', 0x82),
    ('í', 0xa1),
    ('ó', 0xa2),
    ('ú', 0xa3),
    ('ñ', 0xa4),
    ('ü', 0x81),
    ('Á', 0xb5),
    ('É', 0x90),
    ('Í', 0xd6),
    ('Ó', 0xe0),
    ('Ú', 0xe9),
    ('Ñ', 0xa5),
    ('Ü', 0x9a),
    ('°', 0xf8),
    ('º', 0xa7),
    ('ª', 0xa6),
    ('·', 0xfa),
    ('¿', 0xa8),
    ('¡', 0xad),
];

impl Encoding {
    /// The bytes of a text.
    ///
    /// # Panics
    /// When it has no sign for a letter.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Self::Utf16 => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            Self::Windows1252 => {
                let (bytes, _, unmappable) = WINDOWS_1252.encode(text);
                assert!(!unmappable, "Windows-1252 lacks a sign of this text");
                bytes.into_owned()
            }
            Self::Ibm850 => text.chars().map(ibm850).collect(),
            Self::Mojibake => misread(text).into_bytes(),
            Self::DoubleMojibake => misread(&misread(text)).into_bytes(),
        }
    }
}

fn ibm850(sign: char) -> u8 {
    u8::try_from(sign).ok().filter(u8::is_ascii).unwrap_or_else(|| {
        let found = IBM850.iter().find(|(known, _)| *known == sign);
        found.unwrap_or_else(|| panic!("'{sign}' is missing in the table")).1
    })
}

/// UTF-8 read as Windows-1252.
fn misread(text: &str) -> String {
    WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
}

pub(super) fn write(sheet: &Sheet, delimiter: char, encoding: Encoding) -> Vec<u8> {
    let mut text = String::new();
    for row in &sheet.rows {
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                text.push(delimiter);
            }
            if cell.text.contains([delimiter, '"', '\n']) {
                text.push('"');
                text.push_str(&cell.text.replace('"', "\"\""));
                text.push('"');
            } else {
                text.push_str(&cell.text);
            }
        }
        text.push_str("\r\n");
    }
    encoding.encode(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_writes_the_bytes_that_arrive() {
        for (encoding, bytes) in [
            (Encoding::Utf8, &b"\xc3\x91"[..]),
            (Encoding::Utf8Bom, b"\xef\xbb\xbf\xc3\x91"),
            (Encoding::Utf16, b"\xff\xfe\xd1\0"),
            (Encoding::Windows1252, b"\xd1"),
            (Encoding::Ibm850, b"\xa5"),
            (Encoding::Mojibake, "Ã‘".as_bytes()),
            (Encoding::DoubleMojibake, "Ãƒâ€˜".as_bytes()),
        ] {
            assert_eq!(encoding.encode("Ñ"), bytes, "{encoding:?}");
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let sheet = Sheet::of_texts([&["a;b", "say \"x\""][..], &["c"]]);
        assert_eq!(sheet.csv(';', Encoding::Utf8), b"\"a;b\";\"say \"\"x\"\"\"\r\nc\r\n");
    }
}
