//! Refused rows that come back mended.
//!
//! On a run's page the refused rows are downloaded as CSV or XLSX; somebody corrects cells in a spreadsheet and sends the file back. The
//! web keeps it under its hash, writes it down in `mends` and asks for a run of the *source file* (`source_sha`, as `goreos ingest
//! CONJUNTO ARCHIVO` does, and `mend`, the number of the mend). From then on every run that reads that source file, whoever asks for it,
//! reads it with all its mends in the order received; `releases.mends` names them, so that the same bytes with the same mends are
//! *unchanged*.
//!
//! What the mended file is:
//! - CSV in any dialect and encoding, XLSX or ODS: Excel may have written it back as it likes. Column names stand in the first row.
//! - A column `fila`: the row of the source file. Only rows the run had refused are taken ([`crate::Mend::rows`]); others are passed over and
//!   counted (`mend_ignored`), so that a mended file cannot change a row that was good.
//! - The other columns have the names of the source file. One that is left out keeps its cells. Those that start with `▸` hold the
//!   reasons, for people, and are passed over.
//! - One apostrophe before `=`, `+`, `-`, `@` or a tab is the download's shield against formulas, and goes.
//!
//! What it does: before a batch is checked, the cells of a mended row stand in the place of the row's own, and whatever was wrong with
//! its structure (too few cells) is forgotten if a cell changed. Its geometry stays. The row keeps its number and is checked
//! like any other, so rows read = loaded + rejected counts rows of the source file as ever. `mended` counts rows in which a cell changed.
//!
//! Numbers: a number that a workbook holds as a number is written with the decimal mark of the source's column; text stays as it is.
//!
//! A mended file that cannot be used fails the run with a code that starts with `mend.`, and is forgotten (`goreos_db::mend::forget`), so
//! that it does not stand in the way of later loads.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use goreos_domain::{Contract, DecimalMark, ErrorCells, Fault, FileFormat, Place, Retry, Source, fold, integer_es};

use crate::child::Mend;
use crate::read::{Batch, Defect, Findings, Headers, read};

/// Most mended rows of a run. Who has more mends the source file itself.
const MOST_ROWS: usize = 100_000;
/// Most text of the mended rows of a file, which are in memory while the source file is read.
const MOST_BYTES: usize = 64 << 20;
/// The column that names the row of the source file.
const ROW: &str = "fila";
/// What the columns of reasons start with.
const REASON: char = '▸';

/// The mended rows of a source file.
#[derive(Debug, Default)]
pub(crate) struct Mends {
    files: Vec<Overlay>,
    ignored: i64,
    mended: i64,
}

/// One mended file.
#[derive(Debug, Default)]
struct Overlay {
    /// Its columns: name, and the decimal mark of their numbers where a workbook holds them as numbers.
    columns: Vec<(String, Option<DecimalMark>)>,
    /// By row of the source file.
    rows: HashMap<i64, Mended>,
    /// Where each column stands in the source file; known with its headers.
    places: Vec<usize>,
}

/// A mended row.
#[derive(Debug)]
struct Mended {
    /// In the order of the columns.
    cells: Vec<String>,
    /// What is wrong with the row in the mended file.
    defect: Option<Defect>,
}

impl Mends {
    /// Reads the mended files of a source file with these columns. `scratch` is a folder of ours.
    pub(crate) fn read(contract: &Contract, mends: &[Mend], scratch: &Path, headers: &Headers) -> Result<Self, Fault> {
        let mut found = Self::default();
        for (number, mend) in mends.iter().enumerate() {
            let scratch = scratch.join(format!("mend_{number}"));
            std::fs::create_dir(&scratch).map_err(|error| crate::internal(&error))?;
            let mut overlay = overlay(contract, mend, &scratch, headers, &mut found.ignored).map_err(named)?;
            overlay.locate(headers)?;
            found.files.push(overlay);
            if found.files.iter().map(|file| file.rows.len()).sum::<usize>() > MOST_ROWS {
                return Err(too_many());
            }
        }
        Ok(found)
    }

