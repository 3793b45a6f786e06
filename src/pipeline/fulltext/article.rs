//! The article in a page's tree.

use std::collections::HashSet;

use dom_query::{Document, Matcher, NodeId, NodeRef, Selection};
use dom_smoothie::{Config, Readability};
use url::Url;

use super::{Unreadable, tidy};

/// An article shorter than this makes readability look again with looser rules, which let navigation in: in characters.
const ENOUGH_CHARS: usize = 500;

/// The same for pages in Chinese or Japanese: they say in one character what takes English three (gamersky's articles have 400).
const ENOUGH_CHARS_CJK: usize = 170;

/// A page is in such a language when so many of its letters are, in percent.
const CJK_PERCENT_MIN: usize = 30;

/// Where the port puts what it found.
const FOUND: &str = "#readability-page-1";

/// By readability.
pub(super) fn found(document: Document, base: &Url) -> Result<String, Unreadable> {
    let dense = is_dense(&document);
    tidy::shorten(&document);
    let config = Config {
        // Its titles could be as long as the page, and what it says of the article the feed has said already.
        disable_json_ld: true,
        char_threshold: if dense { ENOUGH_CHARS_CJK } else { ENOUGH_CHARS },
        ..Config::default()
    };
    let mut reader = Readability::with_document(document, Some(base.as_str()), Some(config)).map_err(|_| Unreadable::Empty)?;
    reader.parse().map_err(|_| Unreadable::Empty)?;
    let found = reader.doc.select(FOUND);
    tidy::tidy(&found);
    let html = found.inner_html().trim().to_owned();
    if has_something(&found) { Ok(html) } else { Err(Unreadable::Empty) }
}

/// What a selector matches, all of it, in the page's order.
pub(super) fn selected(document: &Document, selector: &str) -> Result<String, Unreadable> {
    let matcher = Matcher::new(selector).map_err(|_| Unreadable::Unmatched)?;
    let matched = document.select_matcher(&matcher);
    let ids: HashSet<NodeId> = matched.nodes().iter().map(|node| node.id).collect();
    // Once is enough for what lies inside another match.
    let outermost = |node: &&NodeRef| !node.ancestors_it(None).any(|ancestor| ids.contains(&ancestor.id));
    let (mut html, mut found) = (String::new(), false);
    for node in matched.nodes().iter().filter(outermost) {
        html.push_str(&node.html());
        found |= has_something(&Selection::from(*node));
    }
    if found { Ok(html) } else { Err(Unreadable::Unmatched) }
}

fn has_something(found: &Selection) -> bool {
    found.text().chars().any(|c| !c.is_whitespace())
        || found.select("img, video, audio, iframe").exists()
        || found.is("img, video, audio, iframe")
}

/// Whether the page is written in characters that say more than letters do.
fn is_dense(document: &Document) -> bool {
    let (mut dense, mut letters) = (0, 0);
    let Some(body) = document.body() else { return false };
    for node in body.descendants_it().filter(NodeRef::is_text) {
        if node.parent().is_some_and(|parent| parent.has_name("script") || parent.has_name("style")) {
            continue;
        }
        for c in node.text().chars().filter(|c| c.is_alphabetic()) {
            letters += 1;
            dense += usize::from(matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'));
        }
    }
    dense * 100 > letters * CJK_PERCENT_MIN
}
