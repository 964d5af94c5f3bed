//! Drawings as their readers get them: parsed, not compared with stored files.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use goreos_drawing::{Area, BarSeries, Caption, Choropleth, Classes, Medium, PALETTE, Point, Size, legend, legend_svg};
use roxmltree::{Document, Node};

const CAPTION: Caption = Caption { id: "mapa", title: "Inversión por comuna", description: "21 comunas" };
const PRINT: Medium = Medium::Print { palette: &PALETTE, font_family: "Roboto" };
const NASTY: &str = "O'Higgins \"<script>alert(1)</script>\" & Cía.";

fn square(lon: f64, lat: f64) -> MultiPolygon<f64> {
    let corners = [(0.0, 0.0), (0.3, 0.0), (0.3, 0.3), (0.0, 0.3)];
    let coords = corners.map(|(x, y)| Coord { x: lon + x, y: lat + y });
    MultiPolygon::new(vec![Polygon::new(LineString::new(coords.to_vec()), vec![])])
}

fn area(name: &str, column: f64, value: Option<f64>) -> Area {
    Area {
        code: "16301".into(),
        name: name.into(),
        geometry: square(-72.0 + 0.3 * column, -36.5),
        value,
        formatted: value.map_or("s/i".into(), |value| format!("M$ {value}")),
        href: Some(format!("/comunas/16301?nombre={name}")),
        selected: false,
    }
}

fn map(areas: &[Area], medium: Medium) -> String {
    let classes = Classes::quantiles(areas.iter().filter_map(|area| area.value), 5);
    let size = Size { width: 720.0, height: 560.0 };
    let map =
        Choropleth { caption: CAPTION, areas, classes: &classes, size, label_size: Some(12.0), empty: "Sin comunas" };
    map.svg(medium)
}

fn point(label: &str, value: Option<f64>) -> Point {
    let formatted = value.map_or("s/i".into(), |value| value.to_string());
    Point { label: label.into(), value, formatted, href: Some("?anio=2024".into()), selected: false }
}

fn chart(points: &[Point], medium: Medium) -> String {
    let size = Size { width: 420.0, height: 240.0 };
    let tick = |value: f64| value.to_string();
    BarSeries { caption: CAPTION, points, unit: "M$", size, tick, empty: "Sin datos" }.svg(medium)
}

/// The parsed drawing, after what must hold for each of them.
fn parsed(svg: &str) -> Document<'_> {
    let document = Document::parse(svg).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    let ids: Vec<_> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    for id in root.attribute("aria-labelledby").expect("a name").split(' ') {
        assert!(ids.contains(&id), "{id} in {ids:?}");
    }
    for node in document.descendants() {
        assert!(node.attribute("style").is_none(), "no inline style");
        assert!(!["style", "script"].contains(&node.tag_name().name()));
    }
    document
}

fn all<'a>(document: &'a Document<'a>, tag: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.has_tag_name(tag))
}

fn attribute<'a>(document: &'a Document<'a>, tag: &'a str, name: &'a str) -> Vec<&'a str> {
    all(document, tag).filter_map(|node| node.attribute(name)).collect()
}

fn number(node: Node, name: &str) -> f64 {
    node.attribute(name).and_then(|text| text.parse().ok()).expect("a number")
}

#[test]
fn every_area_is_a_link_with_its_class_its_code_and_its_value() {
    let svg = map(&[area("San Carlos", 0.0, Some(1234.0)), area("Ñiquén", 1.0, Some(5.0))], Medium::Page);
    let document = parsed(&svg);
    let titles: Vec<_> = all(&document, "path").filter_map(|path| path.first_element_child()?.text()).collect();
    assert_eq!(titles, ["San Carlos: M$ 1234", "Ñiquén: M$ 5"]);
    assert_eq!(attribute(&document, "path", "class"), ["area c4", "area c2"]);
    assert_eq!(attribute(&document, "path", "data-code"), ["16301", "16301"]);
    assert_eq!(all(&document, "a").count(), 2);
    assert!(!svg.contains('#'), "colours belong to the page's stylesheet");
}

