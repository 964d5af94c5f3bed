//! Rows that differ, on a map.

use goreos_db::difference::{Changed, Kind};
use goreos_db::read::ComunaOutline;
use goreos_domain::integer_es;
use goreos_drawing::{Caption, Dot, DotMap, Mark, Medium, Outline, Size, mark_svg, middle, outline};

use crate::page::Svg;

const MAP: Size = Size { width: 560.0, height: 480.0 };
/// Rows on a map, at most.
pub const MOST: u32 = 2_000;

/// Where rows lie.
#[derive(Debug, Clone)]
pub struct ChangeMap {
    pub svg: Svg,
    pub note: String,
}

fn mark(kind: Kind) -> Mark {
    match kind {
        Kind::Added => Mark::Added,
        Kind::Removed => Mark::Removed,
        Kind::Changed => Mark::Changed,
        Kind::Moved => Mark::Moved,
    }
}

/// The sign of a kind, for legends and tables.
pub fn sign(kind: Kind) -> Svg {
    Svg::drawn(mark_svg(mark(kind), Medium::Page))
}

/// Where the row is now, or was.
pub fn dot(row: &Changed) -> Option<Dot> {
    let (lon, lat) = middle(row.after.as_deref().or(row.before.as_deref())?).ok()??;
    let key: Vec<&str> = row.key.iter().map(|(_, value)| value.as_deref().unwrap_or("–")).collect();
    Some(Dot { lon, lat, title: format!("{}, {}", key.join(" · "), row.kind.spanish()), mark: mark(row.kind) })
}

/// The map; None when there is nothing to show or nothing to show it on. `all` is how many rows there are.
pub fn map(dots: &[Dot], all: i64, outlines: &[ComunaOutline]) -> Option<ChangeMap> {
    let outlines: Vec<Outline> = outlines
        .iter()
        // A map that lacks a comuna still says where the others are.
        .filter_map(|comuna| Some(Outline { name: comuna.name.clone(), geometry: outline(&comuna.geometry).ok()? }))
        .collect();
    if dots.is_empty() || outlines.is_empty() {
        return None;
    }
    let caption = Caption {
        id: "mapa-diferencias",
        title: "Dónde están las filas que difieren",
        description: "Las comunas de la región con un signo por cada fila agregada, eliminada, modificada o movida; uno mayor reúne varias. La tabla las dice una por una.",
    };
    let map = DotMap { caption, outlines: &outlines, dots, size: MAP, empty: "Sin comunas que dibujar" };
    let mut notes = vec!["Un signo mayor reúne varias filas.".to_owned()];
    let beyond = dots.len() - map.shown();
    if beyond > 0 {
        notes.push(format!("{} quedan fuera de la región y no se ven.", integer_es(words(beyond))));
    }
    let more = all - words(dots.len());
    if all > i64::from(MOST) && more > 0 {
        notes.push(format!(
            "Se dibujan las primeras {}; faltan {}. El GeoPackage las trae todas.",
            integer_es(words(dots.len())),
            integer_es(more)
        ));
    }
    Some(ChangeMap { svg: Svg::drawn(map.svg(Medium::Page)), note: notes.join(" ") })
}

fn words(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
