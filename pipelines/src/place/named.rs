//! The territory that a cell names, by code or by name.

use std::collections::HashMap;

use goreos_domain::{Contract, Cut, Gazetteer, Level, PlaceBy, PlaceTerritory, Territory, fold};

use crate::check::{Checked, Typed};
use crate::reason::{Problem, Reason, quoted};

use super::{Spot, Territories};

/// The territory of each row; a row that names none gets a reason.
pub(super) fn by_column(
    rule: &PlaceTerritory,
    contract: &Contract,
    column: usize,
    checked: &mut Checked,
) -> Territories {
    let Checked { columns, reasons, headers } = checked;
    let mut found = Territories { spots: Vec::new(), rows: vec![None; reasons.len()] };
    let Typed::Text(cells) = &columns[column] else { return found };
    // The same few names come again and again.
    let mut seen: HashMap<&str, Result<usize, Problem>> = HashMap::new();
    let (header, column) = (&headers[column], &contract.columns[column]);
    for ((cell, reasons), row) in cells.iter().zip(reasons).zip(&mut found.rows) {
        let spot = match cell {
            Some(text) => seen.entry(text).or_insert_with(|| {
                let spot = find(rule, text)?;
                found.spots.push(spot);
                Ok(found.spots.len() - 1)
            }),
            // A cell refused already, or a row whose cells stand under other headers, has its reason.
            None if reasons.iter().any(|reason| reason.column.is_empty() || reason.column == column.name.as_str()) => {
                continue;
            }
            None => &mut Err(Problem::new(
                "place.territory",
                "place.missing",
                "La fila no dice a qué territorio pertenece.",
                format!("Escriba {}.", accepted(rule)),
            )),
        };
        match spot {
            Ok(spot) => *row = Some(*spot),
            Err(problem) => reasons.push(Reason::cell(column, header, cell.unwrap_or_default(), problem.clone())),
        }
    }
    found
}

fn find(rule: &PlaceTerritory, text: &str) -> Result<Spot, Problem> {
    match rule.by {
        PlaceBy::Code => by_code(rule, text),
        PlaceBy::Name | PlaceBy::Point => by_name(rule, text),
    }
}

fn by_code(rule: &PlaceTerritory, text: &str) -> Result<Spot, Problem> {
    let territory = Gazetteer::official().of_code(text).ok_or_else(|| unknown(rule, text))?;
    accept(rule, text, territory).map(Spot::One)
}

pub(super) fn by_name(rule: &PlaceTerritory, text: &str) -> Result<Spot, Problem> {
    let gazetteer = Gazetteer::official();
    if let Some(territory) = levels(rule).find_map(|level| gazetteer.find(text, level)) {
        return accept(rule, text, territory).map(Spot::One);
    }
    if let Some(region) = &rule.region
        && levels(rule).any(|level| level == Level::Region)
        && matches!(fold(text).as_str(), "REGIONAL" | "REGION" | "NIVEL REGIONAL" | "TODA LA REGION")
    {
        return Ok(Spot::One(region.clone()));
    }
    let names = several(text);
    if names.len() < 2 {
        return Err(unknown(rule, text));
    }
    let mut cuts = Vec::with_capacity(names.len());
    for name in names {
        let territory = gazetteer.find(name, rule.level).ok_or_else(|| unknown(rule, name))?;
        let cut = accept(rule, name, territory)?;
        if !cuts.contains(&cut) {
            cuts.push(cut);
        }
    }
    cuts.sort();
    Ok(if let [one] = cuts.as_slice() { Spot::One(one.clone()) } else { Spot::Several(cuts) })
}

/// The levels accepted, the one expected first.
fn levels(rule: &PlaceTerritory) -> impl Iterator<Item = Level> {
    std::iter::once(rule.level).chain(rule.also.iter().copied())
}

/// `QUIRIHUE, TREHUACO Y COELEMU`, `Comunas de Quirihue y Coelemu` → their names.
pub(super) fn several(text: &str) -> Vec<&str> {
    let text = ["COMUNAS DE ", "COMUNAS "]
        .iter()
        .find_map(|prefix| {
            let (head, rest) = text.split_at_checked(prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then_some(rest)
        })
        .unwrap_or(text);
    let mut names: Vec<&str> = text.split([',', ';', '/', '\n', '+', '&']).collect();
    for joiner in [" - ", " – ", " Y ", " y ", " E ", " e "] {
        names = names.into_iter().flat_map(|part| part.split(joiner)).collect();
    }
    names.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect()
}

fn accept(rule: &PlaceTerritory, text: &str, territory: &Territory) -> Result<Cut, Problem> {
    if !levels(rule).any(|level| level == territory.level) {
        return Err(Problem::new(
            "place.territory.level",
            "place.level",
            format!("{} es una {}, y aquí no se admite.", quoted(text), noun(territory.level)),
            format!("Escriba {}.", accepted(rule)),
        ));
    }
    match &rule.region {
        Some(region) if !territory.cut.is_within(region) => Err(Problem::new(
            format!("region = \"{region}\""),
            "place.outside_region",
            format!("{} ({}) no está en la región.", quoted(text), territory.cut),
            "Revise la comuna; si la fila es de otra región, no corresponde a este archivo.",
        )),
        _ => Ok(territory.cut.clone()),
    }
}

fn unknown(rule: &PlaceTerritory, text: &str) -> Problem {
    let proposal = levels(rule).find_map(|level| Gazetteer::official().suggest(text, level, rule.region.as_ref()));
    let proposal = proposal.filter(|_| rule.by == PlaceBy::Name);
    Problem::new(
        "place.territory",
        "place.unknown",
        format!("{} no es un territorio conocido.", quoted(text)),
        match (proposal, rule.by) {
            (Some(near), _) => format!("¿Quiso decir «{}»? Corríjalo en el archivo.", near.name),
            (None, PlaceBy::Code) => "Use el código (CUT) de SUBDERE.".into(),
            (None, _) => format!("Escriba {}, con su nombre oficial.", accepted(rule)),
        },
    )
}

/// `la comuna, la provincia o REGIONAL`.
fn accepted(rule: &PlaceTerritory) -> String {
    let mut words: Vec<&str> = Vec::new();
    for level in levels(rule) {
        let word = match level {
            Level::Comuna => "la comuna",
            Level::Provincia => "la provincia",
            Level::Region if rule.by == PlaceBy::Name && rule.region.is_some() => "REGIONAL",
            Level::Region => "la región",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} o {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn noun(level: Level) -> &'static str {
    match level {
        Level::Comuna => "comuna",
        Level::Provincia => "provincia",
        Level::Region => "región",
    }
}

/// `Chillán (16101)`.
pub(super) fn title(cut: &Cut) -> String {
    match Gazetteer::official().get(cut) {
        Some(territory) => format!("{} ({cut})", territory.name),
        None => cut.to_string(),
    }
}
