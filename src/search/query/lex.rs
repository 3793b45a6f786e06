//! The words of a query, with their places.

use std::ops::Range;

use super::mistake::{Mistake, QueryError};

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Text without quotes.
    Word(String),
    /// Text in quotes.
    Quoted(String),
    /// What stands before a colon; its value follows right behind.
    Filter(String),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `OR`, `|`
    Or,
    /// `-` before something, `NOT`
    Not(&'static str),
}

/// A word and where it stands.
pub(super) type Placed = (Token, Range<usize>);

/// The quote that closes what this one opens.
fn closing(open: char) -> Option<&'static [char]> {
    match open {
        '"' | '＂' => Some(&['"', '＂']),
        '“' | '”' | '„' => Some(&['”', '“', '"']),
        '「' => Some(&['」']),
        '『' => Some(&['』']),
        '《' => Some(&['》']),
        _ => None,
    }
}

fn is_open(c: char) -> bool {
    matches!(c, '(' | '（')
}

fn is_close(c: char) -> bool {
    matches!(c, ')' | '）')
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：')
}

/// Cuts a query into words. `is_filter` says which words before a colon are more than text.
pub(super) fn tokens(text: &str, is_filter: &dyn Fn(&str) -> bool) -> Result<Vec<Placed>, QueryError> {
    let mut found: Vec<Placed> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let behind = at + c.len_utf8();
        let (token, end) = if c.is_whitespace() || c.is_control() {
            at = behind;
            continue;
        } else if is_open(c) {
            (Token::Open, behind)
        } else if is_close(c) {
            (Token::Close, behind)
        } else if let Some(closing) = closing(c) {
            let length = text[behind..].find(closing).ok_or(QueryError { what: Mistake::OpenQuote, at: at..behind })?;
            let close = text[behind + length..].chars().next().map_or(0, char::len_utf8);
            (Token::Quoted(text[behind..behind + length].to_owned()), behind + length + close)
        } else if matches!(c, '-' | '－') && is_prefix(text, at, behind) {
            (Token::Not("-"), behind)
        } else {
            word(rest, at, is_filter)
        };
        found.push((token, at..end));
        at = end;
    }
    Ok(found)
}

/// A minus means "not" where a word begins with it.
fn is_prefix(text: &str, at: usize, behind: usize) -> bool {
    let starts = text[..at].chars().next_back().is_none_or(|before| before.is_whitespace() || is_open(before) || is_colon(before));
    starts && text[behind..].chars().next().is_some_and(|next| !next.is_whitespace())
}

fn word(rest: &str, at: usize, is_filter: &dyn Fn(&str) -> bool) -> (Token, usize) {
    let ends = |c: char| c.is_whitespace() || c.is_control() || is_open(c) || is_close(c) || closing(c).is_some();
    let length = rest.find(ends).unwrap_or(rest.len());
    let word = &rest[..length];
    if let Some(colon) = word.find(is_colon).filter(|colon| *colon > 0 && is_filter(&word[..*colon])) {
        let behind = colon + word[colon..].chars().next().map_or(1, char::len_utf8);
        return (Token::Filter(word[..colon].to_owned()), at + behind);
    }
    let token = match word {
        "OR" | "|" | "||" | "｜" => Token::Or,
        "NOT" => Token::Not("NOT"),
        _ => Token::Word(word.to_owned()),
    };
    (token, at + length)
}
