//! Names for columns, from the headers of a file.

use std::collections::HashSet;

use goreos_domain::fold;

/// Longest name of a column.
const LONGEST: usize = 40;
/// Columns the platform adds to a release table.
const RESERVED: [&str; 5] = ["source_row", "territory_level", "territory_cut", "territory_cuts", "geom"];

/// The names given so far.
pub(super) struct Names {
    taken: HashSet<String>,
    /// The headers of the file, folded.
    headers: Vec<String>,
}

impl Names {
    pub(super) fn new<'a>(headers: impl Iterator<Item = &'a str>) -> Self {
        Self { taken: RESERVED.into_iter().map(str::to_owned).collect(), headers: headers.map(fold).collect() }
    }

    /// `AÑO PRESUPUESTARIO` → `ano_presupuestario`; unique, ASCII, at most 40 signs.
    pub(super) fn give(&mut self, header: &str, place: usize) -> String {
        let mut stem = String::new();
        for sign in fold(header).chars() {
            match sign {
                _ if sign.is_ascii_alphanumeric() => stem.push(sign.to_ascii_lowercase()),
                _ if stem.is_empty() || stem.ends_with('_') => {}
                _ => stem.push('_'),
            }
        }
        let stem = match stem.trim_end_matches('_') {
            "" => format!("columna_{}", place + 1),
            bare if bare.starts_with(|first: char| first.is_ascii_digit()) => format!("c_{bare}"),
            bare => bare.to_owned(),
        };
        let mut count = 1;
        loop {
            let tail = if count == 1 { String::new() } else { format!("_{count}") };
            let room = LONGEST - tail.len();
            let head = stem.get(..room).unwrap_or(&stem).trim_end_matches('_');
            let name = format!("{head}{tail}");
            if self.taken.insert(name.clone()) {
                return name;
            }
            count += 1;
        }
    }

    /// Whether a contract needs `from` to find the column: its name alone would find another one, or none.
    pub(super) fn needs_from(&self, name: &str, place: usize) -> bool {
        let folded = fold(name);
        self.headers.iter().position(|header| *header == folded) != Some(place)
    }

    /// The column before it whose header reads the same, so that no contract can name this one.
    pub(super) fn hidden_by(&self, place: usize) -> Option<usize> {
        self.headers.iter().position(|header| *header == self.headers[place]).filter(|first| *first != place)
    }
}

#[cfg(test)]
mod tests {
    use goreos_domain::ColumnName;
    use proptest::prelude::*;

    use super::*;

    fn names(headers: &[&str]) -> Vec<String> {
        let mut names = Names::new(headers.iter().copied());
        headers.iter().enumerate().map(|(place, header)| names.give(header, place)).collect()
    }

    #[test]
    fn headers_become_names() {
        assert_eq!(
            names(&[
                "AÑO PRESUPUESTARIO",
                "ENE",
                "ENE (2)",
                "MONTO FNDR M$",
                "2021+2022",
                "%",
                "N° RES. APRUEBA",
                "geom"
            ]),
            [
                "ano_presupuestario",
                "ene",
                "ene_2",
                "monto_fndr_m",
                "c_2021_2022",
                "columna_6",
                "n_res_aprueba",
                "geom_2"
            ]
        );
    }

    #[test]
    fn a_header_is_named_only_where_the_name_does_not_find_it() {
        let headers = ["AÑO", "ano ", "2024", "x"];
        let mut names = Names::new(headers.into_iter());
        let given: Vec<String> = headers.iter().enumerate().map(|(place, header)| names.give(header, place)).collect();
        assert_eq!(given, ["ano", "ano_2", "c_2024", "x"]);
        let from: Vec<bool> = given.iter().enumerate().map(|(place, name)| names.needs_from(name, place)).collect();
        assert_eq!(from, [false, true, true, false]);
        assert_eq!([names.hidden_by(0), names.hidden_by(1), names.hidden_by(3)], [None, Some(0), None]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_header_gets_a_name_of_its_own(headers in proptest::collection::vec("(ENE|AÑO|.{0,60})", 1..20)) {
            let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            let given = names(&headers);
            let different: HashSet<&String> = given.iter().collect();
            prop_assert_eq!(different.len(), headers.len(), "{:?}", &given);
            prop_assert!(given.iter().all(|name| ColumnName::parse(name).is_ok()), "{:?}", given);
        }
    }
}
