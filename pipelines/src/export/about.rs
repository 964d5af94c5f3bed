//! What every file says of the release it was made from.

use chrono::{DateTime, SecondsFormat, Utc};
use goreos_db::export::{ColumnKind, Subject, TableColumn};
use goreos_domain::{ColumnType, Contract, GeometryType, MoneyUnit};

/// What cells of amounts are: kept in pesos, whatever the file counted them in.
const MONEY: &str = "monto en pesos ($)";

/// What is said of a release as a whole: a word for programs, one for people, and the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) key: String,
    pub(super) label: String,
    pub(super) value: String,
}

/// A column, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name in tables and for programs.
    pub(super) name: String,
    pub(super) title: String,
    pub(super) kind: ColumnKind,
    /// What its cells are, and in what.
    pub(super) words: String,
}

/// A release, as its files tell it.
#[derive(Debug)]
pub(super) struct About {
    pub(super) dataset: String,
    pub(super) title: String,
    pub(super) built_at: DateTime<Utc>,
    pub(super) facts: Vec<Fact>,
    /// As the rows have them.
    pub(super) columns: Vec<Column>,
    /// Every geometry is one position.
    pub(super) is_points: bool,
    /// Two columns of the table say the same as its geometry.
    pub(super) has_coordinates: bool,
}

impl About {
    pub(super) fn new(subject: &Subject) -> Self {
        let contract = &subject.contract;
        let given = contract.place.geometry.as_ref();
        Self {
            dataset: subject.dataset.to_string(),
            title: contract.title.clone(),
            built_at: subject.built_at,
            facts: facts(subject),
            columns: subject.columns.iter().map(|column| Column::new(contract, column)).collect(),
            is_points: given.is_some_and(|geometry| geometry.kind() == GeometryType::Point),
            has_coordinates: given.is_some_and(|geometry| {
                geometry.columns.is_some() && geometry.crs.as_ref().is_some_and(|crs| crs.to_string() == "EPSG:4326")
            }),
        }
    }

    /// The place of the geometry among the columns.
    pub(super) fn geometry(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.kind == ColumnKind::Geometry)
    }

    /// The columns that are cells, with their places.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.kind != ColumnKind::Geometry)
    }

    /// The columns' names for people; where two have the same, with their own name.
    pub(super) fn headings(&self) -> Vec<String> {
        let all: Vec<String> = self.cells().map(|(_, column)| column.heading()).collect();
        let twice = |heading: &String| all.iter().filter(|other| *other == heading).count() > 1;
        self.cells()
            .zip(&all)
            .map(
                |((_, column), heading)| {
                    if twice(heading) { format!("{heading} [{}]", column.name) } else { heading.clone() }
                },
            )
            .collect()
    }
}

impl Column {
    fn new(contract: &Contract, column: &TableColumn) -> Self {
        let declared = contract.column(&column.name);
        let figure = contract
            .derive
            .iter()
            .flat_map(|derive| &derive.figures)
            .find(|figure| figure.column.as_str() == column.name);
        let title = declared.map(|column| column.title.clone()).filter(|title| !title.is_empty());
        let title = title.or_else(|| figure.map(|figure| figure.title.clone()));
        let title = title.or_else(|| ours(&column.name).map(|(title, _)| title.to_owned()));
        let is_money = declared.is_some_and(|column| column.kind == ColumnType::Money)
            || figure.is_some_and(|figure| figure.unit == Some(MoneyUnit::Pesos));
        let words = match ours(&column.name) {
            Some((_, words)) if declared.is_none() => words.to_owned(),
            _ if is_money => MONEY.to_owned(),
            _ => kind(column.kind, declared.map(|column| column.kind)).to_owned(),
        };
        Self { name: column.name.clone(), title: title.unwrap_or_default(), kind: column.kind, words }
    }

    /// `Monto FNDR ($)`; its name when it has no title.
    fn heading(&self) -> String {
        let title = if self.title.is_empty() { &self.name } else { &self.title };
        if self.is_money() && !title.contains('$') { format!("{title} ($)") } else { title.clone() }
    }

