//! The text of a draft. Every choice says what it rests on; what would refuse rows of this file stays a comment.

mod kind;
mod name;
mod place;
mod text;

use goreos_domain::{ColumnType, DatasetId, MoneyUnit};
use serde_json::Value;

use self::kind::{Choice, choose, counted, extent, shown};
use self::name::Names;
use self::place::Placing;
use self::text::{comment, commented_out, list, quoted};
use super::format_code;
use super::profile::{ColumnProfile, Profile};

/// What a column does for placing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Coordinate,
    Name,
    Code,
}

/// A column of the draft.
struct Column<'a> {
    place: usize,
    seen: &'a ColumnProfile,
    name: String,
    from: bool,
    choice: Choice,
}

/// The text of a `dataset.toml` that takes the file as it is.
pub(super) fn write(profile: &Profile, file: &str, id: &DatasetId) -> String {
    let mut names = Names::new(profile.columns.iter().map(|column| column.header.as_str()));
    let placing = Placing::of(profile);
    let (mut columns, mut blank, mut hidden) = (Vec::new(), Vec::new(), Vec::new());
    for (place, seen) in profile.columns.iter().enumerate() {
        let name = names.give(&seen.header, place);
        if let Some(first) = names.hidden_by(place) {
            hidden.push((seen, &profile.columns[first]));
        } else if seen.filled == 0 {
            blank.push((seen, name));
        } else {
            let choice = choose(profile, seen, placing.role(place));
            columns.push(Column { place, seen, from: names.needs_from(&name, place), name, choice });
        }
    }
    if columns.is_empty() {
        // Contracts have at least one column.
        columns.extend(profile.columns.first().zip(blank.first()).map(|(seen, (_, name))| Column {
            place: 0,
            seen,
            name: name.clone(),
            from: true,
            choice: choose(profile, seen, None),
        }));
    }
    let mut toml = head(profile, file, id);
    toml.push_str(&source(profile, file));
    toml.push_str(&load(profile, &columns));
    for column in &columns {
        toml.push('\n');
        toml.push_str(&column.write(profile));
    }
    toml.push_str(&left_out(&blank, &hidden));
    toml.push('\n');
    toml.push_str(&placing.write(profile, &columns));
    toml.push_str("\n[gate]\nrejected = { warn = \"1%\", stop = \"5%\" }\nshrink = { wait = \"20%\" }\n");
    toml
}

fn head(profile: &Profile, file: &str, id: &DatasetId) -> String {
    let mut head = comment(&format!("Borrador del contrato de «{file}», escrito por «goreos contract infer»."));
    head.push_str(&comment(&format!(
        "Carga el archivo tal como está: {} filas y {} columnas. Revise cada elección, y sobre todo lo que dice CONFIRME.",
        counted(profile.rows),
        counted(profile.columns.len() as u64),
    )));
    for refusal in &profile.refusals {
        head.push_str(&comment(&format!(
            "Se rechazan {} filas que ningún contrato puede tomar; la primera es la {}: {}",
            counted(refusal.rows),
            goreos_domain::integer_es(refusal.first_row),
            refusal.reason
        )));
    }
    let title = id.as_str().replace('_', " ");
    let mut letters = title.chars();
    let title: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    head.extend([format!("\nid = \"{id}\"\ntitle = {}\n", quoted(&title))]);
    head.push_str(&comment(
        "CONFIRME estos cuatro: de qué trata, quién responde por él, con qué licencia, quién puede verlo.",
    ));
    head.push_str("theme = \"Por definir\"\nowner = \"Por definir\"\nlicence = \"Por definir\"\naccess = \"public\"\n");
    head
}

