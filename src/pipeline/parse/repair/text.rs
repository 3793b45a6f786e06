//! Elements that hold text: `title`, `description`, `content:encoded` and their like. What looks like a tag in them is markup of the text that
//! nobody escaped; it is put into a CDATA section, so that whoever reads the document sees the text that the publisher meant.

use memchr::{memchr, memchr2};

use super::find::{End, is_cdata};
use super::names::{self};
use super::tags::{self, Tag};
use super::walk::Walk;

/// A piece of the content of a text element.
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Text, references undecoded.
    Text(usize, usize),
    /// A CDATA section, from its beginning to behind its end, and whether it is closed.
    Cdata(usize, usize, bool),
    /// A tag or a comment.
    Markup(usize, usize),
}

impl Piece {
    fn start(self) -> usize {
        match self {
            Self::Text(from, _) | Self::Cdata(from, ..) | Self::Markup(from, _) => from,
        }
    }
}

/// Most pieces of one text that are told apart.
const PIECES_MAX: usize = 50_000;

impl<'a> Walk<'a> {
    /// Reads the text element whose tag begins at `at`, to behind its end tag; where to go on.
    pub(super) fn text_element(&mut self, at: usize, tag: &Tag<'a>) -> usize {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut has_markup = false;
        let (content_end, end, closed) = self.scan(tag, &mut pieces, &mut has_markup);
        if has_markup || pieces.len() >= PIECES_MAX {
            // An Atom text construct that says it is plain text, or says nothing, is HTML after all.
            let media_type = tag
                .attributes
                .iter()
                .find(|attribute| attribute.name == "type")
                .map(|attribute| attribute.value.trim().to_ascii_lowercase());
            let plain = media_type.as_deref().is_none_or(|media_type| matches!(media_type, "" | "text" | "text/plain"));
            if self.is_atom() && plain {
                let others =
                    tag.attributes.iter().filter(|attribute| attribute.name != "type").map(|attribute| (attribute.name, attribute.value));
                let mut written = String::new();
                tags::write(tag.name, others.chain([("type", "html")]), false, &self.entities, &mut written);
                self.replace(at, tag.end, &written);
            } else if tag.broken {
                self.rewrite(at, tag, false);
            }
            self.note("markup in a text that should have been escaped");
            let source = self.source(&pieces);
            self.replace(tag.end, content_end, &format!("<![CDATA[{}]]>", source.replace("]]>", "]]]]><![CDATA[>")));
        } else {
            if tag.broken {
                self.rewrite(at, tag, false);
            }
            for piece in &pieces {
                match *piece {
                    Piece::Text(from, to) => self.references(from, to),
                    Piece::Cdata(from, to, closed) => self.cdata_in_order(from, to, closed),
                    Piece::Markup(..) => {}
                }
            }
        }
        if !closed {
            self.note(if end == self.text.len() {
                "the document ends in the middle; it was read as far as it goes"
            } else {
                "elements that are not closed"
            });
        }
        if !closed || &self.text[content_end..end] != format!("</{}>", tag.name).as_str() && !self.end_is_fine(content_end, end, tag.name) {
            self.replace(content_end, end, &format!("</{}>", tag.name));
        }
        end
    }

    /// `</name >` is as good as `</name>`.
    fn end_is_fine(&self, from: usize, to: usize, name: &str) -> bool {
        self.text[from..to]
            .strip_prefix("</")
            .and_then(|rest| rest.strip_prefix(name))
            .and_then(|rest| rest.strip_suffix('>'))
            .is_some_and(|rest| rest.trim_ascii().is_empty())
    }

