#![doc = include_str!("../README.md")]

// The steps, in order.
mod build;
mod check;
mod derive;
mod fetch;
mod gate;
mod place;
mod read;

// How they are joined.
mod child;
mod encode;
mod ingest;
mod keys;
mod progress;
mod reason;
mod stop;

pub use child::{Cause, DryRun, READ_SOURCE, Sample, dry_run, fits, read_source};
pub use ingest::{Outcome, Platform, ingest};
pub use progress::Progress;
pub use stop::Stop;

/// A failure of our own that no input should be able to cause.
pub(crate) fn internal(error: &dyn std::fmt::Display) -> goreos_domain::Fault {
    goreos_domain::Fault::give_up(
        "internal",
        format!("Error interno: {error}."),
        "Avise al equipo de la plataforma con el número de esta ejecución.",
    )
}
