//! Numbers, moments and spans as pages say them.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::Santiago;
use goreos_domain::{Decimals, date_es, decimal_es, integer_es, moment_es, thousands_of_pesos};

/// What stands where there is no value.
pub const NOTHING: &str = "–";

/// `04-03-2026 09:05`, in Santiago.
pub fn moment(at: DateTime<Utc>) -> String {
    moment_es(&at.with_timezone(&Santiago))
}

/// `09:05:07`, in Santiago: for log lines.
pub fn clock(at: DateTime<Utc>) -> String {
    at.with_timezone(&Santiago).format("%H:%M:%S").to_string()
}

/// `04-03-2026`, in Santiago.
pub fn day(at: DateTime<Utc>) -> String {
    date_es(at.with_timezone(&Santiago).date_naive())
}

/// `hace 3 horas`: how long before `now`, in the largest unit that fits.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let span = (now - at).max(TimeDelta::zero());
    if span < TimeDelta::minutes(1) { "hace un momento".into() } else { format!("hace {}", largest_unit(span)) }
}

/// `en 3 horas`: how long after `now`.
pub fn ahead(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let span = at - now;
    if span < TimeDelta::minutes(1) { "en un momento".into() } else { format!("en {}", largest_unit(span)) }
}

fn largest_unit(span: TimeDelta) -> String {
    match (span.num_days(), span.num_hours(), span.num_minutes()) {
        (days, ..) if days >= 60 => counted(days / 30, "mes", "meses"),
        (days, ..) if days >= 2 => counted(days, "día", "días"),
        (_, hours, _) if hours >= 2 => counted(hours, "hora", "horas"),
        (.., minutes) => counted(minutes, "minuto", "minutos"),
    }
}

/// `1 fila`, `1.234 filas`.
pub fn counted(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", integer_es(number), if number == 1 { one } else { many })
}

/// `2,0 %`: a part of a whole.
pub fn percent(part: i64, whole: i64) -> String {
    format!("{} %", decimal_es(100.0 * drawn(part) / drawn(whole.max(1)), Decimals(1)))
}

/// `450 ms`, `12,3 s`, `4 min 5 s`, `2 h 3 min`.
pub fn duration(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let ms = (to - from).num_milliseconds().max(0);
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{},{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// `350 bytes`, `12,4 kB`, `3,1 MB`.
pub fn file_size(bytes: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let size = bytes as f64;
    match bytes {
        ..1_000 => counted(bytes, "byte", "bytes"),
        1_000..1_000_000 => format!("{} kB", decimal_es(size / 1e3, Decimals(1))),
        _ => format!("{} MB", decimal_es(size / 1e6, Decimals(1))),
    }
}

/// `817.391`: thousands of pesos for a column whose header says `M$`.
pub fn thousands(pesos: impl Into<i128>) -> String {
    let text = thousands_of_pesos(pesos);
    text.strip_prefix("M$ ").map(str::to_owned).unwrap_or(text)
}

/// `+1.234`, `-1.234`, `0`: a difference, written as `write` writes numbers.
pub fn signed(difference: i128, write: impl FnOnce(i128) -> String) -> String {
    let text = write(difference);
    if difference > 0 { format!("+{text}") } else { text }
}

/// By how much a figure changes in parts of what it was: `+25,0 %`, or in words where there is nothing to divide by.
pub fn relative_change(before: Option<i128>, after: Option<i128>) -> String {
    match (before.unwrap_or(0), after.unwrap_or(0)) {
        (0, 0) => NOTHING.into(),
        (0, _) => "nuevo".into(),
        (before, after) => {
            let share = 100.0 * (rough(after) - rough(before)) / rough(before).abs();
            let text = decimal_es(share, Decimals(1));
            let text = if text == "0,0" && before != after { "menos de 0,1".into() } else { text };
            format!("{}{text} %", if share > 0.0 && !text.starts_with("menos") { "+" } else { "" })
        }
    }
}

/// A sum for shares and drawings, where what a double loses is not seen.
#[expect(clippy::cast_precision_loss, reason = "for shares and drawings")]
pub fn rough(value: i128) -> f64 {
    value as f64
}

/// `12.345`: whole pesos of an average.
pub fn whole(value: f64) -> String {
    decimal_es(value, Decimals(0))
}

/// The text of a value that may be missing.
pub fn or_nothing<T>(value: Option<T>, text: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| NOTHING.into(), text)
}

/// A count or an amount for drawing; pesos of a whole region fit a double exactly.
#[expect(clippy::cast_precision_loss, reason = "for drawing: below 2^53 nothing is lost, above it nothing is seen")]
pub fn drawn(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at(hour: u32, minute: u32, second: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 4, hour, minute, second).single().expect("a moment")
    }

    #[test]
    fn moments_are_told_in_santiago() {
        assert_eq!(moment(at(12, 5, 0)), "04-03-2026 09:05");
        assert_eq!(day(at(2, 0, 0)), "03-03-2026");
    }

    #[test]
    fn spans_are_told_in_the_largest_unit_that_fits() {
        let now = at(12, 0, 0);
        assert_eq!(ago(at(11, 59, 30), now), "hace un momento");
        assert_eq!(ago(at(11, 59, 0), now), "hace 1 minuto");
        assert_eq!(ago(at(9, 0, 0), now), "hace 3 horas");
        assert_eq!(ago(now - TimeDelta::days(3), now), "hace 3 días");
        assert_eq!(ago(now - TimeDelta::days(95), now), "hace 3 meses");
        assert_eq!(ago(at(13, 0, 0), now), "hace un momento");
        assert_eq!(ahead(at(15, 0, 0), now), "en 3 horas");
    }

    #[test]
    fn durations_and_sizes_are_short() {
        let lasts = |ms| duration(at(0, 0, 0), at(0, 0, 0) + TimeDelta::milliseconds(ms));
        assert_eq!([450, 12_340, 245_000, 7_380_000].map(lasts), ["450 ms", "12,3 s", "4 min 5 s", "2 h 3 min"]);
        assert_eq!([1, 350, 12_400, 3_140_000].map(file_size), ["1 byte", "350 bytes", "12,4 kB", "3,1 MB"]);
    }

    #[test]
    fn a_share_is_told_with_one_decimal() {
        assert_eq!([percent(47, 2_361), percent(0, 0), percent(5, 5)], ["2,0 %", "0,0 %", "100,0 %"]);
    }

    #[test]
    fn a_difference_says_its_side_and_its_part_of_what_was() {
        let number = |value| signed(value, thousands);
        assert_eq!([number(817_390_500), number(-2_000), number(0)], ["+817.391", "-2", "0"]);
        let change = |before, after| relative_change(Some(before), Some(after));
        assert_eq!([change(200, 250), change(200, 100), change(-200, -100)], ["+25,0 %", "-50,0 %", "+50,0 %"]);
        assert_eq!([change(0, 5), change(0, 0), change(5, 0)], ["nuevo", "–", "-100,0 %"]);
        assert_eq!(change(1_000_000, 1_000_001), "menos de 0,1 %");
        assert_eq!([relative_change(None, Some(7)), relative_change(Some(7), None)], ["nuevo", "-100,0 %"]);
    }

    #[test]
    fn amounts_lose_their_unit_where_the_header_says_it() {
        assert_eq!(thousands(817_390_500), "817.391");
        assert_eq!(or_nothing(None::<f64>, whole), "–");
    }
}
