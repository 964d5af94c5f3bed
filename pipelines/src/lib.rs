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
mod boundaries;
mod child;
mod datum;
mod difference;
mod drift;
mod encode;
pub mod export;
mod infer;
mod ingest;
mod keys;
mod load;
mod mend;
mod position;
mod progress;
mod reason;
mod stop;

pub use child::{
    Cause, Context, DryRun, Mend, PROFILE_SOURCE, READ_SOURCE, Sample, dry_run, fits, profile_source, read_source,
};
pub use difference::{Difference, write_difference};
pub use infer::{ColumnProfile, Draft, Guess, Misfit, Misfits, Part, Places, Profile, Refusal, Shapes, infer};
pub use ingest::{Ended, Platform, current_boundaries, ingest};
pub use progress::Progress;
pub use stop::Stop;

#[cfg(test)]
use child::trial;

/// A failure of our own that no input should be able to cause.
pub(crate) fn internal(error: &dyn std::fmt::Display) -> goreos_domain::Fault {
    goreos_domain::Fault::give_up(
        "internal",
        format!("Error interno: {error}."),
        "Avise al equipo de la plataforma con el número de esta ejecución.",
    )
}
