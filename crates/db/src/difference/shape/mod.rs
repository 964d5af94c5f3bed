//! How far apart two geometries are, in metres.

mod outline;
mod reach;
#[cfg(test)]
mod tests;

use outline::Outline;
use reach::{Reach, farthest};

/// How exactly a distance is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// It is enough to know that it is more than the tolerance.
    Beyond,
    /// The distance itself.
    Measured,
}

/// What became of a geometry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shift {
    /// Nowhere farther apart than the tolerance.
    Same,
    /// Its outline is that many metres away at its farthest.
    Moved(f64),
    /// It came, went, or is another kind of thing: a point where there was an area.
    Other,
}

impl Shift {
    pub(super) fn is_same(self) -> bool {
        self == Self::Same
    }

    pub(super) fn metres(self) -> Option<f64> {
        if let Self::Moved(metres) = self { Some(metres) } else { None }
    }
}

/// Compares geometries; keeps its buffers from one to the next.
#[derive(Debug)]
pub(super) struct Comparer {
    tolerance_m: f64,
    until: Until,
    before: Outline,
    after: Outline,
}

impl Comparer {
    pub(super) fn new(tolerance_m: f64, until: Until) -> Self {
        Self { tolerance_m, until, before: Outline::default(), after: Outline::default() }
    }

    /// Two geometries as (E)WKB in degrees, longitude first.
    ///
    /// Most differ by noise: point by point they are within the tolerance, from where a ring starts on. Only what is not is measured
    /// from outline to outline.
    pub(super) fn compare(&mut self, before: Option<&[u8]>, after: Option<&[u8]>) -> Shift {
        let (before, after) = match (before, after) {
            (None, None) => return Shift::Same,
            (Some(before), Some(after)) if before == after => return Shift::Same,
            (Some(before), Some(after)) => (before, after),
            _ => return Shift::Other,
        };
        if !self.before.read(before) || !self.after.read(after) {
            return Shift::Other;
        }
        let Some(scale) = self.before.scale() else {
            return if self.after.is_empty() { Shift::Same } else { Shift::Other };
        };
        self.before.project(&scale);
        self.after.project(&scale);
        if self.before.is_traced_by(&self.after, self.tolerance_m) {
            return Shift::Same;
        }
        if self.before.dimensions() != self.after.dimensions() {
            return Shift::Other;
        }
        self.measure()
    }

    /// The Hausdorff distance between the outlines. That is enough for areas too: a valid one is told by its rings.
    fn measure(&self) -> Shift {
        let tolerance = self.tolerance_m;
        let enough = if self.until == Until::Beyond { tolerance } else { f64::INFINITY };
        let (before, after) = (Reach::of(&self.before), Reach::of(&self.after));
        let mut distance = farthest(&self.before, &after, tolerance, enough);
        if distance <= enough {
            distance = distance.max(farthest(&self.after, &before, tolerance, enough));
        }
        if distance > tolerance { Shift::Moved(distance) } else { Shift::Same }
    }
}
