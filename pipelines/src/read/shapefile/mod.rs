//! Shapefiles: their parts proven against each other before GDAL sees them, and their attributes read here.

mod dbf;
mod index;

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use goreos_domain::{Charset, Fault};

pub(super) use self::dbf::{Records, Table};
use super::magic::agreed_encoding;
use super::{Findings, Input, unzip};

/// A shapefile ready for GDAL.
pub(super) struct Prepared {
    pub(super) path: PathBuf,
    pub(super) table: Table,
}

/// Unpacks, proves and judges a shapefile.
///
/// # Errors
/// Those of `unzip::shapefile`; `shapefile.truncated`, `shapefile.damaged`, `file.encoding`.
pub(super) fn prepare(input: &Input<'_>, folder: &Path, findings: &mut Findings) -> Result<Prepared, Fault> {
    let unpacked = unzip::shapefile(input.file, folder, input.source.layer.as_deref())?;
    findings.note("layer", unpacked.name.as_str());
    if unpacked.layers.len() > 1 {
        findings.note("layers", unpacked.layers);
    }
    let path = unpacked.path;
    let mut table = Table::open(&path.with_extension("dbf"))?;
    index::verify(&path, table.records)?;
    let cpg = read_to_string(path.with_extension("cpg")).ok().map(|text| text.trim().to_owned());
    let said = cpg.as_deref().and_then(Charset::for_cpg).or_else(|| Charset::for_ldid(table.language));
    let found = table.judge(said)?;
    let charset = agreed_encoding(input.source.encoding.as_deref(), &found)?;
    findings.note("encoding", charset.label());
    let mut evidence = if input.source.encoding.is_some() && !found.double && found.malformed == 0 {
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
    Ok(Prepared { path, table })
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
