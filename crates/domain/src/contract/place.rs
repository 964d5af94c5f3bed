//! How the rows of a contract are put on the territory.

use serde::{Deserialize, Serialize};

use crate::{ColumnName, Cut, Level, Srid};

/// How rows are put on the territory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// By a code or a name in a column.
    pub territory: Option<PlaceTerritory>,
    /// By a geometry.
    pub geometry: Option<PlaceGeometry>,
}

/// How a row's territory is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceTerritory {
    /// By code, by name, or by where its geometry lies.
    pub by: PlaceBy,
    /// The column of the code or name.
    pub column: Option<ColumnName>,
    /// The level expected.
    pub level: Level,
    /// Other levels accepted: amounts at their own level, never shared out.
    #[serde(default)]
    pub also: Vec<Level>,
    /// Only territories inside this region.
    pub region: Option<Cut>,
}

/// See [`PlaceTerritory::by`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceBy {
    /// The cell is a CUT code.
    Code,
    /// The cell is a name, or several.
    Name,
    /// The comuna in which the geometry lies.
    Point,
}

/// Where a row's geometry comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceGeometry {
    /// `"file"` when the file's own geometry is meant.
    pub from: Option<GeometrySource>,
    /// Two columns, `[x, y]`: longitude before latitude, east before north.
    pub columns: Option<[ColumnName; 2]>,
    /// The reference system of the coordinates; for files, what they must say of themselves when given.
    pub crs: Option<Srid>,
    /// The type every geometry must have.
    #[serde(rename = "type")]
    pub kind: Option<GeometryType>,
    /// What to do with an invalid geometry.
    #[serde(default)]
    pub invalid: InvalidGeometry,
    /// What to do with a row without geometry.
    #[serde(default)]
    pub missing: MissingGeometry,
}

impl PlaceGeometry {
    /// The type of the release's geometry column: the one stated, or points for columns and areas for files.
    pub fn kind(&self) -> GeometryType {
        let usual = if self.columns.is_some() { GeometryType::Point } else { GeometryType::Multipolygon };
        self.kind.unwrap_or(usual)
    }
}

/// See [`PlaceGeometry::from`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeometrySource {
    /// The geometry of the file.
    File,
}

/// A geometry type of release tables. Single geometries are kept as collections of one, where the type is a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeometryType {
    /// One position.
    Point,
    /// Positions.
    Multipoint,
    /// Lines.
    Multilinestring,
    /// Areas.
    Multipolygon,
    /// Any of them, as it came.
    Geometry,
}

impl GeometryType {
    /// The PostGIS type name.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Point => "Point",
            Self::Multipoint => "MultiPoint",
            Self::Multilinestring => "MultiLineString",
            Self::Multipolygon => "MultiPolygon",
            Self::Geometry => "Geometry",
        }
    }
}

/// What to do with an invalid geometry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvalidGeometry {
    /// The row is rejected.
    #[default]
    Reject,
    /// It is mended by GEOS's MakeValid, and counted with the area that changed.
    Repair,
    /// It is kept as it is, and counted.
    Keep,
}

/// What to do with a row without geometry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingGeometry {
    /// The row is rejected.
    #[default]
    Reject,
    /// It is kept without one.
    Keep,
}
