//! In which encoding bytes are, by what they say and not by what their label says.
//!
//! Validity decides between UTF-8 and the encodings of one byte; among those, the words that come out: known places and common words
//! count for an encoding, control characters, box drawing and letters in impossible places against it.

use std::collections::HashMap;

use super::words::{known, plausible, read_well};
use super::{Charset, mend_mojibake};

/// Distinct words kept to judge by.
const MOST_WORDS: usize = 4096;
/// Words looked at before only validity is.
const ENOUGH_WORDS: u64 = 100_000;
/// Longest run of letters taken for one word.
const LONGEST_WORD: usize = 256;

/// What a text is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The encoding.
    pub charset: Charset,
    /// Why, in Spanish: the words that come out right.
    pub evidence: String,
    /// Words of it were read in the wrong encoding once and written again (`Ã‘uble`); `mend_mojibake` mends them.
    pub double: bool,
    /// Bytes that are no letters of it.
    pub malformed: u64,
    /// No byte tells: the text reads the same in every encoding but UTF-16.
    pub ascii: bool,
    /// Known words that come out right in each encoding of one byte.
    known: Vec<(Charset, usize)>,
}

impl Found {
    /// Its label, as a contract writes it.
    pub fn label(&self) -> String {
        self.charset.label()
    }

    /// True when a text declared to be in that encoding is not: its letters would be lost.
    pub fn contradicts(&self, declared: Charset) -> bool {
        if declared == self.charset {
            return false;
        }
        if declared.is_utf16() || self.charset.is_utf16() {
            return true;
        }
        if self.ascii {
            return false;
        }
        if declared == Charset::UTF_8 || self.charset == Charset::UTF_8 {
            return true;
        }
        let known = |charset: Charset| self.known.iter().find(|(other, _)| *other == charset).map(|(_, count)| *count);
        known(declared) == Some(0) && known(self.charset).is_some_and(|count| count >= 3)
    }
}

/// What a stretch of bytes is written in; `hint` is what a label says and only decides between equals.
pub fn judge_encoding(bytes: &[u8], hint: Option<Charset>) -> Found {
    let mut detector = Detector::default();
    detector.see(bytes);
    detector.finish(hint)
}

/// Judges a file piece by piece, in bounded memory.
#[derive(Debug, Default)]
pub struct Detector {
    /// The first four bytes.
    head: Vec<u8>,
    bytes: u64,
    /// NULs at even and at odd places.
    nuls: [u64; 2],
    /// A word that may go on in the next piece.
    unfinished: Vec<u8>,
    /// Words with a byte beyond ASCII, and how often each was met.
    words: HashMap<Vec<u8>, u32>,
    words_seen: u64,
    /// Letters of UTF-8 beyond ASCII, and bytes that are none.
    valid: u64,
    malformed: u64,
}

impl Detector {
    /// Looks at the next piece.
    pub fn see(&mut self, piece: &[u8]) {
        if self.head.len() < 4 {
            self.head.extend(piece.iter().take(4 - self.head.len()));
        }
        self.count_nuls(piece);
        self.bytes += piece.len() as u64;
        let mut rest = piece;
        if !self.unfinished.is_empty() {
            let end = rest.iter().take(LONGEST_WORD).position(|byte| !in_word(*byte));
            let taken = end.unwrap_or_else(|| rest.len().min(LONGEST_WORD));
            self.unfinished.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            if end.is_none() && rest.is_empty() && self.unfinished.len() < LONGEST_WORD {
                return;
            }
            let word = std::mem::take(&mut self.unfinished);
            self.add(&word);
        }
        while let Some(first) = first_beyond_ascii(rest) {
            let start = word_start(&rest[..first]);
            match rest[first..].iter().take(LONGEST_WORD).position(|byte| !in_word(*byte)) {
                Some(length) => {
                    self.add(&rest[start..first + length]);
                    rest = &rest[first + length..];
                }
                None if rest.len() <= first + LONGEST_WORD => {
                    self.unfinished.extend_from_slice(&rest[start..]);
                    return;
                }
                None => {
                    self.add(&rest[start..first + LONGEST_WORD]);
                    rest = &rest[first + LONGEST_WORD..];
                }
            }
        }
        self.unfinished.extend_from_slice(&rest[word_start(rest)..]);
    }

