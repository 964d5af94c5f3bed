//! One column as its cells go by.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use goreos_domain::{
    DecimalMark, Gazetteer, Period, Rut, is_error_cell, parse_bool, parse_date, parse_decimal, parse_integer,
    parse_money,
};

use super::places;
use super::profile::{ColumnProfile, Guess, Misfit, Misfits};

/// Cells kept of those that do not fit.
const MOST_MISFITS: usize = 3;
/// Characters kept of a cell.
const MOST_SIGNS: usize = 60;
/// Values listed when a column has no more.
const FEW: usize = 12;
/// Different spellings of "no value" told apart.
const MOST_NULLS: usize = 24;
/// A kind is given up when so many cells, and a fifth of all, are not of it.
const GIVE_UP: u64 = 200;
/// Longest value told apart from others.
const LONGEST: usize = 200;

/// What people write where there is nothing to write, in lower case.
const NULLS: [&str; 22] = [
    "-",
    "--",
    "---",
    "–",
    "—",
    "s/i",
    "s.i.",
    "s/d",
    "n/a",
    "n.a.",
    "n/d",
    "null",
    "none",
    "nan",
    "sin información",
    "sin informacion",
    "sin dato",
    "sin datos",
    "no informa",
    "no aplica",
    "no disponible",
    "(en blanco)",
];

/// A cell: what it holds.
pub(super) enum Cell<'a> {
    Value(&'a str),
    /// Nothing, or a word for it.
    Nothing,
}

/// What was seen of a column.
pub(super) struct Column {
    seen: ColumnProfile,
    given_up: [bool; Guess::ALL.len()],
    /// Values to their rows, as long as they are not too many.
    values: HashMap<String, u64>,
    most_values: usize,
}

impl Column {
    pub(super) fn new(header: &str, mark: Option<DecimalMark>, most_values: usize) -> Self {
        Self {
            seen: ColumnProfile {
                header: header.into(),
                mark,
                filled: 0,
                empty: 0,
                nulls: BTreeMap::new(),
                errors: Misfits::default(),
                distinct: 0,
                distinct_beyond: false,
                values: Vec::new(),
                examples: Vec::new(),
                longest: 0,
                misfits: Guess::ALL.into_iter().map(|guess| (guess, Misfits::default())).collect(),
                range: None,
                days: None,
                leading_zeros: 0,
                signs: BTreeMap::new(),
                named: None,
                coded: None,
            },
            given_up: [false; Guess::ALL.len()],
            values: HashMap::new(),
            most_values,
        }
    }

