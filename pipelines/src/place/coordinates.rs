//! Points from two columns of coordinates, in the reference system that the contract declares.

use goreos_domain::{Column, Contract, Fault, MissingGeometry, PlaceGeometry};

use crate::check::{Checked, Typed};
use crate::read::{Findings, Reprojection};
use crate::reason::{Problem, Reason};

use super::{Placed, Shapes, inside_chile, on_earth, outside_chile, spoken};

/// The two columns, and the way from their reference system to EPSG:4326.
pub(super) struct Coordinates {
    /// Where they stand among the contract's: east or longitude, north or latitude.
    places: [usize; 2],
    columns: [Column; 2],
    reprojection: Reprojection,
}

/// Why a point may not be kept, and where it would lie.
type Refusal = (Reason, Option<[f64; 2]>);

impl Coordinates {
    /// `None` when the geometry is the file's own.
    pub(super) fn of(
        contract: &Contract,
        geometry: &PlaceGeometry,
        findings: &mut Findings,
    ) -> Result<Option<Self>, Fault> {
        let (Some([x, y]), Some(crs)) = (&geometry.columns, geometry.crs) else { return Ok(None) };
        let find = |name: &goreos_domain::ColumnName| {
            contract
                .columns
                .iter()
                .position(|column| column.name == *name)
                .ok_or_else(|| crate::internal(&"no such column"))
        };
        let places = [find(x)?, find(y)?];
        let reprojection = Reprojection::declared(crs, findings)?;
        let columns = places.map(|place| contract.columns[place].clone());
        Ok(Some(Self { places, columns, reprojection }))
    }

    /// Fills in the point of each row, and the origins.
    pub(super) fn points(&self, missing: MissingGeometry, checked: &mut Checked, placed: &mut Placed) {
        let Checked { columns, reasons, headers } = checked;
        let [Typed::Real(xs), Typed::Real(ys)] = self.places.map(|place| &columns[place]) else {
            placed.shapes = Some(Shapes::Points(vec![None; reasons.len()]));
            return;
        };
        let origins: Vec<Option<[f64; 2]>> = xs.iter().zip(ys.iter()).map(|(x, y)| Some([x?, y?])).collect();
        // All at once: PROJ takes longer to be called than to move a position.
        let (mut lons, mut lats): (Vec<f64>, Vec<f64>) = origins.iter().flatten().map(|[x, y]| (*x, *y)).unzip();
        self.reprojection.lonlats(&mut lons, &mut lats);
        let mut moved = lons.into_iter().zip(lats);
        let points = origins.iter().enumerate().map(|(row, origin)| {
            let reasons = &mut reasons[row];
            let Some((origin, (lon, lat))) = origin.and_then(|origin| Some((origin, moved.next()?))) else {
                let absent = self.absent([xs, ys].map(|values| values.get(row).is_some()), missing, reasons, headers);
                reasons.extend(absent);
                return None;
            };
            if inside_chile(lon, lat) {
                return Some([lon, lat]);
            }
            let (reason, at) = self.refusal(origin, [lon, lat]);
            reasons.push(reason);
            placed.stray.extend(at.and_then(on_earth).map(|at| (row, at)));
            None
        });
        placed.shapes = Some(Shapes::Points(points.collect()));
        placed.origins = Some(origins);
    }

    /// Why a point that lies there may not be kept, and where it would be shown.
    fn refusal(&self, origin: [f64; 2], at: [f64; 2]) -> Refusal {
        let swapped = self.reprojection.lonlat([origin[1], origin[0]]);
        if at.iter().all(|value| value.is_finite()) {
            return (outside_chile("El punto", origin, swapped.unwrap_or(at)), Some(at));
        }
        let remedy = match swapped {
            Some([lon, lat]) if inside_chile(lon, lat) => "El este y el norte están cambiados: intercámbielos.",
            _ => "Revise las coordenadas y el sistema de referencia que declara el contrato.",
        };
        let reason = format!("El punto {} no cabe en su sistema de coordenadas.", spoken(origin));
        (Reason::row("geometry.outside_crs", &reason, remedy), None)
    }

    /// Why a row without both coordinates is refused; `None` when its cells say so already, or when the contract bears it.
    fn absent(
        &self,
        there: [bool; 2],
        missing: MissingGeometry,
        reasons: &[Reason],
        headers: &[String],
    ) -> Option<Reason> {
        let told = |column: &Column| reasons.iter().any(|r| r.column.is_empty() || r.column == column.name.as_str());
        if self.columns.iter().any(told) {
            return None;
        }
        if let Some(absent) = there.iter().position(|there| !there).filter(|_| there[0] != there[1]) {
            let (column, header) = (&self.columns[absent], &headers[self.places[absent]]);
            let problem = Problem::new(
                "place.geometry",
                "geometry.incomplete",
                format!("Falta «{header}»: la fila trae solo una de sus dos coordenadas."),
                "Complete la coordenada, o deje vacías las dos.",
            );
            return Some(Reason::cell(column, header, "", problem));
        }
        (missing == MissingGeometry::Reject).then(|| {
            let columns = self.places.map(|place| format!("«{}»", headers[place])).join(" y ");
            Reason::row("geometry.empty", "La fila no tiene coordenadas.", &format!("Complete {columns}."))
        })
    }
}
