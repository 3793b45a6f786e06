//! The words of a filter, with their places.

use std::ops::Range;

use super::FilterError;

/// Most words in a filter.
const TOKENS_MAX: usize = 1_000;

/// A word of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name, a keyword or a text without quotes.
    Word(String),
    /// A text in quotes.
    Quoted(String),
    /// A number, with what is written right behind it: `3`, `12h`, `2024-02-01`.
    Number(String),
    /// `=`, `!=`, `~`, `!~`, `<`, `<=`, `>`, `>=`.
    Operator(&'static str),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
}

/// A word and where it stands.
pub type Placed = (Token, Range<usize>);

/// Longer ones first, so that `<=` is not read as `<`.
const OPERATORS: &[(&str, &str)] =
    &[("!=", "!="), ("!~", "!~"), ("<=", "<="), (">=", ">="), ("==", "="), ("=~", "~"), ("=", "="), ("~", "~"), ("<", "<"), (">", ">")];

/// Cuts a filter into words.
pub fn tokens(text: &str) -> Result<Vec<Placed>, FilterError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, length) = match c {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '"' | '\'' => quoted(rest, c, at)?,
            '&' if rest.starts_with("&&") => (Token::Word("and".into()), 2),
            '|' if rest.starts_with("||") => (Token::Word("or".into()), 2),
            _ => match OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign)) {
                Some((sign, meant)) => (Token::Operator(meant), sign.len()),
                None if c == '!' => (Token::Word("not".into()), 1),
                None => plain(rest, c, at)?,
            },
        };
        found.push((token, at..at + length));
        at += length;
        if found.len() > TOKENS_MAX {
            return Err(FilterError { message: format!("the filter has more than {TOKENS_MAX} words"), at: 0..text.len() });
        }
    }
    Ok(found)
}

/// A text in quotes. `\"` is the quote; other backslashes stand for themselves, since regular expressions are full of them.
fn quoted(rest: &str, quote: char, at: usize) -> Result<(Token, usize), FilterError> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((place, c)) = chars.next() {
        if c == quote {
            return Ok((Token::Quoted(value), place + 1));
        }
        match (c, chars.peek()) {
            ('\\', Some((_, next))) if *next == quote => {
                value.push(quote);
                chars.next();
            }
            ('\\', Some((_, next))) => {
                value.push('\\');
                value.push(*next);
                chars.next();
            }
            _ => value.push(c),
        }
    }
    Err(FilterError { message: format!("the text that begins here has no closing {quote}"), at: at..at + rest.len() })
}

fn plain(rest: &str, first: char, at: usize) -> Result<(Token, usize), FilterError> {
    let belongs = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '+' | '/');
    let length = rest.find(|c: char| !belongs(c)).unwrap_or(rest.len());
    if length == 0 {
        let advice = match first {
            '“' | '”' | '‘' | '’' | '「' | '」' => "; write plain quotes",
            '（' | '）' => "; write plain parentheses",
            '，' => "; write a plain comma",
            '＝' => "; write a plain =",
            _ => "",
        };
        return Err(FilterError { message: format!("the character {first:?} has no meaning here{advice}"), at: at..at + first.len_utf8() });
    }
    let word = rest[..length].to_owned();
    let token = if first.is_ascii_digit() { Token::Number(word) } else { Token::Word(word) };
    Ok((token, length))
}
