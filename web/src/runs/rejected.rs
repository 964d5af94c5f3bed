//! The section of a run's page about its refused rows: why, which, where, and how they come back.

use goreos_db::read::{Cause, Mendable, Reason, Reject};
use goreos_domain::{Fault, RunId, cause_es, integer_es};
use goreos_drawing::{Caption, Dot, DotMap, Mark, Medium, Outline, Size, outline};

use super::detail::{Loaded, MOST_POINTS, PAGE_SIZE, RejectChoice};
use super::mend::{self, MAX_FILE_WORDS};
use super::sheet::Sheet;
use super::xlsx;
use crate::page::Svg;
use crate::query::Pager;
use crate::shell::Shell;
use crate::words::{counted, percent};

const MAP: Size = Size { width: 480.0, height: 420.0 };

/// The section.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// `47 filas rechazadas`; of the cause that was chosen when there is one.
    pub total: String,
    /// `47 de 2.361 filas leídas (2,0 %)`, when the run counted them.
    pub share: Option<String>,
    pub causes: Vec<CauseRow>,
    /// What the rows of the chosen cause have in common, and the list of all.
    pub chosen_cause: Option<(&'static str, String)>,
    pub rows: Vec<RejectRow>,
    pub pager: Pager,
    pub map: Option<RejectMap>,
    pub downloads: Downloads,
    pub mending: Mending,
}

/// Rejects with the same cause.
#[derive(Debug, Clone)]
pub struct CauseRow {
    pub href: String,
    pub rows: String,
    /// Of all refused rows.
    pub share: String,
    pub column: String,
    /// What all its rows have in common.
    pub title: &'static str,
    /// What the first of them was told.
    pub reason: String,
    pub remedy: String,
    pub samples: Vec<String>,
    /// Up to five, and a mark when there are more.
    pub first_rows: String,
    pub chosen: bool,
}

/// A refused row.
#[derive(Debug, Clone)]
pub struct RejectRow {
    pub source_row: String,
    pub reasons: Vec<ReasonRow>,
    pub raw: Vec<RawCell>,
}

/// Why a row was refused.
#[derive(Debug, Clone)]
pub struct ReasonRow {
    /// The file's header, or that the whole row is meant.
    pub header: String,
    /// The cell as it came; None when the whole row is meant.
    pub value: Option<String>,
    pub reason: String,
    pub remedy: String,
}

/// A cell of a refused row.
#[derive(Debug, Clone)]
pub struct RawCell {
    pub header: String,
    pub text: String,
    /// Why it was refused; empty when it was not.
    pub reasons: String,
}

/// Where refused rows lie.
#[derive(Debug, Clone)]
pub struct RejectMap {
    pub svg: Svg,
    pub note: String,
}

/// The rows as files.
#[derive(Debug, Clone)]
pub struct Downloads {
    pub csv: String,
    /// None when there are too many rows or columns for it.
    pub xlsx: Option<String>,
    /// What is too many.
    pub limit: String,
}

/// How the rows come back.
#[derive(Debug, Clone)]
pub struct Mending {
    /// Where the form goes; None when nothing here can be mended.
    pub action: Option<String>,
    pub limit: &'static str,
    /// Why nothing can be mended.
    pub closed: Option<Fault>,
    /// What no spreadsheet can mend, when there is such.
    pub by_shape: Option<String>,
}

