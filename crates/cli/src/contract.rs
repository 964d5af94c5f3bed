//! Contracts from their folder, and `goreos contract register`: contracts into the catalogue.

use std::path::Path;

use anyhow::Context;
use goreos_db::catalogue::{self, Dataset};
use goreos_db::{DbError, Pool};
use goreos_domain::{Contract, Fault};
use goreos_queue::Cron;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::print;

/// What a contract is kept in.
const FILE: &str = "dataset.toml";

/// Registers every contract of the folder, or none when one is wrong.
pub(crate) async fn register(pool: &Pool, folder: &Path, as_json: bool) -> anyhow::Result<()> {
    let datasets = read_all(folder)?;
    let mut transaction = pool.begin().await.map_err(DbError::from)?;
    let now = goreos_db::now(&mut transaction).await?;
    for (position, dataset) in datasets.iter().enumerate() {
        let next = match &dataset.contract.schedule {
            Some(schedule) => Cron::parse(&schedule.cron, &schedule.timezone)
                .with_context(|| format!("schedule of {}", dataset.contract.id))?
                .next_after(now),
            None => None,
        };
        catalogue::register(&mut transaction, dataset, i32::try_from(position)?, next).await?;
    }
    transaction.commit().await.map_err(DbError::from)?;
    let ids: Vec<String> = datasets.iter().map(|dataset| dataset.contract.id.to_string()).collect();
    if as_json {
        print::json(&json!({ "ok": true, "registered": ids }));
    } else {
        print::line(&format!("Registrados: {}.", ids.join(", ")));
    }
    Ok(())
}

/// Datasets with a source first, derived ones after, each by its id.
pub(crate) fn read_all(folder: &Path) -> anyhow::Result<Vec<Dataset>> {
    let names = names(folder)?;
    let mut datasets: Vec<Dataset> =
        names.iter().map(|name| read(&folder.join(name))).collect::<anyhow::Result<_>>()?;
    datasets.sort_by_key(|dataset| (dataset.contract.derive.is_some(), dataset.contract.id.to_string()));
    Ok(datasets)
}

/// The one contract that is meant: by the name of its dataset, or by the path of its file or of its folder.
pub(crate) fn one(named: &str, datasets: &Path) -> anyhow::Result<Contract> {
    let path = Path::new(named);
    let file = if path.is_dir() && named.contains('/') {
        path.join(FILE)
    } else if named.contains('/') || path.extension().is_some_and(|extension| extension == "toml") {
        path.to_owned()
    } else {
        let known = names(datasets)?;
        if !known.iter().any(|known| known == named) {
            let elsewhere = "Diga la carpeta de los conjuntos con --datasets.";
            return Err(unknown(named, &known, elsewhere).at(datasets.display().to_string()).into());
        }
        datasets.join(named).join(FILE)
    };
    Ok(parse(&file)?.0)
}

/// No dataset has that name; when there are none at all, `none` says what to do.
pub(crate) fn unknown(name: &str, known: &[String], none: &str) -> Fault {
    let nearest = known.iter().min_by_key(|known| strsim::damerau_levenshtein(known, name));
    Fault::give_up(
        "dataset.unknown",
        format!("No hay un conjunto «{name}»."),
        nearest
            .map_or_else(|| none.to_owned(), |near| format!("¿Quiso decir «{near}»? Los hay: {}.", known.join(", "))),
    )
}

/// The folders that hold a contract, by name.
fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("list {} (GOREOS_DATASETS)", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().join(FILE).is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A contract and its text.
fn parse(file: &Path) -> anyhow::Result<(Contract, String)> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let contract = Contract::parse(&text).map_err(|fault| {
        let line = fault.place.strip_prefix(FILE).unwrap_or_default();
        let place = format!("{}{line}", file.display());
        fault.at(place)
    })?;
    Ok((contract, text))
}

fn read(folder: &Path) -> anyhow::Result<Dataset> {
    let file = folder.join(FILE);
    let (contract, text) = parse(&file)?;
    let named = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if contract.id.as_str() != named {
        let what = format!("El contrato dice id = \"{}\" y su carpeta se llama «{named}».", contract.id);
        return Err(Fault::give_up("contract.inconsistent", what, "Use el mismo nombre en los dos.")
            .at(file.display().to_string())
            .into());
    }
    let query = match &contract.derive {
        Some(derive) => {
            let file = folder.join(&derive.query);
            Some(std::fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?)
        }
        None => None,
    };
    let mut hasher = Sha256::new();
    hasher.update(&text);
    hasher.update(query.as_deref().unwrap_or_default());
    let contract_sha = hasher
        .finalize()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    Ok(Dataset { contract, contract_sha, query })
}
