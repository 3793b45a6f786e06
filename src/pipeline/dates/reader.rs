//! Which of the tokens are the time, the zone, the day, the month and the year.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::names::{self, Half};
use super::tokens::Token;
use super::zones::{self, Zone};
use crate::model::Instant;

/// Earlier years are null values of databases, not dates.
const YEAR_MIN: i32 = 1600;
/// Unix seconds from 1973 on; smaller numbers are compact dates, years or nothing.
const UNIX_SECONDS_MIN: u64 = 100_000_000;

/// Reads `tokens`; `home` is the zone of a date without one.
pub(super) fn read(tokens: &[Token], home: Option<Tz>) -> Option<Instant> {
    let first = tokens.iter().position(|token| *token != Token::Blank)?;
    let last = tokens.iter().rposition(|token| *token != Token::Blank)?;
    let tokens = &tokens[first..=last];
    if let Some(instant) = unix(tokens) {
        return Some(instant);
    }
    let mut rest: Vec<Option<&Token>> = tokens.iter().map(Some).collect();
    let zone_end = take_time(&mut rest);
    let (time, korean) = (zone_end.time, tokens.iter().any(is_korean));
    let zone = zone_end.zone.or_else(|| take_zone(&mut rest, home));
    let (year, month, day) = date(&rest)?;
    let (hour, minute, second, nanos) = time.unwrap_or((0, 0, 0, 0));
    if !(YEAR_MIN..=9999).contains(&year) || hour > 47 || minute > 99 || second > 99 {
        return None;
    }
    let midnight = NaiveDate::from_ymd_opt(year, month, 1)?.and_time(NaiveTime::MIN);
    let passed = Duration::days(i64::from(day) - 1) + Duration::hours(hour.into()) + Duration::minutes(minute.into());
    let local = midnight + passed + Duration::seconds(second.into()) + Duration::nanoseconds(nanos.into());
    instant(local, zone, home, korean)
}

fn instant(local: NaiveDateTime, zone: Option<Zone>, home: Option<Tz>, korean: bool) -> Option<Instant> {
    let minutes = match (zone, home) {
        (Some(Zone::Minutes(minutes)), _) => minutes,
        (Some(Zone::Place(place)), _) | (None, Some(place)) => {
            // In the hour that a clock skips, the time before the change; in the hour it repeats, the first.
            let offset = place.offset_from_local_datetime(&local).earliest();
            let offset = offset.unwrap_or_else(|| place.offset_from_utc_datetime(&local));
            offset.fix().local_minus_utc() / 60
        }
        (None, None) if korean => 540,
        (None, None) => 0,
    };
    local.checked_sub_signed(Duration::minutes(minutes.into())).map(|utc| utc.and_utc())
}

/// A lone number: Unix seconds, milliseconds, microseconds or nanoseconds.
fn unix(tokens: &[Token]) -> Option<Instant> {
    let (value, digits) = match tokens {
        [Token::Number(value, digits, _)] => (*value, *digits),
        [Token::Number(value, digits, _), Token::Sign('.'), Token::Number(..)] if *digits >= 9 => (*value, *digits),
        _ => return None,
    };
    let nanos = match digits {
        9 | 10 if value >= UNIX_SECONDS_MIN => value.checked_mul(1_000_000_000)?,
        12 | 13 => value.checked_mul(1_000_000)?,
        15 | 16 => value.checked_mul(1000)?,
        19 => value,
        _ => return None,
    };
    Some(Instant::from_timestamp_nanos(i64::try_from(nanos).ok()?))
}

fn is_korean(token: &Token) -> bool {
    matches!(token, Token::Sign('년' | '월' | '일' | '시' | '분' | '초')) || matches!(token.word(), Some("오전" | "오후"))
}

type Time = (u32, u32, u32, u32);

#[derive(Default)]
struct Found {
    time: Option<Time>,
    zone: Option<Zone>,
}

/// The index of the next token at or after `at` that is neither taken nor blank.
fn next(rest: &[Option<&Token>], at: usize) -> Option<usize> {
    (at..rest.len()).find(|index| rest[*index].is_some_and(|token| *token != Token::Blank))
}

fn number(rest: &[Option<&Token>], at: usize) -> Option<(u32, usize)> {
    let (value, digits) = rest.get(at)?.as_ref()?.number()?;
    Some((u32::try_from(value).ok()?, digits))
}

fn sign(rest: &[Option<&Token>], at: usize, signs: &[char]) -> bool {
    rest.get(at).and_then(|token| token.as_ref()).is_some_and(|token| signs.iter().any(|sign| token.is_sign(*sign)))
}

