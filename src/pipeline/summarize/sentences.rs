//! Where sentences end, in any script.

/// Words after which a full stop ends no sentence, in lower case.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "e.g", "i.e", "inc", "ltd", "co", "corp", "no", "fig", "al", "approx",
    "dept", "est", "gen", "gov", "rep", "sen", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s",
    "u.k", "u.n", "a.m", "p.m", "v", "p", "pp", "ed", "vol", "z.b", "bzw", "ca", "usw",
];

/// The sentences of a text in order, trimmed, never empty. A line end ends a sentence too.
#[must_use]
pub fn split(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    each(text, |sentence| {
        found.push(sentence);
        true
    });
    found
}

/// Hands over the sentences of a text until `take` says that it is enough.
fn each<'a>(text: &'a str, mut take: impl FnMut(&'a str) -> bool) {
    let mut push = |sentence: &'a str| sentence.trim().is_empty() || take(sentence.trim());
    for line in text.lines() {
        let (mut start, mut end) = (0, 0);
        while let Some(offset) = line.as_bytes()[end..].iter().position(|byte| BEGINS_MARK[usize::from(*byte)]) {
            let at = end + offset;
            let Some(c) = line[at..].chars().next() else { break };
            end = at + c.len_utf8();
            let next = line[end..].chars().next();
            let ends = match c {
                '。' | '！' | '？' | '｡' | '؟' | '।' | '።' | '۔' => true,
                '…' => next.is_none_or(|next| next != '…' && (next.is_whitespace() || is_closing(next))) || next.is_some_and(is_wide),
                '.' | '!' | '?' => {
                    next.is_none_or(|next| next.is_whitespace() || is_closing(next) || is_wide(next))
                        && !(c == '.' && is_abbreviated(&line[start..at]))
                }
                _ => false,
            };
            if !ends {
                continue;
            }
            // Marks in a row and closing quotes belong to the sentence that they end.
            let behind = |c: &char| is_closing(*c) || matches!(c, '。' | '！' | '？' | '.' | '!' | '?' | '…');
            end += line[end..].chars().take_while(behind).map(char::len_utf8).sum::<usize>();
            if !push(&line[start..end]) {
                return;
            }
            start = end;
        }
        if !push(&line[start..]) {
            return;
        }
    }
}

/// Whether the UTF-8 of a mark that may end a sentence begins with this byte; no other byte of a character is one of these.
static BEGINS_MARK: [bool; 256] = {
    let mut begins = [false; 256];
    let bytes = [b'.', b'!', b'?', 0xd8, 0xdb, 0xe0, 0xe1, 0xe2, 0xe3, 0xef];
    let mut at = 0;
    while at < bytes.len() {
        begins[bytes[at] as usize] = true;
        at += 1;
    }
    begins
};

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '」' | '』' | '）' | ')' | ']' | '】' | '》' | '»')
}

/// A character of a script that writes without blanks.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether the text before a full stop ends with a word that is usually cut short, or with a single capital (`J. Smith`) or a number at the
/// beginning (`1. First`).
fn is_abbreviated(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '（' | '"' | '“')).next().unwrap_or_default();
    let capital = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let number = word.len() == before.trim_start().len() && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    capital || number || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// The first sentences of a text that fit into `chars_max` characters. Only where the first alone is longer, it is cut: at a blank or a mark
/// where there is one near, with `…` in place of the rest.
#[must_use]
pub fn beginning(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(chars_max * char::MAX.len_utf8()));
    let mut chars = 0;
    each(text, |sentence| {
        let glue = if out.is_empty() || out.ends_with(is_wide_mark) { "" } else { " " };
        let length = sentence.chars().count() + glue.len();
        if chars + length > chars_max {
            if out.is_empty() {
                out = cut(sentence, chars_max);
            }
            return false;
        }
        out.push_str(glue);
        out.push_str(sentence);
        chars += length;
        true
    });
    out
}

fn is_wide_mark(c: char) -> bool {
    is_wide(c) || matches!(c, '。' | '！' | '？' | '…' | '”' | '」' | '』' | '）')
}

/// The beginning of a sentence that is too long.
fn cut(sentence: &str, chars_max: usize) -> String {
    let end = sentence.char_indices().nth(chars_max.saturating_sub(1)).map_or(sentence.len(), |(at, _)| at);
    let head = &sentence[..end];
    let soft =
        head.char_indices().rfind(|(_, c)| c.is_whitespace() || matches!(c, '，' | '、' | '；' | '：' | ',' | ';')).map(|(at, _)| at);
    let end = soft.filter(|at| *at * 2 > end).unwrap_or(end);
    format!("{}…", head[..end].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；' | ':' | '：')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_would_end_them() {
        for (text, expected) in [
            ("One. Two! Three?", vec!["One.", "Two!", "Three?"]),
            ("他说：“好。”然后走了。完", vec!["他说：“好。”", "然后走了。", "完"]),
            ("Mr. Smith paid 3.50 in the U.S. yesterday. Then left.", vec!["Mr. Smith paid 3.50 in the U.S. yesterday.", "Then left."]),
            ("J. Doe wrote example.com. Yes", vec!["J. Doe wrote example.com.", "Yes"]),
            ("1. First\nSecond line", vec!["1. First", "Second line"]),
            ("真的吗？！是的……好", vec!["真的吗？！", "是的……", "好"]),
            ("", vec![]),
            ("。", vec!["。"]),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }

    #[test]
    fn a_beginning_is_never_cut_inside_a_sentence_unless_the_first_is_too_long() {
        assert_eq!(beginning("One two. Three four. Five.", 20), "One two. Three four.");
        assert_eq!(beginning("One two. Three four. Five.", 19), "One two.");
        assert_eq!(beginning("第一句。第二句。", 8), "第一句。第二句。");
        assert_eq!(beginning("第一句。第二句。", 7), "第一句。");
        assert_eq!(beginning("one two three four five", 15), "one two three…");
        assert_eq!(beginning("一二三四五六七八九十", 5), "一二三四…");
        assert_eq!(beginning("", 5), "");
    }
}
