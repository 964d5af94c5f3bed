//! Geometries that are surely valid: most are, and for them GEOS need not be asked, which takes a hundred times as long.
//!
//! True is proven, false says nothing.

use std::ops::Range;

use super::wkb::{Flat, Part, Simple};

/// Rings up to so many sides are compared side by side; GEOS is quicker on longer ones.
const MOST_SIDES: usize = 64;
/// Parts and holes up to so many are compared one by one.
const MOST_RINGS: usize = 16;

/// Closed rings of at least three sides and lines of at least two vertices are given.
pub(super) fn proven(flat: &Flat) -> bool {
    let areas = || flat.parts.iter().filter(|part| part.kind == Simple::Area);
    flat.parts.iter().all(|part| match part.kind {
        Simple::Point => true,
        Simple::Line => has_length(flat, &flat.rings[part.rings.start]),
        Simple::Area => area(flat, part),
    }) && beside_each_other(flat, areas().map(|part| &flat.rings[part.rings.start]))
}

fn has_length(flat: &Flat, line: &Range<usize>) -> bool {
    let (xs, ys) = (&flat.xs[line.clone()], &flat.ys[line.clone()]);
    #[expect(clippy::float_cmp, reason = "a line is one as soon as two vertices are not the very same")]
    let beyond = |values: &[f64]| values.iter().any(|value| *value != values[0]);
    beyond(xs) || beyond(ys)
}

/// Each ring is one, and the holes lie in the outline, beside each other.
fn area(flat: &Flat, part: &Part) -> bool {
    let [outline, holes @ ..] = &flat.rings[part.rings.clone()] else { return false };
    ring(flat, outline)
        && holes.iter().all(|hole| ring(flat, hole) && within(flat, hole, outline))
        && beside_each_other(flat, holes.iter())
}

/// The boxes around the rings do not meet.
fn beside_each_other<'a>(flat: &Flat, rings: impl Iterator<Item = &'a Range<usize>>) -> bool {
    // Of one ring nothing is to be compared.
    let mut rings = rings.peekable();
    let Some(first) = rings.next() else { return true };
    if rings.peek().is_none() {
        return true;
    }
    let boxes: Vec<[f64; 4]> = std::iter::once(first).chain(rings).map(|ring| around(flat, ring)).collect();
    boxes.len() <= MOST_RINGS
        && boxes.iter().enumerate().all(|(place, a)| {
            boxes[place + 1..].iter().all(|b| a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1])
        })
}

/// No two sides of the ring touch but where one follows the other.
fn ring(flat: &Flat, ring: &Range<usize>) -> bool {
    let (xs, ys) = (&flat.xs[ring.clone()], &flat.ys[ring.clone()]);
    turns_once(xs, ys) || (xs.len() <= MOST_SIDES && sides_apart(xs, ys))
}

/// Seen from the middle of its corners, the ring goes round once and never back: then every ray from there meets it once.
fn turns_once(xs: &[f64], ys: &[f64]) -> bool {
    let corners = xs.len() - 1;
    #[expect(clippy::cast_precision_loss, reason = "any place near the middle will do")]
    let mean = |values: &[f64]| values[..corners].iter().sum::<f64>() / corners as f64;
    let middle = [mean(xs), mean(ys)];
    let (mut left, mut right, mut upwards) = (0, 0, 0);
    for (x, y) in xs.windows(2).zip(ys.windows(2)) {
        let side = side_of([x[0], y[0]], [x[1], y[1]], middle);
        left += usize::from(side == 1);
        right += usize::from(side == -1);
        upwards += usize::from(y[0] <= middle[1] && y[1] > middle[1]);
    }
    (left == corners || right == corners) && upwards == 1
}

fn sides_apart(xs: &[f64], ys: &[f64]) -> bool {
    let sides = xs.len() - 1;
    let at = |place: usize| [xs[place], ys[place]];
    (0..sides).all(|one| {
        let (a, b) = (at(one), at(one + 1));
        let next = at((one + 1) % sides + 1);
        follows(a, b, next)
            && (one + 2..sides).filter(|other| !(one == 0 && *other == sides - 1)).all(|other| {
                let (c, d) = (at(other), at(other + 1));
                apart(a, b, c, d)
            })
    })
}

/// The hole lies inside the outline and touches it nowhere.
fn within(flat: &Flat, hole: &Range<usize>, outline: &Range<usize>) -> bool {
    let at = |place: usize| [flat.xs[place], flat.ys[place]];
    let sides = |ring: &Range<usize>| (ring.start..ring.end - 1).map(|place| (at(place), at(place + 1)));
    if hole.len() + outline.len() > 2 * MOST_SIDES {
        return false;
    }
    let vertex = at(hole.start);
    // Sides that a ray to the east meets: of those the vertex is surely to the left going up, to the right going down.
    let met = sides(outline).filter(|(a, b)| (a[1] <= vertex[1]) != (b[1] <= vertex[1])).try_fold(0, |met, (a, b)| {
        let upwards = b[1] > a[1];
        match side_of(a, b, vertex) {
            0 => None,
            side => Some(met + usize::from((side == 1) == upwards)),
        }
    });
    met.is_some_and(|met| met % 2 == 1) && sides(hole).all(|(a, b)| sides(outline).all(|(c, d)| apart(a, b, c, d)))
}

/// West, south, east, north.
fn around(flat: &Flat, ring: &Range<usize>) -> [f64; 4] {
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (xs, ys) = (&flat.xs[ring.clone()], &flat.ys[ring.clone()]);
    [least(xs), least(ys), greatest(xs), greatest(ys)]
}

