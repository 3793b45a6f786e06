//! Articles for the unit tests of this room and of `web`.

use chrono::Duration;

use crate::model::{Article, ArticleId, EntryKey, Fingerprint, Instant, SafeHtml, SourceName};

/// So many minutes after 18 February 2024, 09:00 UTC.
pub(crate) fn at(minute: i64) -> Instant {
    let start: Instant = "2024-02-18T09:00:00Z".parse().unwrap();
    start + Duration::minutes(minute)
}

/// A body as the sanitizer leaves it.
pub(crate) fn body(html: &str) -> SafeHtml {
    SafeHtml::for_tests(html)
}

/// An article of `source` with this guid, published at [`at`]`(minute)`.
pub(crate) fn article(source: &str, guid: &str, minute: i64) -> Article {
    let source = SourceName::new(source).unwrap();
    let key = EntryKey::Guid(guid.into());
    Article {
        id: ArticleId::of(&source, &key),
        key,
        title: format!("Title {guid}"),
        link: Some(format!("https://{}.example.org/p/{guid}", source.as_str().len())),
        date_text: crate::publish::text::rfc822(at(minute)),
        published: at(minute),
        updated: at(minute),
        first_seen: at(minute),
        body: body("<p>Text of the article.</p>"),
        cover: None,
        image: None,
        summary: "Summary of the article.".into(),
        keywords: vec![],
        authors: vec![],
        categories: vec![],
        enclosures: vec![],
        language: Some("en".into()),
        feed_title: Some(format!("Feed {source}")),
        feed_link: Some("https://publisher.example.org/".into()),
        fingerprint: Fingerprint::of(&[guid]),
        revision: 0,
        canonical: None,
        story: None,
        source,
    }
}
