//! Territorial codes: whatever the text, a code that reads back as itself and lies inside its region, or none.
#![no_main]

use goreos_domain::{Cut, Gazetteer, Level};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(cut) = Cut::parse(text) else { return };
    assert_eq!(Cut::parse(cut.as_str()).as_ref(), Ok(&cut), "{text:?}");
    if let Some(known) = Gazetteer::official().get(&cut) {
        let region = known.cut.at(Level::Region).expect("every territory has a region");
        assert!(known.cut.is_within(&region), "{text:?}: {}", known.cut);
    }
});
