//! `goreos-bench-files FOLDER [--json] [--quick]`: files of millions of rows through the real binaries: seconds, rows a second, and the most
//! memory taken. The files are written into FOLDER, one at a time, and deleted. With `--quick` they have a fiftieth of the rows.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use goreos_testkit::{Budget, budget, budget_contract, parcels, parcels_contract};
use goreos_tests::{Installation, Usage, Watch, sibling};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What a worker and its reading child may take, each.
const MOST_MB: u64 = 512;
/// Rows of the tables swept, of ten columns.
const ROWS: [u64; 4] = [500_000, 1_000_000, 2_000_000, 5_000_000];
/// Columns of the tables swept, of as many rows each.
const COLUMNS: [usize; 3] = [10, 50, 200];
const ROWS_OF_COLUMNS: u64 = 200_000;
/// Areas of the layers swept.
const PARCELS: [u64; 3] = [500_000, 1_000_000, 2_000_000];

/// What was measured.
struct Measured {
    case: String,
    contender: &'static str,
    rows: u64,
    seconds: f64,
    usage: Usage,
    correct: bool,
    note: &'static str,
}

struct Bench {
    folder: TempDir,
    json: bool,
    scale: u64,
    /// Everything was right, and small.
    good: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut flag = |name: &str| {
        let before = words.len();
        words.retain(|word| word != name);
        words.len() < before
    };
    let (json, quick) = (flag("--json"), flag("--quick"));
    let [folder] = words.as_slice() else {
        anyhow::bail!("usage: goreos-bench-files FOLDER [--json] [--quick]");
    };
    let folder = TempDir::with_prefix_in("bench-files-", folder).context("a folder for the files")?;
    let mut bench = Bench { folder, json, scale: if quick { 50 } else { 1 }, good: true };
    bench.tables()?;
    bench.layers()?;
    bench.whole().await?;
    Ok(if bench.good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The reading child alone, over tables: rows first, then columns.
    fn tables(&mut self) -> Result<()> {
        let rows_of_columns = ROWS_OF_COLUMNS / self.scale;
        let by_rows = ROWS.map(|rows| rows / self.scale).map(|rows| (format!("csv-rows-{rows}"), rows, 10, false));
        let by_columns = COLUMNS.map(|columns| (format!("csv-columns-{columns}"), rows_of_columns, columns, false));
        // The one thing that is remembered of every row.
        let keyed = ROWS.map(|rows| rows / self.scale).map(|rows| (format!("csv-keyed-rows-{rows}"), rows, 10, true));
        for (case, rows, columns, keyed) in by_rows.into_iter().chain(by_columns).chain(keyed) {
            let file = self.path("lines.csv");
            let truth = lines(&file, rows, columns)?;
            if !keyed {
                self.floor(&case, &file, truth.rows)?;
            }
            let mut contract = budget_contract("lines", "lines.csv", columns);
            if keyed {
                contract = contract.replacen("\n[[column]]", "\n[load]\nkey = [\"codigo\"]\n\n[[column]]", 1);
            }
            let pesos = truth.pesos.to_string();
            self.check(case, &contract, &file, truth.rows, |report| {
                report["rows_read"] == truth.rows
                    && report["rows_rejected"] == truth.refused
                    && report["sums"]["monto"].as_str() == Some(&pesos)
            })?;
            std::fs::remove_file(&file)?;
        }
        Ok(())
    }

    /// The reading child alone, over layers.
    fn layers(&mut self) -> Result<()> {
        for rows in PARCELS.map(|rows| rows / self.scale) {
            let file = self.path("parcels.zip");
            parcels(rows, &file)?;
            let case = format!("shapefile-areas-{rows}");
            self.floor(&case, &file, rows)?;
            self.check(case, &parcels_contract("parcels", "parcels.zip"), &file, rows, |report| {
                report["rows_read"] == rows && report["rows_rejected"] == 0
            })?;
            std::fs::remove_file(&file)?;
        }
        Ok(())
    }

    /// The largest of both through the queue, by a worker, into a release that is published.
    async fn whole(&mut self) -> Result<()> {
        let (rows, areas) = (ROWS[3] / self.scale, PARCELS[2] / self.scale);
        let installation = Installation::new()
            .await
            .with_dataset("lines", &budget_contract("lines", "lines.csv", 10))
            .with_dataset("parcels", &parcels_contract("parcels", "parcels.zip"));
        installation.register().await;
        let file = self.path("lines.csv");
        let truth = lines(&file, rows, 10)?;
        let measured = ingest(&installation, "lines", &file, rows, truth.rows - truth.refused).await;
        std::fs::remove_file(&file)?;
        self.tell(measured);
        let file = self.path("parcels.zip");
        parcels(areas, &file)?;
        let measured = ingest(&installation, "parcels", &file, areas, areas).await;
        self.tell(measured);
        Ok(())
    }

    /// The bytes of the file, read and thrown away.
    fn floor(&mut self, case: &str, file: &Path, rows: u64) -> Result<()> {
        let start = Instant::now();
        let mut source = File::open(file)?;
        let mut piece = vec![0; 1 << 20];
        let mut lines = 0_u64;
        loop {
            let length = source.read(&mut piece)?;
            if length == 0 {
                break;
            }
            lines += piece[..length].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        }
        ensure!(lines > 0, "the file holds lines");
        let seconds = start.elapsed().as_secs_f64();
        let usage = Usage { cpu_s: seconds, ..Usage::default() };
        let case = case.to_owned();
        let note = "the bytes of the file read once, line ends counted";
        self.tell(Measured { case, contender: "floor", rows, seconds, usage, correct: true, note });
        Ok(())
    }

    fn check(
        &mut self,
        case: String,
        contract: &str,
        file: &Path,
        rows: u64,
        correct: impl Fn(&Value) -> bool,
    ) -> Result<()> {
        std::fs::write(self.path("contract.toml"), contract)?;
        let report = self.path("report.json");
        let start = Instant::now();
        let mut child = Command::new(sibling("goreos"))
            .args(["contract", "check", "--json", "--contract", "contract.toml"])
            .arg(file)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(File::create(&report)?)
            .spawn()
            .context("start goreos")?;
        let watch = Watch::over(child.id());
        child.wait()?;
        let seconds = start.elapsed().as_secs_f64();
        let usage = watch.end();
        let report: Value = serde_json::from_slice(&std::fs::read(report)?).context("a report")?;
        let note = "goreos contract check: read, checked and placed by the reading child";
        self.tell(Measured { case, contender: "goreos", rows, seconds, usage, correct: correct(&report), note });
        Ok(())
    }

    fn tell(&mut self, measured: Measured) {
        let Measured { case, contender, rows, seconds, usage, correct, note } = measured;
        let peak = usage.peak.own_mb.max(usage.peak.child_mb);
        self.good &= correct && peak < MOST_MB;
        #[expect(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
        let per_s = rows as f64 / seconds;
        let line = if self.json {
            json!({
                "bench": "files", "case": case, "contender": contender, "wall_s_median": seconds, "wall_s_min": seconds,
                "cpu_s": usage.cpu_s, "peak_rss_mb": if peak == 0 { Value::Null } else { peak.into() }, "per_s": per_s,
                "correct": correct, "note": note,
            })
            .to_string()
        } else {
            let memory =
                if peak == 0 { "-".to_owned() } else { format!("{} + {}", usage.peak.own_mb, usage.peak.child_mb) };
            let verdict = if correct { "correct" } else { "WRONG" };
            format!(
                "{case:<26} {contender:<7} {seconds:>8.2} s {:>8.2} s cpu {per_s:>11.0} rows/s {memory:>10} MB  {verdict}",
                usage.cpu_s
            )
        };
        // A reader that went away needs no lines.
        let _ = writeln!(io::stdout(), "{line}");
    }
}

fn lines(file: &Path, rows: u64, columns: usize) -> Result<Budget> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    let truth = budget(rows, columns, &mut out)?;
    out.flush()?;
    Ok(truth)
}

/// One file by a worker of its own, measured by the ledger's clock.
async fn ingest(installation: &Installation, dataset: &str, file: &Path, rows: u64, loaded: u64) -> Measured {
    let worker = installation.worker();
    let _scheduler = installation.scheduler();
    let watch = Watch::over(worker.id());
    let id = installation.request(&[dataset, &file.display().to_string()]).await;
    let state = goreos_tests::until("the run ends", std::time::Duration::from_mins(30), async || {
        let state = installation.query(&format!("select state from runs where id = {id}"));
        (!["queued", "running"].contains(&state.as_str())).then_some(state)
    })
    .await;
    let usage = watch.end();
    let told = |what: &str| installation.query(&format!("select {what} from runs where id = {id}"));
    let seconds = told("extract(epoch from finished_at - started_at)").parse().unwrap_or(f64::NAN);
    let correct = state == "published" && told("rows_loaded") == loaded.to_string();
    let note = "goreos ingest: fetched, read, built, published; memory of the worker and of its reading child";
    Measured { case: format!("ingest-{dataset}-{rows}"), contender: "goreos", rows, seconds, usage, correct, note }
}
