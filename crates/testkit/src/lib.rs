#![doc = include_str!("../README.md")]

mod database;
mod investments;

pub use database::Database;
pub use investments::{BrokenRow, Flaw, Investments, SAMPLE_ROWS, SAMPLE_SEED, investments};
