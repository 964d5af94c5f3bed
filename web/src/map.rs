//! The map of comunas, from the read model's areas to a drawing.

use goreos_drawing::{Area, BadOutline, Caption, Choropleth, Classes, Medium, Size, outline};

use crate::boundary::PageError;
use crate::page::Svg;

/// Room for the map: as wide as half a desktop page.
const SIZE: Size = Size { width: 720.0, height: 620.0 };
const LABELS: f64 = 12.0;

/// A comuna and how it is painted.
#[derive(Debug, Clone)]
pub struct Shade {
    pub cut: String,
    pub name: String,
    /// Longitude and latitude in degrees.
    pub wkb: Vec<u8>,
    pub value: Option<f64>,
    /// The value as the reader sees it.
    pub words: String,
    pub href: Option<String>,
    pub selected: bool,
}

/// Draws the comunas.
pub fn draw(shades: &[Shade], classes: &Classes, caption: Caption) -> Result<Svg, PageError> {
    let areas = shades.iter().map(area).collect::<Result<Vec<_>, _>>()?;
    let map = Choropleth {
        caption,
        areas: &areas,
        classes,
        size: SIZE,
        label_size: Some(LABELS),
        empty: "No hay comunas que dibujar",
    };
    Ok(Svg::drawn(map.svg(Medium::Page)))
}

fn area(shade: &Shade) -> Result<Area, PageError> {
    Ok(Area {
        code: shade.cut.clone(),
        name: shade.name.clone(),
        geometry: outline(&shade.wkb).map_err(|error| unreadable(&shade.cut, error))?,
        value: shade.value,
        formatted: shade.words.clone(),
        href: shade.href.clone(),
        selected: shade.selected,
    })
}

/// A boundary of an edition that is none is our mistake.
fn unreadable(cut: &str, error: BadOutline) -> PageError {
    PageError::Internal(anyhow::Error::new(error).context(format!("drawing comuna {cut}")))
}
