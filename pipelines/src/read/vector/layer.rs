//! Which layer of a file is meant.

use gdal::Dataset;
use gdal::vector::{Layer, LayerAccess};
use goreos_domain::{Fault, FileFormat};

use super::super::{Findings, Input};
use super::{damaged, geopackage};

/// The contract's layer, or the only one.
///
/// # Errors
/// `layer.unknown`, `layer.several`, both with the layers there are; `layer.none`.
pub(super) fn choose<'a>(dataset: &'a Dataset, input: &Input<'_>, findings: &mut Findings) -> Result<Layer<'a>, Fault> {
    let format = input.source.format;
    let open = |place: usize| dataset.layer(place).map_err(|error| damaged(format, &error));
    let refused = if format == FileFormat::Geopackage { geopackage::views(dataset) } else { Vec::new() };
    let mut names = Vec::new();
    for place in 0..dataset.layer_count() {
        let layer = open(place)?;
        let name = layer.name();
        // QGIS keeps its styles in a table; KML folders may be empty.
        let beside = name == "layer_styles" || (format == FileFormat::Kml && layer.try_feature_count() == Some(0));
        if !beside && !refused.contains(&name) {
            names.push((place, name));
        }
    }
    let list = || names.iter().map(|(_, name)| format!("«{name}»")).collect::<Vec<_>>().join(", ");
    let wanted = input.source.layer.as_deref();
    let (place, name) = match (names.as_slice(), wanted) {
        ([], _) if format == FileFormat::Flatgeobuf => return Err(damaged(format, &"está cortado en su encabezado")),
        (found, Some(wanted)) => {
            found.iter().find(|(_, name)| name.to_lowercase() == wanted.to_lowercase()).ok_or_else(|| {
                Fault::give_up(
                    "layer.unknown",
                    format!(
                        "El archivo no tiene la capa «{wanted}». Tiene: {}.",
                        if found.is_empty() { "ninguna".into() } else { list() }
                    ),
                    "Corrija 'layer' en [source] del contrato.",
                )
            })?
        }
        ([], None) => {
            return Err(Fault::give_up(
                "layer.none",
                "El archivo no contiene ninguna capa con datos.",
                "Pida el archivo de nuevo a quien lo envía.",
            ));
        }
        ([one], None) => one,
        (_, None) => {
            return Err(Fault::give_up(
                "layer.several",
                format!("El archivo contiene varias capas: {}.", list()),
                "Diga cuál en [source] del contrato, con layer = \"…\".",
            ));
        }
    };
    findings.note("layer", name.as_str());
    if names.len() > 1 {
        findings.note("layers", names.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>());
    }
    open(*place)
}
