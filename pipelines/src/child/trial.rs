//! The reading child without its process: a file in, decoded rows, rejects and the summary out. For tests of formats and rules.

use std::path::Path;

use goreos_db::release::Reject;
use goreos_domain::{Contract, Fault};
use tempfile::TempDir;

use super::Context;
use super::frame::{Kind, Request, Summary};
use super::reader::convert;
use crate::encode::{HEADER, TRAILER};

/// What came of a file.
#[derive(Debug)]
pub(crate) struct Trial {
    /// The rows of the release, in the order of the file.
    pub(crate) rows: Vec<Row>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) summary: Summary,
    columns: Vec<String>,
}

/// A row as it goes into the release table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) source_row: i64,
    /// The contract's columns, then level, code and codes of the territory, then the geometry: as the contract asks.
    pub(crate) fields: Vec<Option<Vec<u8>>>,
}

/// Reads a file under a contract.
pub(crate) fn trial(contract: &str, file: &Path) -> Result<Trial, Fault> {
    trial_in(contract, file, Context::default())
}

/// Reads bytes, under a name that says nothing.
pub(crate) fn trial_bytes(contract: &str, bytes: &[u8]) -> Result<Trial, Fault> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("source");
    std::fs::write(&file, bytes).expect("a file");
    trial(contract, &file)
}

/// Reads a file with what is known besides it: boundaries, keys of before, mends.
pub(crate) fn trial_in(contract: &str, file: &Path, context: Context) -> Result<Trial, Fault> {
    let contract = Contract::parse(contract)?;
    let columns = contract.columns.iter().map(|column| column.name.to_string()).collect();
    let scratch = TempDir::new().expect("a folder");
    let request = Request { contract, file: file.to_owned(), scratch: scratch.path().to_owned(), context };
    let mut out = Vec::new();
    let summary = convert(&request, &mut out)?;
    let (rows, rejects) = decode(&out);
    assert_eq!(
        summary.rows_read,
        i64::try_from(rows.len() + rejects.len()).expect("few rows"),
        "every row read is in the release or refused"
    );
    assert_eq!(summary.rows_rejected, i64::try_from(rejects.len()).expect("few rows"));
    Ok(Trial { rows, rejects, summary, columns })
}

fn decode(mut frames: &[u8]) -> (Vec<Row>, Vec<Reject>) {
    let mut copied = Vec::new();
    let mut rejects: Vec<Reject> = Vec::new();
    while let Some((kind, rest)) = frames.split_first() {
        let (length, rest) = rest.split_first_chunk::<4>().expect("a length");
        let (payload, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        frames = rest;
        match Kind::from_byte(*kind).expect("a known frame") {
            Kind::Copy => copied.extend(payload),
            Kind::Rejects => {
                rejects.extend(serde_json::from_slice::<Vec<Reject>>(payload).expect("rejects as JSON"));
            }
            Kind::Progress => {}
            Kind::Summary | Kind::Profile | Kind::Fault => panic!("the last frame is not the converter's"),
        }
    }
    let rows = copied
        .strip_prefix(HEADER)
        .and_then(|rows| rows.strip_suffix(&TRAILER))
        .expect("a COPY stream with a head and an end");
    let mut wire = Wire(rows);
    let mut decoded = Vec::new();
    while !wire.0.is_empty() {
        let mut fields = wire.row().into_iter().map(|field| field.map(<[u8]>::to_vec));
        let source_row = fields.next().flatten().expect("the number of the row");
        decoded.push(Row {
            source_row: i64::from_be_bytes(source_row.try_into().expect("eight bytes")),
            fields: fields.collect(),
        });
    }
    (decoded, rejects)
}

impl Row {
    fn bytes<const LENGTH: usize>(&self, column: usize) -> Option<[u8; LENGTH]> {
        self.fields[column].as_deref().map(|bytes| bytes.try_into().expect("a value of that width"))
    }

    pub(crate) fn text(&self, column: usize) -> Option<&str> {
        self.fields[column].as_deref().map(|bytes| std::str::from_utf8(bytes).expect("UTF-8"))
    }

    /// Whole numbers and pesos.
    pub(crate) fn int(&self, column: usize) -> Option<i64> {
        self.bytes(column).map(i64::from_be_bytes)
    }

    pub(crate) fn real(&self, column: usize) -> Option<f64> {
        self.bytes(column).map(f64::from_be_bytes)
    }

    /// As ISO 8601 writes it.
    pub(crate) fn date(&self, column: usize) -> Option<String> {
        let days = i64::from(self.bytes(column).map(i32::from_be_bytes)?);
        let start = chrono::NaiveDate::from_ymd_opt(2000, 1, 1).expect("PostgreSQL's day zero");
        Some((start + chrono::Duration::days(days)).to_string())
    }

    pub(crate) fn bool(&self, column: usize) -> Option<bool> {
        self.bytes(column).map(|[byte]: [u8; 1]| byte == 1)
    }

    pub(crate) fn texts(&self, column: usize) -> Vec<String> {
        self.fields[column].as_deref().map(|bytes| Wire(bytes).texts()).unwrap_or_default()
    }

    /// The geometry as plain WKB. It is the last field, whatever stands before.
    pub(crate) fn wkb(&self, column: usize) -> Option<Vec<u8>> {
        let ewkb = self.fields[column].as_deref()?;
        let kind = u32::from_le_bytes(ewkb[1..5].try_into().expect("four bytes"));
        assert_eq!((ewkb[0], kind & 0x2000_0000, &ewkb[5..9]), (1, 0x2000_0000, &4326_u32.to_le_bytes()[..]));
        Some([&ewkb[..1], &(kind & !0x2000_0000).to_le_bytes(), &ewkb[9..]].concat())
    }
}

impl Trial {
    /// Row and code of every reason, in the order of the file; a row with two reasons stands twice.
    pub(crate) fn codes(&self) -> Vec<(i64, String)> {
        self.reasons("code")
    }

    /// Row and a part of every reason: `code`, `column`, `value`, `rule`, `reason` or `remedy`.
    pub(crate) fn reasons(&self, part: &str) -> Vec<(i64, String)> {
        let of = |reject: &Reject| {
            let row = reject.source_row;
            let reasons = reject.reasons.as_array().expect("a list of reasons").clone();
            reasons
                .into_iter()
                .map(move |reason| (row, reason[part].as_str().expect("a text").to_owned()))
                .collect::<Vec<_>>()
        };
        self.rejects.iter().flat_map(of).collect()
    }

    /// The row that stood there in the file.
    pub(crate) fn row(&self, source_row: i64) -> &Row {
        self.rows.iter().find(|row| row.source_row == source_row).expect("a row of the release")
    }

    /// The place of a contract's column among the fields.
    pub(crate) fn place(&self, column: &str) -> usize {
        self.columns.iter().position(|name| name == column).expect("a column of the contract")
    }

    /// The number of the contract's columns: where the territory's level stands, if any.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Level and codes of each row's territory.
    pub(crate) fn spots(&self) -> Vec<(&str, Vec<String>)> {
        let width = self.width();
        self.rows.iter().map(|row| (row.text(width).unwrap_or_default(), row.texts(width + 2))).collect()
    }

    /// A note of the findings.
    pub(crate) fn note(&self, name: &str) -> &serde_json::Value {
        &self.summary.findings[name]
    }
}

/// Reads big-endian words and stretches off the front, as PostgreSQL does.
pub(crate) struct Wire<'a>(pub(crate) &'a [u8]);

