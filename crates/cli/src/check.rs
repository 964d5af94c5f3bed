//! `goreos contract check`: what a run would refuse of a file, and why, without a run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use goreos_domain::{ColumnType, Contract, Fault, cause_es, integer_es};
use goreos_pipelines::{Cause, DryRun, dry_run, fits};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

use crate::bar::Bar;
use crate::{contract, found, print};

/// How long the database may take to give the areas of the comunas.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest example shown in a table.
const MOST_SIGNS: usize = 28;

/// Which file, and under which contract.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// El archivo, tal como llegó.
    file: PathBuf,
    /// Un conjunto, o la ruta de un dataset.toml; sin esto se elige el contrato por los encabezados del archivo.
    #[arg(long, value_name = "CONJUNTO|RUTA")]
    contract: Option<String>,
    /// Carpeta de los conjuntos.
    #[arg(long, env = "GOREOS_DATASETS", default_value = "datasets")]
    datasets: PathBuf,
}

/// What programs read.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// No row would be refused.
    ok: bool,
    file: &'a Path,
    contract: &'a str,
    /// The contract was chosen by the headers of the file.
    chosen: bool,
    rows_good: i64,
    /// Why it was not checked in which comuna the geometry lies; absent when it was, or when there is nothing to check.
    #[serde(skip_serializing_if = "Option::is_none", rename = "datum_unchecked")]
    datum: Option<&'static str>,
    #[serde(flatten)]
    run: &'a DryRun,
}

