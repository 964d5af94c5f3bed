//! Delimited text into batches: any encoding, any separator, header anywhere, every bad row kept whole.

mod input;
mod rows;
#[cfg(test)]
mod tests;

use goreos_domain::{
    DecimalEvidence, DecimalMark, Dialect, Fault, FileFormat, Record, Source, Stated, find_dialect, split_row,
};
use serde_json::{Map, Value};

use self::input::{Text, judge};
use self::rows::Rows;
use super::headers::named_row;
use super::magic::{agreed_encoding, expect};
use super::table::{MOST_COLUMNS, Pending, too_many_columns};
use super::{Findings, Headers, Input, Take};

/// Bytes of the beginning by which separator, header row and decimal marks are judged.
const SAMPLE: usize = 8 << 20;

const AS_STATED: &str = "lo dice el contrato, y el contenido no lo contradice";

pub(super) fn read(input: &Input<'_>, findings: &mut Findings, take: &mut Take<'_>) -> Result<(), Fault> {
    let source = input.source;
    expect(input.file, FileFormat::Csv)?;
    let found = judge(input.file)?;
    let charset = agreed_encoding(source.encoding.as_deref(), &found)?;
    findings.note("encoding", charset.label());
    let told = source.encoding.is_none() || found.double || found.malformed > 0;
    findings.note("encoding_evidence", if told { found.evidence.as_str() } else { AS_STATED });
    let mut text = Text::open(input.file, charset)?;
    text.fill(SAMPLE)?;
    let stated =
        Stated { delimiter: source.delimiter.and_then(|mark| u8::try_from(mark).ok()), header_row: source.header_row };
    let mut dialect = find_dialect(text.rest(), stated);
    if source.header_row.is_none()
        && let Some(named) = named_row(input.contract, &dialect.rows)
    {
        dialect.header_row = u32::try_from(named.index + 1).unwrap_or(1);
        dialect.header_evidence = named.evidence;
    }
    note_dialect(&dialect, stated, findings);
    let marks = Marks::of(source, &text, &dialect);
    let mut rows = Rows::new(text, dialect.splitting, found.double);
    let headers = find_headers(&mut rows, dialect.header_row)?;
    let headers = marks.given_to(headers, findings);
    let mut batch = Pending::new(&headers);
    let mut blank_rows = 0_u64;
    while let Some(row) = rows.advance(Some(headers.len()))? {
        if rows.is_blank() {
            blank_rows += 1;
            continue;
        }
        if let Some((text, ends)) = rows.plain(headers.len()) {
            batch.push_whole(row, text, ends);
        } else {
            let (cells, defect) = rows.cells();
            batch.push(row, &cells, defect);
        }
        if batch.is_full() {
            take(&headers, batch.take())?;
        }
    }
    if blank_rows > 0 {
        findings.note("blank_rows", blank_rows);
    }
    if !batch.is_empty() {
        take(&headers, batch.take())?;
    }
    Ok(())
}

fn note_dialect(dialect: &Dialect, stated: Stated, findings: &mut Findings) {
    findings.note("delimiter", dialect.delimiter().to_string());
    if stated.delimiter.is_none() {
        findings.note("delimiter_evidence", dialect.delimiter_evidence.as_str());
    }
    findings.note("header_row", dialect.header_row);
    if stated.header_row.is_none() {
        findings.note("header_evidence", dialect.header_evidence.as_str());
    }
}

fn find_headers(rows: &mut Rows, header_row: u32) -> Result<Headers, Fault> {
    while let Some(row) = rows.advance(None)? {
        if row < i64::from(header_row) {
            continue;
        }
        let (cells, defect) = rows.cells();
        if cells.len() > MOST_COLUMNS {
            return Err(too_many_columns(cells.len()));
        }
        if let Some(defect) = defect {
            return Err(Fault::give_up(
                "file.header",
                format!("Los encabezados no se pueden leer. {}", defect.reason),
                defect.remedy,
            )
            .at(format!("fila {row}")));
        }
        if rows.is_blank() {
            break;
        }
        return Ok(Headers::new(cells.into_iter().map(std::borrow::Cow::into_owned)));
    }
    Err(Fault::give_up(
        "file.no_header",
        format!("El archivo no tiene encabezados en la fila {header_row}: termina antes, o esa fila está en blanco."),
        "Revise que el archivo esté completo, o corrija 'header_row' en el contrato.",
    ))
}

/// The decimal mark of each column.
enum Marks {
    /// The contract's.
    Stated(DecimalMark),
    /// By what the cells of the sample say.
    Seen(Vec<DecimalEvidence>),
}

impl Marks {
    fn of(source: &Source, text: &Text, dialect: &Dialect) -> Self {
        if let Some(mark) = source.decimal {
            return Self::Stated(mark);
        }
        let (mut rest, mut record, mut row, mut seen) = (text.rest(), Record::default(), 0, Vec::new());
        while let Some(taken) = split_row(rest, text.at_end(), dialect.splitting, &mut record) {
            rest = &rest[taken..];
            row += 1;
            if row <= dialect.header_row || record.open_quote || record.len() > MOST_COLUMNS {
                continue;
            }
            if seen.len() < record.len() {
                seen.resize(record.len(), DecimalEvidence::default());
            }
            for (evidence, cell) in seen.iter_mut().zip(record.bytes()) {
                if let Ok(cell) = std::str::from_utf8(cell) {
                    evidence.see(cell);
                }
            }
        }
        Self::Seen(seen)
    }

    /// A column of which nothing is known goes by the whole file.
    fn given_to(self, headers: Headers, findings: &mut Findings) -> Headers {
        let seen = match self {
            Self::Stated(mark) => {
                findings.note("decimal", symbol(mark));
                return headers.with_mark(mark);
            }
            Self::Seen(seen) => seen,
        };
        let mut whole = DecimalEvidence::default();
        for column in &seen {
            whole.add(*column);
        }
        let usual = whole.mark().or_else(|| seen.iter().find_map(DecimalEvidence::mark));
        if let Some(usual) = usual {
            findings.note("decimal", symbol(usual));
            let others: Map<String, Value> = headers
                .names()
                .iter()
                .zip(&seen)
                .filter_map(|(name, evidence)| Some((name, evidence.mark().filter(|mark| *mark != usual)?)))
                .map(|(name, mark)| (name.clone(), symbol(mark).into()))
                .collect();
            if !others.is_empty() {
                findings.note("decimal_of_others", others);
            }
        }
        let places = 0..headers.len();
        headers.with_marks(places.map(|place| seen.get(place).and_then(DecimalEvidence::mark).or(whole.mark())))
    }
}

fn symbol(mark: DecimalMark) -> &'static str {
    match mark {
        DecimalMark::Comma => ",",
        DecimalMark::Point => ".",
    }
}
