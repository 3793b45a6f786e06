//! Dates as publishers write them: a text and a zone in, an instant out. Pure; nothing here knows what time it is now.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `strict` | whether a text is a valid RFC 822 or RFC 3339 date, so that it may be printed as it stands |
//! | `tokens` | a text cut into numbers, words and signs |
//! | `reader` | which of the tokens are the time, the zone, the day, the month, the year |
//! | `names` | months, and halves of the day, in the languages that feeds are written in |
//! | `zones` | names of zones |
//!
//! Bound: a text of more than [`TEXT_CHARS_MAX`] characters is no date.

mod names;
mod reader;
mod strict;
mod tokens;
mod zones;

use std::borrow::Cow;

use chrono_tz::Tz;

pub use strict::{is_rfc822, is_rfc3339};

use crate::model::Instant;

/// A longer text is no date. The longest real one seen, `<time datetime="2019-05-03T19:21:28Z">Friday, …</time>`, has 70.
pub const TEXT_CHARS_MAX: usize = 200;

/// What `text` means, whichever of the world's ways of writing a date it uses.
///
/// `zone` is where a date without a zone is meant; without one it is UTC (Korean wordings excepted, which are Korean time). It also decides
/// what `CST` is: China's time in a Chinese zone, otherwise America's.
///
/// Days that do not exist roll over (31 June is 1 July), as do 24:00 and leap seconds. Years before 1600 and after 9999 are the null values of
/// some database (`0001-01-01`), not dates.
#[must_use]
pub fn parse(text: &str, zone: Option<Tz>) -> Option<Instant> {
    if let Some(instant) = strict::instant(text.trim()) {
        return Some(instant);
    }
    let text = plain(text)?;
    reader::read(&tokens::cut(&spread(&text)), zone)
}

/// `20240218t171159z` and `20240218171159` as `2024-02-18 17:11:59`, so that the reader sees parts.
fn spread(text: &str) -> Cow<'_, str> {
    // `2002-12-31t192030+01:00`
    if let Some((date, clock)) = text.split_once('t')
        && date.len() == 10
        && date.ends_with(|c: char| c.is_ascii_digit())
        && clock.bytes().take_while(u8::is_ascii_digit).count() == 6
    {
        return Cow::Owned(format!("{date} {}:{}:{}", &clock[..2], &clock[2..4], &clock[4..]));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (date, rest) = text.split_at(digits.min(8));
    let time = rest.strip_prefix('t').unwrap_or(rest);
    let clock = time.bytes().take_while(u8::is_ascii_digit).count();
    // Fourteen digits in one run that begin like a year are a date; 13 are milliseconds.
    let compact = matches!((digits, clock), (8, 4 | 6)) || (matches!(digits, 12 | 14) && matches!(text.get(..2), Some("19" | "20")));
    if !compact || date.len() < 8 {
        return Cow::Borrowed(text);
    }
    let (clock, zone) = time.split_at(clock);
    let second = clock.get(4..6).unwrap_or("00");
    Cow::Owned(format!("{}-{}-{} {}:{}:{second}{zone}", &date[..4], &date[4..6], &date[6..], &clock[..2], &clock[2..4]))
}

/// The text inside markup, comments dropped, wide forms narrowed, or none where it cannot be a date for its length.
fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return None;
    }
    // nautilus-like themes write `<time datetime="2019-05-03T19:21:28Z">Friday</time>` into pubDate.
    if let Some((_, rest)) = text.split_once("datetime=")
        && let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\''))
        && let Some(value) = rest[1..].split(quote).next()
    {
        return Some(narrow(value));
    }
    let mut out = String::with_capacity(text.len());
    let (mut comment_depth, mut in_tag) = (0_u32, false);
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            // RFC 822 comments nest: `Thu (oh how I hate (some) thursdays), 16 Feb 2006`.
            '(' => comment_depth += 1,
            ')' => comment_depth = comment_depth.saturating_sub(1),
            _ if in_tag || comment_depth > 0 => {}
            _ => out.push(c),
        }
    }
    Some(narrow(&out))
}

/// Wide digits and punctuation of East Asian keyboards as ASCII; lower case.
fn narrow(text: &str) -> String {
    let one = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{2212}' | '\u{2013}' => '-',
        _ => c,
    };
    text.chars().map(one).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests;
