//! GeoParquet, the little of it that one row group of texts and WKB needs: plain pages, not compressed.

use super::Layer;

/// Thrift's compact protocol, as Parquet writes its headers.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    /// The last field written of each open struct.
    last: Vec<i16>,
}

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

impl Thrift {
    fn varint(&mut self, mut number: u64) {
        while number > 0x7f {
            self.bytes.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
            number >>= 7;
        }
        self.bytes.push(u8::try_from(number).expect("seven bits"));
    }

    fn open(&mut self) {
        self.last.push(0);
    }

    fn close(&mut self) {
        self.last.pop();
        self.bytes.push(0);
    }

    fn field(&mut self, id: i16, kind: u8) {
        let last = self.last.last_mut().expect("an open struct");
        let step = u8::try_from(id - *last).expect("fields in order, near each other");
        *last = id;
        self.bytes.push((step << 4) | kind);
    }

    fn number(&mut self, id: i16, kind: u8, value: usize) {
        self.field(id, kind);
        self.varint(2 * value as u64);
    }

    fn text(&mut self, value: &str) {
        self.varint(value.len() as u64);
        self.bytes.extend(value.as_bytes());
    }

    fn text_field(&mut self, id: i16, value: &str) {
        self.field(id, BINARY);
        self.text(value);
    }

    fn list(&mut self, id: i16, kind: u8, length: usize) {
        self.field(id, LIST);
        match u8::try_from(length) {
            Ok(short) if short < 15 => self.bytes.push((short << 4) | kind),
            _ => {
                self.bytes.push(0xf0 | kind);
                self.varint(length as u64);
            }
        }
    }
}

/// A column: its name, whether it is text, its values.
struct Column {
    name: String,
    text: bool,
    values: Vec<Option<Vec<u8>>>,
}

pub(super) fn write(layer: &Layer) -> Vec<u8> {
    let rows = layer.features.len();
    let mut columns: Vec<Column> = layer
        .fields
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let cell = |cells: &[String]| cells.get(place).map(|text| text.clone().into_bytes());
            let values = layer.features.iter().map(|feature| cell(&feature.cells)).collect();
            Column { name: name.clone(), text: true, values }
        })
        .collect();
    let shapes = layer.features.iter().map(|feature| feature.geometry.as_ref().map(super::Geometry::wkb)).collect();
    columns.push(Column { name: "geometry".into(), text: false, values: shapes });

    let mut file = b"PAR1".to_vec();
    let chunks: Vec<(usize, usize)> = columns
        .iter()
        .map(|column| {
            let start = file.len();
            file.extend(page(&column.values));
            (start, file.len() - start)
        })
        .collect();
    let foot = foot(&columns, &chunks, rows);
    file.extend(&foot);
    file.extend(u32::try_from(foot.len()).expect("a short foot").to_le_bytes());
    file.extend(b"PAR1");
    file
}

/// A data page with its header.
fn page(values: &[Option<Vec<u8>>]) -> Vec<u8> {
    // Whether each value is there, one bit each, in a bit-packed run.
    let groups = values.len().div_ceil(8);
    let mut run = Thrift::default();
    run.varint(((groups as u64) << 1) | 1);
    run.bytes.extend(values.chunks(8).map(|group| {
        group.iter().enumerate().fold(0_u8, |bits, (place, value)| bits | (u8::from(value.is_some()) << place))
    }));
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("small values").to_le_bytes();
    let mut body = length(&run.bytes).to_vec();
    body.extend(run.bytes);
    for value in values.iter().flatten() {
        body.extend(length(value));
        body.extend(value);
    }
    let mut head = Thrift::default();
    head.open();
    head.number(1, I32, 0);
    head.number(2, I32, body.len());
    head.number(3, I32, body.len());
    head.field(5, STRUCT);
    head.open();
    head.number(1, I32, values.len());
    // Plain values; levels in runs.
    head.number(2, I32, 0);
    head.number(3, I32, 3);
    head.number(4, I32, 3);
    head.close();
    head.close();
    [head.bytes, body].concat()
}

/// The footer: schema, the row group, and what makes it GeoParquet.
fn foot(columns: &[Column], chunks: &[(usize, usize)], rows: usize) -> Vec<u8> {
    let mut foot = Thrift::default();
    foot.open();
    foot.number(1, I32, 1);
    foot.list(2, STRUCT, columns.len() + 1);
    foot.open();
    foot.text_field(4, "schema");
    foot.number(5, I32, columns.len());
    foot.close();
    for column in columns {
        foot.open();
        // Byte array, optional.
        foot.number(1, I32, 6);
        foot.number(3, I32, 1);
        foot.text_field(4, &column.name);
        if column.text {
            foot.number(6, I32, 0);
        }
        foot.close();
    }
    foot.number(3, I64, rows);
    foot.list(4, STRUCT, 1);
    foot.open();
    foot.list(1, STRUCT, columns.len());
    for (column, (start, length)) in columns.iter().zip(chunks) {
        foot.open();
        foot.number(2, I64, *start);
        foot.field(3, STRUCT);
        foot.open();
        foot.number(1, I32, 6);
        foot.list(2, I32, 2);
        foot.varint(0);
        foot.varint(2 * 3);
        foot.list(3, BINARY, 1);
        foot.text(&column.name);
        foot.number(4, I32, 0);
        foot.number(5, I64, rows);
        foot.number(6, I64, *length);
        foot.number(7, I64, *length);
        foot.number(9, I64, *start);
        foot.close();
        foot.close();
    }
    foot.number(2, I64, chunks.iter().map(|(_, length)| length).sum());
    foot.number(3, I64, rows);
    foot.close();
    foot.list(5, STRUCT, 1);
    foot.open();
    foot.text_field(1, "geo");
    foot.text_field(
        2,
        r#"{"version":"1.0.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":[]}}}"#,
    );
    foot.close();
    foot.text_field(6, "goreos-testkit");
    foot.close();
    foot.bytes
}
