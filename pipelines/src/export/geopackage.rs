//! GeoPackage: the layer, what it is (metadata extension), and what its columns are (schema extension).

use std::path::Path;

use gdal::config::{clear_thread_local_config_option, set_thread_local_config_option};
use gdal::vector::OGRwkbGeometryType;
use gdal::vector::sql::Dialect;
use gdal::{Dataset, Metadata as _};

use super::Spool;
use super::about::About;
use super::failure::Failure;
use super::ogr::{self, Field, Target};

/// What GDAL writes as the date of change.
const CLOCK: &str = "OGR_CURRENT_DATE";

pub(super) fn write(spool: &Spool, geometry: usize, path: &Path) -> Result<(), Failure> {
    // The same release gives the same bytes, whenever it is written.
    set_thread_local_config_option(CLOCK, &spool.about.built_at.format("%Y-%m-%dT%H:%M:%S.000Z").to_string())?;
    let written = layer(spool, geometry, path);
    clear_thread_local_config_option(CLOCK)?;
    written
}

fn layer(spool: &Spool, geometry: usize, path: &Path) -> Result<(), Failure> {
    let about = &spool.about;
    // The key that GeoPackage wants, under a name that no column has.
    let taken = |name: &&str| about.columns.iter().any(|column| column.name == *name);
    let fid = ["fid", "fid_gpkg", "fid_geopackage"].into_iter().find(|name| !taken(name)).unwrap_or("fid_");
    let description = about.facts.iter().find(|fact| fact.key == "descripcion").map_or("", |fact| &fact.value);
    let options = [
        format!("FID={fid}"),
        format!("GEOMETRY_NAME={}", about.columns[geometry].name),
        format!("IDENTIFIER={}", about.title),
        format!("DESCRIPTION={description}"),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let target = Target {
        driver: "GPKG",
        path,
        options: &options,
        fields: Field::all(about),
        shapes: ogr::one_type(&spool.survey.shapes).unwrap_or(OGRwkbGeometryType::wkbUnknown),
        geometry,
    };
    let mut dataset = ogr::write(spool, &target)?;
    for fact in &about.facts {
        dataset.set_metadata_item(&fact.key, &fact.value, "")?;
    }
    describe_columns(about, &dataset)?;
    dataset.close()?;
    Ok(())
}

/// Titles and contents of the columns, as the schema extension keeps them.
fn describe_columns(about: &About, dataset: &Dataset) -> Result<(), Failure> {
    run(
        dataset,
        "create table if not exists gpkg_extensions (table_name text, column_name text, extension_name text not null, \
         definition text not null, scope text not null, constraint ge_tce unique (table_name, column_name, extension_name))",
    )?;
    run(
        dataset,
        "create table gpkg_data_columns (table_name text not null, column_name text not null, name text, title text, \
         description text, mime_type text, constraint_name text, constraint pk_gdc primary key (table_name, column_name), \
         constraint gdc_tn unique (table_name, name))",
    )?;
    run(
        dataset,
        "create table gpkg_data_column_constraints (constraint_name text not null, constraint_type text not null, value text, \
         min numeric, min_is_inclusive boolean, max numeric, max_is_inclusive boolean, description text, \
         constraint gdcc_ntv unique (constraint_name, constraint_type, value))",
    )?;
    for table in ["gpkg_data_columns", "gpkg_data_column_constraints"] {
        run(
            dataset,
            &format!(
                "insert into gpkg_extensions values ('{table}', null, 'gpkg_schema', \
                 'http://www.geopackage.org/spec121/#extension_schema', 'read-write')"
            ),
        )?;
    }
    for column in &about.columns {
        let title = if column.title.is_empty() { "null".into() } else { literal(&column.title) };
        run(
            dataset,
            &format!(
                "insert into gpkg_data_columns values ({}, {}, null, {title}, {}, null, null)",
                literal(&about.dataset),
                literal(&column.name),
                literal(&column.words)
            ),
        )?;
    }
    Ok(())
}

fn run(dataset: &Dataset, statement: &str) -> Result<(), Failure> {
    dataset.execute_sql(statement, None, Dialect::DEFAULT)?;
    Ok(())
}

/// SQLite knows no parameters here; a text ends at its quote, and a quote within is written twice.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
