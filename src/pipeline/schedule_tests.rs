//! The schedule, point by point. The middle of a Wednesday, and no jitter unless a test is about it.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn noon() -> Instant {
    at("2026-03-04T12:00:00Z")
}

struct Case {
    schedule: Schedule,
    hints: PublisherHints,
}

fn hourly() -> Case {
    Case { schedule: Schedule::Interval(HOUR), hints: PublisherHints::default() }
}

impl Case {
    fn input(&self) -> ScheduleInput<'_> {
        ScheduleInput {
            now: noon(),
            jitter: 0.0,
            schedule: &self.schedule,
            interval_is_own: false,
            interval_max: DAY,
            has_validators: true,
            happened: Happened::Read,
            status: Some(200),
            fresh_for: None,
            retry_after: None,
            hints: &self.hints,
            failures: 0,
            rhythm_seconds: None,
            last_new: None,
        }
    }

    fn every(interval: Duration) -> Self {
        Self { schedule: Schedule::Interval(interval), ..hourly() }
    }

    fn at_cron(expression: &str, zone: &str) -> Self {
        Self { schedule: Schedule::Cron { expression: expression.into(), time_zone: zone.parse().unwrap() }, ..hourly() }
    }
}

fn minutes(next: &Next) -> i64 {
    (next.due - noon()).num_minutes()
}

#[test]
fn f14_starts_are_never_closer_than_the_interval_and_jitter_is_only_added() {
    let case = hourly();
    assert_eq!(next(&case.input()), Next { due: noon() + HOUR, why: "every 1h (interval)".into() });
    let late = next(&ScheduleInput { jitter: 1.0, ..case.input() });
    assert_eq!(minutes(&late), 66);
    let month = Case::every(DAY * 30);
    assert_eq!(minutes(&next(&ScheduleInput { jitter: 1.0, ..month.input() })), 30 * 24 * 60 + 30, "jitter has a limit");
    for nonsense in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(next(&ScheduleInput { jitter: nonsense, ..case.input() }).due >= noon() + HOUR);
    }
}

#[test]
fn f15_without_validators_once_a_day_unless_the_source_sets_its_interval() {
    let case = hourly();
    let without = ScheduleInput { has_validators: false, ..case.input() };
    assert_eq!(minutes(&next(&without)), 24 * 60);
    assert!(next(&without).why.contains("neither ETag nor Last-Modified"));
    assert_eq!(minutes(&next(&ScheduleInput { interval_is_own: true, ..without })), 60);
}

#[test]
fn f17_the_largest_wish_wins_up_to_seven_days() {
    let mut case = hourly();
    case.hints = PublisherHints { ttl_minutes: Some(180), update_period_seconds: Some(4 * 3600), ..PublisherHints::default() };
    let fresh = |fresh_for| next(&ScheduleInput { fresh_for: Some(fresh_for), ..case.input() });
    assert_eq!(fresh(HOUR * 5), Next { due: noon() + HOUR * 5, why: "publisher asks for 5h (max-age)".into() });
    assert_eq!(fresh(HOUR), Next { due: noon() + HOUR * 4, why: "publisher asks for 4h (sy:updatePeriod)".into() });
    assert_eq!(fresh(DAY * 400).due, noon() + DAY * 7);
    case.hints.update_period_seconds = None;
    assert_eq!(next(&case.input()).why, "publisher asks for 3h (ttl)");
    case.schedule = Schedule::Interval(DAY * 30);
    assert_eq!(next(&case.input()).why, "every 30 days (interval)", "the cap is for wishes, not for the user");
}

#[test]
fn f18_the_freshness_of_a_304_counts_too() {
    let case = hourly();
    let unchanged = ScheduleInput { happened: Happened::Unchanged, status: Some(304), fresh_for: Some(HOUR * 2), ..case.input() };
    assert_eq!(next(&unchanged).due, noon() + HOUR * 2);
}

#[test]
fn f19_f20_retry_after_is_kept_to() {
    let case = Case::every(HOUR / 2);
    for status in [429, 503] {
        let asked = ScheduleInput {
            happened: Happened::Failed,
            status: Some(status),
            retry_after: Some(noon() + HOUR * 3),
            failures: 1,
            ..case.input()
        };
        assert_eq!(next(&asked), Next { due: noon() + HOUR * 3, why: "the publisher asks to wait 3h (Retry-After)".into() });
        let soon = ScheduleInput { retry_after: Some(noon() + Duration::from_secs(5)), ..asked };
        assert_eq!(minutes(&next(&soon)), 30, "the interval stays the least");
    }
}

#[test]
fn f19_a_source_that_was_held_back_is_polled_when_the_silence_ends() {
    let case = hourly();
    let held = next(&ScheduleInput { happened: Happened::HeldBack(noon() + Duration::from_secs(600)), status: None, ..case.input() });
    assert_eq!(held, Next { due: noon() + Duration::from_secs(600), why: "the host asked for silence, for 10m more (Retry-After)".into() });
}

