//! How the rows of a file may be put on the territory.

use goreos_domain::fold;

use super::kind::counted;
use super::text::{comment, commented_out};
use super::{Column, Role};
use crate::infer::profile::{ColumnProfile, Guess, Places, Profile, Shapes};

/// What places the rows.
pub(super) struct Placing<'a> {
    territory: Option<Territory<'a>>,
    coordinates: Option<Coordinates>,
}

/// A column that tells places.
struct Territory<'a> {
    column: usize,
    by_code: bool,
    places: &'a Places,
    /// Rows that would be refused.
    lost: u64,
}

/// Two columns of coordinates.
struct Coordinates {
    x: usize,
    y: usize,
    degrees: bool,
    /// Rows without.
    missing: u64,
    /// Every row has both or neither, as far as counts tell, and all points lie in Chile.
    whole: bool,
}

const EAST: [&str; 12] = [
    "LON",
    "LONG",
    "LONGITUD",
    "LONGITUDE",
    "LNG",
    "X",
    "ESTE",
    "COORD X",
    "COORDENADA X",
    "UTM E",
    "UTM ESTE",
    "UTM X",
];
const NORTH: [&str; 11] = [
    "LAT",
    "LATITUD",
    "LATITUDE",
    "Y",
    "NORTE",
    "COORD Y",
    "COORDENADA Y",
    "UTM N",
    "UTM NORTE",
    "UTM Y",
    "COORDENADA NORTE",
];

impl<'a> Placing<'a> {
    pub(super) fn of(profile: &'a Profile) -> Self {
        let has_shapes = profile.shapes.as_ref().is_some_and(|shapes| !shapes.kinds.is_empty());
        Self { territory: territory(profile), coordinates: (!has_shapes).then(|| coordinates(profile)).flatten() }
    }

    /// What the column does for placing, when the draft places rows by it.
    pub(super) fn role(&self, column: usize) -> Option<Role> {
        let coordinates = self.coordinates.as_ref().filter(|found| found.places_rows());
        if coordinates.is_some_and(|found| [found.x, found.y].contains(&column)) {
            return Some(Role::Coordinate);
        }
        let territory = self.territory.as_ref().filter(|found| found.column == column && found.lost == 0)?;
        Some(if territory.by_code { Role::Code } else { Role::Name })
    }

    /// The table `[place]`; what would refuse rows stays a comment.
    pub(super) fn write(&self, profile: &Profile, columns: &[Column<'_>]) -> String {
        let name =
            |place: usize| columns.iter().find(|column| column.place == place).map(|column| column.name.as_str());
        let mut table = String::new();
        let mut active = false;
        let mut add = |notes: String, line: String, is_active: bool| {
            table.push_str(&comment(&notes));
            table.extend([if is_active { format!("{line}\n") } else { commented_out(&line) }]);
            active |= is_active;
        };
        if let Some(territory) = &self.territory
            && let Some(column) = name(territory.column)
        {
            add(territory.told(profile), territory.line(column), territory.lost == 0);
        }
        if let Some(found) = &self.coordinates
            && let (Some(x), Some(y)) = (name(found.x), name(found.y))
        {
            add(found.told(), found.line(x, y), found.places_rows());
        }
        if let Some(shapes) = profile.shapes.as_ref().filter(|shapes| !shapes.kinds.is_empty()) {
            add(shapes_told(profile, shapes), shapes_line(profile, shapes), true);
        }
        if let Some(question) = &profile.crs_question {
            let told = format!(
                "El archivo trae geometría, pero no se sabe en qué sistema de coordenadas. {} {}",
                question.what, question.remedy
            );
            add(told, "geometry = { from = \"file\", crs = \"EPSG:32719\", type = \"geometry\" }".into(), false);
        }
        if table.is_empty() {
            return comment(
                "Sin [place]: ninguna columna nombra comunas, provincias o regiones, y no hay coordenadas.",
            );
        }
        if active { format!("[place]\n{table}") } else { format!("# [place]\n{table}") }
    }
}

fn territory<'a>(profile: &'a Profile) -> Option<Territory<'a>> {
    let found = profile.columns.iter().enumerate().flat_map(|(place, column)| {
        let told = |places: &'a Option<Places>, by_code| -> Option<Territory<'a>> {
            let places = places.as_ref()?;
            Some(Territory { column: place, by_code, places, lost: places.unknown + column.empty })
        };
        [told(&column.coded, true), told(&column.named, false)]
    });
    // A number of few digits is no code of a place unless its header says so.
    let meant = |found: &Territory<'_>| {
        let header = fold(&profile.columns[found.column].header);
        let said =
            ["CUT", "COM", "PROV", "REG"].iter().any(|word| header.split(' ').any(|part| part.starts_with(word)));
        !found.by_code || said || found.places.comuna == found.places.known()
    };
    found.flatten().filter(meant).max_by_key(|found| {
        let filled = profile.columns[found.column].filled;
        (
            level(profile, found),
            found.places.comuna * 10 / filled.max(1),
            found.lost == 0,
            found.by_code,
            std::cmp::Reverse(found.column),
        )
    })
}

