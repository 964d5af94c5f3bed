//! A map of outlines with dots on it: where single things lie.

use std::collections::BTreeMap;

use geo::{Coord, MultiPolygon};

use crate::coverage;
use crate::figure::{self, Caption, Sheet, Size};
use crate::mark::Mark;
use crate::paint::{Medium, Role};
use crate::projection::{Cell, Frame, TENTHS};
use crate::writer::Writer;

const MARGIN: f64 = 6.0;
/// Radius of one dot, and of the largest that stands for many, in the drawing's units.
const RADIUS: (f64, f64) = (4.0, 11.0);
/// Dots nearer than this, in tenths of a unit, are one.
const NEAR: i32 = 40;

/// An area whose border is drawn to know where one is.
#[derive(Debug, Clone)]
pub struct Outline {
    pub name: String,
    /// Longitude and latitude in degrees.
    pub geometry: MultiPolygon<f64>,
}

/// Something that lies somewhere.
#[derive(Debug, Clone)]
pub struct Dot {
    /// Longitude and latitude in degrees.
    pub lon: f64,
    pub lat: f64,
    /// What lies there, for who points at it.
    pub title: String,
    /// What became of it.
    pub mark: Mark,
}

/// Dots over outlines. The outlines decide what is shown: dots beyond them are left out.
#[derive(Debug, Clone, Copy)]
pub struct DotMap<'a> {
    pub caption: Caption<'a>,
    pub outlines: &'a [Outline],
    pub dots: &'a [Dot],
    /// The room there is, as for a [`crate::Choropleth`].
    pub size: Size,
    /// What to say when there are no outlines.
    pub empty: &'a str,
}

/// Dots drawn as one.
struct Cluster<'a> {
    at: Cell,
    count: u32,
    first: &'a Dot,
}

impl DotMap<'_> {
    /// How many dots lie where the map shows them.
    pub fn shown(&self) -> usize {
        self.frame().map_or(0, |frame| self.dots.iter().filter(|dot| place(&frame, dot).is_some()).count())
    }

    /// The map as an `svg` element.
    pub fn svg(&self, medium: Medium) -> String {
        let sheet = Sheet { caption: self.caption, kind: "map", size: self.size, links: false };
        let Some(frame) = self.frame() else { return figure::empty(medium, sheet, self.empty) };
        let shapes = coverage::shapes(self.geometries(), &frame);
        let mut w = Writer::default();
        figure::open(&mut w, medium, Sheet { size: frame.size, ..sheet });
        w.open("g").attr("transform", "scale(.1)");
        w.attr("fill-rule", "evenodd").attr("stroke-linejoin", "round");
        for (outline, shape) in self.outlines.iter().zip(&shapes) {
            w.open("path").paint(medium, Role::Outline).attr("d", &coverage::path_data(&shape.rings));
            if medium.is_page() {
                w.leaf("title", &outline.name);
            }
            w.close();
        }
        w.close();
        for cluster in clusters(&frame, self.dots) {
            cluster.draw(&mut w, medium);
        }
        w.finish()
    }

    fn geometries(&self) -> impl Iterator<Item = &MultiPolygon<f64>> {
        self.outlines.iter().map(|outline| &outline.geometry)
    }

    fn frame(&self) -> Option<Frame> {
        Frame::fit(self.geometries(), self.size, MARGIN)
    }
}

impl Cluster<'_> {
    fn draw(&self, w: &mut Writer, medium: Medium) {
        let (x, y) = (f64::from(self.at.0) / TENTHS, f64::from(self.at.1) / TENTHS);
        // The surface grows with the count.
        let radius = (RADIUS.0 * f64::from(self.count).sqrt()).min(RADIUS.1);
        self.first.mark.draw(w, medium, (x, y), radius);
        if medium.is_page() {
            let more = if self.count > 1 { format!(" (+{})", self.count - 1) } else { String::new() };
            w.leaf("title", &format!("{}{more}", self.first.title));
        }
        w.close();
    }
}

/// The cell of a dot that lies on the map.
fn place(frame: &Frame, dot: &Dot) -> Option<Cell> {
    let cell = frame.cell(Coord { x: dot.lon, y: dot.lat })?;
    let within = |at: i32, side: f64| (0.0..=side * TENTHS).contains(&f64::from(at));
    (within(cell.0, frame.size.width) && within(cell.1, frame.size.height)).then_some(cell)
}

