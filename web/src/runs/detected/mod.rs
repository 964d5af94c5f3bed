//! The section of a run's page about its file: what was detected, converted, repaired and compared, in words.

mod words;

use goreos_domain::integer_es;
use serde_json::{Map, Value};

use self::words::{summed, told, worded};
use crate::words::{NOTHING, percent};

/// The section.
#[derive(Debug, Clone, Default)]
pub struct Detected {
    pub facts: Vec<Fact>,
    /// How the columns differ from those of before.
    pub drift: Vec<DriftRow>,
    /// How well each reference system explains the coordinates.
    pub datum: Vec<DatumRow>,
    /// Everything else, by key.
    pub rest: Vec<(String, String)>,
}

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    pub value: String,
    /// Why, or what it means; may be empty.
    pub note: String,
}

/// A column that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftRow {
    pub change: &'static str,
    pub column: String,
    /// In the file or in the contract.
    pub of: &'static str,
    pub before: String,
    pub after: String,
}

/// A reference system and the share of rows that fall where they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatumRow {
    pub crs: String,
    pub share: String,
    pub declared: bool,
}

impl Detected {
    /// Nothing was found.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.drift.is_empty() && self.datum.is_empty() && self.rest.is_empty()
    }
}

/// What the report of a run says.
pub fn build(report: &Value) -> Detected {
    let mut left: Map<String, Value> = report.as_object().cloned().unwrap_or_default();
    // A run's report holds what reading found under one key, beside what the run did with it.
    let mut findings = match left.remove("findings") {
        Some(Value::Object(findings)) => findings,
        Some(_) => Map::new(),
        None => std::mem::take(&mut left),
    };
    // What each column holds is there for the next run to compare with.
    findings.remove("columns");
    let drift = findings.remove("drift").or_else(|| left.remove("drift"));
    let datum = findings.remove("datum").or_else(|| left.remove("datum"));
    let load = findings.remove("load");
    let mut detected = Detected {
        facts: facts(&mut findings),
        drift: drift.iter().flat_map(items).filter_map(DriftRow::of).collect(),
        datum: datum.as_ref().map(datum_rows).unwrap_or_default(),
        rest: Vec::new(),
    };
    detected.facts.extend(load.as_ref().and_then(taken_over));
    if let Some(Value::Object(sums)) = left.remove("sums") {
        let value =
            sums.iter().map(|(column, sum)| format!("{column}: {}", summed(sum))).collect::<Vec<_>>().join(" · ");
        detected.facts.extend((!value.is_empty()).then(|| Fact::plain("Sumas cargadas", value)));
    }
    if let Some(warnings) = left.remove("warnings").filter(|warnings| !items(warnings).is_empty()) {
        detected.facts.push(Fact::plain("Advertencias", worded(&warnings)));
    }
    findings.extend(left);
    flatten("", &Value::Object(findings), &mut detected.rest);
    detected
}

/// What is told on a line of its own: the key, its name, and the key that says why.
const TOLD: [(&str, &str, &str); 24] = [
    ("format", "Formato", ""),
    ("encoding", "Codificación", "encoding_evidence"),
    ("delimiter", "Separador", "delimiter_evidence"),
    ("header_row", "Fila de encabezados", "header_evidence"),
    ("decimal", "Signo decimal", "decimal_of_others"),
    ("layer", "Capa", "layers"),
    ("sheet", "Hoja", ""),
    ("range", "Rango", ""),
    ("crs", "Sistema de coordenadas", ""),
    ("crs_operation", "Conversión de coordenadas", "crs_accuracy_m"),
    ("features", "Registros del archivo", ""),
    ("blank_rows", "Filas en blanco", ""),
    ("deleted_records", "Registros borrados", ""),
    ("columns_left_out", "Columnas que no se leen", ""),
    ("cells_outside", "Celdas fuera de la tabla", ""),
    ("formulas_without_value", "Fórmulas sin valor guardado", ""),
    ("repaired", "Geometrías reparadas", ""),
    ("kept_invalid", "Geometrías no válidas", ""),
    ("flattened", "Geometrías aplanadas", ""),
    ("linearised", "Geometrías con curvas", ""),
    ("mended", "Filas corregidas", ""),
    ("mend_ignored", "Filas ignoradas de la corrección", ""),
    ("proj", "PROJ", "epsg"),
    ("gdal", "GDAL", ""),
];

