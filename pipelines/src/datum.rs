//! Whether the geometries fall in the comunas that their rows name; and if not, under which reference system they would.
//!
//! Files say wrongly in which system their coordinates are: the neighbouring UTM zone, an older datum, the axes the other way round. Each
//! row that names a comuna and has a geometry is a witness. Of a bounded, evenly taken sample, the share of rows that fall in their comuna is
//! reported for the declared system and for each other one in use in Chile. A run stops when another one explains the data clearly better:
//!
//! - at least 20 rows were looked at,
//! - under the other system at least half of them fall in their comuna,
//! - and at least 20 in a hundred more than under the declared one.
//!
//! A wrong datum alone (PSAD56 or SAD69 taken for WGS 84) moves places by 80 to 400 m, which carries few of them over a border: it shows in the
//! shares, but seldom stops a run.

use goreos_domain::{Contract, Cut, Decimals, Fault, Level, Srid, decimal_es, integer_es};
use serde::Serialize;
use serde_json::json;

use crate::boundaries::Boundaries;
use crate::place::{Placed, Spot};
use crate::read::{Findings, Reprojection};

/// Most rows kept. When they are that many, every second one is let go, and half as many are taken from then on.
const MOST_ROWS: usize = 2_000;
/// With fewer rows nothing is concluded.
const LEAST_ROWS: usize = 20;
/// Least share of rows in their comuna for a system to explain the data.
const LEAST_SHARE: f64 = 0.5;
/// By how much it must explain them better than the declared one.
const LEAD: f64 = 0.2;

/// The systems in use in Chile, in metres: WGS 84, SIRGAS-Chile, PSAD56 and SAD69 in both UTM zones, and web maps.
const PROJECTED: [(u32, &str); 9] = [
    (32718, "UTM 18S, WGS 84"),
    (32719, "UTM 19S, WGS 84"),
    (5362, "UTM 18S, SIRGAS-Chile"),
    (5361, "UTM 19S, SIRGAS-Chile"),
    (24878, "UTM 18S, PSAD56"),
    (24879, "UTM 19S, PSAD56"),
    (29188, "UTM 18S, SAD69"),
    (29189, "UTM 19S, SAD69"),
    (3857, "Web Mercator"),
];
/// Those most in use.
const USUAL: [u32; 3] = [32718, 32719, 4326];
/// The same in degrees.
const GEOGRAPHIC: [(u32, &str); 4] =
    [(4326, "grados, WGS 84"), (5360, "grados, SIRGAS-Chile"), (4248, "grados, PSAD56"), (4618, "grados, SAD69")];

/// A row that names a comuna and has a geometry.
#[derive(Debug)]
struct Witness {
    /// The comunas it names.
    cuts: Vec<Cut>,
    /// A position as the file writes it.
    origin: [f64; 2],
    /// A position as it was placed; `None` when it was refused.
    placed: Option<[f64; 2]>,
}

/// The share of witnesses that fall in their comuna under a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Share {
    crs: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    swapped: bool,
    inside: usize,
    of: usize,
}

/// The check, over the batches of a file.
pub(crate) struct Datum<'a> {
    boundaries: &'a Boundaries,
    /// Every so many rows one is taken.
    every: u64,
    seen: u64,
    sample: Vec<Witness>,
}

impl<'a> Datum<'a> {
    /// `None` when rows name no comuna of their own or have no geometry: then there is nothing to compare.
    pub(crate) fn new(contract: &Contract, boundaries: Option<&'a Boundaries>) -> Option<Self> {
        let names = contract.place.territory.as_ref().is_some_and(|rule| rule.column.is_some());
        let boundaries = boundaries.filter(|_| names && contract.place.geometry.is_some())?;
        Some(Self { boundaries, every: 1, seen: 0, sample: Vec::new() })
    }

