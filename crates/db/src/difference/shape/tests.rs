//! What counts as the same geometry.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{Comparer, Shift, Until};

const TOLERANCE_M: f64 = 1.0;
/// Chillán.
const ORIGIN: (f64, f64) = (-72.1, -36.6);
const X_M: f64 = 89_500.0;
const Y_M: f64 = 110_960.0;

type Ring = Vec<(f64, f64)>;

/// A polygon of rings given in metres from the origin, as WKB.
fn polygons(parts: &[Vec<Ring>]) -> Vec<u8> {
    let mut wkb = vec![1];
    let word = |wkb: &mut Vec<u8>, number: usize| {
        wkb.extend(u32::try_from(number).expect("few").to_le_bytes());
    };
    word(&mut wkb, 6);
    word(&mut wkb, parts.len());
    for rings in parts {
        wkb.push(1);
        word(&mut wkb, 3);
        word(&mut wkb, rings.len());
        for ring in rings {
            word(&mut wkb, ring.len() + 1);
            for (x, y) in ring.iter().chain(ring.first()) {
                wkb.extend((ORIGIN.0 + x / X_M).to_le_bytes());
                wkb.extend((ORIGIN.1 + y / Y_M).to_le_bytes());
            }
        }
    }
    wkb
}

fn area(ring: &Ring) -> Vec<u8> {
    polygons(&[vec![ring.clone()]])
}

fn shift(before: &[u8], after: &[u8]) -> Shift {
    let there = Comparer::new(TOLERANCE_M, Until::Measured).compare(Some(before), Some(after));
    let back = Comparer::new(TOLERANCE_M, Until::Measured).compare(Some(after), Some(before));
    assert_eq!(there.is_same(), back.is_same(), "it does not matter which comes first");
    let quick = Comparer::new(TOLERANCE_M, Until::Beyond).compare(Some(before), Some(after));
    assert_eq!(there.is_same(), quick.is_same(), "it does not matter how exactly it is wanted");
    there
}

/// A star around the origin: rings that turn inwards and outwards, without crossing themselves.
fn rings() -> impl Strategy<Value = Ring> {
    proptest::collection::vec(20.0..200.0_f64, 3..60).prop_map(|radii| {
        let corners = u32::try_from(radii.len()).expect("few");
        let turn = |i: u32| std::f64::consts::TAU * f64::from(i) / f64::from(corners);
        (0..).zip(radii).map(|(i, r)| (r * turn(i).cos(), r * turn(i).sin())).collect()
    })
}

fn rotated(ring: &Ring, by: usize) -> Ring {
    let mut ring = ring.clone();
    let by = by % ring.len();
    ring.rotate_left(by);
    ring
}

fn reversed(ring: &Ring) -> Ring {
    ring.iter().rev().copied().collect()
}

/// With `more` points on every side.
fn densified(ring: &Ring, more: u32) -> Ring {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .flat_map(|(a, b)| {
            (0..=more).map(move |i| {
                let share = f64::from(i) / f64::from(more + 1);
                (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
            })
        })
        .collect()
}

fn moved(ring: &Ring, x: f64, y: f64) -> Ring {
    ring.iter().map(|(a, b)| (a + x, b + y)).collect()
}

fn shaken(ring: &Ring, noise: &[(f64, f64)]) -> Ring {
    ring.iter().zip(noise.iter().cycle()).map(|((x, y), (dx, dy))| (x + dx, y + dy)).collect()
}

proptest! {
    #[test]
    fn where_a_ring_starts_and_which_way_it_runs_does_not_matter(ring in rings(), by in 0_usize..60, back: bool) {
        let other = rotated(&ring, by);
        let other = if back { reversed(&other) } else { other };
        prop_assert_eq!(shift(&area(&ring), &area(&other)), Shift::Same);
    }

    #[test]
    fn noise_below_the_tolerance_and_points_on_a_side_do_not_matter(
        ring in rings(), by in 0_usize..60, more in 0_u32..4, back: bool,
        noise in proptest::collection::vec((-0.6..0.6_f64, -0.6..0.6_f64), 1..40),
    ) {
        let other = shaken(&densified(&rotated(&ring, by), more), &noise);
        let other = if back { reversed(&other) } else { other };
        prop_assert_eq!(shift(&area(&ring), &area(&other)), Shift::Same);
    }

    #[test]
    fn a_shift_beyond_the_tolerance_is_seen_and_measured(
        ring in rings(), by in 0_usize..60, more in 0_u32..3, angle in 0.0..6.0_f64, metres in 250.0..2_000.0_f64,
    ) {
        let other = densified(&rotated(&moved(&ring, metres * angle.cos(), metres * angle.sin()), by), more);
        let Shift::Moved(measured) = shift(&area(&ring), &area(&other)) else { panic!("it moved") };
        // No place of a ring is farther from the moved ring than the way, and its outermost is not much nearer.
        prop_assert!(measured <= metres * 1.01, "{} of {}", measured, metres);
        prop_assert!(measured >= metres * 0.1, "{} of {}", measured, metres);
    }

    #[test]
    fn one_point_pulled_away_is_seen(ring in rings(), at in 0_usize..60, by in 0_usize..60, metres in 5.0..50.0_f64) {
        let mut other = ring.clone();
        let at = at % ring.len();
        let (x, y) = other[at];
        let length = x.hypot(y);
        other[at] = (x * (1.0 + metres / length), y * (1.0 + metres / length));
        let shift = shift(&area(&ring), &area(&rotated(&other, by)));
        prop_assert!(matches!(shift, Shift::Moved(measured) if measured > 1.0 && measured <= metres * 1.01), "{:?}", shift);
    }
}

#[test]
fn the_order_of_parts_and_of_holes_does_not_matter() {
    let square = |x: f64, y: f64, side: f64| vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side)];
    let (one, other) = (square(0.0, 0.0, 100.0), square(300.0, 0.0, 100.0));
    let (hole, second) = (square(20.0, 20.0, 10.0), square(60.0, 60.0, 10.0));
    let before = polygons(&[vec![one.clone(), hole.clone(), second.clone()], vec![other.clone()]]);
    let after = polygons(&[vec![other], vec![one.clone(), second.clone(), hole.clone()]]);
    assert_eq!(shift(&before, &after), Shift::Same);

    let without = polygons(&[vec![square(0.0, 0.0, 100.0), square(20.0, 20.0, 10.0)], vec![square(300.0, 0.0, 100.0)]]);
    assert!(matches!(shift(&before, &without), Shift::Moved(metres) if metres > 25.0), "a hole was filled");
}

