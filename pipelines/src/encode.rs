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
            Typed::Bool(values) => {
                optional(out, values.get(row).map(|yes| [u8::from(yes)]).as_ref().map(<[u8; 1]>::as_slice));
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

#[cfg(test)]
mod tests {
    use goreos_domain::Cut;
    use polars::prelude::{
        BooleanChunked, Float64Chunked, Int32Chunked, Int64Chunked, NewChunkedArray, PlSmallStr, StringChunked,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::trial::Wire;

    /// One row's values, as the contract types them.
    type Values = (Option<String>, Option<i64>, Option<f64>, Option<i32>, Option<bool>);

    fn columns((text, int, real, date, bool): &Values) -> Vec<Typed> {
        let name = PlSmallStr::EMPTY;
        vec![
            Typed::Text(StringChunked::from_iter_options(name.clone(), [None, text.clone()].into_iter())),
            Typed::Int(Int64Chunked::from_iter_options(name.clone(), [None, *int].into_iter())),
            Typed::Real(Float64Chunked::from_iter_options(name.clone(), [None, *real].into_iter())),
            Typed::Date(Int32Chunked::from_iter_options(name.clone(), [None, *date].into_iter())),
            Typed::Bool(BooleanChunked::from_iter_options(name, [None, *bool].into_iter())),
        ]
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

    fn point(lon: f64, lat: f64) -> Vec<u8> {
        [&[1][..], &1_u32.to_le_bytes(), &lon.to_le_bytes(), &lat.to_le_bytes()].concat()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_row_is_read_back_as_it_was_kept(
            source_row: i64,
            values in (any::<Option<String>>(), any::<Option<i64>>(), any::<Option<f64>>(), proptest::option::of(-719_162_i32..2_932_897), any::<Option<bool>>()),
            spot in proptest::option::of(spot()),
            place in proptest::option::of(any::<Option<(f64, f64)>>()),
        ) {
            let placed = Placed {
                territories: spot.clone().map(|spot| vec![None, spot]),
                shapes: place.map(|place| vec![None, place.map(|(lon, lat)| point(lon, lat))]),
                ..Placed::default()
            };
            let mut bytes = Vec::new();
            row(&mut bytes, source_row, &columns(&values), &placed, 1);
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
