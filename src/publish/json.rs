//! A feed as JSON Feed 1.1.

use serde::Serialize;

use super::WriteError;
use super::document::{FeedDocument, FeedEntry};
use super::text::rfc3339;

/// Its media type.
pub const MEDIA_TYPE: &str = "application/feed+json";

/// Writes the feed. The same document gives the same bytes.
///
/// # Errors
/// [`WriteError`] when the writer refuses; writing to memory, it has no reason to.
pub fn write(feed: &FeedDocument) -> Result<Vec<u8>, WriteError> {
    let document = JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.home_url,
        feed_url: feed.paging.own(&feed.addresses.json),
        next_url: feed.paging.previous(&feed.addresses.json),
        description: &feed.description,
        icon: feed.icon.as_deref(),
        authors: feed.author.iter().map(|name| JsonAuthor { name, url: None }).collect(),
        language: feed.language.as_deref(),
        hubs: feed.hubs.iter().map(|url| JsonHub { kind: "WebSub", url }).collect(),
        items: feed.entries.iter().map(item).collect(),
    };
    serde_json::to_vec(&document).map_err(|error| WriteError::new("JSON Feed", &error))
}

fn item(entry: &FeedEntry) -> JsonItem<'_> {
    let attachments = entry.enclosures.iter().map(|file| JsonAttachment {
        url: &file.url,
        mime_type: file.media_type.as_deref().unwrap_or("application/octet-stream"),
        title: file.title.as_deref().filter(|title| !title.is_empty()),
        size_in_bytes: file.length_bytes,
        duration_in_seconds: file.duration_seconds,
    });
    JsonItem {
        id: &entry.id,
        url: entry.link.as_deref(),
        title: &entry.title,
        content_html: &entry.content,
        summary: Some(entry.summary.as_str()).filter(|text| !text.is_empty()),
        image: entry.image.as_deref(),
        date_published: rfc3339(entry.published),
        date_modified: rfc3339(entry.updated),
        authors: entry.authors.iter().map(|(name, url)| JsonAuthor { name, url: url.as_deref() }).collect(),
        tags: entry.categories.iter().map(String::as_str).collect(),
        language: entry.language.as_deref(),
        attachments: attachments.collect(),
        about: JsonAbout {
            about: "The feed this entry was taken from, and other sources that carry it",
            source: JsonSource {
                title: &entry.source.title,
                feed_url: &entry.source.feed_url,
                home_page_url: entry.source.site_url.as_deref(),
            },
            also_at: entry.also.iter().map(|at| JsonAlso { title: &at.source_title, url: &at.url }).collect(),
        },
    }
}

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<JsonAuthor<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<JsonHub<'a>>,
    items: Vec<JsonItem<'a>>,
}

#[derive(Serialize)]
struct JsonItem<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    title: &'a str,
    content_html: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<JsonAuthor<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<JsonAttachment<'a>>,
    #[serde(rename = "_feedmill")]
    about: JsonAbout<'a>,
}

#[derive(Serialize)]
struct JsonAuthor<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonHub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct JsonAttachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u64>,
}

/// JSON Feed has no element for the source of an entry; extensions begin with an underscore and explain themselves in `about`.
#[derive(Serialize)]
struct JsonAbout<'a> {
    about: &'static str,
    source: JsonSource<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_at: Vec<JsonAlso<'a>>,
}

#[derive(Serialize)]
struct JsonSource<'a> {
    title: &'a str,
    feed_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_page_url: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonAlso<'a> {
    title: &'a str,
    url: &'a str,
}
