//! Names, codes and coordinates onto the territory.

use goreos_domain::{Gazetteer, Level, Territory};
use proptest::prelude::*;

use super::named::{by_name, several};
use super::*;
use crate::boundaries::tests::{file, square};
use crate::check::check;
use crate::read::{Batch, Headers};

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
    assert_eq!(cuts("Comunas de Quirihue, Treguaco y Coelemu"), together);
    assert_eq!(cuts("QUIRIHUE / TREHUACO/COELEMU"), together);
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

/// The rows of a CSV with these columns, checked and placed.
struct Trial {
    reasons: Vec<Vec<Reason>>,
    placed: Placed,
}

impl Trial {
    fn codes(&self) -> Vec<Vec<&str>> {
        self.reasons.iter().map(|reasons| reasons.iter().map(|reason| reason.code.as_str()).collect()).collect()
    }

    /// The codes of the territory of each row; none for a row that was refused.
    fn cuts(&self) -> Vec<Vec<&str>> {
        let territories = self.placed.territories.as_ref().expect("rows are placed");
        let cuts = |spot: &Option<usize>| spot.map_or(&[][..], |spot| territories.spots[spot].cuts());
        territories.rows.iter().map(|spot| cuts(spot).iter().map(Cut::as_str).collect()).collect()
    }
}

fn trial(place: &str, boundaries: Option<&Boundaries>, rows: &[[&str; 3]]) -> Trial {
    let contract = Contract::parse(&format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
         [[column]]\nname='lugar'\ntype='text'\n[[column]]\nname='x'\ntype='real'\n[[column]]\nname='y'\ntype='real'\n[place]\n{place}\n"
    ))
    .expect("a contract");
    let headers =
        Headers::new(["LUGAR", "ESTE", "NORTE"].map(str::to_owned)).with_mark(goreos_domain::DecimalMark::Point);
    let batch = Batch::of_rows(rows);
    let mut checked = check(&contract, contract.source.as_ref().expect("a source"), &headers, &[0, 1, 2], &batch);
    let placer = Placer::new(&contract, boundaries, &mut Findings::default()).expect("a way to EPSG:4326");
    let placed = placer.place(Geometries::default(), &mut checked);
    Trial { reasons: checked.reasons, placed }
}

const BY_NAME: &str = "territory={by='name',column='lugar',level='comuna',also=['provincia'],region='16'}";
const DEGREES: &str = "geometry={columns=['x','y'],crs='EPSG:4326'}";

#[test]
fn a_row_that_names_no_territory_says_what_to_write() {
    let found = trial(BY_NAME, None, &[["", "", ""], ["Bulnez", "", ""], ["Ñuble", "", ""], ["Itata", "", ""]]);
    assert_eq!(found.codes(), [vec!["place.missing"], vec!["place.unknown"], vec!["place.unknown"], vec![]]);
    let remedies: Vec<&str> = found.reasons.iter().flatten().map(|reason| reason.remedy.as_str()).collect();
    assert_eq!(
        remedies,
        [
            "Escriba la comuna o la provincia.",
            "¿Quiso decir «Bulnes»? Corríjalo en el archivo.",
            "Escriba la comuna o la provincia, con su nombre oficial."
        ]
    );
    assert!(found.reasons.iter().flatten().all(|reason| reason.header == "LUGAR"));
}

#[test]
fn a_code_is_placed_at_its_level_also_a_historic_one() {
    let rule = "territory={by='code',column='lugar',level='comuna',region='16'}";
    let found =
        trial(rule, None, &[["16102", "", ""], ["08402", "", ""], ["161", "", ""], ["08101", "", ""], ["x", "", ""]]);
    assert_eq!(found.cuts()[..2], [vec!["16102"], vec!["16102"]]);
    assert_eq!(found.codes()[2..], [vec!["place.level"], vec!["place.outside_region"], vec!["place.unknown"]]);
}

