//! Rows onto the territory: by code, by name, by coordinates. Nothing is guessed and nothing is shared out.

mod coordinates;
mod named;

use std::collections::HashMap;

use goreos_domain::{
    Contract, Cut, Decimals, Fault, MissingGeometry, PlaceBy, PlaceGeometry, PlaceTerritory, decimal_es,
};

use crate::boundaries::Boundaries;
use crate::check::Checked;
use crate::position::{first_corner, position};
use crate::read::{Findings, Geometries, Shape};
use crate::reason::Reason;

use coordinates::Coordinates;

/// Where the rows of a batch belong.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    /// When the contract places rows on the territory.
    pub(crate) territories: Option<Territories>,
    /// Per row, when rows have a geometry.
    pub(crate) shapes: Option<Shapes>,
    /// Per row with a geometry, one position of it as the file writes it: [`Geometries::origins`].
    pub(crate) origins: Option<Vec<Option<[f64; 2]>>>,
    /// Longitude and latitude of rows whose geometry was refused, where they are known.
    pub(crate) stray: HashMap<usize, [f64; 2]>,
}

/// The territories of the rows of a batch: few, named again and again.
#[derive(Debug, Default)]
pub(crate) struct Territories {
    pub(crate) spots: Vec<Spot>,
    /// Per row, the place of its own in `spots`.
    pub(crate) rows: Vec<Option<usize>>,
}

/// The geometries of the rows of a batch, in EPSG:4326.
#[derive(Debug)]
pub(crate) enum Shapes {
    Points(Vec<Option<[f64; 2]>>),
    /// Little-endian WKB.
    Wkb(Vec<Option<Vec<u8>>>),
}

impl Shapes {
    /// The position that stands for the geometry of a row.
    pub(crate) fn position(&self, row: usize) -> Option<[f64; 2]> {
        match self {
            Self::Points(points) => *points.get(row)?,
            Self::Wkb(wkbs) => position(wkbs.get(row)?.as_deref()?),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Points(points) => points.len(),
            Self::Wkb(wkbs) => wkbs.len(),
        }
    }
}

impl Placed {
    /// Longitude and latitude that stand for the row: to show a refused row on the map, also when its geometry is why.
    pub(crate) fn at(&self, row: usize) -> Option<[f64; 2]> {
        let kept = self.shapes.as_ref().and_then(|shapes| shapes.position(row));
        kept.or_else(|| self.stray.get(&row).copied())
    }
}

/// The territory that a text names under a rule, when it names one.
pub(crate) fn spot_by_name(rule: &PlaceTerritory, text: &str) -> Option<Spot> {
    named::by_name(rule, text).ok()
}

/// The territory of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spot {
    /// One territory.
    One(Cut),
    /// Several comunas; the row's amounts belong to them together.
    Several(Vec<Cut>),
}

impl Spot {
    /// As kept in `territory_level`.
    pub(crate) fn level(&self) -> &'static str {
        match self {
            Self::One(cut) => cut.level().code(),
            Self::Several(_) => "multi",
        }
    }

    /// All its territories.
    pub(crate) fn cuts(&self) -> &[Cut] {
        match self {
            Self::One(cut) => std::slice::from_ref(cut),
            Self::Several(cuts) => cuts,
        }
    }
}

/// How a contract places rows.
pub(crate) struct Placer<'a> {
    rule: Option<&'a PlaceTerritory>,
    geometry: Option<&'a PlaceGeometry>,
    /// Where the column of the code or name stands among the contract's.
    column: Option<usize>,
    coordinates: Option<Coordinates>,
    boundaries: Option<&'a Boundaries>,
    contract: &'a Contract,
}

impl<'a> Placer<'a> {
    /// Notes how coordinates in columns are taken to EPSG:4326.
    ///
    /// # Errors
    /// When there is no way from the contract's reference system.
    pub(crate) fn new(
        contract: &'a Contract,
        boundaries: Option<&'a Boundaries>,
        findings: &mut Findings,
    ) -> Result<Self, Fault> {
        let rule = contract.place.territory.as_ref();
        let geometry = contract.place.geometry.as_ref();
        let column = rule.and_then(|rule| {
            let name = rule.column.as_ref()?;
            contract.columns.iter().position(|column| column.name == *name)
        });
        let coordinates = geometry.map(|geometry| Coordinates::of(contract, geometry, findings)).transpose()?.flatten();
        Ok(Self { rule, geometry, column, coordinates, boundaries, contract })
    }

    /// Places a checked batch, adding reasons for rows that belong nowhere. `geometries` are those of the file.
    pub(crate) fn place(&self, geometries: Geometries, checked: &mut Checked) -> Placed {
        let mut placed = Placed { origins: geometries.origins, ..Placed::default() };
        if let (Some(rule), Some(column)) = (self.rule, self.column) {
            placed.territories = Some(named::by_column(rule, self.contract, column, checked));
        }
        let missing = self.geometry.map(|geometry| geometry.missing).unwrap_or_default();
        if let Some(coordinates) = &self.coordinates {
            coordinates.points(missing, checked, &mut placed);
        } else if self.geometry.is_some() {
            placed.shapes = Some(from_file(missing, geometries.shapes, checked, &mut placed.stray));
        }
        if let (Some(rule), Some(boundaries), Some(shapes)) = (self.rule, self.boundaries, &placed.shapes)
            && rule.by == PlaceBy::Point
        {
            placed.territories = Some(by_position(rule, boundaries, shapes, checked));
        }
        placed
    }
}

