//! Rows with a geometry, and the files they are sent as.

mod geojson;
mod parquet;
mod shapefile;
mod utm;

pub use shapefile::{Field, Kind, Shapefile, archive};
pub use utm::utm;

/// Where a row lies, longitude or easting first.
#[derive(Debug, Clone, PartialEq)]
pub enum Geometry {
    /// One position.
    Point([f64; 2]),
    /// An area: its outer ring, clockwise, the last position the first again.
    Area(Vec<[f64; 2]>),
}

/// A row: its attributes as text, and its geometry.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// One text per field of the layer.
    pub cells: Vec<String>,
    /// Where it lies; some rows lie nowhere.
    pub geometry: Option<Geometry>,
}

/// Features of one kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    /// What the attributes are called; a shapefile keeps ten bytes of each.
    pub fields: Vec<String>,
    /// The rows.
    pub features: Vec<Feature>,
}

impl Geometry {
    /// A square around a position.
    pub fn square([x, y]: [f64; 2], half: f64) -> Self {
        let corner = |east: f64, north: f64| [x + east * half, y + north * half];
        Self::Area(vec![corner(-1.0, -1.0), corner(-1.0, 1.0), corner(1.0, 1.0), corner(1.0, -1.0), corner(-1.0, -1.0)])
    }

    /// The same with every position changed.
    #[must_use]
    pub fn moved(&self, to: impl Fn([f64; 2]) -> [f64; 2]) -> Self {
        match self {
            Self::Point(at) => Self::Point(to(*at)),
            Self::Area(ring) => Self::Area(ring.iter().copied().map(to).collect()),
        }
    }

    /// Little-endian WKB.
    ///
    /// # Panics
    /// When a ring has more positions than WKB can count.
    pub fn wkb(&self) -> Vec<u8> {
        let (kind, head, positions): (u32, &[u32], &[[f64; 2]]) = match self {
            Self::Point(at) => (1, &[], std::slice::from_ref(at)),
            Self::Area(ring) => (3, &[1, u32::try_from(ring.len()).expect("a small ring")], ring),
        };
        let mut bytes = vec![1];
        bytes.extend(std::iter::once(&kind).chain(head).flat_map(|word| word.to_le_bytes()));
        bytes.extend(positions.iter().flatten().flat_map(|number| number.to_le_bytes()));
        bytes
    }
}

impl Layer {
    /// The same with every position changed.
    #[must_use]
    pub fn moved(&self, to: impl Fn([f64; 2]) -> [f64; 2]) -> Self {
        let mut layer = self.clone();
        for feature in &mut layer.features {
            feature.geometry = feature.geometry.as_ref().map(|geometry| geometry.moved(&to));
        }
        layer
    }

    /// As GeoJSON (RFC 7946).
    pub fn geojson(&self) -> String {
        geojson::write(self)
    }

    /// As GeoParquet 1.0: WKB, longitude first, no CRS stated.
    pub fn geoparquet(&self) -> Vec<u8> {
        parquet::write(self)
    }

    /// As a zipped shapefile in Windows-1252, with the `.prj` given.
    pub fn shapefile(&self, stem: &str, prj: Option<&str>) -> Vec<u8> {
        archive(&self.shapefile_parts(stem, prj))
    }

    /// The parts of that shapefile, by their names.
    pub fn shapefile_parts(&self, stem: &str, prj: Option<&str>) -> Vec<(String, Vec<u8>)> {
        shapefile::parts(self, stem, prj)
    }
}
