//! Geometries as the records of a shapefile hold them, without heights and measures (ESRI Shapefile Technical Description, July 1998).

use std::ops::Range;

use geo::coordinate_position::{CoordPos, coord_pos_relative_to_ring};
use geo::{Coord, LineString};

use super::wkb::{Flat, MOST_VERTICES, Part, Simple, Top, Unreadable};

/// Before the counts of lines and areas: the type and the box.
const BOX: usize = 4 + 4 * 8;

impl Flat {
    /// Reads the content of a record; one without a shape is empty.
    pub(super) fn read_record(&mut self, record: &[u8]) -> Result<(), Unreadable> {
        self.clear();
        let (kind, point) = record.split_first_chunk().ok_or(Unreadable::Damaged)?;
        let kind = u32::from_le_bytes(*kind);
        self.raised = kind > 10;
        match kind {
            0 => Ok(()),
            1 | 11 | 21 => {
                let (point, _) = point.split_first_chunk::<16>().ok_or(Unreadable::Damaged)?;
                self.vertices_of(&[*point]);
                self.top = Top::Point;
                self.points();
                Ok(())
            }
            8 | 18 | 28 => {
                let count = count(record, BOX)?;
                let points = pairs(record, BOX + 4, count)?;
                self.vertices_of(points);
                self.top = Top::Points;
                self.points();
                Ok(())
            }
            3 | 13 | 23 => {
                self.stretches(record)?;
                self.top = if self.rings.len() == 1 { Top::Line } else { Top::Lines };
                self.parts.extend((0..self.rings.len()).map(|ring| Part { kind: Simple::Line, rings: ring..ring + 1 }));
                Ok(())
            }
            5 | 15 | 25 => {
                self.stretches(record)?;
                self.areas();
                Ok(())
            }
            31 => Err(Unreadable::Solid),
            _ => Err(Unreadable::Damaged),
        }
    }

    /// The vertices of lines or rings, and where each of these begins and ends; those without vertices are none.
    fn stretches(&mut self, record: &[u8]) -> Result<(), Unreadable> {
        let (parts, points) = (count(record, BOX)?, count(record, BOX + 4)?);
        let starts = record.get(BOX + 8..).and_then(|rest| rest.get(..parts.checked_mul(4)?));
        let (starts, _) = starts.ok_or(Unreadable::Damaged)?.as_chunks::<4>();
        let pairs = pairs(record, BOX + 8 + 4 * parts, points)?;
        let mut begun = None;
        for start in starts {
            let start = usize::try_from(u32::from_le_bytes(*start)).map_err(|_| Unreadable::Damaged)?;
            if start > points || start < begun.unwrap_or(start) || (begun.is_none() && start > 0) {
                return Err(Unreadable::Damaged);
            }
            self.stretch(begun.unwrap_or(start)..start);
            begun = Some(start);
        }
        // Vertices of no part.
        if begun.is_none() && points > 0 {
            return Err(Unreadable::Damaged);
        }
        self.stretch(begun.unwrap_or(points)..points);
        self.vertices_of(pairs);
        Ok(())
    }

    fn stretch(&mut self, places: Range<usize>) {
        if !places.is_empty() {
            self.rings.push(places);
        }
    }

    fn vertices_of(&mut self, pairs: &[[u8; 16]]) {
        let half = |pair: &[u8; 16], place: usize| pair.as_chunks::<8>().0[place];
        self.xs.extend(pairs.iter().map(|pair| f64::from_le_bytes(half(pair, 0))));
        self.ys.extend(pairs.iter().map(|pair| f64::from_le_bytes(half(pair, 1))));
    }

    /// Every vertex is a part.
    fn points(&mut self) {
        self.rings.extend((0..self.xs.len()).map(|place| place..place + 1));
        self.parts.extend((0..self.xs.len()).map(|ring| Part { kind: Simple::Point, rings: ring..ring + 1 }));
    }

