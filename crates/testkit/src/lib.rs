//! stub
mod investments;
pub use investments::{BrokenRow, Flaw, Investments, SAMPLE_ROWS, SAMPLE_SEED, investments};
