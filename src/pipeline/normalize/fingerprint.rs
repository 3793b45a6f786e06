//! The fingerprint: what must change before an article counts as changed.

use std::borrow::Cow;

use memchr::memmem;

use super::clocks::machine_time;
use crate::model::{Enclosure, Fingerprint};
use crate::pipeline::sanitize::Sanitized;

/// Words beside a number that counts readers or time: it changes with every poll and means nothing.
const COUNTED: &[&str] = &[
    "view",
    "read",
    "comment",
    "like",
    "share",
    "point",
    "repl",
    "vote",
    "follower",
    "click",
    "download",
    "listen",
    "minute",
    "hour",
    "second",
    "阅读",
    "浏览",
    "评论",
    "点赞",
    "回复",
    "收藏",
    "转发",
    "次",
    "人",
    "热度",
    "点击",
    "分钟前",
    "小时前",
    "秒前",
    "天前",
    "赞",
    "围观",
];

/// Most numbers of a text that are looked at; a longer table is no text with counters.
const NUMBERS_MAX: usize = 100_000;

/// Bytes that are looked at together for a digit.
const PIECE_BYTES: usize = 32;

/// What may stand between such a word and its number.
const BETWEEN: [char; 7] = [' ', ':', '：', '(', '（', '·', '|'];

/// How far such a word may be from its number, in characters.
const NEAR_CHARS: usize = 12;

/// Title, text, names of pictures and of attached files, without counters, dates in addresses, tracking parameters and session ids.
pub(super) fn of(title: &str, body: &Sanitized, enclosures: &[Enclosure]) -> Fingerprint {
    let text = without_counters(body.text.trim());
    let pictures = pictures(body.html.as_str());
    let files = enclosures.iter().map(|file| file_name(&file.url)).collect::<Vec<_>>().join("\n");
    Fingerprint::of(&[title, &text, &pictures, &files])
}

/// The last part of the path: hosts of pictures rotate, and their queries carry sizes, signatures and sessions.
fn file_name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// The file names of the pictures, in order.
fn pictures(html: &str) -> String {
    let mut names = Vec::new();
    for at in memmem::find_iter(html.as_bytes(), "<img ") {
        let tag = html[at + "<img ".len()..].split('>').next().unwrap_or_default();
        let Some((_, from)) = tag.split_once("src=") else { continue };
        let quote = from.chars().next().unwrap_or('"');
        let address = from.trim_start_matches(quote).split(quote).next().unwrap_or_default();
        // A template's own query holds the address: `cdn.example/?url=https://…/x.jpg?y`.
        let address = address.rfind("://").map_or(address, |at| &address[at..]);
        names.push(file_name(address));
    }
    names.join("\n")
}

/// The text with `#` for every number that stands near a word of [`COUNTED`], and for every time that a machine wrote.
fn without_counters(text: &str) -> Cow<'_, str> {
    // Nothing is copied before there is a number to be left out.
    let mut out: Option<String> = None;
    let mut rest = text;
    let (mut near, mut numbers) = (String::new(), 0);
    while let Some(start) = digit(rest.as_bytes()) {
        let (before, number) = rest.split_at(start);
        if let Some(out) = &mut out {
            out.push_str(before);
        }
        let end = number.find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.' | '万' | '千' | 'k' | 'K'))).unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        let read = text.len() - number.len() - after.len();
        let so_far = out.as_deref().unwrap_or(&text[..read]);
        if let Some(time) = machine_time(so_far, number, after) {
            let out = out.get_or_insert_with(|| text[..read].to_owned());
            out.truncate(time.start);
            out.push('#');
            rest = &after[time.length..];
        } else if is_counted(so_far, after, &mut near) {
            out.get_or_insert_with(|| text[..read].to_owned()).push('#');
            rest = after;
        } else {
            if let Some(out) = &mut out {
                out.push_str(number);
            }
            rest = after;
        }
        numbers += 1;
        if numbers == NUMBERS_MAX {
            break;
        }
    }
    match out {
        Some(out) => Cow::Owned(out + rest),
        None => Cow::Borrowed(text),
    }
}

/// Where the first digit stands; pieces without one are passed over whole.
fn digit(bytes: &[u8]) -> Option<usize> {
    let has = |piece: &[u8]| piece.iter().fold(false, |found, byte| found | byte.is_ascii_digit());
    let before = bytes.chunks(PIECE_BYTES).take_while(|piece| !has(piece)).map(<[u8]>::len).sum::<usize>();
    bytes[before..].iter().position(u8::is_ascii_digit).map(|at| before + at)
}