    /// Puts the rings together to areas: those that run clockwise are outlines, the others holes in the smallest outline around them. A
    /// hole in nothing is an outline drawn the wrong way round.
    fn areas(&mut self) {
        if self.rings.len() < 2 {
            self.top = Top::Area;
            self.parts.extend((!self.rings.is_empty()).then_some(Part { kind: Simple::Area, rings: 0..1 }));
            return;
        }
        let rings = std::mem::take(&mut self.rings);
        let turns: Vec<f64> = rings.iter().map(|ring| self.turn(ring)).collect();
        let clockwise = turns.iter().filter(|turn| **turn < 0.0).count();
        let outlines: Vec<Option<Outline>> = rings
            .iter()
            .zip(&turns)
            // Of a single outline no hole needs a closer look.
            .map(|(ring, turn)| (*turn < 0.0 && clockwise > 1).then(|| Outline::new(self, ring, -turn)))
            .collect();
        let single = turns.iter().position(|turn| *turn < 0.0).filter(|_| clockwise == 1);
        let mut areas: Vec<Vec<usize>> = vec![Vec::new(); rings.len()];
        for (place, ring) in rings.iter().enumerate() {
            let around = if turns[place] < 0.0 { None } else { single.or_else(|| self.around(ring, &outlines)) };
            areas[around.unwrap_or(place)].push(place);
        }
        for (place, own) in areas.iter().enumerate().filter(|(_, own)| !own.is_empty()) {
            let first = self.rings.len();
            // Wherever it comes in the file.
            let outline = own.iter().filter(|ring| **ring == place);
            let holes = own.iter().filter(|ring| **ring != place);
            self.rings.extend(outline.chain(holes).map(|ring| rings[*ring].clone()));
            self.parts.push(Part { kind: Simple::Area, rings: first..self.rings.len() });
        }
        self.top = if self.parts.len() == 1 { Top::Area } else { Top::Areas };
    }

    /// Twice the area of a ring; below zero when it runs clockwise.
    fn turn(&self, ring: &Range<usize>) -> f64 {
        let (xs, ys) = (&self.xs[ring.clone()], &self.ys[ring.clone()]);
        // Relative to the first vertex, so that small rings keep their digits.
        let (x, y) = (xs[0], ys[0]);
        let sides = xs.windows(2).zip(ys.windows(2));
        sides.map(|(xs, ys)| (xs[0] - x) * (ys[1] - y) - (xs[1] - x) * (ys[0] - y)).sum()
    }

    /// The smallest outline around a hole.
    fn around(&self, hole: &Range<usize>, outlines: &[Option<Outline>]) -> Option<usize> {
        let bounds = self.bounds(hole);
        let known = outlines.iter().enumerate().filter_map(|(place, outline)| Some((place, outline.as_ref()?)));
        let holding = known.filter(|(_, outline)| outline.holds(self, hole, bounds));
        holding.min_by(|(_, a), (_, b)| a.area.total_cmp(&b.area)).map(|(place, _)| place)
    }

    /// Least x, least y, greatest x, greatest y.
    fn bounds(&self, ring: &Range<usize>) -> [f64; 4] {
        let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (xs, ys) = (&self.xs[ring.clone()], &self.ys[ring.clone()]);
        [least(xs), least(ys), greatest(xs), greatest(ys)]
    }
}

/// A ring that runs clockwise, ready for the question what lies in it.
struct Outline {
    area: f64,
    bounds: [f64; 4],
    ring: LineString,
}

impl Outline {
    fn new(flat: &Flat, ring: &Range<usize>, area: f64) -> Self {
        let vertices = ring.clone().map(|place| Coord { x: flat.xs[place], y: flat.ys[place] });
        Self { area, bounds: flat.bounds(ring), ring: LineString(vertices.collect()) }
    }

    /// The first vertex of the hole that is not on the outline decides; where all are, the first middle of a side.
    fn holds(&self, flat: &Flat, hole: &Range<usize>, [west, south, east, north]: [f64; 4]) -> bool {
        let [own_west, own_south, own_east, own_north] = self.bounds;
        if west < own_west || south < own_south || east > own_east || north > own_north {
            return false;
        }
        let vertex = |place: usize| Coord { x: flat.xs[place], y: flat.ys[place] };
        let middles = hole.clone().skip(1).map(|place| (vertex(place - 1) + vertex(place)) / 2.0);
        let positions = hole.clone().map(vertex).chain(middles).map(|at| coord_pos_relative_to_ring(at, &self.ring));
        positions.into_iter().find(|position| *position != CoordPos::OnBoundary) != Some(CoordPos::Outside)
    }
}

