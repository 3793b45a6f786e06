//! One element of a feed: its name with the prefix resolved, its attributes and its content as they stand in the document.

use std::borrow::Cow;
use std::collections::HashMap;

use memchr::memmem;
use quick_xml::events::attributes::Attributes;

use crate::pipeline::parse::text;

/// Which vocabulary an element is of, whatever prefix the document uses for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Space {
    /// RSS of any version, Atom of any version, CDF: they do not clash.
    Core,
    /// Dublin Core.
    Dc,
    /// `content:encoded`.
    Content,
    /// Media RSS.
    Media,
    /// Apple's podcast elements, and Google's copies.
    Itunes,
    /// Syndication: how often to poll.
    Sy,
    /// RDF itself.
    Rdf,
    /// HTML.
    Xhtml,
    /// Anything else.
    Other,
}

/// Namespaces in lower case, without `https`, `www.` and the slash at the end.
const SPACES: &[(&str, Space)] = &[
    ("backend.userland.com/rss", Space::Core),
    ("backend.userland.com/rss2", Space::Core),
    ("backend.userland.com/rss091", Space::Core),
    ("backend.userland.com/rss092", Space::Core),
    ("blogs.law.harvard.edu/tech/rss", Space::Core),
    ("cyber.law.harvard.edu/rss/rss.html", Space::Core),
    ("purl.org/rss/1.0", Space::Core),
    ("purl.org/net/rss1.1#", Space::Core),
    ("my.netscape.com/rdf/simple/0.9", Space::Core),
    ("channel.netscape.com/rdf/simple/0.9", Space::Core),
    ("my.netscape.com/publish/formats/rss-0.91.dtd", Space::Core),
    ("purl.org/rss/1.0/modules/rss091#", Space::Core),
    ("example.com/newformat#", Space::Core),
    ("example.com/necho", Space::Core),
    ("purl.org/echo", Space::Core),
    ("purl.org/pie", Space::Core),
    ("purl.org/atom/ns#", Space::Core),
    ("w3.org/2005/atom", Space::Core),
    ("purl.org/dc/elements/1.1", Space::Dc),
    ("purl.org/dc/elements/1.0", Space::Dc),
    ("purl.org/dc/terms", Space::Dc),
    ("purl.org/rss/1.0/modules/content", Space::Content),
    ("search.yahoo.com/mrss", Space::Media),
    ("itunes.com/dtds/podcast-1.0.dtd", Space::Itunes),
    ("example.com/dtds/podcast-1.0.dtd", Space::Itunes),
    ("google.com/schemas/play-podcasts/1.0", Space::Itunes),
    ("purl.org/rss/1.0/modules/syndication", Space::Sy),
    ("w3.org/1999/02/22-rdf-syntax-ns#", Space::Rdf),
    ("w3.org/1999/xhtml", Space::Xhtml),
];

/// What a prefix means that nobody declared.
const PREFIXES: &[(&str, Space)] = &[
    ("atom", Space::Core),
    ("atom10", Space::Core),
    ("rss", Space::Core),
    ("dc", Space::Dc),
    ("dcterms", Space::Dc),
    ("content", Space::Content),
    ("media", Space::Media),
    ("itunes", Space::Itunes),
    ("sy", Space::Sy),
    ("rdf", Space::Rdf),
    ("xhtml", Space::Xhtml),
];

fn space_of(uri: &str) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let plain = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://")).unwrap_or(&uri);
    let plain = plain.strip_prefix("www.").unwrap_or(plain).trim_end_matches('/');
    if plain.is_empty() || plain.starts_with("backend.userland.com/rss") {
        return Space::Core;
    }
    SPACES.iter().find(|(known, _)| *known == plain).map_or(Space::Other, |(_, space)| *space)
}

/// Most prefixes kept of a document; real ones declare twenty.
const PREFIXES_MAX: usize = 200;

/// What the prefixes of a document mean. A prefix means one thing in a document, wherever it is declared.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Names {
    prefixes: HashMap<String, Space>,
}

