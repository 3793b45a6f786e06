//! JSON Feed 1.0 and 1.1, read value by value, so that a number where a text should be costs nothing and a bad entry costs itself only.

mod shape;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use url::Url;

use super::limits::ParseLimits;
use super::outline::TEXT_BYTES_MIN;
use super::text;
use super::tolerant::{is_http, person, zone};
use crate::model::{Body, BodyKind, Enclosure, Entry, Feed, FeedFormat, Person, PublisherHints, Reject};
use crate::pipeline::dates;
use shape::{Document, Object, Shape, list, object, scalar};

/// Most hubs, people, tags and attached files that are looked at.
const HUBS_MAX: usize = 10;
const PEOPLE_MAX: usize = 20;
const TAGS_MAX: usize = 100;
const ATTACHMENTS_MAX: usize = 50;

/// The names of bodies, the best first.
const BODIES: [(&str, BodyKind); 3] = [("content_html", BodyKind::Html), ("content_text", BodyKind::Text), ("summary", BodyKind::Text)];

/// So many entries are looked at to find out whether a feed is Chinese.
const LANGUAGE_ENTRIES_MAX: usize = 20;

/// The feed in `document`, how many entries the document has, and its long texts as they stand; or what it is instead.
pub(super) fn read<'a>(document: &'a str, url: &str, limits: &ParseLimits) -> Result<(Feed, usize, Vec<&'a str>), String> {
    let start = document.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut read = Document::new(limits.entries_max);
    let broken = read.read(start).err();
    if let Some(error) = &broken
        && read.items.is_empty()
    {
        if serde_json::from_str::<IgnoredAny>(start).is_ok() {
            return Err("JSON of another kind (a list or a single value)".to_owned());
        }
        read = salvaged(start, limits.entries_max);
        if read.items.is_empty() {
            return Err(format!("broken JSON ({error})"));
        }
    }
    if !read.has_items && !version(&read.top) {
        return Err("JSON of another kind (it has no `items`)".to_owned());
    }
    if !version(&read.top) && !read.items.iter().any(is_item) && broken.is_none() && !read.items.is_empty() {
        return Err("JSON of another kind (its `items` are no entries)".to_owned());
    }
    let reader =
        Reader { limits, base: Url::parse(url).ok(), zone: limits.time_zone.or_else(|| zone(None, chinese(&read.top, &read.items))) };
    let mut feed = reader.feed(&read.top);
    if broken.is_some() {
        feed.repairs.push("the document ends in the middle; it was read as far as it goes".to_owned());
    }
    // The authors of the feed are those of an entry without any.
    let authors = reader.people(&read.top);
    feed.entries.reserve_exact(read.items.len());
    let (taken, total, mut texts) = (read.items.len(), read.total, Vec::new());
    for (at, item) in read.items.into_iter().enumerate() {
        match item {
            Shape::Object(item) => {
                let mut entry = reader.entry(&item, &feed);
                if entry.authors.is_empty() {
                    entry.authors.clone_from(&authors);
                }
                if !entry.bodies.is_empty() {
                    let texts_of = BODIES.iter().filter_map(|(name, _)| item.get(name)).map(RawValue::get);
                    texts.extend(texts_of.filter(|text| text.starts_with('"') && text.len() >= TEXT_BYTES_MIN));
                }
                feed.entries.push(entry);
            }
            Shape::Other(kind) => {
                feed.rejects.push(Reject { what: format!("entry {}", at + 1), why: format!("it is no object but {kind}") });
            }
        }
    }
    if total > taken {
        let what = format!("the {} entries after entry {taken}", total - taken);
        feed.rejects.push(Reject { what, why: format!("at most {taken} entries of a document are read") });
    }
    Ok((feed, total, texts))
}

fn version(top: &Object) -> bool {
    scalar(top.get("version")).is_some_and(|version| version.contains("jsonfeed.org"))
}

fn is_item(item: &Shape) -> bool {
    let Shape::Object(item) = item else { return false };
    ["id", "url", "content_html", "content_text", "title"].iter().any(|name| item.get(name).is_some())
}

/// The entries of a document that is broken before them.
fn salvaged(document: &str, entries_max: usize) -> Document<'_> {
    let mut read = Document::new(entries_max);
    if let Some((_, rest)) = document.split_once("\"items\"")
        && let Some(list) = rest.trim_start().strip_prefix(':')
    {
        // As far as it goes.
        let _ = read.read_items(list);
    }
    read
}

fn chinese(top: &Object, items: &[Shape]) -> bool {
    if let Some(language) = text_of(top.get("language")) {
        return language.to_ascii_lowercase().starts_with("zh");
    }
    let titles = items.iter().take(LANGUAGE_ENTRIES_MAX).filter_map(|item| match item {
        Shape::Object(item) => text_of(item.get("title")),
        Shape::Other(_) => None,
    });
    let (mut han, mut all) = (0_usize, 0_usize);
    for title in titles {
        for c in title.chars().filter(|c| c.is_alphabetic()) {
            all += 1;
            han += usize::from(('\u{4e00}'..='\u{9fff}').contains(&c));
        }
    }
    han * 5 > all
}

/// A text, and nothing else.
fn text_of(raw: Option<&RawValue>) -> Option<String> {
    scalar(raw.filter(|raw| raw.get().starts_with('"')))
}

struct Reader<'l> {
    limits: &'l ParseLimits,
    base: Option<Url>,
    zone: Option<chrono_tz::Tz>,
}

