//! From words to conditions.

use std::ops::Range;

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::lex::{Placed, Token, tokens};
use super::mistake::{Mistake, QueryError};
use super::{DEPTH_MAX, Name, Node, PARTS_MAX, Place, QUERY_BYTES_MAX, Query, Sort, Words};
use crate::model::Instant;
use crate::model::filter::date_span;
use crate::model::words::{duration, nearest};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Filter {
    Words(Place),
    Is(Name),
    After,
    Before,
    Sort,
}

/// Every filter by its names: the first is the one that messages use.
const FILTERS: &[(&[&str], Filter)] = &[
    (&["title", "intitle", "标题", "標題"], Filter::Words(Place::Title)),
    (&["author", "作者"], Filter::Words(Place::Author)),
    (&["source", "site", "feed", "来源", "來源"], Filter::Is(Name::Source)),
    (&["category", "分类", "分類"], Filter::Is(Name::Category)),
    (&["tag", "tags", "keyword", "标签", "標籤", "关键词", "關鍵詞"], Filter::Is(Name::Tag)),
    (&["lang", "language", "语言", "語言"], Filter::Is(Name::Language)),
    (&["after", "since", "晚于", "晚於"], Filter::After),
    (&["before", "until", "早于", "早於"], Filter::Before),
    (&["sort", "排序"], Filter::Sort),
];

fn known(name: &str) -> Option<(&'static str, Filter)> {
    let name = name.to_lowercase();
    FILTERS.iter().find(|(names, _)| names.contains(&name.as_str())).map(|(names, filter)| (names[0], *filter))
}

/// The filter that a word in small letters most likely was to be; `https`, `Re` and `12` are words.
fn meant(name: &str) -> Option<&'static str> {
    let is_word = name.len() >= 3 && name.chars().all(|c| c.is_ascii_lowercase());
    nearest(name, FILTERS.iter().map(|(names, _)| names[0])).filter(|_| is_word && !name.starts_with("http"))
}

pub(super) fn parse(text: &str, now: Instant, zone: FixedOffset) -> Result<Query, QueryError> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(QueryError { what: Mistake::TooLong, at: QUERY_BYTES_MAX..text.len() });
    }
    let tokens = tokens(text, &|name| known(name).is_some() || meant(name).is_some())?;
    let mut parser = Parser { tokens, at: 0, parts: 0, end: text.len(), now, zone, sort: None };
    let root = parser.any(0)?;
    match parser.next() {
        None => Ok(Query { root: root.unwrap_or(Node::All(Vec::new())), sort: parser.sort }),
        Some((_, at)) => Err(QueryError { what: Mistake::CloseGroup, at }),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    parts: usize,
    end: usize,
    now: Instant,
    zone: FixedOffset,
    sort: Option<Sort>,
}

impl Parser {
    fn peek(&self) -> Option<&Placed> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Placed> {
        let next = self.tokens.get(self.at).cloned();
        self.at += 1;
        next
    }

    /// Alternatives. None: there was nothing.
    fn any(&mut self, depth: usize) -> Result<Option<Node>, QueryError> {
        let mut nodes = Vec::new();
        let mut or: Option<Range<usize>> = None;
        loop {
            match (self.all(depth)?, &or) {
                (Some(node), _) => nodes.push(node),
                (None, Some(at)) => return Err(QueryError { what: Mistake::Dangling("OR".into()), at: at.clone() }),
                (None, None) => {}
            }
            let Some((Token::Or, at)) = self.peek().cloned() else { break };
            if nodes.is_empty() {
                return Err(QueryError { what: Mistake::Dangling("OR".into()), at });
            }
            or = Some(at);
            self.at += 1;
        }
        Ok(match nodes.len() {
            0 | 1 => nodes.pop(),
            _ => Some(Node::Any(nodes)),
        })
    }