#[test]
fn f21_429_without_retry_after_waits_an_hour_at_least() {
    let case = Case::every(Duration::from_secs(300));
    let failed = |failures| next(&ScheduleInput { happened: Happened::Failed, status: Some(429), failures, ..case.input() });
    assert_eq!((minutes(&failed(1)), minutes(&failed(3))), (60, 240));
}

#[test]
fn f24_failures_back_off_to_a_day_and_a_success_resets() {
    let case = Case::every(Duration::from_secs(300));
    let hours: Vec<_> = (1..9)
        .map(|failures| minutes(&next(&ScheduleInput { happened: Happened::Failed, status: Some(500), failures, ..case.input() })) / 60)
        .collect();
    assert_eq!(hours, [1, 2, 4, 8, 16, 24, 24, 24]);
    let none = ScheduleInput { happened: Happened::Failed, status: None, failures: u32::MAX, ..case.input() };
    assert_eq!(next(&none).due, noon() + DAY);
    assert_eq!(next(&ScheduleInput { happened: Happened::Failed, failures: 3, ..case.input() }).why, "3 failures in a row: next try in 4h");
    assert_eq!(minutes(&next(&case.input())), 5);
    // A failing source is never asked more often than a healthy one.
    let daily = Case::every(DAY);
    assert_eq!(next(&ScheduleInput { happened: Happened::Failed, failures: 1, ..daily.input() }).due, noon() + DAY);
}

#[test]
fn f27_no_request_in_skip_hours_and_skip_days() {
    let mut case = hourly();
    case.hints.skip_hours = vec![13, 14];
    let moved = next(&case.input());
    assert_eq!(moved.due, at("2026-03-04T15:00:00Z"));
    assert!(moved.why.ends_with("skipHours and skipDays"));
    assert_eq!(next(&ScheduleInput { jitter: 1.0, ..case.input() }).due, at("2026-03-04T15:06:00Z"));
    // Wednesday and Thursday, GMT.
    case.hints = PublisherHints { skip_days: vec![2, 3], ..PublisherHints::default() };
    assert_eq!(next(&case.input()).due, at("2026-03-06T00:00:00Z"));
    case.hints.skip_hours = vec![0, 1];
    assert_eq!(next(&case.input()).due, at("2026-03-06T02:00:00Z"));
    // Failures keep to it as well.
    assert_eq!(next(&ScheduleInput { happened: Happened::Failed, failures: 1, ..case.input() }).due, at("2026-03-06T02:00:00Z"));
    // A publisher that wants no request ever is mistaken.
    case.hints = PublisherHints { skip_hours: (0..24).collect(), ..PublisherHints::default() };
    assert_eq!(minutes(&next(&case.input())), 60);
}

#[test]
fn f28_the_update_period_is_obeyed() {
    let mut case = hourly();
    case.hints.update_period_seconds = Some(2 * 3600);
    assert_eq!(next(&case.input()).why, "publisher asks for 2h (sy:updatePeriod)");
    case.hints.update_period_seconds = Some(600);
    assert_eq!(next(&case.input()).why, "every 1h (interval)");
}

#[test]
fn f29_ten_thousand_new_sources_are_spread_over_the_interval_and_a_few_are_polled_at_once() {
    assert_eq!(first(noon(), 0.9, HOUR, 5).due, noon());
    assert_eq!(first(noon(), 0.5, HOUR, 600).due, noon() + Duration::from_secs(30));
    let mut per_minute = [0_u32; 60];
    for number in 0..10_000_u32 {
        // The golden ratio gives an even jitter without a generator.
        let due = first(noon(), f64::from(number) * 0.618_034 % 1.0, HOUR, 10_000).due;
        per_minute[usize::try_from((due - noon()).num_minutes()).unwrap()] += 1;
    }
    assert!(per_minute.iter().all(|count| (150..184).contains(count)), "{per_minute:?}");
}

#[test]
fn f39_gone_is_gone_after_a_second_410_a_day_later() {
    assert!(!is_gone(None, noon()));
    assert!(!is_gone(Some(noon() - (DAY - Duration::from_secs(1))), noon()));
    assert!(is_gone(Some(noon() - DAY), noon()));
    assert!(!is_gone(Some(noon() + DAY), noon()), "a clock that went back");
    let case = hourly();
    assert_eq!(next(&ScheduleInput { happened: Happened::GonePerhaps, status: Some(410), ..case.input() }).due, noon() + DAY);
    let gone = next(&ScheduleInput { happened: Happened::Gone, status: Some(410), ..case.input() });
    assert!(gone.due > noon() + DAY * 36_000);
}

#[test]
fn f40_404_backs_off_and_is_never_the_end() {
    let case = hourly();
    let missing = next(&ScheduleInput { happened: Happened::Failed, status: Some(404), failures: 50, ..case.input() });
    assert_eq!(missing.due, noon() + DAY);
}

