//! The rows as a layer that GDAL writes.

use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Defn, Feature, FieldDefn, Geometry, Layer, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use goreos_db::export::ColumnKind;

use super::Spool;
use super::about::About;
use super::failure::Failure;
use super::spool::{Row, Rows, Value};

/// What to write, and as what.
pub(super) struct Target<'a> {
    pub(super) driver: &'a str,
    pub(super) path: &'a Path,
    pub(super) options: &'a [&'a str],
    /// One for each cell.
    pub(super) fields: Vec<Field>,
    pub(super) shapes: OGRwkbGeometryType::Type,
    /// The place of the geometry among the columns.
    pub(super) geometry: usize,
}

/// A field of the layer.
pub(super) struct Field {
    pub(super) name: String,
    /// The place of its column.
    pub(super) place: usize,
    pub(super) kind: ColumnKind,
    /// In bytes; texts are cut there.
    pub(super) width: Option<usize>,
}

impl Field {
    /// The cells of a table as they are.
    pub(super) fn all(about: &About) -> Vec<Self> {
        about
            .cells()
            .map(|(place, column)| Self { name: column.name.clone(), place, kind: column.kind, width: None })
            .collect()
    }

    fn definition(&self) -> Result<FieldDefn, Failure> {
        let kind = match self.kind {
            ColumnKind::Text | ColumnKind::Geometry => OGRFieldType::OFTString,
            ColumnKind::Int => OGRFieldType::OFTInteger64,
            ColumnKind::Real | ColumnKind::Decimal => OGRFieldType::OFTReal,
            ColumnKind::Date => OGRFieldType::OFTDate,
            ColumnKind::Bool => OGRFieldType::OFTInteger,
        };
        let definition = FieldDefn::new(&self.name, kind)?;
        if let (Some(width), OGRFieldType::OFTString) = (self.width, kind) {
            definition.set_width(i32::try_from(width).unwrap_or(i32::MAX));
        }
        Ok(definition)
    }
}

/// Writes the layer; the caller may say more in the dataset before it is closed.
pub(super) fn write(spool: &Spool, target: &Target<'_>) -> Result<Dataset, Failure> {
    let mut rows = spool.rows()?;
    let driver = DriverManager::get_driver_by_name(target.driver)?;
    let mut dataset = driver.create_vector_only(target.path)?;
    let system = longitude_latitude()?;
    let layer = dataset.create_layer(LayerOptions {
        name: &spool.about.dataset,
        srs: Some(&system),
        ty: target.shapes,
        options: Some(target.options),
    })?;
    for field in &target.fields {
        field.definition()?.add_to_layer(&layer)?;
    }
    // Only databases have transactions, and are slow without; the others take this for nothing.
    if target.driver == "GPKG" {
        let transaction = dataset.start_transaction()?;
        let layer = transaction.layer(0)?;
        features(&mut rows, target, &layer)?;
        transaction.commit()?;
    } else {
        let layer = dataset.layer(0)?;
        features(&mut rows, target, &layer)?;
    }
    Ok(dataset)
}

fn longitude_latitude() -> Result<SpatialRef, Failure> {
    let mut system = SpatialRef::from_epsg(4326)?;
    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(system)
}

fn features(rows: &mut Rows, target: &Target<'_>, layer: &Layer<'_>) -> Result<(), Failure> {
    let definition = Defn::from_layer(layer);
    while let Some(row) = rows.next()? {
        feature(&definition, &row, target)?.create(layer)?;
    }
    Ok(())
}

fn feature<'a>(definition: &'a Defn, row: &Row<'_>, target: &Target<'_>) -> Result<Feature<'a>, Failure> {
    let mut feature = Feature::new(definition)?;
    for (number, field) in target.fields.iter().enumerate() {
        match row.value(field.place)? {
            Value::Text(text) => feature.set_field_string(number, cut(text, field.width))?,
            Value::Int(whole) => feature.set_field_integer64(number, whole)?,
            Value::Real(real) if real.is_finite() => feature.set_field_double(number, real)?,
            Value::Decimal(digits) => {
                if let Some(real) = digits.parse().ok().filter(|real: &f64| real.is_finite()) {
                    feature.set_field_double(number, real)?;
                }
            }
            Value::Date(day) => {
                let noon = day.and_hms_opt(0, 0, 0).map(|at| at.and_utc().fixed_offset());
                if let Some(at) = noon {
                    feature.set_field_datetime(number, at)?;
                }
            }
            Value::Bool(yes) => feature.set_field_integer(number, i32::from(yes))?,
            Value::Null => feature.set_field_null(number)?,
            Value::Real(_) | Value::Geometry(_) => {}
        }
    }
    if let Some(wkb) = row.wkb(target.geometry) {
        feature.set_geometry(Geometry::from_wkb(wkb)?)?;
    }
    Ok(feature)
}

/// The text, or as many whole letters of it as fit.
fn cut(text: &str, width: Option<usize>) -> &str {
    width.map_or(text, |width| &text[..text.floor_char_boundary(width)])
}

/// The type of a layer of those shapes; `None` when no one type holds them all.
pub(super) fn one_type(shapes: &[&str]) -> Option<OGRwkbGeometryType::Type> {
    let all = |names: &[&str]| shapes.iter().all(|shape| names.contains(shape));
    Some(if all(&["Point"]) {
        OGRwkbGeometryType::wkbPoint
    } else if all(&["MultiPoint"]) {
        OGRwkbGeometryType::wkbMultiPoint
    } else if all(&["LineString"]) {
        OGRwkbGeometryType::wkbLineString
    } else if all(&["LineString", "MultiLineString"]) {
        OGRwkbGeometryType::wkbMultiLineString
    } else if all(&["Polygon"]) {
        OGRwkbGeometryType::wkbPolygon
    } else if all(&["Polygon", "MultiPolygon"]) {
        OGRwkbGeometryType::wkbMultiPolygon
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_letters() {
        assert_eq!(cut("Ñiquén", None), "Ñiquén");
        assert_eq!(cut("Ñiquén", Some(1)), "");
        assert_eq!(cut("Ñiquén", Some(7)), "Ñiqué");
        assert_eq!(cut("Ñiquén", Some(254)), "Ñiquén");
    }

    #[test]
    fn a_layer_has_one_type_or_none() {
        assert_eq!(one_type(&["MultiPolygon", "Polygon"]), Some(OGRwkbGeometryType::wkbMultiPolygon));
        assert_eq!(one_type(&["Point"]), Some(OGRwkbGeometryType::wkbPoint));
        assert_eq!(one_type(&["Point", "Polygon"]), None);
    }
}