/// Takes `h:m[:s[.f]]` (and `h点m分`, `h시 m분 s초`, `17h30`) with the half of the day and the zone behind it out of `rest`.
fn take_time(rest: &mut [Option<&Token>]) -> Found {
    const HOURS: &[char] = &[':', '点', '點', '时', '時', '시'];
    const MINUTES: &[char] = &[':', '分', '분'];
    for at in 0..rest.len() {
        let Some((hour, digits)) = number(rest, at) else { continue };
        let Some(hour_sign) = next(rest, at + 1).filter(|index| sign(rest, *index, HOURS)) else { continue };
        if digits > 2 && digits != 4 {
            continue;
        }
        let colon = sign(rest, hour_sign, &[':']);
        let minute_at = next(rest, hour_sign + 1).filter(|index| number(rest, *index).is_some());
        // `下午3点` has no minutes; `12:` is no time.
        let minute = minute_at.and_then(|index| number(rest, index)).map_or(0, |(minute, _)| minute);
        if colon && minute_at.is_none() {
            continue;
        }
        let mut end = minute_at.map_or(hour_sign, |index| index) + 1;
        let (mut second, mut nanos) = (0, 0);
        if let Some(minute_sign) = next(rest, end).filter(|index| minute_at.is_some() && sign(rest, *index, MINUTES)) {
            end = minute_sign + 1;
            if let Some((seconds_at, (value, _))) = next(rest, end).and_then(|index| number(rest, index).map(|found| (index, found))) {
                (second, end) = (value, seconds_at + 1);
                if sign(rest, end, &['.', ',']) && number(rest, end + 1).is_some() {
                    if let Some(Token::Number(_, _, digits)) = rest[end + 1] {
                        nanos = fraction(digits);
                    }
                    end += 2;
                } else if sign(rest, end, &['秒', '초']) {
                    end += 1;
                }
            }
        }
        let before = (0..at).rev().find(|index| rest[*index].is_some_and(|token| *token != Token::Blank));
        // `Jan 5, 2022 at 3:04 pm` and its like: no Atlantic time.
        if let Some(index) = before
            && matches!(rest[index].and_then(Token::word), Some("at" | "um" | "à" | "a" | "às"))
        {
            rest[index] = None;
        }
        let mut half = before.and_then(|index| rest[index].and_then(Token::word).and_then(names::half).map(|half| (index, half)));
        if half.is_none() {
            half = next(rest, end).and_then(|index| rest[index].and_then(Token::word).and_then(names::half).map(|half| (index, half)));
            if let Some((index, _)) = half {
                end = index + 1;
            }
        }
        let hour = match half {
            Some((_, Half::Afternoon)) if hour < 12 => hour + 12,
            Some((_, Half::Morning)) if hour == 12 => 0,
            _ => hour,
        };
        if let Some((index, _)) = half {
            rest[index] = None;
        }
        let zone = numeric_zone(rest, &mut end);
        rest[at..end].fill(None);
        return Found { time: Some((hour, minute, second, nanos)), zone };
    }
    Found::default()
}

fn fraction(digits: &str) -> u32 {
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().unwrap_or(0)
}

