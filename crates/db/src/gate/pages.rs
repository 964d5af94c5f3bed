//! Which pages and reports show which columns: what a planner would miss when one goes.

/// The columns of a dataset that a page or report reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The page's name for people.
    pub page: &'static str,
    /// The dataset.
    pub dataset: &'static str,
    /// Its columns.
    pub columns: &'static [&'static str],
}

const DASHBOARD: &str = "Tablero de inversión";
const PROFILE: &str = "Ficha comunal";
const REPORT: &str = "Informe comunal";

const PROFILE_COMUNAS: &[&str] = &["cut", "nombre", "provincia_cut", "provincia", "region_cut", "region", "geom"];
const PROFILE_INVESTMENT: &[&str] = &["territory_level", "territory_cut", "anio", "tipologia", "monto", "iniciativas"];
const INITIATIVES: &[&str] = &[
    "codigo",
    "nombre",
    "tipologia",
    "anio",
    "monto",
    "estado",
    "fecha_certificado",
    "comuna",
    "territory_level",
    "territory_cut",
    "territory_cuts",
];
const POPULATION: &[&str] = &["cut", "anio", "poblacion"];
const SETTLEMENTS: &[&str] = &["nombre", "poblacion", "lon", "lat", "geom"];

const fn shown(page: &'static str, dataset: &'static str, columns: &'static [&'static str]) -> Shown {
    Shown { page, dataset, columns }
}

/// The list. The columns are those of `sql/queries/{dashboard,profile}`.
pub const SHOWN: &[Shown] = &[
    shown(DASHBOARD, "comunas", &["cut", "nombre", "provincia_cut", "provincia", "geom"]),
    shown(
        DASHBOARD,
        "inversion_comunal",
        &[
            "territory_level",
            "territory_cut",
            "territory_cuts",
            "territory_name",
            "anio",
            "tipologia",
            "monto",
            "iniciativas",
        ],
    ),
    shown(DASHBOARD, "poblacion", POPULATION),
    shown(PROFILE, "comunas", PROFILE_COMUNAS),
    shown(PROFILE, "inversion_comunal", PROFILE_INVESTMENT),
    shown(PROFILE, "inversiones", INITIATIVES),
    shown(PROFILE, "localidades", SETTLEMENTS),
    shown(PROFILE, "poblacion", POPULATION),
    shown(REPORT, "comunas", PROFILE_COMUNAS),
    shown(REPORT, "inversion_comunal", PROFILE_INVESTMENT),
    shown(REPORT, "inversiones", INITIATIVES),
    shown(REPORT, "localidades", SETTLEMENTS),
    shown(REPORT, "poblacion", POPULATION),
];

/// The columns of a dataset that some page or report reads.
pub fn shown_columns(dataset: &str) -> impl Iterator<Item = &'static str> {
    SHOWN.iter().filter(move |shown| shown.dataset == dataset).flat_map(|shown| shown.columns.iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    /// The words of the queries of a folder, by the datasets that each query names.
    fn read(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sql/queries").join(folder);
        let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for entry in std::fs::read_dir(folder).expect("the queries") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a query");
            let code: String =
                text.lines().map(|line| line.split("--").next().unwrap_or("")).collect::<Vec<_>>().join(" ");
            let all: BTreeSet<String> =
                code.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect();
            for dataset in code.split("edition.").skip(1) {
                let dataset: String = dataset.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                words.entry(dataset).or_default().extend(all.iter().cloned());
            }
        }
        words
    }

    #[test]
    fn every_column_said_to_be_shown_is_read_by_a_query_of_its_page() {
        for (page, folder) in [(DASHBOARD, "dashboard"), (PROFILE, "profile"), (REPORT, "profile")] {
            let words = read(folder);
            for (dataset, words) in &words {
                let columns: Vec<_> = SHOWN.iter().filter(|s| s.page == page && s.dataset == dataset).collect();
                assert!(!columns.is_empty(), "{page} reads {dataset}, and the list does not say so");
                for column in columns.iter().flat_map(|shown| shown.columns) {
                    assert!(words.contains(*column), "{page} does not read {dataset}.{column}");
                }
            }
            for shown in SHOWN.iter().filter(|shown| shown.page == page) {
                assert!(words.contains_key(shown.dataset), "{page} does not read {}", shown.dataset);
            }
        }
    }
}
