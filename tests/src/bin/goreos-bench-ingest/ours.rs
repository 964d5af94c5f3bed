//! The platform: asked through its command, timed by its ledger.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use goreos_tests::{Watch, cpu_seconds, ended_children_s, until};

use crate::stage::{DATASET, Stage, Took};
use crate::verify::Loaded;

const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) async fn load(stage: &Stage) -> Result<(Took, Loaded)> {
    let installation = &stage.installation;
    // Bytes that are kept already would not be stored again.
    let sources = installation.objects().join("sources");
    if sources.exists() {
        std::fs::remove_dir_all(&sources).context("forget the file of the round before")?;
    }
    let scheduler = installation.scheduler();
    let mut worker = installation.worker();
    until("worker and scheduler are ready", PATIENCE, async || {
        (worker.log().contains("Ready for work") && scheduler.log().contains("Ready")).then_some(())
    })
    .await;
    let watch = Watch::over(worker.id());
    // Of the server, of the worker and its reading child, of that child alone, of the scheduler.
    let cpu =
        || [stage.server.cpu_s(), cpu_seconds(worker.id()), ended_children_s(worker.id()), cpu_seconds(scheduler.id())];
    let before = cpu();
    let id = installation.request(&[DATASET, "--force"]).await;
    wait(stage, id)?;
    let after = cpu();
    let [server, both, child, scheduling] = [0, 1, 2, 3].map(|part| after[part] - before[part]);
    let usage = watch.end();
    worker.stop().await;
    drop(scheduler);
    // Downloads of the release would be written in somebody else's time.
    stage.server.query("update runs set state = 'cancelled', finished_at = now() where state in ('queued', 'running') and job <> 'ingest'")?;
    let told = |what: &str| stage.server.query(&format!("select {what} from runs where id = {id}"));
    ensure!(
        told("state")? == "published",
        "the run ended otherwise: {}",
        told("state || ' ' || coalesce(fault::text, '')")?
    );
    let rows = stage.case.rows;
    ensure!(
        told("rows_read || ' ' || rows_loaded || ' ' || rows_rejected")? == format!("{rows} {rows} 0"),
        "the accounting says otherwise"
    );
    let wall_s = told("extract(epoch from finished_at - created_at)")?.parse().context("seconds")?;
    eprintln!("      {}", phases(stage, id)?);
    eprintln!("      processor: server {server:.2}, reading child {child:.2}, worker {:.2} s", both - child);
    Ok((
        Took { wall_s, cpu_s: server + both + scheduling, peak_mb: usage.peak.own_mb + usage.peak.child_mb },
        stage.release()?,
    ))
}

/// Until the run has ended, by a look every 20 ms from inside the server: the ledger keeps the time.
fn wait(stage: &Stage, id: i64) -> Result<()> {
    stage.server.query(&format!(
        "set statement_timeout = '30min';
         do $$ begin
           while exists (select from runs where id = {id} and state in ('queued', 'running')) loop perform pg_sleep(0.02); end loop;
         end $$"
    ))?;
    Ok(())
}

/// When each phase began and ended, in milliseconds after the request.
fn phases(stage: &Stage, id: i64) -> Result<String> {
    let since = |moment: &str| format!("round(1000 * extract(epoch from {moment} - r.created_at))");
    stage.server.query(&format!(
        "select 'claimed ' || {} || ', ' || string_agg(p.phase || ' ' || {} || '-' || coalesce({}::text, ''), ', ' order by p.started_at)
           || ', end ' || {}
         from runs r join run_phases p on p.run_id = r.id where r.id = {id} group by r.id",
        since("r.started_at"),
        since("p.started_at"),
        since("p.finished_at"),
        since("r.finished_at")
    ))
}
