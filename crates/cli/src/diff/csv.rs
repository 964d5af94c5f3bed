//! All rows that differ, as a file.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use futures::TryStreamExt as _;
use goreos_db::Connection;
use goreos_db::difference::{self, Cell, Changed, Compared};
use goreos_domain::{ReleaseId, defused};

use super::told;

/// UTF-8, comma, RFC 4180, as programs read it; what a spreadsheet would calculate is defused.
pub(super) async fn write(
    connection: &mut Connection,
    (from, to): (ReleaseId, ReleaseId),
    tolerance_m: f64,
    compared: &Compared,
    path: &Path,
) -> anyhow::Result<i64> {
    let file = std::fs::File::create(path).with_context(|| format!("write {}", path.display()))?;
    let mut out = BufWriter::new(file);
    let mut rows = difference::rows(connection, from, to, tolerance_m, None, None).await.map_err(told)?;
    let mut written = 0;
    let mut headed = false;
    while let Some(row) = rows.try_next().await? {
        if !headed {
            out.write_all(record(heading(&row)).as_bytes())?;
            headed = true;
        }
        out.write_all(record(cells(&row)).as_bytes())?;
        written += 1;
    }
    if !headed {
        let key = compared.key.iter().map(|column| column.name.clone());
        out.write_all(record(key.chain(["cambio".to_owned()]).collect()).as_bytes())?;
    }
    out.flush()?;
    Ok(written)
}

fn heading(row: &Changed) -> Vec<String> {
    let mut names: Vec<String> = row.key.iter().map(|(name, _)| name.clone()).collect();
    names.extend(["cambio".to_owned(), "distancia_m".to_owned()]);
    names.extend(
        row.cells.iter().flat_map(|cell| [format!("antes_{}", cell.column), format!("despues_{}", cell.column)]),
    );
    names
}

fn cells(row: &Changed) -> Vec<String> {
    let text = |value: &Option<String>| defused(value.as_deref().unwrap_or_default()).into_owned();
    let mut cells: Vec<String> = row.key.iter().map(|(_, value)| text(value)).collect();
    cells.push(row.kind.spanish().to_owned());
    cells.push(row.moved_m.map_or_else(String::new, |metres| format!("{metres:.2}")));
    cells.extend(row.cells.iter().flat_map(|Cell { before, after, .. }| [text(before), text(after)]));
    cells
}

fn record(cells: Vec<String>) -> String {
    let quoted = |cell: String| {
        if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    };
    let mut line = cells.into_iter().map(quoted).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}
