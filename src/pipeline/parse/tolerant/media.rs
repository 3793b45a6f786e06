//! Attached files and pictures: `enclosure`, `media:*`, `itunes:*`, Atom links.

use url::Url;

use super::Context;
use crate::model::Enclosure;
use crate::pipeline::parse::raw::{self, Node, Space};

/// Most files taken of one entry.
const ENCLOSURES_MAX: usize = 50;

/// Least width or height of a picture of an entry: GitHub's are 30 (whoever made a release), Blogger's 72.
const PICTURE_PIXELS_MIN: u32 = 64;

/// `media:group` holds `media:content`, which holds `media:thumbnail`: no deeper.
const DEPTH_MAX: usize = 3;

/// The files of an entry, and its picture.
#[derive(Default)]
pub(super) struct Media {
    pub(super) enclosures: Vec<Enclosure>,
    pub(super) image: Option<String>,
}

/// Finds files and picture among the elements.
pub(super) fn media(nodes: &[Node], base: Option<&Url>, context: &Context) -> Media {
    let mut media = Media::default();
    let mut fallback = None;
    for node in nodes {
        match (node.space, &*node.local) {
            (Space::Core, "enclosure") => {
                let address = node.attr("url").or_else(|| node.attr("href")).or_else(|| node.some_text().map(std::borrow::Cow::into_owned));
                media.push(enclosure(node, address, "length", base, context));
            }
            (Space::Core, "link") if node.attr("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("enclosure")) => {
                media.push(enclosure(node, node.attr("href"), "length", base, context));
            }
            (Space::Media, _) => media.element(node, base, context, 0),
            (Space::Itunes, "image") => {
                let address = node.attr("href").or_else(|| node.attr("url")).or_else(|| node.some_text().map(std::borrow::Cow::into_owned));
                media.image = media.image.take().or_else(|| address.and_then(|address| context.http(&address, base)));
            }
            (Space::Core, "image" | "thumbnail" | "cover" | "thumb") => {
                let address = if node.has_elements() {
                    raw::children(node, &context.names).iter().find(|part| part.local == "url").map(|part| part.text().into_owned())
                } else {
                    node.attr("href")
                        .or_else(|| node.attr("url"))
                        .or_else(|| node.attr("src"))
                        .or_else(|| node.some_text().map(std::borrow::Cow::into_owned))
                };
                fallback = fallback.or_else(|| address.and_then(|address| context.http(&address, base)));
            }
            _ => {}
        }
    }
    media.image = media.image.or(fallback);
    let duration = nodes.iter().find(|node| node.is(Space::Itunes, "duration")).and_then(|node| seconds(&node.text()));
    if let Some(playing) =
        media.enclosures.iter_mut().find(|file| file.media_type.as_deref().is_none_or(|media_type| !media_type.starts_with("image")))
        && playing.duration_seconds.is_none()
    {
        playing.duration_seconds = duration;
    }
    media
}

impl Media {
    fn push(&mut self, enclosure: Option<Enclosure>) {
        if let Some(enclosure) = enclosure
            && self.enclosures.len() < ENCLOSURES_MAX
            && !self.enclosures.iter().any(|known| known.url == enclosure.url)
        {
            self.enclosures.push(enclosure);
        }
    }

    /// An element of Media RSS; groups hold others.
    fn element(&mut self, node: &Node, base: Option<&Url>, context: &Context, depth: usize) {
        match &*node.local {
            "group" | "content" => {
                let parts = if node.has_elements() { raw::children(node, &context.names) } else { Vec::new() };
                if node.local == "content" {
                    self.content(node, &parts, base, context);
                }
                if depth < DEPTH_MAX {
                    for part in parts.iter().filter(|part| part.space == Space::Media) {
                        self.element(part, base, context, depth + 1);
                    }
                }
            }
            "thumbnail" => {
                let address = node.attr("url").or_else(|| node.some_text().map(std::borrow::Cow::into_owned));
                self.picture(node, address.and_then(|address| context.http(&address, base)));
            }
            _ => {}
        }
    }