/// Dots on the map, those with the same mark in one square of the grid together; in the order of the grid, so that the same dots are the same bytes.
fn clusters<'a>(frame: &Frame, dots: &'a [Dot]) -> Vec<Cluster<'a>> {
    let mut found: BTreeMap<(Cell, Mark), Cluster<'a>> = BTreeMap::new();
    for dot in dots {
        let Some(at) = place(frame, dot) else { continue };
        let square = (at.0.div_euclid(NEAR), at.1.div_euclid(NEAR));
        let place = (square, dot.mark);
        found.entry(place).and_modify(|cluster| cluster.count += 1).or_insert(Cluster { at, count: 1, first: dot });
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::square;
    use crate::palette::PALETTE;

    const CAPTION: Caption = Caption { id: "mapa", title: "Filas", description: "Dónde están" };

    fn dot(lon: f64, lat: f64, title: &str) -> Dot {
        Dot { lon, lat, title: title.into(), mark: Mark::Plain }
    }

    fn map(outlines: &[Outline], dots: &[Dot], medium: Medium) -> (String, usize) {
        let size = Size { width: 200.0, height: 200.0 };
        let map = DotMap { caption: CAPTION, outlines, dots, size, empty: "Sin mapa" };
        (map.svg(medium), map.shown())
    }

    fn region() -> Vec<Outline> {
        vec![Outline { name: "Ránquil & Cía".into(), geometry: square(-72.0, -37.0, 1.0) }]
    }

    #[test]
    fn dots_lie_where_they_should_and_near_ones_are_one() {
        let dots = [dot(-71.5, -36.5, "Fila 17"), dot(-71.5, -36.5, "Fila 18"), dot(-71.1, -36.9, "Fila <20>")];
        let (svg, shown) = map(&region(), &dots, Medium::Page);
        let parsed = roxmltree::Document::parse(&svg).expect("well-formed");
        let circles: Vec<_> = parsed.descendants().filter(|node| node.has_tag_name("circle")).collect();
        let titles: Vec<_> = circles.iter().filter_map(|c| c.first_element_child()?.text()).collect();
        assert_eq!((shown, titles), (3, vec!["Fila 17 (+1)", "Fila <20>"]));
        let at = |name| circles[0].attribute(name).and_then(|text| text.parse::<f64>().ok()).expect("a number");
        assert!((at("cy") - 100.0).abs() < 1.0, "half way down: {svg}");
    }

    #[test]
    fn what_came_and_what_went_in_one_place_are_two_marks() {
        let marked = |mark| Dot { mark, ..dot(-71.5, -36.5, "Fila") };
        let dots = [marked(Mark::Added), marked(Mark::Removed), marked(Mark::Added)];
        let (svg, _) = map(&region(), &dots, Medium::Page);
        let found = |class: &str| svg.matches(&format!("class=\"dot {class}\"")).count();
        assert_eq!((found("added"), found("removed"), found("plain")), (1, 1, 0), "{svg}");
        assert!(svg.contains("Fila (+1)"));
    }

    #[test]
    fn a_dot_beyond_the_outlines_is_left_out_and_does_not_shrink_the_map() {
        let far = [dot(-36.5, -71.5, "invertida"), dot(f64::NAN, 0.0, "rota"), dot(-71.5, -36.5, "bien")];
        let (svg, shown) = map(&region(), &far, Medium::Page);
        assert_eq!((shown, svg.matches("<circle").count()), (1, 1));
        let (alone, _) = map(&region(), &far[2..], Medium::Page);
        assert_eq!(svg, alone);
    }

    #[test]
    fn without_outlines_there_is_no_map_and_print_carries_its_colours() {
        assert!(map(&[], &[dot(-71.5, -36.5, "x")], Medium::Page).0.contains("Sin mapa"));
        let print = Medium::Print { palette: &PALETTE, font_family: "Roboto" };
        let (svg, _) = map(&region(), &[dot(-71.5, -36.5, "x")], print);
        assert!(svg.contains(PALETTE.selected) && !svg.contains("class="));
    }
}
