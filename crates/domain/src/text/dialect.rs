//! How a delimited file is written: its separator, its row of names, its line ends.

use std::collections::HashMap;

use super::header::find_header;
use super::{Record, Splitting, split_row};

/// The separators in use, the surest sign first: commas also stand in texts and numbers.
const DELIMITERS: [u8; 4] = [b';', b'\t', b'|', b','];
/// Bytes of the sample looked at.
const MOST_BYTES: usize = 1 << 18;
/// Rows of the sample looked at.
const MOST_ROWS: usize = 400;

/// What the contract says; what it does not is found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stated {
    /// Between cells.
    pub delimiter: Option<u8>,
    /// The row of the names, from 1.
    pub header_row: Option<u32>,
}

/// How a delimited file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// How rows and cells end.
    pub splitting: Splitting,
    /// Row number of the names, from 1, counted as a spreadsheet does.
    pub header_row: u32,
    /// Cells that most rows have.
    pub columns: usize,
    /// Why that separator, in Spanish.
    pub delimiter_evidence: String,
    /// Why that row, in Spanish.
    pub header_evidence: String,
    /// Cells in quotes were seen.
    pub quoted: bool,
    /// The first rows of the sample, blank ones and those above the names included.
    pub rows: Vec<Vec<String>>,
}

impl Dialect {
    /// The separator.
    pub fn delimiter(&self) -> char {
        char::from(self.splitting.delimiter)
    }
}

/// How the file of which `sample` is the beginning is written.
pub fn find_dialect(sample: &[u8], stated: Stated) -> Dialect {
    let sample = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let sample = &sample[..sample.len().min(MOST_BYTES)];
    let candidates: Vec<Attempt> = match stated.delimiter {
        Some(delimiter) => vec![Attempt::with(sample, delimiter)],
        None => DELIMITERS.into_iter().map(|delimiter| Attempt::with(sample, delimiter)).collect(),
    };
    let names = candidates.len();
    let mut best: Option<Attempt> = None;
    for candidate in candidates {
        if best.as_ref().is_none_or(|best| candidate.score() > best.score()) {
            best = Some(candidate);
        }
    }
    let attempt = match best {
        // One column: nothing separates, and a comma is what is usual.
        Some(best) if best.columns < 2 && names > 1 => Attempt::with(sample, b','),
        Some(best) => best,
        None => Attempt::with(sample, b','),
    };
    attempt.dialect(sample, stated)
}

/// The sample as one separator cuts it.
struct Attempt {
    splitting: Splitting,
    rows: Vec<Vec<String>>,
    /// Cells that most rows have.
    columns: usize,
    /// Rows that have as many, and rows that are not blank.
    alike: usize,
    filled: usize,
    quoted: bool,
}

impl Attempt {
    fn with(sample: &[u8], delimiter: u8) -> Self {
        let mut splitting = Splitting::by(delimiter);
        splitting.lone_cr = lone_returns_end_rows(sample, delimiter);
        let (rows, quoted) = rows(sample, splitting);
        let mut widths: HashMap<usize, usize> = HashMap::new();
        let filled = rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
        for row in filled.clone() {
            *widths.entry(row.len()).or_default() += 1;
        }
        let (columns, alike) = widths
            .iter()
            .map(|(width, count)| (*width, *count))
            .max_by_key(|(width, count)| (*count, *width))
            .unwrap_or((1, 0));
        Self { splitting, columns, alike, filled: filled.count(), rows, quoted }
    }

    /// Rows of one width speak for a separator, in thousandths; so does a row of names as wide as they are.
    fn score(&self) -> usize {
        if self.columns < 2 || self.filled == 0 {
            return 0;
        }
        let named = find_header(&self.rows).is_some_and(|header| self.rows[header.index].len() == self.columns);
        // Of two separators that cut all rows alike, the one that gives many cells is seldom there by chance.
        self.alike * 1000 / self.filled + if named { 300 } else { 0 } + self.columns.min(20) * 2
    }

    fn dialect(self, sample: &[u8], stated: Stated) -> Dialect {
        let found = find_header(&self.rows);
        let index = found.as_ref().map_or(0, |header| header.index);
        let header_row = stated.header_row.unwrap_or_else(|| u32::try_from(index + 1).unwrap_or(1));
        let delimiter_evidence = if self.columns < 2 {
            "todas las filas tienen una sola celda".to_owned()
        } else {
            format!("{} de {} filas de la muestra quedan con {} celdas", self.alike, self.filled, self.columns)
        };
        let lone = if self.splitting.lone_cr && sample.contains(&b'\r') {
            "; hay filas que terminan en un retorno de carro solo (CR)"
        } else {
            ""
        };
        Dialect {
            splitting: self.splitting,
            header_row,
            columns: self.columns,
            delimiter_evidence: format!("{delimiter_evidence}{lone}"),
            header_evidence: found
                .map_or_else(|| "el archivo no tiene filas con datos".into(), |header| header.evidence),
            quoted: self.quoted,
            rows: self.rows,
        }
    }
}

