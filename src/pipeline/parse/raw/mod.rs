//! The tolerant reading: repaired text cut by quick-xml into feed, entries and their elements, nothing interpreted and nothing lost. Everything
//! is borrowed from the text.

mod node;

use quick_xml::Reader;
use quick_xml::events::Event;

pub(super) use node::{Names, Node, Space, attr};

/// Most elements kept of one entry, and of the feed itself; real ones have a few dozen.
const NODES_MAX: usize = 2_000;

/// A document, cut up.
#[derive(Debug, Default)]
pub(super) struct RawFeed<'a> {
    /// The outermost element's local name, in lower case.
    pub(super) root: String,
    /// The attributes of the outermost element and of `channel`, as they stand.
    pub(super) root_attrs: &'a str,
    pub(super) channel_attrs: &'a str,
    /// The elements of the feed itself.
    pub(super) nodes: Vec<Node<'a>>,
    /// The entries, in document order, wherever they stand.
    pub(super) entries: Vec<RawEntry<'a>>,
    pub(super) names: Names,
    /// Some entry, or the feed itself, has more elements than are kept.
    pub(super) crowded: bool,
}

/// An entry, cut up.
#[derive(Debug)]
pub(super) struct RawEntry<'a> {
    pub(super) attrs: &'a str,
    pub(super) nodes: Vec<Node<'a>>,
    /// What stands between its tags, as far as it was cut up.
    pub(super) inner: &'a str,
}

/// A reader that knows where in the text it is.
struct Cursor<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Where the reader began.
    begun: usize,
    /// Where the piece read last begins.
    piece: usize,
}

/// A start tag.
struct Start<'a> {
    name: &'a str,
    attrs: &'a str,
    empty: bool,
}

enum Piece<'a> {
    Start(Start<'a>),
    End,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, reader: reader(text), begun: 0, piece: 0 }
    }

    fn position(&self) -> usize {
        self.begun.saturating_add(usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len())).min(self.text.len())
    }

    /// Goes on reading at `at`.
    fn go_to(&mut self, at: usize) {
        self.reader = reader(&self.text[at..]);
        self.begun = at;
    }

    /// The next tag; none at the end, and at what even the repair stage left unreadable.
    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            let before = self.position();
            self.piece = before;
            let (name_length, empty) = match self.reader.read_event() {
                Ok(Event::Start(start)) => (start.name().as_ref().len(), false),
                Ok(Event::Empty(start)) => (start.name().as_ref().len(), true),
                Ok(Event::End(_)) => return Some(Piece::End),
                Ok(Event::Eof) | Err(_) => return None,
                Ok(_) => continue,
            };
            let tag = self.text.get(before + 1..self.position() - if empty { 2 } else { 1 })?;
            let (name, attrs) = tag.split_at_checked(name_length)?;
            return Some(Piece::Start(Start { name, attrs, empty }));
        }
    }

    /// What stands between the tag just read and its end tag.
    fn inner(&mut self, start: &Start<'a>) -> &'a str {
        if start.empty {
            return "";
        }
        let from = self.position();
        if let Some(length) = plain_inner(&self.text[from..], start.name) {
            self.go_to(from + length + "</>".len() + start.name.len());
            return &self.text[from..from + length];
        }
        let end = quick_xml::name::QName(start.name);
        match self.reader.read_to_end(end) {
            Ok(span) => self.text.get(from..self.begun + usize::try_from(span.end).unwrap_or_default()).unwrap_or_default(),
            Err(_) => self.text.get(from..).unwrap_or_default(),
        }
    }
}

/// The reader of `text`.
fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

/// Length of what stands before the end tag of the element `name`, where that is text or one CDATA section, as in nearly all elements of feeds: two
/// searches find it.
fn plain_inner(rest: &str, name: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = memchr::memchr(b'<', bytes)?;
    if rest[at..].starts_with("<![CDATA[") {
        at += memchr::memmem::find(&bytes[at..], b"]]>")? + "]]>".len();
        at += memchr::memchr(b'<', &bytes[at..])?;
    }
    rest[at..].strip_prefix("</")?.strip_prefix(name)?.starts_with('>').then_some(at)
}