    /// The verdict; `hint` is what a label says and only decides between equals.
    pub fn finish(mut self, hint: Option<Charset>) -> Found {
        let last = std::mem::take(&mut self.unfinished);
        self.add(&last);
        if let Some(found) = self.utf16() {
            return found;
        }
        if self.words_seen == 0 {
            return Found {
                charset: hint.filter(|hint| !hint.is_utf16()).unwrap_or(Charset::UTF_8),
                evidence: "solo tiene letras sin acento, que se leen igual en cualquier codificación".into(),
                double: false,
                malformed: 0,
                ascii: true,
                known: Vec::new(),
            };
        }
        // Letters of other encodings are valid UTF-8 only by a rare chance; a file of UTF-8 with some broken rows stays one.
        if self.valid > 0 && self.valid >= self.malformed { self.utf8() } else { self.one_byte(hint) }
    }

    fn count_nuls(&mut self, piece: &[u8]) {
        if !piece.contains(&0) {
            return;
        }
        let start = self.bytes % 2;
        for (place, _) in (start..).zip(piece).filter(|(_, byte)| **byte == 0) {
            self.nuls[usize::from(place % 2 == 1)] += 1;
        }
    }

    fn add(&mut self, word: &[u8]) {
        if word.is_ascii() {
            return;
        }
        self.words_seen += 1;
        for chunk in word.utf8_chunks() {
            self.valid += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count() as u64;
            self.malformed += chunk.invalid().len() as u64;
        }
        if self.words_seen <= ENOUGH_WORDS {
            if let Some(count) = self.words.get_mut(word) {
                *count += 1;
            } else if self.words.len() < MOST_WORDS {
                self.words.insert(word.to_vec(), 1);
            }
        }
    }

    fn utf16(&self) -> Option<Found> {
        let (charset, evidence) = match self.head.as_slice() {
            [0xff, 0xfe, ..] => (Charset::UTF_16LE, "empieza con la marca de orden de UTF-16 (FF FE)"),
            [0xfe, 0xff, ..] => (Charset::UTF_16BE, "empieza con la marca de orden de UTF-16 (FE FF)"),
            _ => {
                // Latin letters have a zero for their other half.
                let [even, odd] = self.nuls;
                let half = self.bytes / 2;
                if odd * 10 >= half * 6 && even * 20 <= half && odd > 1 {
                    (Charset::UTF_16LE, "cada letra ocupa dos bytes, el segundo casi siempre cero")
                } else if even * 10 >= half * 6 && odd * 20 <= half && even > 1 {
                    (Charset::UTF_16BE, "cada letra ocupa dos bytes, el primero casi siempre cero")
                } else {
                    return None;
                }
            }
        };
        let evidence = evidence.into();
        Some(Found { charset, evidence, double: false, malformed: 0, ascii: false, known: Vec::new() })
    }

    fn utf8(&self) -> Found {
        let mut right = Vec::new();
        let mut doubled: Option<(String, String)> = None;
        for word in self.words_in_order() {
            let text = String::from_utf8_lossy(word);
            let mended = mend_mojibake(&text);
            if mended != text {
                let better =
                    doubled.as_ref().is_none_or(|(_, before)| known(before).is_none() && known(&mended).is_some());
                if better {
                    doubled = Some((text.clone().into_owned(), mended.clone().into_owned()));
                }
            }
            if known(&mended).is_some() {
                right.push(mended.into_owned());
            }
        }
        let mut evidence = format!("todas sus letras con acento son UTF-8 válido{}", read_well(&right));
        if self.malformed > 0 {
            evidence = format!("casi todas sus letras con acento son UTF-8 válido{}", read_well(&right));
        }
        if let Some((written, meant)) = &doubled {
            evidence = format!(
                "{evidence}; hay palabras que ya venían mal convertidas («{written}» por «{meant}») y se corrigen al leer"
            );
        }
        Found {
            charset: Charset::UTF_8,
            evidence,
            double: doubled.is_some(),
            malformed: self.malformed,
            ascii: false,
            known: Vec::new(),
        }
    }

