//! From the read model to what the dashboard shows.

use goreos_db::read::{Amount, Area, Dashboard, LevelAmount, Measure, PlacedAt, RowFilter, RowLevel};
use goreos_domain::integer_es;
use goreos_drawing::{BarSeries, Caption, Classes, LegendEntry, Medium, Point, Size, legend, micro_bar};

use super::filter::{Filter, title};
use crate::boundary::PageError;
use crate::map::{self, Shade};
use crate::page::Svg;
use crate::provenance::{Origin, Traced, Tracer};
use crate::shell::{Shell, Sources};
use crate::words::{self, NOTHING, drawn, or_nothing, thousands, whole};

/// How many colours the map has.
const CLASSES: usize = 5;

/// Everything that changes with a filter.
#[derive(Debug, Clone)]
pub struct DashboardPart {
    /// `2024 · Provincia de Itata · todas las tipologías`
    pub scope: String,
    /// All levels together, in pesos.
    pub total_pesos: i64,
    pub total: String,
    /// The same to the peso.
    pub total_exact: String,
    pub total_origin: Origin,
    pub figures: Vec<Figure>,
    pub measure: &'static str,
    pub map: Svg,
    pub map_words: String,
    pub legend_title: String,
    pub legend: Vec<LegendEntry>,
    pub ranking: Vec<RankRow>,
    pub ranking_total: RankTotal,
    /// Of provinces and of the region.
    pub apart: Vec<ApartRow>,
    /// Of several comunas together, and their sum.
    pub groups: Vec<ApartRow>,
    pub groups_title: String,
    pub groups_total: RankTotal,
    pub apart_total: RankTotal,
    pub apart_left_out: i64,
    pub series: Svg,
    pub years: Vec<YearRow>,
    /// The address of the same filters over all years, when one is chosen.
    pub all_years: Option<String>,
    pub sources: Sources,
}

/// A number with its name.
#[derive(Debug, Clone)]
pub struct Figure {
    pub value: String,
    pub label: &'static str,
    pub origin: Origin,
}

impl Figure {
    /// A number that says where it comes from.
    pub fn new(tracer: &Tracer, measure: &str, value: String, label: &'static str) -> Self {
        Self { origin: tracer.origin(measure, value.clone(), label), value, label }
    }
}

/// A comuna of the ranking.
#[derive(Debug, Clone)]
pub struct RankRow {
    pub rank: String,
    pub name: String,
    pub href: String,
    pub amount: Traced,
    pub per_inhabitant: Traced,
    pub initiatives: Traced,
    pub meter: Svg,
}

/// The last line of a table.
#[derive(Debug, Clone)]
pub struct RankTotal {
    pub amount: Traced,
    pub initiatives: Traced,
}

/// An amount that stands beside the map.
#[derive(Debug, Clone)]
pub struct ApartRow {
    pub level: &'static str,
    pub name: String,
    pub amount: Traced,
    pub initiatives: Traced,
}

/// A year of the series.
#[derive(Debug, Clone)]
pub struct YearRow {
    pub year: i32,
    pub href: String,
    pub chosen: bool,
    pub comunal: Traced,
    pub apart: Traced,
    pub total: Traced,
    pub initiatives: Traced,
}