    /// Puts the mended cells of a batch in their places.
    pub(crate) fn overlay(&mut self, headers: &Headers, batch: &mut Batch) {
        if self.files.iter().all(|file| file.rows.is_empty()) {
            return;
        }
        // By row and column.
        let mut changed: HashMap<(usize, usize), String> = HashMap::new();
        for (row, source_row) in batch.source_rows.iter().enumerate() {
            let mut touched = false;
            for file in &self.files {
                let Some(mended) = file.rows.get(source_row) else { continue };
                if let Some(defect) = &mended.defect {
                    batch.defects[row] = Some(defect.clone());
                    continue;
                }
                for ((cell, place), (_, mark)) in mended.cells.iter().zip(&file.places).zip(&file.columns) {
                    let now = changed.get(&(row, *place)).map_or_else(|| batch.cell(*place, row), String::as_str);
                    let cell = if same(now, cell) { continue } else { rewritten(cell, *mark, headers.mark(*place)) };
                    if !same(now, &cell) {
                        changed.insert((row, *place), cell);
                        touched = true;
                    }
                }
            }
            if touched {
                batch.defects[row] = None;
                self.mended += 1;
            }
        }
        if !changed.is_empty() {
            batch.cells = batch.cells.with(&changed);
        }
    }

    pub(crate) fn note(&self, findings: &mut Findings) {
        if !self.files.is_empty() {
            findings.note("mended", self.mended);
            findings.note("mend_ignored", self.ignored);
        }
    }
}

impl Overlay {
    /// Finds its columns among those of the source file.
    fn locate(&mut self, headers: &Headers) -> Result<(), Fault> {
        let names = headers.names();
        let mut unknown = Vec::new();
        for (name, _) in &self.columns {
            match position(names, name) {
                Some(place) => self.places.push(place),
                None => unknown.push(format!("«{name}»")),
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        Err(Fault::give_up(
            "mend.headers",
            format!("El archivo corregido trae columnas que el archivo original no tiene: {}.", unknown.join(", ")),
            format!(
                "Descargue de nuevo las filas rechazadas y corrija solo celdas, sin cambiar los encabezados: {}.",
                names.join(", ")
            ),
        ))
    }
}

/// The mended rows that may be taken, and how many may not.
fn overlay(
    contract: &Contract,
    mend: &Mend,
    scratch: &Path,
    source: &Headers,
    ignored: &mut i64,
) -> Result<Overlay, Fault> {
    let mut wanted = mend.rows.clone();
    wanted.sort_unstable();
    let format = format(&mend.file)?;
    let contract = as_sent_back(contract, format, source);
    let mut overlay = Overlay::default();
    let mut taken: Vec<usize> = Vec::new();
    let mut row_place = None;
    let mut bytes = 0;
    read(&contract, &mend.file, scratch, &mut Findings::default(), &mut |headers, batch| {
        let row_place = if let Some(place) = row_place {
            place
        } else {
            let place = row_column(headers)?;
            taken = (0..headers.len()).filter(|p| *p != place && !headers.names()[*p].starts_with(REASON)).collect();
            let mark = |place| headers.mark(place).filter(|_| format.is_workbook());
            overlay.columns = taken.iter().map(|place| (headers.names()[*place].clone(), mark(*place))).collect();
            *row_place.insert(place)
        };
        for row in 0..batch.len() {
            let Some(source_row) = row_number(&batch, row_place, row)? else { continue };
            if wanted.binary_search(&source_row).is_err() {
                *ignored += 1;
                continue;
            }
            let cells: Vec<String> = taken.iter().map(|place| unshielded(batch.cell(*place, row)).to_owned()).collect();
            bytes += cells.iter().map(String::len).sum::<usize>();
            let defect = batch.defects[row].clone().map(of_the_mend);
            if overlay.rows.insert(source_row, Mended { cells, defect }).is_some() {
                return Err(repeated(source_row));
            }
            if overlay.rows.len() > MOST_ROWS || bytes > MOST_BYTES {
                return Err(too_many());
            }
        }
        Ok(())
    })?;
    Ok(overlay)
}

/// The contract under which the mended file is read: its rows are those of `contract`, its dialect is its own. A workbook's numbers are
/// written with the decimal mark of the source file, where all its columns agree on one.
fn as_sent_back(contract: &Contract, format: FileFormat, source: &Headers) -> Contract {
    let mut marks = (0..source.len()).filter_map(|place| source.mark(place));
    let first = marks.next();
    let agreed = first.filter(|first| format.is_workbook() && marks.all(|mark| mark == *first));
    let source = Source {
        path: String::new(),
        format,
        layer: None,
        sheet: None,
        range: None,
        encoding: None,
        delimiter: None,
        decimal: agreed,
        header_row: Some(1),
        null: Vec::new(),
        errors: ErrorCells::Null,
    };
    Contract { source: Some(source), place: Place::default(), ..contract.clone() }
}

/// What the file is, by its first bytes.
fn format(file: &Path) -> Result<FileFormat, Fault> {
    let mut head = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(128).read_to_end(&mut head))
        .map_err(|error| crate::internal(&error))?;
    Ok(if head.starts_with(b"PK\x03\x04") {
        let opendocument = b"mimetypeapplication/vnd.oasis";
        let is_ods = head.windows(opendocument.len()).any(|stretch| stretch == opendocument);
        if is_ods { FileFormat::Ods } else { FileFormat::Xlsx }
    } else if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        // A workbook of old, or one with a password: the reader of workbooks says which.
        FileFormat::Xlsx
    } else {
        FileFormat::Csv
    })
}

