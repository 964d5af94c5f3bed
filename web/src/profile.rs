//! `/comunas/{cut}`: what is known of one comuna.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use goreos_db::read::{self, Area, DashboardFilter, Initiative, Measure, Named, Profile};
use goreos_domain::{Cut, Decimals, Level, date_es, decimal_es, integer_es};
use goreos_drawing::{BarSeries, Caption, Classes, LegendEntry, Medium, Point, Size, legend, micro_bar};

use crate::boundary::PageError;
use crate::dashboard::Figure;
use crate::map::{self, Shade};
use crate::page::{Svg, html};
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
    pub rank: Option<String>,
    pub map: Svg,
    pub legend: Vec<LegendEntry>,
    pub series: Svg,
    pub years: Vec<YearRow>,
    pub typologies: Vec<TypologyRow>,
    pub total: String,
    pub total_initiatives: String,
    pub initiatives: Vec<InitiativeRow>,
    pub shared: Vec<InitiativeRow>,
    /// How many they are and their sum, also of those not listed.
    pub shared_total: String,
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

/// A year of the comuna.
#[derive(Debug, Clone)]
pub struct YearRow {
    pub year: i32,
    pub amount: String,
    pub per_inhabitant: String,
    pub initiatives: String,
}

/// A typology of the comuna.
#[derive(Debug, Clone)]
pub struct TypologyRow {
    pub name: String,
    pub amount: String,
    pub share: String,
    pub initiatives: String,
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
    pub amount: String,
    pub source_row: String,
}

/// A town or village.
#[derive(Debug, Clone)]
pub struct SettlementRow {
    pub name: String,
    pub population: String,
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
    Ok(ProfileBody {
        province: profile.province.name.clone(),
        province_href: province,
        edition,
        figures: figures(profile),
        rank: rank(profile),
        map: map::draw(&shades, &classes, caption)?,
        legend: legend(&classes, |value| whole(value / 1e3), None),
        series: series(profile),
        years: profile.by_year.iter().rev().map(year_row).collect(),
        typologies: typologies(profile),
        total: thousands(profile.total.amount),
        total_initiatives: integer_es(profile.total.initiatives),
        initiatives: profile.initiatives.iter().map(initiative_row).collect(),
        shared: profile.shared.iter().map(initiative_row).collect(),
        shared_total: format!(
            "{}, M$ {}",
            counted(profile.shared_total.initiatives, "iniciativa", "iniciativas"),
            thousands(profile.shared_total.amount)
        ),
        settlements: profile.settlements.iter().map(settlement_row).collect(),
        neighbours: profile.neighbours.iter().map(|n| link(shell, n)).collect(),
        sources,
    })
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

fn figures(profile: &Profile) -> Vec<Figure> {
    vec![
        Figure {
            value: or_nothing(profile.population, |p| integer_es(p.inhabitants)),
            label: population_label(profile),
        },
        Figure { value: format!("{} km²", decimal_es(profile.area_km2, Decimals(0))), label: "superficie" },
        Figure {
            value: or_nothing(profile.amount_per_inhabitant, |pesos| format!("$ {}", whole(pesos))),
            label: "por habitante, todos los años",
        },
        Figure { value: integer_es(profile.total.initiatives), label: "iniciativas" },
    ]
}

fn population_label(profile: &Profile) -> &'static str {
    match profile.population.map(|population| population.year) {
        Some(2017) => "habitantes, Censo 2017",
        Some(2024) => "habitantes, Censo 2024",
        _ => "habitantes",
    }
}

fn rank(profile: &Profile) -> Option<String> {
    let rank = profile.rank?;
    let second = rank.by_amount_per_inhabitant.map(|place| format!(" y {place}.ª por habitante")).unwrap_or_default();
    Some(format!("En {}, {}.ª de {} comunas por monto{second}.", rank.year, rank.by_amount, rank.of))
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

fn year_row(year: &read::YearAmount) -> YearRow {
    YearRow {
        year: year.year,
        amount: thousands(year.amount),
        per_inhabitant: or_nothing(year.amount_per_inhabitant, whole),
        initiatives: integer_es(year.initiatives),
    }
}

fn typologies(profile: &Profile) -> Vec<TypologyRow> {
    let total = drawn(profile.total.amount);
    let greatest = profile.by_typology.iter().map(|row| drawn(row.amount)).fold(0.0, f64::max);
    let row = |row: &read::TypologyAmount| TypologyRow {
        name: row.typology.clone(),
        amount: thousands(row.amount),
        share: if total > 0.0 {
            format!("{} %", decimal_es(drawn(row.amount) / total * 100.0, Decimals(1)))
        } else {
            NOTHING.into()
        },
        initiatives: integer_es(row.initiatives),
        meter: Svg::drawn(micro_bar(drawn(row.amount), (0.0, greatest), Medium::Page)),
    };
    profile.by_typology.iter().map(row).collect()
}

fn initiative_row(row: &Initiative) -> InitiativeRow {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| NOTHING.into());
    InitiativeRow {
        code: row.code.clone(),
        name: row.name.clone(),
        typology: text(&row.typology),
        year: row.year,
        state: text(&row.state),
        certified: or_nothing(row.certified_on, date_es),
        place: text(&row.place),
        amount: thousands(row.amount),
        source_row: format!("fila {} del archivo", integer_es(row.source_row)),
    }
}

fn settlement_row(row: &read::Settlement) -> SettlementRow {
    SettlementRow {
        name: row.name.clone(),
        population: or_nothing(row.population, |people| counted(people, "habitante", "habitantes")),
        position: format!("{}, {}", decimal_es(row.lat, Decimals(4)), decimal_es(row.lon, Decimals(4))),
    }
}
