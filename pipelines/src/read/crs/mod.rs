//! From the reference system of a file to longitude and latitude on WGS 84: asked, never guessed, and said to the metre.

mod utm;

use gdal::spatial_ref::SpatialRef;
use goreos_domain::{Decimals, Fault, Srid, decimal_es};

use self::utm::Utm;
use super::proj::{self, Area, Operation};
use super::{Findings, Input};

/// Chile with its islands.
const CHILE: Area = [-110.0, -56.6, -66.0, -17.0];
/// Without those far out: what the usual systems are for.
const MAINLAND: Area = [-76.0, -56.6, -66.0, -17.0];
/// How far SIRGAS-Chile and WGS 84 are apart. EPSG states 1 m for SIRGAS 2000; in 2010 the ground of Maule and Biobío moved by up to
/// three, and realisations and files are older or younger than that.
const SIRGAS_ACCURACY_M: f64 = 3.0;

/// The systems met in Chile, the most usual first.
const CANDIDATES: [(u32, &str); 16] = [
    (32718, "UTM 18S, WGS 84"),
    (32719, "UTM 19S, WGS 84"),
    (4326, "grados, WGS 84"),
    (5362, "UTM 18S, SIRGAS-Chile"),
    (5361, "UTM 19S, SIRGAS-Chile"),
    (5360, "grados, SIRGAS-Chile"),
    (24878, "UTM 18S, PSAD56"),
    (24879, "UTM 19S, PSAD56"),
    (4248, "grados, PSAD56"),
    (29188, "UTM 18S, SAD69"),
    (29189, "UTM 19S, SAD69"),
    (4618, "grados, SAD69"),
    (32712, "UTM 12S, WGS 84, Isla de Pascua"),
    (20048, "UTM 18S, SIRGAS-Chile 2021"),
    (20049, "UTM 19S, SIRGAS-Chile 2021"),
    (3857, "Web Mercator"),
];

/// What a file says of its coordinates.
#[derive(Default)]
pub(super) struct Said {
    /// The system it names.
    pub(super) system: Option<SpatialRef>,
    /// It names none: `system` is what its format prescribes then.
    pub(super) assumed: bool,
    /// Where its geometries lie: least x, least y, greatest x, greatest y.
    pub(super) extent: Option<Area>,
}

/// The way from a reference system to longitude and latitude on WGS 84 (EPSG:4326), east before north on both sides.
#[derive(Debug)]
pub(crate) struct Reprojection {
    operation: Operation,
    /// The operation carried out here, when it is no more than that.
    utm: Option<Utm>,
    /// `EPSG:32719`, or the system's name.
    source: String,
    /// Nothing moves.
    idle: bool,
    degrees: bool,
}

impl Reprojection {
    /// For a file that says this of its system; notes what was chosen.
    ///
    /// # Errors
    /// `crs.missing`, `crs.unknown`, `crs.mismatch`, `crs.not_degrees`, `crs.not_metres`; all but the third name the systems that would
    /// put the file in Chile.
    pub(super) fn of_file(input: &Input<'_>, said: Said, findings: &mut Findings) -> Result<Self, Fault> {
        let declared = input.contract.place.geometry.as_ref().and_then(|geometry| geometry.crs);
        let extent = said.extent.filter(|extent| extent.iter().all(|value| value.is_finite()));
        let found = said.system.filter(|found| !said.assumed || declared.is_none() || is(found, declared));
        let reprojection = match (found.as_ref().map(name_of), declared) {
            (Some(Some((definition, label))), None) => Self::between(&definition, &label, extent)
                .filter(|made| !made.operation.ballpark || is_code(&definition))
                .ok_or_else(|| unknown(&label, extent))?,
            (Some(None), None) => {
                return Err(unknown(&found.and_then(|found| found.name()).unwrap_or_default(), extent));
            }
            (None, None) => return Err(missing(extent)),
            (Some(Some((definition, label))), Some(declared))
                if is_code(&definition) && definition != declared.to_string() =>
            {
                return Err(mismatch(declared, &label));
            }
            (_, Some(declared)) => Self::from_srid(declared, extent)?,
        };
        reprojection.fits(extent)?;
        reprojection.note(findings);
        Ok(reprojection)
    }

