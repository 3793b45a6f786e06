//! Polls and articles by the hour and by the day, as charts show them.

use chrono::Timelike;
use maud::Markup;

use super::chart::{Chart, Ink, Place, Series, Shape};
use super::frame;
use crate::config::Config;
use crate::model::history::HOURS_MAX;
use crate::model::{History, HourOfPolls, Instant};
use crate::web::language::Language;

/// Seconds of an hour and of a day.
const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// In a hundred, the part of the polls that are as fast as the second line of the chart says, or faster.
const SLOW_PERCENT: u64 = 95;

/// The polls of the last hours, of one source or of all.
pub struct Polls {
    hours: Vec<Hour>,
    now: Instant,
}

#[derive(Clone, Default)]
struct Hour {
    changed: u64,
    unchanged: u64,
    failed: u64,
    /// The mean time of each source's polls in milliseconds, and how many they were.
    times: Vec<(u32, u8)>,
}

impl Polls {
    /// Those that these histories remember.
    pub fn of<'a>(histories: impl Iterator<Item = &'a History>, now: Instant) -> Self {
        let mut hours = vec![Hour::default(); HOURS_MAX as usize];
        let first = (HourOfPolls::of(now) + 1).saturating_sub(HOURS_MAX);
        for past in histories.flat_map(|history| &history.hours) {
            let at = past.hour.checked_sub(first).and_then(|at| hours.get_mut(at as usize));
            let Some(hour) = at else { continue };
            hour.changed += u64::from(past.changed);
            hour.unchanged += u64::from(past.unchanged);
            hour.failed += u64::from(past.failed);
            if let Some(mean) = past.millis.checked_div(u32::from(past.timed)) {
                hour.times.push((mean, past.timed));
            }
        }
        for hour in &mut hours {
            hour.times.sort_unstable();
        }
        Self { hours, now }
    }

    /// How many there were: changed, unchanged, failed.
    #[must_use]
    pub fn counts(&self) -> (u64, u64, u64) {
        let sum = |count: fn(&Hour) -> u64| self.hours.iter().map(count).sum();
        (sum(|hour| hour.changed), sum(|hour| hour.unchanged), sum(|hour| hour.failed))
    }

    /// Polls by how they ended.
    #[must_use]
    pub fn by_result(&self, config: &Config, language: Language) -> Markup {
        let of = |count: fn(&Hour) -> u64| self.hours.iter().map(|hour| Some(count(hour))).collect();
        let series = [
            Series { name: language.pick("无变化", "unchanged"), ink: Ink::Quiet, values: of(|hour| hour.unchanged) },
            Series { name: language.pick("有更新", "changed"), ink: Ink::Main, values: of(|hour| hour.changed) },
            Series { name: language.pick("失败", "failed"), ink: Ink::Bad, values: of(|hour| hour.failed) },
        ];
        let title = language.pick("每小时抓取次数，最近一天", "Polls an hour, the last day");
        self.chart(config, language, title, &series, Shape::Columns, count)
    }

    /// How long they took.
    #[must_use]
    pub fn by_time(&self, config: &Config, language: Language) -> Markup {
        let of = |percent| self.hours.iter().map(|hour| percentile(&hour.times, percent)).collect();
        let series = [
            Series { name: language.pick("中位数", "median"), ink: Ink::Main, values: of(50) },
            Series { name: language.pick("95% 不超过", "95 in 100 within"), ink: Ink::Bad, values: of(SLOW_PERCENT) },
        ];
        let title = language.pick("抓取用时，最近一天", "Time of a poll, the last day");
        self.chart(config, language, title, &series, Shape::Lines, time)
    }

    fn chart(
        &self,
        config: &Config,
        language: Language,
        title: &str,
        series: &[Series<'_>],
        shape: Shape,
        say: fn(u64) -> String,
    ) -> Markup {
        let places = hours_until(config, self.now, HOURS_MAX, 6);
        Chart { title, place: language.pick("小时", "Hour"), places: &places, series, shape, say }.figure(language)
    }
}

/// The time within which so many in a hundred are; each source counts as often as it was polled, with its mean.
fn percentile(times: &[(u32, u8)], percent: u64) -> Option<u64> {
    let all: u64 = times.iter().map(|(_, polls)| u64::from(*polls)).sum();
    let rank = (all * percent).div_ceil(100);
    let mut passed = 0;
    let found = times.iter().find(|(_, polls)| {
        passed += u64::from(*polls);
        passed >= rank
    });
    found.map(|(millis, _)| u64::from(*millis))
}

