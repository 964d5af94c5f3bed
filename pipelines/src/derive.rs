//! derive: the indicators whose inputs changed, in dependency order, against the candidate edition.

use goreos_db::catalogue::{self, Dataset};
use goreos_db::ledger::Claim;
use goreos_db::release::{self, Release};
use goreos_db::{Connection, Edition};

use crate::Stop;
use crate::gate::Derived;

/// Recomputes every derived dataset that reads, directly or not, one of `changed`; gives the new releases.
///
/// A derived dataset whose other inputs are not published yet is left out: it comes with the last of them. One that the run is about
/// must succeed.
pub(crate) async fn derive(
    connection: &mut Connection,
    claim: &Claim,
    base: Option<&Edition>,
    changed: Option<&Release>,
    wanted: Option<&Dataset>,
) -> Result<Vec<Derived>, Stop> {
    let mut candidate =
        base.cloned().unwrap_or_else(|| Edition::of(0, [])).with(changed.map(|r| (r.dataset.clone(), r.id)));
    let mut touched: Vec<String> = changed.iter().map(|release| release.dataset.clone()).collect();
    let mut made = Vec::new();
    for dataset in in_order(catalogue::derived(connection).await?) {
        let contract = &dataset.contract;
        let inputs = contract.derive.iter().flat_map(|derive| &derive.inputs);
        let is_wanted = wanted.is_some_and(|wanted| wanted.contract.id == contract.id);
        if !is_wanted && !inputs.clone().any(|input| touched.iter().any(|name| name == input.as_str())) {
            continue;
        }
        if !is_wanted && inputs.clone().any(|input| candidate.release(input.as_str()).is_none()) {
            continue;
        }
        let Some(query) = &dataset.query else { continue };
        let (release, rows) =
            release::derive(connection, claim, contract, &dataset.contract_sha, query, &candidate).await?;
        candidate = candidate.with([(release.dataset.clone(), release.id)]);
        touched.push(release.dataset.clone());
        made.push(Derived { contract: dataset.contract, release, rows });
    }
    Ok(made)
}

/// Each after those it reads; what reads itself in a circle stays at the end, and its query fails by name.
fn in_order(mut waiting: Vec<Dataset>) -> Vec<Dataset> {
    let mut ordered = Vec::with_capacity(waiting.len());
    let reads = |dataset: &Dataset, others: &[Dataset]| {
        let mut inputs = dataset.contract.derive.iter().flat_map(|derive| &derive.inputs);
        inputs.any(|input| others.iter().any(|other| other.contract.id == *input))
    };
    while let Some(ready) = waiting.iter().position(|dataset| !reads(dataset, &waiting)) {
        ordered.push(waiting.remove(ready));
    }
    ordered.append(&mut waiting);
    ordered
}
