//! Geometries as they come into geometries as they are kept: flat, in degrees on WGS 84, of one type, mended or refused as the contract says.

mod arc;
mod area;
mod esri;
mod proof;
#[cfg(test)]
mod tests;
mod valid;
mod wkb;

use std::collections::BTreeMap;

use gdal::cpl::CslStringList;
use gdal::vector::Geometry;
use goreos_domain::{
    Contract, Decimals, GeometrySource, GeometryType, InvalidGeometry, PlaceGeometry, decimal_es, integer_es,
};
use serde_json::json;

use self::valid::{Flaw, Found};
use self::wkb::{Flat, MOST_VERTICES, Simple, Top, Unreadable};
use super::crs::Reprojection;
use super::{Defect, Findings, Shape};

/// Where the usual places of Chile lie: enough to see that axes are swapped.
const CHILE: [f64; 4] = [-110.0, -56.6, -66.0, -17.0];

/// The policy of a contract for geometries, and the count of what it did.
#[derive(Debug)]
pub(super) struct Shaper {
    kind: GeometryType,
    invalid: InvalidGeometry,
    reprojection: Reprojection,
    flat: Flat,
    origin: Option<[f64; 2]>,
    tally: Tally,
}

/// What was done to geometries.
#[derive(Debug, Default)]
struct Tally {
    raised: u64,
    curved: u64,
    kept_invalid: u64,
    repaired: u64,
    by_reason: BTreeMap<Flaw, u64>,
    area_changed_m2: f64,
    max_change_pct: f64,
}

impl Shaper {
    /// True when the contract asks for the file's own geometry.
    pub(super) fn is_wanted(contract: &Contract) -> bool {
        contract.place.geometry.as_ref().is_some_and(|geometry| geometry.from == Some(GeometrySource::File))
    }

    pub(super) fn new(contract: &Contract, reprojection: Reprojection) -> Self {
        let geometry = contract.place.geometry.as_ref();
        Self {
            kind: geometry.map_or(GeometryType::Geometry, PlaceGeometry::kind),
            invalid: geometry.map(|geometry| geometry.invalid).unwrap_or_default(),
            reprojection,
            flat: Flat::default(),
            origin: None,
            tally: Tally::default(),
        }
    }

    /// Of a geometry as GDAL gives it.
    pub(super) fn shape(&mut self, geometry: Option<&Geometry>) -> Shape {
        self.origin = None;
        match geometry.filter(|geometry| !geometry.is_empty()).map(Geometry::iso_wkb) {
            None => Shape::Missing,
            Some(Ok(wkb)) => self.finish(|flat| flat.read(&wkb, false)),
            Some(Err(_)) => Shape::Refused(unreadable(), None),
        }
    }

