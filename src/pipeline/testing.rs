//! Small things that the unit tests of this room share.

use crate::model::{Entry, Feed, FeedFormat, Instant, PublisherHints, Schedule, Source, SourceName, SummaryMode};

/// 2024-02-18 12:00 UTC.
pub const NOON: Instant = match Instant::from_timestamp(1_708_257_600, 0) {
    Some(noon) => noon,
    None => Instant::UNIX_EPOCH,
};

/// A source as feeds.toml makes one from a name and an address.
pub fn source(name: &str) -> Source {
    Source {
        name: SourceName::new(name).unwrap(),
        url: "https://feeds.example.org/feed.xml".parse().unwrap(),
        mirrors: Vec::new(),
        category: None,
        tags: Vec::new(),
        schedule: Schedule::Interval(std::time::Duration::from_secs(3600)),
        interval_is_own: false,
        include: None,
        exclude: None,
        full_text: false,
        selector: None,
        archives: false,
        image_template: None,
        default_cover: None,
        no_referrer: false,
        chinese: None,
        summary: SummaryMode::Off,
        headers: Vec::new(),
        auth_env: None,
        proxy: None,
        keep: None,
        enabled: true,
        priority: 0,
        burst: 20,
        time_zone: None,
    }
}

/// A document with these entries.
pub fn feed(entries: Vec<Entry>) -> Feed {
    Feed {
        format: FeedFormat::Rss,
        title: Some("A feed".into()),
        link: Some("https://feeds.example.org/".into()),
        self_link: None,
        older: None,
        hubs: Vec::new(),
        language: None,
        description: None,
        hints: PublisherHints::default(),
        entries,
        rejects: Vec::new(),
        repairs: Vec::new(),
    }
}
