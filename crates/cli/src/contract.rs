//! `goreos contract register`: contracts into the catalogue.

use std::path::Path;

use anyhow::Context;
use goreos_db::catalogue::{self, Dataset};
use goreos_db::{DbError, Pool};
use goreos_domain::{Contract, Fault};
use goreos_queue::Cron;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::print;

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
fn read_all(folder: &Path) -> anyhow::Result<Vec<Dataset>> {
    let mut datasets = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("list {} (GOREOS_DATASETS)", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.join("dataset.toml").is_file() {
            datasets.push(read(&path)?);
        }
    }
    datasets.sort_by_key(|dataset| (dataset.contract.derive.is_some(), dataset.contract.id.to_string()));
    Ok(datasets)
}

fn read(folder: &Path) -> anyhow::Result<Dataset> {
    let file = folder.join("dataset.toml");
    let text = std::fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    let contract = Contract::parse(&text).map_err(|fault| {
        let place = if fault.place.starts_with("dataset.toml") {
            format!("{}{}", file.display(), &fault.place["dataset.toml".len()..])
        } else {
            file.display().to_string()
        };
        fault.at(place)
    })?;
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
