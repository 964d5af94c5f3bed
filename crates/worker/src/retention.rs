//! Job `retention`: editions nobody needs any more are dropped.

use goreos_db::ledger::Claim;
use goreos_domain::Fault;
use goreos_pipelines::Stop;

use crate::deps::Deps;

pub(crate) async fn retention(_deps: &Deps, _claim: &Claim) -> Result<(), Stop> {
    std::future::ready(()).await;
    Err(Fault::give_up("job.missing", "Todavía no existe.", "").into())
}
