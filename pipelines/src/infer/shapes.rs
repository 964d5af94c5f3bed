//! What kinds of geometry a file holds.

use super::profile::{Refusal, Shapes};
use crate::read::Shape;

/// OGC's names, by their number in WKB.
const NAMES: [&str; 18] = [
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
    "circularstring",
    "compoundcurve",
    "curvepolygon",
    "multicurve",
    "multisurface",
    "curve",
    "surface",
    "polyhedralsurface",
    "tin",
    "triangle",
];

/// Counts the geometry of a row; one that may not be kept is also a refusal.
pub(super) fn see(shapes: &mut Shapes, refusals: &mut Vec<Refusal>, row: i64, shape: &Shape) {
    match shape {
        Shape::Wkb(wkb) => *shapes.kinds.entry(kind(wkb).into()).or_default() += 1,
        Shape::Missing => shapes.missing += 1,
        Shape::Refused(defect, _) => {
            shapes.refused += 1;
            refuse(refusals, row, defect.code, &defect.reason);
        }
    }
}

/// Counts a row that no contract can take.
pub(super) fn refuse(refusals: &mut Vec<Refusal>, row: i64, code: &str, reason: &str) {
    match refusals.iter_mut().find(|refusal| refusal.code == code) {
        Some(refusal) => refusal.rows += 1,
        None => refusals.push(Refusal { code: code.into(), rows: 1, first_row: row, reason: reason.into() }),
    }
}

fn kind(wkb: &[u8]) -> &'static str {
    let number = match wkb {
        [1, a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]),
        [0, a, b, c, d, ..] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => 0,
    };
    // The thousands say whether there are heights and measures.
    NAMES.get((number & 0x0fff_ffff) as usize % 1000).copied().unwrap_or("geometry")
}
