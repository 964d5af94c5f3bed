//! Delimited text cut into rows and cells, as RFC 4180 and the spreadsheets of this world write it.

/// How rows and cells end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Splitting {
    /// Between cells: one ASCII character.
    pub delimiter: u8,
    /// A carriage return without line feed ends a row; else it is part of its cell.
    pub lone_cr: bool,
    /// A quote at the beginning of a cell opens it in so many cells of a row; in the others quotes are letters.
    pub quoted_cells: usize,
}

impl Splitting {
    /// Rows end at line feeds, cells at this character, and quotes open cells.
    pub fn by(delimiter: u8) -> Self {
        Self { delimiter, lone_cr: false, quoted_cells: usize::MAX }
    }
}

/// The cells of a row, one after the other. Made once, filled for every row.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Record {
    text: Vec<u8>,
    /// Where each cell ends in `text`.
    ends: Vec<usize>,
    /// A quote was opened and nothing closes it.
    pub open_quote: bool,
    /// The first cell with line ends in it whose closing quote is followed by text, and where it begins in the row's bytes: that quote
    /// may be none that closes.
    pub loose_quote: Option<(usize, usize)>,
    /// Line ends within quotes.
    pub line_breaks: usize,
}

impl Record {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True for a record never filled.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cells as bytes.
    pub fn bytes(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }

    /// The cells as text; `None` when a byte of them is none.
    pub fn cells(&self) -> Option<Vec<&str>> {
        let text = std::str::from_utf8(&self.text).ok()?;
        let mut start = 0;
        let mut cells = Vec::with_capacity(self.ends.len());
        for end in &self.ends {
            // A letter broken by a separator may become whole by being put beside the next cell; it is broken all the same.
            cells.push(text.get(start..*end)?);
            start = *end;
        }
        Some(cells)
    }

    /// All cells as text with nothing between them, and where each ends; `None` when a byte of them is none.
    pub fn whole(&self) -> Option<(&str, &[usize])> {
        let text = std::str::from_utf8(&self.text).ok()?;
        self.ends.iter().all(|end| text.is_char_boundary(*end)).then_some((text, &self.ends))
    }

    /// All cells, with nothing between them.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// True when no cell holds anything but white space.
    pub fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.open_quote = false;
        self.loose_quote = None;
        self.line_breaks = 0;
    }
}

/// The first row of `bytes` into `record`; gives the bytes it takes, line end included. `None` when `bytes` end before the row does
/// and `at_end` does not say that nothing follows, or when there are no bytes at all.
pub fn split_row(bytes: &[u8], at_end: bool, splitting: Splitting, record: &mut Record) -> Option<usize> {
    record.clear();
    if bytes.is_empty() {
        return None;
    }
    let mut at = 0;
    loop {
        let (from, breaks) = (at, record.line_breaks);
        if record.len() < splitting.quoted_cells && bytes.get(at) == Some(&b'"') {
            at = quoted(bytes, at + 1, at_end, record)?;
        }
        let (end, next) = unquoted(bytes, at, at_end, splitting)?;
        if record.line_breaks > breaks && end > at {
            record.loose_quote = record.loose_quote.or(Some((record.len(), from)));
        }
        record.text.extend_from_slice(&bytes[at..end]);
        record.ends.push(record.text.len());
        match next {
            Next::Cell => at = end + 1,
            Next::Row(length) => return Some(end + length),
        }
    }
}

/// What follows a cell.
enum Next {
    Cell,
    /// A line end of so many bytes.
    Row(usize),
}

/// The inside of quotes from `at` on; gives where it goes on behind the closing one.
fn quoted(bytes: &[u8], mut at: usize, at_end: bool, record: &mut Record) -> Option<usize> {
    let from = record.text.len();
    let closed = loop {
        let Some(length) = bytes[at..].iter().position(|byte| *byte == b'"') else {
            if !at_end {
                return None;
            }
            record.text.extend_from_slice(&bytes[at..]);
            record.open_quote = true;
            break bytes.len();
        };
        record.text.extend_from_slice(&bytes[at..at + length]);
        at += length + 1;
        match bytes.get(at) {
            Some(b'"') => {
                record.text.push(b'"');
                at += 1;
            }
            None if !at_end => return None,
            _ => break at,
        }
    };
    record.line_breaks += record.text[from..].split(|byte| *byte == b'\n').skip(1).count();
    Some(closed)
}

