//! Rows of delimited text, numbered as a spreadsheet does; a quote that stands open costs its row alone.

use std::borrow::Cow;

use goreos_domain::{Fault, Record, Splitting, mend_mojibake, split_row};

use super::input::Text;
use crate::read::Defect;
use crate::read::table::LONGEST_CELL;

/// Longest row, in bytes.
const LONGEST_ROW: usize = 64 << 20;
/// When a quote closes nowhere within so many bytes, and rows stand inside, it is taken for a letter.
const LONGEST_QUOTE: usize = 4 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The rows of a file, one at a time.
#[derive(Debug)]
pub(super) struct Rows {
    text: Text,
    splitting: Splitting,
    record: Record,
    number: i64,
    /// The row was taken by itself: a quote opened in it that swallowed rows.
    swallowing: bool,
    /// Words converted twice are mended.
    mend: bool,
}

impl Rows {
    pub(super) fn new(text: Text, splitting: Splitting, mend: bool) -> Self {
        Self { text, splitting, record: Record::default(), number: 0, swallowing: false, mend }
    }

    /// The next row's number, blank ones included; `None` at the end. With `columns`, a quote that swallows rows is no quote.
    pub(super) fn advance(&mut self, columns: Option<usize>) -> Result<Option<i64>, Fault> {
        self.swallowing = false;
        self.skip_mark()?;
        let taken = loop {
            if let Some(taken) = split_row(self.text.rest(), self.text.at_end(), self.splitting, &mut self.record) {
                break taken;
            }
            if self.text.at_end() {
                return Ok(None);
            }
            let held = self.text.rest().len();
            if held > LONGEST_QUOTE && self.swallows_window(columns) {
                break 0;
            }
            if held > LONGEST_ROW {
                return Err(row_too_long(self.number + 1));
            }
            self.text.more()?;
        };
        self.number += 1;
        let swallowing = match columns {
            Some(_) if taken == 0 => Some(self.record.len() - 1),
            Some(columns) => {
                swallowing_cell(&self.record, self.text.rest(), taken, (columns, self.splitting.delimiter))
            }
            None if self.record.open_quote => return Err(open_quote(self.number)),
            None => None,
        };
        match swallowing {
            Some(cell) => self.take_line(cell)?,
            None => self.text.consume(taken),
        }
        Ok(Some(self.number))
    }

    /// The row's cells one behind the other and where each ends, when there are `columns` of them and nothing in them is to be mended,
    /// cut or told: what `cells` would say of most rows.
    pub(super) fn plain(&self, columns: usize) -> Option<(&str, &[usize])> {
        let (text, ends) = self.record.whole()?;
        let odd =
            |text: &str| self.mend || text.contains('\u{feff}') || self.text.malformed() && text.contains('\u{fffd}');
        let plain = ends.len() == columns
            && !self.swallowing
            && text.len() <= LONGEST_CELL
            && !text.as_bytes().contains(&0)
            && (text.is_ascii() || !odd(text));
        plain.then_some((text, ends))
    }

