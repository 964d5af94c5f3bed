//! Points as two columns of numbers, for formats without geometry.

use geo::Geometry;

use super::about::About;
use super::failure::Failure;
use super::spool::Row;
use super::survey::shape;

/// The coordinates that a table gets beside its cells: two, or none when its geometries are no points, or stand in it already.
pub(super) struct Points {
    geometry: Option<usize>,
}

impl Points {
    pub(super) fn of(about: &About) -> Self {
        Self { geometry: about.geometry().filter(|_| about.is_points && !about.has_coordinates) }
    }

    /// Their names; never those of other columns.
    pub(super) fn headings(&self, about: &About) -> impl Iterator<Item = &'static str> + use<> {
        let taken = about.columns.iter().any(|column| column.name == "longitud" || column.name == "latitud");
        let names = if taken { ["geom_longitud", "geom_latitud"] } else { ["longitud", "latitud"] };
        names.into_iter().filter(|_| self.geometry.is_some()).collect::<Vec<_>>().into_iter()
    }

    /// Longitude and latitude of a row.
    pub(super) fn cells(&self, row: &Row<'_>) -> Result<impl Iterator<Item = Option<f64>> + use<>, Failure> {
        let point = match self.geometry.and_then(|place| row.wkb(place)).map(shape).transpose()? {
            Some(Geometry::Point(point)) => Some(point),
            _ => None,
        };
        let cells = [point.map(geo::Point::x), point.map(geo::Point::y)];
        Ok(cells.into_iter().filter(|_| self.geometry.is_some()).collect::<Vec<_>>().into_iter())
    }
}
