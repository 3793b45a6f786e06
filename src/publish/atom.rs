//! A feed as Atom 1.0 (RFC 4287), written by the `atom_syndication` crate.

use std::collections::{BTreeMap, HashMap, HashSet};

use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Source, Text};

use super::document::{FeedDocument, FeedEntry};
use super::media::{MEDIA_NAMESPACE, MEDIA_PREFIX, THUMBNAIL_ELEMENT};
use super::paging::{ARCHIVE_ELEMENT, HISTORY_NAMESPACE, HISTORY_PREFIX};
use super::text::escape;
use super::{GENERATOR, HOMEPAGE, WriteError, with_stylesheet};
use crate::model::Instant;

/// Its media type.
pub const MEDIA_TYPE: &str = "application/atom+xml";

/// The date of a feed without entries, since 1970: that of RFC 4287, December 2005. Validators find 1970 itself implausible.
const EMPTY_UPDATED_SECONDS: i64 = 1_133_395_200;

/// Writes the feed. The same document gives the same bytes.
///
/// # Errors
/// [`WriteError`] when the writer refuses; writing to memory, it has no reason to.
pub fn write(feed: &FeedDocument) -> Result<Vec<u8>, WriteError> {
    let mut links = vec![
        link("self", &feed.paging.own(&feed.addresses.atom), Some(MEDIA_TYPE)),
        link("alternate", &feed.home_url, Some("text/html")),
        link("alternate", &feed.paging.own(&feed.addresses.rss), Some(super::rss::MEDIA_TYPE)),
        link("alternate", &feed.paging.own(&feed.addresses.json), Some(super::json::MEDIA_TYPE)),
    ];
    links.extend(feed.paging.links(&feed.addresses.atom).iter().map(|(rel, href)| link(rel, href, Some(MEDIA_TYPE))));
    links.extend(feed.hubs.iter().map(|hub| link("hub", hub, None)));
    let dates = distinct(feed);
    let (mut namespaces, mut extensions) = (BTreeMap::new(), ExtensionMap::new());
    if feed.entries.iter().any(|entry| entry.image_beside().is_some()) {
        namespaces.insert(MEDIA_PREFIX.into(), MEDIA_NAMESPACE.into());
    }
    if feed.paging.page.is_some() {
        namespaces.insert(HISTORY_PREFIX.into(), HISTORY_NAMESPACE.into());
        let archive = Extension { name: format!("{HISTORY_PREFIX}:{ARCHIVE_ELEMENT}"), ..Extension::default() };
        extensions.insert(HISTORY_PREFIX.to_owned(), BTreeMap::from([(ARCHIVE_ELEMENT.to_owned(), vec![archive])]));
    }
    let atom = Feed {
        title: Text::plain(feed.title.clone()),
        id: feed.id.clone(),
        // A feed needs a date (RFC 4287, 4.1.1). One without entries has none of its own, and "now" would change with every rendering.
        updated: date(feed.updated.or(chrono::DateTime::from_timestamp(EMPTY_UPDATED_SECONDS, 0)).unwrap_or_default()),
        // Entries name their authors; this one stands for those that name none.
        authors: vec![person(feed.author.as_ref().unwrap_or(&feed.title), None)],
        generator: Some(Generator { value: GENERATOR.into(), uri: Some(HOMEPAGE.into()), version: None }),
        icon: feed.icon.clone(),
        links,
        subtitle: Some(Text::plain(feed.description.clone())),
        entries: feed.entries.iter().zip(dates).map(|(entry, updated)| self::entry(feed, entry, updated)).collect(),
        lang: feed.language.clone(),
        namespaces,
        extensions,
        ..Feed::default()
    };
    let bytes = atom.write_to(Vec::new()).map_err(|error| WriteError::new("Atom", &error))?;
    Ok(with_stylesheet(&bytes, &feed.stylesheet))
}

