//! Whether a geometry obeys the rules of simple features, and which one it breaks.

use std::ops::Range;

use gdal::vector::Geometry;

use super::super::notices;
use super::wkb::{Flat, Simple};

/// Rings up to so many vertices are proven here; others go to GEOS, which is quicker on them.
const SMALL: usize = 64;

/// What is wrong with a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flaw {
    RingNotClosed,
    TooFewPoints,
    SelfIntersection,
    HoleOutside,
    Nested,
    Disconnected,
    Other,
}

impl Flaw {
    /// Stable, for programs.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::RingNotClosed => "ring_not_closed",
            Self::TooFewPoints => "too_few_points",
            Self::SelfIntersection => "self_intersection",
            Self::HoleOutside => "hole_outside",
            Self::Nested => "nested",
            Self::Disconnected => "disconnected",
            Self::Other => "other",
        }
    }

    /// The end of «La geometría no es válida: …».
    pub(super) fn spoken(self) -> &'static str {
        match self {
            Self::RingNotClosed => "un anillo no se cierra",
            Self::TooFewPoints => "un anillo o una línea tiene muy pocos puntos",
            Self::SelfIntersection => "se cruza consigo misma",
            Self::HoleOutside => "un hueco queda fuera de su contorno",
            Self::Nested => "un contorno queda dentro de otro",
            Self::Disconnected => "sus huecos la parten en dos",
            Self::Other => "no cumple las reglas de una superficie",
        }
    }

    /// GEOS's words.
    fn of_geos(text: &str) -> Self {
        let says = |words: &str| text.contains(words);
        if says("elf-intersection") || says("Duplicate Rings") {
            Self::SelfIntersection
        } else if says("lies outside shell") {
            Self::HoleOutside
        } else if says("ested") {
            Self::Nested
        } else if says("disconnected") {
            Self::Disconnected
        } else if says("closed") {
            Self::RingNotClosed
        } else if says("Too few points") || says("Invalid number of points") {
            Self::TooFewPoints
        } else {
            Self::Other
        }
    }
}

/// A flaw, and where it is when that is known.
pub(super) type Found = (Flaw, Option<[f64; 2]>);

/// What rings and lines lack to be any: this GEOS would not even look at.
pub(super) fn malformed(flat: &Flat) -> Option<Found> {
    flat.parts.iter().filter(|part| part.kind != Simple::Point).find_map(|part| {
        flat.rings[part.rings.clone()].iter().find_map(|ring| {
            let at = |place: usize| [flat.xs[place], flat.ys[place]];
            let first = at(ring.start);
            let least = if part.kind == Simple::Area { 4 } else { 2 };
            #[expect(clippy::float_cmp, reason = "closed means the very same vertex")]
            if part.kind == Simple::Area && ring.len() > 2 && first != at(ring.end - 1) {
                Some((Flaw::RingNotClosed, Some(first)))
            } else {
                (ring.len() < least).then_some((Flaw::TooFewPoints, Some(first)))
            }
        })
    })
}

/// What GEOS finds wrong; `wkb` is the geometry as written.
pub(super) fn invalid(flat: &Flat, wkb: &[u8]) -> Option<Found> {
    if flat.parts.iter().all(|part| part.kind == Simple::Point) {
        return None;
    }
    if let [part] = flat.parts.as_slice()
        && part.kind == Simple::Area
        && part.rings.len() == 1
        && proven(flat, &flat.rings[part.rings.start])
    {
        return None;
    }
    notices::listen();
    notices::take();
    let valid = Geometry::from_wkb(wkb).is_ok_and(|geometry| geometry.is_valid());
    (!valid).then(|| {
        let text = notices::take().unwrap_or_default();
        let (_, at) = text.rsplit_once("at or near point ").unwrap_or_default();
        let mut numbers = at.split_whitespace().map_while(|number| number.parse::<f64>().ok());
        let at = numbers.next().zip(numbers.next()).map(|(x, y)| [x, y]);
        (Flaw::of_geos(&text), at)
    })
}

