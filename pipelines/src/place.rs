//! Rows onto the territory: by code, by name, by coordinates. Nothing is guessed and nothing is shared out.

use goreos_domain::{Column, Contract, Cut, Gazetteer, Level, PlaceBy, PlaceTerritory, Territory, fold};

use crate::check::{Checked, Typed};
use crate::read::{Batch, Shape};
use crate::reason::{Problem, Reason};

/// Where the rows of a batch belong.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    /// Per row, when the contract places rows by a column.
    pub(crate) territories: Option<Vec<Option<Spot>>>,
    /// Per row, little-endian WKB in EPSG:4326, when rows have a geometry.
    pub(crate) shapes: Option<Vec<Option<Vec<u8>>>>,
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

/// Chile with its islands, in degrees: west, south, east, north.
const CHILE: [f64; 4] = [-110.0, -56.6, -66.0, -17.0];

/// Places a checked batch, adding reasons for rows that belong nowhere.
pub(crate) fn place(contract: &Contract, batch: Batch, checked: &mut Checked) -> (Batch, Placed) {
    let mut batch = batch;
    let mut placed = Placed::default();
    if let Some(rule) = &contract.place.territory
        && let Some((index, column)) =
            contract.columns.iter().enumerate().find(|(_, column)| column.name == rule.column)
    {
        placed.territories = Some(by_column(rule, column, index, checked));
    }
    if let Some(geometry) = &contract.place.geometry {
        placed.shapes = Some(match (&geometry.columns, batch.shapes.take()) {
            (Some([x, y]), _) => points(contract, [x.as_str(), y.as_str()], checked),
            (None, Some(shapes)) => {
                shapes.into_iter().zip(&mut checked.reasons).map(|(shape, reasons)| keep(shape, reasons)).collect()
            }
            (None, None) => checked
                .reasons
                .iter_mut()
                .map(|reasons| {
                    reasons.push(Reason::row(
                        "geometry.empty",
                        "El archivo no trae geometría.",
                        "Revise el formato declarado en el contrato.",
                    ));
                    None
                })
                .collect(),
        });
    }
    (batch, placed)
}

fn keep(shape: Shape, reasons: &mut Vec<Reason>) -> Option<Vec<u8>> {
    match shape {
        Shape::Wkb(wkb) => Some(wkb),
        Shape::Refused(defect) => {
            reasons.push(Reason::row(defect.code, &defect.reason, &defect.remedy));
            None
        }
    }
}

fn by_column(rule: &PlaceTerritory, column: &Column, index: usize, checked: &mut Checked) -> Vec<Option<Spot>> {
    let Checked { columns, reasons } = checked;
    let Typed::Text(cells) = &columns[index] else { return vec![None; reasons.len()] };
    cells
        .iter()
        .zip(reasons)
        .map(|(cell, reasons)| {
            let text = match cell {
                Some(text) => text,
                // A cell refused already, or a row whose cells stand under other headers, has its reason.
                None if !reasons.is_empty() => return None,
                None => {
                    let problem = Problem::new(
                        "place.territory",
                        "place.missing",
                        "La fila no dice a qué territorio pertenece.",
                        "Escriba la comuna, la provincia o REGIONAL.",
                    );
                    reasons.push(Reason::cell(column, "", problem));
                    return None;
                }
            };
            let spot = match rule.by {
                PlaceBy::Code => by_code(rule, text),
                PlaceBy::Name => by_name(rule, text),
            };
            spot.map_err(|problem| reasons.push(Reason::cell(column, text, problem))).ok()
        })
        .collect()
}

fn by_code(rule: &PlaceTerritory, text: &str) -> Result<Spot, Problem> {
    let territory = Cut::parse(text).ok().and_then(|cut| Gazetteer::official().get(&cut));
    let territory = territory.ok_or_else(|| unknown(rule, text))?;
    accept(rule, text, territory).map(Spot::One)
}

