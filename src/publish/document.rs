//! An output feed in words that RSS, Atom and JSON Feed all have.

use std::collections::{HashMap, HashSet};

use super::merge::Merged;
use super::paging::Paging;
use super::text::{escape, language_tag, line, plain_title, segment, uri, xml_clean};
use super::{html, ids};
use crate::model::{Article, Enclosure, Instant, SourceName, View};

/// Categories of one entry that are given out.
const CATEGORIES_MAX: usize = 20;

/// People of one entry that are given out.
const AUTHORS_MAX: usize = 20;

/// Characters of a title; the longest real one in the corpus has 230.
const TITLE_CHARS_MAX: usize = 1000;

/// Characters of a summary that is made of the beginning of a text.
const SUMMARY_CHARS_MAX: usize = 200;

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

/// One entry of an output feed. All texts are clean for XML, all addresses are absolute URIs.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedEntry {
    /// A URI that never changes.
    pub id: String,
    /// One line, never empty.
    pub title: String,
    /// The publisher's page.
    pub link: Option<String>,
    /// When it was published.
    pub published: Instant,
    /// When its content last changed.
    pub updated: Instant,
    /// Names and pages of the people named.
    pub authors: Vec<(String, Option<String>)>,
    /// The publisher's categories, or the keywords where there are none.
    pub categories: Vec<String>,
    /// Plain text, never empty.
    pub summary: String,
    /// HTML with absolute addresses, the other copies named at its end.
    pub content: String,
    /// A picture for the whole entry.
    pub image: Option<String>,
    /// Attached files with checked addresses.
    pub enclosures: Vec<Enclosure>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Whose it is (P5).
    pub source: Attribution,
    /// The other copies.
    pub also: Vec<AlsoAt>,
}

/// The feed that an entry was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// A URI that never changes.
    pub id: String,
    /// The publisher's title of it, or our name of the source.
    pub title: String,
    /// Its address, or the address of our own feed of that source where the publisher's is private.
    pub feed_url: String,
    /// Its website.
    pub site_url: Option<String>,
}

/// Another copy of the same article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsoAt {
    /// Whose.
    pub source_title: String,
    /// Its title.
    pub title: String,
    /// Where to read it.
    pub url: String,
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

fn entry(heading: &Heading<'_>, merged: &Merged<'_>) -> FeedEntry {
    let article = merged.lead;
    let link = article.link.as_deref().and_then(uri);
    let also: Vec<AlsoAt> = merged.others.iter().map(|other| also_at(heading, other, link.as_deref())).collect();
    let base = article.link.as_deref().or(article.feed_link.as_deref());
    let mut content = html::for_output(article.body.as_str(), base, heading.no_referrer.contains(&article.source));
    content.push_str(&also_markup(&also, heading.language));
    let authors = article.authors.iter().filter_map(|person| {
        let name = Some(line(&person.name)).filter(|name| !name.is_empty()).or_else(|| person.email.as_deref().map(line))?;
        Some((name, person.url.as_deref().and_then(uri)))
    });
    FeedEntry {
        id: ids::entry(merged.id),
        title: title(article, link.as_deref()),
        published: merged.published,
        updated: merged.updated(),
        authors: authors.filter(|(name, _)| !name.is_empty()).take(AUTHORS_MAX).collect(),
        categories: categories(article),
        summary: summary(article, link.as_deref()),
        content,
        image: picture(article),
        enclosures: article.enclosures.iter().filter_map(enclosure).collect(),
        language: article.language.as_deref().and_then(language_tag),
        source: attribution(heading, article),
        also,
        link,
    }
}

/// The address of an article's picture, where it has one that is meant to be seen.
#[must_use]
pub fn picture(article: &Article) -> Option<String> {
    let cover = article.cover.as_deref().filter(|cover| !html::is_pixel(article.body.as_str(), cover))?;
    uri(cover).or_else(|| uri(&format!("https://{cover}")))
}

