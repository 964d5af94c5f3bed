//! Shapefiles, written record by record: as large as wanted, in little memory.

use std::io::{self, Cursor, Seek, SeekFrom, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Feature, Geometry, Layer};
use crate::Encoding;

/// What a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Positions.
    Point = 1,
    /// Areas.
    Polygon = 5,
}

/// A text field: its name, of at most ten bytes, and its width in bytes.
pub type Field<'a> = (&'a str, u8);

/// The three parts of a shapefile being written.
#[derive(Debug)]
pub struct Shapefile<Part> {
    shp: Part,
    shx: Part,
    dbf: Part,
    kind: Kind,
    widths: Vec<u8>,
    encoding: Encoding,
    /// West, south, east, north.
    bounds: [f64; 4],
    records: u32,
    /// Length of the `.shp` in words of 16 bits.
    words: u32,
}

/// The header of `.shp` and `.shx`.
const HEAD: u32 = 100;

impl<Part: Write + Seek> Shapefile<Part> {
    /// Begins `.shp`, `.shx` and `.dbf`.
    pub fn begin(parts: [Part; 3], kind: Kind, fields: &[Field<'_>], encoding: Encoding) -> io::Result<Self> {
        let [mut shp, mut shx, mut dbf] = parts;
        shp.write_all(&[0; HEAD as usize])?;
        shx.write_all(&[0; HEAD as usize])?;
        let width: u16 = 1 + fields.iter().map(|(_, width)| u16::from(*width)).sum::<u16>();
        let head = 33 + 32 * u16::try_from(fields.len()).map_err(io::Error::other)?;
        // dBASE III, last changed on 2026-01-01; the number of records follows at the end.
        dbf.write_all(&[3, 126, 1, 1, 0, 0, 0, 0])?;
        dbf.write_all(&head.to_le_bytes())?;
        dbf.write_all(&width.to_le_bytes())?;
        dbf.write_all(&[0; 20])?;
        for (name, width) in fields {
            let mut field = [0; 32];
            let name = encoding.encode(name);
            field[..name.len().min(10)].copy_from_slice(&name[..name.len().min(10)]);
            (field[11], field[16]) = (b'C', *width);
            dbf.write_all(&field)?;
        }
        dbf.write_all(b"\r")?;
        let bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let widths = fields.iter().map(|(_, width)| *width).collect();
        Ok(Self { shp, shx, dbf, kind, widths, encoding, bounds, records: 0, words: HEAD / 2 })
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When the encoding lacks a letter.
    pub fn push(&mut self, cells: &[impl AsRef<str>], geometry: Option<&Geometry>) -> io::Result<()> {
        let content = self.content(geometry);
        let length = u32::try_from(content.len() / 2).map_err(io::Error::other)?;
        self.records += 1;
        // The .shp counts its records, the .shx says where they are.
        for (part, first) in [(&mut self.shp, self.records), (&mut self.shx, self.words)] {
            part.write_all(&first.to_be_bytes())?;
            part.write_all(&length.to_be_bytes())?;
        }
        self.shp.write_all(&content)?;
        self.words += 4 + length;
        self.dbf.write_all(b" ")?;
        for (cell, width) in cells.iter().zip(&self.widths) {
            let mut bytes = self.encoding.encode(cell.as_ref());
            bytes.resize(usize::from(*width), b' ');
            self.dbf.write_all(&bytes)?;
        }
        Ok(())
    }

    fn content(&mut self, geometry: Option<&Geometry>) -> Vec<u8> {
        let Some(geometry) = geometry else { return 0_u32.to_le_bytes().to_vec() };
        let positions: &[[f64; 2]] = match geometry {
            Geometry::Point(at) => std::slice::from_ref(at),
            Geometry::Area(ring) => ring,
        };
        let bounds = around(positions);
        for (place, edge) in bounds.into_iter().enumerate() {
            self.bounds[place] = if place < 2 { self.bounds[place].min(edge) } else { self.bounds[place].max(edge) };
        }
        let mut content = (self.kind as u32).to_le_bytes().to_vec();
        if self.kind == Kind::Polygon {
            content.extend(bounds.iter().flat_map(|edge| edge.to_le_bytes()));
            let count = u32::try_from(positions.len()).expect("a small ring");
            content.extend([1, count, 0].iter().flat_map(|word| word.to_le_bytes()));
        }
        content.extend(positions.iter().flatten().flat_map(|number| number.to_le_bytes()));
        content
    }

    /// Writes the headers, and gives the parts back.
    pub fn finish(mut self) -> io::Result<[Part; 3]> {
        self.dbf.write_all(&[0x1a])?;
        self.dbf.seek(SeekFrom::Start(4))?;
        self.dbf.write_all(&self.records.to_le_bytes())?;
        if self.records == 0 || self.bounds[0].is_infinite() {
            self.bounds = [0.0; 4];
        }
        let lengths = [self.words, HEAD / 2 + 4 * self.records];
        for (part, words) in [&mut self.shp, &mut self.shx].into_iter().zip(lengths) {
            part.seek(SeekFrom::Start(0))?;
            part.write_all(&9994_u32.to_be_bytes())?;
            part.seek(SeekFrom::Start(24))?;
            part.write_all(&words.to_be_bytes())?;
            part.write_all(&1000_u32.to_le_bytes())?;
            part.write_all(&(self.kind as u32).to_le_bytes())?;
            for edge in self.bounds {
                part.write_all(&edge.to_le_bytes())?;
            }
        }
        Ok([self.shp, self.shx, self.dbf])
    }
}

/// West, south, east, north.
fn around(positions: &[[f64; 2]]) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    positions
        .iter()
        .fold(start, |[west, south, east, north], [x, y]| [west.min(*x), south.min(*y), east.max(*x), north.max(*y)])
}

/// The parts by their names.
pub(super) fn parts(layer: &Layer, stem: &str, prj: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let widest = |place: usize| {
        let longest = layer.features.iter().filter_map(|feature| feature.cells.get(place)).map(String::len).max();
        u8::try_from(longest.unwrap_or(1).max(1)).unwrap_or(254)
    };
    let fields: Vec<Field<'_>> =
        layer.fields.iter().enumerate().map(|(place, name)| (name.as_str(), widest(place))).collect();
    let area = |feature: &Feature| matches!(feature.geometry, Some(Geometry::Area(_)));
    let kind = if layer.features.iter().any(area) { Kind::Polygon } else { Kind::Point };
    let written = || -> io::Result<[Cursor<Vec<u8>>; 3]> {
        let empty: [Cursor<Vec<u8>>; 3] = Default::default();
        let mut file = Shapefile::begin(empty, kind, &fields, Encoding::Windows1252)?;
        for feature in &layer.features {
            file.push(&feature.cells, feature.geometry.as_ref())?;
        }
        file.finish()
    };
    let [shp, shx, dbf] = written().expect("memory takes all").map(Cursor::into_inner);
    let named = |extension: &str| format!("{stem}.{extension}");
    let mut files = vec![(named("shp"), shp), (named("shx"), shx), (named("dbf"), dbf)];
    files.push((named("cpg"), b"1252".to_vec()));
    files.extend(prj.map(|text| (named("prj"), text.as_bytes().to_vec())));
    files
}

/// A ZIP of these files.
///
/// # Panics
/// When two have the same name.
pub fn archive(files: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name.as_ref(), SimpleFileOptions::default()).expect("a file begins");
        writer.write_all(bytes.as_ref()).expect("memory takes all");
    }
    writer.finish().expect("a ZIP").into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(bytes: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
    }

    #[test]
    fn the_parts_agree_on_lengths_and_offsets() {
        let empty: [Cursor<Vec<u8>>; 3] = Default::default();
        let mut file = Shapefile::begin(empty, Kind::Polygon, &[("nombre", 8)], Encoding::Windows1252).expect("memory");
        file.push(&["Ñuble"], Some(&Geometry::square([-72.0, -36.5], 0.5))).expect("memory");
        file.push(&["nada"], None).expect("memory");
        let [shp, shx, dbf] = file.finish().expect("memory").map(Cursor::into_inner);
        assert_eq!(word(&shp, 24) as usize * 2, shp.len());
        assert_eq!(word(&shx, 24) as usize * 2, shx.len());
        for record in 0..2 {
            let at = word(&shx, 100 + 8 * record) as usize * 2;
            assert_eq!(word(&shp, at) as usize, record + 1, "the index leads to the record");
        }
        assert_eq!((dbf[4], dbf.len()), (2, 33 + 32 + 2 * 9 + 1));
        assert_eq!(&dbf[65..71], b" \xd1uble");
        assert_eq!(f64::from_le_bytes(shp[36..44].try_into().expect("eight bytes")).to_bits(), (-72.5_f64).to_bits());
    }
}
