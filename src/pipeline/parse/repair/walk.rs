//! The walk over a document that puts its structure in order.

use std::borrow::Cow;
use std::cell::Cell;

use memchr::memchr2;

use super::find::{End, is_cdata};
use super::names::{self, Class};
use super::refs::{self, Entities, Reference};
use super::tags::{self, Tag};
use super::{DEPTH_MAX, Repaired, root};

/// An element that is not closed yet.
pub(super) struct Open<'a> {
    /// As its end tag is to be written.
    pub(super) name: Cow<'a, str>,
    pub(super) class: Class,
}

/// The state of one walk.
pub(super) struct Walk<'a> {
    pub(super) text: &'a str,
    pub(super) entities: Entities,
    pub(super) stack: Vec<Open<'a>>,
    /// How many open elements are [`Class::Markup`].
    pub(super) markup_depth: usize,
    pub(super) out: String,
    /// All before this place of `text` is in `out`, if anything has changed.
    pub(super) copied: usize,
    pub(super) changed: bool,
    pub(super) notes: Vec<&'static str>,
    /// Start tags so far.
    tags: usize,
    /// Characters written as references so far.
    pub(super) escapes: usize,
    pub(super) entries: usize,
    pub(super) entries_max: usize,
    pub(super) cut: bool,
    pub(super) prefixes_declared: Vec<&'a str>,
    pub(super) prefixes_used: Vec<&'a str>,
    /// Where declarations can be added: behind the outermost element's name in what is written.
    pub(super) root_name_end: usize,
    pub(super) is_atom: bool,
    /// From where on the ends that were looked for do not come any more, so that nobody looks again: a thousand `<!--` cost one search.
    pub(super) absent: Cell<[Option<usize>; 4]>,
}