#[test]
fn names_are_escaped_wherever_they_appear() {
    let svg = map(&[area(NASTY, 0.0, Some(1.0))], Medium::Page);
    let document = parsed(&svg);
    assert!(!svg.contains("<script"));
    assert_eq!(all(&document, "text").next().and_then(|text| text.text()), Some(NASTY));
    assert_eq!(attribute(&document, "a", "href"), [format!("/comunas/16301?nombre={NASTY}")]);
}

#[test]
fn in_print_the_same_map_carries_its_colours_and_no_classes_or_links() {
    let areas = [area("San Carlos", 0.0, Some(9.0)), area("Ñiquén", 1.0, None)];
    let svg = map(&areas, PRINT);
    let document = parsed(&svg);
    let fills = attribute(&document, "path", "fill");
    assert_eq!(fills, [PALETTE.ramp[4], "url(#mapa-hatch)"]);
    assert!(all(&document, "a").next().is_none());
    assert!(document.descendants().all(|node| node.attribute("class").is_none()));
    let shapes = |svg: &str| attribute(&parsed(svg), "path", "d").into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(shapes(&svg), shapes(&map(&areas, Medium::Page)));
}

#[test]
fn an_area_without_a_value_or_with_one_that_is_no_number_is_hatched() {
    let areas = [area("A", 0.0, None), area("B", 1.0, Some(f64::NAN)), area("C", 2.0, Some(1.0))];
    let svg = map(&areas, Medium::Page);
    let document = parsed(&svg);
    let classes = attribute(&document, "path", "class");
    assert_eq!(classes.iter().filter(|class| **class == "area no-data").count(), 2);
    assert_eq!(attribute(&document, "pattern", "id"), ["mapa-hatch"]);
}

#[test]
fn losses_are_hatched_in_their_colour_and_gains_and_what_stays_are_plain() {
    let areas = [area("A", 0.0, Some(-8.0)), area("B", 1.0, Some(0.0)), area("C", 2.0, Some(8.0))];
    let classes = Classes::differences(areas.iter().filter_map(|area| area.value));
    let size = Size { width: 720.0, height: 560.0 };
    let map =
        Choropleth { caption: CAPTION, areas: &areas, classes: &classes, size, label_size: None, empty: "Sin comunas" };
    let svg = map.svg(Medium::Page);
    let document = parsed(&svg);
    let classes = attribute(&document, "path", "class");
    for class in ["area d1", "area d3", "area d5", "hatch-d1"] {
        assert!(classes.contains(&class), "{class} in {classes:?}");
    }
    let fills: Vec<_> = all(&document, "path").filter_map(|path| path.attribute("fill")).collect();
    assert_eq!(fills, ["url(#mapa-hatch-d1)"], "only the loss");
    let print = map.svg(PRINT);
    assert_eq!(
        attribute(&parsed(&print), "path", "fill"),
        ["url(#mapa-hatch-d1)", PALETTE.diverging[3], PALETTE.diverging[5]]
    );
}

#[test]
fn a_selected_area_is_drawn_over_its_neighbours() {
    let mut areas = [area("A", 0.0, Some(1.0)), area("B", 1.0, Some(2.0))];
    areas[0].selected = true;
    let svg = map(&areas, Medium::Page);
    let document = parsed(&svg);
    assert!(attribute(&document, "path", "class").last().is_some_and(|class| class.ends_with("selected")));
}

#[test]
fn the_view_box_is_cut_to_the_map() {
    let svg = map(&[area("A", 0.0, Some(1.0)), area("B", 1.0, Some(2.0))], Medium::Page);
    let view_box = parsed(&svg).root_element().attribute("viewBox").map(str::to_owned);
    // Two squares of 0.3° at 36° south are 2 × cos 36.35° = 1.61 times as wide as high.
    assert_eq!(view_box.as_deref(), Some("0 0 720 449"));
}

#[test]
fn a_map_of_nothing_says_so() {
    let mut nowhere = area("A", 0.0, Some(1.0));
    nowhere.geometry = MultiPolygon::new(vec![]);
    for areas in [vec![], vec![nowhere]] {
        let svg = map(&areas, Medium::Page);
        let document = parsed(&svg);
        assert_eq!(all(&document, "text").next().and_then(|text| text.text()), Some("Sin comunas"));
    }
}