    fn one_byte(&self, hint: Option<Charset>) -> Found {
        let mut candidates = vec![Charset::WINDOWS_1252, Charset::MACINTOSH, Charset::IBM850];
        let possible = |hint: &Charset| !hint.is_utf16() && *hint != Charset::UTF_8 && !candidates.contains(hint);
        if let Some(hint) = hint.filter(possible) {
            candidates.push(hint);
        }
        let mut judged: Vec<(i64, Charset, Vec<String>)> = candidates
            .into_iter()
            .map(|charset| {
                let (score, right) = self.score(charset);
                (
                    score * 4 + i64::from(hint == Some(charset)) * 2 + i64::from(charset == Charset::WINDOWS_1252),
                    charset,
                    right,
                )
            })
            .collect();
        judged.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
        let known = judged.iter().map(|(_, charset, right)| (*charset, right.len())).collect();
        let (_, charset, right) = judged.swap_remove(0);
        let but = if right.is_empty() {
            let example =
                self.words_in_order().next().map(|word| charset.decode(word).0.into_owned()).unwrap_or_default();
            format!("; ninguna palabra conocida lo confirma, la primera con acento se lee «{example}»")
        } else {
            read_well(&right)
        };
        Found {
            charset,
            evidence: format!("no es UTF-8 válido{but}"),
            double: false,
            malformed: 0,
            ascii: false,
            known,
        }
    }

    /// The most frequent first; equals by their bytes, so that a file is always judged the same.
    fn words_in_order(&self) -> impl Iterator<Item = &[u8]> {
        let mut words: Vec<(&Vec<u8>, u32)> = self.words.iter().map(|(word, count)| (word, *count)).collect();
        words.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
        words.into_iter().map(|(word, _)| word.as_slice())
    }

    /// How well the words read in an encoding, and the known ones among them.
    fn score(&self, charset: Charset) -> (i64, Vec<String>) {
        let (mut score, mut right) = (0, Vec::new());
        for bytes in self.words_in_order() {
            let (word, malformed) = charset.decode(bytes);
            if known(&word).is_some() {
                right.push(word.into_owned());
                score += 20;
            } else {
                score += plausible(&word) - if malformed { 10 } else { 0 };
            }
        }
        (score, right)
    }
}

/// Letters, and bytes beyond ASCII, which may be letters.
fn in_word(byte: u8) -> bool {
    byte >= 0x80 || byte.is_ascii_alphabetic()
}

/// Where the word begins with which these bytes end.
fn word_start(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(LONGEST_WORD);
    bytes[from..].iter().rposition(|byte| !in_word(*byte)).map_or(from, |place| from + place + 1)
}

