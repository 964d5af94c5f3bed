//! The type of a column: the narrowest one that every cell obeys.

use goreos_domain::{ColumnType, Decimals, MoneyUnit, date_es, decimal_es, fold, integer_es};

use super::Role;
use crate::infer::profile::{ColumnProfile, Guess, Misfits, Profile};

/// A type, and what speaks for it.
pub(super) struct Choice {
    pub(super) kind: ColumnType,
    pub(super) unit: Option<MoneyUnit>,
    /// Spanish.
    pub(super) because: String,
}

/// Words of headers whose numbers are names.
const CODES: [&str; 16] = [
    "COD",
    "CODIGO",
    "ID",
    "BIP",
    "ROL",
    "FOLIO",
    "FONO",
    "TELEFONO",
    "RBD",
    "RUN",
    "ASIG",
    "ASIGNACION",
    "SUBT",
    "SUBTITULO",
    "ITEM",
    "RES",
];
/// Words of headers whose numbers are amounts.
const AMOUNTS: [&str; 14] = [
    "MONTO",
    "GASTO",
    "COSTO",
    "PRESUPUESTO",
    "PPTO",
    "VALOR",
    "INVERSION",
    "ARRASTRE",
    "DEUDA",
    "PAGO",
    "SALDO",
    "INGRESO",
    "APORTE",
    "SUBVENCION",
];

impl Choice {
    fn new(kind: ColumnType, because: impl Into<String>) -> Self {
        Self { kind, unit: None, because: because.into() }
    }
}

/// The type of a column that has values.
pub(super) fn choose(profile: &Profile, column: &ColumnProfile, role: Option<Role>) -> Choice {
    match role {
        Some(Role::Coordinate) => return Choice::new(ColumnType::Real, "coordenada"),
        Some(Role::Name) => return Choice::new(ColumnType::Text, "nombra territorios"),
        Some(Role::Code) => return Choice::new(ColumnType::Cut, "códigos territoriales (CUT) vigentes"),
        None => {}
    }
    let all = |guess: Guess| column.misfits.get(&guess).is_some_and(|misfits| misfits.count == 0);
    let folded = fold(&column.header);
    let has = |words: &[&str]| folded.split(' ').any(|word| words.contains(&word));
    let signs = column.signs.values().sum::<u64>();
    if all(Guess::Cut)
        && (has(&["CUT", "COMUNA", "PROVINCIA", "REGION", "COM", "PROV", "REG"])
            || column.coded.as_ref().is_some_and(|coded| coded.comuna == column.filled && column.distinct > 1))
    {
        return Choice::new(ColumnType::Cut, "códigos territoriales (CUT) vigentes");
    }
    if all(Guess::Rut) && (has(&["RUT", "RUN"]) || (!all(Guess::Int) && !all(Guess::Date) && !all(Guess::Period))) {
        return Choice::new(ColumnType::Rut, "RUT con dígito verificador correcto");
    }
    if all(Guess::Bool) && column.values.iter().any(|(text, _)| text.chars().count() > 1) {
        return Choice::new(ColumnType::Bool, "solo sí y no");
    }
    if column.leading_zeros > 0 {
        return Choice::new(ColumnType::Text, "códigos con cero inicial, que un número perdería");
    }
    if all(Guess::Period) && (!all(Guess::Int) || has(&["PERIODO"])) && !all(Guess::Date) {
        return Choice::new(ColumnType::Period, "períodos");
    }
    if all(Guess::Date) && !all(Guess::Real) {
        return Choice::new(ColumnType::Date, "fechas");
    }
    let unit = unit(profile, column);
    if (signs > 0 || header_unit(&column.header).is_some()) && all(guess_of(unit.0)) {
        return Choice { kind: ColumnType::Money, unit: Some(unit.0), because: unit.1 };
    }
    if all(Guess::Int) && has(&CODES) {
        return Choice::new(ColumnType::Text, "código: como texto se guarda tal cual");
    }
    let amount = if has(&AMOUNTS) {
        "; parece un monto: si lo es, use type = \"money\" con su unit (CLP, CLP_thousands o CLP_millions) y sum = true"
    } else {
        ""
    };
    if all(Guess::Int) {
        return Choice::new(ColumnType::Int, format!("números enteros{amount}"));
    }
    if all(Guess::Real) {
        return Choice::new(ColumnType::Real, format!("números con decimales{amount}"));
    }
    Choice::new(ColumnType::Text, nearly(column))
}

