//! What the colours of a map mean: as data for a template, and as SVG for print.

use std::collections::BTreeSet;

use crate::choropleth::{Hatch, hatch_pattern, hatch_url, is_hatched};
use crate::classes::Classes;
use crate::figure::{self, Caption, Sheet, Size};
use crate::paint::{Medium, Role};
use crate::palette::Step;
use crate::text;
use crate::ticks::count;
use crate::writer::Writer;

/// A line of a legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegendEntry {
    /// Step of a ramp; none is "no data".
    pub step: Option<Step>,
    pub label: String,
}

impl LegendEntry {
    /// The CSS class of the swatch: `c0` … `c6`, `d0` … `d6` or `no-data`.
    pub fn class(&self) -> &'static str {
        self.step.map_or("no-data", Step::class)
    }
}

/// The entries from least to most, then "no data" when it is given.
pub fn legend(classes: &Classes, format: impl Fn(f64) -> String, no_data: Option<&str>) -> Vec<LegendEntry> {
    let range = |(low, high): &(f64, f64)| {
        let (low, high) = (format(*low), format(*high));
        if low == high { low } else { format!("{low} – {high}") }
    };
    let labels = classes.bounds().iter().map(range);
    let entries = classes.steps().map(Some).zip(labels).chain(no_data.map(|label| (None, label.to_owned())));
    entries.map(|(step, label)| LegendEntry { step, label }).collect()
}

/// The entries below each other, as wide as they need.
pub fn legend_svg(caption: Caption, entries: &[LegendEntry], medium: Medium) -> String {
    const FONT: f64 = 10.0;
    const LINE: f64 = 15.0;
    const SWATCH: Size = Size { width: 18.0, height: 11.0 };
    let texts = entries.iter().map(|entry| SWATCH.width + 8.0 + text::width(&entry.label, FONT));
    let width = texts.fold(text::width(caption.title, FONT), f64::max).ceil();
    let size = Size { width, height: LINE * (count(entries.len()) + 1.0) + 4.0 };

    let mut w = Writer::default();
    figure::open(&mut w, medium, Sheet { caption, kind: "legend", size, links: false });
    let hatched: BTreeSet<Option<Step>> = entries.iter().map(|entry| entry.step).filter(|s| is_hatched(*s)).collect();
    for step in hatched {
        hatch_pattern(&mut w, medium, Hatch { caption: &caption, step, scale: 1.0 });
    }
    w.open("g").num("font-size", FONT);
    w.open("text").paint(medium, Role::Heading).num("y", FONT).text(caption.title).close();
    for (i, entry) in entries.iter().enumerate() {
        let top = LINE * (count(i) + 1.0) + 2.0;
        w.open("rect").paint(medium, Role::Swatch { step: entry.step });
        if is_hatched(entry.step) {
            w.attr("fill", &hatch_url(&caption, entry.step));
        }
        w.num("x", 0.5).num("y", top).num("width", SWATCH.width).num("height", SWATCH.height).close();
        w.open("text").paint(medium, Role::Value { selected: false });
        w.num("x", SWATCH.width + 8.0).num("y", top + 9.0).text(&entry.label).close();
    }
    w.finish()
}
