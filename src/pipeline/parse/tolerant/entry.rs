//! One entry: identity, link, title, dates, people, categories.

use std::borrow::Cow;

use url::Url;

use super::{Context, bodies, is_http, media, people};
use crate::model::{Entry, Instant};
use crate::pipeline::dates;
use crate::pipeline::parse::raw::{self, Node, RawEntry, Space};
use crate::pipeline::parse::text;

/// Most dates of one kind that are looked at in one entry.
const DATES_MAX: usize = 16;
/// Most categories taken of one entry.
const CATEGORIES_MAX: usize = 100;

/// Puts an entry together.
pub(super) fn entry(raw: &RawEntry, feed_base: Option<&Url>, context: &mut Context) -> Entry {
    let own_base = context.base_of(raw.attrs, feed_base);
    let base = own_base.as_ref();
    let nodes = &raw.nodes;
    let max = context.limits.text_bytes_max;
    let guid_node =
        nodes.iter().rev().find(|node| node.space == Space::Core && matches!(&*node.local, "guid" | "id") && !node.inner.trim().is_empty());
    let guid = guid_node
        .map(|node| text::one_line(&node.text(), max))
        .or_else(|| raw::attr(raw.attrs, "rdf:about"))
        .or_else(|| nodes.iter().find(|node| node.is(Space::Dc, "identifier")).and_then(Node::some_text).map(Cow::into_owned))
        .filter(|guid| !guid.is_empty());
    let link =
        link(nodes, base, context).or_else(|| raw::attr(raw.attrs, "href").and_then(|href| context.absolute(&href, base))).or_else(|| {
            // A guid is a link unless it says that it is none, and if it could be one.
            let permalink = guid_node.is_none_or(|node| node.attr("isPermaLink").is_none_or(|value| value.eq_ignore_ascii_case("true")));
            guid.clone().filter(|guid| permalink && is_http(guid) && Url::parse(guid).is_ok())
        });
    let files = media::media(nodes, base, context);
    let dates = dates(raw, context);
    let content_base = nodes
        .iter()
        .find(|node| matches!(&*node.local, "content" | "description" | "summary" | "encoded") && node.attrs.contains("xml:base"));
    let set_base = content_base
        .and_then(|node| context.base_of(node.attrs, base))
        .or_else(|| raw.attrs.contains("xml:base").then(|| own_base.clone()).flatten());
    Entry {
        guid,
        title: title(nodes, context),
        bodies: bodies::bodies(nodes, context),
        base: set_base.or_else(|| document_base(context, feed_base)).map(String::from),
        date_text: dates.text,
        published: dates.published,
        updated: dates.updated,
        authors: people::authors(nodes, context),
        categories: categories(nodes, context),
        enclosures: files.enclosures,
        image: files.image,
        language: nodes
            .iter()
            .find(|node| node.is(Space::Dc, "language"))
            .and_then(Node::some_text)
            .map(Cow::into_owned)
            .or_else(|| raw::attr(raw.attrs, "xml:lang")),
        origin: origin(nodes, base, context),
        comments: comments(nodes, base, context),
        link,
    }
}

/// The base that the document sets by `xml:base`; the address that it came from is none (the entry's link comes first).
fn document_base(context: &Context, feed_base: Option<&Url>) -> Option<Url> {
    feed_base.filter(|base| context.set_base.as_ref() == Some(*base)).cloned()
}

/// The title of the vocabulary itself before Dublin Core's before Media RSS's; the first one that says something.
fn title(nodes: &[Node], context: &Context) -> Option<String> {
    let of = |space: Space| nodes.iter().filter(|node| node.is(space, "title")).find_map(|node| context.plain(node));
    let grouped = || nodes.iter().find_map(|node| media::inside(node, "title", context, &|title| context.plain(title)));
    of(Space::Core).or_else(|| of(Space::Dc)).or_else(|| of(Space::Media)).or_else(grouped).or_else(|| of(Space::Itunes))
}

fn link(nodes: &[Node], base: Option<&Url>, context: &Context) -> Option<String> {
    let (mut page, mut other) = (None, None);
    for node in nodes.iter().filter(|node| node.space == Space::Core && node.local == "link") {
        let base = context.base_of(node.attrs, base);
        match node.attr("href").or_else(|| node.attr("url")) {
            Some(href) => {
                let rel = node.attr("rel").unwrap_or_else(|| "alternate".to_owned()).to_ascii_lowercase();
                let html = node.attr("type").is_none_or(|media_type| media_type.contains("html"));
                if rel != "alternate" && rel != "http://www.iana.org/assignments/relation/alternate" {
                    continue;
                }
                let href = context.absolute(&href, base.as_ref());
                if html { page = href.or(page) } else { other = other.or(href) }
            }
            None => {
                if let Some(text) = node.some_text() {
                    // `<link><a href="…">…</a></link>`
                    let text = if node.has_elements() { Cow::Owned(text::without_markup(node.inner)) } else { text };
                    page = context.absolute(&text.replace("&amp;", "&"), base.as_ref()).or(page);
                }
            }
        }
    }
    page.or(other)
}

