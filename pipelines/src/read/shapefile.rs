//! Shapefiles into batches, by GDAL: one driver, one local path of ours.
//!
//! Geometry leaves here as longitude and latitude on WGS 84 (EPSG:4326), longitude first.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use gdal::cpl::CslStringList;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gdal::vector::{Feature, Geometry, LayerAccess, OGRwkbGeometryType, geometry_type_flatten};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use goreos_domain::{Contract, Fault, GeometryType, PlaceGeometry, Repair, Source, Srid};

use super::magic::{Magic, sniff, unreadable};
use super::{BATCH_ROWS, Batch, Defect, Findings, Headers, Shape, unzip};

pub(super) fn read(
    contract: &Contract,
    source: &Source,
    file: &Path,
    scratch: &Path,
    findings: &mut Findings,
    take: &mut dyn FnMut(&Headers, Batch) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if sniff(file)?.0 != Magic::Zip {
        return Err(Fault::give_up(
            "file.not_a_zip",
            "El archivo no es un ZIP.",
            "Comprima juntos los archivos .shp, .shx, .dbf y .prj en un ZIP.",
        ));
    }
    let (path, name) = unzip::shapefile(file, scratch)?;
    findings.note("layer", name.as_str());
    let table = Table::verify(&path, source)?;
    let encoding = format!("ENCODING={}", gdal_label(&source.encoding));
    let dataset = Dataset::open_ex(
        &path,
        DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
            allowed_drivers: Some(&["ESRI Shapefile"]),
            open_options: Some(&[&encoding]),
            sibling_files: None,
        },
    )
    .map_err(|error| damaged(&error))?;
    let mut layer = dataset.layer(0).map_err(|error| damaged(&error))?;
    findings.note("encoding", source.encoding.as_str());
    findings.note("features", layer.feature_count());
    let reprojection = Reprojection::for_layer(contract, layer.spatial_ref(), findings)?;
    let names: Vec<String> = layer.defn().fields().map(|field| field.name()).collect();
    let headers = Headers::new(names);
    let mut shaper = Shaper::new(contract, reprojection);
    let mut pending = Pending::new(headers.len());
    let mut features = 0;
    for feature in layer.features() {
        features += 1;
        pending.push(&feature, &mut shaper);
        if pending.source_rows.len() == BATCH_ROWS {
            take(&headers, pending.finish(&headers)?)?;
            pending = Pending::new(headers.len());
        }
    }
    if !pending.source_rows.is_empty() {
        take(&headers, pending.finish(&headers)?)?;
    }
    // GDAL ends in silence also where it cannot read on.
    if features != table.records - table.deleted {
        return Err(truncated(&format!("se leyeron {features} de {} registros", table.records - table.deleted)));
    }
    if table.deleted > 0 {
        findings.note("deleted_records", table.deleted);
    }
    if shaper.repaired > 0 {
        findings.note("repaired", shaper.repaired);
    }
    Ok(())
}

/// What the attribute table says of itself, proven against its bytes and the index.
struct Table {
    records: u64,
    /// Records marked as deleted; they are no rows.
    deleted: u64,
}

impl Table {
    fn verify(shp: &Path, source: &Source) -> Result<Self, Fault> {
        let mut reader = BufReader::new(File::open(shp.with_extension("dbf")).map_err(|error| unreadable(&error))?);
        let mut head = [0; 32];
        reader.read_exact(&mut head).map_err(|_| truncated("el .dbf no tiene encabezado"))?;
        let records = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let header = u64::from(u16::from_le_bytes([head[8], head[9]]));
        let width = u64::from(u16::from_le_bytes([head[10], head[11]]));
        let bytes = length(&shp.with_extension("dbf"))?;
        if bytes < header + records * width {
            return Err(truncated(&format!("el .dbf dice tener {records} registros y trae menos")));
        }
        let indexed = length(&shp.with_extension("shx"))?.saturating_sub(100) / 8;
        if indexed != records {
            return Err(truncated(&format!("el .dbf tiene {records} registros y el .shx {indexed}")));
        }
        reader.seek(SeekFrom::Start(header)).map_err(|error| unreadable(&error))?;
        let mut record = vec![0; usize::try_from(width).unwrap_or(0)];
        let (mut deleted, mut sample) = (0, Vec::new());
        for _ in 0..records {
            reader.read_exact(&mut record).map_err(|error| unreadable(&error))?;
            deleted += u64::from(record.first() == Some(&b'*'));
            if sample.len() < SAMPLE {
                sample.extend_from_slice(&record);
            }
        }
        super::magic::matches_encoding(&sample, &source.encoding)?;
        Ok(Self { records, deleted })
    }
}

