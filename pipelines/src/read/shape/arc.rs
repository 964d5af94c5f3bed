//! Arcs into short straight lines.

use std::f64::consts::{PI, TAU};

/// Between two vertices of an arc, as GDAL does.
const STEP: f64 = PI / 45.0;

/// Replaces the vertices from `start` on, which are the start, the middle and the end of arcs one after the other, by vertices along them.
pub(super) fn straighten(xs: &mut Vec<f64>, ys: &mut Vec<f64>, start: usize) {
    let controls: Vec<[f64; 2]> = xs[start..].iter().zip(&ys[start..]).map(|(x, y)| [*x, *y]).collect();
    if controls.len() < 3 {
        return;
    }
    xs.truncate(start + 1);
    ys.truncate(start + 1);
    for arc in controls.windows(3).step_by(2) {
        for [x, y] in along(arc[0], arc[1], arc[2]) {
            xs.push(x);
            ys.push(y);
        }
    }
}

/// The vertices after `from`, `to` included and exact.
fn along(from: [f64; 2], by: [f64; 2], to: [f64; 2]) -> Vec<[f64; 2]> {
    #[expect(clippy::float_cmp, reason = "a circle ends in the very vertex it begins with")]
    let closed = from == to;
    let centre = if closed {
        Some([f64::midpoint(from[0], by[0]), f64::midpoint(from[1], by[1])])
    } else {
        centre(from, by, to)
    };
    let Some(centre) = centre.filter(|centre| centre.iter().all(|value| value.is_finite())) else {
        return vec![by, to];
    };
    let angle = |at: [f64; 2]| (at[1] - centre[1]).atan2(at[0] - centre[0]);
    let radius = (from[0] - centre[0]).hypot(from[1] - centre[1]);
    let left = (by[0] - from[0]) * (to[1] - from[1]) - (by[1] - from[1]) * (to[0] - from[0]) >= 0.0;
    let turn = if closed {
        TAU
    } else if left {
        (angle(to) - angle(from)).rem_euclid(TAU)
    } else {
        -(angle(from) - angle(to)).rem_euclid(TAU)
    };
    let mut vertices = Vec::new();
    let mut step = 1.0;
    while step * STEP < turn.abs() - STEP / 2.0 {
        let at = angle(from) + (step * STEP).copysign(turn);
        vertices.push([centre[0] + radius * at.cos(), centre[1] + radius * at.sin()]);
        step += 1.0;
    }
    vertices.push(to);
    vertices
}

/// The middle of the circle through three points; `None` when they are on a line.
fn centre(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> Option<[f64; 2]> {
    let (bx, by, cx, cy) = (b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]);
    let d = 2.0 * (bx * cy - by * cx);
    let (b2, c2) = (bx * bx + by * by, cx * cx + cy * cy);
    if d.abs() <= f64::EPSILON * (b2 + c2) {
        return None;
    }
    Some([a[0] + (cy * b2 - by * c2) / d, a[1] + (bx * c2 - cx * b2) / d])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn straightened(controls: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let (mut xs, mut ys) = controls.iter().map(|[x, y]| (*x, *y)).unzip();
        straighten(&mut xs, &mut ys, 0);
        xs.into_iter().zip(ys).map(|(x, y)| [x, y]).collect()
    }

    #[test]
    fn an_arc_keeps_its_ends_and_its_radius_both_ways_round() {
        for controls in [
            [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]],
            [[-1.0, 0.0], [0.0, 1.0], [1.0, 0.0]],
            [[1.0, 0.0], [0.0, -1.0], [-1.0, 0.0]],
        ] {
            let line = straightened(&controls);
            assert_eq!((line[0], line[line.len() - 1]), (controls[0], controls[2]));
            assert!(line.len() > 40, "{line:?}");
            assert!(
                line.iter().all(|[x, y]| (x.hypot(*y) - 1.0).abs() < 1e-12 && y * controls[1][1] >= -1e-12),
                "{line:?}"
            );
        }
    }

    #[test]
    fn points_on_a_line_stay_and_a_circle_closes() {
        let line = [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]];
        assert_eq!(straightened(&line), line);
        let circle = straightened(&[[0.0, 0.0], [2.0, 0.0], [0.0, 0.0]]);
        assert_eq!((circle.len(), circle[circle.len() - 1]), (91, [0.0, 0.0]));
        assert!(circle.iter().all(|[x, y]| ((x - 1.0).hypot(*y) - 1.0).abs() < 1e-12));
        assert_eq!(straightened(&[[0.0, 0.0], [1.0, 1.0]]).len(), 2);
    }
}