/// The end of a cell outside quotes, and what follows it.
fn unquoted(bytes: &[u8], from: usize, at_end: bool, splitting: Splitting) -> Option<(usize, Next)> {
    let mut at = from;
    loop {
        let Some(length) = first_of([splitting.delimiter, b'\n', b'\r'], &bytes[at..]) else {
            return at_end.then_some((bytes.len(), Next::Row(0)));
        };
        at += length;
        match (bytes[at], bytes.get(at + 1)) {
            (b'\n', _) => return Some((at, Next::Row(1))),
            (b'\r', Some(b'\n')) => return Some((at, Next::Row(2))),
            (b'\r', None) => return at_end.then_some((at, Next::Row(1))),
            (b'\r', Some(_)) if splitting.lone_cr => return Some((at, Next::Row(1))),
            (b'\r', Some(_)) if splitting.delimiter != b'\r' => at += 1,
            _ => return Some((at, Next::Cell)),
        }
    }
}

/// Where the first of these bytes stands; eight are looked at together.
fn first_of(wanted: [u8; 3], bytes: &[u8]) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The highest bit of each byte that is one of them; of a byte behind such a one it may stand without reason.
        let found = wanted.iter().fold(0, |found, byte| {
            let zero = word ^ (EACH * u64::from(*byte));
            found | (zero.wrapping_sub(EACH) & !zero & HIGHEST)
        });
        if found != 0 {
            return Some(place * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|byte| wanted.contains(byte)).map(|place| words.len() * 8 + place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The cells of every row, joined by a bar.
    fn split(bytes: &[u8], splitting: Splitting) -> Vec<String> {
        let (mut rest, mut record, mut rows) = (bytes, Record::default(), Vec::new());
        while let Some(taken) = split_row(rest, true, splitting, &mut record) {
            assert!(taken > 0, "progress");
            rows.push(record.bytes().map(String::from_utf8_lossy).collect::<Vec<_>>().join("|"));
            rest = &rest[taken..];
        }
        rows
    }

    #[test]
    fn rows_end_at_line_ends_and_cells_at_separators() {
        let by = Splitting::by(b';');
        assert_eq!(split(b"a;b\r\n\n1;\n2;x", by), ["a|b", "", "1|", "2|x"]);
        assert_eq!(split(b"a;\"b;\"\"c\"\"\nd\";e\n", by), ["a|b;\"c\"\nd|e"]);
        assert_eq!(split(b"5\" tubo;\"a\"b;c\n", by), ["5\" tubo|ab|c"]);
        assert_eq!(split(b"a;b\r", by), ["a|b"]);
        assert_eq!(split(b"\"a;b\n1\n", Splitting { quoted_cells: 0, ..by }), ["\"a|b", "1"]);
    }

    #[test]
    fn a_lone_carriage_return_is_a_letter_or_a_line_end_as_the_file_says() {
        let by = Splitting::by(b';');
        assert_eq!(split(b"a;b\rc\n1;2\r\n", by), ["a|b\rc", "1|2"]);
        assert_eq!(split(b"a;b\r1;2\r\n3;4\n", Splitting { lone_cr: true, ..by }), ["a|b", "1|2", "3|4"]);
    }

    #[test]
    fn an_open_quote_is_told() {
        let mut record = Record::default();
        let by = Splitting::by(b';');
        assert_eq!(split_row(b"1;\"x\n2;y\n", false, by, &mut record), None);
        assert_eq!(split_row(b"1;\"x\n2;y\n", true, by, &mut record), Some(9));
        assert!(record.open_quote && record.line_breaks == 2 && record.len() == 2);
        assert_eq!(split_row(b"", true, by, &mut record), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_first_of_some_bytes_is_found_among_any(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..40), at in 0_usize..40, wanted: [u8; 3],
        ) {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = wanted[0];
            }
            prop_assert_eq!(first_of(wanted, &bytes), bytes.iter().position(|byte| wanted.contains(byte)));
        }

        #[test]
        fn every_byte_is_in_a_row_and_more_bytes_do_not_change_it(
            bytes in proptest::collection::vec(proptest::sample::select(b"ab;;\"\"\r\n\n \xf1\0".to_vec()), 0..80),
            cut in 0_usize..80, lone_cr: bool, quoted_cells in 0_usize..3,
        ) {
            let splitting = Splitting { delimiter: b';', lone_cr, quoted_cells };
            let (mut record, mut taken) = (Record::default(), 0);
            while let Some(length) = split_row(&bytes[taken..], true, splitting, &mut record) {
                prop_assert!(length > 0);
                let rest = &bytes[taken..];
                let mut early = Record::default();
                if let Some(shorter) = split_row(&rest[..cut.min(rest.len())], false, splitting, &mut early) {
                    prop_assert_eq!(shorter, length);
                    prop_assert_eq!(&early, &record);
                }
                taken += length;
            }
            prop_assert_eq!(taken, bytes.len());
        }
    }
}