    /// The row's cells, and what makes them meaningless.
    pub(super) fn cells(&self) -> (Vec<Cow<'_, str>>, Option<Defect>) {
        let whole = self.record.cells();
        let broken = whole.is_none();
        let mut cells: Vec<Cow<'_, str>> = match whole {
            Some(cells) => cells.into_iter().map(Cow::Borrowed).collect(),
            None => self.record.bytes().map(String::from_utf8_lossy).collect(),
        };
        if !self.record.text().is_ascii() {
            for cell in &mut cells {
                self.mend(cell);
            }
        }
        let mut defect = self.swallowing.then(swallowed);
        if broken || (self.text.malformed() && cells.iter().any(|cell| cell.contains('\u{fffd}'))) {
            defect = defect.or_else(|| Some(broken_letters(&cells)));
        }
        if self.record.text().contains(&0) {
            // PostgreSQL keeps no NUL.
            for cell in cells.iter_mut().filter(|cell| cell.contains('\0')) {
                *cell = Cow::Owned(cell.replace('\0', "\u{fffd}"));
            }
            defect = defect.or_else(|| Some(nul()));
        }
        (cells, defect)
    }

    /// Without a byte order mark, which is no letter, and with words converted twice mended.
    fn mend(&self, cell: &mut Cow<'_, str>) {
        if let Some(bare) = cell.strip_prefix('\u{feff}') {
            *cell = Cow::Owned(bare.to_owned());
        }
        if self.mend
            && let Cow::Owned(mended) = mend_mojibake(cell)
        {
            *cell = Cow::Owned(mended);
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.record.is_blank() && !self.swallowing
    }

    /// A byte order mark at the beginning of a row belongs to a file that was put behind another.
    fn skip_mark(&mut self) -> Result<(), Fault> {
        self.text.fill(BYTE_ORDER_MARK.len())?;
        if self.text.rest().starts_with(BYTE_ORDER_MARK) {
            self.text.consume(BYTE_ORDER_MARK.len());
        }
        Ok(())
    }

    /// Takes the row with the quotes of that cell, and of those behind it, as letters.
    fn take_line(&mut self, cell: usize) -> Result<(), Fault> {
        let line = Splitting { quoted_cells: cell, ..self.splitting };
        loop {
            if let Some(taken) = split_row(self.text.rest(), self.text.at_end(), line, &mut self.record) {
                self.text.consume(taken);
                self.swallowing = true;
                return Ok(());
            }
            if self.text.rest().len() > LONGEST_ROW {
                return Err(row_too_long(self.number));
            }
            self.text.more()?;
        }
    }

    /// True when the quote that is open at the end of the window has rows inside.
    fn swallows_window(&mut self, columns: Option<usize>) -> bool {
        let Some(columns) = columns.filter(|_| self.text.rest().contains(&b'"')) else { return false };
        split_row(self.text.rest(), true, self.splitting, &mut self.record);
        let last = self.record.bytes().last().unwrap_or_default();
        // As many cells as it has now may not be what the row should have.
        self.record.open_quote && (columns == 1 || rows_inside(last, 0, columns, self.splitting.delimiter))
    }
}

/// The cell whose quote stood open and swallowed rows, until the next quote or the end. The row takes so many bytes of `rest`.
fn swallowing_cell(record: &Record, rest: &[u8], taken: usize, (columns, delimiter): (usize, u8)) -> Option<usize> {
    if record.open_quote {
        return Some(record.len() - 1);
    }
    if record.line_breaks == 0 {
        return None;
    }
    record.bytes().position(|cell| rows_inside(cell, record.len(), columns, delimiter)).or_else(|| {
        let (cell, at) = record.loose_quote?;
        let next = &rest[at..rest.len().min(at + LONGEST_CELL)];
        (columns == 1 || closed_by_a_row(&rest[at..taken], next, columns, delimiter)).then_some(cell)
    })
}

/// True when a line inside a cell has the separators of a row, and there are many of them or the row has other cells than it should. With
/// few columns such a line may be prose.
fn rows_inside(cell: &[u8], found: usize, columns: usize, delimiter: u8) -> bool {
    let mut lines = cell.split(|byte| *byte == b'\n').skip(1).map(|line| cells(line, delimiter));
    if columns >= 4 {
        lines.any(|cells| cells >= columns)
    } else {
        found != columns && lines.any(|cells| cells == columns)
    }
}

/// True when the quote that closed the cell opens one in a row of its own: a line behind the first is a row, or what stands there with
/// its own quotes is one.
fn closed_by_a_row(raw: &[u8], next: &[u8], columns: usize, delimiter: u8) -> bool {
    if raw.split(|byte| *byte == b'\n').skip(1).any(|line| cells(line, delimiter) == columns) {
        return true;
    }
    let second = raw.iter().position(|byte| *byte == b'\n').map_or(raw.len(), |end| end + 1);
    let mut record = Record::default();
    split_row(&next[second.min(next.len())..], true, Splitting::by(delimiter), &mut record);
    record.len() == columns && !record.open_quote
}

