#![doc = include_str!("../README.md")]

mod big;
mod database;
mod investments;
mod layer;
mod regional;
mod sheet;

pub use big::{Budget, Cadastre, Form, budget, budget_contract, parcels, parcels_contract};
pub use database::Database;
pub use investments::{BrokenRow, Flaw, Investments, SAMPLE_ROWS, SAMPLE_SEED, investments};
pub use layer::{Feature, Field, Geometry, Kind, Layer, Shapefile, archive, utm};
pub use regional::{Refused, Regional, SUMS, regional, regional_clean};
pub use sheet::{Cell, Encoding, Native, Sheet};
