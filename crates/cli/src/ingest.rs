//! `goreos ingest`: ask for runs and watch them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use goreos_boot::ObjectSettings;
use goreos_db::catalogue;
use goreos_db::ledger::{self, NewRun};
use goreos_db::{DbError, Pool};
use goreos_domain::{DatasetId, Job, RunId, Trigger};
use goreos_queue::Limits;
use serde_json::{Value, json};

use crate::{Actor, contract, mend, objects, print, watch};

/// What to load.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a command line")]
pub(crate) struct Request {
    /// El conjunto.
    #[arg(required_unless_present = "all")]
    dataset: Option<String>,
    /// El archivo; sin él se usa el que nombra el contrato.
    file: Option<PathBuf>,
    /// Todos los conjuntos que tienen archivo fuente.
    #[arg(long, conflicts_with_all = ["dataset", "file"])]
    all: bool,
    /// Carga aunque el archivo sea el mismo de la versión vigente.
    #[arg(long)]
    force: bool,
    /// El archivo reemplaza a todas las filas de antes, aunque el contrato agregue o actualice.
    #[arg(long)]
    replace: bool,
    /// El archivo trae, corregidas, filas que rechazó esta ejecución.
    #[arg(long, value_name = "EJECUCIÓN", requires = "file", conflicts_with_all = ["all", "force", "replace"])]
    mend: Option<i64>,
    /// Pide la carga y no espera.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    pub(crate) objects: ObjectSettings,
    #[command(flatten)]
    pub(crate) actor: Actor,
}

pub(crate) async fn ingest(pool: &Pool, request: &Request, as_json: bool) -> anyhow::Result<ExitCode> {
    let ids = wanted(pool, request).await?;
    let mut runs = Vec::with_capacity(ids.len());
    if let (Some(base), Some(file), [id]) = (request.mend, &request.file, ids.as_slice()) {
        runs.push(mend::ask(pool, request, id, RunId(base), file).await?);
    } else {
        let args = args(request).await?;
        for id in ids {
            runs.push(ask(pool, id, args.clone(), request.actor.name()).await?);
        }
    }
    if request.no_wait {
        for run in &runs {
            if as_json {
                print::json(&json!({ "run": run }));
            } else {
                print::line(&format!("Ejecución {run} en cola."));
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let all_well = watch::until_done(pool, &runs, as_json).await?;
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn wanted(pool: &Pool, request: &Request) -> anyhow::Result<Vec<DatasetId>> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let known = catalogue::dataset_ids(&mut connection).await?;
    if let Some(name) = &request.dataset {
        let id = DatasetId::parse(name).ok().filter(|id| known.contains(&id.to_string()));
        return Ok(vec![
            id.ok_or_else(|| contract::unknown(name, &known, "Registre los contratos: goreos contract register"))?,
        ]);
    }
    let mut with_source = Vec::new();
    for id in known {
        let id = DatasetId::parse(&id)?;
        if catalogue::dataset(&mut connection, &id).await?.is_some_and(|dataset| dataset.contract.source.is_some()) {
            with_source.push(id);
        }
    }
    Ok(with_source)
}

/// A file given is kept first, so that the run names it by its hash and needs nothing of this machine.
async fn args(request: &Request) -> anyhow::Result<Value> {
    let mut args = json!({});
    if request.force {
        args["force"] = json!(true);
    }
    if request.replace {
        args["replace"] = json!(true);
    }
    if let Some(file) = &request.file {
        let stored =
            objects(&request.objects)?.put_source(file).await.with_context(|| format!("keep {}", file.display()))?;
        args["source_sha"] = json!(stored.sha256);
        args["bytes"] = json!(stored.bytes);
        args["origin"] = json!(file.file_name().map(|name| name.to_string_lossy()));
    }
    Ok(args)
}

async fn ask(pool: &Pool, dataset: DatasetId, args: Value, requested_by: String) -> anyhow::Result<RunId> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let run = NewRun {
        job: Job::Ingest,
        dataset: Some(dataset),
        args,
        trigger: Trigger::Manual,
        requested_by,
        dedupe_key: None,
        max_attempts: Limits::of(Job::Ingest).attempts,
    };
    Ok(ledger::request(&mut connection, &run).await?)
}