/// True when no two sides of a small ring can touch but where one follows the other; false when that takes a closer look.
fn proven(flat: &Flat, ring: &Range<usize>) -> bool {
    let sides = ring.len() - 1;
    if ring.len() > SMALL || sides < 3 {
        return false;
    }
    let (xs, ys) = (&flat.xs[ring.clone()], &flat.ys[ring.clone()]);
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
    use proptest::prelude::*;

    use super::super::wkb::Top;
    use super::*;

    fn flat(wkt: &str) -> (Flat, Vec<u8>) {
        let mut flat = Flat::default();
        let wkb = Geometry::from_wkt(wkt).and_then(|geometry| geometry.wkb()).expect("a geometry");
        flat.read(&wkb, true).expect("read");
        (flat, wkb)
    }

    #[test]
    fn every_flaw_is_told_apart() {
        for (wkt, flaw) in [
            ("POLYGON ((0 0,4 0,4 4,0 4,0 0))", None),
            ("LINESTRING (0 0,4 4,0 4,4 0)", None),
            ("MULTIPOINT (0 0,0 0)", None),
            ("POLYGON ((0 0,4 4,4 0,0 4,0 0))", Some(Flaw::SelfIntersection)),
            ("POLYGON ((0 0,4 0,4 4,2 0,0 0))", Some(Flaw::SelfIntersection)),
            ("POLYGON ((0 0,4 0,4 4,0 4,0 0),(8 8,9 8,9 9,8 8))", Some(Flaw::HoleOutside)),
            ("MULTIPOLYGON (((0 0,9 0,9 9,0 9,0 0)),((1 1,2 1,2 2,1 1)))", Some(Flaw::Nested)),
            ("POLYGON ((0 0,8 0,8 8,0 8,0 0),(0 4,4 2,8 4,4 6,0 4))", Some(Flaw::Disconnected)),
        ] {
            let (flat, wkb) = flat(wkt);
            assert_eq!(malformed(&flat), None, "{wkt}");
            assert_eq!(invalid(&flat, &wkb).map(|(flaw, _)| flaw), flaw, "{wkt}");
        }
        let (bow, wkb) = flat("POLYGON ((0 0,4 4,4 0,0 4,0 0))");
        assert_eq!(invalid(&bow, &wkb), Some((Flaw::SelfIntersection, Some([2.0, 2.0]))));
        assert_eq!(malformed(&flat("POLYGON ((0 0,4 0,4 4,0 4))").0), Some((Flaw::RingNotClosed, Some([0.0, 0.0]))));
        assert_eq!(malformed(&flat("POLYGON ((0 0,4 0,0 0))").0).map(|(flaw, _)| flaw), Some(Flaw::TooFewPoints));
        assert_eq!(malformed(&flat("LINESTRING (0 0)").0).map(|(flaw, _)| flaw), Some(Flaw::TooFewPoints));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_proven_is_valid_for_geos_too(
            corners in proptest::collection::vec((-6_i8..6, -6_i8..6), 3..9),
        ) {
            let (mut xs, mut ys): (Vec<f64>, Vec<f64>) = corners.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).unzip();
            xs.push(xs[0]);
            ys.push(ys[0]);
            let whole = 0..xs.len();
            let part = super::super::wkb::Part { kind: Simple::Area, rings: 0..1 };
            let flat = Flat { top: Top::Area, parts: vec![part], rings: vec![whole.clone()], xs, ys, ..Flat::default() };
            let mut wkb = Vec::new();
            flat.write(Top::Area, &mut wkb);
            let valid = Geometry::from_wkb(&wkb).expect("a geometry").is_valid();
            prop_assert!(!proven(&flat, &whole) || valid, "{:?}", corners);
        }
    }

    #[test]
    fn a_parcel_needs_no_closer_look() {
        let (parcel, _) = flat("POLYGON ((0 0,2 0,4 0,4 4,2 5,0 4,0 0))");
        assert!(proven(&parcel, &parcel.rings[0]));
        let (bow, _) = flat("POLYGON ((0 0,4 4,4 0,0 4,0 0))");
        assert!(!proven(&bow, &bow.rings[0]));
    }
}
