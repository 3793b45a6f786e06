//! What feed-rs read, in our words.

use feed_rs::model as read;

use crate::model::{Body, BodyKind, Enclosure, Entry, Feed, FeedFormat, Person, PublisherHints};

pub(super) fn feed(feed: read::Feed) -> Feed {
    let link = feed.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate")).map(|link| link.href.clone());
    let rel = |name: &str| {
        feed.links.iter().filter(move |link| link.rel.as_deref() == Some(name)).map(|link| link.href.clone()).collect::<Vec<_>>()
    };
    Feed {
        format: match feed.feed_type {
            read::FeedType::Atom => FeedFormat::Atom,
            read::FeedType::JSON => FeedFormat::Json,
            read::FeedType::RSS1 => FeedFormat::Rdf,
            read::FeedType::RSS0 | read::FeedType::RSS2 => FeedFormat::Rss,
        },
        title: feed.title.as_ref().map(|text| text.content.clone()),
        self_link: rel("self").into_iter().next(),
        hubs: rel("hub"),
        link,
        language: feed.language,
        description: feed.description.map(|text| text.content),
        hints: PublisherHints { ttl_minutes: feed.ttl, ..PublisherHints::default() },
        entries: feed.entries.into_iter().map(entry).collect(),
        rejects: Vec::new(),
        repairs: Vec::new(),
    }
}

fn entry(entry: read::Entry) -> Entry {
    let kind = |media_type: &str| if media_type == "text/plain" { BodyKind::Text } else { BodyKind::Html };
    let mut bodies = Vec::new();
    if let Some(content) = entry.content
        && let Some(text) = content.body
    {
        bodies.push(Body { kind: kind(&content.content_type.to_string()), text });
    }
    if let Some(summary) = entry.summary {
        bodies.push(Body { kind: kind(&summary.content_type.to_string()), text: summary.content });
    }
    let link = entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    Entry {
        guid: Some(entry.id).filter(|id| !id.is_empty()),
        link: link.map(|link| link.href.clone()),
        title: entry.title.map(|title| title.content),
        bodies,
        published: entry.published,
        updated: entry.updated,
        authors: entry.authors.into_iter().map(person).collect(),
        categories: entry.categories.into_iter().map(|category| category.label.unwrap_or(category.term)).collect(),
        enclosures: entry.media.into_iter().flat_map(|media| media.content).filter_map(enclosure).collect(),
        language: entry.language,
        ..Entry::default()
    }
}

fn person(person: read::Person) -> Person {
    Person { name: person.name.unwrap_or_default(), email: person.email, url: person.uri }
}

fn enclosure(content: read::MediaContent) -> Option<Enclosure> {
    Some(Enclosure {
        url: content.url?.to_string(),
        media_type: content.content_type.map(|media_type| media_type.to_string()),
        length_bytes: content.size,
        duration_seconds: content.duration.map(|duration| duration.as_secs()),
        title: None,
    })
}