/// Cuts `text` up.
pub(super) fn read(text: &str) -> RawFeed<'_> {
    let mut cursor = Cursor::new(text);
    let mut feed = RawFeed::default();
    // The default namespace inside each open container.
    let mut defaults: Vec<Space> = Vec::new();
    while let Some(piece) = cursor.next() {
        let Piece::Start(start) = piece else {
            defaults.pop();
            continue;
        };
        let outer = defaults.last().copied().unwrap_or(Space::Core);
        let default = feed.names.declare(start.attrs).unwrap_or(outer);
        let (space, local) = feed.names.resolve(start.name, default);
        if feed.root.is_empty() {
            feed.root = local.clone().into_owned();
            feed.root_attrs = start.attrs;
        }
        let core = matches!(space, Space::Core | Space::Rdf);
        if core && matches!(&*local, "item" | "entry") {
            let from = cursor.position();
            let nodes = if start.empty { Vec::new() } else { entry_nodes(&mut cursor, &mut feed.names, default) };
            let inner = if start.empty { "" } else { text.get(from..cursor.piece).unwrap_or_default() };
            feed.crowded |= nodes.len() == NODES_MAX;
            feed.entries.push(RawEntry { attrs: start.attrs, nodes, inner });
        } else if (core && is_container(&local)) || (!core && is_wrapper(&local)) {
            if local == "channel" && feed.channel_attrs.is_empty() {
                feed.channel_attrs = start.attrs;
            }
            if !start.empty {
                defaults.push(default);
            }
        } else if core && !is_known(&local) {
            // An element nobody knows may hold entries; if it does not, nothing is lost.
            if !start.empty {
                defaults.push(default);
            }
        } else {
            let inner = cursor.inner(&start);
            if feed.nodes.len() == NODES_MAX {
                feed.crowded = true;
            } else if is_asked_for(&local) {
                feed.nodes.push(Node { space, local, attrs: start.attrs, inner });
            }
        }
    }
    feed
}

/// The elements of the entry whose tag was just read, to behind its end tag.
fn entry_nodes<'a>(cursor: &mut Cursor<'a>, names: &mut Names, default: Space) -> Vec<Node<'a>> {
    let mut nodes = Vec::with_capacity(8);
    while let Some(Piece::Start(start)) = cursor.next() {
        let node = node(cursor, &start, names, default);
        if nodes.len() < NODES_MAX && is_asked_for(&node.local) {
            nodes.push(node);
        }
    }
    nodes
}

fn node<'a>(cursor: &mut Cursor<'a>, start: &Start<'a>, names: &mut Names, default: Space) -> Node<'a> {
    let default = names.declare(start.attrs).unwrap_or(default);
    let (space, local) = names.resolve(start.name, default);
    Node { space, local, attrs: start.attrs, inner: cursor.inner(start) }
}

/// The elements inside `node`.
pub(super) fn children<'a>(node: &Node<'a>, names: &Names) -> Vec<Node<'a>> {
    let mut cursor = Cursor::new(node.inner);
    let mut nodes = Vec::new();
    let default = if node.space == Space::Xhtml { Space::Xhtml } else { Space::Core };
    // Copied only where a part declares something itself.
    let mut own = if node.inner.contains("xmlns") { Some(names.clone()) } else { None };
    while let Some(piece) = cursor.next() {
        if let Piece::Start(start) = piece {
            let default = own.as_mut().and_then(|own| own.declare(start.attrs)).unwrap_or(default);
            let (space, local) = own.as_ref().unwrap_or(names).resolve(start.name, default);
            let inner = cursor.inner(&start);
            if nodes.len() < NODES_MAX {
                nodes.push(Node { space, local, attrs: start.attrs, inner });
            }
        }
    }
    nodes
}

/// Whether the tolerant reading asks for elements of this name, in whichever vocabulary. Others are passed over.
fn is_asked_for(local: &str) -> bool {
    matches!(
        local,
        "title"
            | "link"
            | "description"
            | "guid"
            | "pubdate"
            | "category"
            | "categories"
            | "creator"
            | "encoded"
            | "content"
            | "summary"
            | "id"
            | "updated"
            | "published"
            | "author"
            | "enclosure"
            | "comments"
            | "source"
            | "thumbnail"
            | "group"
            | "date"
            | "subject"
            | "identifier"
            | "issued"
            | "modified"
            | "created"
            | "lastbuilddate"
            | "image"
            | "cover"
            | "thumb"
            | "duration"
            | "keywords"
            | "managingeditor"
            | "webmaster"
            | "fullitem"
            | "full-text"
            | "body"
            | "div"
            | "abstract"
            | "text"
            | "language"
            | "subtitle"
            | "tagline"
            | "ttl"
            | "skiphours"
            | "skipdays"
            | "updateperiod"
            | "updatefrequency"
    )
}

fn is_container(local: &str) -> bool {
    matches!(local, "rss" | "rdf" | "channel" | "feed" | "items" | "entries")
}

/// Elements of other vocabularies that have been seen around a feed.
fn is_wrapper(local: &str) -> bool {
    matches!(local, "rss" | "rdf" | "feed" | "channel" | "envelope" | "body" | "html")
}

/// Elements of feeds that hold no entries.
fn is_known(local: &str) -> bool {
    matches!(
        local,
        "title"
            | "link"
            | "description"
            | "language"
            | "copyright"
            | "managingeditor"
            | "webmaster"
            | "pubdate"
            | "lastbuilddate"
            | "category"
            | "generator"
            | "docs"
            | "cloud"
            | "ttl"
            | "image"
            | "rating"
            | "textinput"
            | "skiphours"
            | "skipdays"
            | "id"
            | "subtitle"
            | "tagline"
            | "updated"
            | "modified"
            | "published"
            | "author"
            | "contributor"
            | "icon"
            | "logo"
            | "rights"
            | "info"
            | "abstract"
            | "schedule"
            | "source"
            | "name"
            | "url"
            | "li"
            | "seq"
            | "issued"
            | "created"
            | "newlocation"
    )
}