/// `+0800`, `-05:00`, `+8`, `gmt+8`, `utc-03:30` at `end`, moving `end` behind it.
fn numeric_zone(rest: &[Option<&Token>], end: &mut usize) -> Option<Zone> {
    let mut at = next(rest, *end)?;
    if matches!(rest[at].and_then(Token::word), Some("gmt" | "utc" | "ut" | "z")) {
        at = next(rest, at + 1)?;
    }
    let east = match rest[at] {
        Some(Token::Sign('+')) => 1,
        Some(Token::Sign('-')) => -1,
        _ => return None,
    };
    let (value, digits) = number(rest, at + 1)?;
    let mut after = at + 2;
    let (hours, minutes) = match digits {
        1 | 2 => {
            let minutes = if sign(rest, after, &[':', '.']) { number(rest, after + 1) } else { None };
            if minutes.is_some() {
                after += 2;
            }
            (value, minutes.map_or(0, |(minutes, _)| minutes))
        }
        3 | 4 => (value / 100, value % 100),
        _ => return None,
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    *end = after;
    i32::try_from(hours * 60 + minutes).ok().map(|minutes| Zone::Minutes(east * minutes))
}

/// A named zone anywhere among the words that are left: `est`, `gmt`, `asia/shanghai`.
fn take_zone(rest: &mut [Option<&Token>], home: Option<Tz>) -> Option<Zone> {
    for at in 0..rest.len() {
        let Some(word) = rest[at].and_then(Token::word) else { continue };
        if sign(rest, at + 1, &['/'])
            && let Some(city) = rest.get(at + 2).and_then(|token| token.and_then(Token::word))
            && let Some(zone) = zones::place(word, city)
        {
            rest[at..at + 3].fill(None);
            return Some(zone);
        }
        // A single letter or `at` in front of the numbers is a word; behind them it is a zone.
        let behind = rest[..at].iter().flatten().all(|token| token.number().is_none())
            && at > 0
            && rest[at + 1..].iter().flatten().any(|token| token.number().is_some());
        if names::month(word).is_none()
            && !behind
            && at > 0
            && let Some(zone) = zones::named(word, home)
        {
            rest[at] = None;
            return Some(zone);
        }
    }
    None
}

/// Year, month and day among what is left. The day may be beyond the month's end.
fn date(rest: &[Option<&Token>]) -> Option<(i32, u32, u32)> {
    let numbers: Vec<(usize, u64, usize)> =
        rest.iter().enumerate().filter_map(|(at, token)| token.as_ref()?.number().map(|(value, digits)| (at, value, digits))).collect();
    // The last word that is a month: in `mar, 15 nov 2022` the first is a Tuesday.
    let month =
        rest.iter().enumerate().rev().find_map(|(at, token)| token.as_ref()?.word().and_then(names::month).map(|month| (at, month)));
    let first = numbers.first()?;
    let four = numbers.iter().position(|(_, _, digits)| *digits == 4);
    match (month, numbers.as_slice()) {
        // `20240218`, `20240218171159`, `2004-045`, `2004045`.
        (None, [(_, value, 8), ..]) => Some((int(value / 10_000)?, small(value / 100 % 100)?, small(value % 100)?)),
        (None, [(_, value, 7)]) => Some((int(value / 1000)?, 1, small(value % 1000)?)),
        (None, [(_, year, 4), (_, day, 3)]) => Some((int(*year)?, 1, small(*day)?)),
        (None, [(_, year, 4), (_, month, 1 | 2), (_, day, digits), ..]) => {
            let day = if *digits == 3 { day / 10 } else { *day };
            checked(int(*year)?, small(*month)?, small(day)?)
        }
        (None, [(_, year, 4), (_, month, 1 | 2)]) => checked(int(*year)?, small(*month)?, 1),
        (None, [(_, year, 4)]) => checked(int(*year)?, 1, 1),
        (None, [(at, a, _), (_, b, _), (_, year, 4), ..]) => {
            let slash = rest.get(at + 1).and_then(|token| *token).is_some_and(|token| token.is_sign('/'));
            let (day, month) = if (slash && *a <= 12) || *b > 12 { (b, a) } else { (a, b) };
            checked(int(*year)?, small(*month)?, small(*day)?)
        }
        // `04-02-18`: the year stands first, as in ISO 8601.
        (None, [(_, year, 2), (_, month, _), (_, day, _), ..]) => checked(century(*year)?, small(*month)?, small(*day)?),
        (Some((_, month)), numbers) if numbers.len() >= 2 => {
            let year = four.unwrap_or_else(|| usize::from(numbers.len() > 1 && first.1 <= 31));
            let (_, year_value, year_digits) = numbers[year];
            let (_, day, _) = *numbers.iter().enumerate().find(|(index, _)| *index != year)?.1;
            let year = if year_digits == 4 { int(year_value)? } else { century(year_value)? };
            checked(year, month, small(day)?)
        }
        // `February 2024`.
        (Some((_, month)), [(_, year, 4)]) => checked(int(*year)?, month, 1),
        _ => None,
    }
}

fn checked(year: i32, month: u32, day: u32) -> Option<(i32, u32, u32)> {
    // `2024-18-02`: the day and the month have changed places.
    let (month, day) = if month > 12 && day <= 12 { (day, month) } else { (month, day) };
    ((1..=12).contains(&month) && (1..=39).contains(&day)).then_some((year, month, day))
}

fn int(value: u64) -> Option<i32> {
    i32::try_from(value).ok()
}

fn small(value: u64) -> Option<u32> {
    u32::try_from(value).ok()
}

/// Years of two digits: 70 to 99 are the last century's. Of three: counted from 1900, as C does.
fn century(year: u64) -> Option<i32> {
    match year {
        0..=69 => int(2000 + year),
        70..=199 => int(1900 + year),
        _ => None,
    }
}
