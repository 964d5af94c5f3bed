//! Dates: whatever the text, a day of the calendar or none; and a day written in Chile's way reads back as itself.
#![no_main]

use goreos_domain::{date_es, parse_date};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(day) = parse_date(text) {
        assert_eq!(parse_date(&date_es(day)), Some(day), "{text:?}");
        assert_eq!(parse_date(&day.to_string()), Some(day), "{text:?}");
    }
});