#[test]
fn points_are_kept_as_longitude_and_latitude_whatever_their_system() {
    let metres = trial("geometry={columns=['x','y'],crs='EPSG:32719'}", None, &[["", "221000", "5945000"]]);
    assert_eq!(metres.codes(), [Vec::<&str>::new()]);
    let [lon, lat] = metres.placed.at(0).expect("a point");
    assert!((lon + 72.12).abs() < 0.05 && (lat + 36.60).abs() < 0.05, "({lon}, {lat})");
    assert_eq!(metres.placed.origins, Some(vec![Some([221_000.0, 5_945_000.0])]));
}

#[test]
fn coordinates_that_cannot_be_meant_are_refused_and_say_why() {
    let rows = [
        ["", "-72.1", "-36.6"],
        ["", "-36.6", "-72.1"],
        ["", "10", "50"],
        ["", "", ""],
        ["", "-72.1", ""],
        ["", "NaN", "-36.6"],
        ["", "-72.1", "9e99"],
    ];
    let found = trial(DEGREES, None, &rows);
    let expected = [
        vec![],
        vec!["geometry.outside_chile"],
        vec!["geometry.outside_chile"],
        vec!["geometry.empty"],
        vec!["geometry.incomplete"],
        vec!["value.not_real"],
        vec!["geometry.outside_chile"],
    ];
    assert_eq!(found.codes(), expected);
    let [swapped, abroad, empty, half] = [1, 2, 3, 4].map(|row| &found.reasons[row][0]);
    assert_eq!(swapped.why, "El punto (-36,60000; -72,10000) está fuera de Chile.");
    assert!(swapped.remedy.contains("están cambiadas"), "{}", swapped.remedy);
    assert!(abroad.remedy.starts_with("Revise"), "{}", abroad.remedy);
    assert_eq!(empty.remedy, "Complete «ESTE» y «NORTE».");
    assert_eq!((half.header.as_str(), half.column.as_str()), ("NORTE", "y"));
    assert_eq!(found.placed.at(2), Some([10.0, 50.0]), "a refused point is still shown on the map");
    assert_eq!(found.placed.at(6), None, "what is on no map is not");

    let kept = trial("geometry={columns=['x','y'],crs='EPSG:4326',missing='keep'}", None, &rows);
    assert_eq!(kept.codes()[3..5], [vec![], vec!["geometry.incomplete"]]);
}

#[test]
fn a_row_is_placed_in_the_comuna_where_its_point_lies() {
    let file = file(&[("16101", square(-73.0, -37.0)), ("08101", square(-74.0, -37.0))]);
    let boundaries = Boundaries::load(file.path()).expect("a file of ours");
    let rule = format!("territory={{by='point',level='comuna',region='16'}}\n{DEGREES}");
    let rows = [["", "-72.5", "-36.5"], ["", "-73.5", "-36.5"], ["", "-71.5", "-36.5"], ["", "", ""]];
    let found = trial(&rule, Some(&boundaries), &rows);
    assert_eq!(found.cuts(), [vec!["16101"], vec![], vec![], vec![]]);
    let expected = [vec![], vec!["place.outside_region"], vec!["place.outside_comunas"], vec!["geometry.empty"]];
    assert_eq!(found.codes(), expected);
    assert_eq!(
        found.reasons[1][0].why,
        "El lugar (-73,50000; -36,50000) cae en Concepción (08101), fuera de la región."
    );
}

#[test]
fn placing_by_position_without_comunas_says_what_to_load_first() {
    let contract = Contract::parse(&format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
         [[column]]\nname='x'\ntype='real'\n[[column]]\nname='y'\ntype='real'\n[place]\nterritory={{by='point',level='comuna'}}\n{DEGREES}\n"
    ));
    let fault = Boundaries::wanted(&contract.expect("a contract"), None).err().expect("nothing to place by");
    assert_eq!(fault.code, "place.no_boundaries");
    assert!(fault.remedy.contains("comunas"), "{}", fault.remedy);
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