    /// Takes a trimmed cell, and says what it holds.
    pub(super) fn see<'a>(&mut self, row: i64, text: &'a str) -> Cell<'a> {
        let seen = &mut self.seen;
        if text.is_empty() {
            seen.empty += 1;
            return Cell::Nothing;
        }
        if is_null(text) && (seen.nulls.len() < MOST_NULLS || seen.nulls.contains_key(text)) {
            seen.empty += 1;
            *seen.nulls.entry(text.to_owned()).or_default() += 1;
            return Cell::Nothing;
        }
        if is_error_cell(text) {
            seen.empty += 1;
            seen.errors.add(row, text);
            return Cell::Nothing;
        }
        seen.filled += 1;
        seen.longest = seen.longest.max(text.chars().count());
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        seen.leading_zeros += u64::from(digits && text.len() > 1 && text.starts_with('0'));
        if let Some(sign) = money_sign(text) {
            *seen.signs.entry(sign.into()).or_default() += 1;
        }
        self.tell_apart(text);
        self.guess(row, text);
        Cell::Value(text)
    }

    /// Takes a formula whose result was never saved: an error as good as any.
    pub(super) fn see_formula<'a>(&mut self, row: i64, text: &str) -> Cell<'a> {
        self.seen.empty += 1;
        self.seen.errors.add(row, text);
        Cell::Nothing
    }

    fn tell_apart(&mut self, text: &str) {
        if self.seen.distinct_beyond {
            return;
        }
        if let Some(rows) = self.values.get_mut(text) {
            *rows += 1;
        } else if self.values.len() == self.most_values || text.len() > LONGEST {
            self.seen.distinct_beyond = true;
            self.seen.distinct = self.values.len() as u64;
            self.values = HashMap::new();
        } else {
            if self.seen.examples.len() < MOST_MISFITS {
                self.seen.examples.push(shortened(text));
            }
            self.values.insert(text.to_owned(), 1);
        }
    }

    fn guess(&mut self, row: i64, text: &str) {
        let mark = self.seen.mark.unwrap_or(DecimalMark::Comma);
        for (guess, given_up) in Guess::ALL.into_iter().zip(&mut self.given_up) {
            if *given_up {
                continue;
            }
            let fits = match guess {
                Guess::Int => parse_integer(text, mark).is_ok(),
                Guess::Real => parse_decimal(text, mark).inspect(|value| widen(&mut self.seen.range, *value)).is_ok(),
                Guess::Pesos => parse_money(text, mark, 0).is_ok(),
                Guess::Thousands => parse_money(text, mark, 3)
                    .inspect(|pesos| widen(&mut self.seen.range, approximate(*pesos) / 1e3))
                    .is_ok(),
                Guess::Millions => parse_money(text, mark, 6).is_ok(),
                Guess::Date => parse_date(text).inspect(|day| extend(&mut self.seen.days, *day)).is_some(),
                Guess::Period => Period::parse(text).is_ok(),
                Guess::Cut => Gazetteer::official().of_code(text).is_some(),
                Guess::Rut => Rut::parse(text).is_ok(),
                Guess::Bool => parse_bool(text).is_some(),
            };
            if !fits && let Some(misfits) = self.seen.misfits.get_mut(&guess) {
                misfits.add(row, text);
                *given_up = misfits.count > GIVE_UP && misfits.count * 5 > self.seen.filled;
            }
        }
    }

    pub(super) fn finish(mut self) -> ColumnProfile {
        let seen = &mut self.seen;
        if !seen.distinct_beyond {
            seen.distinct = self.values.len() as u64;
            let mut values: Vec<(String, u64)> = self.values.into_iter().collect();
            values.sort_by(|(a, rows_a), (b, rows_b)| rows_b.cmp(rows_a).then_with(|| a.cmp(b)));
            seen.named = places::named(&values);
            seen.coded = places::coded(&values);
            if values.len() <= FEW {
                seen.values = values;
            }
        }
        self.seen
    }
}

impl Misfits {
    fn add(&mut self, row: i64, text: &str) {
        self.count += 1;
        if self.first.len() < MOST_MISFITS {
            self.first.push(Misfit { row, text: shortened(text) });
        }
    }
}

fn is_null(text: &str) -> bool {
    text.len() <= 20 && NULLS.contains(&text.to_lowercase().as_str())
}

/// `$`, `M$` or `MM$` before the number.
fn money_sign(text: &str) -> Option<&'static str> {
    let bare = text.trim_start_matches(['-', '−', '–', '(', ' ']);
    let upper: String = bare.chars().take(3).collect::<String>().to_uppercase();
    ["MM$", "M$", "$"].into_iter().find(|sign| upper.starts_with(sign))
}

fn widen(range: &mut Option<(f64, f64)>, value: f64) {
    let (least, greatest) = range.unwrap_or((value, value));
    *range = Some((least.min(value), greatest.max(value)));
}

fn extend(days: &mut Option<(NaiveDate, NaiveDate)>, day: NaiveDate) {
    let (first, last) = days.unwrap_or((day, day));
    *days = Some((first.min(day), last.max(day)));
}

#[expect(clippy::cast_precision_loss, reason = "only shown")]
fn approximate(pesos: i64) -> f64 {
    pesos as f64
}

pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_SIGNS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}
