//! Job `report`: the ficha of a comuna from one edition, as PDF.

mod comuna;

use anyhow::Context;
use goreos_db::document::{NewDocument, publish_document};
use goreos_db::ledger::Claim;
use goreos_db::{DbError, Edition, read};
use goreos_domain::{Cut, EditionId, Fault};
use goreos_objects::Key;
use goreos_pipelines::Stop;
use goreos_reports::ComunaReport;
use serde::Deserialize;

use crate::deps::Deps;

/// What the request says.
#[derive(Debug, Deserialize)]
struct Args {
    cut: Cut,
    edition: EditionId,
}

pub(crate) async fn report(deps: &Deps, claim: &Claim) -> Result<(), Stop> {
    let args: Args = serde_json::from_value(claim.args.clone()).map_err(|error| {
        Fault::give_up(
            "report.bad_request",
            format!("La solicitud del informe no se entiende: {error}."),
            "Pídalo de nuevo desde la ficha.",
        )
    })?;
    let facts = gather(deps, &args).await?;
    let title = format!("Ficha de inversión comunal: {}", facts.comuna);
    let file_name = format!("ficha-{}-edicion-{}.pdf", args.cut, args.edition);
    let fonts = std::sync::Arc::clone(&deps.fonts);
    let pdf = tokio::task::spawn_blocking(move || goreos_reports::comuna(&facts, &fonts))
        .await
        .context("render the report")
        .map_err(|error| failed(&error))?
        .context("render the report")
        .map_err(|error| failed(&error))?;
    let key = Key::document(claim.run.0, claim.fence);
    let bytes = i64::try_from(pdf.len()).unwrap_or(i64::MAX);
    let sha256 = deps.platform.objects.put(&key, pdf.into()).await?;
    let document = NewDocument {
        title,
        cut: args.cut,
        edition: args.edition,
        object_key: key.as_str().to_owned(),
        file_name,
        bytes,
        sha256,
    };
    let mut connection = deps.pool().acquire().await.map_err(DbError::from)?;
    Ok(publish_document(&mut connection, claim, &document).await?)
}

/// Reads everything the report says, from that edition alone.
async fn gather(deps: &Deps, args: &Args) -> Result<ComunaReport, Stop> {
    let mut connection = deps.pool().acquire().await.map_err(DbError::from)?;
    let gone = || {
        Fault::give_up(
            "report.no_edition",
            format!("La edición {} no existe, o se retiró.", args.edition),
            "Pida el informe de una edición que exista.",
        )
    };
    let edition = Edition::load(&mut connection, args.edition).await?;
    let edition = edition.filter(|edition| edition.dropped_at.is_none()).ok_or_else(gone)?;
    let unknown = || {
        Fault::give_up(
            "report.no_comuna",
            format!("La edición {} no tiene la comuna {}.", args.edition, args.cut),
            "Revise el código de la comuna.",
        )
    };
    let profile = read::profile(&mut connection, &edition, &args.cut).await?.ok_or_else(unknown)?;
    let areas = read::areas(&mut connection, &edition, &profile.region.cut, &read::DashboardFilter::default()).await?;
    let sources = read::sources(&mut connection, &edition, &comuna::DATASETS).await?;
    comuna::compose(&edition, &profile, &areas, &sources).map_err(|error| failed(&error).into())
}

fn failed(error: &anyhow::Error) -> Fault {
    Fault::give_up(
        "report.failed",
        format!("El informe no se pudo componer: {error:#}."),
        "Avise al equipo de la plataforma con el número de esta ejecución.",
    )
}
