//! Findings of a run in Spanish.

use goreos_domain::{Decimals, decimal_es, integer_es};
use serde_json::Value;

/// A finding in words, and the note beside it.
pub(super) fn told(key: &str, value: &Value, why: Option<&Value>) -> (String, String) {
    let plain = worded(value);
    let reason = why.map(worded).unwrap_or_default();
    match key {
        "delimiter" => (delimiter(&plain), reason),
        "decimal" => (marks(value), why.map_or_else(String::new, |others| format!("salvo {}", marks(others)))),
        "format" => (format_name(&plain), reason),
        "layer" if !reason.is_empty() => (plain, format!("de: {reason}")),
        "crs_operation" => (plain, why.map_or_else(String::new, accuracy)),
        "proj" if !reason.is_empty() => (plain, format!("EPSG {reason}")),
        "repaired" => repaired(value),
        "kept_invalid" => (plain, "no válidas; se conservan como vinieron".into()),
        "flattened" => (plain, "con altura o medida, que no se conserva".into()),
        "linearised" => (plain, "con arcos, escritos como líneas cortas".into()),
        "blank_rows" => (plain, "pasadas por alto: no traen datos".into()),
        "deleted_records" => (plain, "marcados como borrados en el archivo; no se leen".into()),
        "mended" => (plain, "con celdas que llegaron corregidas".into()),
        "mend_ignored" => (plain, "no estaban entre las rechazadas; no se tocaron".into()),
        _ => (plain, reason),
    }
}

fn delimiter(mark: &str) -> String {
    match mark {
        ";" => "punto y coma (;)".into(),
        "," => "coma (,)".into(),
        "\t" => "tabulador".into(),
        "|" => "barra (|)".into(),
        other => other.into(),
    }
}

/// `coma`, or by column: `«LAT»: punto`.
fn marks(value: &Value) -> String {
    let named = |mark: &str| match mark {
        "," | "comma" => "coma".to_owned(),
        "." | "point" => "punto".to_owned(),
        other => other.to_owned(),
    };
    match value {
        Value::Object(columns) => {
            let one = |(column, mark): (&String, &Value)| format!("«{column}»: {}", named(&worded(mark)));
            columns.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        mark => named(&worded(mark)),
    }
}

/// What the conversion of coordinates may be wrong by.
fn accuracy(metres: &Value) -> String {
    match metres.as_f64() {
        Some(0.0) => "sin cambio de datum".into(),
        Some(_) => format!("exactitud: {} m", worded(metres)),
        None => "exactitud desconocida".into(),
    }
}

/// How many geometries were repaired, and by how much they changed.
fn repaired(value: &Value) -> (String, String) {
    let Some(count) = value.get("count") else { return (worded(value), String::new()) };
    let area = value.get("area_changed_m2").map(|area| format!("; la superficie cambió {} m² en total", worded(area)));
    let most = value.get("max_change_pct").map(|most| format!(", a lo más {} % en una", worded(most)));
    let why = value.get("by_reason").and_then(Value::as_object).map(|reasons| {
        let one = |(flaw, count): (&String, &Value)| format!("{} ({})", flaw_es(flaw), worded(count));
        format!("; por {}", reasons.iter().map(one).collect::<Vec<_>>().join(", "))
    });
    let note = [area, most, why].into_iter().flatten().fold("con MakeValid".to_owned(), |note, part| note + &part);
    (worded(count), note)
}

/// What was wrong with a geometry; the code itself when this version does not know it.
fn flaw_es(code: &str) -> &str {
    match code {
        "ring_not_closed" => "anillos sin cerrar",
        "too_few_points" => "muy pocos puntos",
        "self_intersection" => "bordes que se cruzan",
        "hole_outside" => "huecos fuera de su polígono",
        "nested" => "polígonos dentro de otros",
        "disconnected" => "interior partido",
        "other" => "otra causa",
        other => other,
    }
}

fn format_name(code: &str) -> String {
    match code {
        "csv" => "texto con separadores (CSV)",
        "xlsx" => "Excel (XLSX)",
        "ods" => "OpenDocument (ODS)",
        "shapefile" => "Shapefile",
        "geopackage" => "GeoPackage",
        "geojson" => "GeoJSON",
        "flatgeobuf" => "FlatGeobuf",
        "kml" => "KML",
        "geoparquet" => "GeoParquet",
        "parquet" => "Parquet",
        other => other,
    }
    .into()
}

/// A value as a sentence holds it: `sí`, `1.234`, `a, b`, `clave: valor · otra: valor`.
pub(super) fn worded(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "sí".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => integer_es(whole),
            (None, Some(real)) => trimmed(&decimal_es(real, Decimals(2))),
            _ => number.to_string(),
        },
        Value::Array(items) => items.iter().map(worded).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            map.iter().map(|(key, value)| format!("{key}: {}", worded(value))).collect::<Vec<_>>().join(" · ")
        }
    }
}

/// Without zeros at the end: `2`, `0,5`.
fn trimmed(decimal: &str) -> String {
    if decimal.contains(',') {
        decimal.trim_end_matches('0').trim_end_matches(',').to_owned()
    } else {
        decimal.to_owned()
    }
}

/// Sums are text, for they may be larger than what JSON numbers hold.
pub(super) fn summed(sum: &Value) -> String {
    sum.as_str().and_then(|digits| digits.parse::<i128>().ok()).map_or_else(|| worded(sum), integer_es)
}