    /// From the system that a contract declares for two columns; notes what was chosen.
    pub(crate) fn declared(srid: Srid, findings: &mut Findings) -> Result<Self, Fault> {
        let reprojection = Self::from_srid(srid, None)?;
        reprojection.note(findings);
        Ok(reprojection)
    }

    /// From a system that coordinates may be in, to see where they would lie; `None` when PROJ does not know it.
    pub(crate) fn tried(srid: Srid) -> Option<Self> {
        let name = srid.to_string();
        Self::between(&name, &name, None)
    }

    fn from_srid(srid: Srid, extent: Option<Area>) -> Result<Self, Fault> {
        let name = srid.to_string();
        Self::between(&name, &name, extent).ok_or_else(|| {
            Fault::give_up(
                "crs.unknown",
                format!("El contrato declara {srid}, que no es un sistema de coordenadas conocido."),
                format!("Corrija 'crs' en [place] geometry. {}", question(extent)),
            )
        })
    }

    /// `extent` in the system's own units chooses the operation made for that part of the country.
    fn between(definition: &str, label: &str, extent: Option<Area>) -> Option<Self> {
        let operation = best(definition, area_of(definition, extent))?;
        Some(Self {
            utm: Utm::of_pipeline(&operation.pipeline),
            idle: operation.pipeline.is_empty() || operation.pipeline == "+proj=noop",
            degrees: !operation.pipeline.contains("+inv +proj=") || operation.pipeline.contains("xy_in=deg"),
            operation,
            source: label.to_owned(),
        })
    }

    /// Longitude and latitude of a position; `None` where the system does not reach.
    pub(crate) fn lonlat(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let (mut xs, mut ys) = ([x], [y]);
        self.lonlats(&mut xs, &mut ys);
        (xs[0].is_finite() && ys[0].is_finite()).then_some([xs[0], ys[0]])
    }

    /// Moves positions in place; those that cannot be moved become infinite.
    pub(crate) fn lonlats(&self, xs: &mut [f64], ys: &mut [f64]) {
        match &self.utm {
            _ if self.idle => {}
            Some(utm) if xs.iter().zip(&*ys).all(|(x, y)| utm.reaches(*x, *y)) => utm.lonlats(xs, ys),
            // One by one: where a vertex comes to lie never depends on the others.
            Some(utm) => {
                for (x, y) in xs.iter_mut().zip(ys) {
                    let (x, y) = (std::slice::from_mut(x), std::slice::from_mut(y));
                    if utm.reaches(x[0], y[0]) { utm.lonlats(x, y) } else { self.operation.forward(x, y) }
                }
            }
            None => self.operation.forward(xs, ys),
        }
    }

    /// True when its coordinates are degrees.
    pub(super) fn is_geographic(&self) -> bool {
        self.degrees
    }

    /// Notes the system, the operation with its accuracy, and who computed it.
    fn note(&self, findings: &mut Findings) {
        let versions = proj::versions();
        findings.note("crs", self.source.as_str());
        findings.note("crs_operation", self.operation.name.as_str());
        findings.note("crs_pipeline", self.operation.pipeline.as_str());
        findings.note("crs_accuracy_m", self.operation.accuracy_m);
        findings.note("proj", versions.proj);
        findings.note("epsg", versions.epsg);
        findings.note("gdal", gdal::version::version_info("RELEASE_NAME"));
    }

