//! Drift: how the columns of a file, and of the contract, differ from those behind the release of before.
//!
//! The reading child notes what each column of the file holds (`columns`), which stays in the report of the run that published; the
//! next run compares. Nothing stops for it: what must be there is asked for by the contract (`columns.missing`).

use std::collections::{HashMap, HashSet};

use goreos_domain::{Column, ColumnType, DecimalMark, Source, fold, is_error_cell, parse_date};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::read::{Batch, Findings, Headers};

/// Most columns noted; a file of more is compared in its first ones.
const MOST_COLUMNS: usize = 1_000;

/// What the cells of a column of a file look like, taken together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    /// No cell has a value.
    #[default]
    Empty,
    Int,
    Real,
    Date,
    /// Anything.
    Text,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileColumn {
    pub(crate) name: String,
    pub(crate) seen: Seen,
}

/// The columns of a file as its batches go by.
#[derive(Debug, Default)]
pub(crate) struct Columns(Vec<FileColumn>);

impl Columns {
    pub(crate) fn see(&mut self, source: &Source, headers: &Headers, batch: &Batch) {
        if self.0.is_empty() {
            let names = headers.names().iter().take(MOST_COLUMNS);
            self.0.extend(names.map(|name| FileColumn { name: name.clone(), seen: Seen::Empty }));
        }
        let nulls: Vec<&str> = source.null.iter().map(|text| text.trim()).collect();
        for (place, column) in self.0.iter_mut().enumerate().filter(|(_, column)| column.seen != Seen::Text) {
            let mark = headers.mark(place).or(source.decimal).unwrap_or(DecimalMark::Comma);
            for cell in batch.cells.column(place) {
                column.seen = column.seen.with(cell, mark, &nulls);
                if column.seen == Seen::Text {
                    break;
                }
            }
        }
    }

    pub(crate) fn note(&self, findings: &mut Findings) {
        findings.note("columns", json!(self.0));
    }
}

impl Seen {
    /// With one cell more, of which most are as those before.
    fn with(self, cell: &str, mark: DecimalMark, nulls: &[&str]) -> Self {
        if matches!(self, Self::Int | Self::Real) && is_plain_number(cell) && !nulls.contains(&cell) {
            let sign = if mark == DecimalMark::Comma { b',' } else { b'.' };
            return if cell.as_bytes().contains(&sign) { Self::Real } else { self };
        }
        let cell = cell.trim();
        if cell.is_empty() || nulls.contains(&cell) { self } else { self.join(Self::of(cell, mark)) }
    }

    fn of(cell: &str, mark: DecimalMark) -> Self {
        // An error cell of a spreadsheet tells nothing of its column.
        if is_error_cell(cell) {
            return Self::Empty;
        }
        let bytes = cell.as_bytes();
        if bytes.len() > 40 || !bytes.iter().any(u8::is_ascii_digit) {
            return Self::Text;
        }
        if bytes.len() <= 24 && parse_date(cell).is_some() {
            return Self::Date;
        }
        let sign = if mark == DecimalMark::Comma { b',' } else { b'.' };
        // Between its first and last digit a number has marks and blanks alone: a code such as 2023-000001 is none.
        let digit = |b: &u8| b.is_ascii_digit();
        let first = bytes.iter().position(digit).unwrap_or(0);
        let last = bytes.iter().rposition(digit).unwrap_or(0);
        let around = bytes[..first].iter().chain(&bytes[last + 1..]).all(|b| b"-+$M ()%.,".contains(b));
        let number = around && bytes[first..=last].iter().all(|b| digit(b) || b"., ".contains(b));
        match (number, bytes[first..=last].contains(&sign)) {
            (false, _) => Self::Text,
            (true, true) => Self::Real,
            (true, false) => Self::Int,
        }
    }

    fn join(self, other: Self) -> Self {
        match (self, other) {
            (one, two) if one == two => one,
            (Self::Empty, known) | (known, Self::Empty) => known,
            (Self::Int, Self::Real) | (Self::Real, Self::Int) => Self::Real,
            _ => Self::Text,
        }
    }

    fn spanish(self) -> &'static str {
        match self {
            Self::Empty => "nada",
            Self::Int => "números enteros",
            Self::Real => "números con decimales",
            Self::Date => "fechas",
            Self::Text => "texto",
        }
    }
}

/// Digits, behind a hyphen or none, with at most one mark among them: no date has fewer than two.
fn is_plain_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell).as_bytes();
    let mut marks = 0;
    let plain = digits.iter().all(|byte| {
        marks += u32::from(!byte.is_ascii_digit());
        byte.is_ascii_digit() || matches!(byte, b'.' | b',')
    });
    plain
        && marks <= 1
        && digits.len() <= 20
        && digits.first().is_some_and(u8::is_ascii_digit)
        && digits.last().is_some_and(u8::is_ascii_digit)
}

