//! From words to a condition.

use std::ops::Range;

use chrono::{DateTime, Utc};
use regex::{Regex, RegexBuilder};

use super::FilterError;
use super::condition::{Condition, Order};
use super::fields::{FIELDS, Field, THINGS, date_span, field_names, operators_of};
use super::lex::{Placed, Token};
use crate::model::words::{duration, nearest};

/// Deepest nesting.
const DEPTH_MAX: usize = 32;
/// Most regular expressions in one filter.
const REGEXES_MAX: usize = 50;
/// Largest compiled regular expression, and largest cache of one, in bytes.
const REGEX_BYTES_MAX: usize = 1_000_000;
/// Words that join and so end a list of loose words such as `3 days`.
const KEYWORDS: &[&str] = &["and", "or", "not", "in", "has", "all"];

/// Reads the words of a filter; `text` is what they were cut from.
pub fn parse(tokens: &[Placed], text: &str) -> Result<Condition, FilterError> {
    let mut parser = Parser { tokens, at: 0, end: text.len(), depth: 0, regexes: 0 };
    if tokens.is_empty() {
        return Err(FilterError { message: "the filter is empty; write for example: category = \"tech\"".into(), at: 0..text.len() });
    }
    let test = parser.any()?;
    match parser.peek() {
        None => Ok(test),
        Some(Token::Close) => Err(parser.wrong("this parenthesis closes nothing")),
        Some(_) => Err(parser.wrong("a condition ends before this; join conditions by \"and\" or \"or\"")),
    }
}