#[test]
fn the_same_data_are_the_same_bytes() {
    let areas: Vec<Area> = (0..20).map(|i| area("Quillón", f64::from(i), Some(f64::from(i)))).collect();
    assert_eq!(map(&areas, Medium::Page), map(&areas, Medium::Page));
}

#[test]
fn a_drawing_with_links_is_a_group_and_one_without_is_an_image() {
    let mut areas = [area("A", 0.0, Some(1.0))];
    assert_eq!(parsed(&map(&areas, Medium::Page)).root_element().attribute("role"), Some("group"));
    areas[0].href = None;
    assert_eq!(parsed(&map(&areas, Medium::Page)).root_element().attribute("role"), Some("img"));
}

#[test]
fn columns_stand_on_zero_and_negative_ones_hang_from_it() {
    let svg = chart(&[point("2023", Some(40.0)), point("2024", Some(-20.0)), point("2025", None)], Medium::Page);
    let document = parsed(&svg);
    let bars: Vec<_> = all(&document, "rect").collect();
    assert_eq!(bars.len(), 2, "no column without a value");
    let axis = all(&document, "line").find(|line| line.attribute("class") == Some("axis")).expect("a zero line");
    let zero = number(axis, "y1");
    assert!((number(bars[0], "y") + number(bars[0], "height") - zero).abs() < 0.2);
    assert!((number(bars[1], "y") - zero).abs() < 0.2);
    assert!((number(bars[0], "height") - 2.0 * number(bars[1], "height")).abs() < 0.2);
    assert!(all(&document, "text").any(|text| text.text() == Some("s/i")));
}

#[test]
fn ticks_are_round_and_written_as_the_caller_says() {
    let svg = chart(&[point("2024", Some(87.0))], Medium::Page);
    let document = parsed(&svg);
    let texts: Vec<_> = all(&document, "text").filter_map(|text| text.text()).collect();
    assert_eq!(texts, ["M$", "0", "50", "100", "87", "2024"]);
}

#[test]
fn with_many_columns_only_the_names_that_fit_and_the_chosen_value_are_written() {
    let mut points: Vec<Point> = (1990..2026).map(|year| point(&year.to_string(), Some(123_456.0))).collect();
    points[7].selected = true;
    let svg = chart(&points, Medium::Page);
    let document = parsed(&svg);
    let texts: Vec<_> = all(&document, "text").filter_map(|text| text.text()).collect();
    assert_eq!(texts.iter().filter(|text| **text == "123456").count(), 1);
    let named = |year: &str| texts.contains(&year);
    assert!(named("1997") && named("1990") && !named("1991") && !named("1998"));
}

#[test]
fn a_chart_without_values_says_so_and_one_of_zeros_does_not_fall_over() {
    let without_values = chart(&[point("2024", None), point("2025", Some(f64::NAN))], Medium::Page);
    assert!(all(&parsed(&without_values), "text").any(|text| text.text() == Some("Sin datos")));
    let zeros = chart(&[point("2024", Some(0.0))], PRINT);
    assert_eq!(attribute(&parsed(&zeros), "rect", "height"), ["0"]);
}

#[test]
fn the_legend_has_the_steps_of_the_map_and_writes_a_single_value_once() {
    let classes = Classes::quantiles([0.0, 0.0, 3.0, 4.0, 8.0, 9.0], 3);
    let entries = legend(&classes, |value| format!("{value:.0}"), Some("Sin datos"));
    let found: Vec<_> = entries.iter().map(|entry| (entry.class(), entry.label.as_str())).collect();
    assert_eq!(found, [("c1", "0"), ("c3", "3 – 4"), ("c5", "8 – 9"), ("no-data", "Sin datos")]);

    let svg = legend_svg(CAPTION, &entries, PRINT);
    let document = parsed(&svg);
    let fills: Vec<_> = all(&document, "rect").filter_map(|rect| rect.attribute("fill")).collect();
    assert!(fills.ends_with(&[PALETTE.ramp[1], PALETTE.ramp[3], PALETTE.ramp[5], "url(#mapa-hatch)"]), "{fills:?}");
}