/// Most characters of a document that are written as references; a feed of 20 MB full of bare addresses has fewer.
const ESCAPES_MAX: usize = 200_000;

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str, entities: Entities, entries_max: usize) -> Self {
        Self {
            text,
            entities,
            stack: Vec::new(),
            markup_depth: 0,
            out: String::new(),
            copied: 0,
            changed: false,
            notes: Vec::new(),
            tags: 0,
            escapes: 0,
            entries: 0,
            entries_max,
            cut: false,
            prefixes_declared: vec!["xml", "xmlns"],
            prefixes_used: Vec::new(),
            root_name_end: 0,
            is_atom: false,
            absent: Cell::default(),
        }
    }

    pub(super) fn run(mut self) -> Repaired<'a> {
        let bytes = self.text.as_bytes();
        let mut pos = 0;
        while let Some(found) = memchr2(b'<', b'&', &bytes[pos..]) {
            let at = pos + found;
            pos = if bytes[at] == b'&' { self.reference(at) } else { self.angle(at) };
            if self.cut {
                break;
            }
        }
        if !self.stack.is_empty() && !self.cut {
            self.note("the document ends in the middle; it was read as far as it goes");
        }
        let end = if self.cut { pos } else { self.text.len() };
        while !self.stack.is_empty() {
            self.close_top(end);
        }
        if self.cut {
            self.replace(end, self.text.len(), "");
        }
        self.declare_prefixes();
        let text = if self.changed {
            self.out.push_str(&self.text[self.copied..]);
            Cow::Owned(self.out)
        } else {
            Cow::Borrowed(self.text)
        };
        Repaired { text, notes: self.notes, cut: self.cut, tags: self.tags }
    }

    pub(super) fn note(&mut self, note: &'static str) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Writes `with` for what stands from `from` to `to`. Places must come in order.
    pub(super) fn replace(&mut self, from: usize, to: usize, with: &str) {
        self.out.push_str(&self.text[self.copied..from]);
        self.out.push_str(with);
        self.copied = to;
        self.changed = true;
    }

    /// Puts the reference at `at` in order; where to go on.
    pub(super) fn reference(&mut self, at: usize) -> usize {
        match refs::look(self.text, at, &self.entities) {
            Reference::Good(end) => end,
            Reference::Bad(end, with) => {
                if self.is_worn_out() {
                    self.replace(at, end, "");
                    return end;
                }
                self.note(if with == "&amp;" { "bare ampersands" } else { "references that XML does not know" });
                self.replace(at, end, &with);
                end
            }
        }
    }

    /// Whatever begins with `<` at `at`; where to go on.
    fn angle(&mut self, at: usize) -> usize {
        let rest = &self.text.as_bytes()[at + 1..];
        match rest {
            [b'!', b'-', b'-', ..] => self.comment(at),
            [b'!', b'[', ..] if is_cdata(rest) => self.cdata(at),
            [b'!', ..] => self.declaration(at),
            [b'?', ..] => self.instruction(at),
            [b'/', ..] => self.end_tag(at),
            _ => match tags::start_tag(self.text, at, &self.entities) {
                Some(tag) => self.start_tag(at, &tag),
                None if tags::name_at(self.text, at + 1).is_some() => {
                    // The document ends inside a tag.
                    self.note("the document ends in the middle; it was read as far as it goes");
                    self.replace(at, self.text.len(), "");
                    self.text.len()
                }
                None => self.stray(at),
            },
        }
    }

    /// Counts a character that has to be written as a reference. A document with more of them than any real one makes itself five times as
    /// long: what comes after is left out.
    fn is_worn_out(&mut self) -> bool {
        self.escapes += 1;
        if self.escapes > ESCAPES_MAX {
            self.note("more stray `&` and `<` than anybody means; the later ones were left out");
        }
        self.escapes > ESCAPES_MAX
    }

    /// A `<` that begins nothing.
    pub(super) fn stray(&mut self, at: usize) -> usize {
        if self.is_worn_out() {
            self.replace(at, at + 1, "");
            return at + 1;
        }
        self.note("`<` that begin no tag");
        self.replace(at, at + 1, "&lt;");
        at + 1
    }

    fn comment(&mut self, at: usize) -> usize {
        match self.find(at, End::Comment) {
            Some(end) => end,
            None => {
                self.note("a comment that is not closed");
                self.stray(at)
            }
        }
    }

    fn cdata(&mut self, at: usize) -> usize {
        let (end, closed) = self.cdata_end(at, self.stack.last().map(|open| &*open.name));
        self.cdata_in_order(at, end, closed);
        end
    }

    /// `<!DOCTYPE` in the middle, and other declarations: nothing a feed needs.
    fn declaration(&mut self, at: usize) -> usize {
        let Some(end) = self.find(at, End::Angle) else { return self.stray(at) };
        self.replace(at, end, "");
        end
    }

    /// `<?xml-stylesheet …?>` stays; a declaration in the middle goes, since it would switch the encoding.
    fn instruction(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let xml = bytes[at..]
            .get(..6)
            .is_some_and(|start| start[..5].eq_ignore_ascii_case(b"<?xml") && !start[5].is_ascii_alphanumeric() && start[5] != b'-');
        let end = match self.find(at, End::Instruction) {
            Some(end) if !xml => return end,
            Some(end) => end,
            None => match self.find(at, End::Angle) {
                Some(end) => end,
                None => return self.stray(at),
            },
        };
        self.note("a declaration in the middle of the document");
        self.replace(at, end, "");
        end
    }

    fn start_tag(&mut self, at: usize, tag: &Tag<'a>) -> usize {
        self.tags += 1;
        let class = names::class(tag.name);
        let plain = self.markup_depth == 0;
        if class == Class::Entry {
            self.close_entry(at);
            if self.entries == self.entries_max {
                self.cut = true;
                return at;
            }
            self.entries += 1;
        } else if plain && matches!(class, Class::Leaf | Class::Text) && self.stack.last().is_some_and(|open| open.class == Class::Leaf) {
            // Nothing of a feed stands inside `link`, `guid` and their like.
            self.note("elements that are not closed");
            self.close_top(at);
        }
        if self.stack.len() >= DEPTH_MAX {
            self.note("elements nested too deep; their tags were dropped");
            self.replace(at, tag.end, "");
            return tag.end;
        }
        if plain || class == Class::Entry {
            self.watch_prefixes(tag);
        }
        let first = self.root_name_end == 0;
        let name = if first { self.root_tag(at, tag) } else { Cow::Borrowed(tag.name) };
        let markup = class == Class::Markup || (class == Class::Text && is_markup_type(tag));
        // A text element writes its tag itself, when it knows what stands in it.
        let writes_itself = class == Class::Text && plain && !markup && !tag.empty;
        if tag.broken && !first && !writes_itself {
            self.rewrite(at, tag, tag.empty);
        }
        let void = !plain && !tag.empty && names::is_void(tag.name) && !self.text[tag.end..].starts_with("</");
        if tag.empty || void {
            if void && !tag.broken {
                self.note("elements that are not closed");
                self.replace(tag.end - 1, tag.end, "/>");
            } else if void {
                self.rewrite_end(tag.end);
            }
            return tag.end;
        }
        if class == Class::Text && plain && !markup && !first {
            return self.text_element(at, tag);
        }
        if markup || !plain {
            self.markup_depth += 1;
        }
        let class = if markup || !plain { Class::Markup } else { class };
        self.stack.push(Open { name, class });
        tag.end
    }

    /// The outermost tag, as feed-rs expects it; the name for its end tag.
    fn root_tag(&mut self, at: usize, tag: &Tag<'a>) -> Cow<'a, str> {
        let adjusted = root::adjusted(tag);
        let name: Cow<'a, str> = adjusted.name.map_or(Cow::Borrowed(tag.name), Cow::Borrowed);
        self.is_atom = name.eq_ignore_ascii_case("feed") || name.eq_ignore_ascii_case("entry") || name.ends_with(":feed");
        self.root_name_end = self.out.len() + (at - self.copied) + 1 + name.len();
        if adjusted.name.is_some() || adjusted.attributes.is_some() || tag.broken {
            let own = || tag.attributes.iter().map(|attribute| (attribute.name.to_owned(), attribute.value.to_owned())).collect();
            let attributes = adjusted.attributes.unwrap_or_else(own);
            let mut written = String::new();
            tags::write(
                &name,
                attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())),
                tag.empty,
                &self.entities,
                &mut written,
            );
            self.replace(at, tag.end, &written);
        }
        name
    }

    pub(super) fn rewrite(&mut self, at: usize, tag: &Tag<'a>, empty: bool) {
        self.note("attributes that are not in order");
        let mut written = String::new();
        tags::write(
            tag.name,
            tag.attributes.iter().map(|attribute| (attribute.name, attribute.value)),
            empty,
            &self.entities,
            &mut written,
        );
        self.replace(at, tag.end, &written);
    }

    /// Makes the tag just written an empty one.
    fn rewrite_end(&mut self, end: usize) {
        debug_assert_eq!(self.copied, end);
        if self.out.ends_with('>') && !self.out.ends_with("/>") {
            self.out.pop();
            self.out.push_str("/>");
        }
    }

    pub(super) fn is_atom(&self) -> bool {
        self.is_atom
    }
}

/// Whether the tag says that its content is markup of the document itself.
fn is_markup_type(tag: &Tag) -> bool {
    let value = |name: &str| {
        tag.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name)).map(|attribute| attribute.value.trim())
    };
    let media_type = value("type").unwrap_or_default().to_ascii_lowercase();
    let mode = value("mode").unwrap_or_default().to_ascii_lowercase();
    !matches!(mode.as_str(), "escaped" | "base64")
        && (media_type == "xhtml" || media_type.ends_with("+xml") || media_type.ends_with("/xml") || mode == "xml")
}
