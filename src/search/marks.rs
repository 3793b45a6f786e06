//! Where in a text the words of a query stand, and the part of the text that shows them best.

use std::ops::Range;

use super::query::{Place, Query};
use super::terms::{Cut, Splitter, Term, inner, spelled};

/// Longest text that is looked through for an extract, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// An extract begins so many characters before its first mark.
const BEFORE_CHARS: usize = 30;

/// Finds the words of a query in texts.
pub struct Marker<'a> {
    splitter: &'a Splitter,
    /// What is looked for anywhere or in the title: terms with their places to each other.
    groups: Vec<Group>,
}

struct Group {
    place: Place,
    terms: Vec<(usize, String)>,
    /// What may stand inside of a longer word, too.
    part: Option<String>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// It is what was looked for.
    pub marked: bool,
}

impl<'a> Marker<'a> {
    /// For the words of this query.
    #[must_use]
    pub fn new(splitter: &'a Splitter, query: &Query) -> Self {
        let mut groups = Vec::new();
        for words in query.words() {
            let terms = splitter.split(&words.text, Cut::Words);
            let first = terms.first().map_or(0, |term| term.position);
            let part = inner(&terms);
            let terms = terms.into_iter().map(|term| (term.position - first, term.text)).collect();
            groups.push(Group { place: words.place, terms, part });
        }
        Self { splitter, groups }
    }

    /// The title in pieces.
    #[must_use]
    pub fn title(&self, title: &str) -> Vec<Piece> {
        pieces(title, 0..title.len(), &self.places(title, true))
    }

    /// The part of a text that shows most of what was looked for, about `chars` characters long, in pieces; its beginning where nothing of it
    /// is there.
    #[must_use]
    pub fn extract(&self, text: &str, chars: usize) -> Vec<Piece> {
        let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        let places = self.places(text, false);
        let range = best_part(text, &places, chars);
        let mut found = pieces(text, range.clone(), &places);
        let dots = |text: &str| Piece { text: text.to_owned(), marked: false };
        if range.start > 0 {
            found.insert(0, dots("… "));
        }
        if range.end < text.len() {
            found.push(dots(" …"));
        }
        found
    }

    /// The ranges of a text that are marked, rising, none reaching into the next.
    fn places(&self, text: &str, is_title: bool) -> Vec<Range<usize>> {
        if self.groups.is_empty() {
            return Vec::new();
        }
        let terms = self.splitter.split(text, Cut::Parts);
        let mut found: Vec<Range<usize>> = Vec::new();
        for group in self.groups.iter().filter(|group| group.place == Place::Anywhere || (group.place == Place::Title && is_title)) {
            let mut whole = together(&terms, &group.terms);
            whole.extend(group.part.iter().flat_map(|part| spelled(text, part)));
            if whole.is_empty() && group.terms.len() > 1 {
                // A sentence that does not stand there as it is: its words.
                let one = |term: &Term| group.terms.iter().any(|(_, text)| *text == term.text);
                found.extend(terms.iter().filter(|term| one(term)).map(|term| term.at.clone()));
            } else {
                found.extend(whole);
            }
        }
        found.sort_unstable_by_key(|range| (range.start, range.end));
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for range in found {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        joined
    }
}

/// Where these terms stand at these places to each other.
fn together(terms: &[Term], wanted: &[(usize, String)]) -> Vec<Range<usize>> {
    let Some((_, first)) = wanted.first() else { return Vec::new() };
    let mut found = Vec::new();
    for (number, start) in terms.iter().enumerate().filter(|(_, term)| term.text == *first) {
        let behind = &terms[number..];
        let rest = wanted[1..].iter().map(|(offset, text)| {
            // Terms stand nearly in the order of their positions; the words inside of a long one come before it.
            let near = behind.iter().take_while(|term| term.position <= start.position + offset + wanted.len());
            near.filter(|term| term.position == start.position + offset && term.text == *text).map(|term| term.at.clone()).next()
        });
        if let Some(rest) = rest.collect::<Option<Vec<_>>>() {
            let end = rest.last().map_or(start.at.end, |last| last.end);
            found.push(start.at.start..end.max(start.at.end));
        }
    }
    found
}

/// The part of `chars` characters with most marks, the first of them where several have as many.
fn best_part(text: &str, places: &[Range<usize>], chars: usize) -> Range<usize> {
    let end_of = |start: usize| text[start..].char_indices().nth(chars).map_or(text.len(), |(at, _)| start + at);
    let count = |start: usize, end: usize| {
        let inside = places.iter().filter(|place| place.start >= start && place.end <= end);
        // Different words tell more than one word many times.
        let mut words: Vec<&str> = inside.clone().map(|place| &text[place.clone()]).collect();
        words.sort_unstable();
        words.dedup();
        (words.len(), inside.count())
    };
    let starts = places.iter().take(200).map(|place| {
        let before = text[..place.start].char_indices().rev().take(BEFORE_CHARS);
        // At a sentence's beginning, where one is near.
        let sentence = before.clone().find(|(_, c)| matches!(c, '。' | '！' | '？' | '\n')).map(|(at, c)| at + c.len_utf8());
        let start = sentence.unwrap_or_else(|| before.last().map_or(place.start, |(at, _)| at));
        // Not in the middle of a word, and not with what ends another sentence.
        let is_inside = |c: char| c.is_alphanumeric() && c < '\u{2e80}';
        let cuts_word = text[..start].ends_with(is_inside);
        let whole = if cuts_word { text[start..place.start].trim_start_matches(is_inside) } else { &text[start..place.start] };
        place.start - whole.trim_start_matches(|c: char| c.is_whitespace() || "，。、；：,.;:)）".contains(c)).len()
    });
    let mut best = (0..end_of(0), count(0, end_of(0)));
    for start in starts {
        let range = start..end_of(start);
        let worth = count(range.start, range.end);
        if worth > best.1 {
            best = (range, worth);
        }
    }
    best.0
}

fn pieces(text: &str, range: Range<usize>, places: &[Range<usize>]) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut push = |part: Range<usize>, marked: bool| {
        if part.start < part.end {
            found.push(Piece { text: text[part].to_owned(), marked });
        }
    };
    let mut at = range.start;
    for place in places.iter().filter(|place| place.start >= range.start && place.start < range.end) {
        push(at..place.start, false);
        at = place.end.min(range.end);
        push(place.start..at, true);
    }
    push(at..range.end, false);
    found
}
