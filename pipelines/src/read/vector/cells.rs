//! The attributes of features as text.

use std::borrow::Cow;

use gdal::vector::{Feature, FieldValue, Layer, LayerAccess, OGRFieldType};
use goreos_domain::{DecimalEvidence, DecimalMark, Detector, mend_mojibake};

use super::super::{BATCH_ROWS, Findings, Headers, Input, features};
use super::Ready;

/// How the attributes of a layer are read.
pub(super) struct Cells {
    /// Names, and of what type they are.
    columns: Vec<(String, OGRFieldType::Type)>,
    marks: Vec<Option<DecimalMark>>,
    extent: Option<[f64; 4]>,
    /// Texts were converted wrongly once.
    double: bool,
}

impl Cells {
    /// Looks at the first features: for the decimal mark of numbers kept as text, and for where the layer lies.
    pub(super) fn new(layer: &mut Layer<'_>, ready: &Ready, input: &Input<'_>) -> Self {
        let columns: Vec<_> = layer.defn().fields().map(|field| (field.name(), field.field_type())).collect();
        let mut cells = Self { columns, marks: Vec::new(), extent: None, double: ready.double };
        let known: Vec<Option<DecimalMark>> =
            cells.columns.iter().map(|(_, kind)| (!is_text(*kind)).then_some(DecimalMark::Point)).collect();
        let mut evidence = vec![DecimalEvidence::default(); known.len()];
        let mut letters = Detector::default();
        let mut extent: Option<[f64; 4]> = None;
        for feature in layer.features().take(BATCH_ROWS) {
            for ((cell, evidence), known) in cells.of(&feature).iter().zip(&mut evidence).zip(&known) {
                if known.is_none() {
                    evidence.see(cell);
                    letters.see(cell.as_bytes());
                    letters.see(b" ");
                }
            }
            let geometry = feature.geometry_by_index(0).ok().filter(|geometry| !geometry.is_empty());
            if let Some(e) =
                geometry.map(gdal::vector::Geometry::envelope).filter(|e| e.MinX.is_finite() && e.MaxY.is_finite())
            {
                let [west, south, east, north] = extent.unwrap_or([e.MinX, e.MinY, e.MaxX, e.MaxY]);
                extent = Some([west.min(e.MinX), south.min(e.MinY), east.max(e.MaxX), north.max(e.MaxY)]);
            }
        }
        cells.extent = extent;
        cells.double |= letters.finish(None).double;
        cells.marks = features::marks(input.source, &known, &evidence);
        cells
    }

    /// The box around the geometries looked at.
    pub(super) fn extent(&self) -> Option<[f64; 4]> {
        self.extent
    }

    pub(super) fn headers(&self) -> Headers {
        Headers::new(self.columns.iter().map(|(name, _)| name.clone())).with_marks(self.marks.iter().copied())
    }

    pub(super) fn note(&self, findings: &mut Findings) {
        if !findings.notes.contains_key("encoding") {
            findings.note("encoding", "utf-8");
            let mended = "hay palabras que ya venían mal convertidas y se corrigen al leer";
            findings.note("encoding_evidence", if self.double { mended } else { "la prescribe el formato" });
        }
    }

    /// The cells of a feature.
    pub(super) fn of(&self, feature: &Feature<'_>) -> Vec<String> {
        let columns = self.columns.iter().enumerate();
        columns.map(|(place, (_, kind))| text(feature, place, *kind)).map(|text| self.mended(text)).collect()
    }

    fn mended(&self, text: String) -> String {
        match self.double.then(|| mend_mojibake(&text)) {
            Some(Cow::Owned(mended)) => mended,
            _ => text,
        }
    }
}

fn is_text(kind: OGRFieldType::Type) -> bool {
    !matches!(
        kind,
        OGRFieldType::OFTInteger
            | OGRFieldType::OFTInteger64
            | OGRFieldType::OFTReal
            | OGRFieldType::OFTDate
            | OGRFieldType::OFTDateTime
    )
}

/// A cell as its column would be written in a CSV: numbers in full with a point, days as `2024-01-31`.
fn text(feature: &Feature<'_>, place: usize, kind: OGRFieldType::Type) -> String {
    let as_string = || feature.field_as_string(place).ok().flatten().unwrap_or_default();
    match kind {
        // GDAL writes fifteen digits, and amounts of sixteen as 1.2e+15.
        OGRFieldType::OFTReal => match feature.field(place) {
            Ok(Some(FieldValue::RealValue(value))) => value.to_string(),
            _ => String::new(),
        },
        OGRFieldType::OFTDate | OGRFieldType::OFTDateTime => {
            let text = as_string().replacen('/', "-", 2);
            text.split_once(" 00:00:00").map_or(text.clone(), |(day, _)| day.to_owned())
        }
        _ => as_string(),
    }
}
