#![doc = include_str!("../README.md")]

mod cause;
mod contract;
mod date;
mod fault;
mod format;
mod id;
mod number;
mod run;
mod territory;

pub use cause::cause_es;
pub use contract::{
    Access, CatchUp, Column, ColumnType, Contract, Derive, FileFormat, Gate, GateRejected, GateRows, GeometrySource,
    GeometryType, Load, LoadMode, MoneyUnit, Place, PlaceBy, PlaceGeometry, PlaceTerritory, Repair, Schedule, Share,
    Source,
};
pub use date::parse_date;
pub use fault::{Fault, Retry};
pub use format::{Decimals, date_es, decimal_es, integer_es, moment_es, thousands_of_pesos};
pub use id::{ColumnName, DatasetId, EditionId, ReleaseId, RunId, Srid};
pub use number::{DecimalMark, NumberError, parse_decimal, parse_integer, parse_money};
pub use run::{Job, Phase, RunState, Trigger};
pub use territory::{Cut, CutError, Gazetteer, Level, Territory, fold};