    /// Cuts the content into pieces: its end, the end of the end tag, and whether there is one.
    fn scan(&self, tag: &Tag<'a>, pieces: &mut Vec<Piece>, has_markup: &mut bool) -> (usize, usize, bool) {
        let (text, bytes) = (self.text, self.text.as_bytes());
        let (mut pos, mut depth) = (tag.end, 0_usize);
        let mut text_from = pos;
        let mut piece = |pieces: &mut Vec<Piece>, from: usize, to: usize, what: Option<Piece>| {
            if text_from < from {
                pieces.push(Piece::Text(text_from, from));
            }
            pieces.extend(what);
            text_from = to;
            // More pieces than any text has are one: markup, as it stands.
            if pieces.len() > PIECES_MAX {
                let from = pieces.drain(PIECES_MAX - 1..).next().map_or(from, Piece::start);
                pieces.push(Piece::Markup(from, to));
            }
        };
        while let Some(found) = memchr(b'<', &bytes[pos..]) {
            let at = pos + found;
            let rest = &bytes[at + 1..];
            pos = match rest {
                [b'!', b'[', ..] if is_cdata(rest) => {
                    let (end, closed) = self.cdata_end(at, Some(tag.name));
                    piece(pieces, at, end, Some(Piece::Cdata(at, end, closed)));
                    end
                }
                [b'!', b'-', b'-', ..] => match self.find(at, End::Comment) {
                    Some(end) => {
                        piece(pieces, at, end, Some(Piece::Markup(at, end)));
                        end
                    }
                    None => at + 1,
                },
                [b'/', ..] => {
                    let Some(name) = tags::name_at(text, at + 2) else {
                        pos = at + 1;
                        continue;
                    };
                    let name_end = at + 2 + name.len();
                    let end = match memchr2(b'>', b'<', &bytes[name_end..]) {
                        Some(length) if bytes[name_end + length] == b'>' => name_end + length + 1,
                        Some(length) => name_end + length,
                        None => bytes.len(),
                    };
                    if name.eq_ignore_ascii_case(tag.name) {
                        if depth == 0 {
                            piece(pieces, at, end, None);
                            return (at, end, true);
                        }
                        depth -= 1;
                    } else if self.stack.iter().any(|open| open.name.eq_ignore_ascii_case(name)) {
                        piece(pieces, at, at, None);
                        return (at, at, false);
                    }
                    *has_markup = true;
                    piece(pieces, at, end, Some(Piece::Markup(at, end)));
                    end
                }
                _ => match tags::start_tag(text, at, &self.entities) {
                    Some(inner) if names::breaks_text(inner.name, tag.name) => {
                        piece(pieces, at, at, None);
                        return (at, at, false);
                    }
                    Some(inner) => {
                        if inner.name.eq_ignore_ascii_case(tag.name) && !inner.empty {
                            depth += 1;
                        }
                        *has_markup = true;
                        piece(pieces, at, inner.end, Some(Piece::Markup(at, inner.end)));
                        inner.end
                    }
                    None => at + 1,
                },
            };
        }
        piece(pieces, bytes.len(), bytes.len(), None);
        (bytes.len(), bytes.len(), false)
    }

    /// References and stray `<` of plain text.
    fn references(&mut self, from: usize, to: usize) {
        let mut pos = from;
        while let Some(found) = memchr2(b'&', b'<', &self.text.as_bytes()[pos..to]) {
            let at = pos + found;
            pos = if self.text.as_bytes()[at] == b'&' { self.reference(at) } else { self.stray(at) };
        }
    }

    /// Puts the CDATA section from `at` to `end` in order.
    pub(super) fn cdata_in_order(&mut self, at: usize, end: usize, closed: bool) {
        if &self.text[at..at + 9] != "<![CDATA[" {
            self.replace(at, at + 9, "<![CDATA[");
        }
        if !closed {
            self.note("a CDATA section that is not closed");
            self.replace(end, end, "]]>");
        }
    }

    /// The text that the pieces mean, as HTML source.
    fn source(&self, pieces: &[Piece]) -> String {
        let mut source = String::new();
        for piece in pieces {
            match *piece {
                Piece::Text(from, to) => {
                    let text = &self.text[from..to];
                    // Where some of the markup is escaped and some is not, the escaped part is markup too.
                    if text.contains("&lt;/") || text.contains("&lt;br") || text.contains("&lt;p&gt;") {
                        source.push_str(&super::super::text::xml_decoded(text));
                    } else {
                        source.push_str(text);
                    }
                }
                Piece::Cdata(from, to, _) => {
                    let inner = &self.text[from + 9..to];
                    source.push_str(inner.strip_suffix("]]>").unwrap_or(inner));
                }
                Piece::Markup(from, to) => source.push_str(&self.text[from..to]),
            }
        }
        source
    }
}
