//! The names of a file's columns.

use std::collections::{HashMap, HashSet};

use goreos_domain::{Column, Contract, DecimalMark, Fault, HeaderRow, fold};

/// The columns of a file: every one has a name, and no two the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Headers {
    names: Vec<String>,
    /// Per column, the decimal mark of its numbers; `None` where nothing tells.
    marks: Vec<Option<DecimalMark>>,
}

impl Headers {
    /// Names as found; a blank one becomes `columna N`, the second `ENE` becomes `ENE (2)`.
    pub(crate) fn new(found: impl IntoIterator<Item = String>) -> Self {
        let mut seen: HashMap<String, u32> = HashMap::new();
        let mut taken: HashSet<String> = HashSet::new();
        let mut names: Vec<String> = Vec::new();
        for (index, raw) in found.into_iter().enumerate() {
            let bare = raw.split_whitespace().collect::<Vec<_>>().join(" ");
            let name = if bare.is_empty() { format!("columna {}", index + 1) } else { bare };
            let count = seen.entry(name.clone()).or_default();
            // A file may itself call a column `ENE (2)`.
            let free = loop {
                *count += 1;
                let candidate = if *count == 1 { name.clone() } else { format!("{name} ({count})") };
                if taken.insert(candidate.clone()) {
                    break candidate;
                }
            };
            names.push(free);
        }
        Self { marks: vec![None; names.len()], names }
    }

    /// The same columns with the decimal mark of each, in their order; of columns not named nothing is known.
    #[must_use]
    pub(crate) fn with_marks(mut self, marks: impl IntoIterator<Item = Option<DecimalMark>>) -> Self {
        self.marks = marks.into_iter().chain(std::iter::repeat(None)).take(self.names.len()).collect();
        self
    }

    /// The same columns, all with that decimal mark.
    #[must_use]
    pub(crate) fn with_mark(self, mark: DecimalMark) -> Self {
        self.with_marks(std::iter::repeat(Some(mark)))
    }

