//! Parquet, and GeoParquet 1.1 with the bounds of every row in a column of its own, so that readers skip what they do not look for.

use std::fs::File;
use std::path::Path;

use goreos_db::export::ColumnKind;
use polars::prelude::{
    BinaryChunkedBuilder, BooleanChunkedBuilder, ChunkedBuilder as _, Column, DataFrame, Float64Type, Int32Type,
    Int64Type, IntoColumn as _, KeyValueMetadata, ParquetCompression, ParquetMetadataContext, ParquetWriter,
    PlSmallStr, PrimitiveChunkedBuilder, StringChunkedBuilder, StructChunked,
};
use serde_json::json;

use super::Spool;
use super::about::About;
use super::failure::Failure;
use super::geojson::metadata;
use super::spool::{Row, Value};
use super::survey::{Survey, bounds, shape};

/// Rows of a row group.
const GROUP_ROWS: usize = 65_536;
/// Bytes of its texts and geometries.
const GROUP_BYTES: usize = 32 << 20;
const CORNERS: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

pub(super) fn write(spool: &Spool, path: &Path) -> Result<(), Failure> {
    let about = &spool.about;
    let mut rows = spool.rows()?;
    let geometry = about.geometry();
    let mut said = vec![("goreos".to_owned(), metadata(about).to_string())];
    if let Some(place) = geometry {
        said.push(("geo".to_owned(), geo(&about.columns[place].name, bbox(about), &spool.survey)));
    }
    let schema = Group::new(about, 0).finish()?;
    let mut writer = ParquetWriter::new(File::create(path)?)
        .with_compression(ParquetCompression::Zstd(None))
        .batched(schema.schema())?;
    let mut group = Group::new(about, GROUP_ROWS);
    while let Some(row) = rows.next()? {
        group.push(&row, geometry)?;
        if group.is_full() {
            writer.write_batch(&group.finish()?)?;
            group = Group::new(about, GROUP_ROWS);
        }
    }
    if group.rows > 0 {
        writer.write_batch(&group.finish()?)?;
    }
    // Not `finish`: it would add polars' own types, among them texts as views, which pyarrow cannot filter. Without, every reader
    // takes the types that Parquet itself says.
    let said = KeyValueMetadata::from_static(said).collect(ParquetMetadataContext { arrow_schema: "" })?;
    let file = writer.get_writer();
    file.lock().map_err(|error| Failure::of(&error))?.end(Some(said))?;
    Ok(())
}

/// What a GeoParquet file says of its geometry. Without a `crs` it is OGC:CRS84: longitude and latitude on WGS 84.
fn geo(column: &str, bbox: &str, survey: &Survey) -> String {
    let corner = |name: &str| json!([bbox, name]);
    let mut said = json!({
        "encoding": "WKB",
        "geometry_types": survey.shapes,
        "covering": { "bbox": {
            "xmin": corner("xmin"), "ymin": corner("ymin"), "xmax": corner("xmax"), "ymax": corner("ymax"),
        } },
    });
    if let Some(bounds) = survey.bounds {
        said["bbox"] = json!(bounds);
    }
    json!({ "version": "1.1.0", "primary_column": column, "columns": { column: said } }).to_string()
}

/// The rows of a row group, column by column.
struct Group {
    rows: usize,
    /// Of texts and geometries.
    bytes: usize,
    columns: Vec<Builder>,
    /// Corners of each row's geometry, and the name of their column.
    bounds: Option<(PlSmallStr, [Numbers; 4])>,
}

type Numbers = PrimitiveChunkedBuilder<Float64Type>;

enum Builder {
    Text(StringChunkedBuilder),
    Int(PrimitiveChunkedBuilder<Int64Type>),
    Real(Numbers),
    Date(PrimitiveChunkedBuilder<Int32Type>),
    Bool(BooleanChunkedBuilder),
    Wkb(BinaryChunkedBuilder),
}

