//! What reading found, in words.

use serde_json::Value;

/// Notes of the reading child that fit on a line, in the order they are told.
const WORDS: [(&str, &str); 16] = [
    ("format", "formato"),
    ("encoding", "codificación"),
    ("delimiter", "separador"),
    ("header_row", "fila de encabezados"),
    ("decimal", "decimales"),
    ("layer", "capa"),
    ("sheet", "hoja"),
    ("range", "rango"),
    ("crs", "sistema de coordenadas"),
    ("crs_operation", "transformación"),
    ("crs_accuracy_m", "exactitud en metros"),
    ("blank_rows", "filas en blanco"),
    ("deleted_records", "registros borrados"),
    ("repaired", "geometrías reparadas"),
    ("mended", "filas corregidas"),
    ("mend_ignored", "filas que no hacía falta corregir"),
];

/// What reading found, on one line. Notes of many parts are for the report alone.
pub(super) fn found(findings: &Value) -> String {
    let known = WORDS.iter().filter_map(|(key, word)| {
        let told = match findings.get(key)? {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(format!("{word}: {told}"))
    });
    known.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_found_is_told_on_one_line() {
        let findings =
            json!({ "mended": 2, "encoding": "utf-8", "columns": [{}], "layer": "", "decimal": { "a": "," } });
        assert_eq!(found(&findings), "codificación: utf-8 · filas corregidas: 2");
    }
}