/// Articles of the last hours.
pub struct Articles {
    hours: Vec<Option<u64>>,
    now: Instant,
}

impl Articles {
    /// So many hours of nothing.
    #[must_use]
    pub fn none(hours: u32, now: Instant) -> Self {
        Self { hours: vec![Some(0); hours as usize], now }
    }

    /// Counts an article; whether it is of one of the hours, or of a time to come.
    pub fn count(&mut self, published: Instant) -> bool {
        let ago = HourOfPolls::of(self.now).saturating_sub(HourOfPolls::of(published)) as usize;
        let Some(at) = self.hours.len().checked_sub(ago + 1) else { return false };
        if published <= self.now
            && let Some(Some(count)) = self.hours.get_mut(at)
        {
            *count += 1;
        }
        true
    }

    /// By the hour.
    #[must_use]
    pub fn by_hour(self, config: &Config, language: Language) -> Markup {
        let title = language.pick("每小时文章数，最近三天", "Articles an hour, the last three days");
        let places = hours_until(config, self.now, u32::try_from(self.hours.len()).unwrap_or(u32::MAX), 12);
        let series = [Series { name: language.pick("文章", "Articles"), ink: Ink::Main, values: self.hours }];
        let place = language.pick("小时", "Hour");
        Chart { title, place, places: &places, series: &series, shape: Shape::Columns, say: count }.figure(language)
    }
}

/// The rhythm of a source: when its articles of the last weeks came.
pub struct Rhythm {
    /// By day, the oldest first; `None` for days that were not looked at.
    days: Vec<Option<u64>>,
    /// By hour of the day.
    hours: Vec<Option<u64>>,
    offset_seconds: i64,
    now: Instant,
}

impl Rhythm {
    /// So many days of nothing, in the pages' zone.
    #[must_use]
    pub fn none(config: &Config, days: usize, now: Instant) -> Self {
        let offset_seconds = i64::from(config.site.zone().local_minus_utc());
        Self { days: vec![Some(0); days], hours: vec![Some(0); 24], offset_seconds, now }
    }

    fn day(&self, at: Instant) -> i64 {
        (at.timestamp() + self.offset_seconds).div_euclid(DAY_SECONDS)
    }

    /// Counts an article; whether it is of one of the days, or of a time to come.
    pub fn count(&mut self, published: Instant) -> bool {
        let ago = usize::try_from(self.day(self.now) - self.day(published)).unwrap_or(0);
        let Some(at) = self.days.len().checked_sub(ago + 1) else { return false };
        let hour = (published.timestamp() + self.offset_seconds).rem_euclid(DAY_SECONDS) / HOUR_SECONDS;
        let hour = usize::try_from(hour).unwrap_or_default();
        if published <= self.now {
            for count in [self.days.get_mut(at), self.hours.get_mut(hour)].into_iter().flatten().flatten() {
                *count += 1;
            }
        }
        true
    }

    /// Older articles than this were not looked at: what is known of that day and those before is not all.
    pub fn ends(&mut self, published: Instant) {
        let ago = usize::try_from(self.day(self.now) - self.day(published)).unwrap_or(0);
        let known = self.days.len().saturating_sub(ago);
        self.days.iter_mut().take(known).for_each(|day| *day = None);
    }

    /// By day, and by hour of the day.
    #[must_use]
    pub fn charts(self, config: &Config, language: Language) -> [Markup; 2] {
        let Self { days, hours, now, .. } = self;
        let name = language.pick("文章", "Articles");
        let places: Vec<Place> = (0..days.len())
            .rev()
            .map(|ago| {
                let at = now - chrono::Duration::days(i64::try_from(ago).unwrap_or_default());
                let words = at.with_timezone(&config.site.zone()).format("%m-%d").to_string();
                Place { mark: (ago % 7 == 0).then(|| words.clone()), words }
            })
            .collect();
        let series = [Series { name, ink: Ink::Main, values: days }];
        let (title, place) = (language.pick("每天文章数，最近四周", "Articles a day, the last four weeks"), language.pick("日期", "Day"));
        let by_day = Chart { title, place, places: &places, series: &series, shape: Shape::Columns, say: count }.figure(language);
        let place = |hour: usize| Place { words: format!("{hour:02}:00"), mark: hour.is_multiple_of(6).then(|| format!("{hour:02}:00")) };
        let places: Vec<Place> = (0..hours.len()).map(place).collect();
        let series = [Series { name, ink: Ink::Main, values: hours }];
        let (title, place) = (language.pick("一天中的发布时间", "By the hour of the day"), language.pick("小时", "Hour"));
        [by_day, Chart { title, place, places: &places, series: &series, shape: Shape::Columns, say: count }.figure(language)]
    }
}

