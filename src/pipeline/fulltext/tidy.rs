//! What readability leaves in that is no part of the article.

use dom_query::{Document, NodeRef, Selection};

/// A block with so much of its text in links is a list of other articles, in percent.
const LINKS_PERCENT_MIN: usize = 50;

/// … if it has so many of them: a paragraph can be one link.
const LINKS_MIN: usize = 2;

/// Longest title of a page that is compared with its headings, in characters.
const TITLE_CHARS_MAX: usize = 300;

/// Longest `<meta>` that is looked at, in bytes.
const META_BYTES_MAX: usize = 1_000;

/// Shortens what the port compares with every heading of the page: half a megabyte of title before 5,000 headings took it a minute.
pub(super) fn shorten(document: &Document) {
    for title in document.select("title").nodes() {
        let text = title.text();
        if text.len() > TITLE_CHARS_MAX {
            title.set_text(text.chars().take(TITLE_CHARS_MAX).collect::<String>());
        }
    }
    for meta in document.select("meta[content]").nodes() {
        if meta.attr("content").is_some_and(|content| content.len() > META_BYTES_MAX) {
            meta.remove_from_parent();
        }
    }
}

/// Takes out menus, and lists of other articles that stand beside the article.
pub(super) fn tidy(found: &Selection) {
    let Some(root) = found.nodes().first() else { return };
    found.select("nav, [role=navigation]").remove();
    let parts: Vec<NodeRef> = root.element_children();
    let size = |node: &NodeRef| node.normalized_char_count();
    let Some(longest) = parts.iter().map(size).max() else { return };
    for part in parts.iter().filter(|part| size(part) < longest) {
        if is_list_of_links(part) {
            part.remove_from_parent();
        }
    }
}

fn is_list_of_links(node: &NodeRef) -> bool {
    let links = Selection::from(*node).select("a[href]");
    let linked: usize = links.nodes().iter().map(NodeRef::normalized_char_count).sum();
    links.length() >= LINKS_MIN && linked * 100 >= node.normalized_char_count() * LINKS_PERCENT_MIN
}