fn title(article: &Article, link: Option<&str>) -> String {
    let title = plain_title(&line(&article.title).chars().take(TITLE_CHARS_MAX).collect::<String>());
    if title.is_empty() { link.map_or_else(|| article.id.to_string(), str::to_owned) } else { title }
}

/// The summary; without one the beginning of the text; without that the title: readers and validators want some text in every entry.
fn summary(article: &Article, link: Option<&str>) -> String {
    let summary = xml_clean(&article.summary).trim().to_owned();
    let or = |text: String, other: &dyn Fn() -> String| if text.is_empty() { other() } else { text };
    let summary = or(summary, &|| html::beginning(article.body.as_str(), SUMMARY_CHARS_MAX));
    or(summary, &|| title(article, link))
}

fn categories(article: &Article) -> Vec<String> {
    let wanted = if article.categories.is_empty() { &article.keywords } else { &article.categories };
    let mut seen = HashSet::new();
    let clean = wanted.iter().map(|name| line(name)).filter(|name| !name.is_empty() && seen.insert(name.to_lowercase()));
    clean.take(CATEGORIES_MAX).collect()
}

fn enclosure(enclosure: &Enclosure) -> Option<Enclosure> {
    let url = uri(&enclosure.url)?;
    // Its parameters say nothing that a reader uses, and some are no parameters (`application/x-bittorrent;enclosed=audio/mpeg`).
    let media_type = enclosure.media_type.as_deref().and_then(|kind| kind.split(';').next()).map(str::trim);
    let media_type = media_type.filter(|kind| is_media_type(kind)).map(str::to_owned);
    let media_type = Some(media_type.unwrap_or_else(|| media_type_of(&url).to_owned()));
    Some(Enclosure { url, media_type, title: enclosure.title.as_deref().map(line), ..enclosure.clone() })
}

fn is_media_type(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte));
    text.split_once('/').is_some_and(|(kind, subtype)| word(kind) && word(subtype))
}

/// By the ending of the address, for publishers who do not say.
fn media_type_of(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" => "audio/ogg",
        "opus" => "audio/opus",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

fn attribution(heading: &Heading<'_>, article: &Article) -> Attribution {
    let own = || format!("{}{}/feed.xml", heading.site_url, path(&View::Source(article.source.clone())));
    Attribution {
        id: ids::source(&article.source),
        title: source_title(article),
        feed_url: heading.public_feeds.get(&article.source).and_then(|url| uri(url)).unwrap_or_else(own),
        site_url: article.feed_link.as_deref().and_then(uri),
    }
}

/// The publisher's title of the feed, or our name of the source.
#[must_use]
pub fn source_title(article: &Article) -> String {
    article.feed_title.as_deref().map(line).filter(|title| !title.is_empty()).unwrap_or_else(|| line(article.source.as_str()))
}

/// Where to read another copy: at its own address, or, where that is the one already given, at our page of it.
fn also_at(heading: &Heading<'_>, other: &Article, lead_link: Option<&str>) -> AlsoAt {
    let own = || format!("{}/article/{}", heading.site_url, other.id);
    let url = other.link.as_deref().and_then(uri).filter(|link| Some(link.as_str()) != lead_link).unwrap_or_else(own);
    AlsoAt { source_title: source_title(other), title: title(other, Some(&url)), url }
}

fn also_markup(also: &[AlsoAt], language: &str) -> String {
    if also.is_empty() {
        return String::new();
    }
    let (words, between) = if language.to_ascii_lowercase().starts_with("zh") { ("另见：", "、") } else { ("Also at: ", ", ") };
    let links =
        also.iter().map(|at| format!("<a href=\"{}\" title=\"{}\">{}</a>", escape(&at.url), escape(&at.title), escape(&at.source_title)));
    format!("\n<p>{words}{}</p>", links.collect::<Vec<_>>().join(between))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Person;
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
