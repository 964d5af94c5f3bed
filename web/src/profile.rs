//! `/comunas/{cut}`: what is known of one comuna.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use goreos_db::read::{self, Area, DashboardFilter, Initiative, Measure, Named, Profile, RowFilter, RowLevel};
use goreos_domain::{Cut, Decimals, Level, date_es, decimal_es, integer_es};
use goreos_drawing::{BarSeries, Caption, Classes, LegendEntry, Medium, Point, Size, legend, micro_bar};

use crate::boundary::PageError;
use crate::dashboard::Figure;
use crate::map::{self, Shade};
use crate::page::{Svg, html};
use crate::provenance::{Origin, Traced, Tracer};
use crate::shell::{Section, Shell, Sources};
use crate::state::AppState;
use crate::viewed::{Wanted, if_held};
use crate::words::{NOTHING, counted, drawn, or_nothing, thousands, whole};

/// The datasets a profile rests on, in the order they are named.
const DATASETS: [&str; 5] = ["inversion_comunal", "inversiones", "poblacion", "localidades", "comunas"];
const CLASSES: usize = 5;

/// The page.
#[derive(Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    pub shell: Shell,
    pub name: String,
    pub cut: String,
    /// None when the edition lacks a dataset; `missing` says which.
    pub body: Option<ProfileBody>,
    pub missing: String,
}

/// What the edition knows of the comuna.
#[derive(Debug, Clone)]
pub struct ProfileBody {
    pub province: String,
    pub province_href: String,
    /// The edition whose report the form asks for.
    pub edition: i64,
    pub figures: Vec<Figure>,
    pub rank: Option<RankWords>,
    pub map: Svg,
    pub legend: Vec<LegendEntry>,
    pub series: Svg,
    pub years: Vec<YearRow>,
    pub typologies: Vec<TypologyRow>,
    pub total: Traced,
    pub total_origin: Origin,
    pub total_initiatives: Traced,
    pub initiatives: Vec<InitiativeRow>,
    pub shared: Vec<InitiativeRow>,
    /// How many they are and their sum, also of those not listed.
    pub shared_total: Traced,
    pub settlements: Vec<SettlementRow>,
    pub neighbours: Vec<Link>,
    pub sources: Sources,
}

/// A place with its page.
#[derive(Debug, Clone)]
pub struct Link {
    pub name: String,
    pub href: String,
}

/// The comuna's place among those of the region, in the words before the links and the links to the tables that say so.
#[derive(Debug, Clone)]
pub struct RankWords {
    pub by_amount: Link,
    pub by_amount_per_inhabitant: Option<Link>,
}

/// A year of the comuna.
#[derive(Debug, Clone)]
pub struct YearRow {
    pub year: i32,
    pub amount: Traced,
    pub per_inhabitant: Traced,
    pub initiatives: Traced,
}

/// A typology of the comuna.
#[derive(Debug, Clone)]
pub struct TypologyRow {
    pub name: String,
    pub amount: Traced,
    pub share: Traced,
    pub initiatives: Traced,
    pub meter: Svg,
}

/// A row of the spreadsheet.
#[derive(Debug, Clone)]
pub struct InitiativeRow {
    pub code: String,
    pub name: String,
    pub typology: String,
    pub year: i32,
    pub state: String,
    pub certified: String,
    pub place: String,
    pub amount: Traced,
    pub source_row: String,
}

/// A town or village.
#[derive(Debug, Clone)]
pub struct SettlementRow {
    pub name: String,
    pub population: Traced,
    pub position: String,
}

/// The code in the address; one that is no comuna of Chile is a 404.
pub fn comuna_code(text: &str) -> Result<Cut, PageError> {
    let unknown = || PageError::NotFound(format!("No hay una comuna con el código «{text}»."));
    Cut::parse(text).ok().filter(|cut| cut.level() == Level::Comuna && cut.as_str() == text).ok_or_else(unknown)
}

/// `GET /comunas/{cut}`
pub async fn show(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(code): Path<String>,
) -> Result<Response, PageError> {
    let cut = comuna_code(&code)?;
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let shell = viewed.shell(&app, Section::Elsewhere).unpinned(format!("/comunas/{cut}"));
    let empty = |shell, missing| ProfilePage { shell, name: code.clone(), cut: code.clone(), body: None, missing };
    let Some(edition) = &viewed.edition else {
        return html(&empty(shell, String::new()), viewed.keep());
    };
    let profile = match if_held(read::profile(&mut connection, edition, &cut).await)? {
        Ok(profile) => profile.ok_or_else(|| {
            PageError::NotFound(format!("La edición {} no tiene una comuna con el código «{cut}».", edition.id))
        })?,
        Err(dataset) => return html(&empty(shell, dataset), viewed.keep()),
    };
    let areas = read::areas(&mut connection, edition, &profile.region.cut, &DashboardFilter::default()).await?;
    let sources = Sources::new(&read::sources(&mut connection, edition, &DATASETS).await?);
    let body = build(&shell, &profile, &areas, edition.id.0, sources)?;
    html(
        &ProfilePage { name: profile.comuna.name, cut: code, body: Some(body), missing: String::new(), shell },
        viewed.keep(),
    )
}

