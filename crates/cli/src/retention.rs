//! `goreos retention`: lets go of editions nobody needs any more, or says which.

use std::process::ExitCode;

use chrono::{DateTime, Local, Utc};
use clap::Args;
use goreos_db::retention::{self, Expired};
use goreos_db::{DbError, Pool, ledger};
use goreos_domain::{Job, moment_es};
use goreos_queue::Limits;

use crate::{print, watch};

/// What to let go of.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// Días hacia atrás en que se conserva toda edición que estuvo vigente.
    #[arg(long, env = "GOREOS_KEEP_DAYS", default_value_t = 365, value_parser = clap::value_parser!(i32).range(1..=36_500))]
    days: i32,
    /// Solo dice qué se retiraría.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn retention(pool: &Pool, request: &Request, actor: &str, as_json: bool) -> anyhow::Result<ExitCode> {
    let run = {
        let mut connection = pool.acquire().await.map_err(DbError::from)?;
        if request.dry_run {
            tell(&retention::expired(&mut connection, request.days).await?, as_json);
            return Ok(ExitCode::SUCCESS);
        }
        let attempts = Limits::of(Job::Retention).attempts;
        ledger::request(&mut connection, &retention::new_run(request.days, actor, attempts)).await?
    };
    let all_well = watch::until_done(pool, &[run], as_json).await?;
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(expired: &[Expired], as_json: bool) {
    if as_json {
        expired.iter().for_each(print::json);
        return;
    }
    if expired.is_empty() {
        print::line("No hay ediciones que retirar.");
        return;
    }
    let moment = |at: DateTime<Utc>| moment_es(&at.with_timezone(&Local));
    let rows: Vec<Vec<String>> = expired
        .iter()
        .map(|edition| {
            let releases: Vec<String> = edition.releases.iter().map(ToString::to_string).collect();
            vec![edition.edition.to_string(), moment(edition.created_at), moment(edition.until), releases.join(", ")]
        })
        .collect();
    print::table(&["N°", "Publicada", "Vigente hasta", "Versiones que se borran"], &rows);
}
