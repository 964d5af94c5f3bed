//! FlatGeobuf: GDAL writes the features, in the order of the rows; the header that says what they are and the index over them are
//! put before. GDAL's own index holds the bounds of all features in memory, and its header has no words.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use flatbuffers::FlatBufferBuilder;
use flatgeobuf::{Column, ColumnArgs, Crs, CrsArgs, Header, HeaderArgs, size_prefixed_root_as_header};
use gdal::vector::OGRwkbGeometryType;

use super::Spool;
use super::about::About;
use super::failure::Failure;
use super::geojson::metadata;
use super::index::{Index, NODE};
use super::ogr::{self, Field, Target};
use super::survey::{bounds, shape};

const MAGIC: [u8; 8] = *b"fgb\x03fgb\0";

pub(super) fn write(spool: &Spool, geometry: usize, path: &Path) -> Result<(), Failure> {
    let survey = &spool.survey;
    if survey.unplaced > 0 {
        return Err(Failure::unfit(format!(
            "FlatGeobuf no admite filas sin geometría, y esta versión tiene {}. Descargue el GeoPackage.",
            survey.unplaced
        )));
    }
    let folder = tempfile::tempdir_in(path.parent().unwrap_or(Path::new(".")))?;
    let plain = folder.path().join("features.fgb");
    let target = Target {
        driver: "FlatGeobuf",
        path: &plain,
        // GDAL writes nothing at all for a layer without rows, unless it is to have an index.
        options: &[if survey.rows == 0 { "SPATIAL_INDEX=YES" } else { "SPATIAL_INDEX=NO" }],
        fields: Field::all(&spool.about),
        shapes: ogr::one_type(&survey.shapes).unwrap_or(OGRwkbGeometryType::wkbUnknown),
        geometry,
    };
    ogr::write(spool, &target)?.close()?;
    let mut features = BufReader::with_capacity(1 << 20, File::open(&plain)?);
    let header = header(spool, &mut features)?;
    let start = features.stream_position()?;
    let index = index(spool, geometry, &mut features, folder.path())?;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    out.write_all(&MAGIC)?;
    out.write_all(&header)?;
    index.write(&mut out)?;
    features.seek(SeekFrom::Start(start))?;
    io::copy(&mut features, &mut out)?;
    Ok(out.flush()?)
}

/// Bounds and places of all features, in their order.
fn index(spool: &Spool, geometry: usize, features: &mut BufReader<File>, folder: &Path) -> Result<Index, Failure> {
    let mut index = Index::new(folder)?;
    let mut offset = 0;
    let mut rows = spool.rows()?;
    while let Some(row) = rows.next()? {
        let wkb = row.wkb(geometry).unwrap_or_default();
        // An empty geometry is nowhere.
        let bounds =
            bounds(&shape(wkb)?).unwrap_or([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]);
        index.push(bounds, offset)?;
        let size = size(features)?;
        features.seek_relative(i64::from(size))?;
        offset += 4 + u64::from(size);
    }
    Ok(index)
}

fn size(input: &mut impl Read) -> Result<u32, Failure> {
    let mut size = [0; 4];
    input.read_exact(&mut size)?;
    Ok(u32::from_le_bytes(size))
}

/// The header that GDAL wrote, with what it cannot say: title, description, facts, bounds, and the title of each column.
fn header(spool: &Spool, features: &mut impl Read) -> Result<Vec<u8>, Failure> {
    let mut magic = [0; MAGIC.len()];
    features.read_exact(&mut magic)?;
    let size = size(features)?;
    let mut plain = size.to_le_bytes().to_vec();
    features.take(u64::from(size)).read_to_end(&mut plain)?;
    let plain = size_prefixed_root_as_header(&plain).map_err(|error| Failure::of(&error))?;
    let (about, survey) = (&spool.about, &spool.survey);
    let mut builder = FlatBufferBuilder::new();
    let columns: Vec<_> = plain
        .columns()
        .iter()
        .flatten()
        .map(|column| {
            let described = about.columns.iter().find(|one| one.name == column.name());
            let title = described.filter(|one| !one.title.is_empty()).map(|one| builder.create_string(&one.title));
            let words = described.map(|one| builder.create_string(&one.words));
            let name = builder.create_string(column.name());
            let args = ColumnArgs {
                name: Some(name),
                type_: column.type_(),
                title,
                description: words,
                ..ColumnArgs::default()
            };
            Column::create(&mut builder, &args)
        })
        .collect();
    let crs = CrsArgs {
        org: Some(builder.create_string("EPSG")),
        code: 4326,
        name: Some(builder.create_string("WGS 84")),
        ..CrsArgs::default()
    };
    let args = HeaderArgs {
        name: Some(builder.create_string(&about.dataset)),
        envelope: survey.bounds.map(|bounds| builder.create_vector(&bounds)),
        geometry_type: plain.geometry_type(),
        columns: Some(builder.create_vector(&columns)),
        features_count: survey.rows,
        index_node_size: if survey.rows > 0 { NODE } else { 0 },
        crs: Some(Crs::create(&mut builder, &crs)),
        title: Some(builder.create_string(&about.title)),
        description: Some(builder.create_string(description(about))),
        metadata: Some(builder.create_string(&metadata(about).to_string())),
        ..HeaderArgs::default()
    };
    let header = Header::create(&mut builder, &args);
    builder.finish_size_prefixed(header, None);
    Ok(builder.finished_data().to_vec())
}

fn description(about: &About) -> &str {
    about.facts.iter().find(|fact| fact.key == "descripcion").map_or("", |fact| &fact.value)
}