/// The side from `b` to `next` leaves the one from `a` to `b`, and does not fold back on it.
fn follows(a: [f64; 2], b: [f64; 2], next: [f64; 2]) -> bool {
    let (before, after) = ([b[0] - a[0], b[1] - a[1]], [next[0] - b[0], next[1] - b[1]]);
    let zero = |side: [f64; 2]| side[0] == 0.0 && side[1] == 0.0;
    !zero(before) && !zero(after) && (side_of(a, b, next) != 0 || before[0] * after[0] + before[1] * after[1] > 0.0)
}

/// Two sides are surely apart.
fn apart(a: [f64; 2], b: [f64; 2], c: [f64; 2], d: [f64; 2]) -> bool {
    let beside =
        |axis: usize| a[axis].max(b[axis]) < c[axis].min(d[axis]) || c[axis].max(d[axis]) < a[axis].min(b[axis]);
    beside(0) || beside(1) || side_of(a, b, c) * side_of(a, b, d) == 1 || side_of(c, d, a) * side_of(c, d, b) == 1
}

/// On which side of the line from `a` to `b` lies `c`: 1 left, -1 right, 0 too near to tell (Shewchuk 1997, bound of the first stage).
fn side_of(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> i8 {
    let left = (a[0] - c[0]) * (b[1] - c[1]);
    let right = (a[1] - c[1]) * (b[0] - c[0]);
    let turn = left - right;
    let bound = 3.330_669_073_875_472e-16 * (left.abs() + right.abs());
    if turn > bound {
        1
    } else if turn < -bound {
        -1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use gdal::vector::Geometry;
    use proptest::prelude::*;

    use super::super::wkb::Top;
    use super::*;

    fn flat(wkt: &str) -> Flat {
        let mut flat = Flat::default();
        let wkb = Geometry::from_wkt(wkt).and_then(|geometry| geometry.wkb()).expect("a geometry");
        flat.read(&wkb, true).expect("read");
        flat
    }

    /// Areas of closed rings.
    fn of_rings(parts: &[Vec<Vec<(i8, i8)>>]) -> Flat {
        let mut flat = Flat { top: Top::Areas, ..Flat::default() };
        for part in parts {
            let first = flat.rings.len();
            for ring in part {
                let start = flat.xs.len();
                for (x, y) in ring.iter().chain(&ring[..1]) {
                    flat.xs.push(f64::from(*x));
                    flat.ys.push(f64::from(*y));
                }
                flat.rings.push(start..flat.xs.len());
            }
            flat.parts.push(Part { kind: Simple::Area, rings: first..flat.rings.len() });
        }
        flat
    }

    fn is_valid(flat: &Flat) -> bool {
        let mut wkb = Vec::new();
        flat.write(flat.top, &mut wkb);
        Geometry::from_wkb(&wkb).expect("a geometry").is_valid()
    }

    fn corners(most: i8, count: Range<usize>) -> impl Strategy<Value = Vec<(i8, i8)>> {
        proptest::collection::vec((-most..most, -most..most), count)
    }

    #[test]
    fn what_most_files_hold_needs_no_closer_look() {
        for wkt in [
            "POLYGON ((0 0,2 0,4 0,4 4,2 5,0 4,0 0))",
            // A bay: the middle does not see all of it.
            "POLYGON ((0 0,9 0,9 1,1 1,1 8,9 8,9 9,0 9,0 0))",
            "POLYGON ((0 0,9 0,9 9,0 9,0 0),(1 1,1 2,2 2,2 1,1 1),(5 5,6 5,6 6,5 5))",
            "MULTIPOLYGON (((0 0,4 0,4 4,0 0)),((5 0,9 0,9 4,5 0)))",
            "LINESTRING (0 0,4 4,0 4,4 0)",
            "MULTIPOINT (0 0,0 0)",
        ] {
            assert!(proven(&flat(wkt)), "{wkt}");
        }
    }

    #[test]
    fn nothing_wrong_is_proven() {
        for wkt in [
            "POLYGON ((0 0,4 4,4 0,0 4,0 0))",
            "POLYGON ((0 0,4 0,4 0,4 4,0 0))",
            // Twice around its middle.
            "POLYGON ((3 0,1 3,-3 2,-3 -2,1 -3,2 0,1 2,-2 1,-2 -1,1 -2,3 0))",
            "POLYGON ((0 0,4 0,4 4,0 4,0 0),(8 8,9 8,9 9,8 8))",
            "POLYGON ((0 0,8 0,8 8,0 8,0 0),(0 4,4 2,8 4,4 6,0 4))",
            "POLYGON ((0 0,9 0,9 9,0 9,0 0),(1 1,8 1,8 8,1 1),(2 1,8 1,8 7,2 1))",
            "MULTIPOLYGON (((0 0,9 0,9 9,0 9,0 0)),((1 1,2 1,2 2,1 1)))",
            "LINESTRING (3 3,3 3)",
        ] {
            assert!(!proven(&flat(wkt)), "{wkt}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn what_is_proven_of_a_ring_is_valid_for_geos_too(ring in corners(6, 3..9)) {
            let flat = of_rings(&[vec![ring]]);
            prop_assert!(!proven(&flat) || is_valid(&flat), "{:?} {:?}", flat.xs, flat.ys);
        }

        #[test]
        fn what_is_proven_of_holes_and_parts_is_valid_for_geos_too(
            holes in proptest::collection::vec(corners(9, 3..5), 0..3), other in proptest::option::of(corners(12, 3..5)),
        ) {
            let outline = vec![(-8, -8), (8, -8), (8, 8), (0, 9), (-8, 8)];
            let mut parts = vec![std::iter::once(outline).chain(holes).collect()];
            parts.extend(other.map(|ring| vec![ring]));
            let flat = of_rings(&parts);
            prop_assert!(!proven(&flat) || is_valid(&flat), "{:?} {:?}", flat.xs, flat.ys);
        }
    }
}
