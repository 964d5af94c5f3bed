//! The two tables: which columns they have, which of them name a row, and which are compared.

use goreos_domain::{DatasetId, ReleaseId};
use serde_json::Value;

use super::{Compared, ComparedColumn, Values};
use crate::edition::release_table;
use crate::{Connection, DbError};

/// Columns that say where a row was read, not what it says.
const ORIGIN: [&str; 2] = ["source_row", "source_release"];
/// Titles of the columns the platform adds.
const ADDED: [(&str, &str); 4] = [
    ("source_row", "Fila del archivo"),
    ("territory_level", "Nivel territorial"),
    ("territory_cut", "Código del territorio"),
    ("territory_cuts", "Códigos de los territorios"),
];
/// From which distance a geometry is elsewhere, when the contract does not say.
const TOLERANCE_M: f64 = 1.0;

/// A release table.
#[derive(Debug, Clone)]
pub(super) struct Side {
    pub(super) dataset: String,
    /// Qualified.
    pub(super) table: String,
    pub(super) rows: i64,
    pub(super) contract: Value,
    pub(super) columns: Vec<TableColumn>,
}

/// A column as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableColumn {
    pub(super) name: String,
    /// The name of its type: `text`, `int8`, `_text`.
    pub(super) kind: String,
    pub(super) not_null: bool,
}

/// Two tables and how their rows are matched.
#[derive(Debug, Clone)]
pub(super) struct Pairing {
    pub(super) from: Side,
    pub(super) to: Side,
    /// Of the older and of the newer table; empty without a key.
    pub(super) key: Vec<(TableColumn, TableColumn)>,
    pub(super) columns: Vec<(TableColumn, TableColumn)>,
    /// The column of the geometry.
    pub(super) geometry: Option<String>,
    /// The key may name several rows, which then are told apart by their place among their equals.
    pub(super) repeated: bool,
}

/// What is compared between two releases.
///
/// # Errors
/// [`DbError::ReleaseGone`] when one has no table (any more), [`DbError::OtherDataset`] when they are not of one dataset.
pub async fn compared(connection: &mut Connection, from: ReleaseId, to: ReleaseId) -> Result<Compared, DbError> {
    Ok(Pairing::load(connection, from, to).await?.compared())
}

/// Metres from which a geometry counts as moved, as the contract of the newer release says.
///
/// # Errors
/// [`DbError::ReleaseGone`] when there is no such release.
pub async fn tolerance(connection: &mut Connection, to: ReleaseId) -> Result<f64, DbError> {
    let moved_m = sqlx::query_scalar!(
        "select (contract #>> '{gate,moved_m}')::double precision from releases where id = $1",
        to.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(moved_m.ok_or(DbError::ReleaseGone(to))?.unwrap_or(TOLERANCE_M))
}

/// What a release is of, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseTitle {
    pub dataset: DatasetId,
    /// As its contract said.
    pub title: String,
    /// Invented data.
    pub example: bool,
}

/// What a release is of.
///
/// # Errors
/// [`DbError::ReleaseGone`] when there is no such release.
pub async fn title(connection: &mut Connection, release: ReleaseId) -> Result<ReleaseTitle, DbError> {
    let row = sqlx::query!(
        r#"select dataset_id, contract ->> 'title' as title, coalesce((contract ->> 'example')::boolean, false) as "example!"
           from releases where id = $1 and built_at is not null"#,
        release.0
    )
    .fetch_optional(connection)
    .await?
    .ok_or(DbError::ReleaseGone(release))?;
    let title = row.title.unwrap_or_else(|| row.dataset_id.clone());
    let dataset = DatasetId::parse(&row.dataset_id).map_err(|_| DbError::UnknownWord(row.dataset_id))?;
    Ok(ReleaseTitle { dataset, title, example: row.example })
}

impl Side {
    pub(super) async fn load(connection: &mut Connection, release: ReleaseId) -> Result<Self, DbError> {
        let gone = || DbError::ReleaseGone(release);
        let row = sqlx::query!(
            r#"select dataset_id, contract, rows as "rows!" from releases where id = $1 and built_at is not null"#,
            release.0
        )
        .fetch_optional(&mut *connection)
        .await?
        .ok_or_else(gone)?;
        let table = release_table(&row.dataset_id, release);
        let columns = sqlx::query_as!(
            TableColumn,
            r#"select a.attname::text as "name!", t.typname::text as "kind!", a.attnotnull as not_null
               from pg_attribute a join pg_type t on t.oid = a.atttypid
               where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
               order by a.attnum"#,
            table
        )
        .fetch_all(connection)
        .await?;
        if columns.is_empty() {
            return Err(gone());
        }
        Ok(Self { dataset: row.dataset_id, table, rows: row.rows, contract: row.contract, columns })
    }