/// Bytes of the table looked at to judge its encoding.
const SAMPLE: usize = 1 << 20;

fn length(file: &Path) -> Result<u64, Fault> {
    file.metadata().map(|metadata| metadata.len()).map_err(|error| unreadable(&error))
}

fn truncated(why: &str) -> Fault {
    Fault::give_up(
        "shapefile.truncated",
        format!("El shapefile está incompleto: {why}."),
        "Pida el archivo de nuevo a quien lo envía; se cortó al copiarlo o sus partes son de distintas fechas.",
    )
}

/// GDAL's name of an encoding.
fn gdal_label(label: &str) -> String {
    match label.to_lowercase().as_str() {
        "windows-1252" => "CP1252".into(),
        "utf-8" => "UTF-8".into(),
        other => other.to_uppercase(),
    }
}

fn damaged(error: &gdal::errors::GdalError) -> Fault {
    Fault::give_up(
        "shapefile.damaged",
        format!("El shapefile no se puede abrir: {error}."),
        "Pida el archivo de nuevo a quien lo envía, o ábralo y expórtelo en QGIS.",
    )
}

/// From the layer's reference system to WGS 84, longitude first.
struct Reprojection(Option<CoordTransform>);

impl Reprojection {
    fn for_layer(contract: &Contract, found: Option<SpatialRef>, findings: &mut Findings) -> Result<Self, Fault> {
        let declared = contract.place.geometry.as_ref().and_then(|geometry| geometry.crs);
        let mut from = match (found, declared) {
            (Some(found), None) => found,
            (Some(found), Some(declared)) => agree(found, declared)?,
            (None, Some(declared)) => {
                SpatialRef::from_epsg(declared.code()).map_err(|error| super::super::internal(&error))?
            }
            (None, None) => {
                return Err(Fault::give_up(
                    "crs.missing",
                    "El shapefile no trae .prj: no se sabe en qué sistema de coordenadas está.",
                    "Pregunte a quien lo envía y póngalo en el contrato, en [place] geometry: crs = \"EPSG:32718\" (UTM 18S), \"EPSG:32719\" (UTM 19S), \
                     \"EPSG:5361\" (SIRGAS-Chile 19S), \"EPSG:4326\" (grados). No se adivina.",
                ));
            }
        };
        if from.auto_identify_epsg().is_err() && from.auth_code().is_err() {
            findings.note("crs_identified", false);
        }
        from.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let authority = from.authority().unwrap_or_else(|_| from.name().unwrap_or_default());
        findings.note("crs", authority.as_str());
        findings.note("gdal", gdal::version::version_info("RELEASE_NAME"));
        if authority == Srid::WGS84.to_string() {
            return Ok(Self(None));
        }
        let mut to = SpatialRef::from_epsg(Srid::WGS84.code()).map_err(|error| super::super::internal(&error))?;
        to.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let transform = CoordTransform::new(&from, &to).map_err(|error| {
            Fault::give_up(
                "crs.unknown",
                format!("No hay cómo llevar {authority} a EPSG:4326: {error}."),
                "Revise el .prj del archivo, o declare el crs correcto en el contrato.",
            )
        })?;
        Ok(Self(Some(transform)))
    }
}

fn agree(mut found: SpatialRef, declared: Srid) -> Result<SpatialRef, Fault> {
    let identified = found.auto_identify_epsg().is_ok() || found.auth_code().is_ok();
    let authority = found.authority().unwrap_or_default();
    if identified && authority != declared.to_string() {
        return Err(Fault::give_up(
            "crs.mismatch",
            format!("El contrato dice {declared} y el .prj del archivo dice {authority}."),
            "Revise cuál es el correcto: un sistema equivocado corre los lugares cientos de metros.",
        ));
    }
    if identified {
        Ok(found)
    } else {
        SpatialRef::from_epsg(declared.code()).map_err(|error| super::super::internal(&error))
    }
}

/// Turns GDAL's geometries into the WKB that the release's column takes.
struct Shaper {
    kind: GeometryType,
    repair: Repair,
    reprojection: Reprojection,
    repaired: u64,
}

impl Shaper {
    fn new(contract: &Contract, reprojection: Reprojection) -> Self {
        let geometry = contract.place.geometry.as_ref();
        Self {
            kind: geometry.map_or(GeometryType::Multipolygon, PlaceGeometry::kind),
            repair: geometry.map(|g| g.repair).unwrap_or_default(),
            reprojection,
            repaired: 0,
        }
    }

    fn shape(&mut self, geometry: Option<&Geometry>) -> Shape {
        match self.wkb(geometry) {
            Ok(wkb) => Shape::Wkb(wkb),
            Err(defect) => Shape::Refused(defect),
        }
    }