struct Dates {
    text: Option<String>,
    published: Option<Instant>,
    updated: Option<Instant>,
}

/// The date of publication is what says so; where nothing does, what says when it was changed or made.
fn dates(raw: &RawEntry, context: &Context) -> Dates {
    const PUBLISHED: &[&str] = &["pubdate", "published", "issued"];
    const UPDATED: &[&str] = &["updated", "modified", "date", "lastbuilddate"];
    const CREATED: &[&str] = &["created"];
    let of = |names: &'static [&'static str]| {
        let found =
            raw.nodes.iter().rev().filter(move |node| matches!(node.space, Space::Core | Space::Dc) && names.contains(&&*node.local));
        found.take(DATES_MAX).filter_map(Node::some_text).map(Cow::into_owned)
    };
    let modified = raw::attr(raw.attrs, "lastmod");
    let meaning = |text: &String| dates::parse(text, context.zone);
    let mut candidates = of(PUBLISHED).chain(of(UPDATED)).chain(of(CREATED)).chain(modified.clone());
    // A text that means nothing (`Invalid Date`) is passed over if a later one means something.
    let first = candidates.next();
    let published = first.as_ref().and_then(meaning);
    let (text, published) = match (first, published) {
        (Some(first), None) => {
            candidates.find_map(|text| meaning(&text).map(|instant| (Some(text), Some(instant)))).unwrap_or((Some(first), None))
        }
        (first, published) => (first, published),
    };
    let updated = of(UPDATED).chain(modified).find_map(|text| meaning(&text));
    Dates { text: text.map(|text| text::cut(&text, context.limits.text_bytes_max).to_owned()), published, updated }
}

fn categories(nodes: &[Node], context: &Context) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut push = |name: Option<String>| {
        if let Some(name) = name
            && found.len() < CATEGORIES_MAX
            && !found.contains(&name)
        {
            found.push(name);
        }
    };
    for node in nodes {
        match (node.space, &*node.local) {
            (Space::Core, "category") => {
                let named = node.attr("label").or_else(|| node.attr("term"));
                push(named.and_then(|name| text::plain(&name, false, context.limits.text_bytes_max)).or_else(|| context.plain(node)));
            }
            // Macworld puts them into an element of its own.
            (Space::Core, "categories") if node.has_elements() => {
                let parts = raw::children(node, &context.names);
                parts.iter().filter(|part| part.is(Space::Core, "category")).for_each(|part| push(context.plain(part)));
            }
            (Space::Dc, "subject") | (Space::Media, "category") => push(node.attr("label").or_else(|| context.plain(node))),
            (Space::Itunes, "category") => push(node.attr("text")),
            (Space::Media | Space::Itunes, "keywords") => {
                node.text().split(',').for_each(|word| push(text::plain(word, false, context.limits.text_bytes_max)));
            }
            _ => {}
        }
    }
    found
}

/// RSS `source` and Atom `source`.
fn origin(nodes: &[Node], base: Option<&Url>, context: &Context) -> Option<(String, Option<String>)> {
    let node = nodes.iter().find(|node| node.is(Space::Core, "source"))?;
    if !node.has_elements() {
        let address = node.attr("url").and_then(|url| context.http(&url, base));
        let title = context.plain(node).or_else(|| address.clone())?;
        return Some((title, address));
    }
    let parts = raw::children(node, &context.names);
    let title = parts.iter().find(|part| part.local == "title").and_then(|part| context.plain(part));
    let by_rel = |rel: &str| {
        parts.iter().find(|part| part.local == "link" && part.attr("rel").as_deref() == Some(rel)).and_then(|part| part.attr("href"))
    };
    let address = by_rel("self")
        .or_else(|| by_rel("alternate"))
        .or_else(|| parts.iter().find(|part| part.local == "id").map(|part| part.text().into_owned()));
    let address = address.and_then(|address| context.http(&address, base));
    Some((title.or_else(|| address.clone())?, address))
}

fn comments(nodes: &[Node], base: Option<&Url>, context: &Context) -> Option<String> {
    let text = nodes.iter().find(|node| node.is(Space::Core, "comments")).and_then(Node::some_text);
    let replies = || {
        let links = nodes.iter().filter(|node| node.is(Space::Core, "link") && node.attr("rel").as_deref() == Some("replies"));
        links.filter(|node| node.attr("type").is_some_and(|media_type| media_type.contains("html"))).find_map(|node| node.attr("href"))
    };
    text.map(Cow::into_owned).or_else(replies).and_then(|address| context.http(&address, base))
}
