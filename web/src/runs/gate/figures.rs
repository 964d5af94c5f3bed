//! A figure by comuna, before and after: a map and a table.

use goreos_db::read::ComunaOutline;
use goreos_domain::gate::{ComunaFigure, Indicator, Outcome};
use goreos_domain::{Cut, MoneyUnit};
use goreos_drawing::{Caption, Classes, LegendEntry, Medium, legend, micro_bar};

use super::headline::{is_over, limit};
use super::{Compared, writer};
use crate::map::{self, Shade};
use crate::page::Svg;
use crate::runs::comuna_name;
use crate::shell::Shell;
use crate::words::{counted, rough, signed, whole};

/// What is told of a comuna whose figure stays.
const SAME: &str = "sin cambio";

/// A figure of a derived dataset.
#[derive(Debug, Clone)]
pub struct FigurePart {
    /// Prefix of the ids inside.
    pub id: String,
    /// `Monto FNDR`
    pub title: String,
    /// `Inversión por comuna, año y tipología`
    pub dataset: String,
    /// Something changes, in a comuna or in the total.
    pub changes: bool,
    /// Shown at once, not on demand.
    pub open: bool,
    /// `18 de 21 comunas cambian; 3 más de 25 %`
    pub words: String,
    /// `M$`, or empty for counts.
    pub unit: &'static str,
    pub total: Compared,
    pub rows: Vec<FigureRow>,
    /// None when the edition holds no comunas to draw.
    pub map: Option<Svg>,
    pub legend: Vec<LegendEntry>,
    /// Why the total changes by another amount than the comunas together.
    pub note: Option<String>,
}

/// A comuna whose figure changes.
#[derive(Debug, Clone)]
pub struct FigureRow {
    pub cut: String,
    pub name: String,
    pub href: String,
    /// To the last unit, before and after; nothing counts as zero.
    pub exact: (i128, i128),
    pub compared: Compared,
    pub meter: Svg,
    /// Beyond the contract's limit.
    pub over: bool,
}

impl FigurePart {
    /// The figure at `place` of the outcome.
    pub fn new(
        shell: &Shell,
        indicator: &Indicator,
        place: usize,
        outcome: &Outcome,
        outlines: &[ComunaOutline],
    ) -> Self {
        let (write, unit) = writer(indicator.unit);
        let limit = limit(outcome);
        let mut changed: Vec<&ComunaFigure> = indicator.comunas.iter().filter(|comuna| comuna.delta() != 0).collect();
        changed.sort_by(|a, b| b.delta().abs().cmp(&a.delta().abs()).then_with(|| a.cut.cmp(&b.cut)));
        let deltas = || changed.iter().map(|comuna| rough(comuna.delta()));
        let scale = (deltas().fold(0.0, f64::min), deltas().fold(0.0, f64::max));
        let over = |comuna: &ComunaFigure| limit.as_ref().is_some_and(|(limit, _)| is_over(comuna, *limit));
        let rows: Vec<FigureRow> = changed
            .iter()
            .map(|comuna| FigureRow {
                cut: comuna.cut.clone(),
                name: comuna_name(&comuna.cut),
                href: shell.link(&format!("/comunas/{}", comuna.cut)),
                exact: (comuna.before.unwrap_or(0), comuna.after.unwrap_or(0)),
                compared: Compared::new(comuna.before, comuna.after, write),
                meter: Svg::drawn(micro_bar(rough(comuna.delta()), scale, Medium::Page)),
                over: over(comuna),
            })
            .collect();
        let many = rows.iter().filter(|row| row.over).count();
        let id = format!("cifra-{place}");
        let (map, legend) = drawn(&id, shell, indicator, outlines).unzip();
        let of_comunas: i128 = changed.iter().map(|comuna| comuna.delta()).sum();
        let of_all = indicator.after.unwrap_or(0) - indicator.before.unwrap_or(0);
        Self {
            changes: !rows.is_empty() || of_all != 0,
            open: false,
            words: words(rows.len(), outlines.len(), limit.filter(|_| many > 0).map(|(_, text)| (many, text))),
            title: indicator.figure.clone(),
            dataset: indicator.title.clone(),
            unit,
            total: Compared::new(indicator.before, indicator.after, write),
            rows,
            map,
            legend: legend.unwrap_or_default(),
            note: (of_all != of_comunas).then(|| rest(of_all - of_comunas, write, unit)),
            id,
        }
    }
}