    /// Of well-known binary: OGC, ISO or PostGIS.
    #[expect(
        clippy::wrong_self_convention,
        reason = "the geometry is made from the binary, by the policy that self is"
    )]
    pub(super) fn from_wkb(&mut self, wkb: &[u8]) -> Shape {
        self.origin = None;
        self.finish(|flat| flat.read(wkb, true))
    }

    /// Of the content of a shapefile's record.
    pub(super) fn of_record(&mut self, record: &[u8]) -> Shape {
        self.origin = None;
        self.finish(|flat| flat.read_record(record))
    }

    /// The middle of the last geometry as the file writes it, for the datum check; the next call gives none.
    pub(super) fn take_origin(&mut self) -> Option<[f64; 2]> {
        self.origin.take()
    }

    /// Notes what was done.
    pub(super) fn note(&self, findings: &mut Findings) {
        let tally = &self.tally;
        for (name, count) in
            [("flattened", tally.raised), ("linearised", tally.curved), ("kept_invalid", tally.kept_invalid)]
        {
            if count > 0 {
                findings.note(name, count);
            }
        }
        if tally.repaired > 0 {
            let by_reason: serde_json::Map<String, serde_json::Value> =
                tally.by_reason.iter().map(|(flaw, count)| (flaw.code().to_owned(), json!(count))).collect();
            let rounded = |value: f64| (value * 100.0).round() / 100.0;
            findings.note(
                "repaired",
                json!({
                    "count": tally.repaired,
                    "how": "make_valid",
                    "by_reason": by_reason,
                    "area_changed_m2": rounded(tally.area_changed_m2),
                    "max_change_pct": rounded(tally.max_change_pct),
                }),
            );
        }
    }

    fn finish(&mut self, read: impl FnOnce(&mut Flat) -> Result<(), Unreadable>) -> Shape {
        // Out of self while in use, and back for its memory.
        let mut flat = std::mem::take(&mut self.flat);
        let made = read(&mut flat).map_err(told).and_then(|()| self.make(&mut flat));
        let shape = match made {
            Ok(Some(wkb)) => Shape::Wkb(wkb),
            Ok(None) => Shape::Missing,
            Err(defect) => Shape::Refused(defect, self.origin.and_then(|origin| self.reprojection.lonlat(origin))),
        };
        self.flat = flat;
        shape
    }

    fn make(&mut self, flat: &mut Flat) -> Result<Option<Vec<u8>>, Defect> {
        if flat.parts.is_empty() {
            return Ok(None);
        }
        finite(flat)?;
        self.origin = Some(middle(flat));
        let top = self.top(flat)?;
        self.tally.raised += u64::from(flat.raised);
        self.tally.curved += u64::from(flat.curved);
        self.move_to_degrees(flat)?;
        if let Some(found) = valid::malformed(flat) {
            return self.treat(flat, top, found).map(Some);
        }
        let mut out = Vec::new();
        flat.write(top, &mut out);
        match valid::invalid(flat, &out) {
            None => Ok(Some(out)),
            Some(found) => self.treat(flat, top, found).map(Some),
        }
    }

    /// The type to write it as.
    fn top(&self, flat: &Flat) -> Result<Top, Defect> {
        let all = |kind: Simple| flat.parts.iter().all(|part| part.kind == kind);
        let top = match self.kind {
            GeometryType::Geometry => Some(flat.top),
            GeometryType::Point => (all(Simple::Point) && flat.parts.len() == 1).then_some(Top::Point),
            GeometryType::Multipoint => all(Simple::Point).then_some(Top::Points),
            GeometryType::Multilinestring => all(Simple::Line).then_some(Top::Lines),
            GeometryType::Multipolygon => all(Simple::Area).then_some(Top::Areas),
        };
        top.ok_or_else(|| wrong_type(flat, self.kind))
    }

    fn move_to_degrees(&self, flat: &mut Flat) -> Result<(), Defect> {
        let swapped = [flat.ys[0], flat.xs[0]];
        self.reprojection.lonlats(&mut flat.xs, &mut flat.ys);
        let lost = flat.xs.iter().chain(&flat.ys).any(|value| !value.is_finite());
        // Degrees the wrong way round are seen where rows are placed.
        if !lost && (self.reprojection.is_geographic() || in_chile([flat.xs[0], flat.ys[0]])) {
            return Ok(());
        }
        if self.reprojection.lonlat(swapped).is_some_and(in_chile) {
            return Err(defect(
                "geometry.outside_chile",
                "La geometría está fuera de Chile.",
                "El este y el norte están cambiados: intercámbielos en el archivo de origen.",
            ));
        }
        if lost {
            return Err(defect(
                "geometry.outside_crs",
                "La geometría no cabe en su sistema de coordenadas.",
                "Revise las coordenadas de esa fila y el sistema que declara el archivo.",
            ));
        }
        Ok(())
    }

    /// What the contract says of an invalid geometry.
    fn treat(&mut self, flat: &mut Flat, top: Top, found: Found) -> Result<Vec<u8>, Defect> {
        let mut out = Vec::new();
        match self.invalid {
            InvalidGeometry::Reject => return Err(refused(found)),
            InvalidGeometry::Keep => {
                self.tally.kept_invalid += 1;
                flat.write(top, &mut out);
            }
            InvalidGeometry::Repair => {
                let before = area::square_metres(flat);
                let mended = mend(flat, self.kind).ok_or_else(|| refused(found))?;
                let after = area::square_metres(&mended);
                let changed = (after - before).abs();
                self.tally.repaired += 1;
                *self.tally.by_reason.entry(found.0).or_default() += 1;
                self.tally.area_changed_m2 += changed;
                let share = if changed > 0.0 { changed / before.max(after) * 100.0 } else { 0.0 };
                self.tally.max_change_pct = self.tally.max_change_pct.max(share);
                mended.write(if self.kind == GeometryType::Geometry { mended.top } else { top }, &mut out);
            }
        }
        Ok(out)
    }
}

/// The geometry closed, then as GEOS makes it valid, without the lines and points that its type cannot hold; `None` when nothing is left.
fn mend(flat: &mut Flat, kind: GeometryType) -> Option<Flat> {
    close(flat);
    let mut wkb = Vec::new();
    flat.write(if flat.parts.len() == 1 { single(flat.parts[0].kind) } else { Top::Mixed }, &mut wkb);
    let valid = Geometry::from_wkb(&wkb).and_then(|geometry| geometry.make_valid(&CslStringList::new())).ok()?;
    let mut mended = Flat::default();
    mended.read(&valid.iso_wkb().ok()?, true).ok()?;
    let wanted = match kind {
        GeometryType::Geometry => return (!mended.parts.is_empty()).then_some(mended),
        GeometryType::Point | GeometryType::Multipoint => Simple::Point,
        GeometryType::Multilinestring => Simple::Line,
        GeometryType::Multipolygon => Simple::Area,
    };
    mended.parts.retain(|part| part.kind == wanted);
    (!mended.parts.is_empty()).then_some(mended)
}

fn single(kind: Simple) -> Top {
    match kind {
        Simple::Point => Top::Point,
        Simple::Line => Top::Line,
        Simple::Area => Top::Area,
    }
}

