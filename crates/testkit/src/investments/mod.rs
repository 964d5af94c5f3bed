//! An investment spreadsheet as a regional division sends it: invented rows, real ugliness, and the truth about both.

mod row;
mod words;

use std::collections::BTreeMap;

use encoding_rs::WINDOWS_1252;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use row::{Author, HEADERS, MONTHS};

/// Seed of the committed sample, `datasets/inversiones/sample/inversiones.csv`.
pub const SAMPLE_SEED: u64 = 16;
/// Rows with data of the committed sample.
pub const SAMPLE_ROWS: usize = 2_520;

const FIRST_YEAR: i32 = 2019;
/// How a year's amounts compare with those of 2019, in percent.
const GROWTH: [i64; 7] = [100, 92, 118, 134, 149, 171, 188];
/// Rows above the first one with data: two of titles, one of headers.
const ROWS_ABOVE: usize = 3;

/// A spreadsheet and what its author knows about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Investments {
    /// The file: Windows-1252, `;`, decimal comma, CRLF, two rows of titles, header on row 3.
    pub bytes: Vec<u8>,
    /// Rows with data, broken ones included.
    pub rows: usize,
    /// The rows a correct loader refuses, in the order of the file.
    pub broken: Vec<BrokenRow>,
    /// Whole pesos per budget year over the rows that are not broken.
    pub pesos_by_year: BTreeMap<i32, i64>,
}

/// A row that must become a reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenRow {
    /// Its number in the file, counted from 1 as a spreadsheet does (the first row with data is row 4).
    pub source_row: usize,
    /// The only thing wrong with it.
    pub flaw: Flaw,
}

/// What can be wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// `#REF!` where the amount should be: no value.
    AmountReference,
    /// Words where the amount should be.
    AmountText,
    /// A blank where the amount should be.
    AmountMissing,
    /// A comuna that does not exist.
    PlaceUnknown,
    /// No code.
    CodeMissing,
    /// The code of an earlier good row.
    CodeRepeated,
    /// A year that lost a digit.
    YearTooShort,
    /// A year with a digit too many.
    YearTooLong,
    /// The row ends too early.
    TooFewCells,
    /// A day that is not in the calendar.
    DateImpossible,
}

impl Flaw {
    /// The contract's column that is wrong; `None` when it is the row itself.
    pub fn column(self) -> Option<&'static str> {
        match self {
            Self::AmountReference | Self::AmountText | Self::AmountMissing => Some("monto"),
            Self::PlaceUnknown => Some("comuna"),
            Self::CodeMissing | Self::CodeRepeated => Some("codigo"),
            Self::YearTooShort | Self::YearTooLong => Some("anio"),
            Self::TooFewCells => None,
            Self::DateImpossible => Some("fecha_certificado"),
        }
    }

    /// The code of the reject it must become.
    pub fn code(self) -> &'static str {
        match self {
            Self::AmountReference | Self::AmountMissing | Self::CodeMissing => "value.missing",
            Self::AmountText => "value.not_money",
            Self::PlaceUnknown => "place.unknown",
            Self::CodeRepeated => "key.repeated",
            Self::YearTooShort => "value.below_min",
            Self::YearTooLong => "value.above_max",
            Self::TooFewCells => "row.cells",
            Self::DateImpossible => "value.not_date",
        }
    }
}

/// Writes a spreadsheet of `rows` rows over the years 2019 to 2025: the same seed and size give the same bytes.
///
/// About one row in fifty is broken, in one way each. From 400 rows on, each of the 21 comunas has a good row in every year.
/// No floating point is used, so the bytes are the same on every machine.
pub fn investments(seed: u64, rows: usize) -> Investments {
    let mut author = Author::new(ChaCha8Rng::seed_from_u64(seed));
    let mut sheet = Sheet::titled();
    let mut broken = Vec::new();
    let mut pesos_by_year = BTreeMap::new();
    let mut written = 0;
    for (index, (year, growth)) in (FIRST_YEAR..).zip(GROWTH).enumerate() {
        let until = (index + 1) * rows / GROWTH.len();
        for (nth, site) in author.sites(until - written).into_iter().enumerate() {
            written += 1;
            let row = author.row(year, growth, nth + 1, &site);
            sheet.push(&row.cells);
            match row.flaw {
                Some(flaw) => broken.push(BrokenRow { source_row: ROWS_ABOVE + written, flaw }),
                None => *pesos_by_year.entry(year).or_default() += row.pesos,
            }
        }
    }
    Investments { bytes: sheet.encode(), rows, broken, pesos_by_year }
}

/// The text of the file.
struct Sheet(String);