/// 2 comunas, 1 provinces, 0 regions: provinces are often called as their capital.
fn level(profile: &Profile, found: &Territory<'_>) -> u8 {
    let header = fold(&profile.columns[found.column].header);
    let comunas = found.places.comuna + found.places.several;
    if header.contains("PROV") && found.places.comuna + found.places.provincia > 0 {
        u8::from(!found.by_code || found.places.provincia > 0)
    } else if header.contains("REGION") {
        0
    } else if comunas > 0 {
        2
    } else {
        u8::from(found.places.provincia > 0)
    }
}

impl Territory<'_> {
    fn told(&self, profile: &Profile) -> String {
        let header = &profile.columns[self.column].header;
        let places = self.places;
        let parts = [
            (places.comuna, "de una comuna"),
            (places.several, "de varias comunas, que quedan como un solo monto"),
            (places.provincia, "de una provincia"),
            (places.region + places.regional, "de la región"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(rows, _)| *rows > 0)
            .map(|(rows, what)| format!("{} {what}", counted(rows)))
            .collect();
        let how = if self.by_code { "tiene códigos de territorios" } else { "nombra territorios" };
        let mut told = format!("«{header}» {how}: {}.", parts.join(", "));
        if self.lost > 0 {
            let strangers: Vec<String> =
                places.strangers.iter().map(|(text, rows)| format!("«{text}» ({})", counted(*rows))).collect();
            let unknown =
                if strangers.is_empty() { String::new() } else { format!("; no se conoce {}", strangers.join(", ")) };
            told.extend([format!(
                " Queda como comentario: con esto se rechazarían {} filas que no dicen su territorio{unknown}.",
                counted(self.lost)
            )]);
        }
        told
    }

    fn line(&self, column: &str) -> String {
        let places = self.places;
        let present = [
            ("comuna", places.comuna + places.several),
            ("provincia", places.provincia),
            ("region", places.region + places.regional),
        ];
        let mut levels = present.into_iter().filter(|(_, rows)| *rows > 0).map(|(level, _)| level);
        let level = levels.next().unwrap_or("comuna");
        let also: Vec<String> = levels.map(|level| format!("\"{level}\"")).collect();
        let also = if also.is_empty() { String::new() } else { format!(", also = [{}]", also.join(", ")) };
        let region = places.inside.as_ref().map(|region| format!(", region = \"{region}\"")).unwrap_or_default();
        let by = if self.by_code { "code" } else { "name" };
        format!("territory = {{ by = \"{by}\", column = \"{column}\", level = \"{level}\"{also}{region} }}")
    }
}

fn coordinates(profile: &Profile) -> Option<Coordinates> {
    let find = |words: &[&str]| {
        profile.columns.iter().position(|column| {
            let real = column.misfits.get(&Guess::Real).is_some_and(|misfits| misfits.count == 0);
            real && column.filled > 0 && words.contains(&fold(&column.header).as_str())
        })
    };
    let (x, y) = (find(&EAST)?, find(&NORTH)?);
    let within = |place: usize, least: f64, greatest: f64| {
        let range: Option<(f64, f64)> = profile.columns.get(place).and_then(|column: &ColumnProfile| column.range);
        range.is_some_and(|(low, high)| least <= low && high <= greatest)
    };
    let degrees = within(x, -180.0, 180.0) && within(y, -90.0, 90.0);
    let metres = within(x, 1e5, 1e6) && within(y, 3e6, 8.5e6);
    if !degrees && !metres {
        return None;
    }
    let [missing, other] = [x, y].map(|place| profile.columns[place].empty);
    let chile = within(x, -110.0, -66.0) && within(y, -56.6, -17.0);
    Some(Coordinates { x, y, degrees, missing, whole: missing == other && (chile || !degrees) })
}

