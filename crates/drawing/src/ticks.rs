//! Round numbers: 1, 2 or 5 times a power of ten.

/// A step between round numbers.
#[derive(Debug, Clone, Copy)]
struct Step {
    multiple: f64,
    exponent: i32,
}

impl Step {
    /// The `k`-th multiple, as the float nearest to the decimal a person would write.
    fn times(self, k: f64) -> f64 {
        let power = 10f64.powi(self.exponent.abs());
        let count = k * self.multiple;
        // Adding zero turns -0 into 0.
        (if self.exponent < 0 { count / power } else { count * power }) + 0.0
    }

    /// The multiples that enclose `low..=high`: first and last.
    fn around(self, low: f64, high: f64) -> (f64, f64) {
        // A value that is a multiple but for rounding counts as one.
        let tolerance = 1e-9;
        let unit = self.times(1.0);
        ((low / unit + tolerance).floor(), (high / unit - tolerance).ceil())
    }
}

/// Rising round numbers that enclose `low..=high` with at most `intervals` intervals between them.
/// Empty unless `low < high` and their distance is an ordinary number.
pub(crate) fn round_numbers(low: f64, high: f64, intervals: usize) -> Vec<f64> {
    let (range, most) = (high - low, count(intervals.max(2)));
    if !range.is_normal() || range < 0.0 {
        return Vec::new();
    }
    let smallest = exponent_of(range / most);
    let steps =
        (smallest..smallest + 4).flat_map(|exponent| [1.0, 2.0, 5.0].map(|multiple| Step { multiple, exponent }));
    for step in steps {
        let (first, last) = step.around(low, high);
        if last - first <= most && step.times(1.0).is_normal() {
            let steps = std::iter::successors(Some(first), |k| Some(k + 1.0));
            return steps.take_while(|k| *k <= last).map(|k| step.times(k)).collect();
        }
    }
    Vec::new()
}

#[expect(clippy::cast_possible_truncation, reason = "the exponent of a float fits in an i32")]
fn exponent_of(value: f64) -> i32 {
    value.log10().floor() as i32
}

#[expect(clippy::cast_precision_loss, reason = "counts of things on one drawing")]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers_enclose_the_data() {
        assert_eq!(round_numbers(0.0, 8_713.0, 5), [0.0, 2_000.0, 4_000.0, 6_000.0, 8_000.0, 10_000.0]);
        assert_eq!(round_numbers(-3.0, 7.0, 4), [-5.0, 0.0, 5.0, 10.0]);
        assert_eq!(round_numbers(0.1, 0.3, 2), [0.1, 0.2, 0.3]);
        assert_eq!(round_numbers(0.0, 0.7, 7), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    }

    #[test]
    fn there_are_none_where_there_is_no_range() {
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (f64::MIN, f64::MAX)] {
            assert!(round_numbers(low, high, 5).is_empty(), "{low} {high}");
        }
    }

    #[test]
    fn never_more_intervals_than_asked_for() {
        for n in 2..8 {
            for high in [1.0, 9.99, 12.0, 345_678.9, 1e12] {
                let numbers = round_numbers(-high / 3.0, high, n);
                assert!(numbers.len() > 2 && numbers.len() <= n + 1, "{n} {high} {numbers:?}");
            }
        }
    }
}
