//! Whether a text is a date exactly as the standards write it.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};

use crate::model::Instant;

/// The farthest that a zone is from Greenwich, in hours.
const ZONE_HOURS_MAX: i64 = 14;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ZONES: [&str; 10] = ["UT", "GMT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"];

/// What a text means that is written exactly as most dates are, without looking at all the ways there are: `Sun, 18 Feb 2024 09:11:59 +0800`,
/// `2024-02-18T09:11:59Z`. None for every other text, whatever it means.
pub(super) fn instant(text: &str) -> Option<Instant> {
    let bytes = text.as_bytes();
    let (year, month, day, clock, zone) = if bytes.get(10) == Some(&b'T') && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') {
        let zone = text.get(19..)?;
        let zone = if zone == "Z" { Some(0) } else { minutes(zone, ":") };
        (digits(text.get(..4)?, 4, 4)?, digits(text.get(5..7)?, 2, 2)?, digits(text.get(8..10)?, 2, 2)?, text.get(11..19)?, zone?)
    } else {
        let (weekday, rest) = text.split_once(", ")?;
        if !DAYS.contains(&weekday) {
            return None;
        }
        let mut parts = rest.split(' ');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (clock, zone) = (parts.next()?, parts.next()?);
        let month = 1 + u32::try_from(MONTHS.iter().position(|name| *name == month)?).ok()?;
        let zone = if zone == "GMT" { Some(0) } else { minutes(zone, "") };
        if parts.next().is_some() || clock.len() != 8 {
            return None;
        }
        (digits(year, 4, 4)?, month, digits(day, 1, 2)?, clock, zone?)
    };
    let mut clock = clock.split(':');
    let (hour, minute, second) = (digits(clock.next()?, 2, 2)?, digits(clock.next()?, 2, 2)?, digits(clock.next()?, 2, 2)?);
    if clock.next().is_some() || !(1600..=9999).contains(&year) {
        return None;
    }
    let local: NaiveDateTime = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour, minute, second)?;
    local.and_utc().checked_sub_signed(TimeDelta::minutes(zone))
}

/// The minutes of `+0800` or `-08:00`.
fn minutes(zone: &str, between: &str) -> Option<i64> {
    let (sign, rest) = (zone.as_bytes().first()?, zone.get(1..)?);
    let (hours, rest) = (rest.get(..2)?, rest.get(2..)?.strip_prefix(between)?);
    let (hours, minutes) = (digits::<i64>(hours, 2, 2)?, digits::<i64>(rest, 2, 2)?);
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    (hours < ZONE_HOURS_MAX && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Whether `text` is a valid RFC 822 date (years of two or four digits, as RFC 1123 and 2822 allow), its weekday the right one: `Sun, 18 Feb
/// 2024 09:11:59 GMT`.
#[must_use]
pub fn is_rfc822(text: &str) -> bool {
    rfc822(text).is_some()
}

/// Whether `text` is a valid RFC 3339 date-time: `2024-02-18T09:11:59Z`.
#[must_use]
pub fn is_rfc3339(text: &str) -> bool {
    text.as_bytes().get(10).is_some_and(|c| matches!(c, b'T' | b't')) && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

fn rfc822(text: &str) -> Option<()> {
    let (weekday, rest) = match text.split_once(", ") {
        Some((day, rest)) => (Some(DAYS.iter().position(|name| *name == day)?), rest),
        None => (None, text),
    };
    let mut parts = rest.split(' ');
    let (day, month, year, time, zone) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let day: u32 = digits(day, 1, 2)?;
    let month = 1 + u32::try_from(MONTHS.iter().position(|name| *name == month)?).ok()?;
    let year: i32 = match year.len() {
        2 => digits::<i32>(year, 2, 2).map(|year| if year < 50 { 2000 + year } else { 1900 + year })?,
        _ => digits(year, 4, 4)?,
    };
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    if weekday.is_some_and(|weekday| date.weekday().num_days_from_monday() as usize != weekday) {
        return None;
    }
    let mut clock = time.split(':');
    let (hour, minute) = (digits::<u32>(clock.next()?, 2, 2)?, digits::<u32>(clock.next()?, 2, 2)?);
    let second = clock.next().map_or(Some(0), |second| digits::<u32>(second, 2, 2))?;
    if clock.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let numeric = zone
        .strip_prefix(['+', '-'])
        .is_some_and(|offset| offset.len() == 4 && offset[2..] < *"60" && digits::<u32>(offset, 4, 4).is_some());
    (numeric || ZONES.contains(&zone) || zone == "Z").then_some(())
}

/// `text` as a number, if it is `from` to `to` ASCII digits.
fn digits<T: std::str::FromStr>(text: &str, from: usize, to: usize) -> Option<T> {
    let fits = (from..=to).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}
