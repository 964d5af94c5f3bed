//! How values become the few colours of a map.

use crate::palette::{SIDE, STEPS, Step};
use crate::ticks::round_numbers;

/// Classes of a map, from least to most: at most seven, none of them upside down, no NaN anywhere.
///
/// Classes of differences, made by [`Classes::differences`], are painted with the diverging ramp: what stays the
/// same is a class of its own, and a loss has the strength of a gain of its size.
///
/// **Rule:** a value belongs to the first class whose upper bound is not below it. Values outside of
/// all bounds belong to the nearest class. Only finite values are counted; others are "no data".
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Classes {
    /// Lower and upper bound of each class, both rising.
    bounds: Vec<(f64, f64)>,
    /// What each class is painted with.
    steps: Vec<Step>,
}

impl Classes {
    /// At most `n` classes of about as many values each. Bounds are values that occur, so a legend says
    /// what is really there; equal values are never in two classes, and with few distinct values each
    /// has its own class.
    pub fn quantiles(values: impl IntoIterator<Item = f64>, n: usize) -> Self {
        let sorted = sorted(values);
        let mut bounds = Vec::new();
        let mut rest = sorted.as_slice();
        for left in (1..=n.clamp(1, STEPS)).rev() {
            let Some(lower) = rest.first() else { break };
            let upper = rest[rest.len().div_ceil(left) - 1];
            bounds.push((*lower, upper));
            // Ties of the upper bound come along.
            rest = &rest[rest.partition_point(|value| *value <= upper)..];
        }
        Self::sequential(bounds)
    }

    /// Classes of differences from a state before: at most three of gains, the mirrored ones of losses, each side only when
    /// there is such a difference, and zero between them.
    pub fn differences(values: impl IntoIterator<Item = f64>) -> Self {
        let values = sorted(values);
        if values.is_empty() {
            return Self::default();
        }
        let sizes = Self::quantiles(values.iter().filter(|v| **v != 0.0).map(|v| v.abs()), SIDE).bounds;
        let count = sizes.len();
        let losses = values.first().is_some_and(|least| *least < 0.0);
        let gains = values.last().is_some_and(|most| *most > 0.0);
        let classes = || sizes.iter().copied().enumerate();
        let less = classes().rev().filter(|_| losses).map(|(i, (low, high))| ((-high, -low), Step::loss(i, count)));
        let more = classes().filter(|_| gains).map(|(i, bounds)| (bounds, Step::gain(i, count)));
        let (bounds, steps) = less.chain([((0.0, 0.0), Step::SAME)]).chain(more).unzip();
        Self { bounds, steps }
    }

