//! The table of a run, put into a document.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use crate::report::{Line, verdicts};

const BEGIN: &str = "<!-- figures: written by ./dev bench ingest --write-docs -->";
const END: &str = "<!-- end of figures -->";

/// Replaces what stands between the marks.
pub(crate) fn write(results: &Path, document: &Path) -> Result<()> {
    let results = std::fs::read_to_string(results).with_context(|| format!("read {}", results.display()))?;
    let lines: Vec<Line> = results.lines().filter_map(Line::parse).collect();
    let text = std::fs::read_to_string(document).with_context(|| format!("read {}", document.display()))?;
    let (head, rest) = text.split_once(BEGIN).with_context(|| format!("the document has the mark {BEGIN}"))?;
    let (_, tail) = rest.split_once(END).with_context(|| format!("the document has the mark {END}"))?;
    std::fs::write(document, format!("{head}{BEGIN}\n\n{}\n{END}{tail}", figures(&lines)))?;
    Ok(())
}

fn figures(lines: &[Line]) -> String {
    let mut text = String::from(
        "| case | contender | median s | least s | CPU s | MB | rows/s | times ours |\n|---|---|--:|--:|--:|--:|--:|--:|\n",
    );
    for line in lines {
        let ours = lines.iter().find(|other| other.case == line.case && other.contender == "goreos");
        let times = ours.and_then(|ours| Some(line.median_s? / ours.median_s?));
        let number = |number: Option<f64>, decimals: usize| {
            number.map_or_else(|| "–".to_owned(), |number| format!("{number:.decimals$}"))
        };
        let peak = line.peak_mb.map_or_else(|| "–".to_owned(), |peak| peak.to_string());
        let name = if line.contender == "goreos" { "**goreos**".to_owned() } else { line.contender.clone() };
        let wrong = if line.correct { "" } else { " (wrong)" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {name}{wrong} | {} | {} | {} | {peak} | {} | {} |",
            line.case,
            number(line.median_s, 2),
            number(line.least_s, 2),
            number(line.cpu_s, 2),
            number(line.per_s, 0),
            number(times, 2)
        );
    }
    text.push('\n');
    for verdict in verdicts(lines) {
        let _ = writeln!(text, "- {verdict}");
    }
    if let Some(floor) = lines.iter().find(|line| line.contender == "floor") {
        let settings = floor.note.rsplit("; ").next().unwrap_or_default();
        let _ = writeln!(text, "\nServer, for all: `{settings}`.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let [results, document] = ["results", "document"].map(|name| folder.path().join(name));
        std::fs::write(&document, format!("before\n{BEGIN}\nold\n{END}\nafter\n")).expect("written");
        let line = r#"{"bench":"ingest","case":"csv-1m","contender":"goreos","wall_s_median":2.0,"wall_s_min":1.9,"cpu_s":3.0,"peak_rss_mb":90,"per_s":500000,"correct":true,"note":""}"#;
        std::fs::write(&results, line).expect("written");
        write(&results, &document).expect("a table");
        let text = std::fs::read_to_string(&document).expect("read");
        assert!(text.starts_with("before\n") && text.ends_with("after\n") && !text.contains("old"));
        assert!(text.contains("| csv-1m | **goreos** | 2.00 | 1.90 | 3.00 | 90 | 500000 | 1.00 |"), "{text}");
    }
}