fn by_name(rule: &PlaceTerritory, text: &str) -> Result<Spot, Problem> {
    let gazetteer = Gazetteer::official();
    let levels = std::iter::once(rule.level).chain(rule.also.iter().copied());
    if let Some(territory) = levels.into_iter().find_map(|level| gazetteer.find(text, level)) {
        return accept(rule, text, territory).map(Spot::One);
    }
    if let Some(region) = &rule.region
        && rule.also.contains(&Level::Region)
        && matches!(fold(text).as_str(), "REGIONAL" | "REGION" | "NIVEL REGIONAL" | "TODA LA REGION")
    {
        return Ok(Spot::One(region.clone()));
    }
    let names = several(text);
    if names.len() < 2 {
        return Err(unknown(rule, text));
    }
    let mut cuts = Vec::with_capacity(names.len());
    for name in names {
        let territory = gazetteer.find(name, rule.level).ok_or_else(|| unknown(rule, name))?;
        let cut = accept(rule, name, territory)?;
        if !cuts.contains(&cut) {
            cuts.push(cut);
        }
    }
    cuts.sort();
    Ok(if let [one] = cuts.as_slice() { Spot::One(one.clone()) } else { Spot::Several(cuts) })
}

/// `QUIRIHUE, TREHUACO Y COELEMU` → three names.
fn several(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = text.split([',', ';', '/', '\n']).flat_map(|part| part.split(" - ")).collect();
    for joiner in [" Y ", " y "] {
        names = names.into_iter().flat_map(|part| part.split(joiner)).collect();
    }
    names.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect()
}

fn accept(rule: &PlaceTerritory, text: &str, territory: &Territory) -> Result<Cut, Problem> {
    if territory.level != rule.level && !rule.also.contains(&territory.level) {
        return Err(Problem::new(
            "place.territory.level",
            "place.level",
            format!("«{text}» no es del nivel que pide el contrato."),
            "Escriba el territorio al nivel correcto.",
        ));
    }
    match &rule.region {
        Some(region) if !territory.cut.is_within(region) => Err(Problem::new(
            format!("region = \"{region}\""),
            "place.outside_region",
            format!("«{text}» ({}) no está en la región.", territory.cut),
            "Revise la comuna; si la fila es de otra región, no corresponde a este archivo.",
        )),
        _ => Ok(territory.cut.clone()),
    }
}

fn unknown(rule: &PlaceTerritory, text: &str) -> Problem {
    let proposal = Gazetteer::official().suggest(text, rule.level, rule.region.as_ref());
    Problem::new(
        "place.territory",
        "place.unknown",
        format!("«{text}» no es un territorio conocido."),
        proposal.map_or_else(
            || "Escriba el nombre oficial de la comuna.".into(),
            |near| format!("¿Quiso decir «{}»? Corríjalo en el archivo.", near.name),
        ),
    )
}

/// Points from two columns of degrees, longitude first.
fn points(contract: &Contract, names: [&str; 2], checked: &mut Checked) -> Vec<Option<Vec<u8>>> {
    let Checked { columns, reasons } = checked;
    let find = |name: &str| contract.columns.iter().position(|column| column.name.as_str() == name);
    let (Some(x), Some(y)) = (find(names[0]), find(names[1])) else { return vec![None; reasons.len()] };
    let (Typed::Real(xs), Typed::Real(ys)) = (&columns[x], &columns[y]) else { return vec![None; reasons.len()] };
    xs.iter()
        .zip(ys.iter())
        .zip(reasons)
        .map(|((lon, lat), reasons)| {
            let (Some(lon), Some(lat)) = (lon, lat) else {
                if reasons.is_empty() {
                    reasons.push(Reason::row(
                        "geometry.empty",
                        "La fila no tiene coordenadas.",
                        "Complete la longitud y la latitud.",
                    ));
                }
                return None;
            };
            if !inside_chile(lon, lat) {
                let remedy = if inside_chile(lat, lon) {
                    "La longitud y la latitud están cambiadas."
                } else {
                    "Revise las coordenadas y su sistema de referencia."
                };
                reasons.push(Reason::row(
                    "geometry.outside_chile",
                    &format!("El punto ({lon}, {lat}) está fuera de Chile."),
                    remedy,
                ));
                return None;
            }
            let mut wkb = Vec::with_capacity(21);
            wkb.push(1);
            wkb.extend(1_u32.to_le_bytes());
            wkb.extend(lon.to_le_bytes());
            wkb.extend(lat.to_le_bytes());
            Some(wkb)
        })
        .collect()
}

