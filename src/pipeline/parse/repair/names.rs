//! What element names mean to the repair stage.

/// How an element is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// `item`, `entry`.
    Entry,
    /// Text that may be HTML: a tag inside is markup of the text, not of the feed.
    Text,
    /// Plain text or nothing: another element of a feed inside means that the end tag is missing.
    Leaf,
    /// Markup by declaration (`type="xhtml"`, `body`): balanced, otherwise left alone.
    Markup,
    /// Everything else.
    Other,
}

/// Longest name that is looked at.
const NAME_BYTES_MAX: usize = 32;

/// Lower-cases an ASCII name into `buffer`; longer names are no names of feeds.
fn lower<'b>(name: &str, buffer: &'b mut [u8; NAME_BYTES_MAX]) -> Option<&'b str> {
    let out = buffer.get_mut(..name.len())?;
    out.copy_from_slice(name.as_bytes());
    out.make_ascii_lowercase();
    std::str::from_utf8(out).ok()
}

/// The class of the element `name`.
pub(super) fn class(name: &str) -> Class {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let mut buffer = [0; NAME_BYTES_MAX];
    let Some(local) = lower(local, &mut buffer) else { return Class::Other };
    match local {
        "item" | "entry" => Class::Entry,
        "title" | "summary" | "subtitle" | "tagline" | "copyright" | "rights" | "abstract" | "encoded" | "fullitem" | "full-text"
        | "browserfriendly" => Class::Text,
        "description" if prefix != "rdf" => Class::Text,
        "info" if prefix.is_empty() => Class::Text,
        // `media:content` holds elements.
        "content" if matches!(prefix, "" | "atom" | "a" | "a10" | "atom10" | "atom03") => Class::Text,
        "body" => Class::Markup,
        "link" | "guid" | "id" | "pubdate" | "published" | "updated" | "modified" | "issued" | "created" | "date" | "lastbuilddate"
        | "comments" | "language" | "generator" | "creator" | "subject" | "ttl" | "docs" | "managingeditor" | "webmaster" | "url"
        | "name" | "email" | "uri" => Class::Leaf,
        "category" | "enclosure" if prefix.is_empty() => Class::Leaf,
        _ => Class::Other,
    }
}

/// Whether entries may stand in the element `name`: not in those of other vocabularies, nor in what a feed says about itself.
pub(super) fn may_hold_entries(name: &str) -> bool {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let mut buffer = [0; NAME_BYTES_MAX];
    let Some(local) = lower(local, &mut buffer) else { return prefix.is_empty() };
    match local {
        "rss" | "rdf" | "channel" | "feed" | "items" | "entries" | "envelope" => true,
        "image" | "textinput" | "author" | "contributor" | "source" | "cloud" | "category" | "skiphours" | "skipdays" | "seq" | "li" => {
            false
        }
        _ => prefix.is_empty(),
    }
}

/// Whether a start tag `name` inside the text element `inside` shows that `inside` was never closed.
pub(super) fn breaks_text(name: &str, inside: &str) -> bool {
    let mut buffer = [0; NAME_BYTES_MAX];
    let Some(name) = lower(name, &mut buffer) else { return false };
    match name {
        "item"
        | "entry"
        | "channel"
        | "pubdate"
        | "guid"
        | "lastbuilddate"
        | "managingeditor"
        | "webmaster"
        | "enclosure"
        | "published"
        | "updated"
        | "issued"
        | "content:encoded"
        | "dc:creator"
        | "dc:date"
        | "dc:subject"
        | "wfw:commentrss"
        | "slash:comments"
        | "media:content"
        | "media:group"
        | "media:thumbnail"
        | "itunes:author"
        | "itunes:duration"
        | "itunes:image"
        | "feedburner:origlink"
        | "atom:link" => true,
        // A title holds no other element of a feed; a description may hold a whole page with its head.
        "link" | "description" | "content" | "summary" | "author" | "category" | "id" => inside.eq_ignore_ascii_case("title"),
        _ => false,
    }
}

/// HTML elements that never have an end tag.
pub(super) fn is_void(name: &str) -> bool {
    let mut buffer = [0; NAME_BYTES_MAX];
    let local = name.rsplit(':').next().unwrap_or(name);
    matches!(
        lower(local, &mut buffer),
        Some(
            "area"
                | "base"
                | "basefont"
                | "br"
                | "col"
                | "embed"
                | "frame"
                | "hr"
                | "img"
                | "input"
                | "link"
                | "meta"
                | "param"
                | "source"
                | "track"
                | "wbr"
        )
    )
}
