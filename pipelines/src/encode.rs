//! Rows as PostgreSQL's binary COPY format takes them.

use goreos_domain::Cut;

use crate::check::{Checked, Typed};
use crate::place::{Placed, Shapes, Spot};

/// Days from 1970-01-01 (polars) to 2000-01-01 (PostgreSQL).
const EPOCH_SHIFT: i32 = 10_957;
/// PostgreSQL's number of the type `text`.
const TEXT_OID: i32 = 25;
/// EWKB: the flag that says an SRID follows.
const HAS_SRID: u32 = 0x2000_0000;
const WGS84: u32 = 4326;
/// A point in little-endian EWKB, before its coordinates.
const POINT: [u8; 9] = [1, 1, 0, 0, 0x20, 0xe6, 0x10, 0, 0];

/// What stands before the first row.
pub(crate) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What stands after the last.
pub(crate) const TRAILER: [u8; 2] = [0xff, 0xff];

/// Appends the rows that nothing speaks against: `source_row`, the contract's columns, then territory and geometry when the release has
/// them.
pub(crate) fn rows(out: &mut Vec<u8>, source_rows: &[i64], checked: &Checked, placed: &Placed) {
    let Checked { columns, reasons, .. } = checked;
    let fields =
        1 + columns.len() + if placed.territories.is_some() { 3 } else { 0 } + usize::from(placed.shapes.is_some());
    let fields = i16::try_from(fields).unwrap_or(i16::MAX).to_be_bytes();
    let spots: Vec<Vec<u8>> = placed.territories.iter().flat_map(|found| &found.spots).map(territory).collect();
    let nowhere = territory_of(None, None, &[]);
    let mut columns: Vec<Fields<'_>> = columns.iter().map(Fields::of).collect();
    for (row, (source_row, reasons)) in source_rows.iter().zip(reasons).enumerate() {
        let start = out.len();
        out.extend_from_slice(&fields);
        value(out, &source_row.to_be_bytes());
        for column in &mut columns {
            column.write(out);
        }
        if !reasons.is_empty() {
            out.truncate(start);
            continue;
        }
        if let Some(territories) = &placed.territories {
            out.extend_from_slice(territories.rows[row].map_or(&nowhere, |spot| &spots[spot]));
        }
        match &placed.shapes {
            Some(Shapes::Points(points)) => match points[row] {
                Some(at) => point(out, at),
                None => null(out),
            },
            Some(Shapes::Wkb(wkbs)) => match &wkbs[row] {
                Some(wkb) => geometry(out, wkb),
                None => null(out),
            },
            None => {}
        }
    }
}

