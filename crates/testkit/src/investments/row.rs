//! One row after another, good or broken.

use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::Flaw;
use super::words::{COMUNAS, Comuna, NO_COMUNAS, OBJECTS, ORIGINS, PROVINCES, STATES, SURROUNDINGS, TYPES, Typology};

pub(super) const CODE: usize = 1;
pub(super) const YEAR: usize = 2;
pub(super) const PLACE: usize = 6;
pub(super) const AMOUNT: usize = 10;
pub(super) const CERTIFIED: usize = 11;
pub(super) const HEADERS: [&str; 13] = [
    "",
    "CODIGO ÚNICO",
    "AÑO PRESUPUESTARIO",
    "ORIGEN",
    "TIPOLOGIA",
    "PROVINCIA",
    "COMUNA",
    "CODIGO BIP",
    "NOMBRE INICIATIVA",
    "MONTO TOTAL PROYECTO",
    "MONTO FNDR M$",
    "FECHA CERTIFICADO",
    "ESTADO",
];
pub(super) const MONTHS: [&str; 12] =
    ["ENE", "FEB", "MAR", "ABR", "MAY", "JUN", "JUL", "AGO", "SEP", "OCT", "NOV", "DIC"];

/// Cells of a row that ends too early.
const SHORT_ROW: usize = 6;
/// Flaws in the order they are given out, so that each appears.
const FLAWS: [Flaw; 10] = [
    Flaw::AmountReference,
    Flaw::PlaceUnknown,
    Flaw::CodeMissing,
    Flaw::AmountText,
    Flaw::CodeRepeated,
    Flaw::YearTooShort,
    Flaw::TooFewCells,
    Flaw::DateImpossible,
    Flaw::YearTooLong,
    Flaw::AmountMissing,
];