fn inside_chile(lon: f64, lat: f64) -> bool {
    let [west, south, east, north] = CHILE;
    (west..=east).contains(&lon) && (south..=north).contains(&lat)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule() -> PlaceTerritory {
        let contract = Contract::parse(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n[[column]]\nname='comuna'\ntype='text'\n\
             [place]\nterritory={by='name',column='comuna',level='comuna',also=['provincia','region'],region='16'}\n",
        );
        contract.expect("a contract").place.territory.expect("a rule")
    }

    fn cuts(text: &str) -> Result<(String, Vec<String>), &'static str> {
        by_name(&rule(), text)
            .map(|spot| (spot.level().to_owned(), spot.cuts().iter().map(ToString::to_string).collect()))
            .map_err(|problem| problem.code)
    }

    #[test]
    fn a_name_is_placed_at_its_own_level() {
        assert_eq!(cuts("TREHUACO"), Ok(("comuna".into(), vec!["16207".into()])));
        assert_eq!(cuts("DIGUILLÍN"), Ok(("provincia".into(), vec!["161".into()])));
        assert_eq!(cuts("REGIONAL"), Ok(("region".into(), vec!["16".into()])));
    }

    #[test]
    fn several_comunas_stay_together() {
        let together = Ok(("multi".into(), vec!["16201".into(), "16203".into(), "16207".into()]));
        assert_eq!(cuts("QUIRIHUE, TREHUACO, COELEMU"), together);
        assert_eq!(cuts("QUIRIHUE, TREHUACO Y COELEMU"), together);
        assert_eq!(cuts("QUIRIHUE / QUIRIHUE"), Ok(("comuna".into(), vec!["16201".into()])));
    }

    #[test]
    fn what_is_not_known_is_refused_with_a_proposal() {
        let problem = by_name(&rule(), "CHILAN VIEGO").expect_err("a misspelling");
        assert_eq!(problem.code, "place.unknown");
        assert!(problem.remedy.contains("Chillán Viejo"), "{}", problem.remedy);
        assert_eq!(cuts("QUIRIHUE, NADA"), Err("place.unknown"));
        assert_eq!(cuts("CONCEPCIÓN"), Err("place.outside_region"));
    }

    #[test]
    fn a_province_is_not_the_comuna_of_the_same_name() {
        let country = PlaceTerritory { region: None, ..rule() };
        assert_eq!(by_name(&country, "PROVINCIA DE CONCEPCIÓN").expect("known"), Spot::One(cut("081")));
        assert_eq!(by_name(&country, "CONCEPCIÓN").expect("known"), Spot::One(cut("08101")));
    }

    fn cut(text: &str) -> Cut {
        Cut::parse(text).expect("a code")
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn comunas_listed_in_any_way_are_those_comunas(
            named in proptest::collection::vec(proptest::sample::select(comunas()), 1..6),
            joiners in proptest::collection::vec(proptest::sample::select(vec![", ", ",", " y ", " Y ", ", y ", " / ", "; ", "\n", " - "]), 5),
            upper: bool,
        ) {
            let mut text = String::new();
            for (territory, joiner) in named.iter().zip(std::iter::once("").chain(joiners)) {
                text.push_str(joiner);
                text.push_str(&if upper { territory.name.to_uppercase() } else { territory.name.clone() });
            }
            let mut expected: Vec<Cut> = named.iter().map(|territory| territory.cut.clone()).collect();
            expected.sort();
            expected.dedup();
            let spot = by_name(&rule(), &text).expect("known comunas");
            prop_assert_eq!(spot.cuts(), expected.as_slice(), "{}", text);
            prop_assert_eq!(spot.level(), if expected.len() == 1 { "comuna" } else { "multi" });
        }

        #[test]
        fn one_unknown_name_among_comunas_is_refused(
            named in proptest::sample::select(comunas()), unknown in "[b-df-hj-np-tv-xz]{3,8}", first: bool,
        ) {
            let text = if first { format!("{unknown}, {}", named.name) } else { format!("{} y {unknown}", named.name) };
            prop_assert_eq!(by_name(&rule(), &text).expect_err("unknown").code, "place.unknown", "{}", text);
        }

        #[test]
        fn no_text_breaks_a_list_of_names(text in prop_oneof![".*", "[a-zY ,;/\n-]{0,20}"]) {
            prop_assert!(several(&text).iter().all(|name| !name.is_empty() && name.trim() == *name));
            if let Ok(spot) = by_name(&rule(), &text) {
                prop_assert!(!spot.cuts().is_empty() && spot.cuts().iter().all(|cut| cut.as_str().starts_with("16")));
            }
        }
    }

    fn comunas() -> Vec<&'static Territory> {
        Gazetteer::official().within(Level::Comuna, Some(&cut("16"))).collect()
    }
}
