//! Which areas get their name written on them, and where.

use crate::coverage::{Ring, Shape};
use crate::projection::TENTHS;
use crate::text;

/// A name to be written, with its middle in units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Label {
    /// Index of the area.
    pub(crate) area: usize,
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Still fits at the larger size a phone needs.
    pub(crate) major: bool,
}

/// Font sizes in units: on the page or paper, and on a phone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FontSizes {
    pub(crate) natural: f64,
    pub(crate) phone: f64,
}

/// Largest areas first: a name is written when it does not run over its area by more than its halo can
/// bear, nor over a name already written. First those that fit at the phone's size, then the others.
pub(crate) fn place(shapes: &[Shape], names: &[&str], sizes: FontSizes, width: f64) -> Vec<Label> {
    let mut order: Vec<usize> = (0..shapes.len()).collect();
    order.sort_by(|a, b| shapes[*b].surface.total_cmp(&shapes[*a].surface));
    let mut written: Vec<(Label, Extent)> = Vec::new();
    for (major, size) in [(true, sizes.phone), (false, sizes.natural)] {
        for area in order.iter().copied() {
            if written.iter().any(|(label, _)| label.area == area) {
                continue;
            }
            let shape = &shapes[area];
            let Some(ring) = shape.rings.get(shape.largest) else { continue };
            let Some(spot) = spot(ring, text::width(names[area], size), size) else { continue };
            let extent = spot.extent(size);
            if extent.0.0 >= 0.0 && extent.1.0 <= width && !written.iter().any(|(_, e)| meet(*e, extent)) {
                written.push((Label { area, x: spot.x, y: spot.y, major }, extent));
            }
        }
        // Beside the small names, the major ones are small too.
        for (label, extent) in &mut written {
            let text = text::width(names[label.area], sizes.natural);
            *extent = Spot { x: label.x, y: label.y, text }.extent(sizes.natural);
        }
    }
    written.into_iter().map(|(label, _)| label).collect()
}

/// Upper left and lower right corner.
type Extent = ((f64, f64), (f64, f64));

fn meet(a: Extent, b: Extent) -> bool {
    a.0.0 < b.1.0 && b.0.0 < a.1.0 && a.0.1 < b.1.1 && b.0.1 < a.1.1
}

struct Spot {
    x: f64,
    y: f64,
    text: f64,
}

impl Spot {
    fn extent(&self, size: f64) -> Extent {
        let (half, up) = (self.text / 2.0, size * 0.6);
        ((self.x - half, self.y - up), (self.x + half, self.y + up))
    }
}

/// Of some lines across the ring, the one with most room for a line of text; nearer the middle is better.
fn spot(ring: &Ring, text: f64, size: f64) -> Option<Spot> {
    const LINES: i32 = 24;
    let ys = ring.iter().map(|cell| f64::from(cell.1) / TENTHS);
    let (top, bottom) = (ys.clone().reduce(f64::min)?, ys.reduce(f64::max)?);
    if bottom - top < size {
        return None;
    }
    let room = (1..LINES).filter_map(|i| {
        let share = f64::from(i) / f64::from(LINES);
        let y = top + (bottom - top) * share;
        let (from, to) = common_span(ring, [y - size * 0.35, y, y + size * 0.35])?;
        let score = (to - from) * (1.0 - (share - 0.5).abs() * 0.8);
        Some((score, to - from, Spot { x: from.midpoint(to), y, text }))
    });
    let (_, span, spot) = room.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (span * 1.1 >= text).then_some(spot)
}

/// The widest stretch that is inside the ring on all lines.
fn common_span(ring: &Ring, lines: [f64; 3]) -> Option<(f64, f64)> {
    let [above, middle, below] = lines.map(|y| spans(ring, y));
    let mut best: Option<(f64, f64)> = None;
    for m in &middle {
        for a in &above {
            for b in &below {
                let (from, to) = (m.0.max(a.0).max(b.0), m.1.min(a.1).min(b.1));
                if to > from && best.is_none_or(|best| to - from > best.1 - best.0) {
                    best = Some((from, to));
                }
            }
        }
    }
    best
}

/// Where a horizontal line is inside the ring, in units.
fn spans(ring: &Ring, y: f64) -> Vec<(f64, f64)> {
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    let unit = |value: i32| f64::from(value) / TENTHS;
    let mut crossings: Vec<f64> = edges
        .filter_map(|(a, b)| {
            let ((ax, ay), (bx, by)) = ((unit(a.0), unit(a.1)), (unit(b.0), unit(b.1)));
            ((ay > y) != (by > y)).then(|| ax + (y - ay) / (by - ay) * (bx - ax))
        })
        .collect();
    crossings.sort_by(f64::total_cmp);
    crossings.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: FontSizes = FontSizes { natural: 10.0, phone: 20.0 };

    /// A rectangle in units.
    fn shape(x: i32, y: i32, width: i32, height: i32) -> Shape {
        let (x, y, right, low) = (x * 10, y * 10, (x + width) * 10, (y + height) * 10);
        let ring = vec![(x, y), (right, y), (right, low), (x, low)];
        Shape { rings: vec![ring], largest: 0, surface: f64::from(width) * f64::from(height) }
    }

    #[test]
    fn a_name_is_written_in_the_middle_of_its_area() {
        let labels = place(&[shape(0, 0, 200, 100)], &["Pinto"], SIZES, 200.0);
        assert_eq!(labels, [Label { area: 0, x: 100.0, y: 50.0, major: true }]);
    }

    #[test]
    fn a_name_that_only_fits_small_is_minor_and_one_that_fits_nowhere_is_left_out() {
        let shapes = [shape(0, 0, 70, 40), shape(80, 0, 20, 40)];
        let labels = place(&shapes, &["San Carlos", "San Carlos"], SIZES, 200.0);
        let found: Vec<_> = labels.iter().map(|label| (label.area, label.major)).collect();
        assert_eq!(found, [(0, false)]);
    }

    #[test]
    fn of_two_names_that_would_meet_the_larger_area_keeps_its_own() {
        let shapes = [shape(0, 0, 100, 13), shape(0, 8, 100, 20)];
        let labels = place(&shapes, &["Ninhue", "Quirihue"], FontSizes { natural: 12.0, phone: 90.0 }, 200.0);
        assert_eq!(labels.iter().map(|label| label.area).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn in_a_shape_like_a_u_the_name_is_on_an_arm_or_the_base_not_in_the_gap() {
        let ring = vec![(0, 0), (200, 0), (200, 800), (800, 800), (800, 0), (1000, 0), (1000, 1000), (0, 1000)];
        let shape = Shape { rings: vec![ring], largest: 0, surface: 1.0 };
        let labels = place(&[shape], &["Bulnes"], SIZES, 200.0);
        assert!(labels[0].y > 80.0, "{labels:?}");
    }
}
