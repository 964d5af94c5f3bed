//! Delimited text: one for programs, one that Excel in Spanish opens with a double click.

use std::io::Write;

use goreos_domain::{date_es, defused};

use super::Spool;
use super::failure::Failure;
use super::points::Points;
use super::spool::Value;

/// For whom a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// RFC 4180: comma, point, ISO dates, texts as they are.
    Program,
    /// Byte order mark, semicolon, decimal comma, days as in Chile, formulas defused.
    Excel,
}

pub(super) fn write(spool: &Spool, reader: Reader, out: &mut impl Write) -> Result<(), Failure> {
    let about = &spool.about;
    let mut rows = spool.rows()?;
    let points = Points::of(about);
    let separator = match reader {
        Reader::Program => ',',
        Reader::Excel => {
            out.write_all("\u{feff}".as_bytes())?;
            ';'
        }
    };
    let mut headings = match reader {
        Reader::Program => about.cells().map(|(_, column)| column.name.clone()).collect(),
        Reader::Excel => about.headings(),
    };
    headings.extend(points.headings(about).map(str::to_owned));
    let mut line = String::new();
    for (place, heading) in headings.iter().enumerate() {
        if place > 0 {
            line.push(separator);
        }
        match reader {
            Reader::Program => push_quoted(&mut line, heading, separator),
            Reader::Excel => push_quoted(&mut line, &defused(heading), separator),
        }
    }
    line.push_str("\r\n");
    let places: Vec<usize> = about.cells().map(|(place, _)| place).collect();
    loop {
        out.write_all(line.as_bytes())?;
        let Some(row) = rows.next()? else { return Ok(()) };
        line.clear();
        for (number, place) in places.iter().enumerate() {
            if number > 0 {
                line.push(separator);
            }
            push(&mut line, row.value(*place)?, reader, separator);
        }
        for coordinate in points.cells(&row)? {
            line.push(separator);
            push(&mut line, coordinate.map_or(Value::Null, Value::Real), reader, separator);
        }
        line.push_str("\r\n");
    }
}

fn push(line: &mut String, value: Value<'_>, reader: Reader, separator: char) {
    use std::fmt::Write;
    let excel = reader == Reader::Excel;
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Null | Value::Geometry(_) => Ok(()),
        Value::Text(text) if excel => {
            push_quoted(line, &defused(text), separator);
            Ok(())
        }
        Value::Text(text) => {
            push_quoted(line, text, separator);
            Ok(())
        }
        Value::Int(number) => write!(line, "{number}"),
        Value::Real(number) if !number.is_finite() => Ok(()),
        Value::Real(number) if excel => write!(line, "{}", number.to_string().replace('.', ",")),
        Value::Real(number) => write!(line, "{number}"),
        Value::Decimal(digits) if excel => write!(line, "{}", digits.replace('.', ",")),
        Value::Decimal(digits) => line.write_str(digits),
        Value::Date(day) if excel => line.write_str(&date_es(day)),
        Value::Date(day) => write!(line, "{day}"),
        Value::Bool(yes) if excel => line.write_str(if yes { "Sí" } else { "No" }),
        Value::Bool(yes) => write!(line, "{yes}"),
    };
}

fn push_quoted(line: &mut String, cell: &str, separator: char) {
    if cell.contains([separator, '"', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ') {
        line.push('"');
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn pushed(value: Value<'_>, reader: Reader) -> String {
        let mut line = String::new();
        push(&mut line, value, reader, if reader == Reader::Excel { ';' } else { ',' });
        line
    }

    #[test]
    fn each_reader_gets_cells_as_it_reads_them() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 4).expect("a day");
        for (value, program, excel) in [
            (Value::Null, "", ""),
            (Value::Text("a,b"), "\"a,b\"", "a,b"),
            (Value::Text("a;b"), "a;b", "\"a;b\""),
            (Value::Text("=1+1"), "=1+1", "'=1+1"),
            (Value::Text("=A(\"x\";1)"), "\"=A(\"\"x\"\";1)\"", "\"'=A(\"\"x\"\";1)\""),
            (Value::Text("-5.000"), "-5.000", "-5.000"),
            (Value::Text("dos\nlíneas"), "\"dos\nlíneas\"", "\"dos\nlíneas\""),
            (Value::Int(-1_234_567), "-1234567", "-1234567"),
            (Value::Real(-0.5), "-0.5", "-0,5"),
            (Value::Real(f64::NAN), "", ""),
            (Value::Decimal("-12.50"), "-12.50", "-12,50"),
            (Value::Date(day), "2026-03-04", "04-03-2026"),
            (Value::Bool(true), "true", "Sí"),
        ] {
            assert_eq!(
                (pushed(value, Reader::Program).as_str(), pushed(value, Reader::Excel).as_str()),
                (program, excel)
            );
        }
    }
}
