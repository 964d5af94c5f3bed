//! Whether a geometry obeys the rules of simple features, and which one it breaks.

use gdal::vector::Geometry;

use super::super::notices;
use super::proof::proven;
use super::wkb::{Flat, Simple};

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
    if proven(flat) {
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

#[cfg(test)]
mod tests {
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
}