    /// At most `n` classes between equally spaced round numbers that enclose the values. A class may be
    /// empty; each starts where the one before it ends, and that number belongs to the one before.
    pub fn equal_intervals(values: impl IntoIterator<Item = f64>, n: usize) -> Self {
        let sorted = sorted(values);
        let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
            return Self::default();
        };
        let mut breaks = round_numbers(*low, *high, n.clamp(2, STEPS));
        if breaks.is_empty() || n < 2 {
            breaks = vec![*low, *high];
        }
        Self::sequential(breaks.windows(2).map(|pair| (pair[0], pair[1])).collect())
    }

    fn sequential(bounds: Vec<(f64, f64)>) -> Self {
        let steps = (0..bounds.len()).map(|class| Step::of(class, bounds.len())).collect();
        Self { bounds, steps }
    }

    /// Lower and upper bound of each class, both belonging to it (see the rule for a shared bound).
    pub fn bounds(&self) -> &[(f64, f64)] {
        &self.bounds
    }

    /// The class of a value. None when the value is not finite or there are no classes.
    pub fn class_of(&self, value: f64) -> Option<usize> {
        let last = self.bounds.len().checked_sub(1)?;
        let class = self.bounds.partition_point(|(_, upper)| *upper < value);
        // A loss smaller than all that were counted is no gain of zero.
        let class =
            if value < 0.0 && self.steps.get(class) == Some(&Step::SAME) { class.saturating_sub(1) } else { class };
        value.is_finite().then_some(class.min(last))
    }

    /// The step of its ramp that a value is painted with.
    pub fn step_of(&self, value: f64) -> Option<Step> {
        self.class_of(value).and_then(|class| self.steps.get(class).copied())
    }

    /// The steps of all classes in order, for a legend.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.steps.iter().copied()
    }
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    // Adding zero turns -0 into 0, which would sort apart from it.
    let mut values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).map(|v| v + 0.0).collect();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_hold_about_as_many_values_each() {
        let values: Vec<f64> = (1..=21).map(f64::from).collect();
        let classes = Classes::quantiles(values.iter().copied(), 5);
        assert_eq!(classes.bounds(), [(1.0, 5.0), (6.0, 9.0), (10.0, 13.0), (14.0, 17.0), (18.0, 21.0)]);
        let sizes = (0..5).map(|class| values.iter().filter(|v| classes.class_of(**v) == Some(class)).count());
        assert_eq!(sizes.collect::<Vec<_>>(), [5, 4, 4, 4, 4]);
    }

    #[test]
    fn many_zeros_are_one_class_and_the_others_share_the_rest() {
        let values = [0.0, -0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 20.0, 30.0, 40.0];
        let classes = Classes::quantiles(values, 5);
        assert_eq!(classes.bounds(), [(0.0, 0.0), (10.0, 10.0), (20.0, 20.0), (30.0, 30.0), (40.0, 40.0)]);
    }

    #[test]
    fn ties_are_never_split() {
        let classes = Classes::quantiles([1.0, 2.0, 3.0, 3.0, 3.0, 3.0], 3);
        assert_eq!(classes.bounds(), [(1.0, 2.0), (3.0, 3.0)]);
    }

    #[test]
    fn fewer_distinct_values_than_classes_give_one_class_each() {
        let classes = Classes::quantiles([7.0, 7.0, -1.0, 7.0], 5);
        assert_eq!(classes.bounds(), [(-1.0, -1.0), (7.0, 7.0)]);
        assert_eq!(classes.class_of(7.0), Some(1));
    }

    #[test]
    fn a_value_between_or_outside_the_classes_has_a_class() {
        let classes = Classes::quantiles([1.0, 2.0, 10.0, 11.0], 2);
        assert_eq!(classes.bounds(), [(1.0, 2.0), (10.0, 11.0)]);
        let found = [-5.0, 2.0, 2.1, 5.0, 99.0].map(|value| classes.class_of(value));
        assert_eq!(found, [Some(0), Some(0), Some(1), Some(1), Some(1)]);
    }

    #[test]
    fn what_is_not_a_number_is_no_data_and_bounds_never_hold_it() {
        let classes = Classes::quantiles([f64::NAN, 1.0, f64::INFINITY, 2.0], 7);
        assert_eq!(classes.bounds(), [(1.0, 1.0), (2.0, 2.0)]);
        assert_eq!(classes.class_of(f64::NAN), None);
        let none = Classes::quantiles([f64::NAN], 5);
        assert_eq!((none.bounds().len(), none.class_of(1.0)), (0, None));
    }

    #[test]
    fn equal_intervals_are_round_and_the_shared_bound_belongs_below() {
        let classes = Classes::equal_intervals([-12.0, 3.0, 61.0], 5);
        assert_eq!(classes.bounds(), [(-20.0, 0.0), (0.0, 20.0), (20.0, 40.0), (40.0, 60.0), (60.0, 80.0)]);
        assert_eq!([0.0, 0.1, 20.0].map(|v| classes.class_of(v)), [Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn equal_intervals_of_one_value_are_one_class() {
        assert_eq!(Classes::equal_intervals([5.0, 5.0], 5).bounds(), [(5.0, 5.0)]);
        assert!(Classes::equal_intervals([], 5).bounds().is_empty());
    }

    #[test]
    fn a_loss_is_as_strong_as_a_gain_of_its_size_and_what_stays_the_same_is_apart() {
        let values = [-40.0, -3.0, 0.0, 0.0, 2.0, 41.0, 800.0, 900.0];
        let classes = Classes::differences(values);
        assert_eq!(
            classes.bounds(),
            [(-900.0, -800.0), (-41.0, -40.0), (-3.0, -2.0), (0.0, 0.0), (2.0, 3.0), (40.0, 41.0), (800.0, 900.0)]
        );
        let names: Vec<_> = classes.steps().map(Step::class).collect();
        assert_eq!(names, ["d0", "d1", "d2", "d3", "d4", "d5", "d6"]);
        let painted = |value| classes.step_of(value).map(Step::class);
        assert_eq!([-40.0, -3.0, 0.0, 2.0, 900.0].map(painted), ["d1", "d2", "d3", "d4", "d6"].map(Some));
        assert_eq!([-0.5, 0.5].map(painted), [Some("d2"), Some("d4")], "also what was not counted keeps its side");
    }

    #[test]
    fn differences_of_one_side_have_classes_of_that_side_only() {
        let names =
            |values: &[f64]| Classes::differences(values.iter().copied()).steps().map(Step::class).collect::<Vec<_>>();
        assert_eq!(names(&[0.0, -5.0, -7.0]), ["d0", "d2", "d3"]);
        assert_eq!(names(&[5.0]), ["d3", "d5"]);
        assert_eq!(names(&[0.0, 0.0]), ["d3"]);
        assert!(names(&[f64::NAN]).is_empty());
    }

    #[test]
    fn there_are_never_more_classes_than_the_ramp_has_steps() {
        let values: Vec<f64> = (0..1_000).map(f64::from).collect();
        assert_eq!(Classes::quantiles(values.iter().copied(), 50).steps().count(), STEPS);
        assert!(Classes::equal_intervals(values, 50).steps().count() <= STEPS);
    }
}
