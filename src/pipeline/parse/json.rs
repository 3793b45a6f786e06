//! JSON Feed 1.0 and 1.1, read value by value, so that a number where a text should be costs nothing and a bad entry costs itself only.

use serde_json::{Map, Value};
use url::Url;

use super::limits::ParseLimits;
use super::text;
use super::tolerant::{is_http, person, zone};
use crate::model::{Body, BodyKind, Enclosure, Entry, Feed, FeedFormat, Person, PublisherHints, Reject};
use crate::pipeline::dates;

type Object = Map<String, Value>;

/// The feed in `document`, or what the document is instead.
pub(super) fn read(document: &str, url: &str, limits: &ParseLimits) -> Result<Feed, String> {
    let mut repairs = Vec::new();
    let start = document.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let (top, items, broken) = match serde_json::from_str::<Value>(start) {
        Ok(Value::Object(mut top)) => match top.remove("items") {
            Some(Value::Array(items)) => (top, items, None),
            _ if version(&top) => (top, Vec::new(), None),
            _ => return Err("JSON of another kind (it has no `items`)".to_owned()),
        },
        Ok(_) => return Err("JSON of another kind (a list or a single value)".to_owned()),
        Err(error) => {
            let (top, items) = salvaged(start, limits.entries_max);
            if items.is_empty() {
                return Err(format!("broken JSON ({error})"));
            }
            (top, items, Some(error.to_string()))
        }
    };
    if !version(&top) && !items.iter().any(is_item) && broken.is_none() && !items.is_empty() {
        return Err("JSON of another kind (its `items` are no entries)".to_owned());
    }
    if broken.is_some() {
        repairs.push("the document ends in the middle; it was read as far as it goes".to_owned());
    }
    let reader = Reader { limits, base: Url::parse(url).ok(), zone: limits.time_zone.or_else(|| zone(None, chinese(&top, &items))) };
    let mut feed = reader.feed(&top);
    feed.repairs = repairs;
    // The authors of the feed are those of an entry without any.
    let authors = reader.people(&top);
    let total = items.len();
    for (at, item) in items.into_iter().enumerate() {
        if at == limits.entries_max {
            let what = format!("the {} entries after entry {at}", total - at);
            feed.rejects.push(Reject { what, why: format!("at most {at} entries of a document are read") });
            break;
        }
        match item {
            Value::Object(item) => {
                let mut entry = reader.entry(&item, &feed);
                if entry.authors.is_empty() {
                    entry.authors.clone_from(&authors);
                }
                feed.entries.push(entry);
            }
            other => feed.rejects.push(Reject { what: format!("entry {}", at + 1), why: format!("it is no object but {}", kind(&other)) }),
        }
    }
    Ok(feed)
}

fn version(top: &Object) -> bool {
    top.get("version").and_then(Value::as_str).is_some_and(|version| version.contains("jsonfeed.org"))
}

fn is_item(item: &Value) -> bool {
    ["id", "url", "content_html", "content_text", "title"].iter().any(|key| item.get(key).is_some())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The entries of a document that breaks off, up to the break; and what texts of the feed stand before them.
fn salvaged(document: &str, entries_max: usize) -> (Object, Vec<Value>) {
    let (mut top, mut items) = (Object::new(), Vec::new());
    let Some((head, rest)) = document.split_once("\"items\"") else { return (top, items) };
    if let Ok(Value::Object(object)) = serde_json::from_str(&format!("{}}}", head.trim_end().trim_end_matches(','))) {
        top = object;
    }
    let Some(mut rest) = rest.trim_start().strip_prefix(':').map(str::trim_start).and_then(|rest| rest.strip_prefix('[')) else {
        return (top, items);
    };
    while items.len() <= entries_max {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(value @ Value::Object(_))) = values.next() else { break };
        let read = values.byte_offset();
        items.push(value);
        rest = rest.get(read..).unwrap_or_default();
    }
    (top, items)
}

fn chinese(top: &Object, items: &[Value]) -> bool {
    if let Some(language) = top.get("language").and_then(Value::as_str) {
        return language.to_ascii_lowercase().starts_with("zh");
    }
    let titles = items.iter().take(20).filter_map(|item| item.get("title").and_then(Value::as_str));
    let (mut han, mut all) = (0_usize, 0_usize);
    for c in titles.flat_map(str::chars).filter(|c| c.is_alphabetic()) {
        all += 1;
        han += usize::from(('\u{4e00}'..='\u{9fff}').contains(&c));
    }
    han * 5 > all
}

struct Reader<'l> {
    limits: &'l ParseLimits,
    base: Option<Url>,
    zone: Option<chrono_tz::Tz>,
}

impl Reader<'_> {
    fn feed(&self, top: &Object) -> Feed {
        let hubs = top.get("hubs").and_then(Value::as_array).into_iter().flatten();
        Feed {
            format: FeedFormat::Json,
            title: self.line(top, "title"),
            link: self.address(top, "home_page_url"),
            self_link: self.address(top, "feed_url"),
            older: self.address(top, "next_url"),
            hubs: hubs.filter_map(|hub| self.address(hub.as_object()?, "url")).take(10).collect(),
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
        for (key, kind) in [("content_html", BodyKind::Html), ("content_text", BodyKind::Text), ("summary", BodyKind::Text)] {
            let value = scalar(item.get(key)).unwrap_or_default();
            let value = text::cut(value.trim(), self.limits.body_bytes_max);
            if !value.is_empty() && !bodies.iter().any(|body| body.text == value) {
                bodies.push(Body { kind, text: value.to_owned() });
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
    fn people(&self, object: &Object) -> Vec<Person> {
        let list = object.get("authors").and_then(Value::as_array).into_iter().flatten();
        let mut found: Vec<Person> = Vec::new();
        for one in list.chain(object.get("author")).take(20) {
            let read = match one {
                Value::Object(one) => {
                    let url = self.address(one, "url").filter(|url| is_http(url));
                    let named = scalar(one.get("name")).and_then(|name| person(&name, self.limits.text_bytes_max));
                    match (named, &url) {
                        (Some(person), _) => Some(Person { url, ..person }),
                        (None, Some(address)) => Some(Person { name: address.clone(), email: None, url }),
                        (None, None) => None,
                    }
                }
                other => scalar(Some(other)).and_then(|name| person(&name, self.limits.text_bytes_max)),
            };
            found.extend(read.filter(|person| !found.contains(person)));
        }
        found
    }

    fn tags(&self, object: &Object) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for tag in object.get("tags").and_then(Value::as_array).into_iter().flatten().take(100) {
            let tag = scalar(Some(tag)).and_then(|tag| text::plain(&tag, false, self.limits.text_bytes_max));
            found.extend(tag.filter(|tag| !found.contains(tag)));
        }
        found
    }

    fn attachments(&self, object: &Object) -> Vec<Enclosure> {
        let list = object.get("attachments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let one = |file: &Object| {
            Some(Enclosure {
                url: self.address(file, "url").filter(|url| is_http(url))?,
                media_type: scalar(file.get("mime_type")).filter(|media_type| media_type.contains('/')),
                length_bytes: file.get("size_in_bytes").and_then(number).filter(|length| *length > 0),
                duration_seconds: file.get("duration_in_seconds").and_then(number).filter(|seconds| *seconds > 0),
                title: self.line(file, "title"),
            })
        };
        list.filter_map(one).take(50).collect()
    }
}

/// A text, or a number where a text should be.
fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    let whole = |text: &str| text.split('.').next().and_then(|whole| whole.trim().parse().ok());
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(&number.to_string())),
        Value::String(text) => whole(text),
        _ => None,
    }
}
