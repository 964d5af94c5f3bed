//! Rows as PostgreSQL's binary COPY format takes them.

use crate::check::Typed;
use crate::place::{Placed, Spot};

/// Days from 1970-01-01 (polars) to 2000-01-01 (PostgreSQL).
const EPOCH_SHIFT: i32 = 10_957;
/// PostgreSQL's number of the type `text`.
const TEXT_OID: i32 = 25;
/// EWKB: the flag that says an SRID follows.
const HAS_SRID: u32 = 0x2000_0000;
const WGS84: u32 = 4326;

/// What stands before the first row.
pub(crate) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What stands after the last.
pub(crate) const TRAILER: [u8; 2] = [0xff, 0xff];

/// Appends one row: `source_row`, the contract's columns, then territory and geometry when the release has them.
pub(crate) fn row(out: &mut Vec<u8>, source_row: i64, columns: &[Typed], placed: &Placed, row: usize) {
    let fields =
        1 + columns.len() + if placed.territories.is_some() { 3 } else { 0 } + usize::from(placed.shapes.is_some());
    out.extend(i16::try_from(fields).unwrap_or(i16::MAX).to_be_bytes());
    value(out, &source_row.to_be_bytes());
    for column in columns {
        match column {
            Typed::Text(values) => optional(out, values.get(row).map(str::as_bytes)),
            Typed::Int(values) => {
                optional(out, values.get(row).map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
            }
            Typed::Real(values) => {
                optional(out, values.get(row).map(f64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
            }
            Typed::Date(values) => optional(
                out,
                values.get(row).map(|days| (days - EPOCH_SHIFT).to_be_bytes()).as_ref().map(<[u8; 4]>::as_slice),
            ),
        }
    }
    if let Some(territories) = &placed.territories {
        territory(out, territories[row].as_ref());
    }
    if let Some(shapes) = &placed.shapes {
        match &shapes[row] {
            Some(wkb) => geometry(out, wkb),
            None => null(out),
        }
    }
}

fn territory(out: &mut Vec<u8>, spot: Option<&Spot>) {
    optional(out, spot.map(|spot| spot.level().as_bytes()));
    optional(
        out,
        match spot {
            Some(Spot::One(cut)) => Some(cut.as_str().as_bytes()),
            _ => None,
        },
    );
    let cuts: Vec<&str> = spot.map(Spot::cuts).unwrap_or_default().iter().map(goreos_domain::Cut::as_str).collect();
    text_array(out, &cuts);
}

fn text_array(out: &mut Vec<u8>, texts: &[&str]) {
    let mut array = Vec::with_capacity(20 + texts.len() * 9);
    let dimensions = i32::from(!texts.is_empty());
    for word in [dimensions, 0, TEXT_OID] {
        array.extend(word.to_be_bytes());
    }
    if dimensions == 1 {
        array.extend(length(texts.len()).to_be_bytes());
        array.extend(1_i32.to_be_bytes());
        for text in texts {
            value(&mut array, text.as_bytes());
        }
    }
    value(out, &array);
}

/// WKB (little-endian) gains its SRID and becomes EWKB.
fn geometry(out: &mut Vec<u8>, wkb: &[u8]) {
    out.extend(length(wkb.len() + 4).to_be_bytes());
    let kind = u32::from_le_bytes([wkb[1], wkb[2], wkb[3], wkb[4]]) | HAS_SRID;
    out.push(wkb[0]);
    out.extend(kind.to_le_bytes());
    out.extend(WGS84.to_le_bytes());
    out.extend(&wkb[5..]);
}

fn optional(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => value(out, bytes),
        None => null(out),
    }
}

fn value(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(length(bytes.len()).to_be_bytes());
    out.extend(bytes);
}

fn null(out: &mut Vec<u8>) {
    out.extend((-1_i32).to_be_bytes());
}

fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}
