//! What a Parquet file says of itself at its end, proven against its size.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use goreos_domain::{Contract, Fault, FileFormat, PlaceGeometry};
use polars::prelude::{ArrowSchema, FileMetadata, FileMetadataRef, ParquetReader, SerReader, infer_schema};

use super::cell::{is_bytes, is_flat};
use super::geo::{Crs, Geo};
use super::{damaged, guarded};
use crate::read::crs::{self, Reprojection, Said};
use crate::read::magic::{expect, unreadable};
use crate::read::{Findings, Headers, Input, table};

/// The last bytes of a file, and the first.
const MAGIC: &[u8; 4] = b"PAR1";

/// What is read of a file, and how.
pub(super) struct Footer {
    pub(super) rows: u64,
    /// The columns that become cells.
    pub(super) names: Vec<String>,
    /// Columns of lists and structures, and of geometries that are not the layer's.
    pub(super) left_out: Vec<String>,
    pub(super) geometry: Option<Geometry>,
    /// Places of the columns that are read.
    pub(super) projection: Vec<usize>,
    pub(super) groups: Vec<Group>,
}

/// The column of the layer's geometry.
pub(super) struct Geometry {
    pub(super) column: String,
    crs: Option<Crs>,
    extent: Option<[f64; 4]>,
}

impl Geometry {
    /// The way to longitude and latitude from the system the file says it is in.
    pub(super) fn reprojection(&self, input: &Input<'_>, findings: &mut Findings) -> Result<Reprojection, Fault> {
        let declared = input.contract.place.geometry.as_ref().is_some_and(|geometry| geometry.crs.is_some());
        let definition = match &self.crs {
            None => None,
            Some(Crs::Crs84) => Some("OGC:CRS84"),
            Some(Crs::Code(text) | Crs::Json(text)) => Some(text.as_str()),
        };
        let system = definition.and_then(crs::defined);
        if let (Some(definition), None, false) = (definition, &system, declared) {
            let short: String = definition.chars().take(60).collect();
            return Err(Fault::give_up(
                "crs.unknown",
                format!("El sistema de coordenadas que declara el archivo («{short}») no es uno conocido."),
                "Exporte el archivo de nuevo en un sistema EPSG, o declare el crs correcto en el contrato.",
            ));
        }
        let said = Said { system, assumed: self.crs == Some(Crs::Crs84), extent: self.extent };
        Reprojection::of_file(input, said, findings)
    }
}

/// A row group, as a file of its own.
pub(super) struct Group {
    pub(super) rows: usize,
    bytes: usize,
    pub(super) metadata: FileMetadataRef,
}

impl Group {
    /// How many rows to read at a time.
    pub(super) fn slice_rows(&self, most_bytes: usize, most_rows: usize) -> usize {
        let row = (self.bytes / self.rows.max(1)).max(1);
        (most_bytes / row).clamp(1, most_rows)
    }
}

impl Footer {
    /// True for the column of the geometries.
    pub(super) fn is_geometry(&self, column: &str) -> bool {
        self.geometry.as_ref().is_some_and(|geometry| geometry.column == column)
    }

    pub(super) fn read(input: &Input<'_>) -> Result<Self, Fault> {
        prove(input.file)?;
        let file = File::open(input.file).map_err(|error| unreadable(&error))?;
        let length = file.metadata().map_err(|error| unreadable(&error))?.len();
        let mut metadata =
            guarded(|| ParquetReader::new(file).get_metadata().map(|metadata| FileMetadata::clone(metadata)))?;
        let entries = metadata.key_value_metadata.take().unwrap_or_default();
        // Without the schema of the program that wrote the file, its columns are what Parquet says: dictionaries are texts.
        let geo = entries.into_iter().find(|entry| entry.key == "geo").and_then(|entry| entry.value);
        let geo = geo.map(|text| Geo::parse(&text)).transpose()?;
        let schema = guarded(|| infer_schema(&metadata))?;
        if schema.len() > table::MOST_COLUMNS {
            return Err(table::too_many_columns(schema.len()));
        }
        let groups = groups(&mut metadata, length)?;
        let rows = groups.iter().map(|group| group.rows as u64).sum();
        let mut found =
            Self { rows, names: Vec::new(), left_out: Vec::new(), geometry: None, projection: Vec::new(), groups };
        found.geometry = geometry(input.contract, &schema, geo.as_ref())?;
        found.columns(&schema, geo.as_ref());
        found.all_readable(input.contract)?;
        Ok(found)
    }

