//! The sanitizer: a publisher's HTML in, [`SafeHtml`] out. The only place that can make one (law 5).
//!
//! It reads with html5ever's tokenizer, as browsers do, but nests as the seed did: an end tag closes up to the nearest open element of its
//! name or is dropped, nothing is implied, nothing is moved, what is left open is closed at the end. What is printed is a sequence of
//! allowed tags, escaped text and harmless comments; no element that would change how a browser tokenizes what follows is ever among them
//! (`noscript` is, with content that is safe under both readings), so that a second parser can rearrange the article but never find
//! anything else in it.
//!
//! Bounds: [`HTML_BYTES_MAX`] in, [`OUTPUT_BYTES_MAX`] out, [`DEPTH_MAX`], [`prune::ATTRIBUTES_MAX`].

mod address;
#[cfg(test)]
mod attacks;
mod attributes;
mod blanks;
mod elements;
mod print;
pub(in crate::pipeline) mod prune;
mod simple;
mod sink;
mod style;
mod tag;
#[cfg(test)]
mod tests;
mod trackers;

use std::borrow::Cow;

use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};
use url::Url;

use crate::model::{ImageTemplate, SafeHtml};

pub(crate) use address::{Use, is_plain, resolve};

/// Longest body that is read, in bytes; the rest is cut off.
pub const HTML_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest body that is printed, in bytes: relative addresses and templates make a body longer than it was.
pub const OUTPUT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Deepest nesting that is kept; tags below it are dropped, their text stays.
pub const DEPTH_MAX: usize = 256;

/// Markup that is not simple is handed to the tokenizer so many times; then it keeps the rest.
const TURNS_MAX: usize = 1_000;

/// So much of a body the tokenizer gets at once where only the next tag is wanted of it.
const PIECE_BYTES: usize = 1024;

/// How a body is sanitized.
#[derive(Clone, Copy, Debug, Default)]
pub struct SanitizeOptions<'a> {
    /// What relative addresses are joined with. Without one they are dropped: they would name things on our own server.
    pub base: Option<&'a Url>,
    /// The image template and the scheme and host (`{origin}`) of the entry's link.
    pub template: Option<(&'a ImageTemplate, &'a str)>,
    /// Hosts whose players may be framed; those below them count too.
    pub players: &'a [String],
}

/// What is known of a body after it was sanitized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanitized {
    /// The markup.
    pub html: SafeHtml,
    /// The address of the first picture as it stands in the markup, references decoded.
    pub cover: Option<String>,
    /// The text as somebody would read it aloud: no markup, one line a block.
    pub text: String,
}

/// The sanitized markup. Sanitizing it again (without a template) changes nothing.
#[must_use]
pub fn sanitize(html: &str, options: &SanitizeOptions) -> SafeHtml {
    read(html, "", options).html
}

/// The sanitized markup of a whole body with what else an article needs: its cover and its text. Blanks around the body are taken off; it
/// ends with a line feed, and what is left open is closed after that, as in the seed.
#[must_use]
pub fn sanitize_body(html: &str, options: &SanitizeOptions) -> Sanitized {
    let trimmed = html.trim_matches(|c: char| c.is_ascii_whitespace());
    let mut sanitized = read(trimmed, "\n", options);
    // What was dropped at the beginning can leave blanks behind.
    let body = sanitized.html.as_str();
    let begun = body.trim_start_matches(|c: char| c.is_ascii_whitespace());
    if begun.len() < body.len() {
        sanitized.html = SafeHtml::from_sanitizer(begun.to_owned());
    }
    sanitized
}

/// Reads `html` and `end` behind it.
fn read(html: &str, end: &'static str, options: &SanitizeOptions) -> Sanitized {
    let html = &html[..html.floor_char_boundary(HTML_BYTES_MAX)];
    by_turns(html, end, sink::State::new(options, html.len())).finish()
}

/// Reads what is simple at once, and the tokenizer what is not, a tag at a time.
fn by_turns<'a>(html: &'a str, end: &'static str, mut state: sink::State<'a>) -> sink::State<'a> {
    let mut at = simple::read(html, &mut state);
    if at == html.len() {
        state.run(end);
        return state;
    }
    let pruned = prune::prune(&html[at..]);
    if let Cow::Owned(pruned) = pruned {
        return tokenize(&pruned, end, state, false).0;
    }
    for _ in 0..TURNS_MAX {
        let (next, read) = tokenize(&html[at..], end, state, true);
        state = next;
        let Some(read) = read else { return state };
        at += read;
        at += simple::read(&html[at..], &mut state);
        if at == html.len() {
            state.run(end);
            return state;
        }
    }
    tokenize(&html[at..], end, state, false).0
}

/// Reads with the tokenizer: all and `end` behind it, or, with `until_tag`, up to the end of the first tag behind which markup goes on as
/// usual. Then the second is how much of `html` was read.
fn tokenize<'a>(html: &str, end: &str, state: sink::State<'a>, until_tag: bool) -> (sink::State<'a>, Option<usize>) {
    // A byte order mark inside a text is a character like any other; dropping it once would show the next one.
    let settings = TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(sink::Sink::of(state, until_tag), settings);
    let queue = BufferQueue::default();
    let mut fed = 0;
    while fed < html.len() {
        let piece = html.len().min(html.ceil_char_boundary(fed + if until_tag { PIECE_BYTES } else { html.len() }));
        queue.push_back(StrTendril::from_slice(&html[fed..piece]));
        fed = piece;
        match tokenizer.feed(&queue) {
            TokenizerResult::Script(()) => {
                let left = std::iter::from_fn(|| queue.pop_front()).map(|piece| piece.len()).sum::<usize>();
                return (tokenizer.sink.into_state(), Some(fed - left));
            }
            TokenizerResult::Done | TokenizerResult::EncodingIndicator(_) => {}
        }
    }
    queue.push_back(StrTendril::from_slice(end));
    // A tag does not end in `end`, so one call reads it all; the loop is for the type.
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
    (tokenizer.sink.into_state(), None)
}
