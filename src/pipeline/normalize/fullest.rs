//! The fullest of an entry's bodies.

use std::cmp::Reverse;

use memchr::memchr_iter;

use crate::model::{Body, BodyKind};
use crate::pipeline::sanitize::{SanitizeOptions, Sanitized, sanitize_body};

/// Most bodies of one entry that are looked at.
const BODIES_MAX: usize = 8;

/// What a picture or a player counts for beside text, in bytes of text.
const PICTURE_WORTH_BYTES: usize = 100;

/// What there is to read and see, how long the markup is, and the place among the bodies, the first being the best.
type Rank = (u64, usize, Reverse<usize>);

/// Sanitizes every body and takes the one with most to read and see; the first of equals.
pub(super) fn fullest(bodies: &[Body], options: &SanitizeOptions) -> Sanitized {
    let read = |body: &Body| match body.kind {
        BodyKind::Html => sanitize_body(&body.text, options),
        BodyKind::Text => sanitize_body(&paragraphs(&body.text), options),
    };
    let bodies = &bodies[..bodies.len().min(BODIES_MAX)];
    if let [only] = bodies {
        return read(only);
    }
    // The most promising first, so that an excerpt beside the whole text is not read at all.
    let mut promising: Vec<(usize, usize)> = bodies.iter().map(promise).enumerate().map(|(at, promise)| (promise, at)).collect();
    promising.sort_by_key(|(promise, at)| (Reverse(*promise), *at));
    let mut best: Option<(Rank, Sanitized)> = None;
    for (promise, at) in promising {
        if best.as_ref().is_some_and(|((worth, ..), _)| (promise as u64) < *worth) {
            break;
        }
        let read = read(&bodies[at]);
        // Of two equal texts the one with more markup: it has the links.
        let rank = (worth_of(read.html.as_str(), &read.text), read.html.as_str().len(), Reverse(at));
        if best.as_ref().is_none_or(|(before, _)| rank > *before) {
            best = Some((rank, read));
        }
    }
    best.map_or_else(|| sanitize_body("", options), |(_, read)| read)
}

/// The most that a body can be worth: text never grows while it is sanitized, and every picture begins with `<`.
fn promise(body: &Body) -> usize {
    let tags = if body.kind == BodyKind::Html { memchr_iter(b'<', body.text.as_bytes()).count() } else { body.text.lines().count() };
    body.text.len() + 2 + tags * (PICTURE_WORTH_BYTES + 1)
}

/// How much there is to read and see, of the markup and its text.
pub(super) fn worth_of(html: &str, text: &str) -> u64 {
    let is_picture = |at: usize| ["<img ", "<video", "<audio", "<iframe "].iter().any(|tag| html[at..].starts_with(tag));
    let pictures = memchr_iter(b'<', html.as_bytes()).filter(|at| is_picture(*at)).count();
    (text.len() + pictures * PICTURE_WORTH_BYTES) as u64
}

/// Plain text as HTML: paragraphs end at empty lines, or at every line end in a text that has no empty line.
fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let airy = text.trim().lines().any(|line| line.trim().is_empty());
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let groups: Vec<&[&str]> = if airy { lines.split(|line| line.trim().is_empty()).collect() } else { lines.chunks(1).collect() };
    for group in groups.into_iter().filter(|group| group.iter().any(|line| !line.trim().is_empty())) {
        out.push_str("<p>");
        for (number, line) in group.iter().enumerate() {
            if number > 0 {
                out.push_str("<br/>");
            }
            out.push_str(&line.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        }
        out.push_str("</p>\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(kind: BodyKind, text: &str) -> Body {
        Body { kind, text: text.into() }
    }

    #[test]
    fn plain_text_becomes_paragraphs_and_nothing_in_it_is_markup() {
        assert_eq!(paragraphs("a\nb\n\nc <b>&amp;\n"), "<p>a<br/>b</p>\n<p>c &lt;b&gt;&amp;amp;</p>\n");
        assert_eq!(paragraphs("a\r\nb"), "<p>a</p>\n<p>b</p>\n");
    }

    #[test]
    fn the_fullest_body_wins_not_the_one_with_the_longest_markup() {
        let bodies = [
            body(BodyKind::Html, "<p class='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'>short</p>"),
            body(BodyKind::Html, "<p>The whole text, which is longer.</p>"),
            body(BodyKind::Text, "The whole text, which is longer."),
        ];
        let found = fullest(&bodies, &SanitizeOptions::default());
        assert_eq!(found.html.as_str(), "<p>The whole text, which is longer.</p>\n");
        assert_eq!(fullest(&[], &SanitizeOptions::default()).text, "");
    }
}
