//! Tax numbers and periods: whatever the text, a value that reads back as itself, or a reason.
#![no_main]

use goreos_domain::{Period, Rut, parse_bool};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(rut) = Rut::parse(text) {
        assert_eq!(Rut::parse(&rut.to_string()), Ok(rut), "{text:?}: {rut}");
    }
    if let Ok(period) = Period::parse(text) {
        assert_eq!(Period::parse(&period.to_string()), Ok(period), "{text:?}: {period}");
    }
    let _ = parse_bool(text);
});