/// Builds what the template shows.
pub fn build(
    shell: &Shell,
    profile: &Profile,
    areas: &[Area],
    edition: i64,
    sources: Sources,
) -> Result<ProfileBody, PageError> {
    let classes = Classes::quantiles(areas.iter().filter_map(|area| area.value(Measure::Amount)), CLASSES);
    let shades: Vec<Shade> = areas.iter().map(|area| shade(shell, area, &profile.comuna)).collect();
    let title = format!("{} entre las comunas de la región", profile.comuna.name);
    let caption = Caption {
        id: "mapa",
        title: &title,
        description: "Inversión comunal acumulada; la comuna de esta ficha va con borde destacado.",
    };
    let province = shell.link(&format!("/tableros/inversion?provincia={}", profile.province.cut));
    let tracer = tracer(shell, profile);
    let total = thousands(profile.total.amount);
    Ok(ProfileBody {
        province: profile.province.name.clone(),
        province_href: province,
        edition,
        figures: figures(profile, &tracer),
        rank: rank(shell, profile),
        map: map::draw(&shades, &classes, caption)?,
        legend: legend(&classes, |value| whole(value / 1e3), None),
        series: series(profile),
        years: profile.by_year.iter().rev().map(|year| year_row(year, &tracer)).collect(),
        typologies: typologies(profile, &tracer),
        total_origin: tracer.origin("monto", format!("M$ {total}"), "inversión comunal, todos los años"),
        total: tracer.number("monto", total, "monto de todos los años"),
        total_initiatives: tracer.number(
            "iniciativas",
            integer_es(profile.total.initiatives),
            "iniciativas de todos los años",
        ),
        initiatives: profile.initiatives.iter().map(|row| initiative_row(row, &tracer)).collect(),
        shared: profile.shared.iter().map(|row| initiative_row(row, &tracer)).collect(),
        shared_total: shared_total(profile, &tracer),
        settlements: profile.settlements.iter().map(|row| settlement_row(row, &tracer)).collect(),
        neighbours: profile.neighbours.iter().map(|n| link(shell, n)).collect(),
        sources,
    })
}

/// Links to the figures of what is placed in the comuna alone.
fn tracer(shell: &Shell, profile: &Profile) -> Tracer {
    let rows = RowFilter {
        level: Some(RowLevel::Comuna),
        territories: vec![profile.comuna.cut.clone()],
        ..RowFilter::default()
    };
    Tracer::new(shell, "inversion_comunal", rows)
}

/// What names the comuna together with others.
fn shared_total(profile: &Profile, tracer: &Tracer) -> Traced {
    let named =
        RowFilter { level: Some(RowLevel::Multi), names: Some(profile.comuna.cut.clone()), ..RowFilter::default() };
    let value = format!("M$ {}", thousands(profile.shared_total.amount));
    let what = counted(profile.shared_total.initiatives, "iniciativa compartida", "iniciativas compartidas");
    tracer.of("inversiones", named).number("monto", value, what)
}

fn link(shell: &Shell, place: &Named) -> Link {
    Link { name: place.name.clone(), href: shell.link(&format!("/comunas/{}", place.cut)) }
}

fn shade(shell: &Shell, area: &Area, chosen: &Named) -> Shade {
    Shade {
        cut: area.cut.to_string(),
        name: area.name.clone(),
        wkb: area.geometry.clone(),
        value: area.value(Measure::Amount),
        words: format!("M$ {}", thousands(area.amount)),
        href: Some(shell.link(&format!("/comunas/{}", area.cut))),
        selected: area.cut == chosen.cut,
    }
}

fn figures(profile: &Profile, tracer: &Tracer) -> Vec<Figure> {
    let place = || RowFilter {
        level: Some(RowLevel::Comuna),
        territories: vec![profile.comuna.cut.clone()],
        ..RowFilter::default()
    };
    let people = or_nothing(profile.population, |p| integer_es(p.inhabitants));
    let area = format!("{} km²", decimal_es(profile.area_km2, Decimals(0)));
    let each = or_nothing(profile.amount_per_inhabitant, |pesos| format!("$ {}", whole(pesos)));
    vec![
        Figure::new(&tracer.of("poblacion", place()), "habitantes", people, population_label(profile)),
        Figure::new(&tracer.of("comunas", place()), "superficie", area, "superficie"),
        Figure::new(tracer, "por_habitante", each, "por habitante, todos los años"),
        Figure::new(tracer, "iniciativas", integer_es(profile.total.initiatives), "iniciativas"),
    ]
}

