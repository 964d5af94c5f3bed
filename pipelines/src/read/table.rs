//! Rows of cells into batches: what delimited text and workbooks have in common.

use goreos_domain::Fault;

use super::cells::Cells;
use super::{BATCH_ROWS, Batch, Defect, Geometries, Headers};

/// Most columns of a file: those of an Excel sheet.
pub(crate) const MOST_COLUMNS: usize = 16_384;
/// Cells in a batch: a wide table comes in shorter batches.
const MOST_CELLS: usize = 1 << 20;
/// Bytes of text in a batch.
const MOST_BYTES: usize = 32 << 20;
/// Longest cell kept, in bytes; a row with a longer one is refused, and the cell kept cut.
pub(crate) const LONGEST_CELL: usize = 1 << 20;

/// A batch being filled, row by row.
pub(crate) struct Pending {
    cells: Cells,
    source_rows: Vec<i64>,
    defects: Vec<Option<Defect>>,
    most_rows: usize,
}

impl Pending {
    /// An empty batch of a file with these columns.
    pub(crate) fn new(headers: &Headers) -> Self {
        let most_rows = (MOST_CELLS / headers.len().max(1)).clamp(1, BATCH_ROWS);
        Self {
            cells: Cells::new(headers.len()),
            source_rows: Vec::with_capacity(most_rows),
            defects: Vec::with_capacity(most_rows),
            most_rows,
        }
    }

    /// Adds a row that has as many cells as there are columns, none of them too long: they stand in `text` one behind the other and end
    /// there.
    pub(crate) fn push_whole(&mut self, row: i64, text: &str, ends: &[usize]) {
        self.cells.extend(text, ends);
        self.source_rows.push(row);
        self.defects.push(None);
    }

    /// Adds a row: its number as a spreadsheet counts, its cells, and what is wrong with it as a whole. A row with cells too few or
    /// too many, or one too long, gets its defect here.
    pub(crate) fn push<S: AsRef<str>>(&mut self, row: i64, cells: &[S], defect: Option<Defect>) {
        let expected = self.cells.columns();
        let (kept, surplus) = cells.split_at(cells.len().min(expected));
        let surplus = if surplus.iter().any(|cell| !cell.as_ref().trim().is_empty()) { surplus } else { &[] };
        let mut too_long = None;
        let mut kept = kept.iter().map(AsRef::as_ref);
        for place in 0..expected {
            let whole = kept.next().unwrap_or_default();
            let cell = cut(whole);
            if cell.len() < whole.len() {
                too_long = too_long.or(Some((place, whole.len())));
            }
            // What stands beyond the last header is kept with its last cell, so that nothing of the row is lost.
            if place + 1 == expected && !surplus.is_empty() {
                let joined = std::iter::once(cell).chain(surplus.iter().map(|cell| cut(cell.as_ref())));
                self.cells.push(cut(&joined.collect::<Vec<_>>().join("|")));
            } else {
                self.cells.push(cell);
            }
        }
        let wrong_cells =
            || (cells.len() < expected || !surplus.is_empty()).then(|| other_cells(cells.len(), expected));
        let defect = defect.or_else(wrong_cells).or_else(|| too_long.map(|(place, bytes)| cell_too_long(place, bytes)));
        self.source_rows.push(row);
        self.defects.push(defect);
    }

    /// Rows so far.
    pub(crate) fn len(&self) -> usize {
        self.source_rows.len()
    }

    /// True when there is nothing to hand on.
    pub(crate) fn is_empty(&self) -> bool {
        self.source_rows.is_empty()
    }

    /// True when it is time to `take` the batch: so many rows, or so much text.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= self.most_rows || self.cells.bytes() >= MOST_BYTES
    }

    /// The batch so far; another begins.
    pub(crate) fn take(&mut self) -> Batch {
        let next = Self {
            cells: self.cells.emptied(),
            source_rows: Vec::with_capacity(self.most_rows),
            defects: Vec::with_capacity(self.most_rows),
            most_rows: self.most_rows,
        };
        let Self { cells, source_rows, defects, .. } = std::mem::replace(self, next);
        Batch { source_rows, cells, geometries: Geometries::default(), defects }
    }
}

/// More columns than any sheet has: what was taken for the headers is something else.
pub(crate) fn too_many_columns(found: usize) -> Fault {
    Fault::give_up(
        "file.too_many_columns",
        format!("El archivo tiene {found} columnas; el máximo es {MOST_COLUMNS}."),
        "Revise el separador del archivo y la fila de encabezados; si de verdad son tantas, ponga una fila por dato.",
    )
}

/// At most the longest cell, ending between two letters.
fn cut(cell: &str) -> &str {
    if cell.len() <= LONGEST_CELL { cell } else { &cell[..cell.floor_char_boundary(LONGEST_CELL)] }
}

fn other_cells(found: usize, expected: usize) -> Defect {
    Defect {
        code: "row.cells",
        reason: format!("La fila tiene {found} celdas y el encabezado {expected}."),
        remedy: "Revise los separadores de esa fila: puede faltar uno o sobrar comillas.".into(),
    }
}

fn cell_too_long(place: usize, bytes: usize) -> Defect {
    Defect {
        code: "row.cell_too_long",
        reason: format!(
            "La celda {} de la fila ocupa {} KB; el máximo es {} KB. Aquí se guarda cortada.",
            place + 1,
            bytes / 1024,
            LONGEST_CELL / 1024
        ),
        remedy: "Acorte esa celda, o revise si una comilla sin cerrar juntó varias filas.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(columns: usize, rows: &[&[&str]]) -> Batch {
        let headers = Headers::new((0..columns).map(|place| format!("c{place}")));
        let mut pending = Pending::new(&headers);
        for (number, cells) in (2..).zip(rows) {
            pending.push(number, cells, None);
        }
        pending.take()
    }

    fn codes(batch: &Batch) -> Vec<Option<&'static str>> {
        batch.defects.iter().map(|defect| defect.as_ref().map(|defect| defect.code)).collect()
    }

    #[test]
    fn a_row_of_other_cells_is_kept_whole_and_says_so() {
        let batch = batch(2, &[&["a", "b"], &["a"], &["a", "b", "c", "d"], &["a", "b", " ", ""]]);
        assert_eq!(codes(&batch), [None, Some("row.cells"), Some("row.cells"), None]);
        assert_eq!((batch.cell(1, 1), batch.cell(1, 2), batch.cell(1, 3)), ("", "b|c|d", "b"));
    }

    #[test]
    fn a_cell_beyond_the_limit_costs_its_row_alone_and_is_kept_cut() {
        let long = "ñ".repeat(LONGEST_CELL);
        let batch = batch(2, &[&["a", &long], &["a", "b"]]);
        assert_eq!(codes(&batch), [Some("row.cell_too_long"), None]);
        assert_eq!(batch.cell(1, 0).len(), LONGEST_CELL);
    }

    #[test]
    fn a_wide_or_heavy_table_comes_in_short_batches() {
        let headers = Headers::new((0..MOST_COLUMNS).map(|place| format!("c{place}")));
        let mut pending = Pending::new(&headers);
        while !pending.is_full() {
            pending.push(1, &["x"], None);
        }
        assert_eq!(pending.len(), MOST_CELLS / MOST_COLUMNS);
        let headers = Headers::new(["a".to_owned()]);
        let mut pending = Pending::new(&headers);
        let long = "x".repeat(LONGEST_CELL);
        while !pending.is_full() {
            pending.push(1, &[&long], None);
        }
        assert_eq!(pending.len(), MOST_BYTES / LONGEST_CELL);
    }
}