    /// A file all of whose coordinates are metres is in no system of degrees, nor the other way round.
    fn fits(&self, extent: Option<Area>) -> Result<(), Fault> {
        let Some(bounds) = extent.filter(|bounds| bounds[0] <= bounds[2] && bounds[1] <= bounds[3]) else {
            return Ok(());
        };
        let [west, south, east, north] = bounds;
        let beyond = |least: f64, greatest: f64| least > 360.0 || greatest < -360.0;
        let inside = west >= -180.0
            && east <= 180.0
            && south >= -180.0
            && north <= 180.0
            && bounds.iter().any(|value| value.abs() > 0.0);
        let (code, what) = if self.degrees && (beyond(west, east) || beyond(south, north)) {
            ("crs.not_degrees", "está en grados")
        } else if !self.degrees && inside {
            ("crs.not_metres", "está en metros")
        } else {
            return Ok(());
        };
        Err(Fault::give_up(
            code,
            format!(
                "Según {} el archivo {what}, pero sus coordenadas van de {} a {}.",
                self.source,
                spoken([west, south]),
                spoken([east, north])
            ),
            question(extent),
        ))
    }
}

/// A system as a file or a contract names it: `EPSG:32719`, `OGC:CRS84` or PROJJSON; never an address, which GDAL would fetch.
pub(super) fn defined(text: &str) -> Option<SpatialRef> {
    let text = text.trim();
    let code = text.split_once(':').is_some_and(|(authority, code)| {
        let plain = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain(authority) && plain(code)
    });
    (code || text.starts_with('{')).then(|| SpatialRef::from_definition(text).ok()).flatten()
}

/// The operation to take. SIRGAS-Chile and WGS 84 both follow the ITRF, and EPSG lists no operation between them; PROJ's detour over the
/// surveys of 1956 and 1969 can move places by 250 m.
fn best(definition: &str, area: Area) -> Option<Operation> {
    let mut direct = proj::operation(definition, area, true)?;
    if !direct.ballpark {
        return Some(direct);
    }
    if let Some(place) = direct.name.find("Ballpark geographic offset from SIRGAS") {
        let (before, after) = direct.name.split_at(place);
        direct.name = format!(
            "{before}{} (null: both follow ITRF)",
            after.trim_start_matches("Ballpark geographic offset from ")
        );
        direct.accuracy_m = Some(SIRGAS_ACCURACY_M);
        direct.ballpark = false;
        return Some(direct);
    }
    let detour = proj::operation(definition, area, false).filter(|detour| !detour.ballpark);
    Some(detour.unwrap_or(direct))
}

/// Where in Chile a file lies, roughly: a shift of datum does not matter here.
fn area_of(definition: &str, extent: Option<Area>) -> Area {
    let lonlat = || {
        let [west, south, east, north] = extent?;
        let operation = proj::operation(definition, MAINLAND, true)?;
        let mut xs = [west, west, east, east, f64::midpoint(west, east)];
        let mut ys = [south, north, south, north, f64::midpoint(south, north)];
        operation.forward(&mut xs, &mut ys);
        let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let area = [
            least(&xs).max(CHILE[0]),
            least(&ys).max(CHILE[1]),
            greatest(&xs).min(CHILE[2]),
            greatest(&ys).min(CHILE[3]),
        ];
        (area[0] <= area[2] && area[1] <= area[3]).then_some(area)
    };
    lonlat().unwrap_or(MAINLAND)
}

/// How PROJ is told of a system and how people are; `None` for one that is no place on the ground.
fn name_of(found: &SpatialRef) -> Option<(String, String)> {
    if found.is_local() || found.is_geocentric() || found.is_vertical() {
        return None;
    }
    let mut found = found.clone();
    if found.auth_code().is_err() {
        // What cannot be identified keeps its own definition.
        let _ = found.auto_identify_epsg();
    }
    match found.authority() {
        // Axes are always read east before north here.
        Ok(code) if code == "OGC:CRS84" => Some(("EPSG:4326".into(), "EPSG:4326".into())),
        Ok(code) => Some((code.clone(), code)),
        // So GDAL knows OGC:CRS84: without its authority.
        Err(_) if found.is_geographic() && matches!(found.name().as_deref(), Some("WGS 84" | "WGS 84 (CRS84)")) => {
            Some(("EPSG:4326".into(), "EPSG:4326".into()))
        }
        Err(_) => {
            let definition = found.to_projjson().or_else(|_| found.to_wkt()).ok()?;
            Some((definition, found.name().unwrap_or_default()))
        }
    }
}

