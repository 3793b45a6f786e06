//! Durations, zones, schedules.

use std::time::Duration;

use chrono::DateTime;
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::config::section::Wrong;
use crate::model::words::{self, nearest};

/// Times of a schedule that are looked at to see how often it fires.
const SCHEDULE_TIMES_CHECKED: usize = 100;

/// A time zone by its name.
pub fn time_zone(text: &str) -> Result<Tz, Wrong> {
    text.parse().map_err(|_| {
        let all = || TZ_VARIANTS.iter().map(|zone| zone.name());
        let city = |zone: &&str| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&text.replace(' ', "_")));
        let near = match text {
            "CST" | "+0800" | "+08:00" | "UTC+8" | "GMT+8" | "Beijing" | "Asia/Beijing" | "北京" => Some("Asia/Shanghai"),
            _ => all().find(city).or_else(|| nearest(text, all())),
        };
        let advice = near.map_or_else(|| "write for example \"Asia/Shanghai\"".to_owned(), |near| format!("did you mean \"{near}\"?"));
        Wrong::from(format!("{text:?} is not the name of a time zone; {advice}"))
    })
}

/// A cron expression: six fields as they are run, and the least time between two of its times. Five fields get second 0.
pub fn schedule(text: &str) -> Result<(String, Duration), Wrong> {
    let advice = "write second, minute, hour, day, month and weekday, such as \"0 30 8 * * *\" for 8:30 every day";
    let fields: Vec<&str> = text.split_whitespace().collect();
    let expression = match fields.len() {
        5 => format!("0 {}", fields.join(" ")),
        6 => fields.join(" "),
        count => return Err(format!("a schedule has six fields, and this has {count}; {advice}").into()),
    };
    // As tokio-cron-scheduler reads it.
    let parser = croner::parser::CronParser::builder().seconds(croner::parser::Seconds::Required).dom_and_dow(true).build();
    let cron = parser.parse(&expression).map_err(|error| format!("{text:?} is not a schedule ({error}); {advice}"))?;
    let mut least = Duration::MAX;
    let mut last = DateTime::UNIX_EPOCH;
    for at in 0..SCHEDULE_TIMES_CHECKED {
        let Ok(next) = cron.find_next_occurrence(&last, false) else {
            return if at == 0 { Err(format!("{text:?} names a time that never comes; {advice}").into()) } else { Ok((expression, least)) };
        };
        if at > 0 {
            least = least.min((next - last).to_std().unwrap_or_default());
        }
        last = next;
    }
    Ok((expression, least))
}

/// A duration within bounds.
pub fn duration_between(text: &str, least: Duration, most: Duration) -> Result<Duration, Wrong> {
    let duration = words::duration(text)?;
    if duration < least || duration > most {
        return Err(format!("{text:?} must lie between {} and {}", words::say_duration(least), words::say_duration(most)).into());
    }
    Ok(duration)
}

/// An age, or `"forever"`.
pub fn age(text: &str) -> Result<Option<Duration>, Wrong> {
    if matches!(text, "forever" | "") {
        return Ok(None);
    }
    duration_between(text, Duration::from_secs(3_600), Duration::from_secs(words::DURATION_SECONDS_MAX)).map(Some)
}
