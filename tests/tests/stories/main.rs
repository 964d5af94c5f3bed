//! Stories through the front door: what the data team and planners do, and what may go wrong.

mod check;
mod contract;
mod crash;
mod figures;
mod load;
mod refused;
mod report;
mod schedule;
mod settings;
mod spreadsheet;
mod unchanged;