/// True for `EPSG:32719`; false for a definition that names no known system.
fn is_code(definition: &str) -> bool {
    definition.len() < 40 && !definition.starts_with('{')
}

fn is(found: &SpatialRef, declared: Option<Srid>) -> bool {
    name_of(found).map(|(definition, _)| definition) == declared.map(|declared| declared.to_string())
}

fn missing(extent: Option<Area>) -> Fault {
    Fault::give_up(
        "crs.missing",
        "El archivo no dice en qué sistema de coordenadas está (a un shapefile le falta su .prj).",
        question(extent),
    )
}

fn unknown(name: &str, extent: Option<Area>) -> Fault {
    let name = if name.is_empty() { "sin nombre" } else { name };
    Fault::give_up(
        "crs.unknown",
        format!("El sistema de coordenadas que declara el archivo («{name}») no es uno conocido."),
        question(extent),
    )
}

fn mismatch(declared: Srid, label: &str) -> Fault {
    Fault::give_up(
        "crs.mismatch",
        format!("El contrato dice {declared} y el archivo dice {label}."),
        "Revise cuál es el correcto: un sistema equivocado corre los lugares cientos de metros.",
    )
}

/// What to ask, and which answers would put the file in Chile.
fn question(extent: Option<Area>) -> String {
    let candidates = candidates(extent);
    let list = if candidates.is_empty() {
        "Ningún sistema usual pone el archivo en Chile: revise sus coordenadas.".to_owned()
    } else {
        format!("Candidatos, y dónde caería el centro: {}.", candidates.join("; "))
    };
    format!(
        "Pregunte a quien lo envía en qué sistema está y póngalo en el contrato, en [place] geometry: crs = \"EPSG:…\". No se adivina. {list}"
    )
}

/// The usual systems, each with where the middle of the extent would fall; only those that put it in Chile, when there is an extent.
fn candidates(extent: Option<Area>) -> Vec<String> {
    let Some([west, south, east, north]) = extent else {
        return CANDIDATES[..8].iter().map(|(code, name)| format!("EPSG:{code} ({name})")).collect();
    };
    let middle = [f64::midpoint(west, east), f64::midpoint(south, north)];
    let try_out = |(code, name): &(u32, &str), middle: [f64; 2], axes: &str| {
        let home = if *code == 32712 { CHILE } else { MAINLAND };
        let at = Reprojection::tried(Srid::try_from(format!("EPSG:{code}")).ok()?)?.lonlat(middle)?;
        let inside = (home[0]..=home[2]).contains(&at[0]) && (home[1]..=home[3]).contains(&at[1]);
        inside.then(|| format!("EPSG:{code} ({name}{axes}): {}", spoken(at)))
    };
    let found: Vec<String> = CANDIDATES.iter().filter_map(|candidate| try_out(candidate, middle, "")).collect();
    if !found.is_empty() {
        return found;
    }
    let swapped = [middle[1], middle[0]];
    CANDIDATES.iter().filter_map(|candidate| try_out(candidate, swapped, ", con los ejes cambiados")).collect()
}

/// `-72,10; -36,60` for degrees, `230.000; 5.940.000` for metres.
fn spoken([x, y]: [f64; 2]) -> String {
    let decimals = Decimals(if x.abs() > 360.0 || y.abs() > 360.0 { 0 } else { 2 });
    format!("({}; {})", decimal_es(x, decimals), decimal_es(y, decimals))
}

#[cfg(test)]
mod tests;