/// Closes open rings and lets go of rings and lines that are none.
fn close(flat: &mut Flat) {
    let old = std::mem::take(flat);
    let mut closed = Flat { top: old.top, ..Flat::default() };
    for part in &old.parts {
        let first = closed.rings.len();
        for (place, ring) in old.rings[part.rings.clone()].iter().enumerate() {
            let start = closed.xs.len();
            closed.xs.extend(&old.xs[ring.clone()]);
            closed.ys.extend(&old.ys[ring.clone()]);
            if part.kind == Simple::Area && ring.len() > 2 {
                let (first, last) = (start, closed.xs.len() - 1);
                #[expect(clippy::float_cmp, reason = "closed means the very same vertex")]
                if [closed.xs[first], closed.ys[first]] != [closed.xs[last], closed.ys[last]] {
                    closed.xs.push(closed.xs[first]);
                    closed.ys.push(closed.ys[first]);
                }
            }
            let least = match part.kind {
                Simple::Point => 1,
                Simple::Line => 2,
                Simple::Area => 4,
            };
            if closed.xs.len() - start < least {
                closed.xs.truncate(start);
                closed.ys.truncate(start);
                if place == 0 {
                    break;
                }
            } else {
                closed.rings.push(start..closed.xs.len());
            }
        }
        if closed.rings.len() > first {
            closed.parts.push(wkb::Part { kind: part.kind, rings: first..closed.rings.len() });
        }
    }
    *flat = closed;
}

fn finite(flat: &Flat) -> Result<(), Defect> {
    let wrong = flat.xs.iter().zip(&flat.ys).position(|(x, y)| !(x.is_finite() && y.is_finite()));
    match wrong {
        None => Ok(()),
        Some(place) => Err(not_finite(place)),
    }
}

/// A vertex, counted from zero, whose coordinates are no numbers.
fn not_finite(vertex: usize) -> Defect {
    defect(
        "geometry.not_finite",
        format!("El vértice {} de la geometría no tiene coordenadas (NaN o infinito).", vertex + 1),
        "Corrija o borre ese vértice en el archivo de origen.",
    )
}

/// Of its bounding box.
fn middle(flat: &Flat) -> [f64; 2] {
    let of = |values: &[f64]| {
        let (mut least, mut greatest) = (values[0], values[0]);
        for value in &values[1..] {
            least = if *value < least { *value } else { least };
            greatest = if *value > greatest { *value } else { greatest };
        }
        f64::midpoint(least, greatest)
    };
    [of(&flat.xs), of(&flat.ys)]
}

fn in_chile([lon, lat]: [f64; 2]) -> bool {
    (CHILE[0]..=CHILE[2]).contains(&lon) && (CHILE[1]..=CHILE[3]).contains(&lat)
}

fn refused((flaw, at): Found) -> Defect {
    let place = at.map_or(String::new(), |[x, y]| {
        format!(", cerca de {}; {}", decimal_es(x, Decimals(5)), decimal_es(y, Decimals(5)))
    });
    defect(
        "geometry.invalid",
        format!("La geometría no es válida: {}{place}.", flaw.spoken()),
        "Corríjala en QGIS con «Corregir geometrías», o ponga invalid = \"repair\" en el contrato.",
    )
}

fn wrong_type(flat: &Flat, wanted: GeometryType) -> Defect {
    let several = flat.parts.len() > 1;
    let mut kinds = flat.parts.iter().map(|part| part.kind);
    let first = kinds.next();
    let is = match first {
        Some(kind) if kinds.any(|other| other != kind) => "una mezcla de puntos, líneas o áreas",
        Some(Simple::Point) => {
            if several {
                "varios puntos"
            } else {
                "un punto"
            }
        }
        Some(Simple::Line) => "una línea",
        _ => "un área",
    };
    let wants = match wanted {
        GeometryType::Point => "un punto",
        GeometryType::Multipoint => "puntos",
        GeometryType::Multilinestring => "líneas",
        GeometryType::Multipolygon => "áreas",
        GeometryType::Geometry => "cualquiera",
    };
    defect(
        "geometry.type",
        format!("La geometría es {is} y el contrato pide {wants}."),
        "Revise que el archivo sea el de esta capa, o corrija el tipo en el contrato.",
    )
}

fn told(error: Unreadable) -> Defect {
    match error {
        Unreadable::Damaged => unreadable(),
        Unreadable::TooLarge => too_large(),
        Unreadable::Solid => defect(
            "geometry.type",
            "La geometría es un cuerpo (multipatch), y aquí se guardan puntos, líneas y áreas.",
            "Exporte la capa como polígonos en QGIS o ArcGIS.",
        ),
    }
}

fn too_large() -> Defect {
    let most = integer_es(i64::try_from(MOST_VERTICES).unwrap_or(i64::MAX));
    defect(
        "geometry.too_large",
        format!("La geometría tiene más de {most} vértices."),
        "Simplifíquela, o divídala en varias filas.",
    )
}

fn unreadable() -> Defect {
    defect("geometry.unreadable", "La geometría no se puede leer.", "Ábrala y corríjala en QGIS.")
}

fn defect(code: &'static str, reason: impl Into<String>, remedy: &str) -> Defect {
    Defect { code, reason: reason.into(), remedy: remedy.into() }
}
