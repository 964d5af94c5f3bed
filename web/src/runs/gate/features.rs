//! The rows of the dataset that came, went, changed and moved: how many, some of them, and where.

use futures::TryStreamExt as _;
use goreos_db::difference::{self, Changed, Counts, Kind};
use goreos_db::{Connection, DbError};
use goreos_domain::gate::Outcome;
use goreos_domain::{Decimals, ReleaseId, decimal_es, integer_es};
use goreos_drawing::{Caption, Dot, DotMap, Medium, Outline, Size, outline};

use crate::difference::{dot, sign};
use crate::page::Svg;
use crate::runs::detail::Loaded;
use crate::shell::Shell;

const MAP: Size = Size { width: 480.0, height: 420.0 };
/// Rows of both releases together up to which they are compared while a page is made.
const MOST_COMPARED: i64 = 200_000;
/// Rows that differ looked at, at most.
const MOST_SEEN: u32 = 2_000;
/// Examples of each kind.
const EXAMPLES: usize = 5;
/// Columns told of an example.
const CELLS: usize = 4;
/// The longest value told, in characters.
const LONGEST: usize = 60;

/// Rows that differ.
#[derive(Debug, Clone)]
pub struct FeaturesPart {
    pub kinds: Vec<KindRow>,
    /// `1.402 siguen iguales`
    pub same: String,
    pub examples: Vec<ExampleRow>,
    pub map: Option<Svg>,
    /// What the map leaves out.
    pub map_note: String,
    /// The comparison of every row.
    pub href: Option<String>,
}

/// How many rows are of a kind.
#[derive(Debug, Clone)]
pub struct KindRow {
    pub sign: Svg,
    pub count: String,
    pub word: String,
}

/// A row that differs.
#[derive(Debug, Clone)]
pub struct ExampleRow {
    pub sign: Svg,
    pub word: &'static str,
    /// `0001-2019`
    pub key: String,
    /// `monto: 52.800.000 → 42.800.000`
    pub cells: Vec<String>,
}

/// Rows that differ, and how many more were not looked at.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub rows: Vec<Changed>,
    pub complete: bool,
}

