//! Read models: what pages, reports and the command line show, as plain structs.
//!
//! Every figure comes from the release tables of the edition given; what the catalogue says (runs, documents, schedules)
//! is as of now. Amounts are whole pesos, geometries are WKB in longitude and latitude (EPSG:4326), every list is bounded.

mod amount;
mod dashboard;
mod document;
mod edition;
mod export;
mod home;
mod mendable;
mod page;
mod profile;
mod provenance;
mod reject;
mod run;
mod source;
mod waiting;

use sqlx::AssertSqlSafe;

use crate::{DbError, Edition};

pub use amount::{Amount, PlacedAt, Totals, YearTotals};
pub use dashboard::{Area, Choices, Dashboard, DashboardFilter, LevelAmount, Measure, Named, areas, dashboard};
pub use document::{
    Document, DocumentKey, PendingReport, document, document_for, documents, pending_report, pending_reports,
};
pub use edition::{Change, EditionLine, HeldRelease, edition_line, editions, held_releases};
pub use export::{Export, ExportRun, ExportedFile, Offered, export, export_run, exports, offered};
pub use home::{DatasetFreshness, FreshRelease, LastRun, home};
pub use mendable::{Base, Mendable, mend_runs, mendable};
pub use page::{Page, Paged};
pub use profile::{Initiative, Population, Profile, Rank, Settlement, TypologyAmount, YearAmount, profile};
pub use provenance::{
    Behind, Figure, Link, Measure as FigureMeasure, RowCells, RowColumn, RowFilter, RowKind, RowLevel, RowSet, Trace,
    Value as FigureValue, rows_behind, trace,
};
pub use reject::{
    Cause, ComunaOutline, Reason, Reject, RejectColumn, RejectPoint, causes, outlines, reject_columns, reject_points,
    rejects, rejects_after,
};
pub use run::{LogLine, PhaseLine, RunDetail, RunFilter, RunLine, run, runs};
pub use source::{Provenance, SourceFile, sources};
pub use waiting::{WaitingRun, waiting};

/// The statement on the tables of that edition. Safe to run: its text is a file of ours, and release tables are named by
/// checked identifiers and numbers.
fn on(edition: &Edition, statement: &str) -> Result<AssertSqlSafe<String>, DbError> {
    edition.sql(statement).map(AssertSqlSafe)
}

/// A word of the ledger as the type that stands for it.
fn word<T: TryFrom<String>>(stored: String) -> Result<T, DbError> {
    T::try_from(stored.clone()).map_err(|_| DbError::UnknownWord(stored))
}
