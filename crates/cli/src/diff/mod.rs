//! `goreos diff`: what is not the same in two editions.

mod csv;

use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use goreos_db::difference::{self, Changed, Compared, Counts, FigureDelta, Kind};
use goreos_db::read::{self, HeldRelease};
use goreos_db::{Connection, DbError, Edition, Pool};
use goreos_domain::{Decimals, EditionId, Fault, ReleaseId, decimal_es, integer_es};
use serde::Serialize;
use serde_json::json;

use crate::print;

/// Rows and comunas shown to people.
const SHOWN: u32 = 20;
const COMUNAS: usize = 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Request {
    /// La edición de antes.
    before: i64,
    /// La edición de después.
    after: i64,
    /// Solo este conjunto; muestra también las primeras filas que cambian.
    dataset: Option<String>,
    /// Escribe en este archivo todas las filas que cambian (exige el conjunto).
    #[arg(long, requires = "dataset")]
    csv: Option<PathBuf>,
    /// Metros hasta los cuales una geometría cuenta como la misma, en vez de los del contrato.
    #[arg(long)]
    tolerance: Option<f64>,
}

/// A dataset whose releases are not the same.
#[derive(Debug, Serialize)]
struct Differing {
    dataset: String,
    title: String,
    before: Option<ReleaseId>,
    after: Option<ReleaseId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance_m: Option<f64>,
    /// None when one of the editions does not hold the dataset.
    counts: Option<Counts>,
    columns: Option<Compared>,
    figures: Vec<FigureDelta>,
}

pub(crate) async fn diff(pool: &Pool, request: &Request, as_json: bool) -> anyhow::Result<()> {
    if request.tolerance.is_some_and(|metres| !(metres.is_finite() && metres >= 0.0)) {
        return Err(Fault::give_up(
            "diff.bad_tolerance",
            "La tolerancia no es una distancia.",
            "Por ejemplo: --tolerance 0.5",
        )
        .into());
    }
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let before = edition(&mut connection, request.before).await?;
    let after = edition(&mut connection, request.after).await?;
    let titles = titles(&mut connection, &before, &after).await?;
    if let Some(dataset) = &request.dataset
        && !titles.iter().any(|(id, _)| id == dataset)
    {
        let known: Vec<&str> = titles.iter().map(|(id, _)| id.as_str()).collect();
        return Err(Fault::give_up(
            "diff.unknown_dataset",
            format!("Ni la edición {} ni la {} tienen el conjunto «{dataset}».", before.id, after.id),
            format!("Tienen: {}.", known.join(", ")),
        )
        .into());
    }
    let chosen = |id: &str| request.dataset.as_ref().is_none_or(|dataset| dataset == id);
    let mut differing = Vec::new();
    for (id, title) in titles.iter().filter(|(id, _)| chosen(id)) {
        let (from, to) = (before.release(id), after.release(id));
        if from != to {
            let compared = compare(&mut connection, (id, title), (from, to), request.tolerance).await?;
            differing.push(compared);
        }
    }
    if as_json {
        differing.iter().for_each(print::json);
    } else {
        tell(&before, &after, &differing);
    }
    if request.dataset.is_some()
        && let Some(one) = differing.first()
    {
        rows(&mut connection, one, request.csv.as_deref(), as_json).await?;
    }
    Ok(())
}

/// An edition whose tables are there.
async fn edition(connection: &mut Connection, number: i64) -> anyhow::Result<Edition> {
    let unknown = || {
        Fault::give_up(
            "edition.unknown",
            format!("No hay una edición {number}."),
            "Vea las que hay con: goreos editions",
        )
    };
    let edition = Edition::load(&mut *connection, EditionId(number)).await?.ok_or_else(unknown)?;
    Ok(edition)
}

