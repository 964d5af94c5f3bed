//! Shapefile in a ZIP: names of ten characters with a table that tells which column each is, UTF-8 as its `.cpg` says.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use goreos_db::export::ColumnKind;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Spool;
use super::about::About;
use super::failure::Failure;
use super::ogr::{self, Field, Target};
use super::readme;
use super::survey::Survey;

/// Characters of a name.
const NAME: usize = 10;
/// Bytes of a text.
const TEXT: usize = 254;
const MOST_COLUMNS: usize = 255;
/// Bytes of a part that every program reads.
const MOST_BYTES: u64 = 2 << 30;

pub(super) fn write(spool: &Spool, geometry: usize, path: &Path) -> Result<(), Failure> {
    let (about, survey) = (&spool.about, &spool.survey);
    let shapes = ogr::one_type(&survey.shapes).ok_or_else(|| {
        Failure::unfit(
            "Un shapefile tiene un solo tipo de geometría, y esta capa tiene varios. Descargue el GeoPackage.",
        )
    })?;
    let fields = fields(about, survey);
    if fields.len() > MOST_COLUMNS {
        return Err(Failure::unfit(format!(
            "Un shapefile tiene {MOST_COLUMNS} columnas como máximo, y esta capa tiene {}. Descargue el GeoPackage.",
            fields.len()
        )));
    }
    let folder = tempfile::tempdir_in(path.parent().unwrap_or(Path::new(".")))?;
    let part = |ending: &str| folder.path().join(format!("{}.{ending}", about.dataset));
    let shp = part("shp");
    let date = format!("DBF_DATE_LAST_UPDATE={}", about.built_at.format("%Y-%m-%d"));
    let target = Target {
        driver: "ESRI Shapefile",
        path: &shp,
        options: &["ENCODING=UTF-8", "2GB_LIMIT=YES", &date],
        fields,
        shapes,
        geometry,
    };
    let written = ogr::write(spool, &target).and_then(|dataset| Ok(dataset.close()?));
    let full = |ending| std::fs::metadata(part(ending)).is_ok_and(|file| file.len() > MOST_BYTES - (1 << 20));
    if matches!(written, Err(Failure::Unfit(_))) && (full("shp") || full("dbf")) {
        return Err(Failure::unfit(
            "Un shapefile tiene 2 GB como máximo, y esta capa no cabe. Descargue el GeoPackage.",
        ));
    }
    written?;
    let notes = notes(about, survey);
    let mut zip = Zip::create(path, about.built_at)?;
    for ending in ["shp", "shx", "dbf", "prj", "cpg"] {
        zip.file(&part(ending), &format!("{}.{ending}", about.dataset))?;
    }
    zip.bytes("columnas.csv", mapping(about, survey, &target.fields).as_bytes())?;
    zip.bytes("LEEME.txt", readme::text(about, &notes).as_bytes())?;
    zip.finish()
}

fn fields(about: &About, survey: &Survey) -> Vec<Field> {
    let names = names(about.cells().map(|(_, column)| column.name.as_str()));
    about
        .cells()
        .zip(names)
        .map(|((place, column), name)| Field {
            name,
            place,
            kind: column.kind,
            width: (column.kind == ColumnKind::Text).then(|| survey.longest[place].clamp(1, TEXT)),
        })
        .collect()
}

/// Ten characters of each name, told apart by a number where they are the same.
fn names<'a>(columns: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    columns
        .map(|column| {
            let plain: String = column.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let numbered = (1..).map(|number: usize| {
                let end = if number == 1 { String::new() } else { number.to_string() };
                format!("{}{end}", &plain[..plain.len().min(NAME - end.len())])
            });
            let name = numbered.into_iter().find(|name| taken.insert(name.to_lowercase()));
            name.unwrap_or_default()
        })
        .collect()
}

/// Which column is which, for Excel.
fn mapping(about: &About, survey: &Survey, fields: &[Field]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut lines = vec!["\u{feff}nombre_en_el_shapefile;columna;título;contenido".to_owned()];
    lines.extend(fields.iter().map(|field| {
        let column = &about.columns[field.place];
        let mut words = column.words.clone();
        if column.kind == ColumnKind::Bool {
            words.push_str(": 1 es sí, 0 es no");
        }
        if is_cut(survey, field.place) {
            words.push_str("; cortado en 254 bytes");
        }
        [&field.name, &column.name, &column.title, &words].map(|text| quoted(text)).join(";")
    }));
    lines.push(String::new());
    lines.join("\r\n")
}

fn is_cut(survey: &Survey, place: usize) -> bool {
    survey.longest[place] > TEXT
}

fn notes(about: &About, survey: &Survey) -> Vec<String> {
    let mut notes = vec![
        "Un shapefile admite nombres de 10 caracteres: columnas.csv dice qué columna es cada uno.".to_owned(),
        "Los textos están en UTF-8, como dice el archivo .cpg.".to_owned(),
        "Un shapefile admite 2 GB como máximo por archivo.".to_owned(),
    ];
    let cut: Vec<&str> = about
        .cells()
        .filter(|(place, column)| column.kind == ColumnKind::Text && is_cut(survey, *place))
        .map(|(_, column)| column.name.as_str())
        .collect();
    if !cut.is_empty() {
        notes.push(format!(
            "ATENCIÓN: un shapefile admite textos de 254 bytes; los más largos de {} están cortados. Los demás formatos los traen completos.",
            cut.join(", ")
        ));
    }
    notes
}

/// A ZIP whose bytes do not depend on when it is made.
struct Zip {
    writer: ZipWriter<BufWriter<File>>,
    options: SimpleFileOptions,
}

impl Zip {
    fn create(path: &Path, at: DateTime<Utc>) -> Result<Self, Failure> {
        let small = |part: u32| u8::try_from(part).unwrap_or_default();
        let year = u16::try_from(at.year()).unwrap_or_default();
        let time = zip::DateTime::from_date_and_time(
            year,
            small(at.month()),
            small(at.day()),
            small(at.hour()),
            small(at.minute()),
            small(at.second()),
        );
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(time.unwrap_or_default())
            .unix_permissions(0o644);
        Ok(Self { writer: ZipWriter::new(BufWriter::new(File::create(path)?)), options })
    }

    fn file(&mut self, from: &Path, name: &str) -> Result<(), Failure> {
        self.writer.start_file(name, self.options).map_err(failed)?;
        io::copy(&mut BufReader::with_capacity(1 << 20, File::open(from)?), &mut self.writer)?;
        Ok(())
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.writer.start_file(name, self.options).map_err(failed)?;
        Ok(self.writer.write_all(bytes)?)
    }

    fn finish(self) -> Result<(), Failure> {
        Ok(self.writer.finish().map_err(failed)?.flush()?)
    }
}

fn failed(error: zip::result::ZipError) -> Failure {
    match error {
        zip::result::ZipError::Io(error) => Failure::Disk(error),
        other => Failure::of(&other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_ten_characters_and_differ() {
        let columns =
            ["monto", "territory_level", "territory_cut", "territory_cuts", "fecha_certificado", "territory_"];
        assert_eq!(
            names(columns.into_iter()),
            ["monto", "territory_", "territory2", "territory3", "fecha_cert", "territory4"]
        );
    }
}
