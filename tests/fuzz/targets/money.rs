//! Amounts and numbers: whatever the text, a number or a reason; and a number written in Chile's way reads back as itself.
#![no_main]

use goreos_domain::{DecimalMark, integer_es, parse_decimal, parse_integer, parse_money};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for mark in [DecimalMark::Comma, DecimalMark::Point] {
        let _ = parse_integer(text, mark);
        if let Ok(real) = parse_decimal(text, mark) {
            assert!(real.is_finite(), "{text:?}: {real}");
        }
        for power in [0, 3, 6] {
            if let Ok(pesos) = parse_money(text, mark, power) {
                let written = integer_es(pesos);
                assert_eq!(parse_money(&written, DecimalMark::Comma, 0), Ok(pesos), "{text:?}: {written}");
            }
        }
    }
});