impl Builder {
    fn new(column: &super::about::Column, rows: usize) -> Self {
        let name = PlSmallStr::from_str(&column.name);
        match column.kind {
            ColumnKind::Text => Self::Text(StringChunkedBuilder::new(name, rows)),
            ColumnKind::Int => Self::Int(PrimitiveChunkedBuilder::new(name, rows)),
            ColumnKind::Real | ColumnKind::Decimal => Self::Real(PrimitiveChunkedBuilder::new(name, rows)),
            ColumnKind::Date => Self::Date(PrimitiveChunkedBuilder::new(name, rows)),
            ColumnKind::Bool => Self::Bool(BooleanChunkedBuilder::new(name, rows)),
            ColumnKind::Geometry => Self::Wkb(BinaryChunkedBuilder::new(name, rows)),
        }
    }

    /// Gives the bytes it took beside a fixed size.
    fn push(&mut self, value: Value<'_>) -> usize {
        match (self, value) {
            (Self::Text(cells), Value::Text(text)) => {
                cells.append_value(text);
                return text.len();
            }
            (Self::Wkb(cells), Value::Geometry(wkb)) => {
                cells.append_value(wkb);
                return wkb.len();
            }
            (Self::Text(cells), _) => cells.append_null(),
            (Self::Wkb(cells), _) => cells.append_null(),
            (Self::Int(cells), Value::Int(number)) => cells.append_value(number),
            (Self::Int(cells), _) => cells.append_null(),
            (Self::Real(cells), Value::Real(number)) => cells.append_value(number),
            (Self::Real(cells), Value::Decimal(digits)) => cells.append_option(digits.parse().ok()),
            (Self::Real(cells), _) => cells.append_null(),
            (Self::Date(cells), Value::Date(day)) => cells.append_value(day.to_epoch_days()),
            (Self::Date(cells), _) => cells.append_null(),
            (Self::Bool(cells), Value::Bool(yes)) => cells.append_value(yes),
            (Self::Bool(cells), _) => cells.append_null(),
        }
        0
    }

    fn finish(self) -> Column {
        match self {
            Self::Text(cells) => cells.finish().into_column(),
            Self::Int(cells) => cells.finish().into_column(),
            Self::Real(cells) => cells.finish().into_column(),
            Self::Date(cells) => cells.finish().into_date().into_column(),
            Self::Bool(cells) => cells.finish().into_column(),
            Self::Wkb(cells) => cells.finish().into_column(),
        }
    }
}

impl Group {
    fn new(about: &About, rows: usize) -> Self {
        let corners = || CORNERS.map(|name| PrimitiveChunkedBuilder::new(name.into(), rows));
        Self {
            rows: 0,
            bytes: 0,
            columns: about.columns.iter().map(|column| Builder::new(column, rows)).collect(),
            bounds: about.geometry().map(|_| (PlSmallStr::from_static(bbox(about)), corners())),
        }
    }

    fn is_full(&self) -> bool {
        self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES
    }

    fn push(&mut self, row: &Row<'_>, geometry: Option<usize>) -> Result<(), Failure> {
        for (place, column) in self.columns.iter_mut().enumerate() {
            self.bytes += column.push(row.value(place)?);
        }
        if let (Some((_, corners)), Some(place)) = (&mut self.bounds, geometry) {
            let bounds = row.wkb(place).map(shape).transpose()?.as_ref().and_then(bounds);
            for (number, corner) in corners.iter_mut().enumerate() {
                corner.append_option(bounds.map(|bounds| bounds[number]));
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(self) -> Result<DataFrame, Failure> {
        let mut columns: Vec<Column> = self.columns.into_iter().map(Builder::finish).collect();
        if let Some((name, corners)) = self.bounds {
            let corners = corners.map(|corner| corner.finish().into_column());
            columns.push(StructChunked::from_columns(name, self.rows, &corners)?.into_column());
        }
        Ok(DataFrame::new(self.rows, columns)?)
    }
}

/// The name of the column of bounds: the one that the specification shows, unless the table has it.
fn bbox(about: &About) -> &'static str {
    if about.columns.iter().any(|column| column.name == "bbox") { "geom_bbox" } else { "bbox" }
}
