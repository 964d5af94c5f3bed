use chrono::NaiveDate;
use goreos_domain::{Cut, EditionId};
use serde::Serialize;

use crate::printable::make_printable;
use crate::world::render;
use crate::{Fonts, ReportError};

/// What a "Ficha de inversión comunal" says. Every text is printed as given, so it comes in es-CL.
#[derive(Debug, Clone, Serialize)]
pub struct ComunaReport {
    /// Who publishes it: `Gobierno Regional de Ñuble`.
    pub institution: String,
    pub comuna: String,
    pub cut: Cut,
    /// In full, as prepositions differ: `Provincia de Diguillín`, `Región de Ñuble`.
    pub provincia: String,
    pub region: String,
    pub edition: Edition,
    /// The headline numbers, in reading order; five or six fit beside the map.
    pub figures: Vec<Figure>,
    /// The region with the comuna picked out; printed 101 mm wide, at most 95 mm tall.
    pub map: Drawing,
    /// Investment by year; printed 88 mm wide, at most 60 mm tall, and not when `by_year` is empty.
    pub series: Drawing,
    pub by_year: Vec<YearRow>,
    pub by_typology: Vec<TypologyRow>,
    /// Last line of both tables above.
    pub total: Total,
    /// The largest initiatives, in the order to be printed.
    pub initiatives: Vec<InitiativeRow>,
    pub sources: Vec<Source>,
    pub notes: Vec<String>,
    /// Some figure rests on invented data: every page says so.
    pub example_data: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Edition {
    pub number: EditionId,
    /// Also the date of the document.
    pub published: NaiveDate,
}

/// `Población`, `184.739`, `habitantes`, `Censo 2017`.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    pub label: String,
    pub value: String,
    pub unit: String,
    pub note: String,
}

/// A map or a chart, drawn for print.
#[derive(Debug, Clone, Serialize)]
pub struct Drawing {
    pub caption: String,
    /// What the drawing says, for who cannot see it. Not the caption again.
    pub alt: String,
    pub svg: String,
    /// Empty when the drawing carries its own legend.
    pub legend: Vec<LegendClass>,
}

#[derive(Debug, Clone, Serialize)]
pub struct LegendClass {
    /// `#rrggbb`; none is "no data", printed hatched.
    pub colour: Option<String>,
    pub label: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct YearRow {
    pub year: String,
    pub initiatives: String,
    /// M$
    pub amount: String,
    /// M$
    pub per_inhabitant: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct TypologyRow {
    pub typology: String,
    pub initiatives: String,
    /// M$
    pub amount: String,
    /// With its sign: `12,5 %`.
    pub share: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Total {
    pub initiatives: String,
    /// M$
    pub amount: String,
    /// M$
    pub per_inhabitant: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct InitiativeRow {
    pub code: String,
    pub name: String,
    pub typology: String,
    pub year: String,
    /// M$
    pub amount: String,
}

/// Where the figures come from: one release of one dataset.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    pub title: String,
    /// The release: `12`.
    pub version: String,
    /// When the source file came: `24-11-2026`; empty for a derived dataset.
    pub received: String,
    /// First digits of the SHA-256 of the source file; empty for a derived dataset, which has none.
    pub source_file: String,
    pub licence: String,
    pub attribution: String,
    pub example: bool,
}

/// Renders the report as PDF/A-2a and PDF/UA-1. Takes about a second of one processor; call it off the async threads.
///
/// # Errors
/// [`ReportError::Layout`] when a drawing is not an SVG or a colour is not a colour, [`ReportError::Pdf`] when the
/// result would not conform to the standards.
pub fn comuna(report: &ComunaReport, fonts: &Fonts) -> Result<Vec<u8>, ReportError> {
    let mut data = serde_json::to_value(report).map_err(ReportError::Data)?;
    make_printable(&mut data, fonts);
    let data = serde_json::to_vec(&data).map_err(ReportError::Data)?;
    let identity = format!("ficha-comunal/{}/edicion/{}", report.cut, report.edition.number);
    render(include_str!("../templates/comuna.typ"), data, identity, fonts)
}
