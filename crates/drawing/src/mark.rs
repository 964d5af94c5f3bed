//! What became of something: told by a shape first, and by a colour too.

use crate::paint::{Medium, Role};
use crate::palette::Palette;
use crate::writer::Writer;

/// What a dot of a map says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It lies there: a disc.
    #[default]
    Plain,
    /// It was not there before: an upright cross.
    Added,
    /// It is not there any more: a slanted cross.
    Removed,
    /// It is another one now: a square on its tip.
    Changed,
    /// It lies elsewhere now: a triangle.
    Moved,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 5] = [Self::Plain, Self::Added, Self::Removed, Self::Changed, Self::Moved];

    /// Its CSS class.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }

    /// In print. What came and what went have the colours of gains and losses.
    pub(crate) fn colour(self, palette: &Palette) -> &'static str {
        match self {
            Self::Plain => palette.selected,
            Self::Added => palette.gain(),
            Self::Removed => palette.loss(),
            Self::Changed => palette.text,
            Self::Moved => palette.muted,
        }
    }

    /// Draws it around a point, about as large as a disc of that radius.
    pub(crate) fn draw(self, w: &mut Writer, medium: Medium, at: (f64, f64), radius: f64) {
        let (x, y) = at;
        if self == Self::Plain {
            w.open("circle").paint(medium, Role::Dot(self)).num("cx", x).num("cy", y).num("r", radius);
            return;
        }
        w.open("polygon").paint(medium, Role::Dot(self));
        let corners: Vec<String> =
            self.corners().into_iter().map(|(dx, dy)| pair(x + dx * radius, y + dy * radius)).collect();
        w.attr("points", &corners.join(" "));
    }

    /// The corners around a disc of radius 1.
    fn corners(self) -> Vec<(f64, f64)> {
        // Half the width of a bar of a cross, and how far it reaches.
        const BAR: f64 = 0.4;
        const REACH: f64 = 1.25;
        let cross = |turn: fn(f64, f64) -> (f64, f64)| {
            let arm = [(BAR, -REACH), (BAR, -BAR), (REACH, -BAR)];
            let quarter = |(x, y): (f64, f64)| (-y, x);
            let mut corners: Vec<(f64, f64)> = Vec::with_capacity(12);
            let mut part = arm;
            for _ in 0..4 {
                corners.extend(part);
                part = part.map(quarter);
            }
            corners.into_iter().map(|(x, y)| turn(x, y)).collect()
        };
        match self {
            Self::Plain => Vec::new(),
            Self::Added => cross(|x, y| (x, y)),
            Self::Removed => cross(|x, y| {
                let half = std::f64::consts::FRAC_1_SQRT_2;
                (half * (x - y), half * (x + y))
            }),
            Self::Changed => vec![(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
            Self::Moved => vec![(0.0, -1.3), (1.25, 0.95), (-1.25, 0.95)],
        }
    }
}

fn pair(x: f64, y: f64) -> String {
    format!("{},{}", crate::writer::number(x), crate::writer::number(y))
}

/// A mark alone, for a legend in a page: the words stand beside it.
pub fn mark_svg(mark: Mark, medium: Medium) -> String {
    const SIDE: f64 = 14.0;
    let mut w = Writer::default();
    w.open("svg").attr("xmlns", "http://www.w3.org/2000/svg").attr("viewBox", "0 0 14 14");
    w.num("width", SIDE).num("height", SIDE).attr("aria-hidden", "true");
    if medium.is_page() {
        w.attr("class", "mark-key");
    }
    mark.draw(&mut w, medium, (SIDE / 2.0, SIDE / 2.0), 5.0);
    w.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::PALETTE;

    #[test]
    fn every_mark_has_a_shape_of_its_own() {
        let drawn: Vec<_> = Mark::ALL.map(|mark| mark_svg(mark, Medium::Page)).into();
        for (i, one) in drawn.iter().enumerate() {
            roxmltree::Document::parse(one).expect("well-formed");
            let shape = |svg: &str| svg.split_once("points=").map(|(_, rest)| rest.to_owned());
            assert!(drawn.iter().skip(i + 1).all(|other| shape(one) != shape(other)), "{one}");
        }
    }

    #[test]
    fn in_print_a_mark_carries_its_colour() {
        let print = Medium::Print { palette: &PALETTE, font_family: "Roboto" };
        let svg = mark_svg(Mark::Added, print);
        assert!(svg.contains(PALETTE.gain()) && !svg.contains("class="));
    }
}
