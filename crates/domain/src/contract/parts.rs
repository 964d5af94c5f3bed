//! The tables of a contract.

use serde::{Deserialize, Serialize};

use crate::{ColumnName, DatasetId, DecimalMark};

/// Who may read a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Access {
    /// `"public"`: everybody.
    #[default]
    #[serde(with = "public")]
    Public,
    /// Only these roles.
    Roles(Vec<String>),
}

mod public {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("public")
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "public" => Ok(()),
            other => Err(D::Error::custom(format!("access = \"{other}\": use \"public\" o una lista de roles"))),
        }
    }
}

/// The source file and how it is written. What is absent is detected, and said in the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Path of the file, relative to the dataset's folder.
    pub path: String,
    /// What the file must be; verified, never trusted.
    pub format: FileFormat,
    /// The layer of a file that holds several; the only one when absent.
    pub layer: Option<String>,
    /// The sheet of a workbook; the only one with data when absent.
    pub sheet: Option<String>,
    /// The cells of the sheet that hold the table, headers included: `B3:K200`.
    pub range: Option<String>,
    /// Character encoding by its WHATWG label, or `ibm850`.
    pub encoding: Option<String>,
    /// Cell separator of a CSV: one ASCII character.
    pub delimiter: Option<char>,
    /// Decimal mark of its numbers; decided per column by evidence when absent.
    pub decimal: Option<DecimalMark>,
    /// Row number (from 1) of the column names, counted as a spreadsheet does.
    pub header_row: Option<u32>,
    /// Cells that mean "no value"; compared after trimming.
    #[serde(default)]
    pub null: Vec<String>,
    /// What the error cells of a spreadsheet (`#REF!`, `#N/A`) mean.
    #[serde(default)]
    pub errors: ErrorCells,
}

/// A kind of source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Delimited text.
    Csv,
    /// ESRI shapefiles in a ZIP.
    Shapefile,
    /// OGC GeoPackage.
    Geopackage,
    /// GeoJSON (RFC 7946).
    Geojson,
    /// FlatGeobuf.
    Flatgeobuf,
    /// Keyhole Markup Language.
    Kml,
    /// Apache Parquet with WKB geometry.
    Geoparquet,
    /// Office Open XML workbook.
    Xlsx,
    /// OpenDocument spreadsheet.
    Ods,
}

impl FileFormat {
    /// True when its rows may have a geometry of their own.
    pub fn has_geometry(self) -> bool {
        matches!(
            self,
            Self::Shapefile | Self::Geopackage | Self::Geojson | Self::Flatgeobuf | Self::Kml | Self::Geoparquet
        )
    }

    /// True for workbooks of sheets.
    pub fn is_workbook(self) -> bool {
        matches!(self, Self::Xlsx | Self::Ods)
    }
}

/// What the error cells of a spreadsheet mean, and its formulas without a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCells {
    /// The row is refused.
    #[default]
    Reject,
    /// The cell has no value.
    Null,
}

/// A dataset computed from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derive {
    /// The datasets its query may name, as `edition.<dataset>`.
    pub inputs: Vec<DatasetId>,
    /// File of the query, relative to the dataset's folder.
    pub query: String,
    /// Columns of its rows that together name one, for comparing releases.
    #[serde(default)]
    pub key: Vec<ColumnName>,
    /// What planners read off it, by comuna (`territory_cut`): what the gate compares.
    #[serde(default, rename = "figure")]
    pub figures: Vec<Figure>,
}

/// A figure of a derived dataset: a column, summed over the rows of a comuna.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// A column of the query.
    pub column: ColumnName,
    /// Its name for people (Spanish).
    pub title: String,
    /// How it is written: `$` for pesos, none for plain numbers.
    pub unit: Option<MoneyUnit>,
}

/// When a dataset is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Five cron fields: minute hour day month weekday.
    pub cron: String,
    /// IANA time zone the fields are read in.
    pub timezone: String,
    /// What to do with ticks missed while nothing ran.
    #[serde(default)]
    pub catch_up: CatchUp,
}

/// What to do with missed ticks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// Forget them.
    None,
    /// Run once for the last one.
    #[default]
    Latest,
    /// Run for each, up to a cap.
    All,
}

/// How rows replace those of before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// What the file is to the rows of before.
    #[serde(default)]
    pub mode: LoadMode,
    /// Columns that together name a row; a second row of the same key is rejected.
    #[serde(default)]
    pub key: Vec<ColumnName>,
    /// With `upsert`: rows of before whose key the file does not name are left out.
    #[serde(default)]
    pub delete_missing: bool,
}

/// See [`Load::mode`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadMode {
    /// The new release holds exactly the rows of the file.
    #[default]
    Replace,
    /// Rows of before with the same key give way to those of the file; the others stay.
    Upsert,
    /// Rows of before stay; those of the file are added.
    Append,
}

/// A column of the release table and the rules its cells obey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Name in the release table.
    pub name: ColumnName,
    /// Name for people (Spanish).
    #[serde(default)]
    pub title: String,
    /// Headers it may have in the file, compared without case, accents and spaces; its own name when empty.
    #[serde(default)]
    pub from: Vec<String>,
    /// What its cells are.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// The unit of a money column.
    pub unit: Option<MoneyUnit>,
    /// A row without a value is rejected.
    #[serde(default)]
    pub required: bool,
    /// Least value accepted (of numbers, in the file's unit).
    pub min: Option<f64>,
    /// Greatest value accepted.
    pub max: Option<f64>,
    /// The column's total must survive loading to the last unit.
    #[serde(default)]
    pub sum: bool,
    /// The only texts accepted, compared folded and kept in this spelling.
    #[serde(default)]
    pub values: Vec<String>,
}

/// What the cells of a column are, and how they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Text, trimmed, inner spaces single.
    Text,
    /// Whole number, `bigint`.
    Int,
    /// Real number, `double precision`.
    Real,
    /// Amount, kept as whole pesos in a `bigint`.
    Money,
    /// Day, `date`.
    Date,
    /// Territorial code, `text`.
    Cut,
    /// Year, half, quarter or month, `text`: `2024`, `2024-S1`, `2024-T3`, `2024-07`.
    Period,
    /// Tax number with its check digit, `text`: `76123456-0`.
    Rut,
    /// Yes or no, `boolean`.
    Bool,
}

impl ColumnType {
    /// The PostgreSQL type of the release table's column.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text | Self::Cut | Self::Period | Self::Rut => "text",
            Self::Int | Self::Money => "bigint",
            Self::Real => "double precision",
            Self::Date => "date",
            Self::Bool => "boolean",
        }
    }
}

/// In what a money column of a file is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoneyUnit {
    /// `$`: pesos.
    #[serde(rename = "CLP")]
    Pesos,
    /// `M$`: thousands of pesos.
    #[serde(rename = "CLP_thousands")]
    Thousands,
    /// `MM$`: millions of pesos.
    #[serde(rename = "CLP_millions")]
    Millions,
}

impl MoneyUnit {
    /// The unit is `10^power` pesos.
    pub fn power(self) -> u32 {
        match self {
            Self::Pesos => 0,
            Self::Thousands => 3,
            Self::Millions => 6,
        }
    }
}
