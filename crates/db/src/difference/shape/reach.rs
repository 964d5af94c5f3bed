//! How far the places of one outline are from another.

use std::cell::{Cell, OnceCell};

use geo::{Coord, Line};
use rstar::primitives::GeomWithData;
use rstar::{PointDistance as _, RTree};

use super::outline::Outline;

/// Up to so many segments, looking at each is quicker than a tree.
const FEW: usize = 24;
/// Halvings of a segment before what is left of it is let be: a millimetre of a thousand kilometres.
const DEEPEST: u32 = 30;
/// Nothing is told apart below a millimetre.
const FINEST_M: f64 = 0.001;
/// A distance between the ends of a segment is told to one part in twenty; at its ends, exactly.
const COARSE: f64 = 1.05;

/// The segments of an outline, to be asked how far they are.
pub(super) struct Reach {
    segments: Vec<Line<f64>>,
    /// Made when first needed.
    tree: OnceCell<RTree<GeomWithData<Line<f64>, usize>>>,
    /// The segment that answered last: the next place is mostly near to it, or to its neighbours.
    last: Cell<usize>,
}

impl Reach {
    pub(super) fn of(outline: &Outline) -> Self {
        let segments = outline.segments().map(|segment| outline.line(segment)).collect();
        Self { segments, tree: OnceCell::new(), last: Cell::new(0) }
    }

    /// A segment not farther from the point than `enough`, or else the nearest; and how far it is.
    fn near(&self, point: Coord<f64>, enough: f64) -> Option<(Line<f64>, f64)> {
        let at = self
            .around()
            .find(|at| self.segments.get(*at).is_some_and(|line| square(line, point) <= enough * enough))
            .or_else(|| self.nearest(point))?;
        self.last.set(at);
        let line = *self.segments.get(at)?;
        Some((line, square(&line, point).sqrt()))
    }

    /// Whether one of the segments around the last answer is near to both places, and so to all between them.
    fn is_along(&self, (a, b): (Coord<f64>, Coord<f64>), enough: f64) -> bool {
        let near = |line: &Line<f64>| square(line, a) <= enough * enough && square(line, b) <= enough * enough;
        let found = self.around().find(|at| self.segments.get(*at).is_some_and(near));
        self.last.set(found.unwrap_or(self.last.get()));
        found.is_some()
    }

    fn around(&self) -> impl Iterator<Item = usize> + use<> {
        let last = self.last.get();
        [last, last + 1, last.wrapping_sub(1)].into_iter()
    }

    fn nearest(&self, point: Coord<f64>) -> Option<usize> {
        if self.segments.len() <= FEW {
            let distances = self.segments.iter().map(|line| square(line, point)).enumerate();
            return distances.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at);
        }
        let numbered = || self.segments.iter().enumerate().map(|(at, line)| GeomWithData::new(*line, at)).collect();
        self.tree.get_or_init(|| RTree::bulk_load(numbered())).nearest_neighbor(&point.into()).map(|line| line.data)
    }
}

fn square(line: &Line<f64>, point: Coord<f64>) -> f64 {
    line.distance_2(&point.into())
}

/// A stretch of a segment, and what is known of how far its ends are: at most that.
struct Stretch {
    from: (Coord<f64>, f64),
    to: (Coord<f64>, f64),
    depth: u32,
}

/// The greatest distance from a place on `outline` to what is reached, when that is more than `tolerance`: of all its points first,
/// then of what lies between them, which may be far where both ends are near. Stops when it is more than `enough`.
pub(super) fn farthest(outline: &Outline, reach: &Reach, tolerance: f64, enough: f64) -> f64 {
    let mut distances = Vec::with_capacity(outline.points().len());
    let mut most: f64 = 0.0;
    for point in outline.points() {
        let distance = reach.near(*point, most.max(tolerance)).map_or(f64::INFINITY, |(_, distance)| distance);
        most = most.max(distance);
        if most > enough {
            return most;
        }
        distances.push(distance);
    }
    let mut stretches = Vec::new();
    for (from, to) in outline.segments() {
        let end = |at: usize| (outline.points()[at], distances[at]);
        stretches.push(Stretch { from: end(from), to: end(to), depth: 0 });
        while let Some(stretch) = stretches.pop() {
            most = most.max(stretch.divide(reach, bound(most, tolerance), &mut stretches));
            if most > enough {
                return most;
            }
        }
    }
    most
}

/// What is not farther than this is not looked at more closely.
fn bound(most: f64, tolerance: f64) -> f64 {
    if most > tolerance { most * COARSE } else { tolerance.max(FINEST_M) }
}

impl Stretch {
    /// The distance of its middle; its halves are added when there may be a place farther than `bound` between its ends.
    fn divide(&self, reach: &Reach, bound: f64, halves: &mut Vec<Self>) -> f64 {
        let ((a, a_m), (b, b_m)) = (self.from, self.to);
        let length = (b.x - a.x).hypot(b.y - a.y);
        // A distance grows no faster than one goes.
        if f64::midpoint(a_m + b_m, length) <= bound || self.depth == DEEPEST {
            return 0.0;
        }
        if reach.is_along((a, b), bound) {
            return 0.0;
        }
        let middle = Coord { x: a.x.midpoint(b.x), y: a.y.midpoint(b.y) };
        // The nearest, not just one near enough: the one that both ends are likely near to.
        let Some((nearest, distance)) = reach.near(middle, 0.0) else { return 0.0 };
        // Both ends near to one segment: so is all between them.
        let limit = bound * bound;
        if square(&nearest, a) > limit || square(&nearest, b) > limit {
            let depth = self.depth + 1;
            halves.push(Self { from: (middle, distance), to: self.to, depth });
            halves.push(Self { from: self.from, to: (middle, distance), depth });
        }
        distance
    }
}
