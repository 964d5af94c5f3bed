//! One row after another, good or broken.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::amounts::{day, pesos, thousands};
use super::towns::{PROVINCES, TOWNS, Town, province};
use super::{HEADERS, MONTHS};
use crate::{Cell, Native};

/// A row as written, and the truth about it.
#[derive(Debug)]
pub(super) struct Row {
    number: usize,
    pub(super) code: String,
    /// The code as written, when that is not the code.
    code_cell: String,
    pub(super) year: i64,
    year_cell: Cell,
    province: &'static str,
    place: String,
    /// Total, FNDR, January of two years.
    amounts: [Cell; 4],
    months: Vec<Cell>,
    date: Cell,
    pub(super) level: &'static str,
    pub(super) cuts: Vec<&'static str>,
    pub(super) at: Option<[f64; 2]>,
    pub(super) pesos: [Option<i64>; 4],
    /// ISO 8601.
    pub(super) day: Option<String>,
    pub(super) reasons: Vec<(&'static str, &'static str)>,
}

/// Whoever fills in the spreadsheet.
pub(super) struct Author {
    rng: ChaCha8Rng,
    flaws: usize,
    last_good: Option<String>,
}

/// One row in so many is broken.
const BROKEN: usize = 11;
/// The ways to break a row.
const WAYS: usize = 12;

impl Author {
    pub(super) fn new(rng: ChaCha8Rng) -> Self {
        Self { rng, flaws: 0, last_good: None }
    }

    pub(super) fn row(&mut self, index: usize) -> Row {
        let mut row = self.good(index);
        if index % BROKEN == BROKEN - 1 {
            self.spoil(&mut row);
        }
        if row.reasons.is_empty() {
            self.last_good = Some(row.code.clone());
        }
        row
    }

    pub(super) fn good(&mut self, index: usize) -> Row {
        let year = self.rng.random_range(2023..=2025);
        let code = format!("{year}-{index:06}");
        let mut row = Row {
            number: index + 1,
            code_cell: code.clone(),
            code,
            year,
            year_cell: year_cell(year),
            province: "",
            place: String::new(),
            amounts: std::array::from_fn(|_| Cell::text("")),
            months: (0..2 * MONTHS.len()).map(|_| Cell::text("")).collect(),
            date: Cell::text(["", "s/i", "-"][index % 3]),
            level: "comuna",
            cuts: Vec::new(),
            at: None,
            pesos: [None; 4],
            day: None,
            reasons: Vec::new(),
        };
        self.place(&mut row, index);
        self.fill(&mut row);
        if self.rng.random_ratio(4, 5) {
            let (cell, day) = day(&mut self.rng, year);
            (row.date, row.day) = (cell, Some(day));
        }
        row
    }

    fn place(&mut self, row: &mut Row, index: usize) {
        // The first rows go through all comunas, provinces and spellings; the others are drawn.
        let site = match index {
            0..100 => index % 25,
            _ => self.rng.random_range(0..25),
        };
        match site {
            0..21 => {
                let town = &TOWNS[site];
                (row.cuts, row.at) = (vec![town.cut], Some(town.at));
                spelled(town.spellings, index / 25).clone_into(&mut row.place);
                row.province = spelled(province(town.cut), index / 25);
            }
            21 | 22 => {
                let (code, spellings) = PROVINCES[index % 3];
                (row.level, row.cuts) = ("provincia", vec![code]);
                spelled(spellings, index / 3).clone_into(&mut row.place);
                row.province = spellings[0];
            }
            23 => {
                (row.level, row.cuts, row.province) = ("region", vec!["16"], "REGIONAL");
                row.place = "REGIONAL".into();
            }
            _ => {
                // Of Itata, as in `QUIRIHUE, TREHUACO, COELEMU`.
                let itata = &TOWNS[9..16];
                let some: Vec<&Town> = itata.sample(&mut self.rng, 3).collect();
                let names: Vec<&str> = some.iter().map(|town| town.spellings[0]).collect();
                row.place = match index % 2 {
                    0 => names.join(", "),
                    _ => format!("{}, {} Y {}", names[0], names[1], names[2]),
                };
                (row.level, row.cuts, row.province) = ("multi", some.iter().map(|town| town.cut).collect(), "ITATA");
            }
        }
    }

