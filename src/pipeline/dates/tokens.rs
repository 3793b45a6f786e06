//! A text cut into numbers, words and signs.

/// One piece of a date text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A run of ASCII digits: its value, how many digits it has, and the digits.
    Number(u64, usize, String),
    /// A run of letters, lower case; dots inside (`a.m.`, `พ.ย.`) are part of it, dots at the end are not.
    Word(String),
    /// Anything else but blanks.
    Sign(char),
    /// One or more blanks.
    Blank,
}

impl Token {
    pub(super) fn is_sign(&self, sign: char) -> bool {
        matches!(self, Self::Sign(c) if *c == sign)
    }

    pub(super) fn number(&self) -> Option<(u64, usize)> {
        match self {
            Self::Number(value, digits, _) => Some((*value, *digits)),
            _ => None,
        }
    }

    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Characters that end a number in Chinese, Japanese and Korean dates, and so stand alone.
const UNITS: &[char] = &['年', '月', '日', '号', '號', '时', '時', '点', '點', '分', '秒', '년', '월', '일', '시', '분', '초'];

/// Cuts lower-case text.
pub(super) fn cut(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let start = at;
        if c.is_ascii_digit() {
            while at < chars.len() && chars[at].is_ascii_digit() {
                at += 1;
            }
            let digits: String = chars[start..at].iter().collect();
            let value = digits.parse().unwrap_or(u64::MAX);
            tokens.push(Token::Number(value, at - start, digits));
        } else if c.is_whitespace() {
            while at < chars.len() && chars[at].is_whitespace() {
                at += 1;
            }
            tokens.push(Token::Blank);
        } else if UNITS.contains(&c) {
            at += 1;
            tokens.push(Token::Sign(c));
        } else if is_letter(c) {
            while at < chars.len() && !UNITS.contains(&chars[at]) && (is_letter(chars[at]) || is_inner_dot(&chars, at)) {
                at += 1;
            }
            tokens.push(Token::Word(chars[start..at].iter().collect()));
        } else {
            at += 1;
            tokens.push(Token::Sign(c));
        }
    }
    tokens
}

/// Thai vowel signs are no letters to Unicode, but they stand inside words.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_' || ('\u{e31}'..='\u{e4e}').contains(&c)
}

/// A dot between letters: `a.m`, `พ.ย`.
fn is_inner_dot(chars: &[char], at: usize) -> bool {
    chars[at] == '.' && chars.get(at + 1).is_some_and(|c| is_letter(*c))
}
