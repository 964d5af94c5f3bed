//! Dialects and decimal marks: whatever the sample, a delimiter and a header row that are there.
#![no_main]

use goreos_domain::{DecimalEvidence, Stated, find_dialect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|sample: &[u8]| {
    let dialect = find_dialect(sample, Stated::default());
    assert!(dialect.header_row >= 1 && dialect.delimiter().is_ascii());
    let lines = sample.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    assert!(usize::try_from(dialect.header_row).is_ok_and(|row| row <= lines), "row {} of {lines}", dialect.header_row);
    let mut evidence = DecimalEvidence::default();
    for cell in String::from_utf8_lossy(sample).split([';', '\n']) {
        evidence.see(cell);
    }
    let _ = evidence.mark();
});