/// The section; None when nothing was refused.
pub fn build(shell: &Shell, loaded: &Loaded, choice: &RejectChoice) -> Option<Rejected> {
    let Loaded { run, causes, rejects, .. } = loaded;
    if rejects.total == 0 && choice.cause.is_none() {
        return None;
    }
    let id = run.line.id;
    let all = run.line.rows_rejected.filter(|_| choice.cause.is_some()).unwrap_or(rejects.total);
    let list = shell.link(&RejectChoice::default().address(id));
    let page = |number| {
        let choice = RejectChoice { number, cause: choice.cause.clone() };
        format!("{}#filas", shell.link(&choice.address(id)))
    };
    let headers = rejects.items.first().map(|reject| reject.raw.iter().map(|(header, _)| header.clone()).collect());
    // Only where its columns stand is asked of it here.
    let sheet = Sheet::new(headers.unwrap_or_default(), &[]);
    Some(Rejected {
        total: counted(rejects.total, "fila rechazada", "filas rechazadas"),
        share: run.line.rows_read.zip(run.line.rows_rejected).filter(|(read, _)| *read > 0).map(|(read, rejected)| {
            format!(
                "{} de {} ({})",
                integer_es(rejected),
                counted(read, "fila leída", "filas leídas"),
                percent(rejected, read)
            )
        }),
        causes: causes.iter().map(|cause| CauseRow::new(shell, cause, choice, id, all)).collect(),
        chosen_cause: choice.cause.as_ref().map(|cause| (cause_es(cause), format!("{list}#filas"))),
        rows: rejects.items.iter().map(|reject| RejectRow::new(&sheet, reject)).collect(),
        pager: Pager::new(choice.number, PAGE_SIZE, rejects.total, page),
        map: map(loaded),
        downloads: Downloads {
            csv: format!("/ejecuciones/{id}/rechazos.csv"),
            xlsx: xlsx::is_offered(all, sheet.headers()).then(|| format!("/ejecuciones/{id}/rechazos.xlsx")),
            limit: format!("{} filas y {} columnas", integer_es(xlsx::MAX_ROWS), integer_es(1_000)),
        },
        mending: mending(shell, loaded),
    })
}

impl CauseRow {
    fn new(shell: &Shell, cause: &Cause, choice: &RejectChoice, run: RunId, all: i64) -> Self {
        let link = RejectChoice { number: 1, cause: Some(cause.code.clone()) }.address(run);
        let mut first_rows = cause.first_rows.iter().map(|row| integer_es(*row)).collect::<Vec<_>>().join(", ");
        if usize::try_from(cause.rows).is_ok_and(|rows| rows > cause.first_rows.len()) {
            first_rows.push('…');
        }
        Self {
            href: format!("{}#filas", shell.link(&link)),
            rows: integer_es(cause.rows),
            share: percent(cause.rows, all),
            column: named(cause.header.as_deref(), cause.column.as_deref()),
            title: cause_es(&cause.code),
            reason: cause.reason.clone(),
            remedy: cause.remedy.clone(),
            samples: cause.samples.iter().map(|sample| quoted(sample)).collect(),
            first_rows,
            chosen: choice.cause.as_ref() == Some(&cause.code),
        }
    }
}

impl RejectRow {
    fn new(sheet: &Sheet, reject: &Reject) -> Self {
        let mut raw: Vec<RawCell> = reject
            .raw
            .iter()
            .map(|(header, text)| RawCell { header: header.clone(), text: text.clone(), reasons: String::new() })
            .collect();
        let mut reasons = Vec::new();
        for reason in &reject.reasons {
            let place = sheet.place(reason.header.as_deref(), reason.column.as_deref());
            if let Some(cell) = place.and_then(|place| raw.get_mut(place)) {
                if !cell.reasons.is_empty() {
                    cell.reasons.push(' ');
                }
                cell.reasons.push_str(&reason.reason);
                reasons.push(ReasonRow::of_cell(cell, reason));
            } else {
                reasons.push(ReasonRow::of_row(reason));
            }
        }
        Self { source_row: integer_es(reject.source_row), reasons, raw }
    }
}

impl ReasonRow {
    fn of_cell(cell: &RawCell, reason: &Reason) -> Self {
        Self {
            header: cell.header.clone(),
            value: Some(quoted(&cell.text)),
            reason: reason.reason.clone(),
            remedy: reason.remedy.clone(),
        }
    }

