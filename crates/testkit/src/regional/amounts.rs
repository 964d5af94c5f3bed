//! Amounts and days as people write them.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::{Cell, Native};

/// `1234567` with a mark between the groups of three.
pub(super) fn grouped(number: i64, mark: char) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

/// Thousands of pesos as the head office writes them: commas between the groups, a point before decimals.
pub(super) fn thousands(rng: &mut ChaCha8Rng) -> (Cell, i64) {
    let amount = rng.random_range(1_000..3_000_000_i64);
    let commas = grouped(amount, ',');
    match rng.random_range(0..10) {
        0..4 => (Cell::text(format!("${commas}")), amount * 1000),
        4..7 => (Cell::text(format!("M${commas}")), amount * 1000),
        7 => (Cell::text(format!("{commas}.5")), amount * 1000 + 500),
        8 => (Cell::kept(commas, Native::Number(exact(amount))), amount * 1000),
        _ => (Cell::kept(format!(" $ {commas} "), Native::Formula("=Y1*2", exact(amount))), amount * 1000),
    }
}

/// Pesos as the municipalities write them: points between the groups.
pub(super) fn pesos(rng: &mut ChaCha8Rng) -> (Cell, i64) {
    let amount = rng.random_range(5..90_000_i64) * 1000;
    let points = grouped(amount, '.');
    match rng.random_range(0..10) {
        0..6 => (Cell::text(format!("${points}")), amount),
        6 => (Cell::text(format!("-{points}")), -amount),
        7 => (Cell::text(format!("$ {points}.-")), amount),
        _ => (Cell::kept(points, Native::Number(exact(amount))), amount),
    }
}

#[expect(clippy::cast_precision_loss, reason = "amounts of ten digits fit a double")]
fn exact(amount: i64) -> f64 {
    amount as f64
}

/// A day in one of the six styles in use, or as a workbook keeps days; and as ISO 8601 writes it.
pub(super) fn day(rng: &mut ChaCha8Rng, year: i64) -> (Cell, String) {
    let (day, month) = (rng.random_range(1..=28_u8), rng.random_range(1..=12_u8));
    let short = year % 100;
    let cell = match rng.random_range(0..8) {
        0 => Cell::text(format!("{day:02}.{month:02}.{year}")),
        1 => Cell::text(format!("{day}.{month}.{short}")),
        2 => Cell::text(format!("{day}.{month}.{year}")),
        3 => Cell::text(format!("{day:02}-{month:02}-{year}")),
        4 => Cell::text(format!("{day:02}/{month:02}/{year}")),
        5 => Cell::text(format!("{}/ {day:02}.{month:02}.{year}", rng.random_range(100..2000))),
        _ => {
            let year = u16::try_from(year).expect("a year of now");
            Cell::kept(format!("{day:02}-{month:02}-{year}"), Native::Day { year, month, day })
        }
    };
    (cell, format!("{year}-{month:02}-{day:02}"))
}
