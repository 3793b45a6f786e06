//! The repair stage: markup as it is found in the wild in, well-formed XML out. A document that needs nothing is borrowed, not copied.
//!
//! | file | repairs |
//! | --- | --- |
//! | `walk` | structure: wrong, missing and stray end tags, entries inside entries, cut documents, unclosed CDATA |
//! | `text` | elements that hold text: markup that should have been escaped, elements that are never closed |
//! | `tags` | tags: attributes without quotes, twice, with `<` or bare ampersands in them |
//! | `root` | the outermost element: versions and namespaces that feed-rs does not know, prefixes that nobody declared |
//! | `refs` | references: undefined entities, bare ampersands, impossible characters |
//! | `names` | which element names mean what to the stages above |
//!
//! Bounds: depth, attributes of a tag, entities of a document type, entries.

mod names;
mod refs;
mod root;
mod tags;
mod text;
mod walk;

use std::borrow::Cow;

pub(super) use refs::entity;

/// Deeper elements are dropped, their text stays.
const DEPTH_MAX: usize = 200;
/// More attributes of one tag are dropped.
const ATTRIBUTES_MAX: usize = 100;

/// A document that any XML parser reads.
pub(super) struct Repaired<'a> {
    /// From the outermost element on: no declaration, no document type.
    pub(super) text: Cow<'a, str>,
    /// What was repaired, in words, each once.
    pub(super) notes: Vec<&'static str>,
    /// Entries that follow after the limit: the text ends before them.
    pub(super) cut: bool,
}

/// Repairs `text`, whose outermost element begins at `root_at`; the document ends before the entry after `entries_max` of them.
pub(super) fn repair(text: &str, root_at: usize, entries_max: usize) -> Repaired<'_> {
    let entities = refs::declared(&text[..root_at]);
    walk::Walk::new(&text[root_at..], entities, entries_max).run()
}

/// Characters that XML forbids, taken out; most documents have none and are borrowed.
pub(super) fn without_controls(text: &str) -> Cow<'_, str> {
    let forbidden = |byte: &u8| (*byte < 0x20) & (*byte != b'\t') & (*byte != b'\n') & (*byte != b'\r');
    // Without a stop in between, the bytes are looked at many at a time.
    if !text.as_bytes().iter().fold(false, |found, byte| found | forbidden(byte)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !c.is_ascii() || !forbidden(&(*c as u8))).collect())
}
