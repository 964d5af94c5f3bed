//! A map whose areas are painted by class.

use std::collections::BTreeSet;

use geo::MultiPolygon;

use crate::classes::Classes;
use crate::coverage::{self, Shape};
use crate::figure::{self, Caption, Sheet, Size};
use crate::labels::{self, FontSizes};
use crate::paint::{Medium, Role};
use crate::palette::Step;
use crate::projection::{Frame, TENTHS};
use crate::writer::{Writer, number};

/// Room around the areas for the outline of a selected one.
const MARGIN: f64 = 2.0;

/// How wide a drawing is on the narrowest screen a planner uses (390 px less the page's margins), and how
/// large a text has to be there.
const PHONE: (f64, f64) = (358.0, 11.0);

/// The font size, in the drawing's units, at which text in a drawing `width` units wide reads on a phone.
pub fn phone_label_size(width: f64) -> f64 {
    (PHONE.1 * width / PHONE.0).round()
}

/// One area of a map.
#[derive(Debug, Clone)]
pub struct Area {
    /// Official code, given to the page as `data-code`.
    pub code: String,
    pub name: String,
    /// Longitude and latitude in degrees (EPSG:4326, longitude first).
    pub geometry: MultiPolygon<f64>,
    /// What decides the class; none, or not finite, is "no data".
    pub value: Option<f64>,
    /// The value as the reader sees it, also when there is none.
    pub formatted: String,
    pub href: Option<String>,
    pub selected: bool,
}

/// A map of areas painted by class.
#[derive(Debug, Clone, Copy)]
pub struct Choropleth<'a> {
    pub caption: Caption<'a>,
    pub areas: &'a [Area],
    pub classes: &'a Classes,
    /// The room there is. The map fills it one way and is cut to its shape the other way.
    pub size: Size,
    /// Font size of names in the drawing's units; without it no names are written.
    pub label_size: Option<f64>,
    /// What to say when there is nothing to draw.
    pub empty: &'a str,
}

impl Choropleth<'_> {
    /// The map as an `svg` element.
    pub fn svg(&self, medium: Medium) -> String {
        let links = self.areas.iter().any(|area| area.href.is_some());
        let sheet = Sheet { caption: self.caption, kind: "map", size: self.size, links };
        let geometries = || self.areas.iter().map(|area| &area.geometry);
        let Some(frame) = Frame::fit(geometries(), self.size, MARGIN) else {
            return figure::empty(medium, sheet, self.empty);
        };
        let shapes = coverage::shapes(geometries(), &frame);

        let mut w = Writer::default();
        figure::open(&mut w, medium, Sheet { size: frame.size, ..sheet });
        let hatched: BTreeSet<Option<Step>> =
            self.areas.iter().map(|area| self.step(area)).filter(|step| is_hatched(*step)).collect();
        for step in hatched {
            // In tenths, like the areas.
            hatch_pattern(&mut w, medium, Hatch { caption: &self.caption, step, scale: TENTHS });
        }
        w.open("g").attr("transform", "scale(.1)");
        w.attr("fill-rule", "evenodd").attr("stroke-linejoin", "round");
        // The outline of a selected area lies over its neighbours.
        for selected in [false, true] {
            for (area, shape) in self.areas.iter().zip(&shapes).filter(|(a, _)| a.selected == selected) {
                self.area(&mut w, medium, area, shape);
            }
        }
        w.close();
        self.labels(&mut w, medium, &shapes, frame.size.width);
        w.finish()
    }

    fn step(&self, area: &Area) -> Option<Step> {
        area.value.and_then(|value| self.classes.step_of(value))
    }

    fn area(&self, w: &mut Writer, medium: Medium, area: &Area, shape: &Shape) {
        let step = self.step(area);
        figure::linked(w, medium, area.href.as_deref(), |w| {
            w.open("path").paint(medium, Role::Area { step, selected: area.selected });
            if is_hatched(step) {
                w.attr("fill", &hatch_url(&self.caption, step));
            }
            w.attr("d", &coverage::path_data(&shape.rings));
            if medium.is_page() {
                w.attr("data-code", &area.code);
                w.leaf("title", &format!("{}: {}", area.name, area.formatted));
            }
            w.close();
        });
    }

    fn labels(&self, w: &mut Writer, medium: Medium, shapes: &[Shape], width: f64) {
        let Some(natural) = self.label_size else { return };
        let phone = if medium.is_page() { phone_label_size(self.size.width).max(natural) } else { natural };
        let names: Vec<&str> = self.areas.iter().map(|area| area.name.as_str()).collect();
        w.open("g").num("font-size", natural).attr("text-anchor", "middle");
        if medium.is_page() {
            // The names are in the areas' own titles.
            w.attr("class", "labels").attr("aria-hidden", "true");
        }
        for label in labels::place(shapes, &names, FontSizes { natural, phone }, width) {
            let area = &self.areas[label.area];
            w.open("text").paint(medium, Role::Label { step: self.step(area), major: label.major });
            // `dy` in em keeps the middle of the letters in place at any size.
            w.num("x", label.x).num("y", label.y).attr("dy", "0.35em").text(&area.name).close();
        }
        w.close();
    }
}

/// What has no data is hatched, and a loss: the one in grey, the other in its colour.
pub(crate) fn is_hatched(step: Option<Step>) -> bool {
    step.is_none_or(Step::is_loss)
}

fn hatch_id(caption: &Caption, step: Option<Step>) -> String {
    caption.id_of(&step.map_or_else(|| "hatch".into(), |step| format!("hatch-{}", step.class())))
}

/// The fill of what is hatched.
pub(crate) fn hatch_url(caption: &Caption, step: Option<Step>) -> String {
    format!("url(#{})", hatch_id(caption, step))
}

/// A pattern of slanted lines.
#[derive(Clone, Copy)]
pub(crate) struct Hatch<'a> {
    pub(crate) caption: &'a Caption<'a>,
    /// The loss it stands for; none is "no data".
    pub(crate) step: Option<Step>,
    /// So many units of the drawn element are one unit of the drawing.
    pub(crate) scale: f64,
}

/// Defines the pattern that [`hatch_url`] names.
pub(crate) fn hatch_pattern(w: &mut Writer, medium: Medium, hatch: Hatch) {
    let Hatch { caption, step, scale } = hatch;
    let side = number(5.0 * scale);
    w.open("defs").open("pattern").attr("id", &hatch_id(caption, step)).attr("patternUnits", "userSpaceOnUse");
    w.attr("width", &side).attr("height", &side).attr("patternTransform", "rotate(45)");
    w.open("rect").paint(medium, Role::HatchGround { step }).attr("width", &side).attr("height", &side).close();
    w.open("path").paint(medium, Role::HatchLine { step }).num("stroke-width", scale);
    w.attr("d", &format!("M{half} 0v{side}", half = number(2.5 * scale)));
    w.close().close().close();
}
