//! Files as large as wanted, written row by row, with their truth. Everything follows from the number of the row.

mod cadastre;

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{Encoding, Geometry, Kind, Shapefile};

pub use cadastre::{Cadastre, Form};

/// What a correct loader makes of a big table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// Rows with data.
    pub rows: u64,
    /// Rows that must be refused: their amount is a word.
    pub refused: u64,
    /// Whole pesos over the others.
    pub pesos: i64,
}

/// One row in so many is refused.
const BROKEN: u64 = 1000;
const COMUNAS: [&str; 6] = ["CHILLÁN", "Treguaco", "ÑIQUÉN", "San Carlos", "PUNILLA", "REGIONAL"];

/// Budget lines as CSV (UTF-8, `;`): code, year, comuna, amount, day, then whole numbers up to `columns` columns (five at least).
pub fn budget(rows: u64, columns: usize, out: &mut impl Write) -> io::Result<Budget> {
    let mut truth = Budget::default();
    write!(out, "codigo;anio;comuna;monto;fecha")?;
    for column in 5..columns {
        write!(out, ";dato_{column}")?;
    }
    out.write_all(b"\n")?;
    for row in 1..=rows {
        let thousands = row * 7919 % 1_000_000;
        let comuna = COMUNAS[usize::try_from(row % 6).unwrap_or_default()];
        write!(out, "{row:09};{};{comuna};", 2019 + row % 7)?;
        truth.rows += 1;
        if row % BROKEN == 0 {
            truth.refused += 1;
            write!(out, "pendiente")?;
        } else {
            truth.pesos += i64::try_from(thousands * 1000).map_err(io::Error::other)?;
            write!(out, "$1.{:03}.{:03}", thousands / 1000, thousands % 1000)?;
            truth.pesos += 1_000_000_000;
        }
        write!(out, ";{:02}.{:02}.{}", 1 + row % 28, 1 + row % 12, 2019 + row % 7)?;
        for column in 5..columns {
            write!(out, ";{}", row % 97 + column as u64)?;
        }
        out.write_all(b"\n")?;
    }
    Ok(truth)
}

/// The contract of [`budget`]: all its columns are read; the amount is in thousands of pesos and added up.
pub fn budget_contract(id: &str, file: &str, columns: usize) -> String {
    let mut text = head(id, file, "csv");
    for (name, kind) in [
        ("codigo", "text\"\nrequired = true"),
        ("anio", "int\"\nmin = 2000"),
        ("comuna", "text\""),
        ("monto", "money\"\nunit = \"CLP_thousands\"\nsum = true"),
        ("fecha", "date\""),
    ] {
        text.push_str(&column(name, kind));
    }
    (5..columns).for_each(|number| text.push_str(&column(&format!("dato_{number}"), "int\"")));
    text.push_str(
        "\n[place]\nterritory = { by = \"name\", column = \"comuna\", level = \"comuna\", also = [\"provincia\", \"region\"], region = \"16\" }\n",
    );
    text
}

/// Parcels as a zipped shapefile in UTM 19S: a grid over Ñuble of areas with nine positions each.
pub fn parcels(rows: u64, zip: &Path) -> io::Result<()> {
    // Beside the file, as it may be too large for a folder in memory.
    let folder = TempDir::new_in(zip.parent().unwrap_or(Path::new(".")))?;
    let part = |extension: &str| {
        File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(folder.path().join(extension))
            .map(BufWriter::new)
    };
    let parts = [part("shp")?, part("shx")?, part("dbf")?];
    let mut file = Shapefile::begin(parts, Kind::Polygon, &[("ROL", 12), ("SUPERFICIE", 8)], Encoding::Windows1252)?;
    for row in 0..rows {
        let [column, line] =
            [row % 2000, row / 2000].map(|number| f64::from(u32::try_from(number).unwrap_or(u32::MAX)));
        let (x, y) = (230_000.0 + column * 50.0, 5_900_000.0 + line * 50.0);
        let around = [(0, 0), (0, 20), (0, 40), (20, 40), (40, 40), (40, 20), (40, 0), (20, 0), (0, 0)];
        let ring = around.iter().map(|(east, north)| [x + f64::from(*east), y + f64::from(*north)]).collect();
        file.push(
            &[format!("{:05}-{:05}", row / 1000, row % 1000), "1600,00".to_owned()],
            Some(&Geometry::Area(ring)),
        )?;
    }
    let mut archive = ZipWriter::new(BufWriter::new(File::create(zip)?));
    let quick = SimpleFileOptions::default().compression_level(Some(1));
    for (extension, part) in ["shp", "shx", "dbf"].into_iter().zip(file.finish()?) {
        archive.start_file(format!("predios.{extension}"), quick)?;
        let mut part = part.into_inner().map_err(io::IntoInnerError::into_error)?;
        part.rewind()?;
        io::copy(&mut part, &mut archive)?;
    }
    archive.start_file("predios.prj", quick)?;
    archive.write_all(UTM_19S.as_bytes())?;
    archive.finish()?.flush()
}

/// The contract of [`parcels`].
pub fn parcels_contract(id: &str, file: &str) -> String {
    let mut text = head(id, file, "shapefile");
    text.push_str(&column("rol", "text\"\nrequired = true"));
    text.push_str(&column("superficie", "real\""));
    text.push_str("\n[place]\ngeometry = { from = \"file\", type = \"multipolygon\" }\n");
    text
}

const UTM_19S: &str = r#"PROJCS["WGS_1984_UTM_Zone_19S",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",10000000.0],PARAMETER["Central_Meridian",-69.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

fn head(id: &str, file: &str, format: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = \"Grande\"\ntheme = \"Prueba\"\nowner = \"Pruebas\"\nlicence = \"CC0-1.0\"\n\n\
         [source]\npath = \"{file}\"\nformat = \"{format}\"\n"
    )
}

fn column(name: &str, kind: &str) -> String {
    format!("\n[[column]]\nname = \"{name}\"\ntype = \"{kind}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_what_its_truth_says() {
        let mut bytes = Vec::new();
        let truth = budget(1001, 7, &mut bytes).expect("memory takes all");
        let text = String::from_utf8(bytes).expect("UTF-8");
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(';').collect()).collect();
        assert!(rows.iter().all(|cells| cells.len() == 7));
        let amounts =
            rows.iter().filter_map(|cells| cells[3].trim_start_matches('$').replace('.', "").parse::<i64>().ok());
        let (count, sum) = amounts.fold((0, 0), |(count, sum), amount| (count + 1, sum + amount * 1000));
        assert_eq!(truth, Budget { rows: 1001, refused: 1001 - count, pesos: sum });
        assert_eq!(truth.refused, 1);
    }
}