    /// True for amounts of pesos.
    pub(super) fn is_money(&self) -> bool {
        self.words == MONEY
    }
}

/// The columns that the platform adds to those of a contract.
fn ours(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "source_row" => ("Fila del archivo fuente", "número de la fila en el archivo del que se leyó"),
        "territory_level" => ("Nivel del territorio", "comuna, provincia, region, o multi: varias comunas"),
        "territory_cut" => ("Código del territorio", "CUT del territorio; vacío cuando son varias comunas"),
        "territory_cuts" => ("Códigos de las comunas", "CUT de cada comuna, separados por comas"),
        "territory_name" => ("Territorio", "texto"),
        "geom" => ("Geometría", "longitud y latitud (EPSG:4326)"),
        _ => return None,
    })
}

fn kind(kind: ColumnKind, declared: Option<ColumnType>) -> &'static str {
    match (kind, declared) {
        (_, Some(ColumnType::Cut)) => "código único territorial (CUT), texto",
        (_, Some(ColumnType::Period)) => "período: año, semestre, trimestre o mes",
        (_, Some(ColumnType::Rut)) => "RUT con dígito verificador",
        (ColumnKind::Text, _) => "texto",
        (ColumnKind::Int, _) => "número entero",
        (ColumnKind::Real | ColumnKind::Decimal, _) => "número",
        (ColumnKind::Date, _) => "fecha",
        (ColumnKind::Bool, _) => "sí o no",
        (ColumnKind::Geometry, _) => "geometría",
    }
}

fn facts(subject: &Subject) -> Vec<Fact> {
    let contract = &subject.contract;
    let mut facts = Vec::new();
    let mut say = |key: &str, label: &str, value: String| {
        if !value.is_empty() {
            facts.push(Fact { key: key.into(), label: label.into(), value });
        }
    };
    say("conjunto", "Conjunto", subject.dataset.to_string());
    say("titulo", "Título", contract.title.clone());
    say("descripcion", "Descripción", contract.description.clone());
    if contract.example {
        say("datos_de_ejemplo", "Datos de ejemplo", "sí: son inventados y no sirven para decidir".into());
    }
    say("edicion", "Edición", subject.edition.to_string());
    say("edicion_publicada", "Edición publicada", moment(subject.published_at));
    say("version", "Versión", subject.release.to_string());
    say("version_construida", "Versión construida", moment(subject.built_at));
    say("filas", "Filas", subject.rows.to_string());
    say("responsable", "Responsable", contract.owner.clone());
    say("licencia", "Licencia", contract.licence.clone());
    let credit = if contract.attribution.is_empty() { &contract.owner } else { &contract.attribution };
    say("atribucion", "Atribución", credit.clone());
    for (number, source) in subject.sources.iter().enumerate() {
        let suffix = if number == 0 { String::new() } else { format!("_{}", number + 1) };
        let of = if subject.sources.len() == 1 { String::new() } else { format!(" {}", number + 1) };
        let name = source.origin.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or_default();
        say(&format!("fuente{suffix}"), &format!("Archivo fuente{of}"), name.to_owned());
        say(&format!("fuente_sha256{suffix}"), &format!("SHA-256 del archivo fuente{of}"), source.sha256.clone());
        say(&format!("fuente_recibida{suffix}"), &format!("Archivo fuente{of} recibido"), moment(source.received_at));
    }
    let inputs = contract.derive.iter().flat_map(|derive| &derive.inputs).map(ToString::to_string);
    say("calculado_de", "Calculado a partir de", inputs.collect::<Vec<_>>().join(", "));
    if subject.columns.iter().any(|column| column.kind == ColumnKind::Geometry) {
        let words = "EPSG:4326 (WGS 84), longitud y latitud en grados";
        say("sistema_de_coordenadas", "Sistema de coordenadas", words.into());
    }
    facts
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