    /// Conditions that all must hold.
    fn all(&mut self, depth: usize) -> Result<Option<Node>, QueryError> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut sorted = false;
        while let Some((token, _)) = self.peek() {
            if matches!(token, Token::Or | Token::Close) {
                break;
            }
            // AND is what a blank means already.
            if *token == Token::Word("AND".into()) && !nodes.is_empty() && self.tokens.len() > self.at + 1 {
                self.at += 1;
                continue;
            }
            match self.one(depth)? {
                // An article has one source and one language: several filters of a kind are alternatives.
                Some(Node::Is(name, values)) => match nodes.iter_mut().find_map(|node| alternatives(node, name)) {
                    Some(others) => others.extend(values),
                    None => nodes.push(Node::Is(name, values)),
                },
                Some(node) => nodes.push(node),
                None => sorted = true,
            }
        }
        Ok(match nodes.len() {
            0 if sorted => Some(Node::All(Vec::new())),
            0 | 1 => nodes.pop(),
            _ => Some(Node::All(nodes)),
        })
    }

    /// One condition; none where it only says the order.
    fn one(&mut self, depth: usize) -> Result<Option<Node>, QueryError> {
        let Some((token, at)) = self.next() else { return Ok(None) };
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(QueryError { what: Mistake::TooMany, at });
        }
        match token {
            Token::Word(text) => words(Place::Anywhere, text, false, &at).map(Some),
            Token::Quoted(text) => words(Place::Anywhere, text, true, &at).map(Some),
            Token::Not(sign) => {
                let dangling = QueryError { what: Mistake::Dangling(sign.into()), at };
                if self.peek().is_none_or(|(next, _)| matches!(next, Token::Or | Token::Close | Token::Not(_))) {
                    return Err(dangling);
                }
                let node = self.one(depth)?.ok_or(dangling)?;
                Ok(Some(Node::Not(Box::new(node))))
            }
            Token::Open => self.group(depth, &at).map(Some),
            Token::Filter(name) => self.filter(&name, &at, depth),
            // `all` leaves them to its callers.
            Token::Or | Token::Close => Err(QueryError { what: Mistake::CloseGroup, at }),
        }
    }

    fn group(&mut self, depth: usize, at: &Range<usize>) -> Result<Node, QueryError> {
        if depth >= DEPTH_MAX {
            return Err(QueryError { what: Mistake::TooDeep, at: at.clone() });
        }
        let node = self.any(depth + 1)?;
        match self.next() {
            Some((Token::Close, end)) => node.ok_or(QueryError { what: Mistake::EmptyGroup, at: at.start..end.end }),
            _ => Err(QueryError { what: Mistake::OpenGroup, at: at.clone() }),
        }
    }

    fn filter(&mut self, name: &str, at: &Range<usize>, depth: usize) -> Result<Option<Node>, QueryError> {
        let Some((name, filter)) = known(name) else {
            let meant = meant(name).unwrap_or("title");
            return Err(QueryError { what: Mistake::NoFilter(name.to_owned(), meant), at: at.clone() });
        };
        // The value stands right behind the colon.
        let value = self.peek().filter(|(_, value)| value.start == at.end).cloned();
        let missing = || QueryError { what: Mistake::NoValue(name), at: at.clone() };
        let (text, quoted, place) = match value {
            Some((Token::Word(text), place)) => (text, false, place),
            Some((Token::Quoted(text), place)) => (text, true, place),
            Some((Token::Open, place)) if matches!(filter, Filter::Words(_)) => {
                self.at += 1;
                let mut node = self.group(depth, &place)?;
                if let Filter::Words(place) = filter {
                    move_to(&mut node, place);
                }
                return Ok(Some(node));
            }
            _ => return Err(missing()),
        };
        self.at += 1;
        let whole = at.start..place.end.min(self.end);
        match filter {
            Filter::Words(of) => words(of, text, quoted, &place).map(Some),
            Filter::Is(of) => {
                let separators: &[char] = if quoted { &[] } else { &[',', '，', '、'] };
                let values: Vec<String> =
                    text.split(separators).map(|value| value.trim().to_lowercase()).filter(|value| !value.is_empty()).collect();
                self.parts += values.len().saturating_sub(1);
                if self.parts > PARTS_MAX {
                    return Err(QueryError { what: Mistake::TooMany, at: place });
                }
                if values.is_empty() { Err(missing()) } else { Ok(Some(Node::Is(of, values))) }
            }
            Filter::After | Filter::Before => {
                let moment = self.moment(&text).ok_or(QueryError { what: Mistake::NoDate(text), at: place })?;
                Ok(Some(if filter == Filter::After { Node::After(moment) } else { Node::Before(moment) }))
            }
            Filter::Sort => {
                self.sort = Some(match text.to_lowercase().as_str() {
                    "date" | "time" | "newest" | "时间" | "日期" | "時間" => Sort::Date,
                    "relevance" | "best" | "相关" | "相關" => Sort::Relevance,
                    _ => return Err(QueryError { what: Mistake::NoSort(text), at: whole }),
                });
                Ok(None)
            }
        }
    }

    /// A date's first moment in the zone, or so long ago.
    fn moment(&self, text: &str) -> Option<Instant> {
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Some(moment.to_utc());
        }
        if let Some((first, _)) = date_span(&text.replace(['/', '.'], "-")) {
            return first.checked_sub_signed(TimeDelta::seconds(self.zone.local_minus_utc().into()));
        }
        let age = duration(text).ok().and_then(|age| TimeDelta::from_std(age).ok())?;
        self.now.checked_sub_signed(age)
    }
}

fn alternatives(node: &mut Node, wanted: Name) -> Option<&mut Vec<String>> {
    match node {
        Node::Is(name, values) if *name == wanted && wanted != Name::Tag => Some(values),
        _ => None,
    }
}

fn words(place: Place, text: String, phrase: bool, at: &Range<usize>) -> Result<Node, QueryError> {
    if !text.chars().any(char::is_alphanumeric) {
        return Err(QueryError { what: Mistake::NoWord(text), at: at.clone() });
    }
    Ok(Node::Words(Words { place, text, phrase }))
}

fn move_to(node: &mut Node, place: Place) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter_mut().for_each(|node| move_to(node, place)),
        Node::Not(node) => move_to(node, place),
        Node::Words(words) => words.place = place,
        Node::Is(..) | Node::After(_) | Node::Before(_) => {}
    }
}