fn population_label(profile: &Profile) -> &'static str {
    match profile.population.map(|population| population.year) {
        Some(2017) => "habitantes, Censo 2017",
        Some(2024) => "habitantes, Censo 2024",
        _ => "habitantes",
    }
}

fn rank(shell: &Shell, profile: &Profile) -> Option<RankWords> {
    let rank = profile.rank?;
    let table = format!("/tableros/inversion?anio={}", rank.year);
    Some(RankWords {
        by_amount: Link {
            name: format!("en {}, {}.ª de {} comunas por monto", rank.year, rank.by_amount, rank.of),
            href: shell.link(&table),
        },
        by_amount_per_inhabitant: rank.by_amount_per_inhabitant.map(|place| Link {
            name: format!("{place}.ª por habitante"),
            href: shell.link(&format!("{table}&medida=por_habitante")),
        }),
    })
}

fn series(profile: &Profile) -> Svg {
    let points: Vec<Point> = profile
        .by_year
        .iter()
        .map(|year| Point {
            label: year.year.to_string(),
            value: Some(drawn(year.amount) / 1e3),
            formatted: thousands(year.amount),
            href: None,
            selected: false,
        })
        .collect();
    let title = format!("Inversión por año en {}", profile.comuna.name);
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
        empty: "Sin inversión comunal registrada",
    };
    Svg::drawn(chart.svg(Medium::Page))
}

fn year_row(year: &read::YearAmount, tracer: &Tracer) -> YearRow {
    let number = year.year;
    let own = tracer.with(|filter| filter.year = Some(number));
    let each = or_nothing(year.amount_per_inhabitant, whole);
    YearRow {
        year: number,
        amount: own.number("monto", thousands(year.amount), format!("monto de {number}")),
        per_inhabitant: own.number("por_habitante", each, format!("por habitante en {number}")),
        initiatives: own.number("iniciativas", integer_es(year.initiatives), format!("iniciativas de {number}")),
    }
}

fn typologies(profile: &Profile, tracer: &Tracer) -> Vec<TypologyRow> {
    let total = drawn(profile.total.amount);
    let greatest = profile.by_typology.iter().map(|row| drawn(row.amount)).fold(0.0, f64::max);
    let row = |row: &read::TypologyAmount| {
        let own = tracer.with(|filter| filter.typology = Some(row.typology.clone()));
        let share = if total > 0.0 {
            format!("{} %", decimal_es(drawn(row.amount) / total * 100.0, Decimals(1)))
        } else {
            NOTHING.into()
        };
        let name = &row.typology;
        TypologyRow {
            amount: own.number("monto", thousands(row.amount), format!("monto de {name}")),
            share: own.number("parte", share, format!("parte de {name}")),
            initiatives: own.number("iniciativas", integer_es(row.initiatives), format!("iniciativas de {name}")),
            meter: Svg::drawn(micro_bar(drawn(row.amount), (0.0, greatest), Medium::Page)),
            name: name.clone(),
        }
    };
    profile.by_typology.iter().map(row).collect()
}

/// One row of a source file.
fn one(row: i64) -> RowFilter {
    RowFilter { row: Some(row), ..RowFilter::default() }
}

fn initiative_row(row: &Initiative, tracer: &Tracer) -> InitiativeRow {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| NOTHING.into());
    InitiativeRow {
        code: row.code.clone(),
        name: row.name.clone(),
        typology: text(&row.typology),
        year: row.year,
        state: text(&row.state),
        certified: or_nothing(row.certified_on, date_es),
        place: text(&row.place),
        amount: tracer.of("inversiones", one(row.source_row)).number(
            "monto",
            thousands(row.amount),
            format!("monto de {}", row.code),
        ),
        source_row: format!("fila {} del archivo", integer_es(row.source_row)),
    }
}

fn settlement_row(row: &read::Settlement, tracer: &Tracer) -> SettlementRow {
    SettlementRow {
        name: row.name.clone(),
        population: tracer.of("localidades", one(row.source_row)).number(
            "poblacion",
            or_nothing(row.population, integer_es),
            format!("habitantes de {}", row.name),
        ),
        position: format!("{}, {}", decimal_es(row.lat, Decimals(4)), decimal_es(row.lon, Decimals(4))),
    }
}
