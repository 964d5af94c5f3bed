#![doc = include_str!("../README.md")]

mod contract;
mod editions;
mod ingest;
mod print;
mod runs;
mod schedule;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use goreos_boot::{DatabaseSettings, LogSettings, ObjectSettings};
use goreos_db::Pool;

/// Plataforma de datos territoriales: órdenes del equipo de datos.
#[derive(Debug, Parser)]
#[command(name = "goreos", version)]
struct Cli {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    log: LogSettings,
    /// Escribe JSON, para programas.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lleva la base de datos a esta versión.
    Migrate,
    /// Contratos de los conjuntos de datos.
    #[command(subcommand)]
    Contract(ContractCommand),
    /// Carga un conjunto de datos por la cola y lo acompaña hasta el final.
    Ingest(ingest::Request),
    /// Lista las ejecuciones, la más nueva primero.
    Runs {
        /// Solo las de este conjunto.
        #[arg(long)]
        dataset: Option<String>,
    },
    /// Muestra una ejecución: fases, cuentas, registro.
    Run { id: i64 },
    /// Devuelve a la cola una ejecución fallida o cancelada.
    Retry { id: i64 },
    /// Detiene una ejecución.
    Cancel { id: i64 },
    /// Lista las ediciones, la más nueva primero.
    Editions,
    /// Publica una edición nueva con las versiones de una anterior.
    Rollback { edition: i64 },
    /// Programación de las cargas.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
}

#[derive(Debug, Subcommand)]
enum ContractCommand {
    /// Lee datasets/*/dataset.toml y los deja en el catálogo.
    Register {
        /// Carpeta de los conjuntos.
        #[arg(long, env = "GOREOS_DATASETS", default_value = "datasets")]
        datasets: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum ScheduleCommand {
    /// Muestra los próximos momentos de carga.
    Next {
        dataset: String,
        /// Cuántos.
        #[arg(long, default_value_t = 5)]
        count: usize,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    goreos_boot::tracing(&cli.log);
    match run(&cli).await {
        Ok(code) => code,
        Err(error) => {
            print::error(cli.json, &error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let pool = connect(cli).await?;
    match &cli.command {
        Command::Migrate => {
            goreos_db::migrate(&pool).await.context("migrate the database")?;
            print::done(cli.json, "La base de datos está al día.");
        }
        Command::Contract(ContractCommand::Register { datasets }) => {
            contract::register(&pool, datasets, cli.json).await?;
        }
        Command::Ingest(request) => return ingest::ingest(&pool, request, cli.json).await,
        Command::Runs { dataset } => runs::list(&pool, dataset.as_deref(), cli.json).await?,
        Command::Run { id } => runs::show(&pool, *id, cli.json).await?,
        Command::Retry { id } => runs::retry(&pool, *id, cli.json).await?,
        Command::Cancel { id } => runs::cancel(&pool, *id, cli.json).await?,
        Command::Editions => editions::list(&pool, cli.json).await?,
        Command::Rollback { edition } => editions::rollback(&pool, *edition, cli.json).await?,
        Command::Schedule(ScheduleCommand::Next { dataset, count }) => {
            schedule::next(&pool, dataset, *count, cli.json).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn connect(cli: &Cli) -> anyhow::Result<Pool> {
    goreos_db::connect(&cli.database.database_url, 4).await.context(
        "connect to PostgreSQL (GOREOS_DATABASE_URL, for example postgres://goreos:secret@127.0.0.1:5432/goreos)",
    )
}

/// The object store of the settings.
fn objects(settings: &ObjectSettings) -> anyhow::Result<goreos_objects::Objects> {
    let s3 = goreos_objects::S3Options {
        endpoint: settings.s3_endpoint.clone(),
        region: settings.s3_region.clone(),
        access_key: settings.s3_access_key.clone(),
        secret_key: settings.s3_secret_key.clone(),
    };
    goreos_objects::Objects::open(&settings.objects_url, &s3).context("open the object store (GOREOS_OBJECTS_URL)")
}
