//! Cron expressions of six fields, read as tokio-cron-scheduler reads them, in a zone with its summer time.

use chrono::SubsecRound;
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

use super::Instant;

/// Places tried when the clock is set back and the search lands before its start.
const STEPS_MAX: u32 = 200;

/// Between two such places: longer than any hour that comes twice, divided by the steps.
const STEP_SECONDS: i64 = 60;

/// Reads an expression of second, minute, hour, day, month and weekday.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse(expression: &str) -> Result<Cron, String> {
    let parser = CronParser::builder().seconds(Seconds::Required).dom_and_dow(true).build();
    parser.parse(expression).map_err(|error| error.to_string())
}

/// The first time of the expression after `after`; `None` where there is none (30 February), or the expression is none.
#[must_use]
pub fn next_after(expression: &str, zone: Tz, after: Instant) -> Option<Instant> {
    let cron = parse(expression).ok()?;
    // The search would carry parts of a second along.
    let mut from = after.trunc_subsecs(0);
    for _ in 0..STEPS_MAX {
        let found = cron.find_next_occurrence(&from.with_timezone(&zone), false).ok()?.to_utc();
        if found > after {
            return Some(found);
        }
        // In the hour that comes twice the search may answer with the first of the two, which is over.
        from += chrono::TimeDelta::seconds(STEP_SECONDS);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: &str, after: &str) -> String {
        let found = next_after(expression, zone.parse().unwrap(), after.parse().unwrap());
        found.map_or("never".into(), |found| found.format("%FT%TZ").to_string())
    }

    #[test]
    fn hours_are_meant_in_the_zone() {
        assert_eq!(next("0 30 8 * * *", "Asia/Shanghai", "2026-03-01T00:29:59Z"), "2026-03-01T00:30:00Z");
        assert_eq!(next("0 30 8 * * *", "Asia/Shanghai", "2026-03-01T00:30:00Z"), "2026-03-02T00:30:00Z");
        assert_eq!(next("*/10 * * * * *", "UTC", "2026-03-01T00:00:01Z"), "2026-03-01T00:00:10Z");
        assert_eq!(next("0 0 9 * * MON-FRI", "UTC", "2026-03-07T00:00:00Z"), "2026-03-09T09:00:00Z");
    }

    #[test]
    fn the_hour_that_is_left_out_and_the_one_that_comes_twice() {
        // Berlin 2026: 29 March 02:00 becomes 03:00, 25 October 03:00 becomes 02:00.
        assert_eq!(next("0 30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(next("0 30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(next("0 30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn the_next_time_is_always_later_through_a_year_with_summer_time() {
        for expression in ["0 */7 * * * *", "0 30 2 * * *", "0 0 * * * *"] {
            let zone: Tz = "Europe/Berlin".parse().unwrap();
            let mut at: Instant = "2026-10-24T20:00:00Z".parse().unwrap();
            for _ in 0..200 {
                let found = next_after(expression, zone, at).unwrap();
                assert!(found > at && (found - at).num_hours() <= 49, "{expression}: {at} then {found}");
                at = found;
            }
        }
    }

    #[test]
    fn what_is_no_expression_is_told() {
        for bad in ["", "* * * * *", "60 * * * * *", "every day", "0 0 25 * * *"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(next("0 0 0 30 2 *", "UTC", "2026-03-01T00:00:00Z"), "never");
    }
}