/// What happened to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Added,
    Removed,
    /// It takes more than before.
    Widened,
    /// It takes less than before.
    Narrowed,
    /// It takes something else.
    Changed,
}

/// Where the column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Of {
    File,
    Contract,
}

/// A column that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Drift {
    pub(crate) of: Of,
    /// Its header in the file, or its name in the contract.
    pub(crate) column: String,
    pub(crate) change: Change,
    /// Spanish; empty when it was not there.
    pub(crate) before: String,
    /// Spanish; empty when it is gone.
    pub(crate) after: String,
}

impl Drift {
    /// One sentence for the run's log.
    pub(crate) fn spanish(&self) -> String {
        let Self { column, before, after, .. } = self;
        match (self.of, self.change) {
            (Of::File, Change::Added) => {
                format!(
                    "El archivo trae una columna nueva: «{column}» ({after}). No se carga si el contrato no la nombra."
                )
            }
            (Of::File, Change::Removed) => format!("El archivo ya no trae la columna «{column}» (traía {before})."),
            (Of::File, _) => format!("La columna «{column}» del archivo traía {before} y ahora trae {after}."),
            (Of::Contract, Change::Added) => format!("El contrato agrega la columna «{column}» ({after})."),
            (Of::Contract, Change::Removed) => format!("El contrato ya no tiene la columna «{column}» ({before})."),
            (Of::Contract, _) => format!("El contrato cambia la columna «{column}»: de {before} a {after}."),
        }
    }
}

/// The columns of a file against those of the file before it. Headers are compared as contracts compare them.
pub(crate) fn of_files(before: &[FileColumn], after: &[FileColumn]) -> Vec<Drift> {
    let of = |column: &str, change, before: Option<Seen>, after: Option<Seen>| Drift {
        of: Of::File,
        column: column.to_owned(),
        change,
        before: before.map_or("", Seen::spanish).to_owned(),
        after: after.map_or("", Seen::spanish).to_owned(),
    };
    compare(
        before,
        after,
        |column| fold(&column.name),
        |pair| match pair {
            (None, Some(new)) => Some(of(&new.name, Change::Added, None, Some(new.seen))),
            (Some(old), None) => Some(of(&old.name, Change::Removed, Some(old.seen), None)),
            (Some(old), Some(new)) if old.seen != new.seen => {
                let change = match old.seen.join(new.seen) {
                    join if join == new.seen => Change::Widened,
                    join if join == old.seen => Change::Narrowed,
                    _ => Change::Changed,
                };
                Some(of(&new.name, change, Some(old.seen), Some(new.seen)))
            }
            _ => None,
        },
    )
}

/// The columns of a contract against those of the contract before it.
pub(crate) fn of_contracts(before: &[Column], after: &[Column]) -> Vec<Drift> {
    let of = |column: &Column, change, before: Option<&Column>, after: Option<&Column>| Drift {
        of: Of::Contract,
        column: column.name.to_string(),
        change,
        before: before.map(told).unwrap_or_default(),
        after: after.map(told).unwrap_or_default(),
    };
    compare(
        before,
        after,
        |column| column.name.to_string(),
        |pair| match pair {
            (None, Some(new)) => Some(of(new, Change::Added, None, Some(new))),
            (Some(old), None) => Some(of(old, Change::Removed, Some(old), None)),
            (Some(old), Some(new)) if old.kind != new.kind || old.required != new.required => {
                Some(of(new, contract_change(old, new), Some(old), Some(new)))
            }
            _ => None,
        },
    )
}

fn contract_change(old: &Column, new: &Column) -> Change {
    let wider = takes(new.kind, old.kind) && (old.required || !new.required);
    let narrower = takes(old.kind, new.kind) && (new.required || !old.required);
    match (wider, narrower) {
        (true, _) => Change::Widened,
        (false, true) => Change::Narrowed,
        (false, false) => Change::Changed,
    }
}

/// True when every value of `narrow` is one of `wide`.
fn takes(wide: ColumnType, narrow: ColumnType) -> bool {
    wide == narrow || wide == ColumnType::Text || (wide == ColumnType::Real && narrow == ColumnType::Int)
}

fn told(column: &Column) -> String {
    let kind = match column.kind {
        ColumnType::Text => "texto",
        ColumnType::Int => "entero",
        ColumnType::Real => "decimal",
        ColumnType::Money => "monto",
        ColumnType::Date => "fecha",
        ColumnType::Cut => "código territorial",
        ColumnType::Period => "período",
        ColumnType::Rut => "RUT",
        ColumnType::Bool => "sí o no",
    };
    format!("{kind}{}", if column.required { " obligatorio" } else { "" })
}

