//! The comunas with their areas: in which one a position lies.
//!
//! They come from the release of `comunas` in the current edition, as a file of ours: for each comuna the length of its code, the code, the
//! length of its geometry, the geometry. Lengths are `u32`, little-endian; geometries WKB areas in EPSG:4326.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use geo::indexed::IntervalTreeMultiPolygon;
use geo::orient::{Direction, Orient};
use geo::{BoundingRect, Contains, Coord, Geometry, Intersects, MultiPolygon, Rect};
use geozero::ToGeo;
use geozero::wkb::Wkb;
use goreos_domain::{Contract, Cut, Fault, Level, PlaceBy};

use crate::internal;

/// Longest code and longest geometry taken from a file.
const MOST_BYTES: u32 = 256 << 20;

/// Appends a comuna to the file that [`Boundaries::load`] reads.
pub(crate) fn write(out: &mut impl Write, cut: &str, wkb: &[u8]) -> io::Result<()> {
    for part in [cut.as_bytes(), wkb] {
        let length = u32::try_from(part.len()).map_err(|_| io::Error::other("the geometry is too long"))?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(part)?;
    }
    Ok(())
}

/// The areas of the comunas.
pub(crate) struct Boundaries {
    /// By code, so that a position on a border is always of the same comuna.
    areas: Vec<Area>,
}

struct Area {
    cut: Cut,
    bounds: Rect,
    shape: MultiPolygon,
    /// The same area, quick to ask.
    index: IntervalTreeMultiPolygon<f64>,
}

impl Boundaries {
    /// Reads the whole file: some 20 MB for Chile.
    ///
    /// # Errors
    /// When it is not as [`write()`] makes it.
    pub(crate) fn load(file: &Path) -> Result<Self, Fault> {
        let read = || -> io::Result<Self> {
            let mut reader = BufReader::new(File::open(file)?);
            let mut areas = Vec::new();
            while let Some(cut) = part(&mut reader)? {
                let wkb = part(&mut reader)?.ok_or_else(|| damaged("a comuna without area"))?;
                areas.extend(Area::new(&cut, &wkb)?);
            }
            areas.sort_by(|a, b| a.cut.cmp(&b.cut));
            Ok(Self { areas })
        };
        read().map_err(|error| internal(&error))
    }

    /// What a contract needs of them: to place rows by where they lie, or to check their reference system by the comuna they name.
    ///
    /// # Errors
    /// `place.no_boundaries` when it cannot do without and there are none.
    pub(crate) fn wanted(contract: &Contract, file: Option<&Path>) -> Result<Option<Self>, Fault> {
        let Some(rule) = contract.place.territory.as_ref().filter(|_| contract.place.geometry.is_some()) else {
            return Ok(None);
        };
        match file {
            Some(file) => Self::load(file).map(Some),
            None if rule.by == PlaceBy::Point => Err(Fault::give_up(
                "place.no_boundaries",
                "Las filas se ubican por sus coordenadas, y aún no hay comunas publicadas con sus límites.",
                "Cargue y publique primero el conjunto «comunas»; después reintente.",
            )),
            None => Ok(None),
        }
    }

    /// The comuna in which longitude and latitude lie, its border included.
    pub(crate) fn comuna_at(&self, position: [f64; 2]) -> Option<&Cut> {
        let at = Coord { x: position[0], y: position[1] };
        let near = || self.areas.iter().filter(|area| area.bounds.intersects(&at));
        // The index knows the inside alone.
        near()
            .find(|area| area.index.contains(&at))
            .or_else(|| near().find(|area| area.shape.intersects(&at)))
            .map(|area| &area.cut)
    }

    /// True when the position lies in that comuna, its border included.
    pub(crate) fn holds(&self, cut: &Cut, position: [f64; 2]) -> bool {
        let at = Coord { x: position[0], y: position[1] };
        self.areas.binary_search_by(|area| area.cut.cmp(cut)).is_ok_and(|place| {
            let area = &self.areas[place];
            area.bounds.intersects(&at) && (area.index.contains(&at) || area.shape.intersects(&at))
        })
    }

    /// True when that comuna has an area here.
    pub(crate) fn knows(&self, cut: &Cut) -> bool {
        self.areas.binary_search_by(|area| area.cut.cmp(cut)).is_ok()
    }
}

impl Area {
    /// `None` for a comuna without area.
    fn new(cut: &[u8], wkb: &[u8]) -> io::Result<Option<Self>> {
        let cut = std::str::from_utf8(cut).ok().and_then(|text| Cut::parse(text).ok());
        let cut = cut.filter(|cut| cut.level() == Level::Comuna).ok_or_else(|| damaged("a code is no comuna's"))?;
        let area = match Wkb(wkb).to_geo().map_err(io::Error::other)? {
            Geometry::Polygon(polygon) => MultiPolygon(vec![polygon]),
            Geometry::MultiPolygon(polygons) => polygons,
            _ => return Err(damaged("a comuna is no area")),
        };
        // The index takes a hole for one by its turning the other way.
        let area = area.orient(Direction::Default);
        let Some(bounds) = area.bounding_rect() else { return Ok(None) };
        Ok(Some(Self { cut, bounds, index: IntervalTreeMultiPolygon::new(&area), shape: area }))
    }
}