/// Datasets of either edition in catalogue order, with their titles.
async fn titles(
    connection: &mut Connection,
    before: &Edition,
    after: &Edition,
) -> anyhow::Result<Vec<(String, String)>> {
    let mut titles: Vec<(String, String)> = Vec::new();
    for edition in [after, before] {
        for HeldRelease { provenance, .. } in read::held_releases(&mut *connection, edition.id).await? {
            if titles.iter().all(|(id, _)| id != provenance.dataset.as_str()) {
                titles.push((provenance.dataset.to_string(), provenance.title));
            }
        }
    }
    Ok(titles)
}

async fn compare(
    connection: &mut Connection,
    (dataset, title): (&str, &str),
    (before, after): (Option<ReleaseId>, Option<ReleaseId>),
    tolerance: Option<f64>,
) -> anyhow::Result<Differing> {
    let mut differing = Differing {
        dataset: dataset.to_owned(),
        title: title.to_owned(),
        before,
        after,
        tolerance_m: None,
        counts: None,
        columns: None,
        figures: Vec::new(),
    };
    if let (Some(from), Some(to)) = (before, after) {
        let tolerance_m = match tolerance {
            Some(metres) => metres,
            None => difference::tolerance(&mut *connection, to).await.map_err(told)?,
        };
        differing.columns = Some(difference::compared(&mut *connection, from, to).await.map_err(told)?);
        differing.counts = Some(difference::counts(&mut *connection, from, to, tolerance_m).await.map_err(told)?);
        differing.tolerance_m = Some(tolerance_m);
    }
    if let Some(to) = after {
        differing.figures = difference::figures(&mut *connection, before, to).await.map_err(told)?;
    }
    Ok(differing)
}

/// A release whose table was dropped, in words.
fn told(error: DbError) -> anyhow::Error {
    match error {
        DbError::ReleaseGone(release) => Fault::give_up(
            "edition.dropped",
            format!("La versión {release} ya no existe: su edición se retiró."),
            "Compare ediciones vigentes; vea cuáles con: goreos editions",
        )
        .into(),
        other => other.into(),
    }
}

fn tell(before: &Edition, after: &Edition, differing: &[Differing]) {
    if differing.is_empty() {
        print::line(&format!("Las ediciones {} y {} tienen los mismos datos.", before.id, after.id));
        return;
    }
    let headers = ["Conjunto", "Antes", "Después", "Agregadas", "Eliminadas", "Modificadas", "Movidas", "Iguales"];
    let rows: Vec<Vec<String>> = differing.iter().map(line).collect();
    print::table(&headers, &rows);
    for one in differing {
        columns(one);
        one.figures.iter().for_each(|figure| indicator(one, figure));
    }
}

fn line(one: &Differing) -> Vec<String> {
    let release = |release: Option<ReleaseId>| release.map_or_else(|| "–".to_owned(), |release| release.to_string());
    let mut cells = vec![one.dataset.clone(), release(one.before), release(one.after)];
    match &one.counts {
        Some(counts) => {
            cells.extend(Kind::ALL.map(|kind| integer_es(counts.of(kind))));
            cells.push(integer_es(counts.same));
        }
        None => cells.push(if one.before.is_none() { "conjunto nuevo".into() } else { "conjunto retirado".into() }),
    }
    cells
}

fn columns(one: &Differing) {
    let Some(compared) = &one.columns else { return };
    for (what, columns) in [("Columnas nuevas", &compared.came), ("Columnas que ya no están", &compared.went)] {
        if !columns.is_empty() {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            print::line(&format!("{what} en {}: {}.", one.dataset, names.join(", ")));
        }
    }
}