impl Names {
    /// Takes the declarations of a tag; what its default namespace is from here on, if it says so.
    pub(super) fn declare(&mut self, attrs: &str) -> Option<Space> {
        if !attrs.contains("xmlns") {
            return None;
        }
        let mut default = None;
        for attribute in attributes(attrs) {
            if attribute.0 == "xmlns" {
                // A default namespace that nobody knows is meant to be the feed's own.
                default = Some(match space_of(&attribute.1) {
                    Space::Other => Space::Core,
                    known => known,
                });
            } else if let Some(prefix) = attribute.0.strip_prefix("xmlns:") {
                let space = if attribute.1.starts_with("urn:undeclared:") { known_prefix(prefix) } else { space_of(&attribute.1) };
                if self.prefixes.len() < PREFIXES_MAX {
                    self.prefixes.insert(prefix.to_owned(), space);
                }
            }
        }
        default
    }

    /// The vocabulary and the local name, in lower case, of the element `name`.
    pub(super) fn resolve<'a>(&self, name: &'a str, default: Space) -> (Space, Cow<'a, str>) {
        let (space, local) = match name.split_once(':') {
            None => (default, name),
            Some((prefix, local)) => (self.prefixes.get(prefix).copied().unwrap_or_else(|| known_prefix(prefix)), local),
        };
        let local =
            if local.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(local.to_ascii_lowercase()) } else { Cow::Borrowed(local) };
        (space, local)
    }
}

fn known_prefix(prefix: &str) -> Space {
    PREFIXES.iter().find(|(known, _)| known.eq_ignore_ascii_case(prefix)).map_or(Space::Other, |(_, space)| *space)
}

/// Names and decoded values of the attributes in `raw`.
pub(super) fn attributes(raw: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let mut attributes = Attributes::new(raw, 0);
    attributes.with_checks(false);
    attributes.filter_map(|attribute| {
        let attribute = attribute.ok()?;
        let value = match attribute.value {
            Cow::Borrowed(value) => text::xml_decoded(value),
            Cow::Owned(value) => Cow::Owned(text::xml_decoded(&value).into_owned()),
        };
        Some((attribute.key.into_inner(), value))
    })
}

/// An element below a feed or an entry.
#[derive(Clone, Debug)]
pub(in super::super) struct Node<'a> {
    pub(in super::super) space: Space,
    /// Without prefix, in lower case.
    pub(in super::super) local: Cow<'a, str>,
    /// The attributes as they stand.
    pub(in super::super) attrs: &'a str,
    /// What stands between the tags, undecoded.
    pub(in super::super) inner: &'a str,
}

impl<'a> Node<'a> {
    /// Whether it is `local` of `space`.
    pub(in super::super) fn is(&self, space: Space, local: &str) -> bool {
        self.space == space && self.local == local
    }

    /// The value of an attribute, trimmed; none where it is missing or empty. The name without regard to case.
    pub(in super::super) fn attr(&self, name: &str) -> Option<String> {
        attr(self.attrs, name)
    }

    /// The text, decoded and trimmed.
    pub(in super::super) fn text(&self) -> Cow<'a, str> {
        match text::xml_decoded(self.inner) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        }
    }

    /// The text, if there is any.
    pub(in super::super) fn some_text(&self) -> Option<Cow<'a, str>> {
        Some(self.text()).filter(|text| !text.is_empty())
    }

    /// Whether elements stand in it.
    pub(in super::super) fn has_elements(&self) -> bool {
        let bytes = self.inner.as_bytes();
        let mut pos = 0;
        while let Some(found) = memchr::memchr(b'<', &bytes[pos..]) {
            let rest = &self.inner[pos + found..];
            let skip = if rest.starts_with("<![CDATA[") {
                memmem::find(rest.as_bytes(), b"]]>").map_or(rest.len(), |end| end + 3)
            } else if rest.starts_with("<!--") {
                memmem::find(rest.as_bytes(), b"-->").map_or(rest.len(), |end| end + 3)
            } else if rest.starts_with("<?") {
                rest.find("?>").map_or(rest.len(), |end| end + 2)
            } else {
                return true;
            };
            pos += found + skip;
        }
        false
    }
}

/// The value of the attribute `name` in `raw`.
pub(in super::super) fn attr(raw: &str, name: &str) -> Option<String> {
    if raw.len() < name.len() {
        return None;
    }
    let (_, value) = attributes(raw).find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    let value = value.trim();
    if value.is_empty() { None } else { Some(value.to_owned()) }
}