/// The next part of the file; `None` at its end.
fn part(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match reader.read(&mut length[..1])? {
        0 => return Ok(None),
        _ => reader.read_exact(&mut length[1..])?,
    }
    let length = u32::from_le_bytes(length);
    if length > MOST_BYTES {
        return Err(damaged("a part is too long"));
    }
    let mut bytes = Vec::new();
    reader.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == u64::from(length) { Ok(Some(bytes)) } else { Err(damaged("it ends too early")) }
}

fn damaged(why: &str) -> io::Error {
    io::Error::other(format!("the file of the comunas is damaged: {why}"))
}

#[cfg(test)]
pub(crate) mod tests {
    use gdal::vector::LayerAccess;
    use geo::{Translate, polygon};
    use geozero::{CoordDimensions, ToWkb};

    use super::*;
    use crate::position::position;

    fn cut(text: &str) -> Cut {
        Cut::parse(text).expect("a code")
    }

    /// A file of these comunas.
    pub(crate) fn file(comunas: &[(&str, Geometry)]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        for (cut, area) in comunas {
            let wkb = area.to_wkb(CoordDimensions::xy()).expect("WKB");
            write(file.as_file_mut(), cut, &wkb).expect("written");
        }
        file
    }

    /// A square of one degree with its lower left corner there.
    pub(crate) fn square(west: f64, south: f64) -> Geometry {
        polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0), (x: 0.0, y: 1.0)].translate(west, south).into()
    }

    #[test]
    fn a_position_lies_in_one_comuna_and_on_a_border_always_in_the_same() {
        let file = file(&[("16102", square(-71.0, -37.0)), ("16101", square(-72.0, -37.0))]);
        let boundaries = Boundaries::load(file.path()).expect("a file of ours");
        assert_eq!(boundaries.comuna_at([-71.5, -36.5]), Some(&cut("16101")));
        assert_eq!(boundaries.comuna_at([-70.5, -36.5]), Some(&cut("16102")));
        assert_eq!(boundaries.comuna_at([-71.0, -36.5]), Some(&cut("16101")), "on the border of both");
        assert_eq!(boundaries.comuna_at([-70.0, -36.0]), Some(&cut("16102")), "on a corner");
        assert_eq!(boundaries.comuna_at([-69.5, -36.5]), None);
        assert!(boundaries.holds(&cut("16102"), [-71.0, -36.5]) && !boundaries.holds(&cut("16102"), [-71.5, -36.5]));
        assert!(boundaries.knows(&cut("16101")) && !boundaries.knows(&cut("16103")));
    }

    #[test]
    fn a_hole_is_outside_however_its_ring_turns() {
        let hole = vec![(2.0, 2.0), (2.0, 4.0), (4.0, 4.0), (4.0, 2.0)];
        for hole in [hole.clone(), hole.into_iter().rev().collect()] {
            let exterior = geo::LineString::from(vec![(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)]);
            let polygon = geo::Polygon::new(exterior, vec![hole.into()]);
            let file = file(&[("16101", polygon.into())]);
            let boundaries = Boundaries::load(file.path()).expect("a file of ours");
            assert_eq!(boundaries.comuna_at([3.0, 3.0]), None);
            assert_eq!(boundaries.comuna_at([1.0, 3.0]), Some(&cut("16101")));
        }
    }

    #[test]
    fn every_comuna_of_the_bundled_file_holds_the_position_that_stands_for_it() {
        let zip = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/comunas/sample/comunas.zip");
        let dataset = gdal::Dataset::open(format!("/vsizip/{}", zip.display())).expect("the bundled file");
        let mut layer = dataset.layer(0).expect("a layer");
        let place = layer.defn().field_index("CUT_COM").expect("a field");
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let mut positions = Vec::new();
        for feature in layer.features() {
            let cut = feature.field_as_string(place).expect("a field").expect("a code");
            let wkb = feature.geometry().expect("an area").wkb().expect("WKB");
            write(file.as_file_mut(), &cut, &wkb).expect("written");
            positions.push((cut, position(&wkb).expect("a position")));
        }
        let boundaries = Boundaries::load(file.path()).expect("a file of ours");
        assert_eq!(positions.len(), 345);
        for (cut, at) in positions {
            assert_eq!(boundaries.comuna_at(at).map(Cut::as_str), Some(cut.as_str()), "{at:?}");
        }
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let mut whole = Vec::new();
        write(&mut whole, "16101", &square(0.0, 0.0).to_wkb(CoordDimensions::xy()).expect("WKB")).expect("written");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("comunas");
        for damaged in [
            &whole[..3],
            &whole[..9],
            &whole[..whole.len() - 1],
            b"\xff\xff\xff\xff1",
            &[5, 0, 0, 0, 120, 120, 120, 120, 120],
        ] {
            std::fs::write(&path, damaged).expect("written");
            assert_eq!(Boundaries::load(&path).err().map(|fault| fault.code), Some("internal".into()));
        }
    }
}
