//! A geometry as its points and what they draw.

use geo::{Coord, Line};
use geozero::GeomProcessor;
use geozero::error::Result;
use geozero::wkb::process_ewkb_geom;

/// What a run of points draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Draws {
    Point,
    Line,
    /// A ring of an area; its closing point is left out.
    Ring,
}

/// Points up to `end`, from where the run before ended.
#[derive(Debug, Clone, Copy)]
struct Run {
    draws: Draws,
    end: usize,
}

/// All points of a geometry, in degrees until projected, then in metres.
#[derive(Debug, Default)]
pub(super) struct Outline {
    points: Vec<Coord<f64>>,
    runs: Vec<Run>,
    /// While reading: what comes are rings.
    in_polygon: bool,
}

/// A plane in metres around a point: true to a millimetre a kilometre, and nowhere much larger than a region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    origin: Coord<f64>,
    x_m: f64,
    y_m: f64,
}

impl Outline {
    /// Takes the points of (E)WKB in place of those it had; false when that is no geometry, or one of curves.
    pub(super) fn read(&mut self, mut wkb: &[u8]) -> bool {
        self.points.clear();
        self.runs.clear();
        self.in_polygon = false;
        process_ewkb_geom(&mut wkb, self).is_ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Metres around the first point; None without one.
    pub(super) fn scale(&self) -> Option<Scale> {
        let origin = *self.points.first()?;
        let latitude = origin.y.to_radians();
        // The series of the WGS 84 ellipsoid.
        let y_m = 111_132.92 - 559.82 * (2.0 * latitude).cos() + 1.175 * (4.0 * latitude).cos();
        let x_m = 111_412.84 * latitude.cos() - 93.5 * (3.0 * latitude).cos() + 0.118 * (5.0 * latitude).cos();
        Some(Scale { origin, x_m, y_m })
    }

    pub(super) fn project(&mut self, scale: &Scale) {
        for point in &mut self.points {
            point.x = (point.x - scale.origin.x) * scale.x_m;
            point.y = (point.y - scale.origin.y) * scale.y_m;
        }
    }

    /// Whether it has points, lines and areas.
    pub(super) fn dimensions(&self) -> [bool; 3] {
        [Draws::Point, Draws::Line, Draws::Ring].map(|draws| self.runs.iter().any(|run| run.draws == draws))
    }

    pub(super) fn points(&self) -> &[Coord<f64>] {
        &self.points
    }

    fn runs(&self) -> impl Iterator<Item = (Draws, usize, &[Coord<f64>])> {
        self.runs.iter().scan(0, |start, run| {
            let first = std::mem::replace(start, run.end);
            Some((run.draws, first, &self.points[first..run.end]))
        })
    }

    /// The places of both ends of every segment; a lone point is a segment from itself to itself.
    pub(super) fn segments(&self) -> impl Iterator<Item = (usize, usize)> {
        self.runs().flat_map(|(draws, first, points)| {
            let closed = points.len() == 1 || draws == Draws::Ring;
            let last = first + points.len();
            let steps = (first..last.saturating_sub(1)).map(|i| (i, i + 1));
            steps.chain((closed && last > first).then(|| (last - 1, first)))
        })
    }

    pub(super) fn line(&self, (from, to): (usize, usize)) -> Line<f64> {
        Line::new(self.points[from], self.points[to])
    }

    /// True when the other has the same parts in the same order, and point for point they are within the tolerance, wherever its
    /// rings start and whichever way its lines run.
    pub(super) fn is_traced_by(&self, other: &Self, tolerance: f64) -> bool {
        let alike = |(a, b): (&Run, &Run)| a.draws == b.draws && a.end == b.end;
        self.runs.len() == other.runs.len()
            && self.runs.iter().zip(&other.runs).all(alike)
            && self.runs().zip(other.runs()).all(|((draws, _, a), (_, _, b))| match draws {
                Draws::Point | Draws::Line => {
                    near(a.iter().zip(b), tolerance) || near(a.iter().zip(b.iter().rev()), tolerance)
                }
                Draws::Ring => is_same_ring(a, b, tolerance),
            })
    }
}

fn near<'a>(mut pairs: impl Iterator<Item = (&'a Coord<f64>, &'a Coord<f64>)>, tolerance: f64) -> bool {
    pairs.all(|(a, b)| square(*a, *b) <= tolerance * tolerance)
}

fn square(a: Coord<f64>, b: Coord<f64>) -> f64 {
    let (x, y) = (a.x - b.x, a.y - b.y);
    x * x + y * y
}

/// From the point of `b` nearest to where `a` starts, one way round or the other.
fn is_same_ring(a: &[Coord<f64>], b: &[Coord<f64>], tolerance: f64) -> bool {
    let Some(first) = a.first() else { return true };
    // Mostly they start at the same place.
    let start = if square(*first, b[0]) <= tolerance * tolerance {
        0
    } else {
        let nearest = b.iter().enumerate().min_by(|(_, p), (_, q)| square(*first, **p).total_cmp(&square(*first, **q)));
        nearest.map_or(0, |(start, _)| start)
    };
    let (head, tail) = b.split_at(start);
    let onwards = tail.iter().chain(head);
    // The starting point, then back from it.
    let backwards = b[start..=start].iter().chain(head.iter().rev()).chain(b[start + 1..].iter().rev());
    near(a.iter().zip(onwards), tolerance) || near(a.iter().zip(backwards), tolerance)
}

impl Outline {
    fn ends(&mut self, draws: Draws) {
        let start = self.runs.last().map_or(0, |run| run.end);
        if draws == Draws::Ring && self.points.len() > start + 1 && self.points.last() == self.points.get(start) {
            self.points.pop();
        }
        if self.points.len() > start {
            self.runs.push(Run { draws, end: self.points.len() });
        }
    }
}

impl GeomProcessor for Outline {
    fn xy(&mut self, x: f64, y: f64, _: usize) -> Result<()> {
        self.points.push(Coord { x, y });
        Ok(())
    }

    fn point_end(&mut self, _: usize) -> Result<()> {
        self.ends(Draws::Point);
        Ok(())
    }

    fn multipoint_end(&mut self, _: usize) -> Result<()> {
        // Its points come without their own beginnings and ends.
        let start = self.runs.last().map_or(0, |run| run.end);
        self.runs.extend((start..self.points.len()).map(|point| Run { draws: Draws::Point, end: point + 1 }));
        Ok(())
    }

    fn linestring_end(&mut self, tagged: bool, _: usize) -> Result<()> {
        self.ends(if self.in_polygon && !tagged { Draws::Ring } else { Draws::Line });
        Ok(())
    }

    fn polygon_begin(&mut self, _: bool, _: usize, _: usize) -> Result<()> {
        self.in_polygon = true;
        Ok(())
    }

    fn polygon_end(&mut self, _: bool, _: usize) -> Result<()> {
        self.in_polygon = false;
        Ok(())
    }

    fn circularstring_begin(&mut self, _: usize, _: usize) -> Result<()> {
        Err(geozero::error::GeozeroError::Geometry("curves are not compared".into()))
    }
}
