//! An output feed in words that RSS, Atom and JSON Feed all have.

mod entry;

use std::collections::{HashMap, HashSet};

use entry::entry;
pub use entry::{AlsoAt, Attribution, FeedEntry, picture, source_title, thumbnail};

use super::ids;
use super::merge::Merged;
use super::paging::Paging;
use super::text::{language_tag, line, segment, uri};
use crate::model::{Instant, SourceName, View};

/// An output feed, ready to be written in any format.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedDocument {
    /// A URI that never changes.
    pub id: String,
    /// Title, one line, never empty.
    pub title: String,
    /// One line about it.
    pub description: String,
    /// The page that shows the same articles to people.
    pub home_url: String,
    /// Where its three forms are.
    pub addresses: Addresses,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Who publishes it.
    pub author: Option<String>,
    /// Address of a picture.
    pub icon: Option<String>,
    /// When the newest of its entries last changed; none where it has no entries. Never the time of rendering (P7).
    pub updated: Option<Instant>,
    /// How long readers may keep it, in minutes; the same as `max-age` (P12).
    pub ttl_minutes: u32,
    /// WebSub hubs.
    pub hubs: Vec<String>,
    /// The stylesheet that makes it a page in a browser, as a path on the same host.
    pub stylesheet: String,
    /// Its entries, newest first.
    pub entries: Vec<FeedEntry>,
    /// Which archive it is, and which are around it.
    pub paging: Paging,
}

/// The public addresses of one output feed (P4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// RSS 2.0.
    pub rss: String,
    /// Atom 1.0.
    pub atom: String,
    /// JSON Feed 1.1.
    pub json: String,
}

/// What a view is called and where it is.
#[derive(Clone, Debug)]
pub struct Heading<'a> {
    /// Which one.
    pub view: &'a View,
    /// What follows its addresses, `?lang=zh`: nothing, where it is all of the view.
    pub query: &'a str,
    /// Its title.
    pub title: &'a str,
    /// One line about it.
    pub description: &'a str,
    /// `[site] url`, without a trailing slash.
    pub site_url: &'a str,
    /// `[site] language`.
    pub language: &'a str,
    /// `[site] author`.
    pub author: Option<&'a str>,
    /// `[site] icon`.
    pub icon: Option<&'a str>,
    /// How long readers may keep it.
    pub ttl_minutes: u32,
    /// Addresses of the sources' feeds that may be told to everybody.
    pub public_feeds: &'a HashMap<SourceName, String>,
    /// Sources whose pictures are asked for without a word about the page that they stand in.
    pub no_referrer: &'a HashSet<SourceName>,
}

impl FeedDocument {
    /// Lays out these articles, in the order given, as a live feed without archives.
    #[must_use]
    pub fn new(heading: &Heading<'_>, articles: &[Merged<'_>]) -> Self {
        let (path, query) = (path(heading.view), heading.query);
        let address = |file: &str| format!("{}{path}/{file}{query}", heading.site_url);
        let entries: Vec<FeedEntry> = articles.iter().map(|merged| entry(heading, merged)).collect();
        let title = Some(line(heading.title)).filter(|title| !title.is_empty()).unwrap_or_else(|| heading.site_url.to_owned());
        Self {
            id: ids::feed(heading.site_url, heading.view, query),
            description: Some(line(heading.description)).filter(|text| !text.is_empty()).unwrap_or_else(|| title.clone()),
            title,
            home_url: format!("{}{}{query}", heading.site_url, page(heading.view)),
            addresses: Addresses { rss: address("feed.xml"), atom: address("atom.xml"), json: address("feed.json") },
            language: language_tag(heading.language),
            author: heading.author.map(line).filter(|name| !name.is_empty()),
            icon: heading.icon.and_then(uri),
            updated: entries.iter().map(|entry| entry.updated).max(),
            ttl_minutes: heading.ttl_minutes,
            hubs: Vec::new(),
            stylesheet: format!("{}{}", path_of(heading.site_url), super::FEED_STYLESHEET),
            entries,
            paging: Paging::default(),
        }
    }
}

/// Where a view is, below the site's address: `` for the merged one, `/category/NAME` and so on, without a trailing slash.
#[must_use]
pub fn path(view: &View) -> String {
    match view {
        View::Merged => String::new(),
        View::Category(name) => format!("/category/{}", segment(name)),
        View::Source(name) => format!("/source/{}", segment(name.as_str())),
        View::Named(name) => format!("/view/{}", segment(name)),
        View::Search(_) => "/search".to_owned(),
        View::Status => "/status".to_owned(),
    }
}

/// The page of a view, below the site's address.
#[must_use]
pub fn page(view: &View) -> String {
    match view {
        View::Search(_) | View::Status => path(view),
        _ => path(view) + "/",
    }
}

