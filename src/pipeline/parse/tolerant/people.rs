//! People: `mail@example.org (Name)`, `Name <mail@example.org>`, Atom's name, mail and page.

use super::Context;
use crate::model::Person;
use crate::pipeline::parse::raw::{self, Node, Space};
use crate::pipeline::parse::text;

/// Most people taken of one entry.
const PEOPLE_MAX: usize = 20;

/// The people whom the elements name, each once. Apple's author counts where nobody else is named.
pub(super) fn authors(nodes: &[Node], context: &mut Context) -> Vec<Person> {
    let mut found: Vec<Person> = Vec::new();
    let mut apple: Vec<Person> = Vec::new();
    for node in nodes {
        let person = match (node.space, &*node.local) {
            (Space::Core, "author" | "managingeditor") | (Space::Dc, "author" | "creator") => one(node, context),
            (Space::Itunes, "author") => {
                apple.extend(one(node, context));
                None
            }
            _ => None,
        };
        if let Some(person) = person
            && found.len() < PEOPLE_MAX
            && !found.contains(&person)
        {
            found.push(person);
        }
    }
    if found.is_empty() { apple.into_iter().take(1).collect() } else { found }
}

/// The person whom an element names.
pub(super) fn one(node: &Node, context: &mut Context) -> Option<Person> {
    if !node.has_elements() {
        return person(&node.text(), context.limits.text_bytes_max);
    }
    let parts = raw::children(node, &context.names);
    let part = |wanted: &[&str]| parts.iter().find(|part| wanted.contains(&&*part.local)).and_then(|part| context.plain(part));
    let mut found = Person { name: part(&["name"]).unwrap_or_default(), email: part(&["email"]), url: part(&["uri", "url", "homepage"]) };
    if found.name.is_empty() && found.email.is_none() {
        // `<author><a href="…">Name</a></author>`
        found = person(&text::without_markup(node.inner), context.limits.text_bytes_max)?;
    }
    found.url = found.url.and_then(|url| context.http(&url, context.base.as_ref()));
    Some(found)
}

/// A person from one line of text.
pub(in super::super) fn person(text: &str, bytes_max: usize) -> Option<Person> {
    let text = text::plain(text, false, bytes_max)?;
    let Some((from, to)) = mail(&text) else {
        return Some(Person { name: text, ..Person::default() });
    };
    let email = text[from..to].to_owned();
    let around = |text: &str| {
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '（' | '）' | '"' | ',' | ';'))
            .to_owned()
    };
    let before = text[..from].trim_end();
    let before = around(before.strip_suffix("mailto:").unwrap_or(before));
    let after = around(&text[to..]);
    let name = if before.is_empty() { after } else { before };
    Some(Person { name, email: Some(email), url: None })
}

/// Where a mail address stands in a text.
fn mail(text: &str) -> Option<(usize, usize)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    for (at, _) in text.match_indices('@') {
        let from = text[..at].rfind(|c| !part(c)).map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
        let length = text[at + 1..].find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(text.len() - at - 1);
        let host = text[at + 1..at + 1 + length].trim_end_matches(['.', '-']);
        if from < at && host.contains('.') && !host.starts_with('.') {
            return Some((from, at + 1 + host.len()));
        }
    }
    None
}

/// Whether the elements hold what feed-rs 3.0 is known to panic on: a mail address with a wide character beside it (`张三（a@b.com）`), a playing
/// time with more digits than a number has.
pub(in super::super) fn upsets_feed_rs(raw: &raw::RawFeed) -> bool {
    let upsets = |node: &Node| match &*node.local {
        "author" | "creator" | "managingeditor" | "webmaster" if node.inner.contains('@') && !node.inner.is_ascii() => {
            let text = node.text();
            mail(&text).is_some_and(|(from, to)| {
                !text[..from].ends_with(|c: char| c.is_ascii()) && from > 0 || text[to..].starts_with(|c: char| !c.is_ascii())
            })
        }
        "duration" => node.inner.len() > 12,
        _ => false,
    };
    raw.nodes.iter().chain(raw.entries.iter().flat_map(|entry| &entry.nodes)).any(upsets)
}
