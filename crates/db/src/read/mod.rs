//! Read models: what pages, reports and the command line show, as plain structs.
//!
//! Every figure comes from the release tables of the edition given; what the catalogue says (runs, documents, schedules)
//! is as of now. Amounts are whole pesos, geometries are WKB in longitude and latitude (EPSG:4326), every list is bounded.

mod dashboard;
mod document;
mod edition;
mod home;
mod page;
mod profile;
mod run;
mod source;

pub use dashboard::{
    Amount, Area, Choices, Dashboard, DashboardFilter, LevelAmount, Measure, Named, PlacedAt, Totals, YearTotals, areas, dashboard,
};
pub use document::{Document, DocumentKey, PendingReport, document, document_for, documents, pending_report, pending_reports};
pub use edition::{Change, EditionLine, HeldRelease, edition_line, editions, held_releases};
pub use home::{DatasetFreshness, FreshRelease, LastRun, home};
pub use page::{Page, Paged};
pub use profile::{Initiative, Population, Profile, Rank, Settlement, TypologyAmount, YearAmount, profile};
pub use run::{
    Cause, LogLine, PhaseLine, Reason, Reject, RunDetail, RunFilter, RunLine, causes, rejects, rejects_after, run, runs,
};
pub use source::{Provenance, SourceFile, sources};
