//! What a publisher said. Everything here is untrusted text that lives in memory only, for the time of one poll.

use super::Instant;

/// The dialect a document was written in, as found by looking at it (never from the media type).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedFormat {
    /// RSS 0.91 to 2.0 and their misspellings.
    Rss,
    /// RSS 0.90 and 1.0 (RDF).
    Rdf,
    /// Atom 0.3 and 1.0.
    Atom,
    /// JSON Feed 1.0 and 1.1.
    Json,
    /// Channel Definition Format.
    Cdf,
}

impl FeedFormat {
    /// The word for people: `rss`, `rdf`, `atom`, `json`, `cdf`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Rdf => "rdf",
            Self::Atom => "atom",
            Self::Json => "json",
            Self::Cdf => "cdf",
        }
    }
}

/// A publisher's document, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    /// The dialect.
    pub format: FeedFormat,
    /// The title as plain text (markup removed, references decoded, trimmed).
    pub title: Option<String>,
    /// The website, absolute where a base was known.
    pub link: Option<String>,
    /// The feed's own statement of its address (`rel=self`).
    pub self_link: Option<String>,
    /// Where entries older than these are: RFC 5005 `prev-archive` or `next`, JSON Feed `next_url`.
    pub older: Option<String>,
    /// WebSub hubs (`rel=hub`).
    pub hubs: Vec<String>,
    /// BCP 47 language tag as written.
    pub language: Option<String>,
    /// One line about the feed, plain text.
    pub description: Option<String>,
    /// What the publisher asks of those who poll.
    pub hints: PublisherHints,
    /// The entries in document order.
    pub entries: Vec<Entry>,
    /// Entries that could not be read, with the reason.
    pub rejects: Vec<Reject>,
    /// What had to be repaired before it could be read, in words, for `check` and the log.
    pub repairs: Vec<String>,
}

/// What a publisher asks of those who poll, from the document (the HTTP headers are the fetcher's).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublisherHints {
    /// RSS `ttl`, in minutes.
    pub ttl_minutes: Option<u32>,
    /// RSS `skipHours`, GMT, each 0 to 23.
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`, GMT, 0 = Monday to 6 = Sunday.
    pub skip_days: Vec<u8>,
    /// `sy:updatePeriod` divided by `sy:updateFrequency`, in seconds.
    pub update_period_seconds: Option<u64>,
}

/// One item of a publisher's document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// `guid`, Atom `id`, `rdf:about`, JSON `id`; trimmed, never empty.
    pub guid: Option<String>,
    /// The page of the entry, absolute where a base was known, otherwise as written; trimmed, never empty.
    pub link: Option<String>,
    /// The title as plain text: markup removed, references decoded, trimmed.
    pub title: Option<String>,
    /// Every body the entry has: description, content:encoded, content, summary.
    pub bodies: Vec<Body>,
    /// The base for relative addresses in the bodies: xml:base in force, else the link, else the feed's link.
    pub base: Option<String>,
    /// The publisher's own text for the date of publication, character by character (trimmed).
    pub date_text: Option<String>,
    /// What that text means.
    pub published: Option<Instant>,
    /// When the publisher says it was changed.
    pub updated: Option<Instant>,
    /// The people named.
    pub authors: Vec<Person>,
    /// The publisher's categories, in order, without repeats.
    pub categories: Vec<String>,
    /// Audio, video and other attached files.
    pub enclosures: Vec<Enclosure>,
    /// A picture for the whole entry (media:thumbnail, itunes:image, JSON `image`).
    pub image: Option<String>,
    /// BCP 47 language tag, the feed's where the entry has none.
    pub language: Option<String>,
    /// The feed it was taken from, where the publisher names one (`source`): title and address.
    pub origin: Option<(String, Option<String>)>,
    /// The page where people discuss it (RSS `comments`).
    pub comments: Option<String>,
}

/// One of an entry's bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// How to read it.
    pub kind: BodyKind,
    /// The text; for HTML, markup with references undecoded.
    pub text: String,
}

/// How the text of a body is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// HTML or XHTML source.
    Html,
    /// Plain text: nothing in it is markup.
    Text,
}

/// A person as a publisher names one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Plain text, trimmed; may be empty where only an address is known.
    pub name: String,
    /// Their mail address.
    pub email: Option<String>,
    /// Their page.
    pub url: Option<String>,
}

/// A file attached to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Absolute http or https address.
    pub url: String,
    /// Media type as written.
    pub media_type: Option<String>,
    /// Length in bytes as stated.
    pub length_bytes: Option<u64>,
    /// Playing time in seconds.
    pub duration_seconds: Option<u64>,
    /// Its own title, where it has one (media:title, JSON attachments).
    pub title: Option<String>,
}

/// An entry that could not become an article, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Which one, so that a person finds it: its guid, link, title or number.
    pub what: String,
    /// Why, as a whole sentence part a person can read.
    pub why: String,
}
