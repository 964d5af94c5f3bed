//! The rows that differ, cell by cell.

use goreos_db::difference::{Cell, Changed, Compared, ComparedColumn, Kind, Values};
use goreos_domain::{Decimals, decimal_es};

use super::marks::sign;
use super::values::{shortened, written};
use crate::page::Svg;
use crate::words::NOTHING;

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    pub sign: Svg,
    pub word: &'static str,
    /// `0001-2019`
    pub key: String,
    /// Of a row that was changed or moved.
    pub changes: Vec<CellRow>,
    /// Of a row that came or went: its values.
    pub values: Vec<(String, String)>,
    /// The first of them, on a line.
    pub brief: String,
}

/// Values told of a row before it is opened.
const BRIEF: usize = 3;

/// A cell that is another one.
#[derive(Debug, Clone)]
pub struct CellRow {
    pub column: String,
    pub before: String,
    pub after: String,
}

impl Row {
    /// The row as the table shows it.
    pub(super) fn new(row: &Changed, compared: &Compared) -> Self {
        let key = row.key.iter().enumerate().map(|(at, (_, value))| {
            let values = compared.key.get(at).map_or(Values::Whole, |column| column.values);
            text(values, value.as_deref())
        });
        let cells = || row.cells.iter().zip(&compared.columns);
        let mut changes: Vec<CellRow> = match row.kind {
            Kind::Changed => cells().filter(|(cell, _)| cell.differs()).map(CellRow::new).collect(),
            Kind::Added | Kind::Removed | Kind::Moved => Vec::new(),
        };
        changes.extend(CellRow::of_shape(row));
        let value = |(cell, column): (&Cell, &ComparedColumn)| {
            let value = if row.kind == Kind::Added { &cell.after } else { &cell.before };
            Some((column.title.clone(), text(column.values, Some(value.as_deref()?))))
        };
        let came_or_went = matches!(row.kind, Kind::Added | Kind::Removed);
        let values: Vec<(String, String)> = if came_or_went { cells().filter_map(value).collect() } else { Vec::new() };
        let brief = values.iter().take(BRIEF).map(|(column, value)| format!("{column}: {value}"));
        Self {
            sign: sign(row.kind),
            word: row.kind.spanish(),
            key: key.collect::<Vec<_>>().join(" · "),
            brief: shortened(brief.collect::<Vec<_>>().join(" · ")),
            values,
            changes,
        }
    }
}

impl CellRow {
    fn new((cell, column): (&Cell, &ComparedColumn)) -> Self {
        Self {
            column: column.title.clone(),
            before: text(column.values, cell.before.as_deref()),
            after: text(column.values, cell.after.as_deref()),
        }
    }

    fn of_shape(row: &Changed) -> Option<Self> {
        let there = |shape: &Option<Vec<u8>>| if shape.is_some() { "una" } else { "ninguna" }.to_owned();
        let (before, after) = match (row.kind, row.moved_m) {
            (Kind::Changed | Kind::Moved, Some(metres)) => {
                ("donde estaba".to_owned(), format!("a {} m", decimal_es(metres, Decimals(1))))
            }
            (Kind::Moved, None) if row.before.is_some() && row.after.is_some() => {
                ("un tipo de figura".to_owned(), "otro tipo de figura".to_owned())
            }
            (Kind::Moved, None) => (there(&row.before), there(&row.after)),
            _ => return None,
        };
        Some(Self { column: "Geometría".to_owned(), before, after })
    }
}

fn text(values: Values, value: Option<&str>) -> String {
    match value {
        None => NOTHING.to_owned(),
        Some("") => "(vacío)".to_owned(),
        Some(value) => shortened(written(values, value)),
    }
}
