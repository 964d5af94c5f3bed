//! Explains what is wrong with a contract, in its author's words.

use std::collections::HashSet;

use crate::{ColumnName, Fault, Level};

use super::{ColumnType, Contract, Gate, GeometrySource, GeometryType, LoadMode, MoneyUnit, PlaceBy};

/// Columns the platform adds to a release table.
const RESERVED: [&str; 6] =
    ["source_row", "source_release", "territory_level", "territory_cut", "territory_cuts", "geom"];

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
    located(contract)
        .and_then(|()| loaded(contract))
        .and_then(|()| written(contract))
        .and_then(|()| derived(contract))
        .and_then(|()| gated(&contract.gate))
        .or_else(|(what, remedy)| wrong(what, remedy))
}

/// A contradiction and its remedy.
type Contradiction = (String, &'static str);

fn located(contract: &Contract) -> Result<(), Contradiction> {
    if let Some(territory) = &contract.place.territory {
        if (territory.by == PlaceBy::Point) == territory.column.is_some() {
            return Err((
                "[place] territory: 'column' va con by = \"code\" o \"name\", y no con by = \"point\".".into(),
                "Agregue o quite 'column'.",
            ));
        }
        if territory.by == PlaceBy::Point && contract.place.geometry.is_none() {
            return Err((
                "[place] territory: by = \"point\" necesita una geometría.".into(),
                "Agregue 'geometry' en [place], o ubique las filas por código o nombre.",
            ));
        }
        if territory.by == PlaceBy::Point && territory.level != Level::Comuna {
            return Err(("[place] territory: by = \"point\" ubica en comunas.".into(), "Use level = \"comuna\"."));
        }
    }
    let Some(geometry) = &contract.place.geometry else { return Ok(()) };
    let from_file = geometry.from == Some(GeometrySource::File);
    if from_file == geometry.columns.is_some() {
        return Err((
            "La geometría viene del archivo o de dos columnas, no de ambas.".into(),
            "Use from = \"file\" o columns = [\"lon\", \"lat\"].",
        ));
    }
    if from_file && contract.source.as_ref().is_some_and(|source| !source.format.has_geometry()) {
        return Err((
            "Ese formato no trae geometría.".into(),
            "Use columns = [\"lon\", \"lat\"], o un formato de capa como geopackage.",
        ));
    }
    if geometry.columns.is_some() && geometry.kind() != GeometryType::Point {
        return Err((
            "Dos columnas de coordenadas son puntos, no áreas.".into(),
            "Quite 'type' o use type = \"point\".",
        ));
    }
    if geometry.columns.is_some() && geometry.crs.is_none() {
        return Err((
            "Las columnas de coordenadas necesitan su sistema de referencia.".into(),
            "Agregue crs = \"EPSG:4326\" si están en grados, o \"EPSG:32718\" o \"EPSG:32719\" si están en metros UTM.",
        ));
    }
    Ok(())
}

fn loaded(contract: &Contract) -> Result<(), Contradiction> {
    let load = &contract.load;
    if load.mode == LoadMode::Upsert && load.key.is_empty() {
        return Err((
            "mode = \"upsert\" necesita saber qué columnas nombran una fila.".into(),
            "Agregue key = [\"…\"] en [load].",
        ));
    }
    if load.delete_missing && load.mode != LoadMode::Upsert {
        return Err(("'delete_missing' solo va con mode = \"upsert\".".into(), "Quite 'delete_missing'."));
    }
    Ok(())
}

fn written(contract: &Contract) -> Result<(), Contradiction> {
    let Some(source) = &contract.source else { return Ok(()) };
    let encoding = |label: &str| label == "ibm850" || encoding_rs::Encoding::for_label(label.as_bytes()).is_some();
    if source.delimiter.is_some_and(|mark| !mark.is_ascii() || matches!(mark, '"' | '\n' | '\r'))
        || source.header_row == Some(0)
        || source.encoding.as_deref().is_some_and(|label| !encoding(label))
    {
        return Err((
            "La codificación, el separador o la fila de encabezados no son válidos.".into(),
            "Use encoding = \"utf-8\" o \"windows-1252\", delimiter = \";\" o \",\", y header_row desde 1.",
        ));
    }
    if (source.sheet.is_some() || source.range.is_some()) && !source.format.is_workbook() {
        return Err(("'sheet' y 'range' son de planillas.".into(), "Quítelos, o use format = \"xlsx\" u \"ods\"."));
    }
    Ok(())
}

fn derived(contract: &Contract) -> Result<(), Contradiction> {
    let Some(derive) = &contract.derive else { return Ok(()) };
    let mut seen = HashSet::new();
    if let Some(twice) = derive.key.iter().find(|name| !seen.insert(name.as_str())) {
        return Err((format!("[derive] key nombra dos veces la columna '{twice}'."), "Nómbrela una vez."));
    }
    let mut seen = HashSet::new();
    for figure in &derive.figures {
        if !seen.insert(figure.column.as_str()) || figure.title.trim().is_empty() {
            return Err((
                format!("[[derive.figure]] '{}' está repetida o no tiene título.", figure.column),
                "Dé a cada cifra una columna propia y un título.",
            ));
        }
        if figure.unit.is_some_and(|unit| unit != MoneyUnit::Pesos) {
            return Err((
                format!("[[derive.figure]] '{}': los montos se guardan en pesos.", figure.column),
                "Use unit = \"CLP\", o quítela si la cifra no es un monto.",
            ));
        }
    }
    Ok(())
}

fn gated(gate: &Gate) -> Result<(), Contradiction> {
    // Of a share of something, more than all of it is never reached; a change may be larger than what was there.
    let limits = [
        ("rejected", &gate.rejected, true),
        ("shrink", &gate.shrink, true),
        ("empty", &gate.empty, true),
        ("growth", &gate.growth, false),
        ("total", &gate.total, false),
        ("indicator", &gate.indicator, false),
    ];
    for (key, limit, of_a_whole) in limits {
        let given = [limit.warn, limit.wait, limit.stop].into_iter().flatten();
        if let Some(above) = given.clone().find(|share| of_a_whole && share.fraction() > 1.0) {
            return Err((
                format!("[gate] {key}: {} pasa de 100%, y nunca se alcanzaría.", String::from(above)),
                "Use un porcentaje hasta 100%; solo growth, total e indicator pueden pasar de ahí.",
            ));
        }
        if !given.is_sorted() {
            return Err((
                format!("[gate] {key}: warn, wait y stop deben ir de menor a mayor."),
                "Un límite más suave que otro más severo no se alcanza nunca: corrija los porcentajes.",
            ));
        }
    }
    if gate.moved_m.is_some_and(|metres| !metres.is_finite() || metres < 0.0) {
        return Err(("[gate] moved_m debe ser una distancia en metros.".into(), "Use un número como 1 o 0.5."));
    }
    Ok(())
}

/// Columns that place rows hold what placing reads; else rows would be placed nowhere without a word.
fn typed_as_placed(contract: &Contract) -> Result<(), (String, &'static str)> {
    let kind = |name: &ColumnName| contract.column(name.as_str()).map(|column| column.kind);
    if let Some(column) = contract.place.territory.as_ref().and_then(|territory| territory.column.as_ref())
        && !matches!(kind(column), Some(ColumnType::Text | ColumnType::Cut))
    {
        return Err((column.to_string(), "text o cut"));
    }
    let coordinates = contract.place.geometry.iter().flat_map(|geometry| geometry.columns.iter().flatten());
    match coordinates.into_iter().find(|name| kind(name) != Some(ColumnType::Real)) {
        Some(name) => Err((name.to_string(), "real")),
        None => Ok(()),
    }
}

fn named_columns_exist(contract: &Contract) -> Result<(), String> {
    let geometry = contract.place.geometry.iter().flat_map(|g| g.columns.iter().flatten());
    let territory = contract.place.territory.iter().filter_map(|t| t.column.as_ref());
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