    /// The decimal mark of the numbers of that column, as the contract or the evidence of the file decided; `None` where nothing tells.
    pub(crate) fn mark(&self, place: usize) -> Option<DecimalMark> {
        self.marks.get(place).copied().flatten()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Where each of the contract's columns stands.
    ///
    /// # Errors
    /// `columns.missing`, naming every missing column and the nearest header of the file.
    pub(crate) fn locate(&self, contract: &Contract) -> Result<Vec<usize>, Fault> {
        let folded: Vec<String> = self.names.iter().map(|name| fold(name)).collect();
        let mut places = Vec::with_capacity(contract.columns.len());
        let mut missing = Vec::new();
        for column in &contract.columns {
            let found = wanted(column).into_iter().find_map(|name| folded.iter().position(|header| *header == name));
            match found {
                Some(place) => places.push(place),
                None => missing.push(self.describe(column, &folded)),
            }
        }
        if missing.is_empty() {
            return Ok(places);
        }
        Err(Fault::give_up(
            "columns.missing",
            format!("Al archivo le faltan columnas: {}.", missing.join("; ")),
            format!(
                "Corrija los encabezados del archivo o agregue el nombre nuevo en 'from' del contrato. Encabezados encontrados: {}.",
                self.names.join(", ")
            ),
        ))
    }

    fn describe(&self, column: &Column, folded: &[String]) -> String {
        let wanted = wanted(column);
        let nearest = folded
            .iter()
            .enumerate()
            .filter_map(|(index, header)| {
                let distance = wanted.iter().map(|name| strsim::damerau_levenshtein(name, header)).min()?;
                (distance * 3 <= header.chars().count()).then_some((distance, index))
            })
            .min();
        let name = column.from.first().map_or(column.name.as_str(), String::as_str);
        match nearest {
            Some((_, index)) => format!("«{name}» (¿es «{}»?)", self.names[index]),
            None => format!("«{name}»"),
        }
    }
}

/// The row that has at least half of the contract's column names, when one of the first rows of a table does: surer than how rows look.
pub(crate) fn named_row<S: AsRef<str>>(contract: &Contract, rows: &[Vec<S>]) -> Option<HeaderRow> {
    let wanted: Vec<Vec<String>> = contract.columns.iter().map(wanted).collect();
    let names_in = |row: &Vec<S>| {
        let cells: HashSet<String> = row.iter().map(|cell| fold(cell.as_ref())).collect();
        wanted.iter().filter(|names| names.iter().any(|name| cells.contains(name))).count()
    };
    let (index, found) = rows
        .iter()
        .take(MOST_ROWS_ABOVE)
        .map(names_in)
        .enumerate()
        .max_by_key(|(index, found)| (*found, std::cmp::Reverse(*index)))?;
    (found > 0 && found * 2 >= wanted.len()).then(|| HeaderRow {
        index,
        evidence: format!(
            "la fila {} tiene {found} de los {} nombres de columna del contrato",
            index + 1,
            wanted.len()
        ),
    })
}

/// Rows among which the names are looked for.
const MOST_ROWS_ABOVE: usize = 60;

fn wanted(column: &Column) -> Vec<String> {
    if column.from.is_empty() {
        vec![fold(column.name.as_str())]
    } else {
        column.from.iter().map(|name| fold(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(names: &[&str]) -> Headers {
        Headers::new(names.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn repeated_and_blank_headers_get_stable_names() {
        assert_eq!(
            headers(&["", "ENE", "FEB ", "ENE", "ENE"]).names(),
            ["columna 1", "ENE", "FEB", "ENE (2)", "ENE (3)"]
        );
        assert_eq!(headers(&["ENE (2)", "ENE", "ENE"]).names(), ["ENE (2)", "ENE", "ENE (3)"]);
    }

    #[test]
    fn a_missing_column_is_named_with_the_nearest_header() {
        let contract = Contract::parse(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
             [[column]]\nname='codigo'\nfrom=['CÓDIGO ÚNICO']\ntype='text'\n[[column]]\nname='monto'\ntype='int'\n",
        )
        .expect("a contract");
        assert_eq!(headers(&["x", " codigo unico", "Monto"]).locate(&contract), Ok(vec![1, 2]));
        let fault = headers(&["CODIGO UNIC", "importe"]).locate(&contract).expect_err("two are missing");
        assert_eq!(fault.code, "columns.missing");
        assert!(
            fault.what.contains("«CÓDIGO ÚNICO» (¿es «CODIGO UNIC»?)") && fault.what.contains("«monto»"),
            "{fault}"
        );
    }

    #[test]
    fn the_row_with_the_names_of_the_contract_is_the_header_whatever_it_looks_like() {
        let contract = Contract::parse(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
             [[column]]\nname='codigo'\ntype='text'\n[[column]]\nname='poblacion'\nfrom=['2017']\ntype='int'\n",
        )
        .expect("a contract");
        let row = |rows: &[Vec<&str>]| named_row(&contract, rows).map(|found| found.index);
        assert_eq!(row(&[vec!["2016", "1", "2"], vec!["CÓDIGO", "2017", "2018"], vec!["7", "8", "9"]]), Some(1));
        assert_eq!(row(&[vec!["a", "b"], vec!["1", "2"]]), None);
        assert_eq!(row(&[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_column_has_a_name_of_its_own(
            found in proptest::collection::vec("|[ \n]|ENE( ?\\([1-4]\\)){0,2}|columna [1-9]( \\(2\\))?|.*", 0..12),
        ) {
            let names = Headers::new(found.clone()).names;
            prop_assert_eq!(names.len(), found.len());
            prop_assert!(names.iter().all(|name| !name.trim().is_empty()), "{:?}", names);
            let different: HashSet<&String> = names.iter().collect();
            prop_assert_eq!(different.len(), names.len(), "{:?}", names);
        }
    }
}