/// The first rows of the sample. The last one may be cut; it counts only when it is the only one.
fn rows(sample: &[u8], splitting: Splitting) -> (Vec<Vec<String>>, bool) {
    let (mut rest, mut record, mut rows, mut quoted) = (sample, Record::default(), Vec::new(), false);
    while rows.len() < MOST_ROWS
        && let Some(taken) = split_row(rest, true, splitting, &mut record)
    {
        let cut = taken == rest.len() && !rest.ends_with(b"\n") && !rows.is_empty() && sample.len() >= MOST_BYTES;
        if record.open_quote && !rows.is_empty() || cut {
            break;
        }
        quoted |= rest[..taken].contains(&b'"');
        rows.push(record.bytes().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
        rest = &rest[taken..];
    }
    (rows, quoted)
}

/// True when the carriage returns without line feed stand where rows end: what is before them and what follows has the cells of a row.
fn lone_returns_end_rows(sample: &[u8], delimiter: u8) -> bool {
    let lone = |place: usize| sample[place] == b'\r' && sample.get(place + 1).is_some_and(|next| *next != b'\n');
    if !(0..sample.len()).any(lone) {
        return false;
    }
    let cells = |line: &[u8]| line.split(|byte| *byte == delimiter).count();
    let segments: Vec<&[u8]> =
        sample.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()).collect();
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for segment in &segments {
        *widths.entry(cells(segment)).or_default() += 1;
    }
    let usual = widths.iter().max_by_key(|(width, count)| (**count, **width)).map_or(0, |(width, _)| *width);
    let (mut ends, mut inside, mut from) = (0, 0, 0);
    for place in (0..sample.len()).filter(|place| matches!(sample[*place], b'\r' | b'\n')) {
        if lone(place) {
            let after = &sample[place + 1..];
            let after = after.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
            if cells(&sample[from..place]) == usual && (cells(after) == usual || after.is_empty()) {
                ends += 1;
            } else {
                inside += 1;
            }
        }
        from = place + 1;
    }
    ends > inside
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(sample: &str) -> (char, u32) {
        let dialect = find_dialect(sample.as_bytes(), Stated::default());
        (dialect.delimiter(), dialect.header_row)
    }

    #[test]
    fn the_separator_is_the_one_that_cuts_all_rows_alike() {
        assert_eq!(found("a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n"), (';', 1));
        assert_eq!(found("a,b,c\n1,x;y,3\n4,z,6\n"), (',', 1));
        assert_eq!(found("codigo\tnombre\n1\tPlaza, calle y sede\n2\tPuente\n"), ('\t', 1));
        assert_eq!(found("a|b\n1|2\n"), ('|', 1));
        assert_eq!(found("comuna\nBulnes\nPinto\n"), (',', 1));
        assert_eq!(found("\"a;b\";\"c\"\n\"1;2\";3\n"), (';', 1));
        assert_eq!(found(""), (',', 1));
    }

    #[test]
    fn a_band_of_titles_does_not_hide_the_names() {
        assert_eq!(
            found("GASTO;;;\n;;;\nCÓDIGO;MONTO;COMUNA;AÑO\nA-1;$2.800,5;Bulnes;2024\nA-2;$1,5;Pinto;2024\n"),
            (';', 3)
        );
        let dialect = find_dialect(b"TITULO\n\na,b\n1,2\n", Stated { delimiter: Some(b','), header_row: None });
        assert_eq!(dialect.header_row, 3);
        assert!(dialect.delimiter_evidence.contains("2 de 3 filas"), "{}", dialect.delimiter_evidence);
    }

    #[test]
    fn what_is_stated_is_kept() {
        let dialect = find_dialect(b"a;b\n1;2\n", Stated { delimiter: Some(b','), header_row: Some(2) });
        assert_eq!((dialect.delimiter(), dialect.header_row), (',', 2));
    }

    #[test]
    fn lone_returns_end_rows_only_where_rows_end() {
        let lone = |sample: &[u8]| find_dialect(sample, Stated::default()).splitting.lone_cr;
        assert!(lone(b"a;b\r1;2\r3;4\r5;6"));
        assert!(lone(b"a;b\r\n1;2\n3;4\r5;6\n7;8\n"));
        assert!(!lone(b"a;b\n1;uno\rdos\n2;x\n"));
        assert!(!lone(b"a;b\r\n1;2\r\n"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_table_written_with_a_separator_is_read_with_it(
            delimiter in proptest::sample::select(DELIMITERS.to_vec()), columns in 2_usize..8, band in 0_usize..3,
            rows in proptest::collection::vec(proptest::collection::vec("[A-Za-z ]{1,8}|[0-9]{1,4}|[0-9]{1,3}\\.[0-9]{3}", 8), 3..30),
        ) {
            let mark = char::from(delimiter).to_string();
            let mut text = "TÍTULO\n".repeat(band.min(1)) + &"\n".repeat(band.saturating_sub(1));
            let names: Vec<String> = (0..columns).map(|place| format!("COLUMNA {}", char::from(b'A' + u8::try_from(place).expect("few")))).collect();
            text.push_str(&(names.join(&mark) + "\n"));
            for row in &rows {
                text.push_str(&(row[..columns].join(&mark) + "\n"));
            }
            let dialect = find_dialect(text.as_bytes(), Stated::default());
            prop_assert_eq!((dialect.splitting.delimiter, dialect.header_row as usize, dialect.columns), (delimiter, band + 1, columns), "{}", text);
        }

        #[test]
        fn no_bytes_break_the_finding(bytes in proptest::collection::vec(
            prop_oneof![4 => proptest::sample::select(b"ab,;\t|\"\r\n\n1".to_vec()), 1 => any::<u8>()], 0..300,
        )) {
            let dialect = find_dialect(&bytes, Stated::default());
            prop_assert!(dialect.header_row >= 1);
        }
    }
}