fn row_column(headers: &Headers) -> Result<usize, Fault> {
    headers.names().iter().position(|name| fold(name) == fold(ROW)).ok_or_else(|| {
        Fault::give_up(
            "mend.headers",
            format!("El archivo corregido no trae la columna «{ROW}», que dice qué fila corrige cada una."),
            "Descargue de nuevo las filas rechazadas, corrija las celdas y envíe ese archivo sin quitar columnas.",
        )
    })
}

/// The row of the source file; `None` for a row without one, such as those a spreadsheet leaves at the end.
fn row_number(batch: &Batch, place: usize, row: usize) -> Result<Option<i64>, Fault> {
    let text = batch.cell(place, row).trim();
    if text.is_empty() {
        return Ok(None);
    }
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\'')).collect();
    let number = digits.parse().ok().filter(|number| *number > 0 && digits.bytes().all(|b| b.is_ascii_digit()));
    number.map(Some).ok_or_else(|| {
        Fault::give_up(
            "mend.row",
            format!("«{text}» no es un número de fila del archivo original."),
            format!("Deje la columna «{ROW}» como se descargó."),
        )
        .at(format!("archivo corregido, fila {}", integer_es(batch.source_rows[row])))
    })
}

/// Where a column of the mended file stands in the source file.
fn position(names: &[String], name: &str) -> Option<usize> {
    names
        .iter()
        .position(|known| known == name)
        .or_else(|| names.iter().position(|known| fold(known) == fold(name)))
        // A source file with a column of that name has two of them in its download.
        .or_else(|| if name == "fila (2)" { names.iter().position(|known| known == ROW) } else { None })
}

/// Without the apostrophe that shields a cell from being a formula.
fn unshielded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        // As `defused` in web/src/runs/csv.rs.
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']) => {
            rest
        }
        _ => cell,
    }
}

/// A number a workbook or a typed column wrote with a point, as the source's column writes numbers.
fn rewritten(cell: &str, from: Option<DecimalMark>, to: Option<DecimalMark>) -> String {
    let number = !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    if from == Some(DecimalMark::Point) && to == Some(DecimalMark::Comma) && number && cell.matches('.').count() == 1 {
        cell.replace('.', ",")
    } else {
        cell.to_owned()
    }
}

/// The same cell, but for what a round trip through a spreadsheet does to white space.
fn same(one: &str, other: &str) -> bool {
    let words = |text: &str| text.replace('\0', "\u{fffd}").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    one == other || words(one) == words(other)
}

fn of_the_mend(defect: Defect) -> Defect {
    Defect { reason: format!("En el archivo corregido: {}", defect.reason), ..defect }
}

fn repeated(source_row: i64) -> Fault {
    Fault::give_up(
        "mend.repeated",
        format!("El archivo corregido trae dos veces la fila {}.", integer_es(source_row)),
        "Deje una sola, la corregida, y envíelo de nuevo.",
    )
}

fn too_many() -> Fault {
    Fault::give_up(
        "mend.too_large",
        format!(
            "Las correcciones suman más de {} filas, o de 64 MB.",
            integer_es(i64::try_from(MOST_ROWS).unwrap_or(i64::MAX))
        ),
        "Corrija el archivo original y cárguelo entero.",
    )
}

/// A fault of the mended file says so, whatever reader it comes from.
fn named(fault: Fault) -> Fault {
    if fault.retry == Retry::Later || fault.code.starts_with("mend.") || fault.code == "internal" {
        return fault;
    }
    let place =
        if fault.place.is_empty() { "archivo corregido".into() } else { format!("archivo corregido, {}", fault.place) };
    Fault::give_up("mend.unreadable", format!("El archivo corregido no se puede leer. {}", fault.what), fault.remedy)
        .at(place)
}

#[cfg(test)]
mod tests;