/// Builds the part.
pub fn build(shell: &Shell, data: &Dashboard, filter: &Filter, sources: Sources) -> Result<DashboardPart, PageError> {
    let measure = filter.measure;
    let tracer = tracer(shell, filter);
    let (comunal, multi) = (data.totals.comunal, data.totals.multi);
    let values = data.areas.iter().filter_map(|area| area.value(measure));
    let classes = Classes::quantiles(values, CLASSES);
    let has_gaps = data.areas.iter().any(|area| area.value(measure).is_none());
    let scope = scope(data, filter);
    let map_words = format!("{} por comuna, {scope}", title(measure));
    let shades: Vec<Shade> = data.areas.iter().map(|area| shade(shell, area, measure)).collect();
    let all = data.totals.all();
    Ok(DashboardPart {
        total_pesos: all.amount,
        total: thousands(all.amount),
        total_exact: format!("$ {}", integer_es(all.amount)),
        total_origin: tracer.origin("monto", format!("M$ {}", thousands(all.amount)), "inversión total"),
        figures: figures(data, &tracer),
        measure: title(measure),
        map: map::draw(
            &shades,
            &classes,
            Caption { id: "mapa", title: &map_words, description: &described(data, measure) },
        )?,
        map_words,
        legend_title: legend_title(measure),
        legend: legend(&classes, |value| short(value, measure), has_gaps.then_some("sin dato")),
        ranking: ranking(shell, data, measure, &tracer),
        ranking_total: total_row(&at(&tracer, RowLevel::Comuna), comunal, "suma comunal"),
        apart: data
            .others
            .iter()
            .filter(|row| row.level != PlacedAt::Multi)
            .map(|row| apart_row(row, &tracer))
            .collect(),
        groups_title: words::counted(count_groups(data), "grupo de comunas", "grupos de comunas"),
        groups: data
            .others
            .iter()
            .filter(|row| row.level == PlacedAt::Multi)
            .map(|row| apart_row(row, &tracer))
            .collect(),
        groups_total: total_row(&at(&tracer, RowLevel::Multi), multi, "varias comunas"),
        apart_total: total_row(&at(&tracer, RowLevel::Apart), apart(all, comunal), "suma no repartida"),
        apart_left_out: data.others_left_out,
        series: series(shell, data, filter, &scope),
        years: data.series.iter().rev().map(|year| year_row(shell, year, filter, &tracer)).collect(),
        all_years: filter.data.year.map(|_| filter.with_year(None).address(shell.pinned_number())),
        scope,
        sources,
    })
}

/// Links to the figures of this filter, in all levels.
fn tracer(shell: &Shell, filter: &Filter) -> Tracer {
    let rows = RowFilter {
        year: filter.data.year,
        typology: filter.data.typology.clone(),
        within: Some(filter.data.province.clone().unwrap_or_else(|| shell.site.region.clone())),
        ..RowFilter::default()
    };
    Tracer::new(shell, "inversion_comunal", rows)
}

/// Of one level only.
fn at(tracer: &Tracer, level: RowLevel) -> Tracer {
    tracer.with(|filter| filter.level = Some(level))
}

/// What is not placed in one comuna.
fn apart(all: Amount, comunal: Amount) -> Amount {
    Amount { amount: all.amount - comunal.amount, initiatives: all.initiatives - comunal.initiatives }
}

fn scope(data: &Dashboard, filter: &Filter) -> String {
    let year = filter.data.year.map_or_else(|| span(&data.series), |year| year.to_string());
    let province = match &filter.data.province {
        None => "toda la región".to_owned(),
        Some(cut) => match data.choices.provinces.iter().find(|province| province.cut == *cut) {
            Some(province) => format!("provincia de {}", province.name),
            None => format!("provincia {cut}"),
        },
    };
    let typology = filter
        .data
        .typology
        .as_ref()
        .map_or_else(|| "todas las tipologías".to_owned(), |name| format!("tipología {name}"));
    format!("{year} · {province} · {typology}")
}

fn span(series: &[goreos_db::read::YearTotals]) -> String {
    match (series.first(), series.last()) {
        (Some(first), Some(last)) if first.year != last.year => format!("{}–{}", first.year, last.year),
        (Some(only), _) => only.year.to_string(),
        _ => "todos los años".to_owned(),
    }
}

