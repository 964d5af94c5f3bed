//! `goreos-bench-ingest FOLDER [--json] [--quick] [--case NAME]… [--contender NAME]…`: the same file into the same database by this platform,
//! by the tools one would use otherwise, and by PostgreSQL alone (the floor); in turns, each checked before its time counts.
//! `goreos-bench-ingest --write-docs RESULTS.jsonl DOCUMENT` puts the table of such a run into a document.
//!
//! The files are written into FOLDER, one case at a time, and deleted. With `--quick` they have a fiftieth of the rows.

mod case;
mod docs;
mod floor;
mod ours;
mod peers;
mod report;
mod rows;
mod server;
mod stage;
mod verify;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::case::{CASES, Case, Contender};
use crate::report::Figure;
use crate::stage::Stage;

/// What is asked for.
struct Wanted {
    folder: String,
    json: bool,
    scale: u64,
    cases: Vec<String>,
    contenders: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, results, document] = words.as_slice()
        && flag == "--write-docs"
    {
        docs::write(Path::new(results), Path::new(document))?;
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = Wanted::parse(words)?;
    let mut lines = Vec::new();
    for case in CASES.iter().filter(|case| wanted.cases.is_empty() || wanted.cases.iter().any(|name| name == case.name))
    {
        let case = case.scaled(wanted.scale);
        for figure in measure(case, &wanted).await? {
            let line = figure.line();
            let told = if wanted.json { line.json() } else { line.text() };
            // A reader that went away needs no lines.
            let _ = writeln!(io::stdout(), "{told}");
            lines.push(line);
        }
    }
    for verdict in report::verdicts(&lines) {
        eprintln!("{verdict}");
    }
    Ok(if lines.iter().all(|line| line.correct) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One case, all its contenders in turns: A B C A B C …
async fn measure(case: Case, wanted: &Wanted) -> Result<Vec<Figure>> {
    eprintln!("==> {}: {} rows", case.name, case.rows);
    let stage = Stage::set(case, Path::new(&wanted.folder)).await.with_context(|| format!("prepare {}", case.name))?;
    eprintln!("    server: {}", stage.server.settings()?);
    let mut figures: Vec<Figure> = Contender::of(case.form)
        .filter(|contender| {
            wanted.contenders.is_empty() || wanted.contenders.iter().any(|name| name == contender.name())
        })
        .map(|contender| Figure::new(case, contender))
        .collect();
    for round in 0..case.rounds {
        for figure in &mut figures {
            if round >= case.rounds_of(figure.contender) || !figure.correct {
                continue;
            }
            match stage.run(figure.contender).await {
                Ok(took) => {
                    eprintln!(
                        "    {} {}: {:.2} s, {:.2} s of processor, {} MB",
                        round + 1,
                        figure.contender.name(),
                        took.wall_s,
                        took.cpu_s,
                        took.peak_mb
                    );
                    figure.add(&took);
                }
                Err(error) => {
                    eprintln!("    {} {}: no figure: {error:#}", round + 1, figure.contender.name());
                    figure.refuse(&format!("{error:#}"));
                }
            }
        }
    }
    let settings = stage.server.settings()?;
    for figure in figures.iter_mut().filter(|figure| figure.contender == Contender::Floor) {
        figure.remark(&settings);
    }
    Ok(figures)
}

impl Wanted {
    fn parse(words: Vec<String>) -> Result<Self> {
        let mut wanted =
            Self { folder: String::new(), json: false, scale: 1, cases: Vec::new(), contenders: Vec::new() };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => wanted.json = true,
                "--quick" => wanted.scale = 50,
                "--case" | "--contender" => {
                    let name = words.next().with_context(|| format!("{word} NAME"))?;
                    let (list, known): (_, Vec<&str>) = if word == "--case" {
                        (&mut wanted.cases, CASES.iter().map(|case| case.name).collect())
                    } else {
                        (&mut wanted.contenders, Contender::ALL.iter().map(|contender| contender.name()).collect())
                    };
                    if !known.contains(&name.as_str()) {
                        bail!("{word} {name}: there are {}", known.join(" "));
                    }
                    list.push(name);
                }
                folder if !folder.starts_with('-') && wanted.folder.is_empty() => folder.clone_into(&mut wanted.folder),
                _ => bail!("usage: goreos-bench-ingest FOLDER [--json] [--quick] [--case NAME]… [--contender NAME]…"),
            }
        }
        if wanted.folder.is_empty() {
            bail!("usage: goreos-bench-ingest FOLDER [--json] [--quick] [--case NAME]… [--contender NAME]…");
        }
        Ok(wanted)
    }
}