/// The query of a search's addresses.
#[must_use]
pub fn search_query(text: &str) -> String {
    format!("?q={}", segment(text))
}

/// The path below which the site stands: empty for `https://a.org`, `/feeds` for `https://a.org/feeds`.
#[must_use]
pub fn path_of(site_url: &str) -> &str {
    let after_scheme = site_url.split_once("://").map_or(site_url, |(_, rest)| rest);
    after_scheme.find('/').map_or("", |at| after_scheme[at..].trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Article, Enclosure, Person};
    use crate::publish::merge::{NO_CHOICE, merge};
    use crate::publish::testing::{article, at};

    fn document(articles: &[Article]) -> FeedDocument {
        let public_feeds = HashMap::from([(SourceName::new("a").unwrap(), "https://a.org/feed".to_owned())]);
        let heading = Heading {
            view: &View::Merged,
            query: "",
            title: "科技合流",
            description: "",
            site_url: "https://feeds.example.org",
            language: "zh-CN",
            author: None,
            icon: None,
            ttl_minutes: 15,
            public_feeds: &public_feeds,
            no_referrer: &HashSet::new(),
        };
        FeedDocument::new(&heading, &merge(articles, &NO_CHOICE))
    }

    #[test]
    fn p7_updated_is_that_of_the_newest_change_and_never_the_time_of_rendering() {
        let mut old = article("a", "1", 1);
        old.updated = at(90);
        assert_eq!(document(&[article("a", "2", 2), old]).updated, Some(at(90)));
        assert_eq!(document(&[]).updated, None);
    }

    #[test]
    fn p5_every_entry_names_its_source_and_a_private_address_is_not_told() {
        let feed = document(&[article("a", "1", 1), article("secret", "2", 2)]);
        assert_eq!(feed.entries[1].source.feed_url, "https://a.org/feed");
        assert_eq!(feed.entries[0].source.feed_url, "https://feeds.example.org/source/secret/feed.xml");
        assert_eq!(feed.entries[0].source.title, "Feed secret");
    }

    #[test]
    fn the_other_copies_are_named_under_the_leading_one() {
        let lead = Article { link: Some("https://x.org/1".into()), ..article("a", "1", 1) };
        let same = Article { link: Some("https://x.org/1".into()), ..article("b", "2", 2) };
        let other = Article { link: Some("https://x.org/1?utm_source=b&utm_a=\"".into()), ..article("c", "3", 3) };
        let feed = document(&[other, same.clone(), lead]);
        assert_eq!(feed.entries.len(), 1);
        let [first, second] = feed.entries[0].also.as_slice() else { panic!("{:?}", feed.entries[0].also) };
        assert_eq!(first.url, format!("https://feeds.example.org/article/{}", same.id));
        assert_eq!(second.url, "https://x.org/1?utm_source=b&utm_a=%22");
        assert!(feed.entries[0].content.contains("另见：<a href="), "{}", feed.entries[0].content);
    }

    #[test]
    fn p19_nothing_that_a_publisher_wrote_reaches_a_feed_unclean() {
        let mut hostile = article("a", "1", 1);
        hostile.title = "a\0\u{1b}[1m\r\nb\u{202e}".into();
        hostile.link = Some("https://x.org/a b".into());
        hostile.authors = vec![Person { name: " \u{0} ".into(), email: None, url: Some("javascript:x".into()) }];
        hostile.categories = vec!["A".into(), "a".into(), " \u{7} ".into()];
        hostile.summary = "s\u{b}s".into();
        hostile.enclosures = vec![
            Enclosure {
                url: "https://x.org/a.mp3".into(),
                media_type: Some("<b>".into()),
                length_bytes: None,
                duration_seconds: None,
                title: None,
            },
            Enclosure { url: "/relative".into(), media_type: None, length_bytes: None, duration_seconds: None, title: None },
        ];
        let feed = document(&[hostile]);
        let entry = &feed.entries[0];
        assert_eq!((entry.title.as_str(), entry.link.as_deref()), ("a [1m b", Some("https://x.org/a%20b")));
        assert_eq!((entry.authors.len(), entry.categories.as_slice(), entry.summary.as_str()), (0, ["A".to_owned()].as_slice(), "ss"));
        assert_eq!(entry.enclosures.iter().map(|e| e.media_type.as_deref()).collect::<Vec<_>>(), [Some("audio/mpeg")]);
    }

    #[test]
    fn a_view_of_any_name_has_an_address() {
        assert_eq!(path(&View::Category("人工 智能/a".into())), "/category/%E4%BA%BA%E5%B7%A5%20%E6%99%BA%E8%83%BD%2Fa");
        assert_eq!(path(&View::Merged), "");
    }
}