fn cells(line: &[u8], delimiter: u8) -> usize {
    line.split(|byte| *byte == delimiter).count()
}

fn open_quote(row: i64) -> Fault {
    Fault::give_up(
        "file.open_quote",
        format!(
            "Una comilla se abre en la fila {row}, antes de los datos, y no se cierra: no hay cómo saber dónde empiezan las filas."
        ),
        "Borre esa comilla en el archivo, o ciérrela.",
    )
}

fn row_too_long(row: i64) -> Fault {
    Fault::give_up(
        "file.row_too_long",
        format!("La fila {row} ocupa más de {} MB y no termina: esto no parece una tabla.", LONGEST_ROW >> 20),
        "Revise si falta cerrar una comilla en esa fila, o si el archivo es de otro formato.",
    )
}

fn swallowed() -> Defect {
    Defect {
        code: "row.quotes",
        reason: "La fila abre una comilla que no se cierra: las filas que siguen quedarían dentro de esa celda.".into(),
        remedy: "Borre esa comilla o ciérrela.".into(),
    }
}

fn broken_letters(cells: &[Cow<'_, str>]) -> Defect {
    let cell =
        cells.iter().find(|cell| cell.contains('\u{fffd}')).map(|cell| cell.chars().take(40).collect::<String>());
    Defect {
        code: "row.encoding",
        reason: format!(
            "La fila tiene letras que no son de la codificación del archivo: «{}».",
            cell.unwrap_or_default()
        ),
        remedy: "Vuelva a escribir esa celda; suele venir de otro archivo pegado en este.".into(),
    }
}

fn nul() -> Defect {
    Defect {
        code: "row.nul",
        reason: "La fila tiene caracteres nulos, que no son texto.".into(),
        remedy: "Vuelva a escribir la celda, o pida el archivo de nuevo: pudo dañarse al copiarlo.".into(),
    }
}

#[cfg(test)]
mod tests {
    use goreos_domain::Charset;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn most_rows_are_plain() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("source");
        std::fs::write(&file, "Peña;\"1\";\n").expect("a file");
        let mut rows = Rows::new(Text::open(&file, Charset::UTF_8).expect("a file"), Splitting::by(b';'), false);
        assert_eq!(rows.advance(Some(3)).expect("a row"), Some(1));
        assert_eq!(rows.plain(3), Some(("Peña1", &[5, 6, 6][..])));
        assert_eq!(rows.plain(4), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_plain_row_is_the_row_there_is(
            cells in proptest::collection::vec(
                prop_oneof![
                    8 => "[a-zñ0-9 ]{0,6}".prop_map(String::into_bytes),
                    1 => proptest::sample::select(vec![&b"\xef\xbb\xbfa"[..], b"\xf1", b"a\0", b"\"b;c\"", b"\"", b"\xc3\x83\xc2\xb1", b"\xc3"]).prop_map(<[u8]>::to_vec),
                ], 3..40,
            ),
            mend: bool, latin: bool,
        ) {
            let lines: Vec<Vec<u8>> = cells.chunks(3).map(|row| row.join(&b';')).collect();
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("source");
            std::fs::write(&file, lines.join(&b'\n')).expect("a file");
            let charset = if latin { Charset::WINDOWS_1252 } else { Charset::UTF_8 };
            let mut rows = Rows::new(Text::open(&file, charset).expect("a file"), Splitting::by(b';'), mend);
            while rows.advance(Some(3)).expect("short rows").is_some() {
                let Some((text, ends)) = rows.plain(3) else { continue };
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let found: Vec<&str> = starts.zip(ends).map(|(start, end)| &text[start..*end]).collect();
                let (cells, defect) = rows.cells();
                prop_assert_eq!((found, None), (cells.iter().map(AsRef::as_ref).collect(), defect));
            }
        }
    }
}