fn facts(findings: &mut Map<String, Value>) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (key, name, why) in TOLD {
        let Some(value) = findings.remove(key).filter(|value| !value.is_null()) else { continue };
        let why = findings.remove(why);
        let (value, note) = told(key, &value, why.as_ref());
        facts.push(Fact { name, value, note });
    }
    facts
}

/// What became of the rows of the version before, when the file adds to them.
fn taken_over(load: &Value) -> Option<Fact> {
    const PARTS: [(&str, &str); 5] = [
        ("added", "nuevas"),
        ("changed", "cambiadas"),
        ("unchanged", "iguales"),
        ("carried", "que se conservan"),
        ("removed", "que se quitan"),
    ];
    let parts: Vec<String> = PARTS
        .iter()
        .filter_map(|(key, word)| Some(format!("{} {word}", integer_es(load.get(key)?.as_i64()?))))
        .collect();
    (!parts.is_empty()).then(|| Fact::plain("Filas respecto de la versión anterior", parts.join(", ")))
}

impl Fact {
    fn plain(name: &'static str, value: String) -> Self {
        Self { name, value, note: String::new() }
    }
}

impl DriftRow {
    fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let change = match value.get("change")?.as_str()? {
            "added" => "agregada",
            "removed" => "eliminada",
            "widened" => "ampliada",
            "narrowed" => "reducida",
            _ => "cambiada",
        };
        let of = if text("of") == "contract" { "contrato" } else { "archivo" };
        let said = |text: String| if text.is_empty() { NOTHING.to_owned() } else { text };
        Some(Self { change, column: text("column"), of, before: said(text("before")), after: said(text("after")) })
    }
}

/// The declared system first, then the others as they come: the best first.
fn datum_rows(datum: &Value) -> Vec<DatumRow> {
    let declared = datum.get("declared").and_then(|share| DatumRow::of(share, true));
    let others = datum.get("others").map(items).unwrap_or_default();
    declared.into_iter().chain(others.iter().filter_map(|share| DatumRow::of(share, false))).collect()
}

