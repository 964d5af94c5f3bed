//! `goreos runs`, `run`, `retry`, `cancel`.

use goreos_db::read::{self, Page, RunFilter, RunLine};
use goreos_db::{DbError, Pool, ledger};
use goreos_domain::gate::Outcome;
use goreos_domain::{DatasetId, Fault, RunId, RunState, integer_es};
use serde_json::json;

use crate::{gate, print};

const SHOWN: u32 = 50;

pub(crate) async fn list(pool: &Pool, dataset: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let filter = RunFilter { dataset: dataset.map(DatasetId::parse).transpose()?, ..RunFilter::default() };
    let runs = read::runs(&mut connection, &filter, Page::numbered(1, SHOWN)).await?;
    if as_json {
        runs.items.iter().for_each(print::json);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = runs.items.iter().map(row).collect();
    print::table(&["N°", "Conjunto", "Estado", "Leídas", "Cargadas", "Rechazadas", "Edición", "Pedida"], &rows);
    Ok(())
}

fn row(line: &RunLine) -> Vec<String> {
    let count = |rows: Option<i64>| rows.map(integer_es).unwrap_or_default();
    vec![
        line.id.to_string(),
        line.dataset.as_ref().map_or_else(|| line.job.spanish().to_owned(), ToString::to_string),
        line.state.spanish().to_owned(),
        count(line.rows_read),
        count(line.rows_loaded),
        count(line.rows_rejected),
        line.edition.map(|edition| edition.to_string()).unwrap_or_default(),
        goreos_domain::moment_es(&line.created_at.with_timezone(&chrono::Local)),
    ]
}

pub(crate) async fn show(pool: &Pool, id: i64, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let run = read::run(&mut connection, RunId(id)).await?.ok_or_else(|| unknown(id))?;
    if as_json {
        print::json(&run);
        return Ok(());
    }
    print::table(
        &["N°", "Conjunto", "Estado", "Leídas", "Cargadas", "Rechazadas", "Edición", "Pedida"],
        &[row(&run.line)],
    );
    if let Some(fault) = &run.line.fault {
        print::line(&format!("{fault}\n  Qué hacer: {}", fault.remedy));
    }
    if let Some(outcome) = Outcome::of_report(&run.report) {
        gate::show(&outcome);
        print::line("");
    }
    if run.line.state == RunState::AwaitingApproval {
        print::line(&format!("Espera aprobación: goreos approve {id}, o goreos refuse {id} --comment \"…\"."));
    }
    for line in &run.log {
        print::line(&format!(
            "{}  {:<5}  {}",
            goreos_domain::moment_es(&line.at.with_timezone(&chrono::Local)),
            line.level,
            line.message
        ));
    }
    Ok(())
}

pub(crate) async fn retry(pool: &Pool, id: i64, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    if ledger::retry(&mut connection, RunId(id)).await? {
        print::done(as_json, &format!("Ejecución {id} de nuevo en cola."));
        return Ok(());
    }
    let state = ledger::state(&mut connection, RunId(id)).await?.ok_or_else(|| unknown(id))?;
    Err(Fault::give_up(
        "run.not_failed",
        format!("La ejecución {id} está {}: solo se reintenta una fallida o cancelada.", state.spanish()),
        "",
    )
    .into())
}

pub(crate) async fn cancel(pool: &Pool, id: i64, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    match ledger::cancel(&mut connection, RunId(id)).await? {
        Some(RunState::Cancelled) => print::done(as_json, &format!("Ejecución {id} cancelada.")),
        Some(_) => print::done(as_json, &format!("Se pidió detener la ejecución {id}.")),
        None => {
            let state = ledger::state(&mut connection, RunId(id)).await?.ok_or_else(|| unknown(id))?;
            print::json_or_line(
                as_json,
                &json!({ "ok": true, "state": state }),
                &format!("La ejecución {id} ya terminó: {}.", state.spanish()),
            );
        }
    }
    Ok(())
}

pub(crate) fn unknown(id: i64) -> Fault {
    Fault::give_up("run.unknown", format!("No hay una ejecución {id}."), "Vea las que hay con: goreos runs")
}
