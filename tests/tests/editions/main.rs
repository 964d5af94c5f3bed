//! Editions through the front door: the gate and its stewards, differences, rollback, downloads, and readers who never see half of a change.

mod again;
mod difference;
mod exports;
mod gate;
mod layers;
mod layers_busy;
mod provenance;
mod readers;
mod retention;
mod rollback;
mod works;
