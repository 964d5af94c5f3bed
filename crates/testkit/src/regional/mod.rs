//! The spreadsheet of a regional division with every quirk of those that arrive, as any kind of file, and the truth about it.

mod amounts;
mod row;
mod towns;

use std::collections::BTreeMap;
use std::fmt::Write;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{Cell, Feature, Geometry, Layer, Sheet};
use row::{Author, Row};

/// Rows above the first one with data: two of titles, one of column names.
const ABOVE: i64 = 3;

/// The names above the data: the first is blank, and the months stand there once for each of two years.
const HEADERS: [&str; 8] =
    ["", "CODIGO", "AÑO", "PROVINCIA", "COMUNA", "NOMBRE INICIATIVA", "MONTO TOTAL M$", "MONTO FNDR $"];
const MONTHS: [&str; 12] = ["ENE", "FEB", "MAR", "ABR", "MAY", "JUN", "JUL", "AGO", "SEP", "OCT", "NOV", "DIC"];
/// What a shapefile, with its ten bytes, calls the columns the contract reads.
const SHORT: [&str; 9] =
    ["CODIGO", "ANIO", "PROVINCIA", "COMUNA", "MONTO_TOT", "MONTO_FNDR", "ENE", "ENE_2", "FECHA_RES"];

/// The columns of money the contract adds up.
pub const SUMS: [&str; 4] = ["monto_total", "monto_fndr", "enero_2024", "enero_2025"];

/// The spreadsheet and what its author knows about it.
#[derive(Debug)]
pub struct Regional {
    rows: Vec<Row>,
}

/// A row that must be refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// Its place among the rows with data, from 0.
    pub index: usize,
    /// Column and code of each reason; no column when the whole row is meant.
    pub reasons: Vec<(&'static str, &'static str)>,
}

/// Writes `rows` rows: the same seed and number give the same. About one row in twenty is refused; from 100 rows on, each quirk and
/// each flaw is there.
pub fn regional(seed: u64, rows: usize) -> Regional {
    let mut author = Author::new(ChaCha8Rng::seed_from_u64(seed));
    Regional { rows: (0..rows).map(|index| author.row(index)).collect() }
}

/// Writes `rows` rows without a flaw.
pub fn regional_clean(seed: u64, rows: usize) -> Regional {
    let mut author = Author::new(ChaCha8Rng::seed_from_u64(seed));
    Regional { rows: (0..rows).map(|index| author.good(index)).collect() }
}

impl Regional {
    /// Writes a text into a cell: of a row counted from 0, and of a column of the contract. The truth stays what it was.
    ///
    /// # Panics
    /// When there is no such row or column.
    pub fn write(&mut self, index: usize, column: &str, text: &str) {
        self.rows[index].write(column, text);
    }

    /// The code of a row.
    pub fn code(&self, index: usize) -> &str {
        &self.rows[index].code
    }

    /// Rows with data.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number a spreadsheet gives a row.
    pub fn source_row(index: usize) -> i64 {
        ABOVE + 1 + i64::try_from(index).unwrap_or(i64::MAX)
    }

    /// The rows that must be refused, in order.
    pub fn refused(&self) -> Vec<Refused> {
        let rows = self.rows.iter().enumerate().filter(|(_, row)| !row.reasons.is_empty());
        rows.map(|(index, row)| Refused { index, reasons: row.reasons.clone() }).collect()
    }

