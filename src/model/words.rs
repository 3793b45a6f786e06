//! Durations and sizes as words: `"1h"`, `"30 days"`, `"1h 30m"`, `"20MB"`; and the word that a person most likely meant.

use std::time::Duration;

/// Longest duration that can be written: a hundred years, so that no addition to a date overflows.
pub const DURATION_SECONDS_MAX: u64 = 100 * 366 * 86_400;

const DURATION_UNITS: &[(&[&str], u64)] = &[
    (&["s", "sec", "secs", "second", "seconds", "秒"], 1),
    (&["m", "min", "mins", "minute", "minutes", "分钟"], 60),
    (&["h", "hr", "hrs", "hour", "hours", "小时"], 3_600),
    (&["d", "day", "days", "天"], 86_400),
    (&["w", "week", "weeks", "周"], 604_800),
    (&["month", "months", "个月"], 2_592_000),
    (&["y", "year", "years", "年"], 31_536_000),
];

const SIZE_UNITS: &[(&[&str], u64)] = &[
    (&["b", "byte", "bytes"], 1),
    (&["k", "kb"], 1_000),
    (&["m", "mb"], 1_000_000),
    (&["g", "gb"], 1_000_000_000),
    (&["kib"], 1_024),
    (&["mib"], 1_048_576),
    (&["gib"], 1_073_741_824),
];

/// Reads a duration: one or more numbers with units, largest first or not, blanks anywhere between. Milliseconds are `ms`.
///
/// # Errors
/// A sentence that says what is wrong and shows what to write.
pub fn duration(text: &str) -> Result<Duration, String> {
    let mut total_ms: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("an empty text is not a duration; write for example \"1h\", \"90m\" or \"30 days\"".into());
    }
    while !rest.is_empty() {
        let (number, unit, after) = number_and_unit(rest);
        let number: f64 =
            number.parse().map_err(|_| format!("{text:?} is not a duration; write for example \"1h\", \"90m\" or \"30 days\""))?;
        if unit.is_empty() {
            return Err(format!(
                "{text:?} has no unit; write for example \"{rest}m\" for minutes, \"{rest}h\" for hours or \"{rest} days\"",
                rest = rest.trim()
            ));
        }
        let unit_ms = if matches!(unit, "ms" | "millis" | "milliseconds") {
            1
        } else {
            1_000
                * find_unit(DURATION_UNITS, unit).ok_or_else(|| {
                    format!("{unit:?} is not a unit of time; known are s, m (minutes), h, d, w, month and y, and their long names")
                })?
        };
        total_ms = scaled(number, unit_ms)
            .and_then(|ms| total_ms.checked_add(ms))
            .filter(|ms| *ms <= DURATION_SECONDS_MAX * 1_000)
            .ok_or_else(|| format!("{text:?} is longer than a hundred years"))?;
        rest = after.trim_start_matches([' ', ',']);
    }
    Ok(Duration::from_millis(total_ms))
}

/// Reads a size in bytes: `MB` is a million, `MiB` is 1,048,576.
///
/// # Errors
/// A sentence that says what is wrong and shows what to write.
pub fn size(text: &str) -> Result<u64, String> {
    let (number, unit, after) = number_and_unit(text.trim());
    let number: f64 = number.parse().map_err(|_| format!("{text:?} is not a size; write for example \"20MB\" or \"512KiB\""))?;
    if unit.is_empty() {
        return Err(format!("{text:?} has no unit; write for example \"20MB\""));
    }
    let lower = unit.to_ascii_lowercase();
    let factor = find_unit(SIZE_UNITS, &lower).filter(|_| after.trim().is_empty());
    let factor = factor.ok_or_else(|| format!("{unit:?} is not a unit of size; known are B, KB, MB, GB, KiB, MiB and GiB"))?;
    scaled(number, factor).ok_or_else(|| format!("{text:?} is too large"))
}

/// A duration in words, as short as exactness allows: `1h`, `1h 30m`, `30 days`.
#[must_use]
pub fn say_duration(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    let mut parts = Vec::new();
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if seconds >= size {
            parts.push(format!("{}{unit}", seconds / size));
            seconds %= size;
        }
    }
    match duration.subsec_millis() {
        0 => {}
        ms => parts.push(format!("{ms}ms")),
    }
    match parts.as_slice() {
        [] => "0s".into(),
        [days] if days.ends_with('d') && days != "1d" => format!("{} days", days.trim_end_matches('d')),
        _ => parts.join(" "),
    }
}