fn figures(data: &Dashboard, tracer: &Tracer) -> Vec<Figure> {
    let all = data.totals.all();
    let population: Option<i64> = data.areas.iter().map(|area| area.population).sum();
    let population = population.filter(|people| *people > 0);
    let with_money = data.areas.iter().filter(|area| area.amount > 0).count();
    let comunal = at(tracer, RowLevel::Comuna);
    let each =
        or_nothing(population, |people| format!("$ {}", whole(drawn(data.totals.comunal.amount) / drawn(people))));
    let not_shared = format!("M$ {}", thousands(all.amount - data.totals.comunal.amount));
    vec![
        Figure::new(tracer, "iniciativas", integer_es(all.initiatives), "iniciativas"),
        Figure::new(&comunal, "por_habitante", each, "por habitante, en montos comunales"),
        Figure::new(
            &comunal,
            "comunas",
            format!("{with_money} de {}", data.areas.len()),
            "comunas con inversión propia",
        ),
        Figure::new(&at(tracer, RowLevel::Apart), "monto", not_shared, "no repartidos entre comunas"),
    ]
}

fn shade(shell: &Shell, area: &Area, measure: Measure) -> Shade {
    Shade {
        cut: area.cut.to_string(),
        name: area.name.clone(),
        wkb: area.geometry.clone(),
        value: area.value(measure),
        words: or_nothing(area.value(measure), |value| in_words(value, measure)),
        href: Some(shell.link(&format!("/comunas/{}", area.cut))),
        selected: false,
    }
}

/// A value with its unit: `M$ 1.234`, `$ 56.789`, `12 iniciativas`.
fn in_words(value: f64, measure: Measure) -> String {
    match measure {
        Measure::Amount => format!("M$ {}", whole(value / 1e3)),
        Measure::AmountPerInhabitant => format!("$ {} por habitante", whole(value)),
        #[expect(clippy::cast_possible_truncation, reason = "a count")]
        Measure::Initiatives => words::counted(value as i64, "iniciativa", "iniciativas"),
    }
}

/// A value without its unit, which the legend's title says.
fn short(value: f64, measure: Measure) -> String {
    if measure == Measure::Amount { whole(value / 1e3) } else { whole(value) }
}

fn legend_title(measure: Measure) -> String {
    match measure {
        Measure::Amount => "Monto, en miles de pesos (M$)".into(),
        Measure::AmountPerInhabitant => "Pesos por habitante ($)".into(),
        Measure::Initiatives => "Número de iniciativas".into(),
    }
}

/// What the map says, for who cannot see it.
fn described(data: &Dashboard, measure: Measure) -> String {
    let ranking = data.ranking(measure);
    let told: Vec<String> = ranking
        .iter()
        .filter_map(|area| area.value(measure).map(|value| format!("{}, {}", area.name, in_words(value, measure))))
        .collect();
    match told.as_slice() {
        [] => "No hay datos para estos filtros.".into(),
        [only] => format!("{only}."),
        [first, .., last] => {
            format!("La mayor: {first}. La menor: {last}. La tabla siguiente trae las {} comunas.", ranking.len())
        }
    }
}