/// A count of vertices or of parts.
fn count(record: &[u8], at: usize) -> Result<usize, Unreadable> {
    let word = record.get(at..).and_then(<[u8]>::first_chunk).ok_or(Unreadable::Damaged)?;
    let count = usize::try_from(u32::from_le_bytes(*word)).map_err(|_| Unreadable::Damaged)?;
    if count > MOST_VERTICES { Err(Unreadable::TooLarge) } else { Ok(count) }
}

/// So many positions, which must be there.
fn pairs(record: &[u8], at: usize, count: usize) -> Result<&[[u8; 16]], Unreadable> {
    record.get(at..).and_then(|rest| rest.as_chunks().0.get(..count)).ok_or(Unreadable::Damaged)
}

#[cfg(test)]
mod tests {
    use gdal::vector::Geometry;
    use proptest::prelude::*;

    use super::*;

    /// The record of a line (3) or an area (5).
    fn record(kind: u32, parts: &[&[[f64; 2]]]) -> Vec<u8> {
        let mut record = kind.to_le_bytes().to_vec();
        record.extend([0; 32]);
        let words = |count: usize| u32::try_from(count).expect("few").to_le_bytes();
        record.extend(words(parts.len()));
        record.extend(words(parts.iter().map(|part| part.len()).sum()));
        let mut start = 0;
        for part in parts {
            record.extend(words(start));
            start += part.len();
        }
        record.extend(parts.iter().copied().flatten().flatten().flat_map(|number| number.to_le_bytes()));
        record
    }

    /// A square, clockwise.
    fn square(x: f64, y: f64, side: f64) -> Vec<[f64; 2]> {
        vec![[x, y], [x, y + side], [x + side, y + side], [x + side, y], [x, y]]
    }

    /// The other way round.
    fn turned(mut ring: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
        ring.reverse();
        ring
    }

    fn areas(rings: &[Vec<[f64; 2]>]) -> Flat {
        let mut flat = Flat::default();
        let rings: Vec<&[[f64; 2]]> = rings.iter().map(Vec::as_slice).collect();
        assert_eq!(flat.read_record(&record(5, &rings)), Ok(()));
        flat
    }

    fn wkt(flat: &Flat) -> String {
        let mut out = Vec::new();
        flat.write(flat.top, &mut out);
        Geometry::from_wkb(&out).and_then(|geometry| geometry.wkt()).expect("a geometry")
    }

    fn read(record: &[u8]) -> Result<String, Unreadable> {
        let mut flat = Flat::default();
        flat.read_record(record).map(|()| wkt(&flat))
    }

    #[test]
    fn every_type_is_read_without_its_heights() {
        let point = |kind: u32, more: &[f64]| {
            let numbers = [&[-72.0, -36.5][..], more].concat();
            [kind.to_le_bytes().to_vec(), numbers.iter().flat_map(|number| number.to_le_bytes()).collect()].concat()
        };
        for (kind, more) in [(1, &[][..]), (11, &[9.0, 0.0]), (21, &[9.0])] {
            assert_eq!(read(&point(kind, more)).as_deref(), Ok("POINT (-72 -36.5)"), "{kind}");
        }
        let line: &[[f64; 2]] = &[[0.0, 0.0], [1.0, 2.0]];
        let mut heights = record(13, &[line]);
        heights.extend([0; 16 + 2 * 8 + 16 + 2 * 8]);
        assert_eq!(read(&heights).as_deref(), Ok("LINESTRING (0 0,1 2)"));
        assert_eq!(read(&record(3, &[line, line])).as_deref(), Ok("MULTILINESTRING ((0 0,1 2),(0 0,1 2))"));
        let ring = square(0.0, 0.0, 1.0);
        for kind in [5, 15, 25] {
            assert_eq!(read(&record(kind, &[&ring])).as_deref(), Ok("POLYGON ((0 0,0 1,1 1,1 0,0 0))"));
        }
        let mut points = record(8, &[line]);
        // No parts: their count and their start are left out.
        points.drain(36..40);
        points.drain(40..44);
        assert_eq!(read(&points).as_deref(), Ok("MULTIPOINT (0 0,1 2)"));
        let mut flat = Flat::default();
        assert_eq!((flat.read_record(&heights), flat.raised), (Ok(()), true));
        assert_eq!((flat.read_record(&0_u32.to_le_bytes()), flat.parts.len(), flat.raised), (Ok(()), 0, false));
        assert_eq!((flat.read_record(&record(5, &[])), flat.parts.len()), (Ok(()), 0));
    }

