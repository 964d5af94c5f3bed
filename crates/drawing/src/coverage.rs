//! Fewer vertices, same neighbours: borders that two areas share are simplified once for both.
//!
//! Vertices are first snapped to the grid of tenths. Where three or more lines meet there is a node;
//! nodes stay. The arcs between nodes lose the vertices the eye cannot see (Douglas-Peucker), and an
//! arc is always walked in the same direction, so both of its sides lose the same ones.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use geo::{LineString, MultiPolygon};

use crate::projection::{Cell, Frame};

/// How far, in tenths of a unit, a border may move: a third of a pixel.
const TOLERANCE: f64 = 3.0;

/// A closed line without its last, repeated vertex.
pub(crate) type Ring = Vec<Cell>;

/// An area on the grid: its outer rings first, each followed by its holes.
pub(crate) struct Shape {
    pub(crate) rings: Vec<Ring>,
    /// The outer ring with the largest surface, as an index into `rings`.
    pub(crate) largest: usize,
    /// Surface of the largest ring, in square tenths.
    pub(crate) surface: f64,
}

/// Projects, snaps and simplifies areas together. An area too small to see becomes a dot.
pub(crate) fn shapes<'a>(geometries: impl Iterator<Item = &'a MultiPolygon<f64>>, frame: &Frame) -> Vec<Shape> {
    let snapped: Vec<Vec<Ring>> = geometries.map(|geometry| snap(geometry, frame)).collect();
    let nodes = nodes(snapped.iter().flatten());
    snapped
        .into_iter()
        .map(|rings| {
            let dot = rings.first().and_then(|ring| ring.first().copied());
            let kept = rings.into_iter().map(|ring| simplify_ring(&ring, &nodes));
            let mut rings: Vec<Ring> = kept.filter(|ring| ring.len() > 2).collect();
            if rings.is_empty() {
                rings.extend(dot.map(|(x, y)| vec![(x, y), (x + 10, y), (x + 10, y + 10), (x, y + 10)]));
            }
            measured(rings)
        })
        .collect()
}

fn snap(geometry: &MultiPolygon<f64>, frame: &Frame) -> Vec<Ring> {
    let lines = geometry.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    lines.map(|line| snap_line(line, frame)).filter(|ring| !ring.is_empty()).collect()
}

fn snap_line(line: &LineString<f64>, frame: &Frame) -> Ring {
    let mut ring: Ring = line.coords().filter_map(|c| frame.cell(*c)).collect();
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

/// The cells where more than two lines meet.
fn nodes<'a>(rings: impl Iterator<Item = &'a Ring>) -> HashSet<Cell> {
    let mut neighbours: HashMap<Cell, Vec<Cell>> = HashMap::new();
    for ring in rings {
        for (i, cell) in ring.iter().enumerate() {
            let before = ring[(i + ring.len() - 1) % ring.len()];
            let after = ring[(i + 1) % ring.len()];
            let known = neighbours.entry(*cell).or_default();
            for next in [before, after] {
                if !known.contains(&next) {
                    known.push(next);
                }
            }
        }
    }
    neighbours.into_iter().filter(|(_, known)| known.len() > 2).map(|(cell, _)| cell).collect()
}

fn simplify_ring(ring: &Ring, nodes: &HashSet<Cell>) -> Ring {
    let stops = stops(ring, nodes);
    let mut kept = Ring::new();
    for (i, start) in stops.iter().enumerate() {
        let end = stops.get(i + 1).copied().unwrap_or(stops[0] + ring.len());
        let arc: Vec<Cell> = (*start..=end).map(|at| ring[at % ring.len()]).collect();
        kept.extend(simplify_arc(arc).split_last().map(|(_, cells)| cells).unwrap_or_default());
    }
    kept
}

/// Where a ring is cut into arcs: at its nodes, or at two cells that do not depend on where it starts.
fn stops(ring: &Ring, nodes: &HashSet<Cell>) -> Vec<usize> {
    let at_nodes: Vec<usize> = (0..ring.len()).filter(|i| nodes.contains(&ring[*i])).collect();
    if at_nodes.len() > 1 {
        return at_nodes;
    }
    let start = at_nodes.first().copied().or_else(|| (0..ring.len()).min_by_key(|i| ring[*i]));
    let Some(start) = start else { return Vec::new() };
    let far = (0..ring.len()).max_by_key(|i| (square_distance(ring[*i], ring[start]), ring[*i]));
    let mut stops = vec![start, far.unwrap_or(start)];
    stops.sort_unstable();
    stops.dedup();
    stops
}

fn simplify_arc(mut arc: Vec<Cell>) -> Vec<Cell> {
    let backwards = arc.iter().rev().lt(arc.iter());
    if backwards {
        arc.reverse();
    }
    let mut keep = vec![false; arc.len()];
    let mut spans = vec![(0, arc.len() - 1)];
    while let Some((first, last)) = spans.pop() {
        keep[first] = true;
        keep[last] = true;
        let farthest =
            (first + 1..last).map(|i| (distance(arc[i], arc[first], arc[last]), i)).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((away, middle)) = farthest
            && away > TOLERANCE
        {
            spans.extend([(first, middle), (middle, last)]);
        }
    }
    let mut kept: Vec<Cell> = arc.into_iter().zip(keep).filter_map(|(c, k)| k.then_some(c)).collect();
    if backwards {
        kept.reverse();
    }
    kept
}