fn words(changed: usize, all: usize, over: Option<(usize, String)>) -> String {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let verb = if changed == 1 { "cambia" } else { "cambian" };
    let comunas = match (changed, all) {
        (0, _) => "Ninguna comuna cambia por sí sola".to_owned(),
        (changed, 0) => format!("{} {verb}", counted(number(changed), "comuna", "comunas")),
        (changed, all) => format!("{changed} de {} {verb}", counted(number(all), "comuna", "comunas")),
    };
    match over {
        Some((many, limit)) => format!("{comunas}; {many} más de {limit}"),
        None => comunas,
    }
}

/// What is not of a single comuna is never shared out.
fn rest(difference: i128, write: fn(i128) -> String, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!("{unit} ") };
    format!(
        "Del total, {unit}{} no son de una sola comuna: corresponden a varias comunas, a una provincia o a la región.",
        signed(difference, write)
    )
}

fn drawn(
    id: &str,
    shell: &Shell,
    indicator: &Indicator,
    outlines: &[ComunaOutline],
) -> Option<(Svg, Vec<LegendEntry>)> {
    if outlines.is_empty() {
        return None;
    }
    let (write, unit) = writer(indicator.unit);
    let figure = |cut: &str| indicator.comunas.iter().find(|comuna| comuna.cut == cut);
    let delta = |cut: &str| figure(cut).map_or(0, ComunaFigure::delta);
    let shades: Vec<Shade> = outlines
        .iter()
        .map(|comuna| Shade {
            cut: comuna.cut.clone(),
            name: comuna.name.clone(),
            wkb: comuna.geometry.clone(),
            value: Some(rough(delta(&comuna.cut))),
            words: told(figure(&comuna.cut), write, unit),
            href: Some(shell.link(&format!("/comunas/{}", comuna.cut))).filter(|_| Cut::parse(&comuna.cut).is_ok()),
            selected: false,
        })
        .collect();
    let classes = Classes::differences(shades.iter().filter_map(|shade| shade.value));
    let title = format!("{}: diferencia por comuna", indicator.figure);
    let description = format!(
        "Las comunas de la región según cuánto cambia «{}» entre antes y después: las que bajan van achuradas en naranjo, las que suben en azul. La tabla que sigue dice las mismas cifras.",
        indicator.figure
    );
    let caption = Caption { id: &format!("{id}-mapa"), title: &title, description: &description };
    // A region whose boundaries cannot be drawn still has its table.
    let svg = map::draw(&shades, &classes, caption).ok()?;
    let bound = |value: f64| match (value == 0.0, indicator.unit) {
        (true, _) => SAME.to_owned(),
        (false, Some(MoneyUnit::Pesos)) => plus(value, whole(value / 1_000.0)),
        (false, _) => plus(value, whole(value)),
    };
    let mut entries = legend(&classes, bound, None);
    if shades.iter().all(|shade| shade.value != Some(0.0)) {
        entries.retain(|entry| entry.label != SAME);
    }
    for entry in &mut entries {
        // A dash between negative numbers would be one more sign.
        entry.label = entry.label.replace(" – ", " a ");
    }
    Some((svg, entries))
}

fn plus(value: f64, text: String) -> String {
    if value > 0.0 { format!("+{text}") } else { text }
}

fn told(figure: Option<&ComunaFigure>, write: fn(i128) -> String, unit: &str) -> String {
    match figure.filter(|figure| figure.delta() != 0) {
        None => SAME.into(),
        Some(figure) => {
            let compared = Compared::new(figure.before, figure.after, write);
            let unit = if unit.is_empty() { String::new() } else { format!("{unit} ") };
            format!("{unit}{} ({})", compared.difference, compared.share)
        }
    }
}