    #[test]
    fn holes_lie_in_the_smallest_outline_around_them_wherever_they_come() {
        let (lake, island, pond) =
            (turned(square(1.0, 1.0, 8.0)), square(3.0, 3.0, 4.0), turned(square(4.0, 4.0, 1.0)));
        let (land, far) = (square(0.0, 0.0, 10.0), square(20.0, 0.0, 5.0));
        let one = areas(&[lake.clone(), land.clone()]);
        assert_eq!((one.top, one.parts.len()), (Top::Area, 1));
        assert!(wkt(&one).starts_with("POLYGON ((0 0,0 10"), "{}", wkt(&one));
        let all = areas(&[pond, land, far.clone(), lake, island]);
        assert_eq!(
            wkt(&all),
            "MULTIPOLYGON (((0 0,0 10,10 10,10 0,0 0),(1 1,9 1,9 9,1 9,1 1)),((20 0,20 5,25 5,25 0,20 0)),\
             ((3 3,3 7,7 7,7 3,3 3),(4 4,5 4,5 5,4 5,4 4)))"
        );
        // A hole whose corners all lie on the outline.
        let diamond = turned(vec![[20.0, 2.0], [22.0, 5.0], [25.0, 2.0], [22.0, 0.0], [20.0, 2.0]]);
        assert_eq!(areas(&[square(0.0, 0.0, 10.0), far, diamond]).parts[1].rings, 1..3);
    }

    #[test]
    fn a_hole_in_nothing_is_an_area_drawn_the_wrong_way_round() {
        let wrong = [turned(square(0.0, 0.0, 1.0)), turned(square(5.0, 0.0, 1.0))];
        let flat = areas(&wrong);
        assert_eq!((flat.top, flat.parts.len()), (Top::Areas, 2));
        assert_eq!(areas(&[square(9.0, 9.0, 1.0), square(7.0, 7.0, 1.0), wrong[1].clone()]).parts.len(), 3);
        assert_eq!(areas(&wrong[..1]).parts.len(), 1);
    }

    #[test]
    fn parts_that_do_not_fit_are_damaged() {
        let ring = square(0.0, 0.0, 1.0);
        let whole = record(5, &[&ring, &ring]);
        let with = |at: usize, word: u32| {
            let mut changed = whole.clone();
            changed[at..at + 4].copy_from_slice(&word.to_le_bytes());
            read(&changed)
        };
        assert!(read(&whole).is_ok());
        for (at, word) in [(0, 7), (36, 90_000), (36, 0), (40, 90_000), (44, 1), (48, 11), (48, u32::MAX)] {
            assert_eq!(with(at, word), Err(Unreadable::Damaged), "{word} at {at}");
        }
        assert_eq!(with(40, u32::MAX), Err(Unreadable::TooLarge));
        assert_eq!(with(0, 31), Err(Unreadable::Solid));
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), Err(Unreadable::Damaged), "{length}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read_or_refused(
            kind in proptest::sample::select(vec![0_u32, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28, 31]),
            counts in (0_u32..6, 0_u32..12),
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let record = [&kind.to_le_bytes()[..], &[0; 32], &counts.0.to_le_bytes(), &counts.1.to_le_bytes(), &bytes].concat();
            let mut flat = Flat::default();
            if flat.read_record(&record).is_ok() {
                flat.write(Top::Mixed, &mut Vec::new());
            }
        }
    }
}
