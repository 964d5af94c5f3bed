//! Encodings: whatever the bytes, a verdict that does not depend on how they were cut into pieces, and a decoding that never fails.
#![no_main]

use goreos_domain::{Detector, judge_encoding, mend_mojibake};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let found = judge_encoding(bytes, None);
    assert!(!found.evidence.is_empty());
    let cut = bytes.first().map_or(0, |first| usize::from(*first) % (bytes.len() + 1));
    let mut pieces = Detector::default();
    pieces.see(&bytes[..cut]);
    pieces.see(&bytes[cut..]);
    let again = pieces.finish(None);
    assert_eq!((again.charset, again.double), (found.charset, found.double), "cut at {cut}");

    let (whole, _) = found.charset.decode(bytes);
    let mut decoder = found.charset.decoder();
    let mut streamed = String::new();
    decoder.decode(&bytes[..cut], false, &mut streamed);
    decoder.decode(&bytes[cut..], true, &mut streamed);
    assert_eq!(whole.trim_start_matches('\u{feff}'), streamed.trim_start_matches('\u{feff}'), "cut at {cut}");
    let mended = mend_mojibake(&whole);
    assert!(mended.len() <= whole.len());
});