/// The hours up to the present one; below the axis stands each `every`th, and the day at midnight.
fn hours_until(config: &Config, now: Instant, hours: u32, every: u32) -> Vec<Place> {
    let place = |ago: u32| {
        let at = now - chrono::Duration::hours(i64::from(ago));
        let local = at.with_timezone(&config.site.zone());
        let mark = match local.hour() {
            0 => Some(local.format("%m-%d").to_string()),
            hour if hour % every == 0 => Some(local.format("%H:00").to_string()),
            _ => None,
        };
        Place { words: frame::hour(config, at), mark }
    };
    (0..hours).rev().map(place).collect()
}

fn count(value: u64) -> String {
    value.to_string()
}

/// Milliseconds in words.
fn time(millis: u64) -> String {
    if millis < 1_000 { format!("{millis} ms") } else { format!("{}.{} s", millis / 1_000, millis % 1_000 / 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2024-03-01T10:30:00Z".parse().unwrap()
    }

    fn history(hours_ago: u32, changed: u8, timed: u8, millis: u32) -> History {
        let hour = HourOfPolls::of(now()) - hours_ago;
        History { hours: vec![HourOfPolls { hour, changed, unchanged: 0, failed: 1, timed, millis }], failures: Vec::new() }
    }

    #[test]
    fn polls_of_all_sources_are_added_up_by_the_hour_and_old_ones_left_out() {
        let histories = [history(0, 2, 2, 200), history(0, 3, 1, 900), history(23, 1, 0, 0), history(24, 9, 1, 1)];
        let polls = Polls::of(histories.iter(), now());
        assert_eq!(polls.counts(), (6, 0, 3));
        assert_eq!((polls.hours[23].changed, polls.hours[0].changed), (5, 1));
        assert_eq!((percentile(&polls.hours[23].times, 50), percentile(&polls.hours[23].times, 95)), (Some(100), Some(900)));
        assert_eq!(percentile(&polls.hours[0].times, 50), None, "nothing was sent");
    }

    #[test]
    fn articles_are_counted_in_their_hour_until_one_is_too_old() {
        let mut articles = Articles::none(3, now());
        let at = |text: &str| format!("2024-03-01T{text}:00Z").parse::<Instant>().unwrap();
        assert!(articles.count(at("23:00")), "an article of a time to come is not the end");
        assert!(articles.count(at("10:30")) && articles.count(at("10:00")) && articles.count(at("08:00")));
        assert!(!articles.count(at("07:59")));
        assert_eq!(articles.hours, [Some(1), Some(0), Some(2)]);
    }

    #[test]
    fn days_are_those_of_the_pages_zone_and_what_was_not_looked_at_is_not_nothing() {
        let config =
            crate::config::parse("[site]\ntitle = \"t\"\nurl = \"https://a.example\"\nlanguage = \"zh-CN\"\n", "feeds.toml").unwrap();
        assert_eq!(config.site.zone().local_minus_utc(), 8 * 3600);
        let mut rhythm = Rhythm::none(&config, 3, now());
        let at = |text: &str| text.parse::<Instant>().unwrap();
        // The first minute of the second day before, in China.
        assert!(rhythm.count(at("2024-02-27T16:00:00Z")) && !rhythm.count(at("2024-02-27T15:59:00Z")));
        assert!(rhythm.count(at("2024-03-01T10:00:00Z")));
        assert_eq!((rhythm.days.clone(), rhythm.hours[18]), (vec![Some(1), Some(0), Some(1)], Some(1)));
        rhythm.ends(at("2024-02-29T01:00:00Z"));
        assert_eq!(rhythm.days, [None, None, Some(1)]);
    }

    #[test]
    fn times_are_said_in_units_that_people_read() {
        assert_eq!([0, 999, 1_000, 12_345].map(time), ["0 ms", "999 ms", "1.0 s", "12.3 s"]);
    }
}
