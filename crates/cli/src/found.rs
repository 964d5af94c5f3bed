//! What reading found out about a file, in words.

use goreos_domain::{Decimals, decimal_es, integer_es};
use serde_json::Value;

/// What is told of each thing found: the key, its name, and the key of the evidence.
const TOLD: [(&str, &str, &str); 10] = [
    ("format", "Formato", ""),
    ("layer", "Capa", "layers"),
    ("sheet", "Hoja", ""),
    ("range", "Rango", ""),
    ("encoding", "Codificación", "encoding_evidence"),
    ("delimiter", "Separador", "delimiter_evidence"),
    ("header_row", "Fila de encabezados", "header_evidence"),
    ("decimal", "Signo decimal", ""),
    ("blank_rows", "Filas en blanco, pasadas por alto", ""),
    ("deleted_records", "Registros marcados como borrados, pasados por alto", ""),
];

/// A line for each thing found.
pub(crate) fn lines(findings: &Value) -> Vec<String> {
    let mut lines: Vec<String> = TOLD
        .iter()
        .filter_map(|(key, name, why)| {
            let value = findings.get(key).map(|value| spoken(key, value)).filter(|text| !text.is_empty())?;
            let why = findings.get(why).map(|why| spoken(key, why)).filter(|why| !why.is_empty() && *why != value);
            Some(format!("{name}: {value}{}", why.map(|why| format!(" ({why})")).unwrap_or_default()))
        })
        .collect();
    lines.extend(reference_system(findings));
    lines.extend(findings.get("repaired").and_then(repaired));
    lines.extend(findings.get("datum").map(datum).unwrap_or_default());
    lines
}

fn spoken(key: &str, value: &Value) -> String {
    match (key, value) {
        (_, Value::Number(number)) => number.as_i64().map_or_else(|| number.to_string(), integer_es),
        ("delimiter", Value::String(mark)) => match mark.as_str() {
            "\t" => "tabulador".into(),
            mark if mark.chars().count() == 1 => format!("«{mark}»"),
            evidence => evidence.into(),
        },
        ("decimal", Value::String(mark)) => format!("«{mark}»"),
        ("decimal", Value::Object(columns)) => {
            let parts: Vec<String> = columns
                .iter()
                .map(|(column, mark)| format!("{column} «{}»", mark.as_str().unwrap_or_default()))
                .collect();
            format!("distinto por columna: {}", parts.join(", "))
        }
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) => items.iter().map(|item| spoken(key, item)).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

fn reference_system(findings: &Value) -> Option<String> {
    let text = |name: &str| findings.get(name).and_then(Value::as_str);
    let mut line = format!("Sistema de coordenadas: {}", text("crs")?);
    if let Some(operation) = text("crs_operation").filter(|operation| !operation.is_empty()) {
        line.extend([format!("; se lleva a WGS 84 con «{operation}»")]);
    }
    if let Some(metres) = findings.get("crs_accuracy_m").and_then(Value::as_f64) {
        line.extend([format!(", exacta a {} m", decimal_es(metres, Decimals(u8::from(metres.fract() != 0.0))))]);
    }
    let versions: Vec<String> = [("proj", "PROJ"), ("epsg", "EPSG"), ("gdal", "GDAL")]
        .into_iter()
        .filter_map(|(key, name)| Some(format!("{name} {}", text(key)?)))
        .collect();
    if !versions.is_empty() {
        line.extend([format!(" ({})", versions.join(", "))]);
    }
    Some(line)
}

/// How many geometries were repaired, and how much area that changed.
fn repaired(note: &Value) -> Option<String> {
    let count = note.get("count").and_then(Value::as_i64).filter(|count| *count > 0)?;
    let number = |name: &str| note.get(name).and_then(Value::as_f64).map(|value| decimal_es(value, Decimals(2)));
    let area = number("area_changed_m2").map(|area| format!("; su área cambió en {area} m²")).unwrap_or_default();
    let most = number("max_change_pct").map(|most| format!(", la que más un {most} %")).unwrap_or_default();
    Some(format!("Geometrías reparadas: {}{area}{most}", integer_es(count)))
}

/// The share of rows that fall in the comuna they name, under the declared system and under others.
fn datum(note: &Value) -> Vec<String> {
    let share = |share: &Value| {
        let number = |name: &str| share.get(name).and_then(Value::as_i64).unwrap_or_default();
        let swapped = share.get("swapped").and_then(Value::as_bool) == Some(true);
        format!(
            "{} de {} con {}{}",
            integer_es(number("inside")),
            integer_es(number("of")),
            share.get("crs").and_then(Value::as_str).unwrap_or_default(),
            if swapped { " y los ejes cambiados" } else { "" },
        )
    };
    let Some(declared) = note.get("declared") else { return Vec::new() };
    let others: Vec<String> =
        note.get("others").and_then(Value::as_array).into_iter().flatten().take(3).map(share).collect();
    let others = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
    vec![format!("Caen en la comuna que nombran: {}, el declarado{others}", share(declared))]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_thing_found_is_a_line_with_its_evidence() {
        let findings = json!({
            "delimiter": ";", "delimiter_evidence": "todas las filas tienen 12 celdas", "encoding": "windows-1252",
            "encoding_evidence": "nombra a Ñuble", "header_row": 1203, "blank_rows": 0, "decimal": { "A": ",", "B": "." },
            "crs": "EPSG:32719", "crs_operation": "UTM 19S", "crs_accuracy_m": 0.5, "proj": "9.1", "repaired": { "count": 2, "how": "make_valid", "area_changed_m2": 10.5, "max_change_pct": 0.25 },
            "datum": { "declared": { "crs": "EPSG:32719", "inside": 1200, "of": 2000 }, "others": [{ "crs": "EPSG:32718", "inside": 1, "of": 2000, "swapped": true }] },
        });
        assert_eq!(
            lines(&findings),
            [
                "Codificación: windows-1252 (nombra a Ñuble)",
                "Separador: «;» (todas las filas tienen 12 celdas)",
                "Fila de encabezados: 1.203",
                "Signo decimal: distinto por columna: A «,», B «.»",
                "Filas en blanco, pasadas por alto: 0",
                "Sistema de coordenadas: EPSG:32719; se lleva a WGS 84 con «UTM 19S», exacta a 0,5 m (PROJ 9.1)",
                "Geometrías reparadas: 2; su área cambió en 10,50 m², la que más un 0,25 %",
                "Caen en la comuna que nombran: 1.200 de 2.000 con EPSG:32719, el declarado; 1 de 2.000 con EPSG:32718 y los ejes cambiados",
            ]
        );
    }
}