struct Parser<'t> {
    tokens: &'t [Placed],
    at: usize,
    end: usize,
    depth: usize,
    regexes: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Option<&'t Placed> {
        let placed = self.tokens.get(self.at);
        self.at += usize::from(placed.is_some());
        placed
    }

    /// Where the next word stands, or the end of the filter.
    fn place(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, place)| place.clone())
    }

    fn wrong(&self, message: impl Into<String>) -> FilterError {
        FilterError { message: message.into(), at: self.place() }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(here)) if here.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    /// Conditions joined by `or`.
    fn any(&mut self) -> Result<Condition, FilterError> {
        let mut tests = vec![self.every()?];
        while self.keyword("or") {
            tests.push(self.every()?);
        }
        Ok(if tests.len() == 1 { tests.remove(0) } else { Condition::Any(tests) })
    }

    /// Conditions joined by `and`.
    fn every(&mut self) -> Result<Condition, FilterError> {
        let mut tests = vec![self.one()?];
        while self.keyword("and") {
            tests.push(self.one()?);
        }
        Ok(if tests.len() == 1 { tests.remove(0) } else { Condition::Every(tests) })
    }

    fn one(&mut self) -> Result<Condition, FilterError> {
        if self.depth >= DEPTH_MAX {
            return Err(self.wrong(format!("conditions are nested more than {DEPTH_MAX} deep here")));
        }
        self.depth += 1;
        let test = self.one_inside();
        self.depth -= 1;
        test
    }

    fn one_inside(&mut self) -> Result<Condition, FilterError> {
        if self.keyword("not") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.keyword("all") {
            return Ok(Condition::All);
        }
        if self.keyword("has") {
            return self.has();
        }
        match self.peek() {
            Some(Token::Open) => {
                let opened = self.place();
                self.at += 1;
                let test = self.any()?;
                if self.next().is_some_and(|(token, _)| *token == Token::Close) {
                    Ok(test)
                } else {
                    Err(FilterError { message: "this parenthesis is not closed".into(), at: opened })
                }
            }
            Some(Token::Word(_)) => self.comparison(),
            Some(_) => Err(self.wrong(format!("a condition begins with a field: {}", field_names()))),
            None => Err(self.wrong(format!("a condition is missing at the end; it begins with a field: {}", field_names()))),
        }
    }

    fn has(&mut self) -> Result<Condition, FilterError> {
        let known = || THINGS.iter().map(|(word, _)| *word);
        if let Some(Token::Word(word)) = self.peek() {
            if let Some((_, thing)) = THINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
                self.at += 1;
                return Ok(Condition::Has(*thing));
            }
            if let Some(near) = nearest(word, known()) {
                return Err(self.wrong(format!("unknown thing \"{word}\" after has; did you mean \"{near}\"?")));
            }
        }
        Err(self.wrong(format!("after has comes one of: {}", known().collect::<Vec<_>>().join(", "))))
    }

    fn comparison(&mut self) -> Result<Condition, FilterError> {
        let Some(Token::Word(name)) = self.peek() else { return Err(self.wrong("a field is missing")) };
        let Some((_, field)) = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            let advice = match nearest(name, FIELDS.iter().map(|(known, _)| *known)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("known are {}", field_names()),
            };
            return Err(self.wrong(format!("unknown field \"{name}\"; {advice}")));
        };
        self.at += 1;
        let operator_place = self.place();
        let negated_in = self.keyword("not");
        if self.keyword("in") {
            let Field::Text(field) = *field else {
                return Err(FilterError { message: format!("\"in\" compares texts, and {name} is none"), at: operator_place });
            };
            let test = Condition::Equal(field, self.texts()?);
            return Ok(if negated_in { Condition::Not(Box::new(test)) } else { test });
        }
        let Some((Token::Operator(operator), _)) = self.tokens.get(self.at).filter(|_| !negated_in) else {
            return Err(self.wrong(format!("after {name} comes one of: {}", operators_of(*field))));
        };
        self.at += 1;
        match (*field, *operator) {
            (Field::Text(field), "=") => Ok(Condition::Equal(field, vec![self.text()?])),
            (Field::Text(field), "!=") => Ok(Condition::Not(Box::new(Condition::Equal(field, vec![self.text()?])))),
            (Field::Text(field), "~") => Ok(Condition::Found(field, self.regex()?)),
            (Field::Text(field), "!~") => Ok(Condition::Not(Box::new(Condition::Found(field, self.regex()?)))),
            (field, operator) => {
                let Some(order) = Order::of(operator) else {
                    return Err(FilterError { message: format!("{name} is compared by: {}", operators_of(field)), at: operator_place });
                };
                match field {
                    Field::Whole(field) => Ok(Condition::Whole(field, order, self.whole()?)),
                    Field::Date(field) => self.date().map(|(from, to)| Condition::Date(field, order, from, to)),
                    Field::Age => Ok(Condition::Age(order, self.duration()?)),
                    Field::Text(_) => {
                        Err(FilterError { message: format!("{name} is compared by: {}", operators_of(field)), at: operator_place })
                    }
                }
            }
        }
    }

    fn text(&mut self) -> Result<String, FilterError> {
        match self.peek() {
            Some(Token::Word(word)) if KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word)) => {
                Err(self.wrong(format!("a text is missing before \"{word}\"; write it in quotes if it is the text")))
            }
            Some(Token::Word(text) | Token::Quoted(text) | Token::Number(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            _ => Err(self.wrong("a text is missing here; write it in quotes")),
        }
    }

    /// `("a", "b")`
    fn texts(&mut self) -> Result<Vec<String>, FilterError> {
        if self.peek() != Some(&Token::Open) {
            return Err(self.wrong("after in comes a list such as (\"36kr\", \"sspai\")"));
        }
        self.at += 1;
        let mut texts = vec![self.text()?];
        loop {
            match self.peek() {
                Some(Token::Comma) => {
                    self.at += 1;
                    texts.push(self.text()?);
                }
                Some(Token::Close) => {
                    self.at += 1;
                    return Ok(texts);
                }
                _ => return Err(self.wrong("the list goes on with a comma or ends with a parenthesis")),
            }
        }
    }

    fn regex(&mut self) -> Result<Regex, FilterError> {
        let at = self.place();
        let text = self.text()?;
        self.regexes += 1;
        if self.regexes > REGEXES_MAX {
            return Err(FilterError { message: format!("the filter has more than {REGEXES_MAX} regular expressions"), at });
        }
        let built = RegexBuilder::new(&text).size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX).build();
        built.map_err(|error| {
            let text = error.to_string();
            let why = if matches!(error, regex::Error::CompiledTooBig(_)) {
                "it is too large"
            } else {
                text.rsplit("error: ").next().unwrap_or(&text)
            };
            FilterError { message: format!("not a regular expression: {}", why.trim()), at }
        })
    }

    fn whole(&mut self) -> Result<u64, FilterError> {
        let (text, at) = self.loose()?;
        text.parse().map_err(|_| FilterError { message: format!("{text:?} is not a whole number"), at })
    }

    fn duration(&mut self) -> Result<chrono::Duration, FilterError> {
        let (text, at) = self.loose()?;
        let plain = duration(&text).map_err(|message| FilterError { message, at: at.clone() })?;
        chrono::Duration::from_std(plain).map_err(|_| FilterError { message: format!("{text:?} is too long"), at })
    }

    /// The first moment of a date and the first one after it.
    fn date(&mut self) -> Result<(DateTime<Utc>, DateTime<Utc>), FilterError> {
        let (text, at) = self.loose()?;
        date_span(&text).ok_or_else(|| {
            let message = format!("{text:?} is not a date; write 2024, 2024-02, 2024-02-01 or 2024-02-01T08:00:00+08:00");
            FilterError { message, at }
        })
    }

    /// A text in quotes, or loose words up to what cannot belong to it: `3 days`, `1h 30m`, `2024-02-01`.
    fn loose(&mut self) -> Result<(String, Range<usize>), FilterError> {
        let mut place = self.place();
        if let Some(Token::Quoted(text)) = self.peek() {
            self.at += 1;
            return Ok((text.clone(), place));
        }
        let mut words = Vec::new();
        while let Some(Token::Number(word) | Token::Word(word)) = self.peek() {
            if KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word)) {
                break;
            }
            place.end = self.place().end;
            words.push(word.as_str());
            self.at += 1;
        }
        if words.is_empty() { Err(self.wrong("a value is missing here")) } else { Ok((words.join(" "), place)) }
    }
}