/// The first rows that differ, of a candidate small enough to be compared while a page is made.
pub async fn seen(connection: &mut Connection, outcome: &Outcome) -> Result<Option<Seen>, DbError> {
    let rows = outcome.rows.before.unwrap_or(0).saturating_add(outcome.rows.after);
    let (Some(from), Some(to), Some(_)) = (outcome.from_release, outcome.to_release, outcome.features) else {
        return Ok(None);
    };
    if rows > MOST_COMPARED {
        return Ok(None);
    }
    let tolerance_m = difference::tolerance(&mut *connection, to).await?;
    let found: Result<Vec<Changed>, DbError> =
        match difference::rows(connection, from, to, tolerance_m, None, Some(MOST_SEEN)).await {
            Ok(rows) => rows.try_collect().await,
            Err(error) => Err(error),
        };
    match found {
        Ok(rows) => Ok(Some(Seen { complete: rows.len() < MOST_SEEN as usize, rows })),
        // Decided meanwhile, and swept.
        Err(DbError::ReleaseGone(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The page that compares two releases row by row.
pub fn address(shell: &Shell, from: ReleaseId, to: ReleaseId) -> String {
    shell.link(&format!("/versiones/{from}...{to}"))
}

/// The part; None when rows were not compared.
pub fn build(outcome: &Outcome, loaded: &Loaded, comparable: bool, shell: &Shell) -> Option<FeaturesPart> {
    let releases = outcome.from_release.zip(outcome.to_release).filter(|_| comparable);
    let href = releases.map(|(from, to)| address(shell, from, to));
    let Some(features) = outcome.features else {
        return href.map(|href| FeaturesPart {
            kinds: Vec::new(),
            same: String::new(),
            examples: Vec::new(),
            map: None,
            map_note: String::new(),
            href: Some(href),
        });
    };
    let goreos_domain::gate::Features { added, removed, changed, moved, same } = features;
    let counts = Counts { added, removed, changed, moved, same };
    let rows = loaded.gate.seen.as_ref().map(|seen| seen.rows.as_slice()).unwrap_or_default();
    let (map, map_note) = map(rows, loaded);
    Some(FeaturesPart {
        kinds: Kind::ALL.into_iter().map(|kind| KindRow::new(kind, counts.of(kind))).collect(),
        same: if same == 1 { "1 sigue igual".into() } else { format!("{} siguen iguales", integer_es(same)) },
        examples: Kind::ALL
            .into_iter()
            .flat_map(|kind| rows.iter().filter(move |row| row.kind == kind).take(EXAMPLES))
            .map(ExampleRow::new)
            .collect(),
        map,
        map_note,
        href,
    })
}

impl KindRow {
    fn new(kind: Kind, count: i64) -> Self {
        let plural = if count == 1 { "" } else { "s" };
        Self { sign: sign(kind), count: integer_es(count), word: format!("{}{plural}", kind.spanish()) }
    }
}

impl ExampleRow {
    fn new(row: &Changed) -> Self {
        let key: Vec<String> = row.key.iter().map(|(_, value)| shortened(value.as_deref())).collect();
        let mut cells: Vec<String> = row
            .cells
            .iter()
            .filter(|cell| row.kind == Kind::Changed && cell.differs())
            .map(|cell| {
                format!("{}: {} → {}", cell.column, shortened(cell.before.as_deref()), shortened(cell.after.as_deref()))
            })
            .collect();
        if let Some(left) = cells.len().checked_sub(CELLS).filter(|left| *left > 0) {
            cells.truncate(CELLS);
            cells.push(format!("y {left} más"));
        }
        cells.extend(row.moved_m.map(|metres| format!("se mueve {} m", decimal_es(metres, Decimals(1)))));
        if matches!(row.kind, Kind::Added | Kind::Removed) {
            let side = |cell: &difference::Cell| {
                if row.kind == Kind::Added { cell.after.clone() } else { cell.before.clone() }
            };
            let told = row
                .cells
                .iter()
                .filter_map(|cell| Some(format!("{}: {}", cell.column, shortened(side(cell).as_deref()?.into()))));
            cells = vec![told.take(CELLS).collect::<Vec<_>>().join(" · ")];
        }
        Self { sign: sign(row.kind), word: row.kind.spanish(), key: key.join(" · "), cells }
    }
}

fn shortened(value: Option<&str>) -> String {
    let value = value.unwrap_or("(vacío)");
    if value.chars().count() <= LONGEST {
        return value.to_owned();
    }
    let mut short: String = value.chars().take(LONGEST).collect();
    short.push('…');
    short
}

fn map(rows: &[Changed], loaded: &Loaded) -> (Option<Svg>, String) {
    let dots: Vec<Dot> = rows.iter().filter_map(dot).collect();
    let outlines: Vec<Outline> = loaded
        .outlines
        .iter()
        // A map that lacks a comuna still says where the others are.
        .filter_map(|comuna| Some(Outline { name: comuna.name.clone(), geometry: outline(&comuna.geometry).ok()? }))
        .collect();
    if dots.is_empty() || outlines.is_empty() {
        return (None, String::new());
    }
    let caption = Caption {
        id: "mapa-diferencias",
        title: "Dónde están las filas que difieren",
        description: "Las comunas de la región con un signo por cada fila que se agrega, se elimina, se modifica o se mueve; uno mayor reúne varias.",
    };
    let map = DotMap { caption, outlines: &outlines, dots: &dots, size: MAP, empty: "Sin comunas que dibujar" };
    let beyond = dots.len() - map.shown();
    let mut note = String::from("Un signo mayor reúne varias filas.");
    if beyond > 0 {
        note.push_str(&format!(" {beyond} quedan fuera de la región y no se ven."));
    }
    if loaded.gate.seen.as_ref().is_some_and(|seen| !seen.complete) {
        note.push_str(&format!(
            " Se muestran las primeras {}; la comparación completa las tiene todas.",
            integer_es(MOST_SEEN)
        ));
    }
    (Some(Svg::drawn(map.svg(Medium::Page))), note)
}