    /// Takes its share of the rows of a batch.
    pub(crate) fn see(&mut self, placed: &Placed) {
        let (Some(origins), Some(territories)) = (&placed.origins, &placed.territories) else { return };
        let telling: Vec<bool> = territories.spots.iter().map(|spot| self.can_tell(spot)).collect();
        for (row, (origin, spot)) in origins.iter().zip(&territories.rows).enumerate() {
            let (Some(origin), Some(spot)) = (*origin, *spot) else { continue };
            if !telling[spot] {
                continue;
            }
            if self.seen.is_multiple_of(self.every) {
                let cuts = territories.spots[spot].cuts().to_vec();
                let placed = placed.shapes.as_ref().and_then(|shapes| shapes.position(row));
                self.keep(Witness { cuts, origin, placed });
            }
            self.seen += 1;
        }
    }

    /// Amounts of provinces and regions have no comuna to fall in.
    fn can_tell(&self, spot: &Spot) -> bool {
        spot.cuts().iter().all(|cut| cut.level() == Level::Comuna && self.boundaries.knows(cut))
    }

    fn keep(&mut self, witness: Witness) {
        self.sample.push(witness);
        if self.sample.len() == MOST_ROWS {
            let mut place = 0;
            self.sample.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.every *= 2;
        }
    }

    /// Notes the shares, and stops the run when another system explains the data clearly better.
    ///
    /// # Errors
    /// `datum.mismatch`, with the shares.
    pub(crate) fn verdict(self, findings: &mut Findings) -> Result<(), Fault> {
        if self.sample.is_empty() {
            return Ok(());
        }
        let crs = findings.notes.get("crs").and_then(|crs| crs.as_str()).unwrap_or("el declarado").to_owned();
        let declared = self.share(&crs, false, |witness| witness.placed);
        let others = self.others(&crs);
        findings.note("datum", json!({ "declared": &declared, "others": &others }));
        match others.iter().find(|other| explains_better(other, &declared)) {
            Some(other) => Err(mismatch(&declared, other)),
            None => Ok(()),
        }
    }

    /// The other systems, the best first.
    fn others(&self, declared: &str) -> Vec<Share> {
        let metres =
            self.sample.iter().filter(|witness| witness.origin.iter().any(|value| value.abs() > 400.0)).count();
        let candidates: &[(u32, &str)] = if metres * 2 > self.sample.len() { &PROJECTED } else { &GEOGRAPHIC };
        let mut others = Vec::new();
        for (code, _) in candidates {
            let Ok(srid) = Srid::try_from(format!("EPSG:{code}")) else { continue };
            let Some(reprojection) = Reprojection::tried(srid) else { continue };
            let name = srid.to_string();
            if name != declared {
                others.push(self.share(&name, false, |witness| reprojection.lonlat(witness.origin)));
            }
            // Axes are mixed up in the systems that people use; the others would only repeat it.
            if name == declared || USUAL.contains(code) {
                others.push(self.share(&name, true, |Witness { origin: [x, y], .. }| reprojection.lonlat([*y, *x])));
            }
        }
        // Stable: among equals the order of the list, which begins with the systems most in use.
        others.sort_by_key(|other| std::cmp::Reverse(other.inside));
        others
    }

    fn share(&self, crs: &str, swapped: bool, at: impl Fn(&Witness) -> Option<[f64; 2]>) -> Share {
        let inside = |witness: &&Witness| {
            at(witness).is_some_and(|at| witness.cuts.iter().any(|cut| self.boundaries.holds(cut, at)))
        };
        Share { crs: crs.into(), swapped, inside: self.sample.iter().filter(inside).count(), of: self.sample.len() }
    }
}

impl Share {
    #[expect(clippy::cast_precision_loss, reason = "at most two thousand rows")]
    fn fraction(&self) -> f64 {
        self.inside as f64 / self.of.max(1) as f64
    }

    /// `3 %`
    fn spoken(&self) -> String {
        format!("{} %", decimal_es(self.fraction() * 100.0, Decimals(0)))
    }

    /// `EPSG:32719 (UTM 19S, WGS 84)`
    fn name(&self) -> String {
        let known = PROJECTED.iter().chain(&GEOGRAPHIC).find(|(code, _)| format!("EPSG:{code}") == self.crs);
        let axes = if self.swapped { " y los ejes cambiados" } else { "" };
        match known {
            Some((_, name)) => format!("{} ({name}){axes}", self.crs),
            None => format!("{}{axes}", self.crs),
        }
    }
}