impl Reader<'_> {
    fn feed(&self, top: &Object) -> Feed {
        Feed {
            format: FeedFormat::Json,
            title: self.line(top, "title"),
            link: self.address(top, "home_page_url"),
            self_link: self.address(top, "feed_url"),
            older: self.address(top, "next_url"),
            hubs: list(top.get("hubs"), HUBS_MAX).into_iter().filter_map(|hub| self.address(&object(hub)?, "url")).collect(),
            language: self.line(top, "language"),
            description: self.line(top, "description"),
            hints: PublisherHints::default(),
            entries: Vec::new(),
            rejects: Vec::new(),
            repairs: Vec::new(),
        }
    }

    fn entry(&self, item: &Object, feed: &Feed) -> Entry {
        let link = self.address(item, "url").or_else(|| self.address(item, "external_url"));
        let guid = scalar(item.get("id")).map(|id| text::one_line(&id, self.limits.text_bytes_max)).filter(|id| !id.is_empty());
        let link = link.or_else(|| guid.clone().filter(|guid| is_http(guid)));
        let published = scalar(item.get("date_published")).filter(|text| !text.trim().is_empty());
        let modified = scalar(item.get("date_modified")).filter(|text| !text.trim().is_empty());
        let date_text = published.or_else(|| modified.clone()).map(|text| text::cut(text.trim(), self.limits.text_bytes_max).to_owned());
        let mut bodies: Vec<Body> = Vec::new();
        for (key, kind) in BODIES {
            let value = scalar(item.get(key)).unwrap_or_default();
            let trimmed = text::cut(value.trim(), self.limits.body_bytes_max);
            if !trimmed.is_empty() && !bodies.iter().any(|body| body.text == trimmed) {
                let text = if trimmed.len() == value.len() { value } else { trimmed.to_owned() };
                bodies.push(Body { kind, text });
            }
        }
        Entry {
            title: self.line(item, "title"),
            base: link.clone().filter(|link| is_http(link)).or_else(|| feed.link.clone()),
            published: date_text.as_deref().and_then(|text| dates::parse(text, self.zone)),
            updated: modified.as_deref().and_then(|text| dates::parse(text, self.zone)),
            date_text,
            bodies,
            authors: self.people(item),
            categories: self.tags(item),
            enclosures: self.attachments(item),
            image: self.address(item, "image").or_else(|| self.address(item, "banner_image")),
            language: self.line(item, "language").or_else(|| feed.language.clone()),
            guid,
            link,
            ..Entry::default()
        }
    }

    fn line(&self, object: &Object, key: &str) -> Option<String> {
        text::plain(&scalar(object.get(key))?, false, self.limits.text_bytes_max)
    }

    fn address(&self, object: &Object, key: &str) -> Option<String> {
        let value = scalar(object.get(key))?;
        let value = text::cut(value.trim(), self.limits.text_bytes_max);
        if value.is_empty() {
            return None;
        }
        if is_http(value) {
            return Some(value.to_owned());
        }
        let joined = self.base.as_ref().and_then(|base| base.join(value).ok()).map(String::from);
        Some(joined.unwrap_or_else(|| value.to_owned()))
    }

    /// `authors` of 1.1, `author` of 1.0.
    fn people(&self, of: &Object) -> Vec<Person> {
        let mut found: Vec<Person> = Vec::new();
        for one in list(of.get("authors"), PEOPLE_MAX).into_iter().chain(of.get("author")).take(PEOPLE_MAX) {
            let read = match object(one) {
                Some(one) => {
                    let url = self.address(&one, "url").filter(|url| is_http(url));
                    let named = scalar(one.get("name")).and_then(|name| person(&name, self.limits.text_bytes_max));
                    match (named, &url) {
                        (Some(person), _) => Some(Person { url, ..person }),
                        (None, Some(address)) => Some(Person { name: address.clone(), email: None, url }),
                        (None, None) => None,
                    }
                }
                None => scalar(Some(one)).and_then(|name| person(&name, self.limits.text_bytes_max)),
            };
            found.extend(read.filter(|person| !found.contains(person)));
        }
        found
    }

    fn tags(&self, of: &Object) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for tag in list(of.get("tags"), TAGS_MAX) {
            let tag = scalar(Some(tag)).and_then(|tag| text::plain(&tag, false, self.limits.text_bytes_max));
            found.extend(tag.filter(|tag| !found.contains(tag)));
        }
        found
    }

    fn attachments(&self, of: &Object) -> Vec<Enclosure> {
        let one = |file: Object| {
            Some(Enclosure {
                url: self.address(&file, "url").filter(|url| is_http(url))?,
                media_type: scalar(file.get("mime_type")).filter(|media_type| media_type.contains('/')),
                length_bytes: number(file.get("size_in_bytes")).filter(|length| *length > 0),
                duration_seconds: number(file.get("duration_in_seconds")).filter(|seconds| *seconds > 0),
                title: self.line(&file, "title"),
            })
        };
        list(of.get("attachments"), ATTACHMENTS_MAX).into_iter().filter_map(object).filter_map(one).collect()
    }
}

/// A whole number, written as one, as a fraction or as a text.
fn number(raw: Option<&RawValue>) -> Option<u64> {
    let text = scalar(raw)?;
    text.split('.').next().and_then(|whole| whole.trim().parse().ok())
}