    fn columns(&mut self, schema: &ArrowSchema, geo: Option<&Geo>) {
        for (place, (name, field)) in schema.iter().enumerate() {
            if self.geometry.as_ref().is_some_and(|geometry| geometry.column == name.as_str()) {
                self.projection.push(place);
            } else if geo
                .is_some_and(|geo| geo.column == name.as_str() || geo.others.iter().any(|other| other == name.as_str()))
                || !is_flat(field.dtype())
            {
                self.left_out.push(name.to_string());
            } else {
                self.projection.push(place);
                self.names.push(name.to_string());
            }
        }
    }

    /// Refuses a file whose contract names a column that cannot be cells.
    fn all_readable(&self, contract: &Contract) -> Result<(), Fault> {
        let all = Headers::new(self.names.iter().chain(&self.left_out).cloned());
        // A missing column is told with the first batch.
        let Ok(places) = all.locate(contract) else { return Ok(()) };
        match places.into_iter().find(|place| *place >= self.names.len()) {
            None => Ok(()),
            Some(place) => Err(Fault::give_up(
                "parquet.column",
                format!(
                    "La columna «{}» es de un tipo que no cabe en una celda (lista, estructura, hora u otro).",
                    all.names()[place]
                ),
                "Exporte esa columna como texto, número o fecha, o quítela del contrato.",
            )),
        }
    }
}

/// Proves that the bytes are those of a Parquet file, from its beginning to its end.
fn prove(file: &Path) -> Result<(), Fault> {
    expect(file, FileFormat::Geoparquet)?;
    let mut opened = File::open(file).map_err(|error| unreadable(&error))?;
    let length = opened.metadata().map_err(|error| unreadable(&error))?.len();
    let mut last = Vec::new();
    opened.seek(SeekFrom::Start(length.saturating_sub(4))).map_err(|error| unreadable(&error))?;
    opened.read_to_end(&mut last).map_err(|error| unreadable(&error))?;
    if length < 12 || last != MAGIC { Err(damaged(&"le falta el final")) } else { Ok(()) }
}

/// The row groups; each lies within the file.
fn groups(metadata: &mut FileMetadata, length: u64) -> Result<Vec<Group>, Fault> {
    let said = metadata.num_rows;
    let mut groups = Vec::new();
    for group in std::mem::take(&mut metadata.row_groups) {
        let inside = group.parquet_columns().iter().all(|column| {
            let range = column.byte_range();
            range.start <= range.end && range.end <= length
        });
        if !inside {
            return Err(damaged(&"describe datos que están más allá de su final"));
        }
        let (rows, bytes) = (group.num_rows(), group.total_byte_size());
        let alone =
            FileMetadata { num_rows: rows, max_row_group_height: rows, row_groups: vec![group], ..metadata.clone() };
        groups.push(Group { rows, bytes, metadata: Arc::new(alone) });
    }
    let counted = groups.iter().map(|group| group.rows).sum::<usize>();
    if counted != said {
        return Err(damaged(&format!("dice tener {said} filas y sus partes suman {counted}")));
    }
    Ok(groups)
}

/// Names of a geometry column in files that do not say which one it is.
const USUAL: [&str; 6] = ["geometry", "geom", "wkb_geometry", "the_geom", "geometria", "wkb"];

/// The geometry that the contract wants of the file; `None` when it wants none.
fn geometry(contract: &Contract, schema: &ArrowSchema, geo: Option<&Geo>) -> Result<Option<Geometry>, Fault> {
    let wanted: Option<&PlaceGeometry> = contract.place.geometry.as_ref().filter(|geometry| geometry.columns.is_none());
    if wanted.is_none() {
        return Ok(None);
    }
    let is_column = |name: &str| schema.get(name).is_some_and(|field| is_bytes(field.dtype()));
    let none = |why: &str| {
        Fault::give_up(
            "parquet.no_geometry",
            format!("El archivo no trae geometría: {why}."),
            "Expórtelo como GeoParquet desde QGIS o geopandas, o quite 'from = \"file\"' de [place] geometry en el contrato.",
        )
    };
    match geo {
        Some(geo) if is_column(&geo.column) => {
            Ok(Some(Geometry { column: geo.column.clone(), crs: geo.crs.clone(), extent: geo.extent }))
        }
        Some(geo) => Err(none(&format!("su columna «{}» no está o no tiene bytes", geo.column))),
        None => USUAL
            .iter()
            .find(|name| is_column(name))
            .map(|name| Some(Geometry { column: (*name).to_owned(), crs: None, extent: None }))
            .ok_or_else(|| none("no es GeoParquet, y ninguna columna se llama como una geometría")),
    }
}