fn explains_better(other: &Share, declared: &Share) -> bool {
    declared.of >= LEAST_ROWS && other.fraction() >= LEAST_SHARE && other.fraction() - declared.fraction() >= LEAD
}

fn mismatch(declared: &Share, other: &Share) -> Fault {
    let remedy = if other.swapped && other.crs == declared.crs {
        "Ponga primero la longitud o el este: en 'columns' del contrato, o en el archivo.".to_owned()
    } else {
        format!(
            "Pregunte a quien lo envía en qué sistema están las coordenadas, y corrija 'crs' en [place] geometry del contrato (crs = \"{}\") \
             o pida el archivo con su sistema bien declarado. No se cambia sin preguntar.",
            other.crs
        )
    };
    Fault::give_up(
        "datum.mismatch",
        format!(
            "Las coordenadas no calzan con las comunas que nombran las filas: con {} cae en su comuna el {} de {} filas revisadas; con {} caería el {}.",
            declared.name(),
            declared.spoken(),
            integer_es(i64::try_from(declared.of).unwrap_or(i64::MAX)),
            other.name(),
            other.spoken(),
        ),
        remedy,
    )
}

#[cfg(test)]
mod tests {
    use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
    use geo::Geometry;
    use goreos_domain::{DecimalMark, fold};
    use proptest::prelude::*;

    use super::*;
    use crate::boundaries::tests::{file, square};
    use crate::check::check;
    use crate::place::Placer;
    use crate::read::{Batch, Geometries, Headers};

    /// Four comunas, each a square of one degree.
    const COMUNAS: [(&str, &str, f64, f64); 4] = [
        ("16101", "Chillán", -72.0, -37.0),
        ("16102", "Bulnes", -73.0, -37.0),
        ("16103", "Chillán Viejo", -72.0, -38.0),
        ("16104", "El Carmen", -73.0, -38.0),
    ];

    fn boundaries() -> Boundaries {
        let areas: Vec<(&str, Geometry)> =
            COMUNAS.iter().map(|(cut, _, west, south)| (*cut, square(*west, *south))).collect();
        Boundaries::load(file(&areas).path()).expect("a file of ours")
    }

    /// The verdict on points of these comunas, declared in `crs`, written by `write` from longitude and latitude.
    fn verdict(crs: &str, rows: usize, write: impl Fn([f64; 2]) -> [f64; 2]) -> (Findings, Result<(), Fault>) {
        let contract = Contract::parse(&format!(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
             [[column]]\nname='comuna'\ntype='text'\n[[column]]\nname='x'\ntype='real'\n[[column]]\nname='y'\ntype='real'\n\
             [place]\nterritory={{by='name',column='comuna',level='comuna'}}\ngeometry={{columns=['x','y'],crs='{crs}'}}\n"
        ))
        .expect("a contract");
        let boundaries = boundaries();
        let mut findings = Findings::default();
        let placer = Placer::new(&contract, Some(&boundaries), &mut findings).expect("a way to EPSG:4326");
        let mut datum = Datum::new(&contract, Some(&boundaries)).expect("something to compare");
        let headers = Headers::new(["comuna", "x", "y"].map(str::to_owned)).with_mark(DecimalMark::Point);
        let cells = |row: usize| {
            let (_, name, west, south) = COMUNAS[row % COMUNAS.len()];
            let step = f64::from(u32::try_from(row % 50).expect("few")) / 60.0 + 0.1;
            let [x, y] = write([west + step, south + step]);
            [fold(name), x.to_string(), y.to_string()]
        };
        let batch = Batch::of_rows(&(0..rows).map(cells).collect::<Vec<_>>());
        let mut checked = check(&contract, contract.source.as_ref().expect("a source"), &headers, &[0, 1, 2], &batch);
        let placed = placer.place(Geometries::default(), &mut checked);
        datum.see(&placed);
        let verdict = datum.verdict(&mut findings);
        (findings, verdict)
    }

