//! A column chart of a few periods.

use crate::figure::{self, Caption, Sheet, Size};
use crate::paint::{Medium, Role};
use crate::text;
use crate::ticks::{count, round_numbers};
use crate::writer::Writer;

const FONT: f64 = 12.0;
/// Room above the columns for the unit and the highest value, and below them for the names.
const ABOVE: f64 = 34.0;
const BELOW: f64 = 22.0;
/// Share of its slot that a column fills, and its largest width.
const FILL: f64 = 0.68;
const WIDEST: f64 = 56.0;

/// One column.
#[derive(Debug, Clone)]
pub struct Point {
    /// The name under the column: a year.
    pub label: String,
    /// None, or not finite: no column, only its text.
    pub value: Option<f64>,
    /// The value as the reader sees it, also when there is none ("s/i").
    pub formatted: String,
    pub href: Option<String>,
    pub selected: bool,
}

impl Point {
    fn number(&self) -> Option<f64> {
        self.value.filter(|value| value.is_finite())
    }
}

/// Columns over a zero line, with round ticks.
#[derive(Debug, Clone, Copy)]
pub struct BarSeries<'a> {
    pub caption: Caption<'a>,
    pub points: &'a [Point],
    /// Written above the axis: "M$".
    pub unit: &'a str,
    pub size: Size,
    /// How a tick is written.
    pub tick: fn(f64) -> String,
    /// What to say when no point has a value.
    pub empty: &'a str,
}

impl BarSeries<'_> {
    /// The chart as an `svg` element.
    pub fn svg(&self, medium: Medium) -> String {
        let links = self.points.iter().any(|point| point.href.is_some());
        let sheet = Sheet { caption: self.caption, kind: "bars", size: self.size, links };
        let Some(plot) = Plot::of(self) else {
            return figure::empty(medium, sheet, self.empty);
        };
        let mut w = Writer::default();
        figure::open(&mut w, medium, sheet);
        w.open("g").num("font-size", FONT);
        self.axis(&mut w, medium, &plot);
        let widest = self.points.iter().map(|p| text::width(&p.formatted, FONT)).fold(0.0, f64::max);
        let all_values = widest <= plot.slot;
        for (i, point) in self.points.iter().enumerate() {
            let middle = plot.left + plot.slot * (count(i) + 0.5);
            figure::linked(&mut w, medium, point.href.as_deref(), |w| {
                self.column(w, medium, &plot, (point, middle, all_values || point.selected));
            });
            if plot.names(self.points, i) {
                w.open("text").paint(medium, Role::Note).num("x", middle).num("y", self.size.height - 6.0);
                w.attr("text-anchor", "middle").text(&point.label).close();
            }
        }
        // Over the columns that hang from it and stand on it.
        plot.line(&mut w, medium, Role::Axis, 0.0);
        w.finish()
    }

    fn axis(&self, w: &mut Writer, medium: Medium, plot: &Plot) {
        w.open("text").paint(medium, Role::Note).num("x", 0.0).num("y", FONT).text(self.unit).close();
        for tick in &plot.ticks {
            plot.line(w, medium, Role::Grid, *tick);
            w.open("text").paint(medium, Role::Note).num("x", plot.left - 6.0).num("y", plot.y(*tick));
            w.attr("dy", "0.35em").attr("text-anchor", "end").text(&(self.tick)(*tick)).close();
        }
    }

    fn column(&self, w: &mut Writer, medium: Medium, plot: &Plot, (point, middle, written): (&Point, f64, bool)) {
        let value = point.number().unwrap_or(0.0);
        let (zero, end) = (plot.y(0.0), plot.y(value));
        let width = (plot.slot * FILL).min(WIDEST);
        if point.number().is_some() {
            w.open("rect").paint(medium, Role::Bar { selected: point.selected });
            w.num("x", middle - width / 2.0).num("y", zero.min(end));
            w.num("width", width).num("height", (zero - end).abs());
            if medium.is_page() {
                w.leaf("title", &format!("{}: {} {}", point.label, point.formatted, self.unit));
            }
            w.close();
        }
        if written {
            let y = if value < 0.0 { end + FONT + 1.0 } else { end - 5.0 };
            // At the edge a long value moves inwards.
            let half = text::width(&point.formatted, FONT) / 2.0;
            let x = middle.min(self.size.width - half).max(half);
            w.open("text").paint(medium, Role::Value { selected: point.selected });
            w.num("x", x).num("y", y).attr("text-anchor", "middle").text(&point.formatted).close();
        }
    }
}

/// Where things are.
struct Plot {
    ticks: Vec<f64>,
    left: f64,
    right: f64,
    /// Height of the lowest and the highest tick.
    floor: f64,
    ceiling: f64,
    slot: f64,
}

impl Plot {
    fn of(series: &BarSeries) -> Option<Self> {
        let values = || series.points.iter().filter_map(Point::number);
        let (low, high) = (values().reduce(f64::min)?.min(0.0), values().reduce(f64::max)?.max(0.0));
        let mut ticks = round_numbers(low, high, 4);
        if ticks.is_empty() {
            ticks = vec![low, if high > low { high } else { low + 1.0 }];
        }
        let widest = ticks.iter().map(|tick| text::width(&(series.tick)(*tick), FONT)).fold(0.0, f64::max);
        let left = (widest + 8.0).min(series.size.width / 2.0);
        // The lowest value is written under its column.
        let under = if low < 0.0 { FONT + 4.0 } else { 0.0 };
        Some(Self {
            ticks,
            left,
            right: series.size.width,
            floor: series.size.height - BELOW - under,
            ceiling: ABOVE,
            slot: (series.size.width - left) / count(series.points.len()),
        })
    }

    fn y(&self, value: f64) -> f64 {
        let (Some(low), Some(high)) = (self.ticks.first(), self.ticks.last()) else {
            return self.floor;
        };
        self.floor - (value - low) / (high - low) * (self.floor - self.ceiling)
    }

    /// Whether the name under column `i` is written: all when they fit, else every second, third …, and the
    /// chosen one in place of its neighbours.
    fn names(&self, points: &[Point], i: usize) -> bool {
        let widest = points.iter().map(|p| text::width(&p.label, FONT)).fold(0.0, f64::max) + 4.0;
        let fits = |every: &usize| self.slot * count(*every) >= widest;
        let every = (1..points.len()).find(fits).unwrap_or(points.len().max(1));
        let near = i.saturating_sub(every - 1)..(i + every).min(points.len());
        points[i].selected || (i.is_multiple_of(every) && !near.into_iter().any(|j| points[j].selected))
    }

    fn line(&self, w: &mut Writer, medium: Medium, role: Role, value: f64) {
        let y = self.y(value);
        w.open("line").paint(medium, role);
        w.num("x1", self.left).num("x2", self.right).num("y1", y).num("y2", y).close();
    }
}
