//! One parcel, from the seed and its number.

use super::{Cadastre, Form};

/// Parcels side by side; a row of the grid is north of the one before.
const ACROSS: u64 = 2500;
/// Metres between two of them.
const STEP_M: f64 = 40.0;
/// South-west corner of the grid in EPSG:32718.
const CORNER_M: [f64; 2] = [680_000.0, 5_900_000.0];
/// South-west corner of the positions in degrees, and how far they reach.
const CORNER_DEG: [f64; 2] = [-72.85, -37.1];
const REACH_DEG: [f64; 2] = [1.8, 1.0];

const COMUNAS: [&str; 12] = [
    "Chillán",
    "Ñiquén",
    "San Fabián",
    "Quillón",
    "Cobquecura",
    "Coihueco",
    "Ránquil",
    "Trehuaco",
    "San Nicolás",
    "Pemuco",
    "Yungay",
    "El Carmen",
];
const USES: [&str; 6] =
    ["Habitación", "Agrícola", "Comercio", "Educación y cultura", "Sitio eriazo", "Ñandubay y viña"];

/// A parcel as the cadastre knows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parcel {
    pub(super) folio: u64,
    pub(super) rol: String,
    pub(super) comuna: &'static str,
    pub(super) destino: &'static str,
    pub(super) avaluo: u64,
    /// Square metres, in hundredths.
    pub(super) superficie: u64,
    numbers: Numbers,
}

/// Parts of rings, each closed; the first ring of a part runs clockwise, its holes the other way.
pub(super) type Parts = Vec<Vec<Vec<[f64; 2]>>>;

impl Parcel {
    /// The parcel of that row, from 0.
    pub(super) fn at(cadastre: Cadastre, row: u64) -> Self {
        let mut numbers = Numbers(cadastre.seed ^ row.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let pick = |list: &[&'static str], number: u64| list[usize::try_from(number).unwrap_or(0) % list.len()];
        Self {
            folio: row + 1,
            rol: format!("{:05}-{:04}", row / 1000 + 1, numbers.below(10_000)),
            comuna: pick(&COMUNAS, numbers.next()),
            destino: pick(&USES, numbers.next()),
            avaluo: 1_000_000 + numbers.below(400_000_000),
            superficie: 10_000 + numbers.below(9_000_000),
            numbers,
        }
    }

    /// Its areas in EPSG:32718: mostly one ring of 9 to 11 positions, the closing one counted; one in a hundred has a hole, one in
    /// two hundred a second part.
    pub(super) fn areas(&self) -> Parts {
        let mut numbers = self.numbers;
        let row = self.folio - 1;
        let corner = [CORNER_M[0] + metres(row % ACROSS) * STEP_M, CORNER_M[1] + metres(row / ACROSS) * STEP_M];
        let mut parts = vec![vec![around(&mut numbers, [corner[0] + 18.0, corner[1] + 18.0], [9.0, 15.0])]];
        let kind = numbers.below(200);
        if kind < 2 {
            let mut hole = around(&mut numbers, [corner[0] + 18.0, corner[1] + 18.0], [2.0, 5.0]);
            hole.reverse();
            parts[0].push(hole);
        } else if kind == 2 {
            parts.push(vec![around(&mut numbers, [corner[0] + 36.5, corner[1] + 36.5], [1.0, 2.0])]);
        }
        parts
    }

    /// Its position in degrees, as text of seven decimals.
    pub(super) fn position(&self) -> [String; 2] {
        let mut numbers = self.numbers;
        [0, 1].map(|axis| format!("{:.7}", CORNER_DEG[axis] + REACH_DEG[axis] * numbers.share()))
    }

    /// What it is used for, as the CSV says it: with a dash that cp1252 has and Latin-1 lacks.
    pub(super) fn destino_in(&self, form: Form) -> &'static str {
        match (form, self.destino) {
            (Form::Csv, "Sitio eriazo") => "Sitio – eriazo",
            (_, destino) => destino,
        }
    }
}

/// A closed ring around a centre, clockwise: eight to ten corners at distances between the two.
fn around(numbers: &mut Numbers, [x, y]: [f64; 2], [least, most]: [f64; 2]) -> Vec<[f64; 2]> {
    let corners = 8 + numbers.below(3);
    let mut ring: Vec<[f64; 2]> = (0..corners)
        .map(|corner| {
            let turn = -std::f64::consts::TAU * (metres(corner) + 0.6 * numbers.share()) / metres(corners);
            let distance = least + (most - least) * numbers.share();
            // Surveyed to the centimetre.
            [x + distance * turn.cos(), y + distance * turn.sin()].map(|metres| (metres * 100.0).round() / 100.0)
        })
        .collect();
    ring.extend(ring.first().copied());
    ring
}

fn metres(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// SplitMix64: numbers that depend on nothing but the seed.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CADASTRE: Cadastre = Cadastre { form: Form::Shapefile, rows: 2000, seed: 1 };

    #[test]
    fn rings_are_closed_run_as_a_shapefile_wants_and_have_about_ten_positions() {
        let mut positions = 0;
        let (mut holes, mut seconds) = (0, 0);
        for row in 0..CADASTRE.rows {
            let parts = Parcel::at(CADASTRE, row).areas();
            seconds += parts.len() - 1;
            for rings in &parts {
                holes += rings.len() - 1;
                for (place, ring) in rings.iter().enumerate() {
                    positions += ring.len();
                    assert_eq!(ring.first(), ring.last());
                    let twice: f64 =
                        ring.windows(2).map(|edge| (edge[1][0] - edge[0][0]) * (edge[1][1] + edge[0][1])).sum();
                    assert_eq!(twice > 0.0, place == 0, "clockwise outside, the other way inside");
                }
            }
        }
        assert!((18_000..22_000).contains(&positions), "{positions}");
        assert!(holes > 5 && seconds > 2, "{holes} holes, {seconds} second parts");
    }
}