fn square_distance(a: Cell, b: Cell) -> i64 {
    let (dx, dy) = (i64::from(a.0) - i64::from(b.0), i64::from(a.1) - i64::from(b.1));
    dx.saturating_mul(dx).saturating_add(dy.saturating_mul(dy))
}

/// Distance from `c` to the segment `a`–`b`.
fn distance(c: Cell, a: Cell, b: Cell) -> f64 {
    let point = |(x, y): Cell| (f64::from(x), f64::from(y));
    let ((cx, cy), (ax, ay), (bx, by)) = (point(c), point(a), point(b));
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { ((cx - ax) * dx + (cy - ay) * dy) / length } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    (cx - ax - along * dx).hypot(cy - ay - along * dy)
}

fn measured(rings: Vec<Ring>) -> Shape {
    let (largest, surface) =
        rings.iter().map(surface).enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
    Shape { rings, largest, surface }
}

fn surface(ring: &Ring) -> f64 {
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    let cross = edges.map(|((ax, ay), (bx, by))| f64::from(*ax) * f64::from(*by) - f64::from(*bx) * f64::from(*ay));
    cross.sum::<f64>().abs() / 2.0
}

/// SVG path data: absolute start of each ring, then relative whole tenths.
pub(crate) fn path_data(rings: &[Ring]) -> String {
    let mut data = String::new();
    for ring in rings {
        let Some((start, rest)) = ring.split_first() else { continue };
        _ = write!(data, "M{} {}l", start.0, start.1);
        let mut from = *start;
        for (i, to) in rest.iter().enumerate() {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let gap = |value: i32, first: bool| if value < 0 || first { "" } else { " " };
            _ = write!(data, "{}{dx}{}{dy}", gap(dx, i == 0), gap(dy, false));
            from = *to;
        }
        data.push('z');
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Size;
    use crate::fixtures::{polygon, square, wavy_pair};

    const SIZE: Size = Size { width: 200.0, height: 200.0 };

    fn drawn(geometries: &[MultiPolygon<f64>]) -> Vec<Shape> {
        let frame = Frame::fit(geometries.iter(), SIZE, 2.0).expect("there are points");
        shapes(geometries.iter(), &frame)
    }

    fn edges(shape: &Shape) -> HashSet<(Cell, Cell)> {
        let ring = &shape.rings[0];
        let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
        pairs.map(|(a, b)| (*a.min(b), *a.max(b))).collect()
    }

    #[test]
    fn the_border_of_two_squares_is_the_same_cells_on_both_sides() {
        let drawn = drawn(&[square(-72.0, -36.0, 0.333), square(-71.667, -36.0, 0.333)]);
        let shared: Vec<_> = edges(&drawn[0]).intersection(&edges(&drawn[1])).copied().collect();
        assert_eq!(shared.len(), 1);
    }

    #[test]
    fn a_winding_border_of_thousands_of_vertices_is_simplified_alike_on_both_sides() {
        let (west, east) = wavy_pair(3_000);
        let drawn = drawn(&[west, east]);
        let (west, east) = (edges(&drawn[0]), edges(&drawn[1]));
        let shared = west.intersection(&east).count();
        assert!((20..600).contains(&shared), "{shared} edges left of 3000");
        // Each square has three sides of its own and the border, with no edge of it left alone.
        assert_eq!((west.len() - shared, east.len() - shared), (3, 3));
    }

    #[test]
    fn a_hole_and_the_area_that_fills_it_keep_one_outline() {
        let ring = |n: u32, reverse: bool| {
            let mut at: Vec<(f64, f64)> = (0..n)
                .map(|i| {
                    let turn = f64::from(i) / f64::from(n) * std::f64::consts::TAU;
                    (-71.5 + 0.2 * turn.cos(), -36.0 + 0.2 * turn.sin())
                })
                .collect();
            if reverse {
                at.reverse();
                at.rotate_left(7);
            }
            at
        };
        let outer = vec![(-72.0, -36.5), (-71.0, -36.5), (-71.0, -35.5), (-72.0, -35.5)];
        let drawn = drawn(&[polygon(&[outer, ring(500, true)]), polygon(&[ring(500, false)])]);
        let (hole, island) = (&drawn[0].rings[1], &drawn[1].rings[0]);
        let cells = |ring: &Ring| ring.iter().copied().collect::<HashSet<_>>();
        assert_eq!(cells(hole), cells(island));
        assert!(island.len() < 100, "{}", island.len());
    }

    #[test]
    fn an_area_too_small_to_see_becomes_a_dot_and_a_broken_coordinate_is_left_out() {
        let mut broken = square(-72.0, -36.0, 1.0);
        broken.0[0].exterior_mut(|line| line.0.insert(1, geo::coord! { x: f64::NAN, y: 0.0 }));
        let drawn = drawn(&[broken, square(-71.9, -35.9, 1e-7)]);
        assert_eq!(drawn[0].rings[0].len(), 4);
        assert_eq!(drawn[1].rings[0].len(), 4);
    }

    #[test]
    fn path_data_is_relative_whole_tenths() {
        let ring = vec![(10, 20), (30, 20), (30, 10)];
        assert_eq!(path_data(&[ring.clone(), ring]), "M10 20l20 0 0-10zM10 20l20 0 0-10z");
    }
}