/// Pairs columns by name: those of after in their order, then those that are gone.
fn compare<T>(
    before: &[T],
    after: &[T],
    name: impl Fn(&T) -> String,
    tell: impl Fn((Option<&T>, Option<&T>)) -> Option<Drift>,
) -> Vec<Drift> {
    let old: HashMap<String, &T> = before.iter().map(|column| (name(column), column)).collect();
    let new: HashSet<String> = after.iter().map(&name).collect();
    let kept = after.iter().map(|column| (old.get(&name(column)).copied(), Some(column)));
    let gone = before.iter().filter(|column| !new.contains(&name(column))).map(|column| (Some(column), None));
    kept.chain(gone).filter_map(tell).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(cells: &[&str], mark: DecimalMark) -> Seen {
        cells.iter().fold(Seen::Empty, |seen, cell| seen.join(Seen::of(cell, mark)))
    }

    #[test]
    fn a_column_is_what_all_its_cells_are() {
        let comma = DecimalMark::Comma;
        assert_eq!(seen(&["1", "-5.000", "$24.064"], comma), Seen::Int);
        assert_eq!(seen(&["1", "-5.000", "$24.064"], DecimalMark::Point), Seen::Real);
        assert_eq!(seen(&["1", "1,5", "#REF!"], comma), Seen::Real);
        assert_eq!(seen(&["16.09.2025", "20.7.23"], comma), Seen::Date);
        assert_eq!(seen(&["16.09.2025", "1"], comma), Seen::Text);
        assert_eq!(seen(&["CHILLÁN"], comma), Seen::Text);
        assert_eq!(seen(&["2023-000001"], comma), Seen::Text);
        assert_eq!(seen(&["M$ -5.000", "$ 4.597.000.-", "(12)"], comma), Seen::Int);
        assert_eq!(seen(&[], comma), Seen::Empty);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn a_plain_number_is_seen_as_any_cell_is(
            cell in prop_oneof!["-?[0-9]{1,21}([.,][0-9]{0,3})?", "[-0-9.,/ ]{0,9}"], real: bool, point: bool, null: bool,
        ) {
            let before = if real { Seen::Real } else { Seen::Int };
            let mark = if point { DecimalMark::Point } else { DecimalMark::Comma };
            let nulls: Vec<&str> = null.then_some(cell.as_str()).into_iter().collect();
            let trimmed = cell.trim();
            let nothing = trimmed.is_empty() || nulls.contains(&trimmed);
            let expected = if nothing { before } else { before.join(Seen::of(trimmed, mark)) };
            prop_assert_eq!(before.with(&cell, mark, &nulls), expected, "{}", cell);
        }
    }

    fn file(columns: &[(&str, Seen)]) -> Vec<FileColumn> {
        columns.iter().map(|(name, seen)| FileColumn { name: (*name).to_owned(), seen: *seen }).collect()
    }

    #[test]
    fn columns_of_a_file_are_added_removed_widened_narrowed_or_changed() {
        let before = file(&[
            ("Código", Seen::Int),
            ("MONTO", Seen::Int),
            ("FECHA", Seen::Date),
            ("B", Seen::Text),
            ("C", Seen::Int),
        ]);
        let after = file(&[
            ("CODIGO", Seen::Int),
            ("MONTO", Seen::Text),
            ("FECHA", Seen::Empty),
            ("NUEVA", Seen::Real),
            ("C", Seen::Date),
        ]);
        let found: Vec<_> = of_files(&before, &after).into_iter().map(|drift| (drift.column, drift.change)).collect();
        let told = [
            ("MONTO", Change::Widened),
            ("FECHA", Change::Narrowed),
            ("NUEVA", Change::Added),
            ("C", Change::Changed),
            ("B", Change::Removed),
        ];
        assert_eq!(found, told.map(|(column, change)| (column.to_owned(), change)));
    }

    #[test]
    fn the_same_columns_in_another_order_are_no_drift() {
        let columns = file(&[("A", Seen::Int), ("B", Seen::Text)]);
        let turned: Vec<FileColumn> = columns.iter().rev().cloned().collect();
        assert_eq!(of_files(&columns, &turned), []);
    }

    fn column(name: &str, kind: &str, required: bool) -> Column {
        serde_json::from_value(json!({ "name": name, "type": kind, "required": required })).expect("a column")
    }

    #[test]
    fn columns_of_a_contract_are_compared_by_type_and_duty() {
        let before = [column("a", "int", true), column("b", "text", false), column("c", "date", false)];
        let after = [column("a", "real", false), column("b", "text", true), column("c", "int", false)];
        let found: Vec<Change> = of_contracts(&before, &after).into_iter().map(|drift| drift.change).collect();
        assert_eq!(found, [Change::Widened, Change::Narrowed, Change::Changed]);
        assert_eq!(
            of_contracts(&before[..1], &after[1..2])[0].spanish(),
            "El contrato agrega la columna «b» (texto obligatorio)."
        );
    }
}
