//! How much room text takes. An estimate: the drawing knows no font.

use crate::ticks::count;

/// Width of a text in a humanist sans (Roboto and its like), a little generous.
pub(crate) fn width(text: &str, font_size: f64) -> f64 {
    count(text.chars().count()) * font_size * 0.56
}