/// Where an amount goes.
pub(super) enum Site {
    /// The row that keeps the promise of one good row per comuna and year: never broken.
    Promised(&'static Comuna),
    Comuna(&'static Comuna),
    Province(usize),
    Region,
    Several(usize, Vec<&'static Comuna>),
}

/// A row as written, and the truth about it.
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    pub(super) flaw: Option<Flaw>,
    pub(super) pesos: i64,
}

/// Whoever fills in the spreadsheet.
pub(super) struct Author {
    rng: ChaCha8Rng,
    flaws_given: usize,
    written: usize,
    last_good_code: Option<String>,
}

impl Author {
    pub(super) fn new(rng: ChaCha8Rng) -> Self {
        Self { rng, flaws_given: 0, written: 0, last_good_code: None }
    }

    /// Where the amounts of a year with `count` rows go: every comuna once, the rest by weight, in no order.
    pub(super) fn sites(&mut self, count: usize) -> Vec<Site> {
        let mut sites: Vec<Site> = COMUNAS.iter().take(count).map(Site::Promised).collect();
        while sites.len() < count {
            sites.push(self.site());
        }
        sites.shuffle(&mut self.rng);
        sites
    }

    fn site(&mut self) -> Site {
        match self.rng.random_range(0..100) {
            0..58 => Site::Comuna(self.comuna()),
            58..71 => Site::Province(self.rng.random_range(0..3)),
            71..90 => Site::Region,
            _ => {
                let province = self.rng.random_range(0..3);
                let inside: Vec<&Comuna> = COMUNAS.iter().filter(|comuna| comuna.province == province).collect();
                let count = self.rng.random_range(2..5);
                Site::Several(province, inside.sample(&mut self.rng, count).copied().collect())
            }
        }
    }

    fn comuna(&mut self) -> &'static Comuna {
        weighted(&mut self.rng, &COMUNAS, |comuna| comuna.weight)
    }

    /// The `nth` row of a year. `growth` compares its amounts with the first year's, in percent.
    pub(super) fn row(&mut self, year: i32, growth: i64, nth: usize, site: &Site) -> Row {
        self.written += 1;
        let typology = weighted(&mut self.rng, &TYPES, |typology| typology.weight);
        let (amount, pesos) = self.amount(typology, growth, site);
        let code = format!("{nth:04}-{year}");
        let mut cells = vec![
            self.written.to_string(),
            code.clone(),
            year.to_string(),
            self.pick(&ORIGINS).to_owned(),
            self.spelling(typology.spellings).to_owned(),
            self.province(site),
            self.place(site),
            self.bip(),
            self.name(typology, site),
            format!("${}", grouped(pesos.abs() / 1000 * self.rng.random_range(100..140) / 100)),
            amount,
            self.certified(year),
            self.state(year),
        ];
        cells.extend((0..2 * MONTHS.len()).map(|_| self.month()));
        let flaw = if matches!(site, Site::Promised(_)) || !self.rng.random_ratio(1, 42) {
            None
        } else {
            self.spoil(&mut cells, year)
        };
        if flaw.is_none() {
            self.last_good_code = Some(code);
        }
        Row { cells, flaw, pesos }
    }

    /// Breaks a row in the way whose turn it is; `None` when that way needs a good row before this one.
    fn spoil(&mut self, cells: &mut Vec<String>, year: i32) -> Option<Flaw> {
        let flaw = FLAWS[self.flaws_given % FLAWS.len()];
        match flaw {
            Flaw::AmountReference => cells[AMOUNT] = "#REF!".into(),
            Flaw::AmountText => cells[AMOUNT] = self.pick(&["POR DEFINIR", "VER CONVENIO"]).into(),
            Flaw::AmountMissing => cells[AMOUNT].clear(),
            Flaw::PlaceUnknown => cells[PLACE] = self.pick(&NO_COMUNAS).into(),
            Flaw::CodeMissing => cells[CODE].clear(),
            Flaw::CodeRepeated => cells[CODE].clone_from(self.last_good_code.as_ref()?),
            Flaw::YearTooShort => cells[YEAR] = format!("2{}", year % 100),
            Flaw::YearTooLong => cells[YEAR].push('1'),
            Flaw::TooFewCells => cells.truncate(SHORT_ROW),
            Flaw::DateImpossible => cells[CERTIFIED] = format!("31-02-{year}"),
        }
        self.flaws_given += 1;
        Some(flaw)
    }

    /// An amount as written in thousands of pesos, and what it means in pesos.
    fn amount(&mut self, typology: &Typology, growth: i64, site: &Site) -> (String, i64) {
        let scale = match site {
            Site::Promised(comuna) | Site::Comuna(comuna) => comuna.scale,
            Site::Province(_) => 190,
            Site::Region => 260,
            Site::Several(_, comunas) => 60 * i64::try_from(comunas.len()).unwrap_or(1),
        };
        // Two throws multiplied: many small amounts, a few large ones, 1.0 on average.
        let throw = self.rng.random_range(25..=175) * self.rng.random_range(25..=175);
        let thousands = typology.amount * throw / 10_000 * scale / 100 * growth / 100;
        match self.rng.random_range(0..200) {
            0 => (format!("-{}", grouped(thousands / 20)), -(thousands / 20) * 1000),
            1..20 => (format!("{thousands},5"), thousands * 1000 + 500),
            20..90 => (format!("M${}", grouped(thousands)), thousands * 1000),
            90..150 => (format!("${}", grouped(thousands)), thousands * 1000),
            _ => (grouped(thousands), thousands * 1000),
        }
    }

    fn province(&mut self, site: &Site) -> String {
        match site {
            Site::Promised(comuna) | Site::Comuna(comuna) => self.spelling(PROVINCES[comuna.province]).to_owned(),
            Site::Province(province) | Site::Several(province, _) => self.spelling(PROVINCES[*province]).to_owned(),
            Site::Region => "REGIONAL".into(),
        }
    }

    fn place(&mut self, site: &Site) -> String {
        match site {
            Site::Promised(comuna) | Site::Comuna(comuna) => self.dressed(comuna),
            Site::Province(province) => self.spelling(PROVINCES[*province]).to_owned(),
            Site::Region => "REGIONAL".into(),
            Site::Several(_, comunas) => {
                let names: Vec<&str> = comunas.iter().map(|comuna| self.spelling(comuna.spellings)).collect();
                match names.split_last() {
                    Some((last, rest)) if self.rng.random_bool(0.4) => format!("{} Y {last}", rest.join(", ")),
                    _ => names.join(", "),
                }
            }
        }
    }

    /// A comuna's name with what people and spreadsheets add to it.
    fn dressed(&mut self, comuna: &Comuna) -> String {
        let name = self.spelling(comuna.spellings);
        match self.rng.random_range(0..100) {
            0..5 => format!("COMUNA DE {name}"),
            5..10 => format!("{name}\u{a0}"),
            10..14 => format!("{name}  "),
            14..18 if name.contains(' ') => name.replace(' ', "  "),
            _ => name.to_owned(),
        }
    }

    fn name(&mut self, typology: &Typology, site: &Site) -> String {
        let (verb, object) = (self.pick(&typology.verbs), self.pick(&OBJECTS));
        match site {
            Site::Promised(comuna) | Site::Comuna(comuna) => {
                format!(
                    "{verb} {object}, {}, COMUNA DE {}",
                    self.pick(&SURROUNDINGS),
                    comuna.spellings[0].to_uppercase()
                )
            }
            Site::Province(province) => format!("{verb} {object}, PROVINCIA DE {}", PROVINCES[*province][0]),
            Site::Region => format!("{verb} {object}, REGIÓN DE ÑUBLE"),
            Site::Several(..) => format!("{verb} {object}, VARIAS COMUNAS"),
        }
    }

    fn bip(&mut self) -> String {
        if self.rng.random_ratio(1, 6) { String::new() } else { format!("400{:05}", self.rng.random_range(0..100_000)) }
    }

    /// The day of the certificate, in one of the styles in use.
    fn certified(&mut self, year: i32) -> String {
        let (day, month) = (self.rng.random_range(1..=28), self.rng.random_range(1..=12));
        match self.rng.random_range(0..20) {
            0..4 => format!("{day:02}.{month:02}.{year}"),
            4..7 => format!("{day}.{month}.{year}"),
            7..9 => format!("{day}.{month}.{}", year % 100),
            9..12 => format!("{day:02}-{month:02}-{year}"),
            12..14 => format!("{day:02}/{month:02}/{year}"),
            14 => format!("{}/ {day:02}.{month:02}.{year}", self.rng.random_range(100..2000)),
            15 => "s/i".into(),
            16 => "#REF!".into(),
            _ => String::new(),
        }
    }

    fn state(&mut self, year: i32) -> String {
        let possible = if year < 2023 { &STATES[4..] } else { &STATES[..] };
        self.pick(possible).to_owned()
    }

    /// A month's spending: nobody reads these columns, and they look like it.
    fn month(&mut self) -> String {
        match self.rng.random_range(0..100) {
            0..5 => format!("${}", grouped(self.rng.random_range(100..90_000))),
            5 => "#REF!".into(),
            6 => "#N/A".into(),
            _ => String::new(),
        }
    }

    fn spelling(&mut self, spellings: [&'static str; 2]) -> &'static str {
        spellings[usize::from(self.rng.random_ratio(1, 6))]
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[self.rng.random_range(0..words.len())]
    }
}

/// One of `all`, the heavier the likelier.
fn weighted<'a, T>(rng: &mut ChaCha8Rng, all: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
    let mut left = rng.random_range(0..all.iter().map(&weight).sum::<u32>());
    for one in all {
        if left < weight(one) {
            return one;
        }
        left -= weight(one);
    }
    unreachable!("the weights add up to more than any draw")
}

/// `1234567` as `1.234.567`.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}
