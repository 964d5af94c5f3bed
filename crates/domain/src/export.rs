//! The files a release is offered as.

use serde::{Deserialize, Serialize};

use crate::{DatasetId, ReleaseId};

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $ending:literal, $media_type:literal, $name:literal;)+) => {
        /// A file format of a release.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum ExportFormat { $($(#[$doc])* $variant),+ }

        impl ExportFormat {
            /// Every value, in the order people are offered them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As kept in the catalogue.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// What follows dataset and release in the name of the file.
            fn ending(self) -> &'static str {
                match self { $(Self::$variant => $ending),+ }
            }

            /// Its media type.
            pub fn media_type(self) -> &'static str {
                match self { $(Self::$variant => $media_type),+ }
            }

            /// As people call it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// From the catalogue's word.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

formats! {
    /// Text that Excel in Spanish opens with a double click.
    CsvExcel = "csv_excel", "-excel.csv", "text/csv; charset=utf-8", "CSV para Excel";
    /// A workbook with the data and a sheet that says what they are.
    Xlsx = "xlsx", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Libro de Excel (XLSX)";
    /// OGC GeoPackage.
    Geopackage = "gpkg", ".gpkg", "application/geopackage+sqlite3", "GeoPackage";
    /// ESRI shapefile in a ZIP.
    Shapefile = "shp", "-shapefile.zip", "application/zip", "Shapefile (ZIP)";
    /// GeoJSON (RFC 7946).
    Geojson = "geojson", ".geojson", "application/geo+json", "GeoJSON";
    /// FlatGeobuf.
    Flatgeobuf = "fgb", ".fgb", "application/vnd.flatgeobuf", "FlatGeobuf";
    /// GeoParquet 1.1.
    Geoparquet = "geoparquet", ".parquet", "application/vnd.apache.parquet", "GeoParquet";
    /// Parquet of a table without geometry.
    Parquet = "parquet", ".parquet", "application/vnd.apache.parquet", "Parquet";
    /// Plain text (RFC 4180) for programs.
    Csv = "csv", ".csv", "text/csv; charset=utf-8", "CSV para programas";
    /// What the data are, as text.
    Readme = "leeme", "-LEEME.txt", "text/plain; charset=utf-8", "LÉEME (texto)";
}

impl ExportFormat {
    /// The formats of a release, with a geometry or without.
    pub fn of(has_geometry: bool) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |format| match format {
            Self::CsvExcel | Self::Xlsx | Self::Csv | Self::Readme => true,
            Self::Parquet => !has_geometry,
            Self::Geopackage | Self::Shapefile | Self::Geojson | Self::Flatgeobuf | Self::Geoparquet => has_geometry,
        })
    }

    /// The name a browser saves it under: `inversiones-12-excel.csv`.
    pub fn file_name(self, dataset: &DatasetId, release: ReleaseId) -> String {
        format!("{dataset}-{release}{}", self.ending())
    }
}

impl TryFrom<String> for ExportFormat {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("unknown ExportFormat '{text}'"))
    }
}

impl From<ExportFormat> for String {
    fn from(format: ExportFormat) -> Self {
        format.code().into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_files_of_a_release_have_names_of_their_own() {
        let dataset = DatasetId::parse("inversiones").expect("an id");
        for has_geometry in [true, false] {
            let names: Vec<String> =
                ExportFormat::of(has_geometry).map(|format| format.file_name(&dataset, ReleaseId(12))).collect();
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
            assert!(names.contains(&"inversiones-12-excel.csv".to_owned()));
            assert_eq!(names.contains(&"inversiones-12.gpkg".to_owned()), has_geometry);
        }
    }

    #[test]
    fn the_catalogue_knows_every_format_by_one_word() {
        for format in ExportFormat::ALL {
            assert_eq!(ExportFormat::parse(format.code()), Some(*format));
        }
        assert_eq!(ExportFormat::parse("pdf"), None);
    }
}