#[test]
fn a_source_that_publishes_daily_is_not_asked_hourly_and_a_busy_one_is() {
    let case = hourly();
    let with = |rhythm_seconds, quiet: Duration| {
        next(&ScheduleInput { rhythm_seconds: Some(rhythm_seconds), last_new: Some(noon() - quiet), ..case.input() })
    };
    assert_eq!(with(86_400, HOUR), Next { due: noon() + HOUR * 6, why: "every 6h (its own rhythm: an article in 1d)".into() });
    assert_eq!(with(600, HOUR).why, "every 1h (interval)");
    assert_eq!(with(600, DAY * 4).due, noon() + HOUR * 6, "it fell silent");
    assert_eq!(with(86_400 * 365, DAY * 365).due, noon() + DAY, "the maximum");
    let own = ScheduleInput { interval_is_own: true, rhythm_seconds: Some(86_400), ..case.input() };
    assert_eq!(minutes(&next(&own)), 60, "an interval of the source's own is not stretched");
    let slow = Case::every(DAY * 2);
    assert_eq!(next(&ScheduleInput { rhythm_seconds: Some(60), ..slow.input() }).due, noon() + DAY * 2);
}

#[test]
fn the_rhythm_is_learned_from_polls_that_brought_something() {
    assert_eq!(rhythm(None, None, noon(), 20), None, "the first poll brings everything");
    assert_eq!(rhythm(Some(500), Some(noon() - HOUR), noon(), 0), Some(500));
    assert_eq!(rhythm(None, Some(noon() - HOUR), noon(), 2), Some(1800));
    assert_eq!(rhythm(Some(4000), Some(noon() - HOUR), noon(), 1), Some(3900));
    assert_eq!(rhythm(Some(u64::MAX), Some(noon() + HOUR), noon(), 1), Some(u64::MAX / 4 * 3), "a clock that went back");
}

#[test]
fn a_cron_schedule_runs_in_its_zone_and_after_what_the_publisher_asks() {
    let case = Case::at_cron("0 30 8 * * *", "Asia/Shanghai");
    assert_eq!(next(&case.input()), Next { due: at("2026-03-05T00:30:00Z"), why: "at 0 30 8 * * * Asia/Shanghai (schedule)".into() });
    let asked = next(&ScheduleInput { fresh_for: Some(DAY), ..case.input() });
    assert_eq!(asked.due, at("2026-03-06T00:30:00Z"));
    assert_eq!(asked.why, "publisher asks for 1d (max-age), then at 0 30 8 * * * Asia/Shanghai (schedule)");
    let exactly = next(&ScheduleInput { fresh_for: Some(Duration::from_secs(12 * 3600 + 1800)), ..case.input() });
    assert_eq!(exactly.due, at("2026-03-05T00:30:00Z"));
    assert_eq!(next(&ScheduleInput { has_validators: false, rhythm_seconds: Some(1), ..case.input() }).due, at("2026-03-05T00:30:00Z"));
    assert_eq!(next(&ScheduleInput { happened: Happened::Failed, failures: 5, ..case.input() }).due, at("2026-03-06T00:30:00Z"));
    let late = next(&ScheduleInput { jitter: 1.0, ..case.input() });
    assert_eq!(late.due, at("2026-03-05T00:30:30Z"));
}

#[test]
fn a_cron_schedule_keeps_out_of_skipped_hours() {
    let mut case = Case::at_cron("0 0 * * * *", "UTC");
    case.hints.skip_hours = vec![13, 14];
    assert_eq!(next(&case.input()).due, at("2026-03-04T15:00:00Z"));
    let mut never = Case::at_cron("0 0 13 * * *", "UTC");
    never.hints.skip_hours = vec![13];
    assert_eq!(next(&never.input()).due, noon() + DAY);
}

#[test]
fn lengths_of_time_are_said_plainly() {
    let said: Vec<_> =
        [0, 45, 60, 90, 3600, 9000, 86_400, 90_000, 604_800].into_iter().map(|secs| words(Duration::from_secs(secs))).collect();
    assert_eq!(said, ["0s", "45s", "1m", "1m 30s", "1h", "2h 30m", "1d", "1d 1h", "7 days"]);
}

proptest! {
    /// Whatever a publisher sends: never before the interval, never in the past, never without end, never in skipped hours.
    #[test]
    fn every_wish_keeps_the_bounds(
        fresh in proptest::option::of(any::<u64>()), ttl in proptest::option::of(any::<u32>()), period in proptest::option::of(any::<u64>()),
        hours in proptest::collection::vec(0_u8..26, 0..23), days in proptest::collection::vec(0_u8..9, 0..6),
        failures in any::<u32>(), failed in any::<bool>(), jitter in 0.0..=1.0_f64, validators in any::<bool>(), rhythm in proptest::option::of(any::<u64>()),
    ) {
        let mut case = hourly();
        case.hints = PublisherHints { ttl_minutes: ttl, skip_hours: hours, skip_days: days, update_period_seconds: period };
        let happened = if failed { Happened::Failed } else { Happened::Read };
        let input = ScheduleInput {
            jitter, has_validators: validators, happened, failures, rhythm_seconds: rhythm, fresh_for: fresh.map(Duration::from_secs), ..case.input()
        };
        let next = next(&input);
        prop_assert!(next.due >= noon() + HOUR);
        prop_assert!(next.due <= noon() + DAY * 16);
        prop_assert!(!Skips::of(&case.hints).cover(next.due) || next.why.contains("skip"));
    }
}