impl Sheet {
    fn titled() -> Self {
        let mut sheet = Self(String::new());
        for title in [
            "GOBIERNO REGIONAL DE ÑUBLE · CARTERA DE INICIATIVAS DE INVERSIÓN",
            "DATOS DE EJEMPLO: montos e iniciativas inventados",
        ] {
            let mut cells = vec![title.to_owned()];
            cells.resize(HEADERS.len() + 2 * MONTHS.len(), String::new());
            sheet.push(&cells);
        }
        let headers: Vec<String> =
            HEADERS.iter().chain(&MONTHS).chain(&MONTHS).map(|name| (*name).to_owned()).collect();
        sheet.push(&headers);
        sheet
    }

    fn push(&mut self, cells: &[String]) {
        let quoted = cells.iter().map(|cell| {
            if cell.contains([';', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
        });
        self.0.push_str(&quoted.collect::<Vec<_>>().join(";"));
        self.0.push_str("\r\n");
    }

    fn encode(self) -> Vec<u8> {
        let (bytes, _, unmappable) = WINDOWS_1252.encode(&self.0);
        assert!(!unmappable, "a word in words.rs cannot be written in Windows-1252");
        bytes.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::words::COMUNAS;
    use super::*;

    const COMMITTED: &[u8] = include_bytes!("../../../../datasets/inversiones/sample/inversiones.csv");

    fn sample() -> Investments {
        investments(SAMPLE_SEED, SAMPLE_ROWS)
    }

    fn lines(file: &Investments) -> Vec<String> {
        WINDOWS_1252.decode(&file.bytes).0.split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        assert_eq!(investments(7, 500), investments(7, 500));
        assert_ne!(investments(7, 500).bytes, investments(8, 500).bytes);
    }

    #[test]
    fn the_committed_sample_is_what_the_generator_writes() {
        assert!(sample().bytes == COMMITTED, "run the inversiones example of this crate again and commit the file");
    }

    #[test]
    fn about_one_row_in_fifty_is_broken_in_every_way_there_is() {
        let sample = sample();
        let per_mille = sample.broken.len() * 1000 / sample.rows;
        assert!((15..=25).contains(&per_mille), "{per_mille} per mille");
        assert_eq!(sample.broken.iter().map(|row| row.flaw).collect::<BTreeSet<_>>().len(), 10);
        let lines = lines(&sample);
        for row in &sample.broken {
            let cells = lines[row.source_row - 1].split(';').count();
            assert_eq!(row.flaw == Flaw::TooFewCells, cells < HEADERS.len(), "row {}", row.source_row);
        }
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_does() {
        let sample = sample();
        let lines = lines(&sample);
        assert_eq!(lines.len(), ROWS_ABOVE + SAMPLE_ROWS);
        assert!(lines[1].starts_with("DATOS DE EJEMPLO"));
        assert!(lines[2].starts_with(";CODIGO ÚNICO;AÑO PRESUPUESTARIO"));
        let missing = sample.broken.iter().find(|row| row.flaw == Flaw::CodeMissing).expect("one without a code");
        assert_eq!(lines[missing.source_row - 1].split(';').nth(1), Some(""));
    }

    /// The index of the comuna a line names, when it names one.
    fn comuna_of(line: &str) -> Option<usize> {
        let place = line.split(';').nth(row::PLACE)?.to_uppercase().replace("COMUNA DE", "");
        let place = place.split_whitespace().collect::<Vec<_>>().join(" ");
        COMUNAS.iter().position(|comuna| comuna.spellings.iter().any(|spelling| spelling.to_uppercase() == place))
    }

    #[test]
    fn every_comuna_has_good_rows_in_every_year() {
        let sample = investments(3, 400);
        let broken: BTreeSet<usize> = sample.broken.iter().map(|row| row.source_row).collect();
        let lines = lines(&sample);
        let good = (1..).zip(&lines).skip(ROWS_ABOVE).filter(|(number, _)| !broken.contains(number));
        let seen: BTreeSet<_> =
            good.filter_map(|(_, line)| Some((line.split(';').nth(row::YEAR)?, comuna_of(line)?))).collect();
        assert_eq!(seen.len(), COMUNAS.len() * GROWTH.len());
    }

    #[test]
    fn most_rows_name_one_comuna_and_amounts_grow() {
        let sample = sample();
        let single = lines(&sample).iter().filter_map(|line| comuna_of(line)).count();
        assert!((55..=65).contains(&(single * 100 / sample.rows)), "{single} rows");
        let (first, last) = (sample.pesos_by_year[&2019], sample.pesos_by_year[&2025]);
        assert!(last > first && first > 20_000_000_000, "{first} {last}");
    }
}
