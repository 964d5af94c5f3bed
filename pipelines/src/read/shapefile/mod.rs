//! Shapefiles: their parts proven against each other, and read here, straight from their bytes to rows and geometries.
//!
//! GDAL reads `12a4` as 12, decodes by what a label says, and makes an object of every row and every ring, which takes most of its time.

mod dbf;
mod index;
mod shapes;
mod system;
#[cfg(test)]
mod tests;

use std::fs::read_to_string;

use gdal::spatial_ref::SpatialRef;
use goreos_domain::{Charset, DecimalEvidence, Fault, Source};

use self::dbf::Table;
use self::shapes::Shapes;
use super::crs::{Reprojection, Said};
use super::features::{self, Features};
use super::magic::{agreed_encoding, expect, unreadable};
use super::shape::Shaper;
use super::unzip;
use super::{BATCH_ROWS, Findings, Headers, Input, Shape, Take, notices};

/// Reads the shapefile of a ZIP.
///
/// # Errors
/// Those of `unzip::shapefile` and of `Reprojection::of_file`; `shapefile.truncated`, `shapefile.damaged`, `file.encoding`.
pub(super) fn read(input: &Input<'_>, findings: &mut Findings, take: &mut Take<'_>) -> Result<(), Fault> {
    expect(input.file, input.source.format)?;
    notices::listen();
    let folder = tempfile::tempdir_in(input.scratch).map_err(|error| unreadable(&error))?;
    let mut unpacked = unzip::shapefile(input.file, folder.path(), input.source.layer.as_deref())?;
    findings.note("layer", unpacked.name.as_str());
    if unpacked.layers.len() > 1 {
        findings.note("layers", unpacked.layers.clone());
    }
    let mut table = Table::open(&unpacked.part("dbf"))?;
    let (cpg, prj) = (unpacked.part("cpg"), unpacked.part("prj"));
    let mut shapes = Shapes::open(&mut unpacked, table.records)?;
    let cpg = read_to_string(cpg).ok().map(|text| text.trim().to_owned());
    let wanted = Shaper::is_wanted(input.contract);
    let (headers, system) = std::thread::scope(|scope| {
        // GDAL takes as long over it as the table takes to be judged.
        let system = wanted.then(|| scope.spawn(|| system::named(&prj, folder.path())));
        judge(&mut table, cpg.as_deref(), input.source, findings)?;
        let headers = headers(&table, input.source)?;
        Ok((headers, system.and_then(|named| named.join().ok()?)))
    })?;
    let shaper = if wanted {
        let system = system.and_then(|wkt| SpatialRef::from_wkt(&wkt).ok());
        let said = Said { system, assumed: false, extent: shapes.bounds };
        Some(Shaper::new(input.contract, Reprojection::of_file(input, said, findings)?))
    } else {
        None
    };
    let mut taken = Features::new(headers, shaper, take);
    let mut records = table.records()?;
    for number in (1..).take(usize::try_from(table.records).unwrap_or(usize::MAX)) {
        let deleted = records.advance()?;
        let shape = shapes.next()?;
        if !deleted {
            let (text, ends) = records.cells();
            taken.push_whole(number, text, ends, |shaper| {
                shape.map_or(Shape::Missing, |record| shaper.of_record(record))
            })?;
        }
    }
    shapes.end()?;
    taken.end(findings)?;
    findings.note("features", table.records - table.deleted);
    Ok(())
}

/// Settles in which encoding the table is, and notes it.
fn judge(table: &mut Table, cpg: Option<&str>, source: &Source, findings: &mut Findings) -> Result<(), Fault> {
    let said = cpg.and_then(Charset::for_cpg).or_else(|| Charset::for_ldid(table.language));
    let found = table.judge(said)?;
    let charset = agreed_encoding(source.encoding.as_deref(), &found)?;
    findings.note("encoding", charset.label());
    let mut evidence = if source.encoding.is_some() && !found.double && found.malformed == 0 {
        "la declara el contrato, y el contenido no la contradice".to_owned()
    } else {
        found.evidence.clone()
    };
    if let Some(said) = said.filter(|said| *said != charset && !found.ascii) {
        let label = if cpg.is_some() { "Un .cpg" } else { "El encabezado del .dbf" };
        evidence = format!("{label} dice {}; el contenido es {}: {evidence}", said.label(), charset.label());
    }
    findings.note("encoding_evidence", evidence);
    if table.deleted > 0 {
        findings.note("deleted_records", table.deleted);
    }
    table.charset = charset;
    table.double = found.double;
    Ok(())
}

/// The columns, with the decimal mark of each: of texts, what the first rows tell.
fn headers(table: &Table, source: &Source) -> Result<Headers, Fault> {
    let known: Vec<_> = table.marks().collect();
    let mut evidence = vec![DecimalEvidence::default(); known.len()];
    let mut records = table.records()?;
    for _ in 0..table.records.min(BATCH_ROWS as u64) {
        if records.advance()? {
            continue;
        }
        let (text, ends) = records.cells();
        let mut start = 0;
        for ((end, evidence), known) in ends.iter().zip(&mut evidence).zip(&known) {
            if known.is_none() {
                evidence.see(&text[start..*end]);
            }
            start = *end;
        }
    }
    Ok(Headers::new(table.names()).with_marks(features::marks(source, &known, &evidence)))
}

fn truncated(why: &str) -> Fault {
    Fault::give_up(
        "shapefile.truncated",
        format!("El shapefile está incompleto: {why}."),
        "Pida el archivo de nuevo a quien lo envía; se cortó al copiarlo o sus partes son de distintas fechas.",
    )
}

fn damaged(why: &str) -> Fault {
    Fault::give_up(
        "shapefile.damaged",
        format!("El shapefile está dañado: {why}."),
        "Pida el archivo de nuevo a quien lo envía, o ábralo y expórtelo en QGIS.",
    )
}