fn ranking(shell: &Shell, data: &Dashboard, measure: Measure, tracer: &Tracer) -> Vec<RankRow> {
    let ranked = data.ranking(measure);
    let scale = ranked
        .iter()
        .filter_map(|area| area.value(measure))
        .fold((0.0, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    ranked
        .into_iter()
        .enumerate()
        .map(|(index, area)| {
            let own = at(tracer, RowLevel::Comuna).with(|filter| {
                filter.within = None;
                filter.territories = vec![area.cut.clone()];
            });
            let each = or_nothing(area.amount_per_inhabitant, whole);
            RankRow {
                rank: or_nothing(area.value(measure), |_| (index + 1).to_string()),
                name: area.name.clone(),
                href: shell.link(&format!("/comunas/{}", area.cut)),
                amount: own.number("monto", thousands(area.amount), format!("monto de {}", area.name)),
                per_inhabitant: own.number("por_habitante", each, format!("por habitante de {}", area.name)),
                initiatives: own.number(
                    "iniciativas",
                    integer_es(area.initiatives),
                    format!("iniciativas de {}", area.name),
                ),
                meter: Svg::drawn(micro_bar(area.value(measure).unwrap_or_default(), scale, Medium::Page)),
            }
        })
        .collect()
}

fn total_row(tracer: &Tracer, total: Amount, what: &str) -> RankTotal {
    RankTotal {
        amount: tracer.number("monto", thousands(total.amount), format!("monto, {what}")),
        initiatives: tracer.number("iniciativas", integer_es(total.initiatives), format!("iniciativas, {what}")),
    }
}

fn apart_row(row: &LevelAmount, tracer: &Tracer) -> ApartRow {
    let (level, rows) = match row.level {
        PlacedAt::Comuna => ("Comunal", RowLevel::Comuna),
        PlacedAt::Provincia => ("Provincial", RowLevel::Provincia),
        PlacedAt::Region => ("Regional", RowLevel::Region),
        PlacedAt::Multi => ("Varias comunas", RowLevel::Multi),
    };
    let own = at(tracer, rows).with(|filter| {
        filter.within = None;
        filter.territories.clone_from(&row.cuts);
    });
    let name = if row.name.is_empty() { NOTHING.to_owned() } else { row.name.clone() };
    ApartRow {
        amount: own.number("monto", thousands(row.amount), format!("monto de {name}")),
        initiatives: own.number("iniciativas", integer_es(row.initiatives), format!("iniciativas de {name}")),
        level,
        name,
    }
}

/// Groups are the smallest amounts as a rule, so those left out are counted with them.
fn count_groups(data: &Dashboard) -> i64 {
    let listed = data.others.iter().filter(|row| row.level == PlacedAt::Multi).count();
    i64::try_from(listed).unwrap_or(i64::MAX).saturating_add(data.others_left_out)
}

fn series(shell: &Shell, data: &Dashboard, filter: &Filter, scope: &str) -> Svg {
    let points: Vec<Point> = data
        .series
        .iter()
        .map(|year| Point {
            label: year.year.to_string(),
            value: Some(drawn(year.totals.all().amount) / 1e3),
            formatted: thousands(year.totals.all().amount),
            href: Some(filter.with_year(Some(year.year)).address(shell.pinned_number())),
            selected: filter.data.year == Some(year.year),
        })
        .collect();
    let rest = scope.split_once(" · ").map_or(scope, |(_, rest)| rest);
    let title = format!("Inversión por año, {rest}");
    let chart = BarSeries {
        caption: Caption {
            id: "serie",
            title: &title,
            description: "Una columna por año; la tabla siguiente trae las cifras.",
        },
        points: &points,
        unit: "M$",
        size: Size { width: 640.0, height: 260.0 },
        tick: whole,
        empty: "Sin inversión con estos filtros",
    };
    Svg::drawn(chart.svg(Medium::Page))
}

fn year_row(shell: &Shell, year: &goreos_db::read::YearTotals, filter: &Filter, tracer: &Tracer) -> YearRow {
    let (all, number) = (year.totals.all(), year.year);
    let own = tracer.with(|filter| filter.year = Some(number));
    let (comunal, apart) = (at(&own, RowLevel::Comuna), at(&own, RowLevel::Apart));
    YearRow {
        year: year.year,
        href: filter.with_year(Some(year.year)).address(shell.pinned_number()),
        chosen: filter.data.year == Some(year.year),
        comunal: comunal.number("monto", thousands(year.totals.comunal.amount), format!("monto comunal de {number}")),
        apart: apart.number(
            "monto",
            thousands(all.amount - year.totals.comunal.amount),
            format!("monto no repartido de {number}"),
        ),
        total: own.number("monto", thousands(all.amount), format!("monto total de {number}")),
        initiatives: own.number("iniciativas", integer_es(all.initiatives), format!("iniciativas de {number}")),
    }
}