/// A size in words: `20MB`.
#[must_use]
pub fn say_size(bytes: u64) -> String {
    for (unit, size) in [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)] {
        if bytes >= size {
            let tenths = bytes / (size / 10);
            return if tenths.is_multiple_of(10) {
                format!("{}{unit}", tenths / 10)
            } else {
                format!("{}.{}{unit}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{bytes}B")
}

/// The word of `known` that a person most likely meant by `typed`: other case, a slip of the finger, or one that begins the same.
pub fn nearest<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let wanted = plain(typed);
    let slips_max = (wanted.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&wanted, &plain(word)), word))
        .map(|(slips, word)| if slips > 1 && wanted.len() >= 3 && plain(word).starts_with(&wanted) { (1, word) } else { (slips, word) })
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, word)| word)
}

/// Splits `1.5 hours 3m` into `1.5`, `hours`, ` 3m`.
fn number_and_unit(text: &str) -> (&str, &str, &str) {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(number_end);
    let rest = rest.trim_start();
    let unit_end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(unit_end);
    (number, unit, after)
}

fn find_unit(units: &[(&[&str], u64)], word: &str) -> Option<u64> {
    units.iter().find(|(words, _)| words.contains(&word)).map(|(_, size)| *size)
}

/// `number * factor`, where that is a whole number of sensible size.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "checked to lie between 0 and 2^53"
)]
fn scaled(number: f64, factor: u64) -> Option<u64> {
    let product = (number * factor as f64).round();
    (0.0..=9_007_199_254_740_992.0).contains(&product).then_some(product as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("1h", 3_600),
            ("30 days", 2_592_000),
            ("90m", 5_400),
            ("1h 30m", 5_400),
            ("1h30m", 5_400),
            ("1.5h", 5_400),
            ("2 weeks, 1 day", 1_296_000),
            ("0s", 0),
            ("6个月", 15_552_000),
            (" 45 seconds ", 45),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_not_a_duration_is_refused_with_advice() {
        for (text, says) in [
            ("", "for example"),
            ("60", "\"60m\""),
            ("1 30m", "unit"),
            ("fast", "for example"),
            ("1 fortnight", "fortnight"),
            ("1M", "unit of time"),
            ("-1h", "for example"),
            ("1..5h", "for example"),
            ("200y", "hundred years"),
            ("99999999999999999999999999h", "hundred years"),
        ] {
            let message = duration(text).unwrap_err();
            assert!(message.contains(says), "{text}: {message}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [("20MB", 20_000_000), ("20 mb", 20_000_000), ("1.5KiB", 1_536), ("7 B", 7), ("1g", 1_000_000_000)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for (text, says) in [("20", "unit"), ("MB", "for example"), ("20 miles", "miles"), ("20MB 3", "MB"), ("9999999999GB", "too large")]
        {
            let message = size(text).unwrap_err();
            assert!(message.contains(says), "{text}: {message}");
        }
    }

    #[test]
    fn what_is_said_is_read_back() {
        for seconds in [0, 1, 59, 60, 3_599, 3_600, 5_400, 86_400, 90_000, 2_592_000] {
            let plain = Duration::from_secs(seconds);
            assert_eq!(duration(&say_duration(plain)), Ok(plain));
        }
        assert_eq!(say_duration(Duration::from_secs(2_592_000)), "30 days");
        assert_eq!(say_size(20_000_000), "20MB");
        assert_eq!(say_size(1_536), "1.5KB");
    }

    #[test]
    fn slips_of_the_finger_find_their_word() {
        let keys = ["interval", "full_text", "category", "image_proxy", "include"];
        assert_eq!(nearest("intervall", keys), Some("interval"));
        assert_eq!(nearest("Full-Text", keys), Some("full_text"));
        assert_eq!(nearest("catgeory", keys), Some("category"));
        assert_eq!(nearest("image", keys), Some("image_proxy"));
        assert_eq!(nearest("科技", keys), None);
        assert_eq!(nearest("zzz", keys), None);
    }
}