    fn fill(&mut self, row: &mut Row) {
        for (place, often) in [(0, 9), (1, 9), (2, 3), (3, 3)] {
            if !self.rng.random_ratio(often, 10) {
                continue;
            }
            let (cell, pesos) = if place == 1 { pesos(&mut self.rng) } else { thousands(&mut self.rng) };
            (row.amounts[place], row.pesos[place]) = (cell, Some(pesos));
        }
        // Nobody reads the other months, and they look like it.
        for cell in &mut row.months {
            *cell = match self.rng.random_range(0..30) {
                0 => Cell::kept("#REF!", Native::Error),
                1 => Cell::kept("#N/A", Native::Error),
                2 => Cell::text("$24,064"),
                _ => Cell::text(""),
            };
        }
    }

    /// Breaks a row in the way whose turn it is.
    fn spoil(&mut self, row: &mut Row) {
        let way = self.flaws % WAYS;
        self.flaws += 1;
        row.reasons = match way {
            0 => {
                row.amounts[0] = Cell::kept("#REF!", Native::Error);
                vec![("monto_total", "value.error_cell")]
            }
            1 => {
                row.place = "CHILAN VIEGO".into();
                vec![("comuna", "place.unknown")]
            }
            2 => {
                row.place.clear();
                vec![("comuna", "place.missing")]
            }
            3 => {
                row.code_cell.clear();
                vec![("codigo", "value.missing")]
            }
            4 => {
                row.code_cell = self.last_good.clone().expect("a good row comes first");
                vec![("codigo", "key.repeated")]
            }
            5 => {
                row.date = Cell::text(format!("31-02-{}", row.year));
                vec![("fecha", "value.not_date")]
            }
            6 => {
                // The other convention, in a column that has one.
                row.amounts[0] = Cell::text("$2.800.000");
                vec![("monto_total", "value.not_money")]
            }
            7 => {
                row.amounts[1] = Cell::text("POR DEFINIR");
                vec![("monto_fndr", "value.not_money")]
            }
            8 => {
                row.date = Cell::kept("#N/A", Native::Error);
                vec![("fecha", "value.error_cell")]
            }
            9 => {
                row.amounts[3] = Cell::kept("#VALUE!", Native::Error);
                vec![("enero_2025", "value.error_cell")]
            }
            10 => {
                // Two reasons for one row.
                (row.amounts[1], row.place) = (Cell::text("VER CONVENIO"), "LOS ALAMOZ".into());
                vec![("comuna", "place.unknown"), ("monto_fndr", "value.not_money")]
            }
            _ => {
                row.year_cell = year_cell(row.year % 100);
                vec![("anio", "value.below_min")]
            }
        };
    }
}

fn year_cell(year: i64) -> Cell {
    Cell::kept(year.to_string(), Native::Number(f64::from(i32::try_from(year).expect("a year"))))
}

fn spelled(spellings: &[&'static str], turn: usize) -> &'static str {
    spellings[turn % spellings.len()]
}

impl Row {
    /// As the spreadsheet has it.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let [total, fndr, first, second] = self.amounts.clone();
        let mut cells = vec![
            Cell::text(self.number.to_string()),
            Cell::text(&self.code_cell),
            self.year_cell.clone(),
            Cell::text(self.province),
            Cell::text(&self.place),
            Cell::text(format!("MEJORAMIENTO SEDE \"LOS ÑIRES\"; ETAPA {}", self.number)),
            total,
            fndr,
        ];
        cells.extend(self.months.iter().cloned());
        (cells[HEADERS.len()], cells[HEADERS.len() + MONTHS.len()]) = (first, second);
        cells.push(self.date.clone());
        cells
    }

    pub(super) fn write(&mut self, column: &str, text: &str) {
        match column {
            "codigo" => text.clone_into(&mut self.code_cell),
            "anio" => self.year_cell = Cell::text(text),
            "comuna" => text.clone_into(&mut self.place),
            "monto_total" => self.amounts[0] = Cell::text(text),
            "monto_fndr" => self.amounts[1] = Cell::text(text),
            "enero_2024" => self.amounts[2] = Cell::text(text),
            "enero_2025" => self.amounts[3] = Cell::text(text),
            "fecha" => self.date = Cell::text(text),
            other => panic!("the contract has no column '{other}'"),
        }
    }

    /// As a layer has it: what the contract reads, as text.
    pub(super) fn attributes(&self) -> Vec<String> {
        let head = [self.code_cell.as_str(), &self.year_cell.text, self.province, &self.place];
        let amounts = self.amounts.iter().map(|cell| cell.text.as_str());
        head.into_iter().chain(amounts).chain([self.date.text.as_str()]).map(str::to_owned).collect()
    }
}
