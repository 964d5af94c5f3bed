//! `goreos schedule next`.

use goreos_db::{DbError, Pool, catalogue};
use goreos_domain::{DatasetId, Fault};
use goreos_queue::Cron;
use serde_json::json;

use crate::print;

pub(crate) async fn next(pool: &Pool, dataset: &str, count: usize, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let none = || {
        Fault::give_up(
            "schedule.none",
            format!("«{dataset}» no tiene programación."),
            "Agregue [schedule] a su contrato y regístrelo.",
        )
    };
    let id = DatasetId::parse(dataset)?;
    let schedule = catalogue::dataset(&mut connection, &id)
        .await?
        .and_then(|dataset| dataset.contract.schedule)
        .ok_or_else(none)?;
    let now = goreos_db::now(&mut connection).await?;
    let cron = Cron::parse(&schedule.cron, &schedule.timezone)?;
    for tick in cron.ticks_after(now).take(count) {
        print::json_or_line(
            as_json,
            &json!({ "slot": tick.slot, "at": tick.at }),
            &format!("{} ({})", tick.slot.replace('T', " "), schedule.timezone),
        );
    }
    Ok(())
}
