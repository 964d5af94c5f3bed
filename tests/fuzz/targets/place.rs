//! Names of places: whatever the text, a territory whose own name finds it again, or none; and what is proposed is never taken in silence.
#![no_main]

use goreos_domain::{Gazetteer, Level, fold};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let gazetteer = Gazetteer::official();
    assert_eq!(fold(&fold(text)), fold(text), "{text:?}: folding twice");
    for level in [Level::Comuna, Level::Provincia, Level::Region] {
        let found = gazetteer.find(text, level);
        if let Some(territory) = found {
            assert_eq!(territory.level, level, "{text:?}");
            assert_eq!(gazetteer.find(&territory.name, level).map(|t| &t.cut), Some(&territory.cut), "{text:?}");
        }
        let _ = gazetteer.suggest(text, level, None);
    }
});