impl<'a> Wire<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn word(&mut self) -> i32 {
        i32::from_be_bytes(self.take(4).try_into().expect("four bytes"))
    }

    fn field(&mut self) -> Option<&'a [u8]> {
        usize::try_from(self.word()).ok().map(|length| self.take(length))
    }

    fn row(&mut self) -> Vec<Option<&'a [u8]>> {
        let count = i16::from_be_bytes(self.take(2).try_into().expect("two bytes"));
        (0..count).map(|_| self.field()).collect()
    }

    /// The fields of the only row.
    pub(crate) fn fields(mut self) -> Vec<Option<&'a [u8]>> {
        let fields = self.row();
        assert!(self.0.is_empty(), "bytes after the last field");
        fields
    }

    /// The elements of a `text[]` without nulls.
    pub(crate) fn texts(mut self) -> Vec<String> {
        let (dimensions, nulls, oid) = (self.word(), self.word(), self.word());
        assert_eq!((nulls, oid), (0, 25));
        let count = if dimensions == 0 { 0 } else { self.word() };
        assert!(dimensions == 0 || self.word() == 1, "arrays are counted from one");
        let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.expect("no null").to_vec()).expect("UTF-8");
        let texts = (0..count).map(|_| text(self.field())).collect();
        assert!(self.0.is_empty(), "bytes after the last element");
        texts
    }
}

#[test]
fn rows_rejects_and_sums_come_out_as_the_release_would_hold_them() {
    let contract = "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\nencoding='utf-8'\n\
                    delimiter=';'\ndecimal=','\nheader_row=1\n[[column]]\nname='comuna'\ntype='text'\n[[column]]\nname='monto'\ntype='money'\n\
                    unit='CLP'\nsum=true\n[[column]]\nname='dia'\ntype='date'\n\
                    [place]\nterritory={by='name',column='comuna',level='comuna'}\n";
    let found = trial_bytes(contract, "comuna;monto;dia\nÑiquén;1.500;16.09.2025\nPinto;mil;\nBulnes;-2;\n".as_bytes())
        .expect("a file that is read");
    let monto = found.place("monto");
    assert_eq!(
        found.rows.iter().map(|row| (row.source_row, row.int(monto))).collect::<Vec<_>>(),
        [(2, Some(1500)), (4, Some(-2))]
    );
    assert_eq!((found.row(2).text(0), found.row(2).date(2).as_deref()), (Some("Ñiquén"), Some("2025-09-16")));
    assert_eq!(found.spots()[0], ("comuna", vec!["16303".to_owned()]));
    assert_eq!(found.codes(), [(3, "value.not_money".to_owned())]);
    assert_eq!(found.summary.sums["monto"], "1498");
}
