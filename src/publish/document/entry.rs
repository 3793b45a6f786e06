//! One entry of an output feed: what its article says, cleaned for whoever reads it.

use std::collections::HashSet;

use super::{Heading, path};
use crate::model::{Article, Enclosure, Instant, View};
use crate::publish::merge::Merged;
use crate::publish::text::{escape, language_tag, line, plain_title, uri, xml_clean};
use crate::publish::{html, ids};

/// Categories of one entry that are given out.
const CATEGORIES_MAX: usize = 20;

/// People of one entry that are given out.
const AUTHORS_MAX: usize = 20;

/// Characters of a title; the longest real one in the corpus has 230.
const TITLE_CHARS_MAX: usize = 1000;

/// Characters of a summary that is made of the beginning of a text.
const SUMMARY_CHARS_MAX: usize = 200;

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
    /// The content does not show that picture.
    pub is_image_beside: bool,
    /// Attached files with checked addresses.
    pub enclosures: Vec<Enclosure>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Whose it is (P5).
    pub source: Attribution,
    /// The other copies.
    pub also: Vec<AlsoAt>,
}

impl FeedEntry {
    /// The picture, where the content does not show it.
    pub(in crate::publish) fn image_beside(&self) -> Option<&str> {
        self.image.as_deref().filter(|_| self.is_image_beside)
    }
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

/// Lays out one story.
pub(super) fn entry(heading: &Heading<'_>, merged: &Merged<'_>) -> FeedEntry {
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
    let own = picture_of_text(article);
    FeedEntry {
        id: ids::entry(merged.id),
        title: title(article, link.as_deref()),
        published: merged.published,
        updated: merged.updated(),
        authors: authors.filter(|(name, _)| !name.is_empty()).take(AUTHORS_MAX).collect(),
        categories: categories(article),
        summary: summary(article, link.as_deref()),
        content,
        is_image_beside: own.is_none(),
        image: own.or_else(|| picture_beside(article)),
        enclosures: article.enclosures.iter().filter_map(enclosure).collect(),
        language: article.language.as_deref().and_then(language_tag),
        source: attribution(heading, article),
        also,
        link,
    }
}

/// The address of an article's picture, where it has one that is meant to be seen: the first one of its text, or else the one beside it.
#[must_use]
pub fn picture(article: &Article) -> Option<String> {
    picture_of_text(article).or_else(|| picture_beside(article))
}

/// The address of the picture beside an article's text, where the text shows none.
#[must_use]
pub fn thumbnail(article: &Article) -> Option<String> {
    if picture_of_text(article).is_none() { picture_beside(article) } else { None }
}

fn picture_of_text(article: &Article) -> Option<String> {
    article.cover.as_deref().filter(|cover| !html::is_pixel(article.body.as_str(), cover)).and_then(address)
}

fn picture_beside(article: &Article) -> Option<String> {
    article.image.as_deref().and_then(address)
}

/// Templates can leave the scheme out.
fn address(picture: &str) -> Option<String> {
    uri(picture).or_else(|| uri(&format!("https://{picture}")))
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
