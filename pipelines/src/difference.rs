//! What differs between two releases, as a GeoPackage: one layer, a feature for each row that is not the same, with its values before
//! and after. The same two releases give the same bytes.

use std::path::Path;

use futures::TryStreamExt as _;
use gdal::config::{clear_thread_local_config_option, set_thread_local_config_option};
use gdal::errors::GdalError;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Defn, Feature, FieldDefn, Geometry, Layer, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use goreos_db::difference::{Changed, Changes, Compared, Kind, Values};
use goreos_domain::ReleaseId;
use tokio::sync::mpsc;

use crate::{Stop, internal};

/// What is written as the date of change: that of no run, so that bytes depend on the releases alone.
const MADE: &str = "2000-01-01T00:00:00.000Z";
const CLOCK: &str = "OGR_CURRENT_DATE";
/// Rows on their way from the database to the disk.
const ON_THE_WAY: usize = 64;

/// Which difference.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Its columns.
    pub compared: Compared,
    /// The older release.
    pub from: ReleaseId,
    /// The newer release.
    pub to: ReleaseId,
    /// Metres up to which a geometry is the same.
    pub tolerance_m: f64,
}

/// Writes the rows to a file that is not there yet, as they come.
///
/// # Errors
/// When the rows stop coming, or the disk or GDAL fails; the file is then for the caller to remove.
pub async fn write_difference(mut rows: Changes<'_>, difference: Difference, path: &Path) -> Result<(), Stop> {
    let (send, receive) = mpsc::channel(ON_THE_WAY);
    let path = path.to_owned();
    let writing = tokio::task::spawn_blocking(move || write(receive, &difference, &path));
    let mut ended = Ok(());
    loop {
        match rows.try_next().await {
            // The writer went away: it says why.
            Ok(Some(row)) => {
                if send.send(row).await.is_err() {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => {
                ended = Err(Stop::from(error));
                break;
            }
        }
    }
    drop(send);
    let written = writing.await.map_err(|error| Stop::Fault(internal(&error)))?;
    ended?;
    written.map_err(|error| Stop::Fault(internal(&error)))
}

fn write(rows: mpsc::Receiver<Changed>, difference: &Difference, path: &Path) -> Result<(), GdalError> {
    set_thread_local_config_option(CLOCK, MADE)?;
    let written = layer(rows, difference, path);
    clear_thread_local_config_option(CLOCK)?;
    written
}

fn layer(mut rows: mpsc::Receiver<Changed>, difference: &Difference, path: &Path) -> Result<(), GdalError> {
    let Difference { compared, from, to, tolerance_m } = difference;
    let mut dataset = DriverManager::get_driver_by_name("GPKG")?.create_vector_only(path)?;
    let fields = fields(compared);
    create_layer(&mut dataset, &fields, difference)?;
    let transaction = dataset.start_transaction()?;
    let layer = transaction.layer(0)?;
    let definition = Defn::from_layer(&layer);
    while let Some(row) = rows.blocking_recv() {
        feature(&definition, &fields, &row, &layer)?;
    }
    transaction.commit()?;
    let facts = [
        ("conjunto", compared.dataset.clone()),
        ("version_antes", from.to_string()),
        ("version_despues", to.to_string()),
        ("tolerancia_m", tolerance_m.to_string()),
        ("columnas_nuevas", names(&compared.came)),
        ("columnas_retiradas", names(&compared.went)),
    ];
    for (key, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        gdal::Metadata::set_metadata_item(&mut dataset, key, value, "")?;
    }
    dataset.close()
}

fn names(columns: &[goreos_db::difference::ComparedColumn]) -> String {
    columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn create_layer(dataset: &mut Dataset, fields: &[Field], difference: &Difference) -> Result<(), GdalError> {
    let Difference { compared, from, to, .. } = difference;
    let mut system = SpatialRef::from_epsg(4326)?;
    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let identifier = format!("IDENTIFIER={}: versión {from} a {to}", compared.dataset);
    let description = format!(
        "DESCRIPTION=Lo que cambió entre las versiones {from} y {to}. La geometría es la nueva; la anterior, si la fila se eliminó."
    );
    let fid = format!("FID={}", unused("fid", fields));
    let layer = dataset.create_layer(LayerOptions {
        name: &format!("{}_{from}_{to}", compared.dataset),
        srs: compared.geometry.then_some(&system),
        ty: if compared.geometry { OGRwkbGeometryType::wkbUnknown } else { OGRwkbGeometryType::wkbNone },
        options: Some(&[&identifier, &description, &fid]),
    })?;
    for field in fields {
        FieldDefn::new(&field.name, field.kind())?.add_to_layer(&layer)?;
    }
    Ok(())
}

/// Where the value of a field is taken from.
#[derive(Debug, Clone, Copy)]
enum Source {
    Kind,
    Metres,
    Key(usize),
    Before(usize),
    After(usize),
}

struct Field {
    name: String,
    source: Source,
    values: Values,
}

impl Field {
    fn kind(&self) -> OGRFieldType::Type {
        match self.values {
            Values::Whole | Values::Money => OGRFieldType::OFTInteger64,
            Values::Real => OGRFieldType::OFTReal,
            Values::Date => OGRFieldType::OFTDate,
            Values::Text | Values::Bool => OGRFieldType::OFTString,
        }
    }
}

/// `cambio`, what names the row, `distancia_m`, and each other column before and after.
fn fields(compared: &Compared) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut add = |name: &str, source, values| {
        let name = unused(name, &fields);
        fields.push(Field { name, source, values });
    };
    for (at, column) in compared.key.iter().enumerate() {
        add(&column.name, Source::Key(at), column.values);
    }
    if compared.key.is_empty() {
        add("source_row", Source::Key(0), Values::Whole);
    }
    add("cambio", Source::Kind, Values::Text);
    if compared.geometry && !compared.key.is_empty() {
        add("distancia_m", Source::Metres, Values::Real);
    }
    for (at, column) in compared.columns.iter().enumerate() {
        add(&format!("antes_{}", column.name), Source::Before(at), column.values);
        add(&format!("despues_{}", column.name), Source::After(at), column.values);
    }
    fields
}

/// The name, or one that no field has: GeoPackage does not tell upper from lower case.
fn unused(name: &str, fields: &[Field]) -> String {
    let mut name = name.to_owned();
    while fields.iter().any(|field| field.name.eq_ignore_ascii_case(&name)) {
        name.push('_');
    }
    name
}

fn feature(definition: &Defn, fields: &[Field], row: &Changed, layer: &Layer<'_>) -> Result<(), GdalError> {
    let mut feature = Feature::new(definition)?;
    for (number, field) in fields.iter().enumerate() {
        let text = match field.source {
            Source::Kind => Some(row.kind.spanish()),
            Source::Metres => {
                if let Some(metres) = row.moved_m {
                    feature.set_field_double(number, (metres * 100.0).round() / 100.0)?;
                }
                continue;
            }
            Source::Key(at) => row.key.get(at).and_then(|(_, value)| value.as_deref()),
            Source::Before(at) => row.cells.get(at).and_then(|cell| cell.before.as_deref()),
            Source::After(at) => row.cells.get(at).and_then(|cell| cell.after.as_deref()),
        };
        let Some(text) = text else {
            feature.set_field_null(number)?;
            continue;
        };
        match field.values {
            Values::Whole | Values::Money if let Ok(whole) = text.parse() => {
                feature.set_field_integer64(number, whole)?;
            }
            Values::Real if let Ok(real) = text.parse() => feature.set_field_double(number, real)?,
            // GDAL reads days as PostgreSQL writes them.
            _ => feature.set_field_string(number, text)?,
        }
    }
    let wkb = if row.kind == Kind::Removed { &row.before } else { &row.after };
    if let Some(wkb) = wkb.as_ref().or(row.before.as_ref()) {
        feature.set_geometry(Geometry::from_wkb(wkb)?)?;
    }
    feature.create(layer)
}

#[cfg(test)]
mod tests {
    use gdal::vector::{FieldValue, LayerAccess as _};
    use goreos_db::difference::{Cell, ComparedColumn};

    use super::*;

    fn column(name: &str, values: Values) -> ComparedColumn {
        ComparedColumn { name: name.into(), title: name.into(), values }
    }

    fn difference() -> Difference {
        let compared = Compared {
            dataset: "obras".into(),
            key: vec![column("fid", Values::Text), column("Cambio", Values::Whole)],
            columns: vec![column("monto", Values::Whole), column("dia", Values::Date)],
            geometry: true,
            ..Compared::default()
        };
        Difference { compared, from: ReleaseId(3), to: ReleaseId(7), tolerance_m: 1.0 }
    }

    fn rows() -> Vec<Changed> {
        let point = |x: f64| {
            let mut wkb = vec![1, 1, 0, 0, 0];
            wkb.extend([x, -36.6].into_iter().flat_map(f64::to_le_bytes));
            Some(wkb)
        };
        let cell = |column: &str, before: Option<&str>, after: Option<&str>| Cell {
            column: column.into(),
            before: before.map(Into::into),
            after: after.map(Into::into),
        };
        vec![
            Changed {
                kind: Kind::Changed,
                key: vec![("fid".into(), Some("a".into())), ("Cambio".into(), Some("1".into()))],
                cells: vec![cell("monto", Some("9007199254740993"), Some("-5")), cell("dia", None, Some("2026-03-04"))],
                moved_m: Some(5.004),
                before: point(-72.0),
                after: point(-72.1),
            },
            Changed {
                kind: Kind::Removed,
                key: vec![("fid".into(), Some("b".into())), ("Cambio".into(), None)],
                cells: vec![cell("monto", Some("1"), None), cell("dia", None, None)],
                moved_m: None,
                before: point(-73.0),
                after: None,
            },
        ]
    }

    async fn written(path: &Path) {
        let rows = futures::stream::iter(rows().into_iter().map(Ok));
        write_difference(Box::pin(rows), difference(), path).await.expect("written");
    }

    #[tokio::test]
    async fn every_row_is_a_feature_with_its_values_before_and_after() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.gpkg");
        written(&path).await;
        let dataset = Dataset::open(&path).expect("a GeoPackage");
        let mut layer = dataset.layer(0).expect("a layer");
        assert_eq!(layer.name(), "obras_3_7");
        let names: Vec<String> = layer.defn().fields().map(|field| field.name()).collect();
        assert_eq!(
            names,
            ["fid", "Cambio", "cambio_", "distancia_m", "antes_monto", "despues_monto", "antes_dia", "despues_dia"]
        );
        let features: Vec<_> = layer.features().collect();
        assert_eq!(features.len(), 2);
        let value = |feature: usize, name: &str| {
            let at = names.iter().position(|one| one == name).expect("a field");
            features[feature].field(at).expect("a field")
        };
        assert_eq!(value(0, "cambio_"), Some(FieldValue::StringValue("modificada".into())));
        assert_eq!(value(0, "antes_monto"), Some(FieldValue::Integer64Value(9_007_199_254_740_993)));
        assert_eq!(value(0, "distancia_m"), Some(FieldValue::RealValue(5.0)));
        assert!(matches!(value(0, "despues_dia"), Some(FieldValue::DateValue(day)) if day.to_string() == "2026-03-04"));
        assert_eq!((value(1, "Cambio"), value(1, "despues_monto")), (None, None));
        let x = |feature: usize| features[feature].geometry().expect("a geometry").get_point(0).0;
        assert_eq!((x(0), x(1)), (-72.1, -73.0));
    }

    #[tokio::test]
    async fn the_same_difference_gives_the_same_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, other) = (folder.path().join("a.gpkg"), folder.path().join("b.gpkg"));
        written(&one).await;
        written(&other).await;
        let bytes = |path: &Path| std::fs::read(path).expect("written");
        assert!(bytes(&one) == bytes(&other));
    }

    #[tokio::test]
    async fn a_table_without_geometry_is_a_layer_without_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.gpkg");
        let mut difference = difference();
        difference.compared.geometry = false;
        let rows = rows().into_iter().map(|row| Ok(Changed { before: None, after: None, ..row }));
        write_difference(Box::pin(futures::stream::iter(rows)), difference, &path).await.expect("written");
        let dataset = Dataset::open(&path).expect("a GeoPackage");
        let layer = dataset.layer(0).expect("a layer");
        assert_eq!((layer.feature_count(), layer.defn().geom_fields().count()), (2, 0));
    }
}