#[test]
fn the_same_points_joined_otherwise_are_another_shape() {
    let dented = vec![(0.0, 0.0), (100.0, 0.0), (50.0, 50.0), (100.0, 100.0), (0.0, 100.0)];
    let other = vec![(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (50.0, 50.0), (0.0, 100.0)];
    let Shift::Moved(metres) = shift(&area(&dented), &area(&other)) else { panic!("they differ") };
    assert!((25.0..=51.0).contains(&metres), "{metres}");
}

#[test]
fn metres_are_metres_at_the_latitude_of_the_feature() {
    let ring = vec![(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (0.0, 80.0)];
    for (x, y) in [(5.0, 0.0), (0.0, 5.0), (3.0, 4.0)] {
        let Shift::Moved(metres) = shift(&area(&ring), &area(&moved(&ring, x, y))) else { panic!("it moved") };
        assert!((metres - 5.0).abs() < 0.05, "{x} {y}: {metres}");
    }
    assert_eq!(shift(&area(&ring), &area(&moved(&ring, 0.6, 0.6))), Shift::Same);
    assert!(!shift(&area(&ring), &area(&moved(&ring, 0.8, 0.8))).is_same());
}

#[test]
fn points_lines_and_areas_are_not_each_other() {
    let point = "0101000000000000000000F03F000000000000F03F";
    let multi = "0104000000010000000101000000000000000000F03F000000000000F03F";
    let line = "010200000002000000000000000000F03F000000000000F03F0000000000000040000000000000F03F";
    let back = "0102000000020000000000000000000040000000000000F03F000000000000F03F000000000000F03F";
    let empty = "0103000000".to_owned() + "00000000";
    let wkb = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")).collect()
    };
    assert_eq!(shift(&wkb(point), &wkb(multi)), Shift::Same);
    assert_eq!(shift(&wkb(line), &wkb(back)), Shift::Same);
    assert_eq!(shift(&wkb(point), &wkb(line)), Shift::Other);
    assert_eq!(shift(&wkb(point), &wkb(&empty)), Shift::Other);
    assert_eq!(shift(&wkb(&empty), &wkb(&empty)), Shift::Same);
    assert_eq!(shift(&wkb("01"), &wkb(point)), Shift::Other, "what cannot be read is never the same");
    assert_eq!(Comparer::new(1.0, Until::Beyond).compare(None, Some(&wkb(point))), Shift::Other);
    assert_eq!(Comparer::new(1.0, Until::Beyond).compare(None, None), Shift::Same);
}

/// A coast of bays, 20 km around.
fn coast(points: u32) -> Ring {
    let place = |i: u32| {
        let turn = std::f64::consts::TAU * f64::from(i) / f64::from(points);
        let radius = 20_000.0 + 300.0 * (turn * 700.0).sin();
        (radius * turn.cos(), radius * turn.sin())
    };
    (0..points).map(place).collect()
}

#[test]
fn a_coast_is_the_same_from_any_point_and_with_more_of_them() {
    let ring = coast(3_000);
    assert_eq!(shift(&area(&ring), &area(&reversed(&densified(&rotated(&ring, 411), 1)))), Shift::Same);
    let Shift::Moved(metres) = shift(&area(&ring), &area(&moved(&ring, 30.0, 0.0))) else { panic!("it moved") };
    assert!((25.0..30.1).contains(&metres), "{metres}");
}

/// Every point against every segment would be forty billion distances. Run by hand, with `--ignored --nocapture`.
#[test]
#[ignore = "seconds in a release build, minutes in another"]
fn a_coast_of_a_hundred_thousand_points_takes_seconds() {
    let ring = coast(100_000);
    for (what, other) in
        [("denser", reversed(&densified(&rotated(&ring, 4_711), 1))), ("moved", moved(&ring, 30.0, 0.0))]
    {
        let started = std::time::Instant::now();
        let shift = Comparer::new(TOLERANCE_M, Until::Measured).compare(Some(&area(&ring)), Some(&area(&other)));
        println!("{what}: {shift:?} in {:?}", started.elapsed());
    }
}

#[test]
fn a_written_ring_is_what_the_database_would_write() {
    // The tests stand on this: a unit square at the origin.
    let mut hex = String::new();
    for byte in &area(&vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)])[..18] {
        write!(hex, "{byte:02x}").expect("written");
    }
    assert_eq!(hex, "010600000001000000010300000001000000");
}
