//! How far the points of one outline are from another.

use geo::{Coord, Line};
use rstar::{PointDistance as _, RTree};

use super::outline::Outline;

/// Up to so many segments, looking at each is quicker than a tree.
const FEW: usize = 24;
/// Halvings of a segment before what is left of it is let be: a thousandth of a metre of a thousand kilometres.
const DEEPEST: u32 = 30;
/// Nothing is told apart below a millimetre.
const FINEST_M: f64 = 0.001;
/// A distance between the ends of a segment is told to one part in twenty; at its ends, exactly.
const COARSE: f64 = 1.05;

/// The segments of an outline, to be asked which is nearest.
pub(super) enum Reach {
    Few(Vec<Line<f64>>),
    Tree(RTree<Line<f64>>),
}

impl Reach {
    pub(super) fn of(outline: &Outline) -> Self {
        let segments: Vec<Line<f64>> = outline.segments().map(|segment| outline.line(segment)).collect();
        if segments.len() <= FEW { Self::Few(segments) } else { Self::Tree(RTree::bulk_load(segments)) }
    }

    /// The segment nearest to a point, and how far it is.
    fn nearest(&self, point: Coord<f64>) -> Option<(Line<f64>, f64)> {
        let line = match self {
            Self::Few(segments) => segments
                .iter()
                .map(|line| (line, square(line, point)))
                .min_by(|(_, a), (_, b)| a.total_cmp(b))
                .map(|(line, _)| *line),
            Self::Tree(tree) => tree.nearest_neighbor(&point.into()).copied(),
        }?;
        Some((line, square(&line, point).sqrt()))
    }
}

fn square(line: &Line<f64>, point: Coord<f64>) -> f64 {
    line.distance_2(&point.into())
}

/// A stretch of a segment and how far its ends are.
struct Stretch {
    from: (Coord<f64>, f64),
    to: (Coord<f64>, f64),
    depth: u32,
}

/// The greatest distance from a place on `outline` to what is reached: of all its points first, then of what lies between them, which
/// may be far where both ends are near. Stops when it is more than `enough`.
pub(super) fn farthest(outline: &Outline, reach: &Reach, tolerance: f64, enough: f64) -> f64 {
    let mut distances = Vec::with_capacity(outline.points().len());
    let mut most: f64 = 0.0;
    for point in outline.points() {
        let distance = reach.nearest(*point).map_or(f64::INFINITY, |(_, distance)| distance);
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
        let middle = Coord { x: a.x.midpoint(b.x), y: a.y.midpoint(b.y) };
        let Some((nearest, distance)) = reach.nearest(middle) else { return 0.0 };
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
