//! Explains what is wrong with a contract, in its author's words.

use std::collections::HashSet;

use crate::{ColumnName, Fault, Srid};

use super::{ColumnType, Contract, GeometrySource, GeometryType};

/// Columns the platform adds to a release table.
const RESERVED: [&str; 5] = ["source_row", "territory_level", "territory_cut", "territory_cuts", "geom"];

/// Turns the parser's error into a fault that names the line, and the nearest known key for an unknown one.
pub(super) fn explain(text: &str, error: &toml::de::Error) -> Fault {
    let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = error.message();
    let place = if line == 0 { "dataset.toml".to_owned() } else { format!("dataset.toml, línea {line}") };
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field")
        && let Some(unknown) = quoted.next()
    {
        let known: Vec<&str> = quoted.collect();
        let nearest = known.iter().min_by_key(|key| strsim::damerau_levenshtein(unknown, key));
        return Fault::give_up(
            "contract.unknown_key",
            format!("El contrato usa una clave desconocida: '{unknown}'."),
            nearest.map_or_else(String::new, |key| {
                format!("¿Quiso decir '{key}'? Claves posibles aquí: {}.", known.join(", "))
            }),
        )
        .at(place);
    }
    Fault::give_up(
        "contract.unreadable",
        format!("El contrato no se puede leer: {message}."),
        "Corrija esa línea; CONTRIBUTING.md muestra un contrato completo.",
    )
    .at(place)
}

/// What TOML alone cannot say.
pub(super) fn consistent(contract: &Contract) -> Result<(), Fault> {
    let wrong = |what: String, remedy: &str| {
        Err(Fault::give_up("contract.inconsistent", what, remedy).at(format!("datasets/{}/dataset.toml", contract.id)))
    };
    if contract.source.is_some() == contract.derive.is_some() {
        return wrong(
            "El contrato debe tener [source] o [derive], y solo uno de los dos.".into(),
            "Declare el archivo fuente o la consulta, no ambos.",
        );
    }
    if contract.source.is_some() && contract.columns.is_empty() {
        return wrong("El contrato no declara columnas.".into(), "Agregue al menos una [[column]].");
    }
    let mut seen = HashSet::new();
    for column in &contract.columns {
        let name = column.name.as_str();
        if RESERVED.contains(&name) || !seen.insert(name) {
            return wrong(
                format!("La columna '{name}' está repetida o usa un nombre reservado."),
                "Dé a cada columna un nombre propio.",
            );
        }
        if (column.kind == ColumnType::Money) != column.unit.is_some() {
            return wrong(
                format!("La columna '{name}' necesita 'unit' si es money, y solo entonces."),
                "Use unit = \"CLP\", \"CLP_thousands\" o \"CLP_millions\".",
            );
        }
        if column.sum && !matches!(column.kind, ColumnType::Int | ColumnType::Money) {
            return wrong(
                format!("La columna '{name}' no se puede sumar exactamente."),
                "Quite 'sum' o use type = \"int\" o \"money\".",
            );
        }
    }
    named_columns_exist(contract).or_else(|name| {
        wrong(
            format!("El contrato nombra la columna '{name}', que no declara."),
            "Declárela en una [[column]] o corrija el nombre.",
        )
    })?;
    typed_as_placed(contract).or_else(|(name, kinds)| {
        wrong(format!("La columna '{name}' ubica las filas y debe ser {kinds}."), "Corrija su 'type' o el [place].")
    })?;
    if let Some(geometry) = &contract.place.geometry {
        let from_file = geometry.from == Some(GeometrySource::File);
        if from_file == geometry.columns.is_some() {
            return wrong(
                "La geometría viene del archivo o de dos columnas, no de ambas.".into(),
                "Use from = \"file\" o columns = [\"lon\", \"lat\"].",
            );
        }
        if geometry.columns.is_some() && geometry.kind() != GeometryType::Point {
            return wrong(
                "Dos columnas de coordenadas son puntos, no áreas.".into(),
                "Quite 'type' o use type = \"point\".",
            );
        }
        if geometry.columns.is_some() && geometry.crs != Some(Srid::WGS84) {
            return wrong(
                "Las columnas de coordenadas deben estar en grados (EPSG:4326).".into(),
                "Agregue crs = \"EPSG:4326\", o entregue la capa como shapefile con su .prj.",
            );
        }
    }
    if let Some(source) = &contract.source
        && (!source.delimiter.is_ascii()
            || matches!(source.delimiter, '"' | '\n' | '\r')
            || source.header_row == 0
            || encoding_rs::Encoding::for_label(source.encoding.as_bytes()).is_none())
    {
        return wrong(
            "La codificación, el separador o la fila de encabezados no son válidos.".into(),
            "Use encoding = \"utf-8\" o \"windows-1252\", delimiter = \";\" o \",\", y header_row desde 1.",
        );
    }
    Ok(())
}

/// Columns that place rows hold what placing reads; else rows would be placed nowhere without a word.
fn typed_as_placed(contract: &Contract) -> Result<(), (String, &'static str)> {
    let kind = |name: &ColumnName| contract.column(name.as_str()).map(|column| column.kind);
    if let Some(territory) = &contract.place.territory
        && !matches!(kind(&territory.column), Some(ColumnType::Text | ColumnType::Cut))
    {
        return Err((territory.column.to_string(), "text o cut"));
    }
    let coordinates = contract.place.geometry.iter().flat_map(|geometry| geometry.columns.iter().flatten());
    match coordinates.into_iter().find(|name| kind(name) != Some(ColumnType::Real)) {
        Some(name) => Err((name.to_string(), "real")),
        None => Ok(()),
    }
}

fn named_columns_exist(contract: &Contract) -> Result<(), String> {
    let geometry = contract.place.geometry.iter().flat_map(|g| g.columns.iter().flatten());
    let territory = contract.place.territory.iter().map(|t| &t.column);
    match contract
        .load
        .key
        .iter()
        .chain(geometry)
        .chain(territory)
        .find(|name| contract.column(name.as_str()).is_none())
    {
        Some(missing) => Err(missing.to_string()),
        None => Ok(()),
    }
}
