//! From read models to the printed ficha: what it says, in es-CL, drawn for paper.

use anyhow::Context;
use chrono_tz::America::Santiago;
use goreos_db::Edition;
use goreos_db::read::{Area, Initiative, Measure, Profile, Provenance};
use goreos_domain::{Decimals, date_es, decimal_es, integer_es};
use goreos_drawing::{BarSeries, Caption, Choropleth, Classes, Medium, PALETTE, Point, Size, outline};
use goreos_reports::{ComunaReport, Drawing, Figure, InitiativeRow, LegendClass, Source, Total, TypologyRow, YearRow};

/// The datasets the ficha rests on, in the order they are named.
pub(super) const DATASETS: [&str; 5] = ["inversion_comunal", "inversiones", "poblacion", "localidades", "comunas"];

const CLASSES: usize = 5;
const PRINT: Medium<'static> = Medium::Print { palette: &PALETTE, font_family: "Roboto" };
const NOTHING: &str = "–";

/// Composes the ficha.
pub(super) fn compose(
    edition: &Edition,
    profile: &Profile,
    areas: &[Area],
    sources: &[Provenance],
) -> anyhow::Result<ComunaReport> {
    Ok(ComunaReport {
        institution: format!("Gobierno Regional de {}", profile.region.name),
        comuna: profile.comuna.name.clone(),
        cut: profile.comuna.cut.clone(),
        provincia: format!("Provincia de {}", profile.province.name),
        region: format!("Región de {}", profile.region.name),
        edition: goreos_reports::Edition {
            number: edition.id,
            published: edition.created_at.with_timezone(&Santiago).date_naive(),
        },
        figures: figures(profile),
        map: map(profile, areas)?,
        series: series(profile),
        by_year: profile.by_year.iter().map(year_row).collect(),
        by_typology: typology_rows(profile),
        total: Total {
            initiatives: integer_es(profile.total.initiatives),
            amount: thousands(profile.total.amount),
            per_inhabitant: per_inhabitant(profile.amount_per_inhabitant),
        },
        initiatives: profile.initiatives.iter().map(initiative_row).collect(),
        sources: sources.iter().map(source).collect(),
        notes: notes(profile),
        example_data: sources.iter().any(|source| source.example),
    })
}

fn figures(profile: &Profile) -> Vec<Figure> {
    let figure = |label: &str, value: String, unit: &str, note: String| Figure {
        label: label.into(),
        value,
        unit: unit.into(),
        note,
    };
    let mut figures = Vec::new();
    if let Some(population) = profile.population {
        figures.push(figure(
            "Población",
            integer_es(population.inhabitants),
            "habitantes",
            format!("Censo {}", population.year),
        ));
    }
    figures.push(figure(
        "Superficie",
        decimal_es(profile.area_km2, Decimals(1)),
        "km²",
        "Del límite generalizado".into(),
    ));
    if let Some(latest) = profile.by_year.last() {
        figures.push(figure(
            &format!("Inversión {}", latest.year),
            thousands(latest.amount),
            "M$",
            format!("{} iniciativas", integer_es(latest.initiatives)),
        ));
    }
    figures.push(figure("Inversión del período", thousands(profile.total.amount), "M$", period(profile)));
    figures.push(figure(
        "Por habitante",
        per_inhabitant(profile.amount_per_inhabitant),
        "M$ por habitante",
        period(profile),
    ));
    if let Some(rank) = profile.rank {
        figures.push(figure(
            "Lugar en la región",
            format!("{}°", rank.by_amount),
            &format!("de {} comunas", rank.of),
            format!("Por monto, {}", rank.year),
        ));
    }
    figures
}

fn period(profile: &Profile) -> String {
    match (profile.by_year.first(), profile.by_year.last()) {
        (Some(first), Some(last)) if first.year != last.year => format!("{}–{}", first.year, last.year),
        (Some(only), _) => only.year.to_string(),
        _ => String::new(),
    }
}

fn map(profile: &Profile, areas: &[Area]) -> anyhow::Result<Drawing> {
    let classes = Classes::quantiles(areas.iter().filter_map(|area| area.value(Measure::Amount)), CLASSES);
    let drawn = areas.iter().map(|area| drawn(area, profile)).collect::<anyhow::Result<Vec<_>>>()?;
    let alt = format!(
        "Mapa de las comunas de la Región de {} según su inversión del período, con {} destacada.",
        profile.region.name, profile.comuna.name
    );
    let caption = Caption { id: "mapa", title: &profile.comuna.name, description: &alt };
    let size = Size { width: 360.0, height: 340.0 };
    let svg = Choropleth {
        caption,
        areas: &drawn,
        classes: &classes,
        size,
        label_size: Some(8.5),
        empty: "Sin comunas que dibujar",
    }
    .svg(PRINT);
    let legend = goreos_drawing::legend(&classes, |pesos| decimal_es(pesos / 1e3, Decimals(0)), None)
        .into_iter()
        .map(|entry| LegendClass { colour: colour(entry.class()), label: format!("M$ {}", entry.label) })
        .collect();
    Ok(Drawing { caption: format!("Inversión comunal acumulada, {}", period(profile)), alt, svg, legend })
}