/// What most cells are, when a few keep the column from being it.
fn nearly(column: &ColumnProfile) -> String {
    let kinds = [
        (Guess::Date, "fechas", "date"),
        (Guess::Int, "números enteros", "int"),
        (Guess::Thousands, "montos", "money"),
        (Guess::Real, "números", "real"),
        (Guess::Rut, "RUT", "rut"),
        (Guess::Cut, "códigos territoriales", "cut"),
    ];
    let near = kinds.into_iter().find_map(|(guess, noun, kind)| {
        let misfits = column.misfits.get(&guess)?;
        (misfits.count > 0 && misfits.count * 10 <= column.filled).then(|| {
            format!(
                "casi todas son {noun}, pero {} no: {}; con type = \"{kind}\" esas filas se rechazarían",
                counted(misfits.count),
                shown(misfits)
            )
        })
    });
    near.unwrap_or_else(|| "texto".into())
}

/// `fila 118 «11/./23», fila 432 «2023»…`
pub(super) fn shown(misfits: &Misfits) -> String {
    let mut cells: Vec<String> =
        misfits.first.iter().map(|misfit| format!("fila {} «{}»", integer_es(misfit.row), misfit.text)).collect();
    if misfits.count > misfits.first.len() as u64 {
        cells.push("…".into());
    }
    cells.join(", ")
}

fn guess_of(unit: MoneyUnit) -> Guess {
    match unit {
        MoneyUnit::Pesos => Guess::Pesos,
        MoneyUnit::Thousands => Guess::Thousands,
        MoneyUnit::Millions => Guess::Millions,
    }
}

/// The unit a header names: `M$`, `MM$`, miles or millones de pesos; `$` or pesos.
fn header_unit(header: &str) -> Option<MoneyUnit> {
    let upper = header.to_uppercase();
    let folded = fold(header);
    let says = |word: &str| folded.split(' ').any(|found| found == word);
    if upper.contains("MM$") || (says("MILLONES") && says("PESOS")) {
        Some(MoneyUnit::Millions)
    } else if upper.contains("M$") || (says("MILES") && says("PESOS")) {
        Some(MoneyUnit::Thousands)
    } else if upper.contains('$') || says("PESOS") || says("CLP") {
        Some(MoneyUnit::Pesos)
    } else {
        None
    }
}

/// The unit of a money column: by its header, its cells, the other headers of the file.
fn unit(profile: &Profile, column: &ColumnProfile) -> (MoneyUnit, String) {
    let others = |unit| profile.columns.iter().any(|other| header_unit(&other.header) == Some(unit));
    let cells = |sign: &str| column.signs.get(sign).copied().unwrap_or(0);
    let example = column.examples.first().map(|text| format!(", como «{text}»")).unwrap_or_default();
    match header_unit(&column.header) {
        Some(MoneyUnit::Pesos) if others(MoneyUnit::Thousands) => {
            (MoneyUnit::Pesos, format!("montos{example}; el encabezado dice pesos. CONFIRME: otras columnas van en M$"))
        }
        Some(unit) => (unit, format!("montos{example}; la unidad la dice el encabezado")),
        None if cells("MM$") > 0 => (MoneyUnit::Millions, format!("montos{example}; las celdas dicen MM$")),
        None if cells("M$") > 0 => (MoneyUnit::Thousands, format!("montos{example}; las celdas dicen M$")),
        None if others(MoneyUnit::Thousands) => (
            MoneyUnit::Thousands,
            format!("montos{example}; sin unidad propia, y otras columnas van en M$. CONFIRME la unidad"),
        ),
        None => (MoneyUnit::Pesos, format!("montos{example}; nada dice la unidad. CONFIRME que sean pesos y no M$")),
    }
}

/// `de 1 a 12`, `del 03-01-2019 al 04-11-2025`.
pub(super) fn extent(column: &ColumnProfile, kind: ColumnType) -> Option<String> {
    match kind {
        ColumnType::Int | ColumnType::Real | ColumnType::Money => {
            let (least, greatest) = column.range?;
            let year =
                kind == ColumnType::Int && (1800.0..2200.0).contains(&least) && (1800.0..2200.0).contains(&greatest);
            let shown = |value: f64| {
                let decimals = Decimals(if value.fract() == 0.0 { 0 } else { 3 });
                if year { format!("{value:.0}") } else { decimal_es(value, decimals) }
            };
            Some(format!("de {} a {}", shown(least), shown(greatest)))
        }
        ColumnType::Date => {
            let (first, last) = column.days?;
            Some(format!("del {} al {}", date_es(first), date_es(last)))
        }
        _ => None,
    }
}

pub(super) fn counted(count: u64) -> String {
    integer_es(i64::try_from(count).unwrap_or(i64::MAX))
}