fn source(profile: &Profile, file: &str) -> String {
    let found = |name: &str| profile.findings.get(name);
    let text = |name: &str| found(name).and_then(Value::as_str);
    let mut table = format!("\n[source]\npath = {}\nformat = \"{}\"\n", quoted(file), format_code(profile.format));
    let mut line = |name: &str, value: Option<String>, evidence: Option<&str>| {
        if let Some(value) = value {
            if let Some(evidence) = evidence {
                let mut letters = evidence.trim_end_matches('.').chars();
                let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
                table.push_str(&comment(&format!("{first}{}.", letters.as_str())));
            }
            table.extend([format!("{name} = {value}\n")]);
        }
    };
    let has_text = matches!(format_code(profile.format), "csv" | "shapefile");
    // The only layer need not be named, and keeps being found when next month's file names it otherwise.
    let layer = text("layer").filter(|_| found("layers").is_some());
    line("layer", layer.map(|name| quoted(name.strip_suffix(".shp").unwrap_or(name))), None);
    line("sheet", text("sheet").map(quoted), None);
    line("encoding", text("encoding").filter(|_| has_text).map(quoted), text("encoding_evidence"));
    line("delimiter", text("delimiter").map(quoted), text("delimiter_evidence"));
    line("header_row", found("header_row").and_then(Value::as_u64).map(|row| row.to_string()), text("header_evidence"));
    let one_mark = "Los números del archivo lo muestran";
    let each_its_own = found("decimal").is_some_and(Value::is_object) || found("decimal_of_others").is_some();
    line("decimal", text("decimal").filter(|_| !each_its_own).map(quoted), Some(one_mark));
    if each_its_own {
        table.push_str(&comment("Sin decimal: cada columna tiene su convención, y se decide por sus números."));
    }
    table.push_str(&nulls(profile));
    table
}

/// Cells that mean no value.
fn nulls(profile: &Profile) -> String {
    let mut spellings: Vec<(&str, u64)> = Vec::new();
    for (spelling, cells) in profile.columns.iter().flat_map(|column| &column.nulls) {
        match spellings.iter_mut().find(|(known, _)| *known == spelling.as_str()) {
            Some((_, sum)) => *sum += cells,
            None => spellings.push((spelling.as_str(), *cells)),
        }
    }
    let mut lines = String::new();
    if !spellings.is_empty() {
        let told: Vec<String> =
            spellings.iter().map(|(spelling, cells)| format!("«{spelling}» ({})", counted(*cells))).collect();
        lines.push_str(&comment(&format!("Celdas que dicen que no hay dato: {}.", told.join(", "))));
        lines.extend([format!("null = {}\n", list(spellings.iter().map(|(spelling, _)| *spelling)))]);
    }
    let errors: Vec<String> = profile
        .columns
        .iter()
        .filter(|column| column.errors.count > 0)
        .map(|column| format!("«{}» {}: {}", column.header, counted(column.errors.count), shown(&column.errors)))
        .collect();
    if !errors.is_empty() {
        let told = format!(
            "Celdas con error de la planilla: {}. Se toman como vacías; quite la línea para que esas filas se rechacen.",
            errors.join("; ")
        );
        lines.push_str(&comment(&told));
        lines.push_str("errors = \"null\"\n");
    }
    lines
}

