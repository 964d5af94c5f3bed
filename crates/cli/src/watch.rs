//! Runs as they go on: bars on a terminal, lines elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use goreos_db::read::{self, RunLine};
use goreos_db::{DbError, Pool};
use goreos_domain::{Phase, RunId, RunState, integer_es};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::print;

/// How often the ledger is asked.
const PERIOD: Duration = Duration::from_millis(150);

/// Watches until every run has ended or waits for a steward; true when none failed or waits.
pub(crate) async fn until_done(pool: &Pool, runs: &[RunId], as_json: bool) -> anyhow::Result<bool> {
    let screen = MultiProgress::with_draw_target(if as_json {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    });
    let style = ProgressStyle::with_template("{prefix:22} {wide_bar:.blue} {pos:>9}/{len:<9} {msg:18}")
        .context("draw a bar")?;
    let bars: HashMap<RunId, ProgressBar> =
        runs.iter().map(|run| (*run, screen.add(ProgressBar::new(0).with_style(style.clone())))).collect();
    let mut open: Vec<RunId> = runs.to_vec();
    let mut all_well = true;
    while !open.is_empty() {
        let mut still_open = Vec::new();
        for run in open {
            let line = look(pool, run).await?;
            draw(&bars[&run], &line);
            // Whether a waiting run is published is up to a person, who may take days.
            if line.state.is_final() || line.state == RunState::AwaitingApproval {
                bars[&run].finish_and_clear();
                all_well &= matches!(line.state, RunState::Published | RunState::Unchanged);
                if as_json { print::json(&line) } else { screen.suspend(|| report(&line)) }
            } else {
                still_open.push(run);
            }
        }
        open = still_open;
        if !open.is_empty() {
            tokio::time::sleep(PERIOD).await;
        }
    }
    Ok(all_well)
}

async fn look(pool: &Pool, run: RunId) -> anyhow::Result<RunLine> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let detail = read::run(&mut connection, run).await?.with_context(|| format!("run {run} is not in the ledger"))?;
    Ok(detail.line)
}

fn draw(bar: &ProgressBar, line: &RunLine) {
    let rows = |count: i64| u64::try_from(count).unwrap_or(0);
    bar.set_prefix(line.dataset.as_ref().map(ToString::to_string).unwrap_or_default());
    bar.set_length(rows(line.rows_expected.unwrap_or(line.rows_done).max(line.rows_done)));
    bar.set_position(rows(line.rows_done));
    bar.set_message(line.phase.map_or_else(|| line.state.spanish(), Phase::spanish));
}

/// What a run came to, on one line; its fault on two more.
fn report(line: &RunLine) {
    let name = line.dataset.as_ref().map_or_else(|| line.job.spanish().to_owned(), ToString::to_string);
    let counts = match (line.rows_read, line.rows_loaded, line.rows_rejected) {
        (Some(read), Some(loaded), Some(rejected)) => {
            format!(
                " leídas {} = cargadas {} + rechazadas {}",
                integer_es(read),
                integer_es(loaded),
                integer_es(rejected)
            )
        }
        _ => String::new(),
    };
    let edition = line.edition.map(|edition| format!(" · edición {edition}")).unwrap_or_default();
    print::line(&format!("{name:<20} {:<12}{counts}{edition} · ejecución {}", line.state.spanish(), line.id));
    if let Some(fault) = line.fault.as_ref().filter(|_| line.state == RunState::Failed) {
        print::line(&format!("  {fault}"));
        print::line(&format!("  Qué hacer: {}", fault.remedy));
    }
    if line.state == RunState::AwaitingApproval {
        print::line(&format!(
            "  Qué hacer: vea qué cambiaría con goreos run {0}; después goreos approve {0} o goreos refuse {0}.",
            line.id
        ));
    }
}