/// The values of a column, row after row.
enum Fields<'a> {
    Text(Box<dyn Iterator<Item = Option<&'a str>> + 'a>),
    Int(Box<dyn Iterator<Item = Option<i64>> + 'a>),
    Real(Box<dyn Iterator<Item = Option<f64>> + 'a>),
    Date(Box<dyn Iterator<Item = Option<i32>> + 'a>),
    Bool(Box<dyn Iterator<Item = Option<bool>> + 'a>),
}

impl<'a> Fields<'a> {
    fn of(column: &'a Typed) -> Self {
        match column {
            Typed::Text(values) => Self::Text(Box::new(values.iter())),
            Typed::Int(values) => Self::Int(Box::new(values.iter())),
            Typed::Real(values) => Self::Real(Box::new(values.iter())),
            Typed::Date(values) => Self::Date(Box::new(values.iter())),
            Typed::Bool(values) => Self::Bool(Box::new(values.iter())),
        }
    }

    /// Appends the next value.
    fn write(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Text(values) => optional(out, values.next().flatten().map(str::as_bytes)),
            Self::Int(values) => fixed(out, values.next().flatten().map(i64::to_be_bytes)),
            Self::Real(values) => fixed(out, values.next().flatten().map(f64::to_be_bytes)),
            Self::Date(values) => {
                fixed(out, values.next().flatten().map(|days| (days - EPOCH_SHIFT).to_be_bytes()));
            }
            Self::Bool(values) => fixed(out, values.next().flatten().map(|yes| [u8::from(yes)])),
        }
    }
}

/// The three fields of a territory: its level, its code when it is one, all its codes.
fn territory(spot: &Spot) -> Vec<u8> {
    let code = if let Spot::One(cut) = spot { Some(cut) } else { None };
    territory_of(Some(spot.level()), code, spot.cuts())
}

fn territory_of(level: Option<&str>, code: Option<&Cut>, cuts: &[Cut]) -> Vec<u8> {
    let mut out = Vec::new();
    optional(&mut out, level.map(str::as_bytes));
    optional(&mut out, code.map(|cut| cut.as_str().as_bytes()));
    let cuts: Vec<&str> = cuts.iter().map(Cut::as_str).collect();
    text_array(&mut out, &cuts);
    out
}

fn text_array(out: &mut Vec<u8>, texts: &[&str]) {
    let mut array = Vec::with_capacity(20 + texts.len() * 9);
    let dimensions = i32::from(!texts.is_empty());
    for word in [dimensions, 0, TEXT_OID] {
        array.extend(word.to_be_bytes());
    }
    if dimensions == 1 {
        array.extend(length(texts.len()));
        array.extend(1_i32.to_be_bytes());
        for text in texts {
            value(&mut array, text.as_bytes());
        }
    }
    value(out, &array);
}

/// WKB (little-endian) gains its SRID and becomes EWKB.
fn geometry(out: &mut Vec<u8>, wkb: &[u8]) {
    out.extend_from_slice(&length(wkb.len() + 4));
    let kind = u32::from_le_bytes([wkb[1], wkb[2], wkb[3], wkb[4]]) | HAS_SRID;
    out.push(wkb[0]);
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&WGS84.to_le_bytes());
    out.extend_from_slice(&wkb[5..]);
}

fn point(out: &mut Vec<u8>, [lon, lat]: [f64; 2]) {
    out.extend_from_slice(&length(POINT.len() + 16));
    out.extend_from_slice(&POINT);
    out.extend_from_slice(&lon.to_le_bytes());
    out.extend_from_slice(&lat.to_le_bytes());
}

fn optional(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => value(out, bytes),
        None => null(out),
    }
}

fn fixed<const BYTES: usize>(out: &mut Vec<u8>, bytes: Option<[u8; BYTES]>) {
    match bytes {
        Some(bytes) => value(out, &bytes),
        None => null(out),
    }
}

fn value(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&length(bytes.len()));
    out.extend_from_slice(bytes);
}

fn null(out: &mut Vec<u8>) {
    out.extend_from_slice(&(-1_i32).to_be_bytes());
}

fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).unwrap_or(i32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use polars::prelude::{
        BooleanChunked, Float64Chunked, Int32Chunked, Int64Chunked, NewChunkedArray, PlSmallStr, StringChunked,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::place::Territories;
    use crate::reason::Reason;
    use crate::trial::Wire;

    /// One row's values, as the contract types them.
    type Values = (Option<String>, Option<i64>, Option<f64>, Option<i32>, Option<bool>);

    /// The first of two rows is refused.
    fn checked((text, int, real, date, bool): &Values) -> Checked {
        let name = PlSmallStr::EMPTY;
        let columns = vec![
            Typed::Text(StringChunked::from_iter_options(name.clone(), [None, text.clone()].into_iter())),
            Typed::Int(Int64Chunked::from_iter_options(name.clone(), [None, *int].into_iter())),
            Typed::Real(Float64Chunked::from_iter_options(name.clone(), [None, *real].into_iter())),
            Typed::Date(Int32Chunked::from_iter_options(name.clone(), [None, *date].into_iter())),
            Typed::Bool(BooleanChunked::from_iter_options(name, [None, *bool].into_iter())),
        ];
        Checked { columns, reasons: vec![vec![Reason::row("row.cells", "", "")], vec![]], headers: Vec::new() }
    }

    fn spot() -> impl Strategy<Value = Option<Spot>> {
        let cut = |digits: &str| Cut::parse(digits).expect("a code");
        prop_oneof![
            Just(None),
            "[0-9]{2,3}".prop_map(move |digits| Some(Spot::One(cut(&digits)))),
            "[0-9]{5}".prop_map(move |digits| Some(Spot::One(cut(&digits)))),
            proptest::collection::vec("[0-9]{5}", 2..5)
                .prop_map(move |cuts| Some(Spot::Several(cuts.iter().map(|digits| cut(digits)).collect()))),
        ]
    }

    fn shapes(place: Option<(f64, f64)>, as_wkb: bool) -> Shapes {
        let wkb = |(lon, lat): (f64, f64)| [&[1, 1, 0, 0, 0][..], &lon.to_le_bytes(), &lat.to_le_bytes()].concat();
        if as_wkb {
            Shapes::Wkb(vec![None, place.map(wkb)])
        } else {
            Shapes::Points(vec![None, place.map(|(lon, lat)| [lon, lat])])
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_row_is_read_back_as_it_was_kept(
            source_row: i64,
            values in (any::<Option<String>>(), any::<Option<i64>>(), any::<Option<f64>>(), proptest::option::of(-719_162_i32..2_932_897), any::<Option<bool>>()),
            spot in proptest::option::of(spot()),
            place in proptest::option::of(any::<Option<(f64, f64)>>()), as_wkb: bool,
        ) {
            let placed = Placed {
                territories: spot.clone().map(|spot| Territories {
                    rows: vec![None, spot.as_ref().map(|_| 0)],
                    spots: spot.into_iter().collect(),
                }),
                shapes: place.map(|place| shapes(place, as_wkb)),
                ..Placed::default()
            };
            let mut bytes = Vec::new();
            rows(&mut bytes, &[0, source_row], &checked(&values), &placed);
            let mut fields = Wire(&bytes).fields().into_iter();
            let mut next = || fields.next().expect("a field");

            let (text, int, real, date, bool) = values;
            prop_assert_eq!(next(), Some(&source_row.to_be_bytes()[..]));
            prop_assert_eq!(next(), text.as_deref().map(str::as_bytes));
            prop_assert_eq!(next().map(<[u8]>::to_vec), int.map(|value| value.to_be_bytes().to_vec()));
            prop_assert_eq!(next().map(<[u8]>::to_vec), real.map(|value| value.to_be_bytes().to_vec()));
            let days = next().map(|bytes| i32::from_be_bytes(bytes.try_into().expect("four bytes")));
            prop_assert_eq!(days.map(|days| days + 10_957), date);
            prop_assert_eq!(next().map(<[u8]>::to_vec), bool.map(|yes| vec![u8::from(yes)]));
            if let Some(spot) = spot {
                let cuts = spot.iter().flat_map(|spot| spot.cuts().iter().map(Cut::to_string)).collect::<Vec<_>>();
                prop_assert_eq!(next(), spot.as_ref().map(|spot| spot.level().as_bytes()));
                prop_assert_eq!(next(), if cuts.len() == 1 { Some(cuts[0].as_bytes()) } else { None });
                prop_assert_eq!(Wire(next().expect("an array, empty or not")).texts(), cuts);
            }
            if let Some(place) = place {
                let ewkb = place.map(|(lon, lat)| {
                    [&[1, 1, 0, 0, 0x20, 0xe6, 0x10, 0, 0][..], &lon.to_le_bytes(), &lat.to_le_bytes()].concat()
                });
                prop_assert_eq!(next(), ewkb.as_deref());
            }
            prop_assert_eq!(fields.next(), None);
        }
    }
}