    /// Also for a cell whose column cannot be found among the headers.
    fn of_row(reason: &Reason) -> Self {
        let value = reason.value.as_deref().filter(|value| !value.is_empty());
        Self {
            header: named(reason.header.as_deref(), reason.column.as_deref()),
            value: value.map(quoted),
            reason: reason.reason.clone(),
            remedy: reason.remedy.clone(),
        }
    }
}

fn named(header: Option<&str>, column: Option<&str>) -> String {
    header.or(column).filter(|name| !name.is_empty()).unwrap_or("toda la fila").to_owned()
}

fn quoted(sample: &str) -> String {
    if sample.is_empty() { "(vacía)".into() } else { format!("«{sample}»") }
}

fn map(loaded: &Loaded) -> Option<RejectMap> {
    let outlines: Vec<Outline> = loaded
        .outlines
        .iter()
        // A map that lacks a comuna still says where the others are.
        .filter_map(|comuna| Some(Outline { name: comuna.name.clone(), geometry: outline(&comuna.geometry).ok()? }))
        .collect();
    if outlines.is_empty() || loaded.points.is_empty() {
        return None;
    }
    let dots: Vec<Dot> = loaded
        .points
        .iter()
        .map(|point| Dot {
            lon: point.lon,
            lat: point.lat,
            title: format!("Fila {}", integer_es(point.source_row)),
            mark: Mark::Plain,
        })
        .collect();
    let caption = Caption {
        id: "mapa-rechazos",
        title: "Dónde están las filas rechazadas",
        description: "Las comunas de la región con un punto por cada fila rechazada que trae una ubicación legible; un punto mayor reúne varias.",
    };
    let map = DotMap { caption, outlines: &outlines, dots: &dots, size: MAP, empty: "Sin comunas que dibujar" };
    let (located, shown) =
        (i64::try_from(dots.len()).unwrap_or(i64::MAX), i64::try_from(map.shown()).unwrap_or(i64::MAX));
    let note = format!(
        "{} con ubicación legible; un punto mayor reúne varias.{}{}",
        counted(located, "fila rechazada", "filas rechazadas"),
        if located == MOST_POINTS { " Son las primeras del archivo; puede haber más." } else { "" },
        if located > shown { beyond(located - shown) } else { String::new() },
    );
    Some(RejectMap { svg: Svg::drawn(map.svg(Medium::Page)), note })
}

fn beyond(rows: i64) -> String {
    let rows = counted(rows, "queda fuera de la región y no se ve", "quedan fuera de la región y no se ven");
    format!(" {rows}: revise si la latitud y la longitud están cambiadas o si el sistema de coordenadas es otro.")
}

fn mending(shell: &Shell, loaded: &Loaded) -> Mending {
    let of_shape = |cause: &&Cause| {
        let about = ["geometry.", "place."].iter().any(|family| cause.code.starts_with(family));
        loaded.has_geometry && about && cause.header.is_none() && cause.column.is_none()
    };
    let by_shape = loaded.causes.iter().filter(of_shape).count();
    let closed = match &loaded.mendable {
        Mendable::Yes(_) => None,
        other => Some(mend::refusal(other)),
    };
    let only_shapes = by_shape > 0 && by_shape == loaded.causes.len();
    let action = shell.link(&format!("/ejecuciones/{}/correccion", loaded.run.line.id));
    Mending {
        action: (closed.is_none() && !only_shapes).then_some(action),
        limit: MAX_FILE_WORDS,
        closed,
        by_shape: (by_shape > 0).then(|| {
            let which = if only_shapes { "Estas filas se rechazaron" } else { "Algunas filas se rechazaron" };
            format!(
                "{which} por su geometría, que no se corrige en una planilla: corríjala en QGIS sobre el archivo original y vuelva a cargarlo entero."
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reason_is_about_is_named_by_the_header_of_the_file() {
        assert_eq!(named(Some("MONTO FNDR"), Some("monto")), "MONTO FNDR");
        assert_eq!(
            [named(None, Some("monto")), named(None, None), named(Some(""), None)],
            ["monto", "toda la fila", "toda la fila"]
        );
    }
}
