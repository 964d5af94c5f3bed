//! Geometries as flat lists of coordinates, from and to well-known binary.

use std::ops::Range;

use super::arc;

/// Most vertices of one geometry. The most detailed comuna of Chile, with its channels and islands, has a tenth of them.
pub(super) const MOST_VERTICES: usize = 1_000_000;
/// Deepest nesting of collections.
const DEEPEST: u8 = 16;

/// Why bytes are no geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    Damaged,
    TooLarge,
    /// The surface of a body, which is no area.
    Solid,
}

/// What a geometry is at its top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Top {
    Point,
    Line,
    Area,
    Points,
    Lines,
    Areas,
    #[default]
    Mixed,
}

/// A point, a line or an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Simple {
    Point,
    Line,
    Area,
}

/// A piece of a geometry: its rings by their place in [`Flat::rings`]. A point and a line have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: Simple,
    pub(super) rings: Range<usize>,
}

/// A geometry in two dimensions, its collections dissolved into parts. Filled again and again, so that its memory is kept.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) top: Top,
    pub(super) parts: Vec<Part>,
    /// Stretches of the coordinates.
    pub(super) rings: Vec<Range<usize>>,
    pub(super) xs: Vec<f64>,
    pub(super) ys: Vec<f64>,
    /// It had heights or measures.
    pub(super) raised: bool,
    /// It had arcs.
    pub(super) curved: bool,
}

/// The bytes not yet read, and how numbers are written in them.
struct Bytes<'a> {
    rest: &'a [u8],
    little: bool,
}

impl Bytes<'_> {
    fn byte(&mut self) -> Result<u8, Unreadable> {
        let (first, rest) = self.rest.split_first().ok_or(Unreadable::Damaged)?;
        self.rest = rest;
        Ok(*first)
    }

    fn word(&mut self) -> Result<u32, Unreadable> {
        let (word, rest) = self.rest.split_first_chunk::<4>().ok_or(Unreadable::Damaged)?;
        self.rest = rest;
        Ok(if self.little { u32::from_le_bytes(*word) } else { u32::from_be_bytes(*word) })
    }

    fn number(&mut self) -> Result<f64, Unreadable> {
        let (number, rest) = self.rest.split_first_chunk::<8>().ok_or(Unreadable::Damaged)?;
        self.rest = rest;
        Ok(if self.little { f64::from_le_bytes(*number) } else { f64::from_be_bytes(*number) })
    }

    /// A count of things of at least so many bytes each, which must be there.
    fn count(&mut self, least_bytes: usize) -> Result<usize, Unreadable> {
        let count = usize::try_from(self.word()?).map_err(|_| Unreadable::Damaged)?;
        if count > self.rest.len() / least_bytes { Err(Unreadable::Damaged) } else { Ok(count) }
    }
}

