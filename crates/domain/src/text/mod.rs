//! Delimited text as it really comes: which letters, which separator, which row of headers, which decimal mark.
//!
//! Everything here is decided from bytes handed in, and every decision comes with a sentence that says why.

mod charset;
mod decimal;
mod dialect;
mod encoding;
mod header;
mod mojibake;
mod rows;
mod words;

pub use charset::{Charset, Decoder};
pub use decimal::DecimalEvidence;
pub use dialect::{Dialect, Stated, find_dialect};
pub use encoding::{Detector, Found, judge_encoding};
pub use header::{HeaderRow, find_header};
pub use mojibake::mend_mojibake;
pub use rows::{Record, Splitting, split_row};