fn entry(feed: &FeedDocument, entry: &FeedEntry, updated: FixedDateTime) -> Entry {
    let mut links: Vec<Link> = entry.link.iter().map(|href| link("alternate", href, Some("text/html"))).collect();
    links.extend(entry.enclosures.iter().map(|file| Link {
        length: file.length_bytes.map(|length| length.to_string()),
        title: file.title.clone().filter(|title| !title.is_empty()),
        ..link("enclosure", &file.url, file.media_type.as_deref())
    }));
    links.extend(entry.also.iter().map(|at| Link { title: Some(at.source_title.clone()), ..link("related", &at.url, None) }));
    let mut authors: Vec<Person> = entry.authors.iter().map(|(name, page)| person(name, page.as_deref())).collect();
    if authors.is_empty() {
        authors.push(person(&entry.source.title, entry.source.site_url.as_deref()));
    }
    let text = Some(entry.content.as_str()).filter(|text| !text.trim().is_empty()).map(str::to_owned);
    // Without an alternate link an entry must have content (RFC 4287, 4.1.2), and an empty one is no content.
    let text = text.or_else(|| entry.link.is_none().then(|| escape(&entry.summary)));
    let content = text.map(|text| Content {
        value: Some(text),
        content_type: Some("html".into()),
        lang: entry.language.clone().filter(|language| Some(language) != feed.language.as_ref()),
        ..Content::default()
    });
    Entry {
        title: Text::plain(entry.title.clone()),
        id: entry.id.clone(),
        updated,
        authors,
        categories: entry.categories.iter().map(|name| Category { term: name.clone(), ..Category::default() }).collect(),
        links,
        published: Some(date(entry.published)),
        source: Some(source(entry)),
        // Plain text that shows markup is told apart from markup.
        summary: Some(if entry.summary.contains(['<', '&']) {
            Text::html(escape(&entry.summary))
        } else {
            Text::plain(entry.summary.clone())
        }),
        content,
        extensions: entry.image_beside().map(thumbnail).unwrap_or_default(),
        ..Entry::default()
    }
}

fn thumbnail(address: &str) -> ExtensionMap {
    let element = Extension {
        name: format!("{MEDIA_PREFIX}:{THUMBNAIL_ELEMENT}"),
        // The writer takes attributes of extensions as they are (0.12).
        attrs: BTreeMap::from([("url".to_owned(), escape(address))]),
        ..Extension::default()
    };
    BTreeMap::from([(MEDIA_PREFIX.to_owned(), BTreeMap::from([(THUMBNAIL_ELEMENT.to_owned(), vec![element])]))])
}

fn source(entry: &FeedEntry) -> Source {
    let mut links = vec![link("self", &entry.source.feed_url, None)];
    links.extend(entry.source.site_url.iter().map(|page| link("alternate", page, Some("text/html"))));
    Source {
        title: Text::plain(entry.source.title.clone()),
        id: entry.source.id.clone(),
        updated: date(entry.updated),
        links,
        ..Source::default()
    }
}

fn person(name: &str, page: Option<&str>) -> Person {
    Person { name: name.into(), uri: page.map(str::to_owned), ..Person::default() }
}

fn link(rel: &str, href: &str, media_type: Option<&str>) -> Link {
    Link { rel: rel.into(), href: href.into(), mime_type: media_type.map(str::to_owned), ..Link::default() }
}

/// The dates of the entries, no two the same: validators warn where two entries changed in the same second (`DuplicateUpdated`). Those get
/// thousandths of a second, made from their ids so that they stay what they are.
fn distinct(feed: &FeedDocument) -> Vec<FixedDateTime> {
    let mut seconds: HashMap<i64, usize> = HashMap::new();
    for entry in &feed.entries {
        *seconds.entry(entry.updated.timestamp()).or_default() += 1;
    }
    let mut taken = HashSet::new();
    let dates = feed.entries.iter().map(|entry| {
        let second = entry.updated.timestamp();
        if seconds.get(&second) == Some(&1) {
            return date(entry.updated);
        }
        let start = entry.id.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 999);
        let free = (0..999).map(|step| 1 + (start + step) % 999).find(|thousandth| taken.insert((second, *thousandth)));
        chrono::DateTime::from_timestamp(second, free.unwrap_or(0) * 1_000_000).unwrap_or(entry.updated).fixed_offset()
    });
    dates.collect()
}

/// To the second: a fraction adds nothing, and RSS has none.
fn date(at: Instant) -> FixedDateTime {
    chrono::DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at).fixed_offset()
}