impl Flat {
    /// Reads OGC, ISO or PostGIS well-known binary. With `nan_is_empty` a point of two NaN is the empty point, as the standard has it.
    pub(super) fn read(&mut self, wkb: &[u8], nan_is_empty: bool) -> Result<(), Unreadable> {
        self.clear();
        let mut bytes = Bytes { rest: wkb, little: true };
        self.top = self.geometry(&mut bytes, DEEPEST)?;
        if nan_is_empty && self.parts.iter().any(|part| part.kind == Simple::Point) {
            let (rings, xs, ys) = (&self.rings, &self.xs, &self.ys);
            self.parts.retain(|part| {
                let place = rings[part.rings.start].start;
                part.kind != Simple::Point || !(xs[place].is_nan() && ys[place].is_nan())
            });
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.parts.clear();
        self.rings.clear();
        self.xs.clear();
        self.ys.clear();
        self.raised = false;
        self.curved = false;
    }

    fn geometry(&mut self, bytes: &mut Bytes<'_>, depth: u8) -> Result<Top, Unreadable> {
        let depth = depth.checked_sub(1).ok_or(Unreadable::Damaged)?;
        let (kind, dimensions) = self.header(bytes)?;
        match kind {
            1 => {
                let start = self.xs.len();
                self.vertex(bytes, dimensions)?;
                self.part(Simple::Point, start);
                Ok(Top::Point)
            }
            2 | 8 | 9 => {
                let start = self.xs.len();
                self.line(bytes, kind, dimensions, depth)?;
                self.part(Simple::Line, start);
                Ok(Top::Line)
            }
            3 | 10 | 17 => {
                self.area(bytes, kind, dimensions, depth)?;
                Ok(Top::Area)
            }
            4..=7 | 11 | 12 | 15 | 16 => {
                for _ in 0..bytes.count(5)? {
                    self.geometry(bytes, depth)?;
                }
                Ok(match kind {
                    4 => Top::Points,
                    5 | 11 => Top::Lines,
                    6 | 12 | 15 | 16 => Top::Areas,
                    _ => Top::Mixed,
                })
            }
            _ => Err(Unreadable::Damaged),
        }
    }

    /// The kind, and how many numbers a vertex has.
    fn header(&mut self, bytes: &mut Bytes<'_>) -> Result<(u32, usize), Unreadable> {
        bytes.little = match bytes.byte()? {
            0 => false,
            1 => true,
            _ => return Err(Unreadable::Damaged),
        };
        let word = bytes.word()?;
        if word & 0x2000_0000 != 0 {
            bytes.word()?;
        }
        let iso = word & 0x1fff_ffff;
        let (z, m) = match iso / 1000 {
            0 => (false, false),
            1 => (true, false),
            2 => (false, true),
            3 => (true, true),
            _ => return Err(Unreadable::Damaged),
        };
        let (z, m) = (z || word & 0x8000_0000 != 0, m || word & 0x4000_0000 != 0);
        self.raised |= z || m;
        Ok((iso % 1000, 2 + usize::from(z) + usize::from(m)))
    }

    fn vertex(&mut self, bytes: &mut Bytes<'_>, dimensions: usize) -> Result<(), Unreadable> {
        if self.xs.len() >= MOST_VERTICES {
            return Err(Unreadable::TooLarge);
        }
        self.xs.push(bytes.number()?);
        self.ys.push(bytes.number()?);
        for _ in 2..dimensions {
            bytes.number()?;
        }
        Ok(())
    }

    fn vertices(&mut self, bytes: &mut Bytes<'_>, dimensions: usize) -> Result<(), Unreadable> {
        for _ in 0..bytes.count(8 * dimensions)? {
            self.vertex(bytes, dimensions)?;
        }
        Ok(())
    }

    /// The body of a line, straight (2), of arcs (8) or of pieces of both (9).
    fn line(&mut self, bytes: &mut Bytes<'_>, kind: u32, dimensions: usize, depth: u8) -> Result<(), Unreadable> {
        match kind {
            2 => self.vertices(bytes, dimensions),
            8 => {
                let start = self.xs.len();
                self.vertices(bytes, dimensions)?;
                self.curved = true;
                arc::straighten(&mut self.xs, &mut self.ys, start);
                if self.xs.len() > MOST_VERTICES { Err(Unreadable::TooLarge) } else { Ok(()) }
            }
            9 => {
                let depth = depth.checked_sub(1).ok_or(Unreadable::Damaged)?;
                for _ in 0..bytes.count(5)? {
                    let (kind, dimensions) = self.header(bytes)?;
                    let start = self.xs.len();
                    self.line(bytes, kind, dimensions, depth)?;
                    // Each piece begins where the one before ends.
                    if start > 0 && start < self.xs.len() && self.rings.last().is_none_or(|ring| ring.end < start) {
                        self.xs.remove(start);
                        self.ys.remove(start);
                    }
                }
                Ok(())
            }
            _ => Err(Unreadable::Damaged),
        }
    }

    /// The body of an area with straight rings (3, 17) or curved ones (10).
    fn area(&mut self, bytes: &mut Bytes<'_>, kind: u32, dimensions: usize, depth: u8) -> Result<(), Unreadable> {
        let first = self.rings.len();
        for _ in 0..bytes.count(4)? {
            let start = self.xs.len();
            if kind == 10 {
                let (kind, dimensions) = self.header(bytes)?;
                self.line(bytes, kind, dimensions, depth)?;
            } else {
                self.vertices(bytes, dimensions)?;
            }
            if self.xs.len() > start {
                self.rings.push(start..self.xs.len());
            }
        }
        if self.rings.len() > first {
            self.parts.push(Part { kind: Simple::Area, rings: first..self.rings.len() });
        }
        Ok(())
    }

    /// What was read since `start` is a part, unless it is nothing.
    fn part(&mut self, kind: Simple, start: usize) {
        if self.xs.len() > start {
            self.rings.push(start..self.xs.len());
            self.parts.push(Part { kind, rings: self.rings.len() - 1..self.rings.len() });
        }
    }

    /// Appends the geometry as little-endian well-known binary of that type.
    pub(super) fn write(&self, top: Top, out: &mut Vec<u8>) {
        let collection = match top {
            Top::Point | Top::Line | Top::Area => None,
            Top::Points => Some(4),
            Top::Lines => Some(5),
            Top::Areas => Some(6),
            Top::Mixed => Some(7),
        };
        out.reserve(self.xs.len() * 16 + self.parts.len() * 13 + 9);
        if let Some(kind) = collection {
            head(out, kind);
            count(out, self.parts.len());
        }
        for part in &self.parts {
            match part.kind {
                Simple::Point => head(out, 1),
                Simple::Line => head(out, 2),
                Simple::Area => {
                    head(out, 3);
                    count(out, part.rings.len());
                }
            }
            for ring in &self.rings[part.rings.clone()] {
                if part.kind != Simple::Point {
                    count(out, ring.len());
                }
                let start = out.len();
                out.resize(start + ring.len() * 16, 0);
                let (numbers, _) = out[start..].as_chunks_mut::<8>();
                let (pairs, _) = numbers.as_chunks_mut::<2>();
                for ((pair, x), y) in pairs.iter_mut().zip(&self.xs[ring.clone()]).zip(&self.ys[ring.clone()]) {
                    *pair = [x.to_le_bytes(), y.to_le_bytes()];
                }
            }
        }
    }
}

fn head(out: &mut Vec<u8>, kind: u32) {
    out.push(1);
    out.extend(kind.to_le_bytes());
}

fn count(out: &mut Vec<u8>, count: usize) {
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use gdal::vector::Geometry;
    use proptest::prelude::*;

    use super::*;

    fn flat(wkt: &str) -> Flat {
        let mut flat = Flat::default();
        let wkb = Geometry::from_wkt(wkt).and_then(|geometry| geometry.iso_wkb()).expect("a geometry");
        assert_eq!(flat.read(&wkb, true), Ok(()), "{wkt}");
        flat
    }

    fn written(flat: &Flat) -> String {
        let mut out = Vec::new();
        flat.write(flat.top, &mut out);
        Geometry::from_wkb(&out).and_then(|geometry| geometry.wkt()).expect("a geometry")
    }

    #[test]
    fn every_type_is_read_and_written_back_flat() {
        for (wkt, expected) in [
            ("POINT (1 2)", "POINT (1 2)"),
            ("POINT ZM (1 2 3 4)", "POINT (1 2)"),
            ("LINESTRING Z (1 2 9,3 4 9)", "LINESTRING (1 2,3 4)"),
            ("MULTIPOINT (1 2,3 4)", "MULTIPOINT (1 2,3 4)"),
            ("POLYGON M ((0 0 1,4 0 1,4 4 1,0 0 1))", "POLYGON ((0 0,4 0,4 4,0 0))"),
            (
                "MULTIPOLYGON (((0 0,9 0,9 9,0 0),(5 1,6 1,6 2,5 1)),((20 0,24 0,24 4,20 0)))",
                "MULTIPOLYGON (((0 0,9 0,9 9,0 0),(5 1,6 1,6 2,5 1)),((20 0,24 0,24 4,20 0)))",
            ),
            (
                "GEOMETRYCOLLECTION (POINT (1 2),GEOMETRYCOLLECTION (LINESTRING (1 2,3 4)))",
                "GEOMETRYCOLLECTION (POINT (1 2),LINESTRING (1 2,3 4))",
            ),
            ("TIN (((0 0 1,4 0 1,4 4 1,0 0 1)))", "MULTIPOLYGON (((0 0,4 0,4 4,0 0)))"),
            ("COMPOUNDCURVE ((0 0,1 0),(1 0,2 0))", "LINESTRING (0 0,1 0,2 0)"),
            (
                "GEOMETRYCOLLECTION (LINESTRING (8 8,9 9),COMPOUNDCURVE ((9 9,1 0),(1 0,2 0)))",
                "GEOMETRYCOLLECTION (LINESTRING (8 8,9 9),LINESTRING (9 9,1 0,2 0))",
            ),
        ] {
            assert_eq!(written(&flat(wkt)), expected, "{wkt}");
        }
        assert!(flat("POINT EMPTY").parts.is_empty() && flat("MULTIPOLYGON EMPTY").parts.is_empty());
        assert!(flat("POINT Z (1 2 3)").raised && !flat("POINT (1 2)").raised);
        let circle = flat("CURVEPOLYGON (CIRCULARSTRING (0 0,2 0,0 0))");
        assert!(circle.curved && circle.xs.len() > 60, "{circle:?}");
    }

    #[test]
    fn postgis_and_big_endian_bytes_are_read() {
        let mut flat = Flat::default();
        let ewkb = [
            &[1][..],
            &0xa000_0001_u32.to_le_bytes(),
            &4326_u32.to_le_bytes(),
            &1_f64.to_le_bytes(),
            &2_f64.to_le_bytes(),
            &3_f64.to_le_bytes(),
        ]
        .concat();
        assert_eq!((flat.read(&ewkb, true), flat.xs[0], flat.ys[0], flat.raised), (Ok(()), 1.0, 2.0, true));
        let big = [&[0][..], &1_u32.to_be_bytes(), &1_f64.to_be_bytes(), &2_f64.to_be_bytes()].concat();
        assert_eq!((flat.read(&big, true), flat.xs[0], flat.raised), (Ok(()), 1.0, false));
        // A collection may hold members of the other order.
        let mixed = [&[1][..], &4_u32.to_le_bytes(), &2_u32.to_le_bytes(), &big, &ewkb].concat();
        assert_eq!((flat.read(&mixed, true), flat.parts.len()), (Ok(()), 2));
    }

    #[test]
    fn what_says_to_be_larger_than_it_is_is_damaged() {
        let mut flat = Flat::default();
        let lie = [&[1][..], &2_u32.to_le_bytes(), &u32::MAX.to_le_bytes()].concat();
        assert_eq!(flat.read(&lie, true), Err(Unreadable::Damaged));
        let nested = [&[1][..], &7_u32.to_le_bytes(), &1_u32.to_le_bytes()].concat().repeat(50);
        assert_eq!(flat.read(&nested, true), Err(Unreadable::Damaged));
        let vertex = [0_u8; 16];
        let count = u32::try_from(MOST_VERTICES + 1).expect("small");
        let huge = [&[1][..], &2_u32.to_le_bytes(), &count.to_le_bytes(), &vertex.repeat(MOST_VERTICES + 1)].concat();
        assert_eq!(flat.read(&huge, true), Err(Unreadable::TooLarge));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut flat = Flat::default();
            let mut out = Vec::new();
            if flat.read(&bytes, true).is_ok() {
                flat.write(Top::Mixed, &mut out);
            }
            let mut started = vec![1, 7, 0, 0, 0];
            started.extend(bytes);
            let _ = flat.read(&started, true);
        }
    }
}