impl DatumRow {
    fn of(value: &Value, declared: bool) -> Option<Self> {
        let (inside, of) = (value.get("inside")?.as_i64()?, value.get("of")?.as_i64()?);
        let swapped = value.get("swapped").and_then(Value::as_bool).unwrap_or(false);
        let crs = value.get("crs")?.as_str()?;
        Some(Self {
            crs: if swapped { format!("{crs}, con los ejes cambiados") } else { crs.to_owned() },
            share: format!("{} ({} de {})", percent(inside, of), integer_es(inside), integer_es(of)),
            declared,
        })
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A tree of values as lines: `gate.rejected` and what it says. Lists of plain values stay on one line.
fn flatten(path: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(&below(key), value, lines)),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            items.iter().enumerate().for_each(|(index, item)| flatten(&below(&(index + 1).to_string()), item, lines));
        }
        Value::Null => lines.push((path.to_owned(), NOTHING.into())),
        plain => lines.push((path.to_owned(), worded(plain))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_found_is_told_in_words_with_its_evidence() {
        let detected = build(&json!({
            "findings": {
                "encoding": "windows-1252", "encoding_evidence": "12 nombres de comunas", "delimiter": ";", "header_row": 3,
                "header_evidence": "la primera con todos los nombres", "decimal": ",", "decimal_of_others": {"LAT": "."},
                "crs_operation": "Inverse of UTM zone 19S", "crs_accuracy_m": 0.0, "proj": "9.1.1", "epsg": "v10.076",
                "load": {"mode": "upsert", "added": 1, "changed": 2, "unchanged": 3, "carried": 4, "removed": 0},
                "mended": 2, "columns": [{"name": "MONTO", "seen": "int"}], "areas": [{"cut": "16101"}], "nada": null
            },
            "sums": {"monto": "1234"},
            "warnings": ["2 % de filas rechazadas."],
            "gate": {"stopped": false},
        }));
        let facts: Vec<String> = detected.facts.iter().map(|f| format!("{}={}|{}", f.name, f.value, f.note)).collect();
        assert_eq!(
            facts,
            [
                "Codificación=windows-1252|12 nombres de comunas",
                "Separador=punto y coma (;)|",
                "Fila de encabezados=3|la primera con todos los nombres",
                "Signo decimal=coma|salvo «LAT»: punto",
                "Conversión de coordenadas=Inverse of UTM zone 19S|sin cambio de datum",
                "Filas corregidas=2|con celdas que llegaron corregidas",
                "PROJ=9.1.1|EPSG v10.076",
                "Filas respecto de la versión anterior=1 nuevas, 2 cambiadas, 3 iguales, 4 que se conservan, 0 que se quitan|",
                "Sumas cargadas=monto: 1.234|",
                "Advertencias=2 % de filas rechazadas.|",
            ]
        );
        let rest: Vec<String> = detected.rest.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(rest, ["areas.1.cut=16101", "gate.stopped=no", "nada=–"]);
    }

    #[test]
    fn a_column_that_is_not_what_it_was_is_classified() {
        let drift = json!([
            {"of": "file", "column": "OBS", "change": "added", "before": "", "after": "texto"},
            {"of": "contract", "column": "monto", "change": "widened", "before": "entero", "after": "decimal"},
            {"nonsense": 1},
        ]);
        let rows = build(&json!({"findings": {"drift": drift}})).drift;
        let told: Vec<_> = rows.iter().map(|r| (r.change, r.column.as_str(), r.of, r.before.as_str())).collect();
        assert_eq!(told, [("agregada", "OBS", "archivo", "–"), ("ampliada", "monto", "contrato", "entero")]);
    }

    #[test]
    fn the_share_of_rows_that_fall_where_they_say_is_told_for_every_system() {
        let datum = json!({
            "declared": {"crs": "EPSG:32718", "inside": 3, "of": 120},
            "others": [{"crs": "EPSG:32719", "inside": 119, "of": 120}, {"crs": "EPSG:4326", "swapped": true, "inside": 0, "of": 120}],
        });
        let rows = build(&json!({"findings": {"datum": datum}})).datum;
        let told: Vec<_> = rows.iter().map(|row| (row.crs.as_str(), row.share.as_str(), row.declared)).collect();
        assert_eq!(
            told,
            [
                ("EPSG:32718", "2,5 % (3 de 120)", true),
                ("EPSG:32719", "99,2 % (119 de 120)", false),
                ("EPSG:4326, con los ejes cambiados", "0,0 % (0 de 120)", false),
            ]
        );
    }

    #[test]
    fn repairs_are_told_with_what_they_changed_and_an_unknown_accuracy_is_said() {
        let repaired = json!({
            "count": 3, "how": "make_valid", "by_reason": {"self_intersection": 2, "new_flaw": 1},
            "area_changed_m2": 12.5, "max_change_pct": 0.2,
        });
        let report = json!({"findings": {"repaired": repaired, "crs_operation": "Ballpark", "crs_accuracy_m": null}});
        let facts = build(&report).facts;
        assert_eq!((facts[0].value.as_str(), facts[0].note.as_str()), ("Ballpark", "exactitud desconocida"));
        assert_eq!(
            (facts[1].value.as_str(), facts[1].note.as_str()),
            (
                "3",
                "con MakeValid; la superficie cambió 12,5 m² en total, a lo más 0,2 % en una; por new_flaw (1), bordes que se cruzan (2)"
            )
        );
    }

    #[test]
    fn a_run_without_a_report_says_nothing() {
        assert!(build(&json!({})).is_empty() && build(&Value::Null).is_empty());
        assert!(build(&json!({"findings": null, "sums": null, "warnings": []})).is_empty());
    }
}
