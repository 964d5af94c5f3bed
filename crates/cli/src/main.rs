#![doc = include_str!("../README.md")]

mod bar;
mod check;
mod contract;
mod diff;
mod editions;
mod exports;
mod found;
mod gate;
mod infer;
mod ingest;
mod mend;
mod print;
mod retention;
mod runs;
mod schedule;
mod tag;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use goreos_boot::{LogSettings, ObjectSettings};
use goreos_db::Pool;
use goreos_domain::Fault;
use secrecy::SecretString;

/// Plataforma de datos territoriales: órdenes del equipo de datos.
#[derive(Debug, Parser)]
#[command(name = "goreos", version)]
struct Cli {
    /// La base de datos, como `postgres://goreos:secret@127.0.0.1:5432/goreos`; «contract check» la usa solo para comprobar las coordenadas con los límites comunales, e «infer» no la usa.
    #[arg(long, env = "GOREOS_DATABASE_URL", hide_env_values = true)]
    database_url: Option<SecretString>,
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
    /// Pide los archivos para descargar de un conjunto (GeoPackage, CSV, XLSX y los demás).
    Exports(exports::Request),
    /// Compara dos ediciones: filas de cada conjunto e indicadores por comuna.
    Diff(diff::Request),
    /// Publica una edición nueva con las versiones de una anterior.
    Rollback {
        edition: i64,
        /// Por qué; queda en la bitácora.
        #[arg(long, default_value = "")]
        comment: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// Da un nombre a una edición; mientras lo tenga, no se retira.
    Tag {
        edition: i64,
        /// Minúsculas, dígitos y guiones, como `cuenta-publica-2026`.
        name: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// Quita un nombre.
    Untag {
        name: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// Retira las ediciones que nadie necesita ya, con sus tablas y archivos.
    Retention {
        #[command(flatten)]
        request: retention::Request,
        #[command(flatten)]
        actor: Actor,
    },
    /// Aprueba una ejecución que espera en la compuerta: se publica.
    Approve {
        id: i64,
        /// Por qué; queda en la bitácora.
        #[arg(long, default_value = "")]
        comment: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// Rechaza una ejecución que espera en la compuerta: no se publica.
    Refuse {
        id: i64,
        /// Por qué; queda en la bitácora y en la página de la ejecución.
        #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        comment: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// Programación de las cargas.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Lee un archivo ajeno, apartado de todo lo demás.
    #[command(name = goreos_pipelines::READ_SOURCE, hide = true)]
    ReadSource,
    /// Mira un archivo ajeno, apartado de todo lo demás.
    #[command(name = goreos_pipelines::PROFILE_SOURCE, hide = true)]
    ProfileSource,
}

/// Who gives an order, for the audit trail, until people can sign in.
#[derive(Debug, clap::Args)]
pub(crate) struct Actor {
    /// Quién da la orden.
    #[arg(long, env = "USER", default_value = "goreos")]
    user: String,
}

impl Actor {
    pub(crate) fn name(&self) -> String {
        format!("cli:{}", self.user)
    }
}

#[derive(Debug, Subcommand)]
enum ContractCommand {
    /// Lee datasets/*/dataset.toml y los deja en el catálogo.
    Register {
        /// Carpeta de los conjuntos.
        #[arg(long, env = "GOREOS_DATASETS", default_value = "datasets")]
        datasets: PathBuf,
    },
    /// Dice qué filas de un archivo rechazaría una carga, y por qué, sin cargar nada.
    Check(check::Request),
    /// Escribe un borrador de contrato que carga un archivo tal como está, con la evidencia de cada elección.
    Infer(infer::Request),
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
    match &cli.command {
        Command::Migrate => {
            goreos_db::migrate(&cli.connect().await?).await.context("migrate the database")?;
            print::done(cli.json, "La base de datos está al día.");
        }
        Command::Contract(ContractCommand::Register { datasets }) => {
            contract::register(&cli.connect().await?, datasets, cli.json).await?;
        }
        Command::Contract(ContractCommand::Check(request)) => {
            return check::check(request, cli.database_url.as_ref(), cli.json).await;
        }
        Command::Contract(ContractCommand::Infer(request)) => infer::infer(request, cli.json).await?,
        Command::Ingest(request) => return ingest::ingest(&cli.connect().await?, request, cli.json).await,
        Command::Runs { dataset } => runs::list(&cli.connect().await?, dataset.as_deref(), cli.json).await?,
        Command::Run { id } => runs::show(&cli.connect().await?, *id, cli.json).await?,
        Command::Retry { id } => runs::retry(&cli.connect().await?, *id, cli.json).await?,
        Command::Cancel { id } => runs::cancel(&cli.connect().await?, *id, cli.json).await?,
        Command::Exports(request) => exports::exports(&cli.connect().await?, request, cli.json).await?,
        Command::Editions => editions::list(&cli.connect().await?, cli.json).await?,
        Command::Diff(request) => diff::diff(&cli.connect().await?, request, cli.json).await?,
        Command::Rollback { edition, comment, actor } => {
            editions::rollback(&cli.connect().await?, *edition, &actor.name(), comment, cli.json).await?;
        }
        Command::Tag { edition, name, actor } => {
            tag::add(&cli.connect().await?, *edition, name, &actor.name(), cli.json).await?;
        }
        Command::Untag { name, actor } => tag::remove(&cli.connect().await?, name, &actor.name(), cli.json).await?,
        Command::Retention { request, actor } => {
            return retention::retention(&cli.connect().await?, request, &actor.name(), cli.json).await;
        }
        Command::Approve { id, comment, actor } => {
            gate::approve(&cli.connect().await?, *id, &actor.name(), comment, cli.json).await?;
        }
        Command::Refuse { id, comment, actor } => {
            gate::refuse(&cli.connect().await?, *id, &actor.name(), comment, cli.json).await?;
        }
        Command::Schedule(ScheduleCommand::Next { dataset, count }) => {
            schedule::next(&cli.connect().await?, dataset, *count, cli.json).await?;
        }
        Command::ProfileSource => goreos_pipelines::profile_source().context("speak with the parent process")?,
        Command::ReadSource => goreos_pipelines::read_source().context("speak with the parent process")?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Cli {
    async fn connect(&self) -> anyhow::Result<Pool> {
        let url = self.database_url.as_ref().ok_or_else(|| {
            Fault::give_up(
                "settings.missing",
                "Falta GOREOS_DATABASE_URL: esta orden trabaja con la base de datos.",
                "Por ejemplo: GOREOS_DATABASE_URL=postgres://goreos:secret@127.0.0.1:5432/goreos",
            )
        })?;
        goreos_db::connect(url, 4).await.context(
            "connect to PostgreSQL (GOREOS_DATABASE_URL, for example postgres://goreos:secret@127.0.0.1:5432/goreos)",
        )
    }
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