/// `123 views`, `阅读 123`, `Comments: 123`, `(123 comments)`.
fn is_counted(before: &str, after: &str, near: &mut String) -> bool {
    // Nearly always one letter tells that no such word is there.
    let next = after.trim_start().chars().next().is_some_and(may_begin);
    let last = before.trim_end_matches(BETWEEN).chars().next_back().is_some_and(may_end);
    if !next && !last {
        return false;
    }
    let next_end = after.char_indices().nth(NEAR_CHARS).map_or(after.len(), |(at, _)| at);
    let last_start = before.char_indices().rev().nth(NEAR_CHARS - 1).map_or(0, |(at, _)| at);
    near.clear();
    lower(after[..next_end].trim_start(), near);
    let split = near.len();
    lower(&before[last_start..], near);
    let (next, last) = near.split_at(split);
    let last = last.trim_end_matches(BETWEEN);
    let plural = last.strip_suffix('s').unwrap_or(last);
    let (first, end, plural_end) = (next.as_bytes().first(), last.as_bytes().last(), plural.as_bytes().last());
    COUNTED.iter().any(|word| {
        let bytes = word.as_bytes();
        (first == bytes.first() && next.starts_with(word))
            || (end == bytes.last() && word.len() > 3 && !word.is_ascii() && last.ends_with(word))
            || (plural_end == bytes.last() && word.is_ascii() && last != plural && plural.ends_with(word))
    })
}

/// Whether a word of [`COUNTED`] may begin with `c`.
fn may_begin(c: char) -> bool {
    let english = matches!(c.to_ascii_lowercase(), 'c' | 'd' | 'f' | 'h' | 'l' | 'm' | 'p' | 'r' | 's' | 'v');
    let chinese =
        matches!(c, '阅' | '浏' | '评' | '点' | '回' | '收' | '转' | '次' | '人' | '热' | '分' | '小' | '秒' | '天' | '赞' | '围');
    english || chinese
}

/// Whether such a word, in the plural where it is English, may end with `c`.
fn may_end(c: char) -> bool {
    matches!(c, 's' | 'S' | '读' | '览' | '论' | '赞' | '复' | '藏' | '发' | '次' | '人' | '度' | '击' | '前' | '观')
}

/// Appends `text` in lower case.
fn lower(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().map(|c| c.to_ascii_lowercase()));
    } else {
        out.extend(text.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::sanitize::{SanitizeOptions, sanitize_body};

    fn print(html: &str) -> Fingerprint {
        of("Title", &sanitize_body(html, &SanitizeOptions::default()), &[])
    }

    #[test]
    fn every_word_of_a_counter_may_begin_and_end() {
        for word in COUNTED {
            assert!(word.chars().next().is_some_and(may_begin), "{word}");
            assert!(word.is_ascii() || word.chars().next_back().is_some_and(may_end), "{word}");
        }
        for (text, at) in [("", None), ("a", None), ("7", Some(0)), ("一二三四五六七八九十一二三4五", Some(39))] {
            assert_eq!(digit(text.as_bytes()), at);
        }
    }

    #[test]
    fn counters_trackers_and_sessions_change_nothing() {
        for (a, b) in [
            ("<p>Text</p><p>12 views</p>", "<p>Text</p><p>1,345 views</p>"),
            ("<p>文 阅读 12</p>", "<p>文 阅读 99</p>"),
            ("<p>文（12评论）</p>", "<p>文（3万评论）</p>"),
            ("<p>Comments: 3</p>", "<p>Comments: 4</p>"),
            ("<p>x 5 minutes ago</p>", "<p>x 9 minutes ago</p>"),
            ("<p>T <a href='https://e.org/?utm_source=a'>l</a></p>", "<p>T <a href='https://e.org/?sid=b'>l</a></p>"),
            ("<img src='https://i1.e.org/p/x.jpg?w=1'>", "<img src='https://i2.e.org/p/x.jpg?w=2'>"),
            ("<p class=a>T</p>", "<p>T</p>"),
            ("<p>T</p><p>Generated Sun, 22 Nov 2026 06:48:17 GMT</p>", "<p>T</p><p>Generated Mon, 23 Nov 2026 11:02:09 GMT</p>"),
            ("<p>文，更新于2026年11月22日 06:48</p>", "<p>文，更新于2026年11月23日 17:01</p>"),
        ] {
            assert_eq!(print(a), print(b), "{a} | {b}");
        }
    }

    #[test]
    fn what_a_reader_would_notice_changes_it() {
        for (a, b) in [
            ("<p>We meet on 22 Nov 2026 at 17:30</p>", "<p>We meet on 22 Nov 2026 at 18:30</p>"),
            ("<p>It costs 100 dollars</p>", "<p>It costs 200 dollars</p>"),
            ("<p>Text</p>", "<p>Text, corrected</p>"),
            ("<img src='https://e.org/x.jpg'>", "<img src='https://e.org/y.jpg'>"),
        ] {
            assert_ne!(print(a), print(b), "{a} | {b}");
        }
        assert_ne!(
            of("A", &sanitize_body("x", &SanitizeOptions::default()), &[]),
            of("B", &sanitize_body("x", &SanitizeOptions::default()), &[])
        );
    }
}
