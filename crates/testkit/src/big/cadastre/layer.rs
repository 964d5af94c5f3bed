//! The cadastre as a shapefile: Latin-1, EPSG:32718, with numbers in fields of numbers.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Cadastre;
use super::parcel::{Parcel, Parts};

/// The head of `.shp` and `.shx`.
const HEAD: u32 = 100;
/// Areas.
const POLYGON: u32 = 5;
/// Name, kind, width and decimals.
const FIELDS: [(&str, u8, u8, u8); 6] = [
    ("FOLIO", b'N', 10, 0),
    ("ROL", b'C', 12, 0),
    ("COMUNA", b'C', 24, 0),
    ("DESTINO", b'C', 24, 0),
    ("AVALUO", b'N', 14, 0),
    ("SUPERFICIE", b'N', 14, 2),
];
const UTM_18S: &str = r#"PROJCS["WGS_1984_UTM_Zone_18S",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",10000000.0],PARAMETER["Central_Meridian",-75.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

type Out = BufWriter<File>;

/// The parts beside each other, and an archive that holds the same bytes, not compressed: so all read the same.
pub(super) fn write(cadastre: Cadastre, folder: &Path) -> io::Result<PathBuf> {
    let part = |extension: &str| folder.join(format!("predios.{extension}"));
    let create = |extension: &str| File::create(part(extension)).map(|file| BufWriter::with_capacity(1 << 20, file));
    rows(cadastre, create("shp")?, create("shx")?)?;
    table(cadastre, create("dbf")?)?;
    std::fs::write(part("prj"), UTM_18S)?;
    std::fs::write(part("cpg"), "ISO-8859-1")?;
    let mut archive = ZipWriter::new(BufWriter::with_capacity(1 << 20, File::create(part("zip"))?));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(false);
    for extension in ["shp", "shx", "dbf", "prj", "cpg"] {
        archive.start_file(format!("predios.{extension}"), stored)?;
        io::copy(&mut File::open(part(extension))?, &mut archive)?;
    }
    archive.finish()?.flush()?;
    Ok(part("shp"))
}

fn rows(cadastre: Cadastre, mut shp: Out, mut shx: Out) -> io::Result<()> {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let mut words = HEAD / 2;
    for out in [&mut shp, &mut shx] {
        out.write_all(&[0; HEAD as usize])?;
    }
    for row in 0..cadastre.rows {
        let content = content(&Parcel::at(cadastre, row).areas(), &mut bounds)?;
        let length = u32::try_from(content.len() / 2).map_err(io::Error::other)?;
        let number = u32::try_from(row + 1).map_err(io::Error::other)?;
        for (out, first) in [(&mut shp, number), (&mut shx, words)] {
            out.write_all(&first.to_be_bytes())?;
            out.write_all(&length.to_be_bytes())?;
        }
        shp.write_all(&content)?;
        words += 4 + length;
    }
    let records = u32::try_from(cadastre.rows).map_err(io::Error::other)?;
    head(shp, words, bounds)?;
    head(shx, HEAD / 2 + 4 * records, bounds)
}

/// A record of the `.shp`; `bounds` of the whole file widen.
fn content(parts: &Parts, bounds: &mut [f64; 4]) -> io::Result<Vec<u8>> {
    let rings: Vec<&Vec<[f64; 2]>> = parts.iter().flatten().collect();
    let count = rings.iter().map(|ring| ring.len()).sum::<usize>();
    let mut own = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for [x, y] in rings.iter().copied().flatten() {
        own = [own[0].min(*x), own[1].min(*y), own[2].max(*x), own[3].max(*y)];
    }
    *bounds = [bounds[0].min(own[0]), bounds[1].min(own[1]), bounds[2].max(own[2]), bounds[3].max(own[3])];
    let number = |size: usize| u32::try_from(size).map_err(io::Error::other);
    let mut content = Vec::with_capacity(44 + 4 * rings.len() + 16 * count);
    content.extend(POLYGON.to_le_bytes());
    content.extend(own.iter().flat_map(|edge| edge.to_le_bytes()));
    content.extend(number(rings.len())?.to_le_bytes());
    content.extend(number(count)?.to_le_bytes());
    let mut first = 0;
    for ring in &rings {
        content.extend(number(first)?.to_le_bytes());
        first += ring.len();
    }
    content.extend(rings.iter().copied().flatten().flatten().flat_map(|metres| metres.to_le_bytes()));
    Ok(content)
}

fn head(mut out: Out, words: u32, bounds: [f64; 4]) -> io::Result<()> {
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&9994_u32.to_be_bytes())?;
    out.seek(SeekFrom::Start(24))?;
    out.write_all(&words.to_be_bytes())?;
    out.write_all(&1000_u32.to_le_bytes())?;
    out.write_all(&POLYGON.to_le_bytes())?;
    for edge in bounds {
        out.write_all(&edge.to_le_bytes())?;
    }
    out.flush()
}

fn table(cadastre: Cadastre, mut out: Out) -> io::Result<()> {
    let width = 1 + FIELDS.iter().map(|(_, _, width, _)| u16::from(*width)).sum::<u16>();
    let head = 33 + 32 * u16::try_from(FIELDS.len()).map_err(io::Error::other)?;
    // dBASE III, last changed on 2026-01-01.
    out.write_all(&[3, 126, 1, 1])?;
    out.write_all(&u32::try_from(cadastre.rows).map_err(io::Error::other)?.to_le_bytes())?;
    out.write_all(&head.to_le_bytes())?;
    out.write_all(&width.to_le_bytes())?;
    out.write_all(&[0; 20])?;
    for (name, kind, width, decimals) in FIELDS {
        let mut field = [0; 32];
        field[..name.len()].copy_from_slice(name.as_bytes());
        (field[11], field[16], field[17]) = (kind, width, decimals);
        out.write_all(&field)?;
    }
    out.write_all(b"\r")?;
    for row in 0..cadastre.rows {
        let parcel = Parcel::at(cadastre, row);
        let line = format!(
            " {:>10}{:<12}{:<24}{:<24}{:>14}{:>11}.{:02}",
            parcel.folio,
            parcel.rol,
            parcel.comuna,
            parcel.destino,
            parcel.avaluo,
            parcel.superficie / 100,
            parcel.superficie % 100
        );
        // Every character is one of Latin-1, which is the first 256 of Unicode.
        let bytes: Vec<u8> = line.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect();
        out.write_all(&bytes)?;
    }
    out.write_all(&[0x1a])?;
    out.flush()
}