/// The palette's colour of a legend class.
fn colour(class: &str) -> Option<String> {
    PALETTE
        .variables()
        .into_iter()
        .find(|(variable, _)| variable.strip_prefix("--") == Some(class))
        .map(|(_, colour)| colour.to_owned())
}

fn drawn(area: &Area, profile: &Profile) -> anyhow::Result<goreos_drawing::Area> {
    Ok(goreos_drawing::Area {
        code: area.cut.to_string(),
        name: area.name.clone(),
        geometry: outline(&area.geometry).with_context(|| format!("read the boundary of comuna {}", area.cut))?,
        value: area.value(Measure::Amount),
        formatted: format!("M$ {}", thousands(area.amount)),
        href: None,
        selected: area.cut == profile.comuna.cut,
    })
}

fn series(profile: &Profile) -> Drawing {
    let points: Vec<Point> = profile
        .by_year
        .iter()
        .map(|year| Point {
            label: year.year.to_string(),
            value: Some(in_thousands(year.amount)),
            formatted: thousands(year.amount),
            href: None,
            selected: false,
        })
        .collect();
    let alt = format!(
        "Columnas con la inversión anual en {} en miles de pesos; los montos están en la tabla «Por año».",
        profile.comuna.name
    );
    let caption = Caption { id: "serie", title: "Inversión por año", description: &alt };
    let tick = |value: f64| decimal_es(value, Decimals(0));
    let svg = BarSeries {
        caption,
        points: &points,
        unit: "M$",
        size: Size { width: 360.0, height: 245.0 },
        tick,
        empty: "Sin inversión registrada",
    }
    .svg(PRINT);
    Drawing { caption: "Inversión por año".into(), alt, svg, legend: Vec::new() }
}

fn year_row(year: &goreos_db::read::YearAmount) -> YearRow {
    YearRow {
        year: year.year.to_string(),
        initiatives: integer_es(year.initiatives),
        amount: thousands(year.amount),
        per_inhabitant: per_inhabitant(year.amount_per_inhabitant),
    }
}

fn typology_rows(profile: &Profile) -> Vec<TypologyRow> {
    let total = in_thousands(profile.total.amount);
    let row = |typology: &goreos_db::read::TypologyAmount| TypologyRow {
        typology: typology.typology.clone(),
        initiatives: integer_es(typology.initiatives),
        amount: thousands(typology.amount),
        share: if total > 0.0 {
            format!("{} %", decimal_es(in_thousands(typology.amount) * 100.0 / total, Decimals(1)))
        } else {
            NOTHING.into()
        },
    };
    profile.by_typology.iter().map(row).collect()
}

fn initiative_row(initiative: &Initiative) -> InitiativeRow {
    InitiativeRow {
        code: initiative.code.clone(),
        name: initiative.name.clone(),
        typology: initiative.typology.clone().unwrap_or_else(|| NOTHING.into()),
        year: initiative.year.to_string(),
        amount: thousands(initiative.amount),
    }
}

fn source(source: &Provenance) -> Source {
    Source {
        title: source.title.clone(),
        version: source.release.to_string(),
        received: source
            .source
            .as_ref()
            .map(|file| date_es(file.received_at.with_timezone(&Santiago).date_naive()))
            .unwrap_or_default(),
        source_file: source.source.as_ref().map(|file| file.sha256.chars().take(12).collect()).unwrap_or_default(),
        licence: source.licence.clone(),
        attribution: source.attribution.clone(),
        example: source.example,
    }
}

fn notes(profile: &Profile) -> Vec<String> {
    let mut notes = vec![
        "Solo se suman los montos asignados a esta comuna por sí sola. Los de la provincia, la región o varias comunas no se reparten.".to_owned(),
        "M$: miles de pesos nominales. Los montos por habitante usan la población del último censo publicado en la edición.".to_owned(),
    ];
    let shared = profile.shared_total;
    if shared.initiatives > 0 {
        notes.push(format!(
            "Iniciativas que nombran a esta comuna junto con otras: {}, por M$ {} en conjunto.",
            integer_es(shared.initiatives),
            thousands(shared.amount)
        ));
    }
    notes
}

/// `817390500` → `817.391`.
fn thousands(pesos: i64) -> String {
    goreos_domain::thousands_of_pesos(pesos).trim_start_matches("M$ ").to_owned()
}

fn per_inhabitant(pesos: Option<f64>) -> String {
    pesos.map_or_else(|| NOTHING.into(), |pesos| decimal_es(pesos / 1e3, Decimals(1)))
}

#[expect(clippy::cast_precision_loss, reason = "to draw and to show a share; the exact amounts are beside it")]
fn in_thousands(pesos: i64) -> f64 {
    pesos as f64 / 1e3
}