    pub(super) fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns that name a row, as the contract says.
    fn key(&self) -> Vec<&str> {
        let names = |pointer| self.contract.pointer(pointer).and_then(Value::as_array);
        let key = names("/load/key").filter(|key| !key.is_empty()).or_else(|| names("/derive/key"));
        key.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// True when the database itself keeps these columns from naming two rows.
    fn is_unique(&self, key: &[&str]) -> bool {
        let own = self.contract.pointer("/load/key").and_then(Value::as_array);
        let own: Vec<&str> = own.into_iter().flatten().filter_map(Value::as_str).collect();
        !own.is_empty()
            && own.iter().all(|name| key.contains(name) && self.column(name).is_some_and(|column| column.not_null))
    }

    /// True when two rows have the same values there.
    async fn repeats(&self, connection: &mut Connection, key: &[&str]) -> Result<bool, DbError> {
        if self.is_unique(key) {
            return Ok(false);
        }
        let columns: Vec<String> = key.iter().map(|name| super::statement::quoted(name)).collect();
        let statement =
            format!("select exists (select from {} group by {} having count(*) > 1)", self.table, columns.join(", "));
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).persistent(false).fetch_one(connection).await?)
    }

    /// A column in the words of the contract.
    fn shown(&self, column: &TableColumn) -> ComparedColumn {
        let name = column.name.as_str();
        let find = |pointer: &str, key: &str| {
            self.contract.pointer(pointer).and_then(Value::as_array)?.iter().find(|one| one[key] == name)
        };
        let declared = find("/column", "name");
        let figure = find("/derive/figure", "column");
        let title = declared.or(figure).and_then(|one| one["title"].as_str()).filter(|title| !title.is_empty());
        let added = || ADDED.iter().find(|(added, _)| *added == name).map(|(_, title)| *title);
        let is_money =
            declared.is_some_and(|one| one["type"] == "money") || figure.is_some_and(|one| one["unit"] == "CLP");
        ComparedColumn {
            name: name.to_owned(),
            title: title.or_else(added).unwrap_or(name).to_owned(),
            values: match column.values() {
                Values::Whole if is_money => Values::Money,
                values => values,
            },
        }
    }
}

impl TableColumn {
    pub(super) fn is_geometry(&self) -> bool {
        self.kind == "geometry"
    }

    fn values(&self) -> Values {
        match self.kind.as_str() {
            "int2" | "int4" | "int8" => Values::Whole,
            "float4" | "float8" | "numeric" => Values::Real,
            "date" => Values::Date,
            "bool" => Values::Bool,
            _ => Values::Text,
        }
    }
}

impl Pairing {
    pub(super) async fn load(connection: &mut Connection, from: ReleaseId, to: ReleaseId) -> Result<Self, DbError> {
        let from = Side::load(&mut *connection, from).await?;
        let to = Side::load(&mut *connection, to).await?;
        if from.dataset != to.dataset {
            return Err(DbError::OtherDataset { from: from.dataset, to: to.dataset });
        }
        // The newer contract decides; a column that is not in both tables matches nothing.
        let in_both = |key: Vec<&str>| -> Vec<(TableColumn, TableColumn)> {
            let pairs: Option<Vec<_>> =
                key.iter().map(|name| Some((from.column(name)?.clone(), to.column(name)?.clone()))).collect();
            pairs.unwrap_or_default()
        };
        let mut key = in_both(to.key());
        if key.is_empty() {
            key = in_both(from.key());
        }
        let names: Vec<&str> = key.iter().map(|(_, column)| column.name.as_str()).collect();
        let geometry = |side: &Side| side.columns.iter().find(|column| column.is_geometry()).map(|c| c.name.clone());
        let geometry = geometry(&to).filter(|name| from.column(name).is_some_and(TableColumn::is_geometry));
        let columns = to
            .columns
            .iter()
            .filter(|column| !ORIGIN.contains(&column.name.as_str()) && !names.contains(&column.name.as_str()))
            .filter(|column| geometry.as_ref() != Some(&column.name))
            .filter_map(|column| Some((from.column(&column.name)?.clone(), column.clone())))
            .collect();
        let repeated = key.is_empty()
            || from.repeats(&mut *connection, &names).await?
            || to.repeats(&mut *connection, &names).await?;
        Ok(Self { from, to, key, columns, geometry, repeated })
    }

    pub(super) fn compared(&self) -> Compared {
        let shown =
            |pairs: &[(TableColumn, TableColumn)]| pairs.iter().map(|(_, column)| self.to.shown(column)).collect();
        let only = |one: &Side, other: &Side| {
            let columns = one.columns.iter();
            columns
                .filter(|column| !ORIGIN.contains(&column.name.as_str()) && other.column(&column.name).is_none())
                .map(|column| one.shown(column))
                .collect()
        };
        Compared {
            dataset: self.to.dataset.clone(),
            key: shown(&self.key),
            columns: shown(&self.columns),
            came: only(&self.to, &self.from),
            went: only(&self.from, &self.to),
            geometry: self.geometry.is_some(),
        }
    }

    /// The column that says where a row was read, for rows that nothing else names.
    pub(super) fn origin(&self) -> Option<&'static str> {
        (self.key.is_empty() && self.from.column(ORIGIN[0]).is_some() && self.to.column(ORIGIN[0]).is_some())
            .then_some(ORIGIN[0])
    }
}
