//! `goreos-loaded COMMAND [ARGUMENT]...`: runs a command beside a loaded installation of its own, whose pages are at
//! `GOREOS_TEST_WEB_URL`, and ends as the command does. It is told the settings of the installation, and in `GOREOS_TEST_GOREOS` where
//! its command line is.

use std::process::ExitCode;

use anyhow::Context;
use goreos_tests::Loaded;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().context("usage: goreos-loaded COMMAND [ARGUMENT]...")?;
    let loaded = Loaded::new().await;
    let status = tokio::process::Command::new(&program)
        .args(words)
        .envs(loaded.installation.environment())
        .env("GOREOS_TEST_WEB_URL", loaded.web.url())
        .env("GOREOS_TEST_GOREOS", goreos_tests::sibling("goreos"))
        .status()
        .await
        .with_context(|| format!("start {}", program.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
