//! Points from two columns of coordinates, in the reference system that the contract declares.

use std::collections::HashMap;

use goreos_domain::{Column, Contract, Fault, MissingGeometry, PlaceGeometry};

use crate::check::{Checked, Typed};
use crate::read::{Batch, Findings, Reprojection};
use crate::reason::{Problem, Reason};

use super::{inside_chile, on_earth, outside_chile, spoken};

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

    /// The point of each row as WKB; also fills in the batch's origins.
    pub(super) fn points(
        &self,
        missing: MissingGeometry,
        batch: &mut Batch,
        checked: &mut Checked,
        stray: &mut HashMap<usize, [f64; 2]>,
    ) -> Vec<Option<Vec<u8>>> {
        let Checked { columns, reasons, headers } = checked;
        let [Typed::Real(xs), Typed::Real(ys)] = self.places.map(|place| &columns[place]) else {
            return vec![None; reasons.len()];
        };
        let origins: Vec<Option<[f64; 2]>> = xs.iter().zip(ys.iter()).map(|(x, y)| Some([x?, y?])).collect();
        let points = origins.iter().enumerate().map(|(row, origin)| {
            let reasons = &mut reasons[row];
            let Some(origin) = *origin else {
                let there = [xs.get(row).is_some(), ys.get(row).is_some()];
                let absent = self.absent(there, missing, reasons, headers);
                reasons.extend(absent);
                return None;
            };
            match self.point(origin) {
                Ok([lon, lat]) => {
                    Some([&[1][..], &1_u32.to_le_bytes(), &lon.to_le_bytes(), &lat.to_le_bytes()].concat())
                }
                Err(refusal) => {
                    let (reason, at) = *refusal;
                    reasons.push(reason);
                    stray.extend(at.and_then(on_earth).map(|at| (row, at)));
                    None
                }
            }
        });
        let points = points.collect();
        batch.origins = Some(origins);
        points
    }

    /// Longitude and latitude, or why there are none that may be kept, and where the point would lie.
    fn point(&self, origin: [f64; 2]) -> Result<[f64; 2], Box<Refusal>> {
        let swapped = || self.reprojection.lonlat([origin[1], origin[0]]);
        match self.reprojection.lonlat(origin) {
            Some([lon, lat]) if inside_chile(lon, lat) => Ok([lon, lat]),
            Some(at) => Err(Box::new((outside_chile("El punto", origin, swapped().unwrap_or(at)), Some(at)))),
            None => {
                let remedy = match swapped() {
                    Some([lon, lat]) if inside_chile(lon, lat) => "El este y el norte están cambiados: intercámbielos.",
                    _ => "Revise las coordenadas y el sistema de referencia que declara el contrato.",
                };
                let reason = format!("El punto {} no cabe en su sistema de coordenadas.", spoken(origin));
                Err(Box::new((Reason::row("geometry.outside_crs", &reason, remedy), None)))
            }
        }
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
