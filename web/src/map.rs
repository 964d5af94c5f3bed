//! The map of comunas, from the read model's areas to a drawing.

use geo::{Geometry, MultiPolygon};
use geozero::ToGeo;
use geozero::wkb::Ewkb;
use goreos_drawing::{Area, Caption, Choropleth, Classes, Medium, Size};

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
        geometry: polygons(shade)?,
        value: shade.value,
        formatted: shade.words.clone(),
        href: shade.href.clone(),
        selected: shade.selected,
    })
}

fn polygons(shade: &Shade) -> Result<MultiPolygon, PageError> {
    let unreadable = |why: String| {
        PageError::Internal(anyhow::anyhow!("the boundary of comuna {} cannot be read: {why}", shade.cut))
    };
    match Ewkb(&shade.wkb).to_geo() {
        Ok(Geometry::MultiPolygon(polygons)) => Ok(polygons),
        Ok(Geometry::Polygon(polygon)) => Ok(polygon.into()),
        Ok(_) => Err(unreadable("it is no polygon".into())),
        Err(error) => Err(unreadable(error.to_string())),
    }
}
