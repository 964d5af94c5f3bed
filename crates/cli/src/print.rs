//! What goes to the terminal: the only place that prints.
#![expect(clippy::print_stdout, reason = "this is what a command-line program does")]

use goreos_domain::Fault;
use serde::Serialize;
use serde_json::json;

/// A line for people.
pub(crate) fn line(text: &str) {
    println!("{}", plain(text));
}

/// A text as it is, for a file or a pipe.
pub(crate) fn raw(text: &str) {
    print!("{}", plain(text));
}

/// A line for people beside what goes to standard output.
pub(crate) fn note(text: &str) {
    eprintln_line(text);
}

/// Cells and headers of strangers' files are part of what is said here: they must not steer the terminal.
fn plain(text: &str) -> String {
    text.replace(|sign: char| sign.is_control() && sign != '\n', "\u{fffd}")
}

/// One JSON value on a line.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => println!("{text}"),
        Err(error) => println!("{}", json!({ "error": { "code": "internal", "what": error.to_string() } })),
    }
}

/// A sentence that says that it is done.
pub(crate) fn done(as_json: bool, text: &str) {
    if as_json { json(&json!({ "ok": true, "message": text })) } else { line(text) }
}

/// A failure, with its causes; a fault with its place and remedy.
pub(crate) fn error(as_json: bool, error: &anyhow::Error) {
    let fault = error.downcast_ref::<Fault>();
    if as_json {
        json(&json!({ "error": match fault {
            Some(fault) => json!(fault),
            None => json!({ "code": "command.failed", "what": format!("{error:#}") }),
        }}));
        return;
    }
    match fault {
        Some(fault) => {
            eprintln_line(&format!("Error: {fault}"));
            if !fault.remedy.is_empty() {
                eprintln_line(&format!("  Qué hacer: {}", fault.remedy));
            }
        }
        None => eprintln_line(&format!("Error: {error:#}")),
    }
}

#[expect(clippy::print_stderr, reason = "errors of a command go to standard error")]
fn eprintln_line(text: &str) {
    eprintln!("{}", plain(text));
}

/// A table: columns as wide as their widest cell, numbers to the right.
pub(crate) fn table(headers: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .chain([headers[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headers.len()).map(width).collect();
    let print = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
                let number =
                    !cell.is_empty() && cell.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-'));
                if number { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
            })
            .collect();
        line(padded.join("  ").trim_end());
    };
    print(&headers.iter().map(|header| (*header).to_owned()).collect::<Vec<_>>());
    for row in rows {
        print(row);
    }
}

/// The same fact for programs or for people.
pub(crate) fn json_or_line(as_json: bool, value: &serde_json::Value, text: &str) {
    if as_json { json(value) } else { line(text) }
}