pub(crate) async fn check(
    request: &Request,
    database_url: Option<&SecretString>,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let file = request.file.as_path();
    exists(file)?;
    let contract = match &request.contract {
        Some(named) => contract::one(named, &request.datasets)?,
        None => choose(file, &request.datasets).await?,
    };
    let folder = tempfile::tempdir().context("make a folder")?;
    let (boundaries, datum) = boundaries(&contract, database_url, folder.path()).await;
    let context = goreos_pipelines::Context { boundaries, ..Default::default() };
    let bar = Bar::new("Comprobando:", as_json);
    let run = dry_run(&contract, file, &context, &|rows| bar.rows(rows)).await.map_err(|fault| {
        let comma = if fault.place.is_empty() { "" } else { ", " };
        let place = format!("{}, contrato {}{comma}{}", file.display(), contract.id, fault.place);
        fault.at(place)
    })?;
    drop(bar);
    let report = Report {
        datum,
        ok: run.rows_rejected == 0,
        file,
        contract: contract.id.as_str(),
        chosen: request.contract.is_none(),
        rows_good: run.rows_read - run.rows_rejected,
        run: &run,
    };
    if as_json {
        print::json(&report);
    } else {
        tell(&report, &contract);
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Refuses what is no file.
pub(crate) fn exists(file: &Path) -> Result<(), Fault> {
    if file.is_file() {
        return Ok(());
    }
    Err(Fault::give_up(
        "file.absent",
        format!("«{}» no es un archivo.", file.display()),
        "Revise la ruta; un shapefile va en un ZIP.",
    ))
}

/// The areas of the comunas that planners see now, when the contract can use them, or why there are none.
async fn boundaries(
    contract: &Contract,
    database_url: Option<&SecretString>,
    folder: &Path,
) -> (Option<PathBuf>, Option<&'static str>) {
    if contract.place.territory.is_none() || contract.place.geometry.is_none() {
        return (None, None);
    }
    let Some(url) = database_url else {
        return (None, Some("falta GOREOS_DATABASE_URL, de donde salen los límites comunales"));
    };
    let found = async {
        let pool = goreos_db::connect(url, 1).await?;
        let mut connection = pool.acquire().await.map_err(goreos_db::DbError::from)?;
        anyhow::Ok(goreos_pipelines::current_boundaries(&mut connection, folder).await?)
    };
    match tokio::time::timeout(PATIENCE, found).await {
        Ok(Ok(Some(boundaries))) => (Some(boundaries), None),
        Ok(Ok(None)) => (None, Some("todavía no hay comunas publicadas")),
        Ok(Err(_)) | Err(_) => (None, Some("la base de datos no respondió")),
    }
}

/// The one contract of the folder whose format and columns the file has.
async fn choose(file: &Path, datasets: &Path) -> anyhow::Result<Contract> {
    let mut fitting = Vec::new();
    let mut verdicts = Vec::new();
    for contract in contract::read_all(datasets)?.into_iter().map(|dataset| dataset.contract) {
        if contract.source.is_none() {
            continue;
        }
        match fits(&contract, file).await {
            Ok(()) => {
                verdicts.push(format!("{}: calza.", contract.id));
                fitting.push(contract);
            }
            Err(fault) => verdicts.push(format!("{}: {}", contract.id, fault.what)),
        }
    }
    let (code, what) = match fitting.len() {
        1 => return Ok(fitting.remove(0)),
        0 => ("contract.none_fits", "Ningún contrato calza con el archivo"),
        _ => ("contract.several_fit", "Más de un contrato calza con el archivo"),
    };
    Err(Fault::give_up(
        code,
        format!("{what}:\n  {}", verdicts.join("\n  ")),
        "Diga cuál es con --contract: el nombre del conjunto o la ruta de su dataset.toml.",
    )
    .at(datasets.display().to_string())
    .into())
}

/// What people read.
fn tell(report: &Report<'_>, contract: &Contract) {
    let run = report.run;
    let found = |name: &str, word: &str| {
        run.findings.get(name).and_then(Value::as_str).map(|value| format!(" · {word} {value}")).unwrap_or_default()
    };
    print::line(&format!(
        "{} · contrato {}{}{}{} · leídas {} = buenas {} + rechazadas {}",
        report.file.display(),
        report.contract,
        if report.chosen { " (elegido por los encabezados)" } else { "" },
        found("encoding", "codificación"),
        found("crs", "coordenadas"),
        integer_es(run.rows_read),
        integer_es(report.rows_good),
        integer_es(run.rows_rejected),
    ));
    for line in found::lines(&run.findings) {
        print::line(&format!("  {line}"));
    }
    if let Some(why) = report.datum {
        print::line(&format!("  No se comprobó si las coordenadas caen en su comuna: {why}."));
    }
    if !run.causes.is_empty() {
        print::line("");
        let rows: Vec<Vec<String>> = run.causes.iter().map(cause).collect();
        print::table(&["Causa", "Columna", "Filas", "Primera fila", "Ejemplo", "Qué hacer"], &rows);
    }
    if run.reasons_left_out > 0 {
        print::line(&format!("Y {} motivos más, de otras causas.", counted(run.reasons_left_out)));
    }
    let sums: Vec<Vec<String>> = contract
        .columns
        .iter()
        .filter_map(|column| {
            let sum = run.sums.get(column.name.as_str())?.as_str()?;
            let unit = if column.kind == ColumnType::Money { "pesos" } else { "" };
            Some(vec![
                column.name.to_string(),
                sum.parse::<i64>().map_or_else(|_| sum.to_owned(), integer_es),
                unit.to_owned(),
            ])
        })
        .collect();
    if !sums.is_empty() {
        print::line("");
        print::table(&["Suma de las filas buenas", "Total", ""], &sums);
    }
}

fn cause(cause: &Cause) -> Vec<String> {
    let (row, value, remedy) = cause.samples.first().map_or_else(Default::default, |first| {
        (integer_es(first.source_row), shortened(&first.value), first.remedy.clone())
    });
    vec![cause_es(&cause.code).to_owned(), cause.column.clone(), counted(cause.rows), row, value, remedy]
}

fn shortened(value: &str) -> String {
    let line = value.replace(char::is_control, " ");
    match line.char_indices().nth(MOST_SIGNS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn counted(count: u64) -> String {
    integer_es(i64::try_from(count).unwrap_or(i64::MAX))
}