    /// Whole pesos per column of [`SUMS`], year and level (`comuna`, `provincia`, `region`, `multi`) of the rows that stay.
    pub fn pesos(&self) -> BTreeMap<(&'static str, i64, &'static str), i64> {
        let mut sums = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.reasons.is_empty()) {
            for (name, pesos) in SUMS.into_iter().zip(row.pesos) {
                if let Some(pesos) = pesos {
                    *sums.entry((name, row.year, row.level)).or_default() += pesos;
                }
            }
        }
        sums
    }

    /// Code, codes of the territory, and day of the rows that stay, as the release must hold them.
    pub fn kept(&self) -> Vec<(String, Vec<&'static str>, Option<String>)> {
        let kept = self.rows.iter().filter(|row| row.reasons.is_empty());
        kept.map(|row| (row.code.clone(), row.cuts.clone(), row.day.clone())).collect()
    }

    /// Code and comuna of the rows that stay and lie in one comuna, where their geometry puts them.
    pub fn located(&self) -> Vec<(String, &'static str)> {
        let kept = self.rows.iter().filter(|row| row.reasons.is_empty() && row.at.is_some());
        kept.map(|row| (row.code.clone(), row.cuts[0])).collect()
    }

    /// As kept in a workbook: two merged bands of titles, the names on row 3.
    pub fn sheet(&self) -> Sheet {
        let width = HEADERS.len() + 2 * MONTHS.len() + 1;
        let band = |text: &str| {
            let mut cells = vec![Cell::text(text)];
            cells.resize(width, Cell::text(""));
            cells
        };
        let headers = HEADERS.iter().chain(&MONTHS).chain(&MONTHS).chain(&["FECHA RESOLUCIÓN"]);
        let mut rows = vec![
            band("GOBIERNO REGIONAL DE ÑUBLE · DIVISIÓN DE PRESUPUESTO E INVERSIÓN REGIONAL"),
            band("EJECUCIÓN DE LA CARTERA (DATOS DE PRUEBA)"),
            headers.map(|name| Cell::text(*name)).collect(),
        ];
        rows.extend(self.rows.iter().map(Row::cells));
        let last = u16::try_from(width - 1).unwrap_or(u16::MAX);
        Sheet { rows, merged: vec![(0, 0, last), (1, 0, last)] }
    }

    /// The same rows with a geometry each, those of one comuna at a place inside it: points, or small areas.
    pub fn layer(&self, areas: bool) -> Layer {
        let features = self.rows.iter().map(|row| {
            let shape = |at| if areas { Geometry::square(at, 0.002) } else { Geometry::Point(at) };
            Feature { cells: row.attributes(), geometry: row.at.map(shape) }
        });
        Layer { fields: SHORT.iter().map(|name| (*name).to_owned()).collect(), features: features.collect() }
    }

    /// The contract of its files. `source` are the lines of `[source]` besides `null`, `place` those of `[place]` besides `territory`.
    pub fn contract(id: &str, source: &str, place: &str) -> String {
        let mut text = format!(
            "id = \"{id}\"\ntitle = \"Cartera regional\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\n\n\
             [source]\n{source}\nnull = [\"\", \"-\", \"s/i\"]\n\n[load]\nkey = [\"codigo\"]\n"
        );
        for (name, from, kind) in [
            ("codigo", "\"CODIGO\"", "type = \"text\"\nrequired = true"),
            ("anio", "\"AÑO\", \"ANIO\"", "type = \"int\"\nrequired = true\nmin = 2000\nmax = 2100"),
            ("comuna", "\"COMUNA\"", "type = \"text\""),
            (
                "monto_total",
                "\"MONTO TOTAL M$\", \"MONTO_TOT\"",
                "type = \"money\"\nunit = \"CLP_thousands\"\nsum = true",
            ),
            ("monto_fndr", "\"MONTO FNDR $\", \"MONTO_FNDR\"", "type = \"money\"\nunit = \"CLP\"\nsum = true"),
            ("enero_2024", "\"ENE\"", "type = \"money\"\nunit = \"CLP_thousands\"\nsum = true"),
            ("enero_2025", "\"ENE (2)\", \"ENE_2\"", "type = \"money\"\nunit = \"CLP_thousands\"\nsum = true"),
            ("fecha", "\"FECHA RESOLUCIÓN\", \"FECHA_RES\"", "type = \"date\""),
        ] {
            write!(text, "\n[[column]]\nname = \"{name}\"\nfrom = [{from}]\n{kind}\n").expect("a String takes all");
        }
        let territory = "{ by = \"name\", column = \"comuna\", level = \"comuna\", also = [\"provincia\", \"region\"], region = \"16\" }";
        write!(text, "\n[place]\nterritory = {territory}\n{place}\n").expect("a String takes all");
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
        assert_eq!(regional(7, 120).sheet(), regional(7, 120).sheet());
        assert_ne!(regional(7, 120).sheet(), regional(8, 120).sheet());
    }

    #[test]
    fn every_quirk_is_there() {
        let sheet = regional(16, 200).sheet();
        let texts: BTreeSet<&str> = sheet.rows.iter().flatten().map(|cell| cell.text.as_str()).collect();
        for said in [
            "DIGUILLIN",
            "DIGUILLÍN",
            "TREGUACO",
            "TREHUACO",
            "RANQUIL",
            "RÁNQUIL",
            "REGIONAL",
            "PUNILLA",
            "#REF!",
            "#N/A",
            "#VALUE!",
        ] {
            assert!(texts.contains(said), "{said}");
        }
        for start in ["$", "M$", "-"] {
            assert!(texts.iter().any(|text| text.starts_with(start)), "{start}");
        }
        let headers: Vec<&str> = sheet.rows[2].iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!((headers[0], headers.iter().filter(|name| **name == "ENE").count()), ("", 2));
        let codes: BTreeSet<&str> =
            regional(16, 200).refused().iter().flat_map(|row| row.reasons.clone()).map(|(_, code)| code).collect();
        assert_eq!(codes.len(), 8, "{codes:?}");
    }
}
