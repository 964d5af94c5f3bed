#![doc = include_str!("../README.md")]

mod comuna;
mod error;
mod fonts;
mod printable;
mod world;

pub use comuna::{
    ComunaReport, Drawing, Edition, Figure, InitiativeRow, LegendClass, Source, Total, TypologyRow, YearRow, comuna,
};
pub use error::ReportError;
pub use fonts::Fonts;