/// The comunas whose figure changes most.
fn indicator(one: &Differing, figure: &FigureDelta) {
    let mut comunas: Vec<_> = figure.comunas.iter().filter(|comuna| comuna.before != comuna.after).collect();
    let change = |before: Option<i128>, after: Option<i128>| after.unwrap_or(0) - before.unwrap_or(0);
    comunas.sort_by_key(|comuna| std::cmp::Reverse(change(comuna.before, comuna.after).unsigned_abs()));
    print::line("");
    print::line(&format!(
        "{}, {}: {} → {}; {}",
        one.title,
        figure.title,
        number(figure.before),
        number(figure.after),
        match comunas.len() {
            0 => "ninguna comuna cambia.".to_owned(),
            1 => "cambia una comuna.".to_owned(),
            many => format!("cambian {many} comunas."),
        }
    ));
    let rows: Vec<Vec<String>> = comunas
        .iter()
        .take(COMUNAS)
        .map(|comuna| {
            vec![
                comuna_name(&comuna.cut),
                number(comuna.before),
                number(comuna.after),
                number(Some(change(comuna.before, comuna.after))),
            ]
        })
        .collect();
    if !rows.is_empty() {
        print::table(&["Comuna", "Antes", "Después", "Diferencia"], &rows);
    }
}

fn number(value: Option<i128>) -> String {
    value.map_or_else(|| "–".to_owned(), integer_es)
}

fn comuna_name(code: &str) -> String {
    let known = goreos_domain::Cut::parse(code).ok().and_then(|cut| goreos_domain::Gazetteer::official().get(&cut));
    known.map_or_else(|| code.to_owned(), |territory| territory.name.clone())
}

/// The rows that differ: the first on the terminal, all of them as JSON or in a file.
async fn rows(connection: &mut Connection, one: &Differing, csv: Option<&Path>, as_json: bool) -> anyhow::Result<()> {
    let (Some(from), Some(to), Some(tolerance_m), Some(compared)) =
        (one.before, one.after, one.tolerance_m, &one.columns)
    else {
        return Ok(());
    };
    if let Some(path) = csv {
        let written = csv::write(connection, (from, to), tolerance_m, compared, path).await?;
        let text = format!("{} filas escritas en {}.", integer_es(written), path.display());
        print::json_or_line(as_json, &json!({ "ok": true, "rows": written, "file": path }), &text);
        return Ok(());
    }
    let limit = (!as_json).then_some(SHOWN);
    let mut rows = difference::rows(connection, from, to, tolerance_m, None, limit).await.map_err(told)?;
    let mut shown = Vec::new();
    while let Some(row) = rows.try_next().await? {
        if as_json {
            print::json(&row);
        } else {
            shown.push(shown_row(&row));
        }
    }
    if !shown.is_empty() {
        print::line("");
        print::table(&["Cambio", "Fila", "Columna: antes → después"], &shown);
        let all = one.counts.map_or(0, |counts| counts.differing());
        if all > i64::from(SHOWN) {
            print::line(&format!(
                "… y {} filas más: escríbalas todas con --csv ARCHIVO.",
                integer_es(all - i64::from(SHOWN))
            ));
        }
    }
    Ok(())
}

fn shown_row(row: &Changed) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let key: Vec<String> = row.key.iter().map(|(_, value)| text(value)).collect();
    let mut changes: Vec<String> = match row.kind {
        Kind::Added => {
            row.cells.iter().filter_map(|cell| Some(format!("{}: {}", cell.column, cell.after.as_ref()?))).collect()
        }
        Kind::Removed => {
            row.cells.iter().filter_map(|cell| Some(format!("{}: {}", cell.column, cell.before.as_ref()?))).collect()
        }
        Kind::Changed | Kind::Moved => row
            .cells
            .iter()
            .filter(|cell| cell.differs())
            .map(|cell| format!("{}: {} → {}", cell.column, text(&cell.before), text(&cell.after)))
            .collect(),
    };
    if let Some(metres) = row.moved_m {
        changes.push(format!("geometría: a {} m", decimal_es(metres, Decimals(1))));
    } else if row.kind == Kind::Moved {
        changes.push("geometría: otra".to_owned());
    }
    vec![row.kind.spanish().to_owned(), key.join(" / "), changes.join("; ")]
}
