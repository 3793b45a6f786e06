//! Times that a machine wrote into a text: "Generated at Sun, 22 Nov 2026 06:48:17 GMT" changes with every poll and means nothing.
//!
//! People give an hour and a minute; who gives the second as well is a program, and so is who says when a page was made.

/// Months, by how their names begin.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Days of the week likewise.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Words before a time that say when something was made.
const MADE: [&str; 14] =
    ["updat", "generat", "current", "as of", "retriev", "fetch", "built", "更新", "生成", "抓取", "截至", "当前", "现在", "構建"];

/// How far such a word may be from the date, in characters.
const NEAR_CHARS: usize = 24;

/// Characters of the longest date, a weekday before it.
const DATE_CHARS_MAX: usize = 32;

/// A time of day behind a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// Bytes of it that come after its first number.
    pub(super) length: usize,
    /// Where its date begins in the text before it; the text's length where it has none.
    pub(super) start: usize,
}

/// The time that a machine wrote, if `number`, with `before` and `after` around it, is the hour of one.
pub(super) fn machine_time(before: &str, number: &str, after: &str) -> Option<Time> {
    if number.len() > 2 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let minutes = part(after)?;
    let seconds = part(&after[minutes..]);
    let mut length = minutes + seconds.unwrap_or(0);
    length += fraction(&after[length..]);
    length += zone(&after[length..]);
    let start = date_start(before);
    let is_made = start.is_some_and(|start| says_made(&before[..start]));
    (seconds.is_some() || is_made).then(|| Time { length, start: start.unwrap_or(before.len()) })
}

/// `:48`.
fn part(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_part = bytes.first() == Some(&b':') && bytes.get(1..3).is_some_and(|two| two.iter().all(u8::is_ascii_digit));
    (is_part && !bytes.get(3).is_some_and(u8::is_ascii_digit)).then_some(3)
}

/// `.123`.
fn fraction(text: &str) -> usize {
    let digits = text.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if digits > 0 { digits + 1 } else { 0 }
}

/// ` GMT`, `Z`, `+08:00`, ` PM`.
fn zone(text: &str) -> usize {
    let blank = usize::from(text.starts_with(' '));
    let rest = &text[blank..];
    if let Some(word) = ["GMT", "UTC", "CST", "PM", "AM", "pm", "am", "Z"].iter().find(|word| rest.starts_with(*word)) {
        return blank + word.len();
    }
    let digits =
        rest.strip_prefix(['+', '-']).map_or(0, |rest| rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b':').count());
    if (4..=5).contains(&digits) { blank + 1 + digits } else { 0 }
}

/// Where the date begins that the text ends with.
fn date_start(text: &str) -> Option<usize> {
    let text = text.trim_end_matches([' ', ',', '，', 'T']);
    let from = text.char_indices().rev().nth(DATE_CHARS_MAX).map_or(0, |(at, _)| at);
    let tail = &text[from..];
    let is_of = |allowed: fn(char) -> bool| tail.char_indices().rev().take_while(|(_, c)| allowed(*c)).last().map(|(at, _)| at);
    // 2026-11-22, 2026/11/22, 22.11.2026.
    let numeric = is_of(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | '.'));
    if let Some(start) = numeric.filter(|start| tail[*start..].split(['-', '/', '.']).filter(|part| !part.is_empty()).count() == 3) {
        return Some(from + start);
    }
    // 2026年11月22日.
    let chinese = is_of(|c| c.is_ascii_digit() || matches!(c, '年' | '月' | '日' | '号' | ' '));
    if let Some(start) = chinese.filter(|start| tail[*start..].contains('月')) {
        return Some(from + start + tail[start..].bytes().take_while(|byte| *byte == b' ').count());
    }
    named(tail).map(|start| from + start)
}

/// `22 Nov 2026` and `November 22, 2026`, with a weekday before it or not.
fn named(tail: &str) -> Option<usize> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut end = tail.len();
    while words.len() < 4 {
        let trimmed = tail[..end].trim_end_matches([' ', ',']);
        let start = trimmed.rfind(' ').map_or(0, |at| at + 1);
        if trimmed.is_empty() {
            break;
        }
        words.push((start, trimmed[start..].to_lowercase()));
        end = start;
    }
    let begins = |names: &[&str], word: &str| {
        names.iter().any(|name| word.starts_with(name)) && word.chars().all(|c| c.is_ascii_alphabetic() || c == '.')
    };
    let date = words.get(..3)?;
    let numbers = date.iter().filter(|(_, word)| word.bytes().all(|byte| byte.is_ascii_digit())).count();
    let months = date.iter().filter(|(_, word)| begins(&MONTHS, word)).count();
    if (numbers, months) != (2, 1) {
        return None;
    }
    let weekday = words.get(3).filter(|(_, word)| begins(&DAYS, word));
    Some(weekday.unwrap_or(&date[2]).0)
}

/// Whether the text ends with words that say when something was made.
fn says_made(text: &str) -> bool {
    let start = text.char_indices().rev().nth(NEAR_CHARS - 1).map_or(0, |(at, _)| at);
    let near = text[start..].to_lowercase();
    MADE.iter().any(|word| near.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text without what a machine wrote.
    fn found(text: &str, hour_at: usize) -> Option<String> {
        let (before, rest) = text.split_at(hour_at);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let time = machine_time(before, &rest[..digits], &rest[digits..])?;
        Some(format!("{}#{}", &before[..time.start], &rest[digits + time.length..]))
    }

    fn cut(text: &str, hour: &str) -> Option<String> {
        found(text, text.find(hour).unwrap())
    }

    #[test]
    fn times_with_seconds_are_a_machines_and_go_with_their_dates() {
        for (text, hour, left) in [
            ("made 2026-11-22T06:48:17.123Z.", "06:", "made #."),
            ("x Sun, 22 Nov 2026 06:48:17 GMT y", "06:", "x # y"),
            ("x November 22, 2026 6:48:17 PM y", "6:48", "x # y"),
            ("于2026年11月22日 06:48:17发布", "06:", "于#发布"),
            ("it is 06:48:17 now", "06:", "it is # now"),
            ("2026/11/22 06:48:17+08:00", "06:", "#"),
        ] {
            assert_eq!(cut(text, hour).as_deref(), Some(left), "{text}");
        }
    }

    #[test]
    fn an_hour_and_a_minute_are_the_publishers_own_unless_it_says_when_it_was_made() {
        assert_eq!(cut("The meeting is on 22 Nov 2026 17:30.", "17:"), None);
        assert_eq!(cut("开会：2026年11月22日 17:30", "17:"), None);
        assert_eq!(cut("Last updated: 2026-11-22 06:48", "06:").as_deref(), Some("Last updated: #"));
        assert_eq!(cut("更新于 2026年11月22日 06:48。", "06:").as_deref(), Some("更新于 #。"));
        assert_eq!(cut("a score of 3:2 and a ratio of 12:100", "3:2"), None);
        assert_eq!(cut("12:100 is no time", "12:"), None);
    }
}