    /// The first picture that is one of the entry.
    fn picture(&mut self, node: &Node, address: Option<String>) {
        let is_small = |name: &str| {
            node.attr(name)
                .and_then(|size| size.trim().trim_end_matches("px").parse().ok())
                .is_some_and(|size: u32| size < PICTURE_PIXELS_MIN)
        };
        let is_icon = is_small("width") && is_small("height");
        self.image = self.image.take().or_else(|| address.filter(|address| !is_icon && !is_face(address)));
    }

    fn content(&mut self, node: &Node, parts: &[Node], base: Option<&Url>, context: &Context) {
        let Some(mut file) = enclosure(node, node.attr("url"), "fileSize", base, context) else { return };
        let medium = node.attr("medium").unwrap_or_default();
        let path = file.url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let picture = medium.eq_ignore_ascii_case("image")
            || file.media_type.as_deref().is_some_and(|media_type| media_type.starts_with("image"))
            || (medium.is_empty()
                && file.media_type.is_none()
                && [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"].iter().any(|end| path.ends_with(end)));
        if picture {
            self.picture(node, Some(file.url));
            return;
        }
        // A page is no file, and neither is what says nothing about itself: often the article's own address.
        if file.media_type.as_deref() == Some("text/html")
            || (medium.is_empty() && file.media_type.is_none())
            || medium.eq_ignore_ascii_case("document")
        {
            return;
        }
        file.title = parts.iter().find(|part| part.is(Space::Media, "title")).and_then(|title| context.plain(title));
        file.duration_seconds = node.attr("duration").and_then(|duration| seconds(&duration));
        self.push(Some(file));
    }
}

fn enclosure(node: &Node, address: Option<String>, length: &str, base: Option<&Url>, context: &Context) -> Option<Enclosure> {
    Some(Enclosure {
        url: context.http(&address?, base)?,
        media_type: node.attr("type").filter(|media_type| media_type.contains('/')),
        length_bytes: node.attr(length).and_then(|length| length.parse().ok()).filter(|length| *length > 0),
        duration_seconds: None,
        title: node.attr("title"),
    })
}

/// What `read` makes of the first element of Media RSS with this name inside `media:group` or `media:content`, wherever it stands in them.
pub(super) fn inside<T>(node: &Node, name: &str, context: &Context, read: &impl Fn(&Node) -> Option<T>) -> Option<T> {
    fn look<T>(node: &Node, name: &str, context: &Context, read: &impl Fn(&Node) -> Option<T>, depth: usize) -> Option<T> {
        if depth == DEPTH_MAX || node.space != Space::Media || !matches!(&*node.local, "group" | "content") || !node.has_elements() {
            return None;
        }
        let parts = raw::children(node, &context.names);
        let own = parts.iter().filter(|part| part.is(Space::Media, name)).find_map(read);
        own.or_else(|| parts.iter().find_map(|part| look(part, name, context, read, depth + 1)))
    }
    look(node, name, context, read, 0)
}

/// Whether a picture shows who wrote, as WordPress and GitHub put one into every entry.
fn is_face(address: &str) -> bool {
    let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    host.ends_with("gravatar.com") || (host.starts_with("avatars") && host.ends_with(".githubusercontent.com"))
}

/// `1:02:03`, `62:03`, `3723`, `3723.5`: absurd ones are none.
pub(super) fn seconds(text: &str) -> Option<u64> {
    /// A month of playing is a mistake.
    const SECONDS_MAX: u64 = 31 * 86_400;
    let mut total = 0_u64;
    for part in text.trim().split(':') {
        let whole = part.trim().split('.').next().unwrap_or_default();
        total = total.checked_mul(60)?.checked_add(whole.parse().ok()?)?;
    }
    (total > 0 && total <= SECONDS_MAX).then_some(total)
}
