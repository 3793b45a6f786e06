//! A feed as RSS 2.0, written by the `rss` crate.

use std::collections::BTreeMap;

use rss::extension::atom::{AtomExtension, Link};
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Image, Item, Source};

use super::document::{FeedDocument, FeedEntry};
use super::media::{MEDIA_NAMESPACE, MEDIA_PREFIX, THUMBNAIL_ELEMENT};
use super::paging::{ARCHIVE_ELEMENT, HISTORY_NAMESPACE, HISTORY_PREFIX};
use super::text::{escape, rfc822};
use super::{GENERATOR, WriteError, with_stylesheet};

/// Its media type.
pub const MEDIA_TYPE: &str = "application/rss+xml";

/// Writes the feed. The same document gives the same bytes.
///
/// # Errors
/// [`WriteError`] when the writer refuses; writing to memory, it has no reason to.
pub fn write(feed: &FeedDocument) -> Result<Vec<u8>, WriteError> {
    let mut links = vec![link("self", &feed.paging.own(&feed.addresses.rss), Some(MEDIA_TYPE))];
    links.extend(feed.paging.links(&feed.addresses.rss).iter().map(|(rel, href)| link(rel, href, Some(MEDIA_TYPE))));
    links.extend(feed.hubs.iter().map(|hub| link("hub", hub, None)));
    let mut namespaces = BTreeMap::from([("content".to_owned(), "http://purl.org/rss/1.0/modules/content/".to_owned())]);
    let mut extensions = BTreeMap::new();
    if feed.entries.iter().any(|entry| entry.image_beside().is_some()) {
        namespaces.insert(MEDIA_PREFIX.into(), MEDIA_NAMESPACE.into());
    }
    if feed.paging.page.is_some() {
        namespaces.insert(HISTORY_PREFIX.into(), HISTORY_NAMESPACE.into());
        let archive = Extension { name: format!("{HISTORY_PREFIX}:{ARCHIVE_ELEMENT}"), ..Extension::default() };
        extensions.insert(HISTORY_PREFIX.to_owned(), BTreeMap::from([(ARCHIVE_ELEMENT.to_owned(), vec![archive])]));
    }
    let channel = Channel {
        title: feed.title.clone(),
        link: feed.home_url.clone(),
        description: feed.description.clone(),
        language: feed.language.clone(),
        last_build_date: feed.updated.map(rfc822),
        generator: Some(GENERATOR.into()),
        docs: Some("https://www.rssboard.org/rss-specification".into()),
        ttl: Some(feed.ttl_minutes.to_string()),
        // The specification wants the picture's title and link to be those of the feed.
        image: feed.icon.as_ref().map(|url| Image {
            url: url.clone(),
            title: feed.title.clone(),
            link: feed.home_url.clone(),
            ..Image::default()
        }),
        atom_ext: Some(AtomExtension { links }),
        namespaces,
        extensions,
        items: feed.entries.iter().map(item).collect(),
        ..Channel::default()
    };
    let bytes = channel.write_to(Vec::new()).map_err(|error| WriteError::new("RSS", &error))?;
    Ok(with_stylesheet(&bytes, &feed.stylesheet))
}

fn item(entry: &FeedEntry) -> Item {
    let also = entry.also.iter().map(|at| Link { title: Some(at.source_title.clone()), ..link("related", &at.url, None) });
    let also: Vec<Link> = also.collect();
    let creators: Vec<String> = entry.authors.iter().map(|(name, _)| name.clone()).collect();
    Item {
        title: Some(entry.title.clone()),
        link: entry.link.clone(),
        // A description is read as HTML by most readers, so plain text is escaped.
        description: Some(escape(&entry.summary)).filter(|text| !text.is_empty()),
        categories: entry.categories.iter().map(|name| Category { name: name.clone(), domain: None }).collect(),
        // RSS has one enclosure an item; the others are in the body's links and in the other formats.
        enclosure: entry.enclosures.first().map(|file| Enclosure {
            url: file.url.clone(),
            length: file.length_bytes.unwrap_or(0).to_string(),
            mime_type: file.media_type.clone().unwrap_or_default(),
        }),
        guid: Some(Guid { value: entry.id.clone(), permalink: false }),
        pub_date: Some(rfc822(entry.published)),
        source: Some(Source { url: entry.source.feed_url.clone(), title: Some(entry.source.title.clone()) }),
        content: Some(entry.content.clone()).filter(|text| !text.trim().is_empty()),
        atom_ext: (!also.is_empty()).then_some(AtomExtension { links: also }),
        dublin_core_ext: (!creators.is_empty()).then(|| DublinCoreExtension { creators, ..DublinCoreExtension::default() }),
        extensions: entry.image_beside().map(thumbnail).unwrap_or_default(),
        ..Item::default()
    }
}

fn thumbnail(address: &str) -> ExtensionMap {
    let element = Extension {
        name: format!("{MEDIA_PREFIX}:{THUMBNAIL_ELEMENT}"),
        attrs: BTreeMap::from([("url".to_owned(), address.to_owned())]),
        ..Extension::default()
    };
    BTreeMap::from([(MEDIA_PREFIX.to_owned(), BTreeMap::from([(THUMBNAIL_ELEMENT.to_owned(), vec![element])]))])
}

fn link(rel: &str, href: &str, media_type: Option<&str>) -> Link {
    Link { rel: rel.into(), href: href.into(), mime_type: media_type.map(str::to_owned), ..Link::default() }
}
