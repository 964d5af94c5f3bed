//! The rows behind a figure: how many, what they add up to, the first of them, and all of them in stretches.

use goreos_domain::{Access, ColumnName, ColumnType, Contract, DatasetId, ReleaseId};
use sqlx::{Postgres, QueryBuilder};

use super::RowFilter;
use crate::edition::release_table;
use crate::{Connection, DbError};

/// Pages of the table (of 8 kB) read at once when all rows are wanted.
const STRETCH: i64 = 128;

/// Rows of one release, as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSet {
    pub dataset: DatasetId,
    pub release: ReleaseId,
    /// The dataset's title.
    pub title: String,
    /// All but the geometry, in the order of the table.
    pub columns: Vec<RowColumn>,
    /// Everybody may see its rows; of other datasets only sums are told.
    pub is_public: bool,
    pub filter: RowFilter,
    /// Only the newest count of each territory.
    pub newest: bool,
}

/// A column of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowColumn {
    pub name: String,
    /// As the contract says, or the name.
    pub title: String,
    pub kind: RowKind,
}

/// What the cells of a column are, for writing them down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    Text,
    /// A number that names something: a year, a code.
    Code,
    /// A number of things.
    Whole,
    /// Whole pesos.
    Pesos,
    Real,
    Date,
}

impl RowKind {
    /// True for what can be added up.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Whole | Self::Pesos | Self::Real | Self::Code)
    }
}

/// A row: a text for each column, none where the cell is empty.
pub type RowCells = Vec<Option<String>>;

impl RowSet {
    /// The rows of a release that pass the filter; `None` when it has no column for a part of it.
    pub(super) async fn of(
        connection: &mut Connection,
        contract: &Contract,
        release: ReleaseId,
        filter: RowFilter,
    ) -> Result<Option<Self>, DbError> {
        let table = release_table(contract.id.as_str(), release);
        let columns: Vec<(String, String)> = sqlx::query_as(
            "select attname::text, format_type(atttypid, null) from pg_attribute
             where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum",
        )
        .bind(table)
        .fetch_all(connection)
        .await?;
        if !filter.columns().all(|wanted| columns.iter().any(|(name, _)| name == wanted)) {
            return Ok(None);
        }
        let columns = columns
            .into_iter()
            .filter(|(_, kind)| kind != "geometry")
            .map(|(name, kind)| RowColumn::new(contract, name, &kind))
            .collect();
        Ok(Some(Self {
            dataset: contract.id.clone(),
            release,
            title: contract.title.clone(),
            columns,
            is_public: contract.access == Access::Public,
            filter,
            newest: false,
        }))
    }

    /// Only the newest count (`anio`) of each territory (`cut`).
    #[must_use]
    pub(super) fn newest(mut self) -> Self {
        self.newest = true;
        self
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&RowColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// How many rows, and the exact sum of a column as PostgreSQL writes it.
    pub(super) async fn total(
        &self,
        connection: &mut Connection,
        summed: Option<&ColumnName>,
    ) -> Result<(i64, String), DbError> {
        let sum = summed.map_or_else(|| "'0'".to_owned(), |column| format!("coalesce(sum(\"{column}\"), 0)::text"));
        let mut statement = self.statement(&format!("count(*), {sum}"));
        Ok(statement.build_query_as().fetch_one(connection).await?)
    }

    /// The ground its geometries cover, in km² on the ellipsoid.
    pub(super) async fn area_km2(&self, connection: &mut Connection) -> Result<Option<f64>, DbError> {
        let mut statement = self.statement("sum(ST_Area(geom::geography)) / 1e6");
        Ok(statement.build_query_scalar().fetch_one(connection).await?)
    }

    /// The first rows: the greatest of a column first, else as they stand in the file.
    pub(super) async fn first(
        &self,
        connection: &mut Connection,
        by: Option<&ColumnName>,
        limit: i64,
    ) -> Result<Vec<RowCells>, DbError> {
        let mut statement = self.statement(&self.cells());
        statement.push(" order by ");
        if let Some(column) = by {
            statement.push("\"").push(column).push("\" desc nulls last, ");
        }
        statement.push("ctid limit ").push_bind(limit);
        Ok(statement.build_query_scalar().fetch_all(connection).await?)
    }

    /// The rows of the stretch with that number, from 0, in the order of the table; `None` past its end. Each stretch is read on
    /// its own, so that nobody's slow download holds a connection.
    pub async fn stretch(&self, connection: &mut Connection, number: i64) -> Result<Option<Vec<RowCells>>, DbError> {
        let (from, to) = (number * STRETCH, (number + 1) * STRETCH);
        let pages: i64 =
            sqlx::query_scalar("select pg_relation_size(to_regclass($1)) / current_setting('block_size')::int")
                .bind(self.table())
                .fetch_one(&mut *connection)
                .await?;
        if from >= pages {
            return Ok(None);
        }
        let mut statement = self.statement(&self.cells());
        statement.push(format!(" and ctid >= '({from},0)'::tid and ctid < '({to},0)'::tid order by ctid"));
        Ok(Some(statement.build_query_scalar().fetch_all(connection).await?))
    }

    fn table(&self) -> String {
        release_table(self.dataset.as_str(), self.release)
    }

    /// `select <what> from <table> t where …`
    fn statement(&self, what: &str) -> QueryBuilder<Postgres> {
        let table = self.table();
        let mut statement = QueryBuilder::new(format!("select {what} from {table} t"));
        self.filter.push_where(&mut statement);
        if self.newest {
            statement.push(format!(
                " and not exists (select from {table} later where later.cut = t.cut and later.anio > t.anio)"
            ));
        }
        statement
    }

    /// Every column as text. Names come from contracts and queries of ours; quoted all the same.
    fn cells(&self) -> String {
        let cell = |column: &RowColumn| {
            let name = column.name.replace('"', "\"\"");
            if column.name == "territory_cuts" {
                format!("nullif(array_to_string(\"{name}\", ', '), '')")
            } else {
                format!("\"{name}\"::text")
            }
        };
        format!("array[{}]", self.columns.iter().map(cell).collect::<Vec<_>>().join(", "))
    }
}

impl RowColumn {
    fn new(contract: &Contract, name: String, sql: &str) -> Self {
        let said = contract.column(&name);
        let figure = contract.derive.iter().flat_map(|derive| &derive.figures).find(|f| f.column.as_str() == name);
        let title = match name.as_str() {
            "source_row" => "Fila del archivo".to_owned(),
            "source_release" => "Versión de origen".to_owned(),
            "territory_level" => "Nivel".to_owned(),
            "territory_cut" => "Código territorial".to_owned(),
            "territory_cuts" => "Códigos que nombra".to_owned(),
            _ => said
                .map(|c| c.title.clone())
                .or(figure.map(|f| f.title.clone()))
                .filter(|t| !t.is_empty())
                .unwrap_or(name.clone()),
        };
        let is_pesos = said.is_some_and(|column| column.kind == ColumnType::Money)
            || figure.is_some_and(|figure| figure.unit.is_some());
        let is_counted = figure.is_some() || said.is_some_and(|column| column.sum) || name == "source_row";
        let kind = match sql {
            _ if is_pesos => RowKind::Pesos,
            "smallint" | "integer" | "bigint" | "numeric" if is_counted => RowKind::Whole,
            "smallint" | "integer" | "bigint" => RowKind::Code,
            "real" | "double precision" | "numeric" => RowKind::Real,
            "date" => RowKind::Date,
            _ => RowKind::Text,
        };
        Self { name, title, kind }
    }
}
