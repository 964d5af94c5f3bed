#![doc = include_str!("../README.md")]

mod cause;
mod contract;
mod date;
mod error_cell;
mod export;
mod fault;
mod format;
mod formula;
pub mod gate;
mod id;
mod number;
mod period;
mod run;
mod rut;
mod territory;
mod text;
mod yes_no;

pub use cause::cause_es;
pub use contract::{
    Access, Approval, CatchUp, Column, ColumnType, Contract, Derive, Drift, ErrorCells, Figure, FileFormat, Gate,
    GateLimit, GeometrySource, GeometryType, InvalidGeometry, Load, LoadMode, MissingGeometry, MoneyUnit, Place,
    PlaceBy, PlaceGeometry, PlaceTerritory, Reaction, Schedule, Share, Source,
};
pub use date::parse_date;
pub use error_cell::is_error_cell;
pub use export::ExportFormat;
pub use fault::{Fault, Retry};
pub use format::{Decimals, date_es, decimal_es, integer_es, moment_es, thousands_of_pesos};
pub use formula::defused;
pub use id::{ColumnName, DatasetId, EditionId, ReleaseId, RunId, Srid};
pub use number::{DecimalMark, NumberError, parse_decimal, parse_integer, parse_money};
pub use period::{Period, PeriodError};
pub use run::{AuditAction, Job, Phase, RunState, Trigger};
pub use rut::{Rut, RutError};
pub use territory::{Cut, CutError, Gazetteer, Level, Territory, fold};
pub use text::{
    Charset, DecimalEvidence, Decoder, Detector, Dialect, Found, HeaderRow, Record, Splitting, Stated, find_dialect,
    find_header, judge_encoding, mend_mojibake, split_row,
};
pub use yes_no::parse_bool;