fn load(profile: &Profile, columns: &[Column<'_>]) -> String {
    let mut table = String::from("\n[load]\nmode = \"replace\"\n");
    let usable = |key: &&Vec<usize>| {
        key.iter().all(|place| {
            columns.iter().any(|column| {
                let measures = matches!(column.choice.kind, ColumnType::Money | ColumnType::Real | ColumnType::Bool);
                column.place == *place && !measures && column.seen.longest <= 60
            })
        })
    };
    let keys: Vec<Vec<&str>> = profile
        .keys
        .iter()
        .filter(usable)
        .map(|key| {
            let name =
                |place: &usize| columns.iter().find(|column| column.place == *place).map(|column| column.name.as_str());
            key.iter().filter_map(name).collect()
        })
        .collect();
    let named_so = |key: &&Vec<&str>| {
        key.len() == 1
            && ["id", "cod", "cut", "rut", "rol", "folio", "bip"]
                .iter()
                .any(|stem| key[0].starts_with(stem) || key[0].ends_with(stem))
    };
    let Some(best) = keys.iter().find(named_so).or_else(|| keys.first()).filter(|_| profile.rows > 1) else {
        table.push_str(&comment(if profile.keys_sought {
            "Sin key: ninguna columna, ni dos de las primeras, nombra cada fila una sola vez."
        } else {
            "Sin key: el archivo tiene demasiadas filas para buscarla aquí. Si una columna nombra cada fila, escríbala: key = [\"codigo\"]."
        }));
        return table;
    };
    let others: Vec<String> =
        keys.iter().filter(|key| *key != best).take(3).map(|key| list(key.iter().copied())).collect();
    let others =
        if others.is_empty() { String::new() } else { format!(" También podría ser {}.", others.join(" o ")) };
    let told = if best.len() == 1 { "no falta en ninguna fila ni se repite" } else { "juntas no se repiten" };
    table.push_str(&comment(&format!("Clave: {told}.{others} CONFIRME que así siga.")));
    table.extend([format!("key = {}\n", list(best.iter().copied()))]);
    table
}

impl Column<'_> {
    fn write(&self, profile: &Profile) -> String {
        let Self { seen, choice, .. } = self;
        let mut told = vec![format!("{} de {} filas con valor", counted(seen.filled), counted(profile.rows))];
        if !seen.distinct_beyond && seen.distinct > 1 && choice.kind != ColumnType::Money {
            told.push(format!("{} valores distintos", counted(seen.distinct)));
        }
        told.extend(extent(seen, choice.kind));
        told.push(choice.because.clone());
        let mut block = comment(&format!("«{}»: {}.", seen.header, told.join("; ")));
        block.extend([format!("[[column]]\nname = \"{}\"\ntitle = {}\n", self.name, quoted(&seen.header))]);
        if self.from {
            block.extend([format!("from = {}\n", list([seen.header.as_str()]))]);
        }
        block.extend([format!("type = \"{}\"\n", type_code(choice.kind))]);
        if let Some(unit) = choice.unit {
            block.extend([format!("unit = \"{}\"\nsum = true\n", unit_code(unit))]);
        }
        if seen.empty == 0 && profile.refusals.is_empty() {
            block.push_str("required = true\n");
        }
        let few = choice.kind == ColumnType::Text
            && !seen.values.is_empty()
            && seen.distinct * 3 <= seen.filled
            && seen.longest <= 40;
        if few {
            let mut values: Vec<&str> = seen.values.iter().map(|(value, _)| value.as_str()).collect();
            values.sort_unstable();
            block.push_str(&comment(&format!("values = {}", list(values))));
        }
        block
    }
}

/// Columns that the draft does not declare.
fn left_out(blank: &[(&ColumnProfile, String)], hidden: &[(&ColumnProfile, &ColumnProfile)]) -> String {
    let mut lines = String::new();
    let nameless: Vec<&str> =
        blank.iter().filter(|(seen, _)| seen.is_nameless()).map(|(seen, _)| seen.header.as_str()).collect();
    if !nameless.is_empty() {
        lines.push('\n');
        lines.push_str(&comment(&format!(
            "Vacías y sin nombre en el archivo, fuera del contrato: {}.",
            nameless.join(", ")
        )));
    }
    let named: Vec<&(&ColumnProfile, String)> = blank.iter().filter(|(seen, _)| !seen.is_nameless()).collect();
    if !named.is_empty() {
        lines.push('\n');
        lines.push_str(&comment("Vacías en este archivo: quite los «#» de las que vayan a traer datos."));
        for (seen, name) in named {
            let block =
                format!("[[column]]\nname = \"{name}\"\nfrom = {}\ntype = \"text\"\n", list([seen.header.as_str()]));
            lines.push_str(&commented_out(&block));
        }
    }
    for (seen, first) in hidden {
        lines.push('\n');
        lines.push_str(&comment(&format!(
            "«{}» queda fuera: sin mayúsculas ni acentos se llama igual que «{}». Cámbiele el nombre en el archivo.",
            seen.header, first.header
        )));
    }
    lines
}

impl ColumnProfile {
    /// The file gives it no name.
    fn is_nameless(&self) -> bool {
        self.header.strip_prefix("columna ").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

fn type_code(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text",
        ColumnType::Int => "int",
        ColumnType::Real => "real",
        ColumnType::Money => "money",
        ColumnType::Date => "date",
        ColumnType::Cut => "cut",
        ColumnType::Period => "period",
        ColumnType::Rut => "rut",
        ColumnType::Bool => "bool",
    }
}

fn unit_code(unit: MoneyUnit) -> &'static str {
    match unit {
        MoneyUnit::Pesos => "CLP",
        MoneyUnit::Thousands => "CLP_thousands",
        MoneyUnit::Millions => "CLP_millions",
    }
}