/// The geometries of the file.
fn from_file(
    missing: MissingGeometry,
    shapes: Option<Vec<Shape>>,
    checked: &mut Checked,
    stray: &mut HashMap<usize, [f64; 2]>,
) -> Shapes {
    let shapes = shapes.unwrap_or_else(|| vec![Shape::Missing; checked.reasons.len()]);
    let kept = shapes.into_iter().enumerate().map(|(row, shape)| {
        let reasons = &mut checked.reasons[row];
        match shape {
            Shape::Wkb(wkb) => match first_corner(&wkb).filter(|[lon, lat]| !inside_chile(*lon, *lat)) {
                Some(corner) => {
                    reasons.push(outside_chile("La geometría", corner, [corner[1], corner[0]]));
                    stray.extend(on_earth(corner).map(|corner| (row, corner)));
                    None
                }
                None => Some(wkb),
            },
            Shape::Missing => {
                if missing == MissingGeometry::Reject {
                    reasons.push(Reason::row(
                        "geometry.empty",
                        "La fila no tiene geometría.",
                        "Dibuje o recupere la geometría en el archivo de origen.",
                    ));
                }
                None
            }
            Shape::Refused(defect, at) => {
                reasons.push(Reason::row(defect.code, &defect.reason, &defect.remedy));
                stray.extend(at.and_then(on_earth).map(|at| (row, at)));
                None
            }
        }
    });
    Shapes::Wkb(kept.collect())
}

/// The comunas in which the geometries lie.
fn by_position(rule: &PlaceTerritory, boundaries: &Boundaries, shapes: &Shapes, checked: &mut Checked) -> Territories {
    let mut found = Territories::default();
    let mut known: HashMap<&Cut, usize> = HashMap::new();
    for (row, reasons) in checked.reasons.iter_mut().enumerate().take(shapes.len()) {
        let cut = shapes.position(row).and_then(|at| comuna_at(rule, boundaries, at, reasons));
        found.rows.push(cut.map(|cut| {
            *known.entry(cut).or_insert_with(|| {
                found.spots.push(Spot::One(cut.clone()));
                found.spots.len() - 1
            })
        }));
    }
    found
}

/// The comuna in which a position lies; one on a border belongs to the comuna of the lower code.
fn comuna_at<'a>(
    rule: &PlaceTerritory,
    boundaries: &'a Boundaries,
    at: [f64; 2],
    reasons: &mut Vec<Reason>,
) -> Option<&'a Cut> {
    let Some(cut) = boundaries.comuna_at(at) else {
        reasons.push(Reason::row(
            "place.outside_comunas",
            &format!("El lugar {} no cae en ninguna comuna.", spoken(at)),
            "Revise las coordenadas: puede caer en el mar o fuera de Chile.",
        ));
        return None;
    };
    match &rule.region {
        Some(region) if !cut.is_within(region) => {
            reasons.push(Reason::row(
                "place.outside_region",
                &format!("El lugar {} cae en {}, fuera de la región.", spoken(at), named::title(cut)),
                "Revise las coordenadas; si la fila es de otra región, no corresponde a este archivo.",
            ));
            None
        }
        _ => Some(cut),
    }
}

/// Chile with its islands, in degrees: west, south, east, north.
const CHILE: [f64; 4] = [-110.0, -56.6, -66.0, -17.0];
/// The Chilean Antarctic Territory.
const ANTARCTIC: [f64; 4] = [-90.0, -90.0, -53.0, -60.0];

fn inside_chile(lon: f64, lat: f64) -> bool {
    [CHILE, ANTARCTIC]
        .iter()
        .any(|[west, south, east, north]| (west..=east).contains(&&lon) && (south..=north).contains(&&lat))
}

/// A reason for a place outside Chile. `swapped` is where it would lie with its axes the other way round.
fn outside_chile(what: &str, [lon, lat]: [f64; 2], swapped: [f64; 2]) -> Reason {
    let remedy = if inside_chile(swapped[0], swapped[1]) {
        "La longitud y la latitud (o el este y el norte) están cambiadas: intercámbielas."
    } else {
        "Revise las coordenadas y su sistema de referencia."
    };
    Reason::row("geometry.outside_chile", &format!("{what} {} está fuera de Chile.", spoken([lon, lat])), remedy)
}

/// `None` for what is no longitude and latitude.
fn on_earth(at: [f64; 2]) -> Option<[f64; 2]> {
    ((-180.0..=180.0).contains(&at[0]) && (-90.0..=90.0).contains(&at[1])).then_some(at)
}

/// `(-72,10342; -36,60664)`: about a metre; metres without decimals.
fn spoken([x, y]: [f64; 2]) -> String {
    let decimals = Decimals(if x.abs() > 360.0 || y.abs() > 360.0 { 0 } else { 5 });
    format!("({}; {})", decimal_es(x, decimals), decimal_es(y, decimals))
}

#[cfg(test)]
mod tests;
