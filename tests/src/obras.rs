//! A dataset small enough to break on purpose.

use std::fmt::Write;
use std::ops::Range;

/// Its contract: two columns, a key, a sum, and a gate that stops.
pub const OBRAS: &str = r#"id = "obras"
title = "Obras de prueba"
theme = "Prueba"
owner = "Pruebas"
licence = "CC0-1.0"

[source]
path = "obras.csv"
format = "csv"
encoding = "utf-8"
delimiter = ";"

[load]
key = ["codigo"]

[[column]]
name = "codigo"
type = "text"
required = true

[[column]]
name = "monto"
type = "int"
required = true
sum = true

[gate]
rejected = { stop = "5%" }
shrink = { wait = "20%" }
"#;

/// A file it accepts whole: one row per number, which is also its amount.
pub fn obras(rows: Range<u32>) -> String {
    rows.fold("codigo;monto\n".to_owned(), |mut text, number| {
        writeln!(text, "OBRA-{number:07};{number}").expect("a String takes all");
        text
    })
}
