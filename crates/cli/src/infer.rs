//! `goreos contract infer`: a draft of the contract for a file of which nothing is known.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use goreos_domain::{DatasetId, Fault, fold, integer_es};
use goreos_pipelines::{Context, Draft, DryRun, Part, dry_run};
use serde_json::json;

use crate::bar::Bar;
use crate::{check, found, print};

/// Which file, and where the draft goes.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// El archivo, tal como llegó.
    file: PathBuf,
    /// Nombre del conjunto de datos; sin esto, el del archivo.
    #[arg(long)]
    id: Option<String>,
    /// La hoja, si la planilla tiene varias.
    #[arg(long)]
    sheet: Option<String>,
    /// La capa, si el archivo tiene varias.
    #[arg(long)]
    layer: Option<String>,
    /// Deja el borrador en este archivo, que no debe existir; sin esto va a la salida.
    #[arg(short, long, value_name = "DATASET.TOML")]
    output: Option<PathBuf>,
}

pub(crate) async fn infer(request: &Request, as_json: bool) -> anyhow::Result<()> {
    let file = request.file.as_path();
    check::exists(file)?;
    if let Some(output) = request.output.as_deref().filter(|output| output.exists()) {
        return Err(Fault::give_up(
            "infer.exists",
            format!("«{}» ya existe, y no se reemplaza.", output.display()),
            "Dé otro nombre con -o, o borre ese archivo.",
        )
        .into());
    }
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let id = identifier(request.id.as_deref(), file)?;
    let part = Part { sheet: request.sheet.clone(), layer: request.layer.clone() };
    let at = |fault: Fault| {
        let comma = if fault.place.is_empty() { "" } else { ", " };
        let place = format!("{}{comma}{}", file.display(), fault.place);
        fault.at(place)
    };
    let looking = Bar::new("Mirando el archivo:", as_json);
    let draft = goreos_pipelines::infer(file, &part, &name, &id, &|rows| looking.rows(rows)).await.map_err(at)?;
    drop(looking);
    // The draft must take the very file it was made from; what it would refuse all the same is told.
    let trying = Bar::new("Probando el borrador:", as_json);
    let run = dry_run(&draft.contract, file, &Context::default(), &|rows| trying.rows(rows)).await.map_err(at)?;
    drop(trying);
    if let Some(output) = &request.output {
        std::fs::write(output, &draft.toml).with_context(|| format!("write {}", output.display()))?;
    }
    if as_json {
        print::json(&json!({
            "ok": true,
            "id": id,
            "toml": draft.toml,
            "profile": draft.profile,
            "rows_read": run.rows_read,
            "rows_rejected": run.rows_rejected,
        }));
        return Ok(());
    }
    if request.output.is_none() {
        print::raw(&draft.toml);
    }
    tell(request, &draft, &run);
    Ok(())
}

/// What the draft does with its file; on standard error, so that the draft alone may be piped on.
fn tell(request: &Request, draft: &Draft, run: &DryRun) {
    print::note(&format!(
        "{} · {} columnas de {} · probado: leídas {} = buenas {} + rechazadas {}",
        request.file.display(),
        integer_es(i64::try_from(draft.contract.columns.len()).unwrap_or(i64::MAX)),
        integer_es(i64::try_from(draft.profile.columns.len()).unwrap_or(i64::MAX)),
        integer_es(run.rows_read),
        integer_es(run.rows_read - run.rows_rejected),
        integer_es(run.rows_rejected),
    ));
    for line in found::lines(&run.findings) {
        print::note(&format!("  {line}"));
    }
    if let Some(output) = &request.output {
        print::note(&format!("Borrador en {}. Revise lo que dice CONFIRME.", output.display()));
    }
}

/// The dataset's name: the one given, or made of the file's.
fn identifier(given: Option<&str>, file: &Path) -> anyhow::Result<DatasetId> {
    if let Some(given) = given {
        return DatasetId::parse(given).map_err(|error| {
            Fault::give_up("infer.bad_id", format!("--id: {error}."), "Por ejemplo: --id iniciativas_2025").into()
        });
    }
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let ascii = fold(&stem).to_lowercase().replace(|sign: char| !sign.is_ascii_alphanumeric(), "_");
    let bare = ascii.trim_matches('_');
    let led =
        if bare.starts_with(|first: char| first.is_ascii_digit()) { format!("datos_{bare}") } else { bare.to_owned() };
    let short = led.get(..40).unwrap_or(&led).trim_end_matches('_');
    Ok(DatasetId::parse(short).or_else(|_| DatasetId::parse("datos"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_dataset_a_name() {
        for (file, id) in [
            ("/x/Planilla Ñuble (2024).xlsx", "planilla_nuble_2024"),
            ("2024-obras.csv", "datos_2024_obras"),
            ("¿?.zip", "datos"),
            ("archivo", "archivo"),
        ] {
            assert_eq!(identifier(None, Path::new(file)).expect("a name").as_str(), id);
        }
        assert!(identifier(Some("Con Espacios"), Path::new("a")).is_err());
    }
}
