//! Structured logs on standard error.

use clap::{Args, ValueEnum};
use tracing_subscriber::{EnvFilter, fmt};

/// How and what to log.
#[derive(Debug, Clone, Args)]
pub struct LogSettings {
    /// Which events to log, as `level` or `target=level,…`.
    #[arg(long, env = "GOREOS_LOG", default_value = "info", value_parser = filter)]
    pub log: String,
    /// Lines for people or JSON for machines.
    #[arg(long, env = "GOREOS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// See [`LogSettings::log_format`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line an event.
    Text,
    /// One JSON object a line.
    Json,
}

fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Starts logging; a second call changes nothing.
pub fn tracing(settings: &LogSettings) {
    let builder = fmt().with_env_filter(EnvFilter::new(&settings.log)).with_writer(std::io::stderr);
    let started = match settings.log_format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "Logging was already started");
    }
}