/// Eight bytes are looked at together.
fn first_beyond_ascii(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks();
    let beyond = words.iter().map(|word| u64::from_le_bytes(*word) & 0x8080_8080_8080_8080).enumerate();
    match beyond.into_iter().find(|(_, found)| *found != 0) {
        Some((place, found)) => Some(place * 8 + found.trailing_zeros() as usize / 8),
        None => rest.iter().position(|byte| !byte.is_ascii()).map(|place| words.len() * 8 + place),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str =
        "CÓDIGO;COMUNA;AÑO\n1;Ñuble;2024\n2;Peñalolén;2024\n3;Aysén;2025\n4;CONSTRUCCIÓN DE MULTICANCHA N° 3;2025\n";

    fn written(text: &str, charset: Charset) -> Vec<u8> {
        match charset.label().as_str() {
            "utf-8" => text.as_bytes().to_vec(),
            "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => text.chars().map(|letter| charset.byte_of(letter).expect("a letter of that encoding")).collect(),
        }
    }

    #[test]
    fn the_encoding_is_told_by_the_words_that_come_out() {
        for charset in [
            Charset::UTF_8,
            Charset::WINDOWS_1252,
            Charset::MACINTOSH,
            Charset::IBM850,
            Charset::UTF_16LE,
            Charset::UTF_16BE,
        ] {
            let bytes = written(TEXT, charset);
            // A label that lies changes nothing.
            for hint in [None, Some(Charset::UTF_8), Some(Charset::WINDOWS_1252), Some(Charset::IBM850)] {
                let found = judge_encoding(&bytes, hint);
                assert_eq!((found.charset, found.double), (charset, false), "{hint:?}: {}", found.evidence);
                let said = if charset.is_utf16() { "dos bytes" } else { "se leen bien «" };
                assert!(found.evidence.contains(said), "{charset:?}: {}", found.evidence);
            }
        }
    }

    #[test]
    fn a_single_word_is_enough_and_a_hint_decides_between_equals() {
        assert_eq!(judge_encoding(b"RA\xd1ADERO", None).charset, Charset::WINDOWS_1252);
        assert_eq!(judge_encoding(b"BA\xa5ADOS", None).charset, Charset::IBM850);
        assert_eq!(judge_encoding(b"Ba\x96ados de la Pe\x96a", None).charset, Charset::MACINTOSH);
        assert_eq!(judge_encoding(b"Norte \x96 Sur, N\xb0 5", None).charset, Charset::WINDOWS_1252);
        let ascii = judge_encoding(b"CHILLAN;1", Some(Charset::IBM850));
        assert_eq!((ascii.charset, ascii.ascii), (Charset::IBM850, true));
        assert_eq!(judge_encoding(b"", None).charset, Charset::UTF_8);
    }

    #[test]
    fn text_that_was_converted_twice_is_recognised_also_beside_right_text() {
        let double = TEXT.replace("Ñuble", "Ã‘uble").replace("Peñalolén", "PeÃ±alolÃ©n");
        let found = judge_encoding(double.as_bytes(), None);
        assert_eq!((found.charset, found.double), (Charset::UTF_8, true));
        assert!(
            found.evidence.contains("«Ã‘uble» por «Ñuble»") || found.evidence.contains("por «Peñalolén»"),
            "{}",
            found.evidence
        );
    }

    #[test]
    fn some_broken_letters_do_not_change_the_encoding_of_a_file() {
        let mut bytes = TEXT.repeat(3).into_bytes();
        bytes.extend(b"5;Ays\xe9n;2025\n");
        let found = judge_encoding(&bytes, None);
        assert_eq!((found.charset, found.malformed), (Charset::UTF_8, 1), "{}", found.evidence);
    }

    #[test]
    fn a_declared_encoding_is_contradicted_only_by_the_content() {
        let latin = judge_encoding(&written(TEXT, Charset::WINDOWS_1252), None);
        assert!(
            latin.contradicts(Charset::UTF_8)
                && latin.contradicts(Charset::MACINTOSH)
                && latin.contradicts(Charset::UTF_16LE)
        );
        assert!(
            !latin.contradicts(Charset::WINDOWS_1252)
                && !latin.contradicts(Charset::for_label("iso-8859-15").expect("a label"))
        );
        let utf8 = judge_encoding(TEXT.as_bytes(), None);
        assert!(utf8.contradicts(Charset::WINDOWS_1252) && !utf8.contradicts(Charset::UTF_8));
        let ascii = judge_encoding(b"a;b\n", None);
        assert!(!ascii.contradicts(Charset::IBM850) && !ascii.contradicts(Charset::WINDOWS_1252));
        assert!(ascii.contradicts(Charset::UTF_16LE));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_are_judged_as_the_whole(
            words in proptest::collection::vec("[a-zñáéÑÓ]{1,9}|Ñuble|[^\0]{0,5}", 0..30), step in 1_usize..40,
            charset in prop_oneof![Just(Charset::UTF_8), Just(Charset::WINDOWS_1252)],
        ) {
            let text = words.join(" ");
            let bytes: Vec<u8> = if charset == Charset::UTF_8 {
                text.into_bytes()
            } else {
                text.chars().filter_map(|letter| charset.byte_of(letter)).collect()
            };
            let mut detector = Detector::default();
            for piece in bytes.chunks(step) {
                detector.see(piece);
            }
            prop_assert_eq!(detector.finish(None), judge_encoding(&bytes, None));
        }

        #[test]
        fn no_bytes_break_the_judging(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let found = judge_encoding(&bytes, None);
            prop_assert!(!found.evidence.is_empty());
            prop_assert!(!found.contradicts(found.charset));
        }
    }
}
