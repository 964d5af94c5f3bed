//! What must hold for every input, not only for the ones somebody thought of.

mod codes;
mod names;
mod numbers;
mod territory;

use proptest::prelude::ProptestConfig;

/// The usual number of cases; a failing one is printed, not written into the sources.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}
