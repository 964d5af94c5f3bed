//! When a schedule is due.
//!
//! Fields are read in the schedule's own time zone. In the hour that daylight saving skips, a tick moves to the first moment
//! after the gap; in the hour it repeats, a tick counts once, at its first passing. So every local day has each of its ticks
//! exactly once.

use std::str::FromStr;

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::QueueError;

/// A schedule: five cron fields in a time zone.
#[derive(Debug, Clone)]
pub struct Cron {
    schedule: cron::Schedule,
    timezone: Tz,
}

/// One due moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// The moment.
    pub at: DateTime<Utc>,
    /// Its name, unique within the schedule: the local wall-clock time.
    pub slot: String,
}

impl Cron {
    /// Reads the fields and the zone's name.
    pub fn parse(fields: &str, timezone: &str) -> Result<Self, QueueError> {
        let bad = || QueueError::BadCron(fields.to_owned());
        let weekday = fields.split_whitespace().nth(4).ok_or_else(bad)?;
        // Numbers of weekdays mean other days in other programs; names do not.
        let numbered = weekday.split('/').next().is_some_and(|days| days.contains(|c: char| c.is_ascii_digit()));
        if fields.split_whitespace().count() != 5 || numbered {
            return Err(bad());
        }
        Ok(Self {
            schedule: cron::Schedule::from_str(&format!("0 {fields}")).map_err(|_| bad())?,
            timezone: Tz::from_str(timezone).map_err(|_| QueueError::BadTimezone(timezone.to_owned()))?,
        })
    }

    /// The first tick after a moment; `None` when there is none within the calendar.
    pub fn next_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.ticks_after(moment).next().map(|tick| tick.at)
    }

    /// The ticks after a moment, in order, without end.
    pub fn ticks_after(&self, moment: DateTime<Utc>) -> impl Iterator<Item = Tick> {
        // Walked on a clock without jumps: local wall time read as if it were UTC, from a day before so that a gap cannot hide one.
        let local = moment.with_timezone(&self.timezone).naive_local() - Duration::days(1);
        let timezone = self.timezone;
        self.schedule
            .after_owned(local.and_utc())
            .map(move |wall| Tick {
                at: resolve(timezone, wall.naive_utc()),
                slot: wall.format("%Y-%m-%dT%H:%M").to_string(),
            })
            .filter(move |tick| tick.at > moment)
    }
}

/// The moment of a wall-clock time: the first passing of a repeated one, the end of the gap for a skipped one.
fn resolve(timezone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    let mut probe = wall;
    loop {
        match timezone.from_local_datetime(&probe) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return at.to_utc(),
            LocalResult::None => probe += Duration::minutes(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn ticks(fields: &str, zone: &str, after: &str, count: usize) -> Vec<(String, String)> {
        let cron = Cron::parse(fields, zone).expect("a schedule");
        cron.ticks_after(utc(after))
            .take(count)
            .map(|tick| (tick.slot, tick.at.format("%dT%H:%MZ").to_string()))
            .collect()
    }

    fn pair(slot: &str, at: &str) -> (String, String) {
        (slot.to_owned(), at.to_owned())
    }

    #[test]
    fn a_tick_in_the_skipped_hour_moves_to_the_end_of_the_gap() {
        // Santiago 2026: on 6 September 00:00 the clock jumps to 01:00.
        let found = ticks("30 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", 2);
        assert_eq!(found, [pair("2026-09-06T00:30", "06T04:00Z"), pair("2026-09-07T00:30", "07T03:30Z")]);
    }

    #[test]
    fn a_tick_in_the_repeated_hour_counts_once() {
        // Santiago 2026: on 4 April 24:00 the clock goes back to 23:00.
        let found = ticks("30 23 * * *", "America/Santiago", "2026-04-04T12:00:00Z", 2);
        assert_eq!(found, [pair("2026-04-04T23:30", "05T02:30Z"), pair("2026-04-05T23:30", "06T03:30Z")]);
        let later = ticks("30 23 * * *", "America/Santiago", "2026-04-05T02:30:00Z", 1);
        assert_eq!(later, [pair("2026-04-05T23:30", "06T03:30Z")]);
    }

    #[test]
    fn magallanes_keeps_its_hour_all_year() {
        let found = ticks("20 2 1 * *", "America/Punta_Arenas", "2026-01-15T00:00:00Z", 6);
        assert!(found.iter().all(|(_, at)| at.ends_with("T05:20Z")), "{found:?}");
    }

    #[test]
    fn what_is_no_schedule_is_named() {
        assert!(
            matches!(Cron::parse("20 2 * *", "America/Santiago"), Err(QueueError::BadCron(bad)) if bad == "20 2 * *")
        );
        assert!(matches!(Cron::parse("0 3 * * 1", "America/Santiago"), Err(QueueError::BadCron(_))), "whose Monday?");
        assert!(Cron::parse("0 3 * * mon-fri", "America/Santiago").is_ok());
        assert!(matches!(Cron::parse("99 2 * * *", "America/Santiago"), Err(QueueError::BadCron(_))));
        assert!(matches!(Cron::parse("20 2 * * *", "Chile/Ñuble"), Err(QueueError::BadTimezone(_))));
    }
}
