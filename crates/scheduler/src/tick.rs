//! Due schedules become runs.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use goreos_db::catalogue::{self, DueSchedule};
use goreos_db::{DbError, Pool};
use goreos_domain::Job;
use goreos_queue::{Cron, Limits, Tick};
use tracing::info;

/// Most ticks of one schedule that are made up for at once.
const MOST_TICKS: usize = 100;

/// Fires every schedule that is due.
pub(crate) async fn fire_due(pool: &Pool) -> anyhow::Result<()> {
    loop {
        let mut transaction = pool.begin().await.map_err(DbError::from)?;
        let Some(due) = catalogue::lock_due_schedule(&mut transaction).await? else { return Ok(()) };
        let cron = Cron::parse(&due.cron, &due.timezone)?;
        for tick in to_fire(&cron, &due) {
            if let Some(run) =
                catalogue::fire(&mut transaction, &due.dataset, &tick.slot, Limits::of(Job::Ingest).attempts).await?
            {
                info!(dataset = due.dataset, slot = tick.slot, %run, "A tick became a run");
            }
        }
        // A schedule without a next tick rests far in the future.
        let next = cron.next_after(due.now).unwrap_or(DateTime::<Utc>::MAX_UTC);
        catalogue::advance(&mut transaction, &due.dataset, due.now, next).await?;
        transaction.commit().await.map_err(DbError::from)?;
    }
}

/// The ticks to make up for, by the schedule's catch-up rule.
fn to_fire(cron: &Cron, due: &DueSchedule) -> Vec<Tick> {
    // The newest of them, when there are more than the cap.
    let mut missed = VecDeque::with_capacity(MOST_TICKS);
    for tick in cron.ticks_after(due.fired_until).take_while(|tick| tick.at <= due.now) {
        if missed.len() == MOST_TICKS {
            missed.pop_front();
        }
        missed.push_back(tick);
    }
    match due.catch_up.as_str() {
        "all" => missed.into(),
        "latest" => missed.pop_back().into_iter().collect(),
        // Only a tick that is due right now, not one missed while nothing ran.
        _ => missed.pop_back().filter(|tick| (due.now - tick.at).num_seconds() < 60).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(catch_up: &str, fired_until: &str, now: &str) -> Vec<String> {
        let moment = |text: &str| text.parse().expect("a moment");
        let schedule = DueSchedule {
            dataset: "poblacion".into(),
            cron: "0 3 * * *".into(),
            timezone: "America/Punta_Arenas".into(),
            catch_up: catch_up.into(),
            fired_until: moment(fired_until),
            now: moment(now),
        };
        let cron = Cron::parse(&schedule.cron, &schedule.timezone).expect("a schedule");
        to_fire(&cron, &schedule).into_iter().map(|tick| tick.slot).collect()
    }

    #[test]
    fn three_missed_nights_are_made_up_for_by_rule() {
        let (from, to) = ("2026-05-01T12:00:00Z", "2026-05-04T12:00:00Z");
        assert_eq!(due("all", from, to), ["2026-05-02T03:00", "2026-05-03T03:00", "2026-05-04T03:00"]);
        assert_eq!(due("latest", from, to), ["2026-05-04T03:00"]);
        assert!(due("none", from, to).is_empty());
        assert_eq!(due("none", from, "2026-05-04T06:00:10Z"), ["2026-05-04T03:00"]);
    }

    #[test]
    fn a_year_of_missed_ticks_is_capped() {
        let made_up = due("all", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        assert_eq!((made_up.len(), made_up.last().map(String::as_str)), (MOST_TICKS, Some("2025-12-31T03:00")));
    }
}