    fn wkb(&mut self, geometry: Option<&Geometry>) -> Result<Vec<u8>, Defect> {
        let geometry = geometry.filter(|geometry| !geometry.is_empty()).ok_or_else(|| {
            defect(
                "geometry.empty",
                "La fila no tiene geometría.",
                "Dibuje o recupere la geometría en el archivo de origen.",
            )
        })?;
        let mut geometry = geometry.clone();
        // Heights and measures are not kept: the release's column is flat.
        geometry.flatten_to_2d();
        if let Some(transform) = &self.reprojection.0 {
            geometry.transform_inplace(transform).map_err(|_| {
                defect(
                    "geometry.outside_crs",
                    "La geometría no se puede llevar a coordenadas geográficas.",
                    "Revise el sistema de coordenadas declarado.",
                )
            })?;
        }
        if !geometry.is_valid() {
            geometry = self.mend(&geometry)?;
        }
        let multi = self.as_kind(geometry)?;
        multi
            .wkb()
            .map_err(|_| defect("geometry.unreadable", "La geometría no se puede leer.", "Ábrala y corríjala en QGIS."))
    }

    fn mend(&mut self, geometry: &Geometry) -> Result<Geometry, Defect> {
        let invalid = || {
            defect(
                "geometry.invalid",
                "La geometría no es válida (se cruza consigo misma o tiene anillos mal cerrados).",
                "Corríjala en QGIS con «Corregir geometrías».",
            )
        };
        if self.repair == Repair::Reject {
            return Err(invalid());
        }
        let mended = geometry.make_valid(&CslStringList::new()).map_err(|_| invalid())?;
        self.repaired += 1;
        Ok(mended)
    }

    /// The geometry as the type of the column; areas gain a collection of one, and lose the lines and points that mending left.
    fn as_kind(&self, geometry: Geometry) -> Result<Geometry, Defect> {
        let flat = geometry_type_flatten(geometry.geometry_type());
        let wrong = || {
            defect(
                "geometry.type",
                "La geometría es de otro tipo que el del contrato.",
                "Revise que el archivo sea el de esta capa.",
            )
        };
        match (self.kind, flat) {
            (GeometryType::Point, OGRwkbGeometryType::wkbPoint)
            | (GeometryType::Multipolygon, OGRwkbGeometryType::wkbMultiPolygon) => Ok(geometry),
            (GeometryType::Multipolygon, OGRwkbGeometryType::wkbPolygon) => {
                let mut multi = Geometry::empty(OGRwkbGeometryType::wkbMultiPolygon).map_err(|_| wrong())?;
                multi.add_geometry(geometry).map_err(|_| wrong())?;
                Ok(multi)
            }
            (GeometryType::Multipolygon, OGRwkbGeometryType::wkbGeometryCollection) => {
                let mut multi = Geometry::empty(OGRwkbGeometryType::wkbMultiPolygon).map_err(|_| wrong())?;
                for part in 0..geometry.geometry_count() {
                    let part = geometry.get_geometry(part).clone();
                    if geometry_type_flatten(part.geometry_type()) == OGRwkbGeometryType::wkbPolygon {
                        multi.add_geometry(part).map_err(|_| wrong())?;
                    }
                }
                if multi.is_empty() { Err(wrong()) } else { Ok(multi) }
            }
            _ => Err(wrong()),
        }
    }
}

fn defect(code: &'static str, reason: &str, remedy: &str) -> Defect {
    Defect { code, reason: reason.into(), remedy: remedy.into() }
}

struct Pending {
    source_rows: Vec<i64>,
    cells: Vec<Vec<String>>,
    shapes: Vec<Shape>,
}

impl Pending {
    fn new(columns: usize) -> Self {
        Self { source_rows: Vec::new(), cells: vec![Vec::new(); columns], shapes: Vec::new() }
    }

    fn push(&mut self, feature: &Feature<'_>, shaper: &mut Shaper) {
        let record = feature.fid().map_or(0, |fid| fid + 1);
        self.source_rows.push(i64::try_from(record).unwrap_or(i64::MAX));
        for (field, column) in self.cells.iter_mut().enumerate() {
            column.push(feature.field_as_string(field).ok().flatten().unwrap_or_default());
        }
        self.shapes.push(shaper.shape(feature.geometry()));
    }

    fn finish(self, headers: &Headers) -> Result<Batch, Fault> {
        let cells = headers.frame(&self.cells)?;
        let rows = self.source_rows.len();
        Ok(Batch { source_rows: self.source_rows, cells, shapes: Some(self.shapes), defects: vec![None; rows] })
    }
}