impl Coordinates {
    /// Metres may be of either zone, and nothing here says which.
    fn places_rows(&self) -> bool {
        self.degrees && self.whole
    }

    fn told(&self) -> String {
        let missing = match self.missing {
            0 => String::new(),
            rows => format!(" {} filas no las traen.", counted(rows)),
        };
        if self.places_rows() {
            format!("Coordenadas en grados, todas dentro de Chile.{missing} CONFIRME que sean WGS 84.")
        } else if self.degrees {
            format!(
                "Queda como comentario: hay coordenadas en grados, pero no todas caen en Chile o a algunas filas les falta una.{missing}"
            )
        } else {
            format!(
                "Queda como comentario: son coordenadas en metros, y el archivo no dice si son del huso 18 (EPSG:32718) o 19 (EPSG:32719).{missing}"
            )
        }
    }

    fn line(&self, x: &str, y: &str) -> String {
        let crs = if self.degrees { "EPSG:4326" } else { "EPSG:32719" };
        let missing = if self.missing > 0 { ", missing = \"keep\"" } else { "" };
        format!("geometry = {{ columns = [\"{x}\", \"{y}\"], crs = \"{crs}\", type = \"point\"{missing} }}")
    }
}

fn shapes_told(profile: &Profile, shapes: &Shapes) -> String {
    let kinds: Vec<String> = shapes.kinds.iter().map(|(kind, rows)| format!("{} {kind}", counted(*rows))).collect();
    let mut told = format!("Geometría del archivo: {}.", kinds.join(", "));
    let text = |name: &str| profile.findings.get(name).and_then(|value| value.as_str());
    if let Some(crs) = text("crs") {
        told.extend([format!(" Sistema de coordenadas: {crs}, según el archivo")]);
        told.push_str(
            &text("crs_operation")
                .map(|operation| format!("; se lleva a WGS 84 con «{operation}»"))
                .unwrap_or_default(),
        );
        let accuracy = profile.findings.get("crs_accuracy_m").and_then(serde_json::Value::as_f64);
        told.push_str(&accuracy.map(|metres| format!(", exacta a {metres} m")).unwrap_or_default());
        told.push('.');
    }
    if shapes.missing > 0 {
        told.extend([format!(" {} filas no la traen, y se guardan sin ella.", counted(shapes.missing))]);
    }
    if repaired(profile) {
        told.push_str(" Algunas no eran válidas y se reparan.");
    }
    told
}

fn repaired(profile: &Profile) -> bool {
    profile.findings.get("repaired").is_some_and(|note| match note {
        serde_json::Value::Number(count) => count.as_u64() != Some(0),
        serde_json::Value::Null => false,
        _ => true,
    })
}

fn shapes_line(profile: &Profile, shapes: &Shapes) -> String {
    let only = |kinds: &[&str]| shapes.kinds.keys().all(|kind| kinds.contains(&kind.as_str()));
    let kind = if only(&["point"]) {
        "point"
    } else if only(&["point", "multipoint"]) {
        "multipoint"
    } else if only(&["linestring", "multilinestring"]) {
        "multilinestring"
    } else if only(&["polygon", "multipolygon"]) {
        "multipolygon"
    } else {
        "geometry"
    };
    let crs = profile.findings.get("crs").and_then(|value| value.as_str()).filter(|crs| {
        crs.strip_prefix("EPSG:")
            .is_some_and(|code| code.parse::<u32>().is_ok_and(|code| (1024..=32767).contains(&code)))
    });
    let crs = crs.map(|crs| format!(", crs = \"{crs}\"")).unwrap_or_default();
    let invalid = if repaired(profile) { ", invalid = \"repair\"" } else { "" };
    let missing = if shapes.missing > 0 { ", missing = \"keep\"" } else { "" };
    format!("geometry = {{ from = \"file\"{crs}, type = \"{kind}\"{invalid}{missing} }}")
}
