//! The rows of the dataset that came, went, changed and moved: how many, some of them, and where.

use futures::TryStreamExt as _;
use goreos_db::difference::{self, Changed, Counts, Kind};
use goreos_db::{Connection, DbError};
use goreos_domain::gate::Outcome;
use goreos_domain::{Decimals, ReleaseId, decimal_es, integer_es};

use crate::difference::{ChangeMap, MOST_DRAWN, dot, map, sign};
use crate::page::Svg;
use crate::runs::detail::Loaded;
use crate::shell::Shell;

/// Rows of both releases together up to which they are compared while a page is made.
const MOST_COMPARED: i64 = 200_000;
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
    pub map: Option<ChangeMap>,
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

/// The first rows that differ, of a candidate small enough to be compared while a page is made.
pub async fn seen(connection: &mut Connection, outcome: &Outcome) -> Result<Vec<Changed>, DbError> {
    let rows = outcome.rows.before.unwrap_or(0).saturating_add(outcome.rows.after);
    let (Some(from), Some(to), Some(_)) = (outcome.from_release, outcome.to_release, outcome.features) else {
        return Ok(Vec::new());
    };
    if rows > MOST_COMPARED {
        return Ok(Vec::new());
    }
    let tolerance_m = difference::tolerance(&mut *connection, to).await?;
    let found: Result<Vec<Changed>, DbError> =
        match difference::rows(connection, from, to, tolerance_m, None, Some(MOST_DRAWN)).await {
            Ok(rows) => rows.try_collect().await,
            Err(error) => Err(error),
        };
    match found {
        // Decided meanwhile, and swept.
        Err(DbError::ReleaseGone(_)) => Ok(Vec::new()),
        found => found,
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
            href: Some(href),
        });
    };
    let goreos_domain::gate::Features { added, removed, changed, moved, same } = features;
    let counts = Counts { added, removed, changed, moved, same };
    let rows = loaded.gate.seen.as_slice();
    let dots: Vec<_> = rows.iter().filter_map(dot).collect();
    Some(FeaturesPart {
        kinds: Kind::ALL.into_iter().map(|kind| KindRow::new(kind, counts.of(kind))).collect(),
        same: if same == 1 { "1 sigue igual".into() } else { format!("{} siguen iguales", integer_es(same)) },
        examples: Kind::ALL
            .into_iter()
            .flat_map(|kind| rows.iter().filter(move |row| row.kind == kind).take(EXAMPLES))
            .map(ExampleRow::new)
            .collect(),
        map: map(&dots, counts.differing(), &loaded.outlines),
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