    /// Longitude and latitude written in another system.
    fn to(code: u32) -> impl Fn([f64; 2]) -> [f64; 2] {
        let [from, to] = [4326, code].map(|code| {
            let mut system = SpatialRef::from_epsg(code).expect("a known system");
            system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            system
        });
        let transform = CoordTransform::new(&from, &to).expect("a way");
        move |[lon, lat]| {
            let (mut x, mut y) = ([lon], [lat]);
            transform.transform_coords(&mut x, &mut y, &mut []).expect("in Chile");
            [x[0], y[0]]
        }
    }

    #[test]
    fn the_declared_system_is_borne_out_by_the_comunas() {
        let (findings, verdict) = verdict("EPSG:32719", 60, to(32719));
        assert_eq!(verdict, Ok(()));
        assert_eq!(findings.notes["datum"]["declared"], json!({ "crs": "EPSG:32719", "inside": 60, "of": 60 }));
    }

    #[test]
    fn the_neighbouring_zone_is_found_out_and_the_run_stops() {
        let (findings, verdict) = verdict("EPSG:32718", 60, to(32719));
        let fault = verdict.expect_err("another zone");
        assert_eq!(fault.code, "datum.mismatch");
        assert!(
            fault.what.contains("con EPSG:32718 (UTM 18S, WGS 84) cae en su comuna el 0 % de 60"),
            "{}",
            fault.what
        );
        assert!(fault.what.contains("con EPSG:32719 (UTM 19S, WGS 84) caería el 100 %"), "{}", fault.what);
        assert_eq!(findings.notes["datum"]["others"][0], json!({ "crs": "EPSG:32719", "inside": 60, "of": 60 }));
    }

    #[test]
    fn swapped_axes_are_found_out_in_degrees_and_in_metres() {
        for (crs, code) in [("EPSG:4326", 4326), ("EPSG:32719", 32719)] {
            let write = to(code);
            let (_, verdict) = verdict(crs, 60, |at| {
                let [x, y] = write(at);
                [y, x]
            });
            let fault = verdict.expect_err("swapped");
            assert!(fault.what.contains("y los ejes cambiados caería el 100 %"), "{}", fault.what);
            assert!(fault.remedy.starts_with("Ponga primero la longitud o el este"), "{}", fault.remedy);
        }
    }

    #[test]
    fn an_older_datum_moves_few_rows_over_a_border_and_does_not_stop() {
        let (findings, verdict) = verdict("EPSG:32719", 60, to(24879));
        assert_eq!(verdict, Ok(()));
        let others = findings.notes["datum"]["others"].as_array().expect("a list");
        assert!(
            others.iter().any(|other| *other == json!({ "crs": "EPSG:24879", "inside": 60, "of": 60 })),
            "{others:?}"
        );
    }

    #[test]
    fn nothing_is_concluded_from_a_handful_of_rows() {
        let (findings, verdict) = verdict("EPSG:32718", 19, to(32719));
        assert_eq!((verdict, &findings.notes["datum"]["declared"]["inside"]), (Ok(()), &json!(0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 16, ..ProptestConfig::default() })]

        #[test]
        fn the_sample_is_bounded_and_taken_from_the_whole_file(rows in 1_usize..30_000) {
            let boundaries = boundaries();
            let mut datum = Datum { boundaries: &boundaries, every: 1, seen: 0, sample: Vec::new() };
            for row in 0..rows {
                if datum.seen.is_multiple_of(datum.every) {
                    let origin = [f64::from(u32::try_from(row).expect("few")), 0.0];
                    datum.keep(Witness { cuts: vec![], origin, placed: None });
                }
                datum.seen += 1;
            }
            prop_assert!(datum.sample.len() < MOST_ROWS && datum.sample.len() >= rows.min(MOST_ROWS / 2));
            let step = datum.sample.windows(2).map(|pair| pair[1].origin[0] - pair[0].origin[0]);
            #[expect(clippy::cast_precision_loss, reason = "few rows")]
            let every = datum.every as f64;
            prop_assert!(step.into_iter().all(|step| (step - every).abs() < 0.5), "every {}", datum.every);
        }
    }
}
