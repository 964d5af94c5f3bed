//! A region of squares with the names, provinces and people of Ñuble.

use chrono::NaiveDate;
use goreos_db::read::{
    Amount, Area, Choices, Dashboard, Initiative, LevelAmount, Named, PlacedAt, Population, Profile, Rank, Settlement,
    Totals, TypologyAmount, YearAmount, YearTotals,
};
use goreos_domain::{Cut, Gazetteer, Level};

use super::NASTY;

fn cut(code: &str) -> Cut {
    Cut::parse(code).expect("a code")
}

fn named(code: &str) -> Named {
    let cut = cut(code);
    let name = Gazetteer::official().get(&cut).expect("in force").name.clone();
    Named { cut, name }
}

/// A square of a fifth of a degree as WKB: multipolygon of one ring, little endian.
fn square(column: u32, row: u32) -> Vec<u8> {
    let (west, south) = (-72.8 + 0.25 * f64::from(column), -37.2 + 0.2 * f64::from(row));
    let (east, north) = (west + 0.25, south + 0.2);
    let mut wkb = vec![1, 6, 0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0];
    for (x, y) in [(west, south), (east, south), (east, north), (west, north), (west, south)] {
        wkb.extend(f64::to_le_bytes(x));
        wkb.extend(f64::to_le_bytes(y));
    }
    wkb
}

pub fn areas() -> Vec<Area> {
    let region = cut("16");
    let comunas = Gazetteer::official().within(Level::Comuna, Some(&region)).map(|comuna| comuna.cut.clone());
    comunas.zip(0_u32..).map(|(cut, index)| area(&cut, index)).collect()
}

fn area(cut: &Cut, index: u32) -> Area {
    let amount = i64::from(index * 7_919 % 97) * 61_234_567 + i64::from(index);
    let population = (index != 5).then_some(4_000 + i64::from(index * 3_571 % 29) * 1_013);
    let province = named(&cut.as_str()[..3]);
    #[expect(clippy::cast_precision_loss, reason = "a sample")]
    let amount_per_inhabitant = population.map(|people| amount as f64 / people as f64);
    Area {
        name: named(cut.as_str()).name,
        cut: cut.clone(),
        province: province.cut,
        province_name: province.name,
        geometry: square(index % 7, index / 7),
        amount,
        initiatives: i64::from(index % 17),
        population,
        amount_per_inhabitant,
    }
}

/// The dashboard of a region with money at every level.
pub fn dashboard() -> Dashboard {
    let areas = areas();
    let comunal =
        Amount { amount: areas.iter().map(|a| a.amount).sum(), initiatives: areas.iter().map(|a| a.initiatives).sum() };
    let level = |level, name: &str, amount| LevelAmount {
        level,
        name: name.into(),
        cuts: vec![cut("162")],
        amount,
        initiatives: 7,
    };
    let totals = Totals {
        comunal,
        provincial: Amount { amount: 3_456_789_012, initiatives: 7 },
        regional: Amount { amount: 12_345_678_901, initiatives: 7 },
        multi: Amount { amount: 987_654_321, initiatives: 7 },
    };
    let series = (2019..=2025).map(|year| YearTotals { year, totals }).collect();
    Dashboard {
        choices: Choices {
            years: (2019..=2025).rev().collect(),
            provinces: ["161", "162", "163"].map(named).into(),
            typologies: vec!["FRIL".into(), "PROYECTO".into(), NASTY.into()],
        },
        areas,
        others: vec![
            level(PlacedAt::Region, "Región de Ñuble", 12_345_678_901),
            level(PlacedAt::Provincia, "Itata", 3_456_789_012),
            level(PlacedAt::Multi, NASTY, 987_654_321),
        ],
        others_left_out: 3,
        totals,
        series,
    }
}

/// The dashboard of a filter that finds nothing.
pub fn empty_dashboard() -> Dashboard {
    let choices = Choices { years: Vec::new(), provinces: Vec::new(), typologies: Vec::new() };
    Dashboard {
        choices,
        areas: Vec::new(),
        others: Vec::new(),
        others_left_out: 0,
        totals: Totals::default(),
        series: Vec::new(),
    }
}

/// The profile of Coihueco and the comunas around it; `full` has a row in every list.
pub fn comuna_profile(full: bool) -> (Profile, Vec<Area>) {
    let mut profile = Profile {
        comuna: named("16302"),
        province: named("163"),
        region: named("16"),
        geometry: square(0, 0),
        area_km2: 1_777.4,
        population: None,
        neighbours: Vec::new(),
        total: Amount::default(),
        amount_per_inhabitant: None,
        by_year: Vec::new(),
        by_typology: Vec::new(),
        rank: None,
        initiatives: Vec::new(),
        shared: Vec::new(),
        shared_total: Amount::default(),
        settlements: Vec::new(),
    };
    if full {
        profile.population = Some(Population { year: 2017, inhabitants: 26_881 });
        profile.neighbours = ["16101", "16106", "16301"].map(named).into();
        profile.total = Amount { amount: 8_765_432_100, initiatives: 61 };
        profile.amount_per_inhabitant = Some(326_082.8);
        profile.by_year = (2019..=2025).map(year).collect();
        profile.by_typology =
            vec![typology("PROYECTO", 6_000_000_000), typology("FRIL", 2_765_432_100), typology(NASTY, 0)];
        profile.rank = Some(Rank { year: 2025, by_amount: 3, by_amount_per_inhabitant: Some(9), of: 21 });
        profile.initiatives = vec![initiative("CONSTRUCCIÓN CENTRO DE SALUD FAMILIAR COIHUECO"), initiative(NASTY)];
        profile.shared_total = Amount { amount: 1_388_154_000, initiatives: 1 };
        profile.shared = vec![initiative("MEJORAMIENTO RUTA PINTO – COIHUECO")];
        profile.settlements = vec![
            Settlement {
                source_row: 7,
                name: "Coihueco".into(),
                population: Some(7_230),
                lon: -71.8329,
                lat: -36.6292,
            },
            Settlement { source_row: 7, name: NASTY.into(), population: None, lon: -71.7, lat: -36.6 },
        ];
    }
    (profile, areas())
}

fn year(year: i32) -> YearAmount {
    let amount = i64::from(year - 2017) * 312_345_678;
    YearAmount { year, amount, initiatives: 8, amount_per_inhabitant: Some(12_345.6) }
}

fn typology(name: &str, amount: i64) -> TypologyAmount {
    TypologyAmount { typology: name.into(), amount, initiatives: 20 }
}

fn initiative(name: &str) -> Initiative {
    Initiative {
        source_row: 1_204,
        code: "40023456-2024".into(),
        name: name.into(),
        typology: Some("PROYECTO".into()),
        year: 2024,
        amount: 1_817_390_000,
        state: Some("7. EN EJECUCIÓN".into()),
        certified_on: NaiveDate::from_ymd_opt(2024, 12, 11),
        place: Some("COIHUECO, PINTO".into()),
    }
}
