//! What a poll found and what it will write, as data.

use super::{Article, ArticleId, Fingerprint, History, Holder, Instant, Original, PublisherHints, Reject, SourceName};

/// `ETag` and `Last-Modified`, kept and sent back byte for byte (F3, F4): header values are bytes, not text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The value of `ETag`, quotes and `W/` included.
    pub etag: Option<Vec<u8>>,
    /// The value of `Last-Modified`, even when it is not a date.
    pub last_modified: Option<Vec<u8>>,
}

/// When an entry was first and last seen, with its fingerprint. Outlives the article (law 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The identity.
    pub id: ArticleId,
    /// First seen.
    pub first_seen: Instant,
    /// Last seen.
    pub last_seen: Instant,
    /// The content when last seen.
    pub fingerprint: Fingerprint,
    /// The date the article was given when first seen, so that an undated entry keeps it for ever.
    pub published: Instant,
    /// Revisions so far.
    pub revision: u32,
}

/// What became of one entry in one poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Never seen before.
    New,
    /// Seen, and its content truly changed.
    Revised,
    /// Seen, the same.
    Unchanged,
    /// The same entry stands in this document already.
    Duplicate(ArticleId),
    /// Not taken, and why.
    Rejected(String),
}

/// How a poll ended, in the terms a person asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 200 and read.
    Changed,
    /// 304, or the same bytes as last time.
    Unchanged,
    /// Not read: one sentence that says what, where and what to do.
    Failed(String),
    /// The publisher says that the feed is gone (410 twice).
    Gone,
}

/// An article whose page is still to be had (`full_text = true`): later polls ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageDue {
    /// Which one.
    pub id: ArticleId,
    /// How often it was asked for in vain.
    pub tries: u32,
    /// How much the feed's own text holds, as `pipeline::normalize::worth` counts it: the page must hold more.
    pub own_worth: u64,
}

/// What is remembered of a source between polls.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceState {
    /// Whose.
    pub source: SourceName,
    /// The URL of feeds.toml that the rest of this belongs to. A different one there: validators do not apply.
    pub url: String,
    /// The address adopted after a lasting permanent redirect (F35), polled instead of `url`.
    pub adopted_url: Option<String>,
    /// The permanent redirect being watched: target, since when, how many times in a row.
    pub moving: Option<(String, Instant, u32)>,
    /// For the next conditional request.
    pub validators: Validators,
    /// Hash of the last body that was read, decoded.
    pub body_hash: Option<[u8; 16]>,
    /// Tells the include and exclude that the last document was looked at with: with others it is read again.
    pub filters: Option<[u8; 16]>,
    /// When it is to be polled next.
    pub next_due: Instant,
    /// Why then, in words.
    pub next_why: String,
    /// The host asked for silence until then (`Retry-After`); the fetcher is told again after a restart (F23).
    pub held_until: Option<Instant>,
    /// Last attempt of any outcome.
    pub last_attempt: Option<Instant>,
    /// Last time the document was read or was unchanged.
    pub last_success: Option<Instant>,
    /// Last time an article was new.
    pub last_new: Option<Instant>,
    /// How the last attempt ended.
    pub outcome: Option<Outcome>,
    /// Failures in a row.
    pub failures: u32,
    /// Parser crashes in a row (R6).
    pub crashes: u32,
    /// First 410 in a row (F39).
    pub gone_since: Option<Instant>,
    /// The publisher's title of the feed.
    pub feed_title: Option<String>,
    /// The publisher's website.
    pub feed_link: Option<String>,
    /// The publisher's own address of the feed and its hubs, for WebSub.
    pub feed_self: Option<String>,
    /// WebSub hubs.
    pub hubs: Vec<String>,
    /// The dialect last read, for people.
    pub format: Option<String>,
    /// What the document asked of pollers.
    pub hints: PublisherHints,
    /// Smoothed time between new articles, in seconds: the source's own rhythm.
    pub rhythm_seconds: Option<u64>,
    /// Polls, failed polls, new articles since it is known.
    pub polls: u64,
    /// See `polls`.
    pub polls_failed: u64,
    /// See `polls`.
    pub articles_new: u64,
    /// New entries that are held back, since they came as a burst: since when, and how many.
    pub burst: Option<Burst>,
    /// Articles whose pages are still to be had, those to be asked for first in front.
    pub pages_due: Vec<PageDue>,
    /// How the last polls went.
    pub history: History,
}

/// Entries that are held back: a feed suddenly showed many at once that cannot be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// When they were held back first.
    pub since: Instant,
    /// How many.
    pub entries: u32,
}

impl SourceState {
    /// A source nobody has polled yet, due at `due`.
    #[must_use]
    pub fn fresh(source: SourceName, url: String, due: Instant) -> Self {
        Self {
            source,
            url,
            adopted_url: None,
            moving: None,
            validators: Validators::default(),
            body_hash: None,
            filters: None,
            next_due: due,
            next_why: "never polled yet".into(),
            held_until: None,
            last_attempt: None,
            last_success: None,
            last_new: None,
            outcome: None,
            failures: 0,
            crashes: 0,
            gone_since: None,
            feed_title: None,
            feed_link: None,
            feed_self: None,
            hubs: Vec::new(),
            format: None,
            hints: PublisherHints::default(),
            rhythm_seconds: None,
            polls: 0,
            polls_failed: 0,
            articles_new: 0,
            burst: None,
            pages_due: Vec::new(),
            history: History::default(),
        }
    }
}

/// Everything that one poll will write, as data. Applying it is deterministic and idempotent (law 2).
#[derive(Clone, Debug, PartialEq)]
pub struct PollPlan {
    /// Whose.
    pub source: SourceName,
    /// Who polled: the plan is applied only while the source is leased to it, and gives the lease back. None: it needs no lease.
    pub holder: Option<Holder>,
    /// When it was decided.
    pub at: Instant,
    /// The state of the source afterwards: validators and due time travel with the articles (F10). On the heap: a plan changes hands a dozen times, and
    /// this is most of one that brought nothing.
    pub state: Box<SourceState>,
    /// New and revised articles. Revised ones replace the stored one, at the same place.
    pub articles: Vec<Article>,
    /// What they were made of. An article without one here keeps the one that is stored.
    pub originals: Vec<Original>,
    /// Sightings to write: of new and revised entries, and of old ones last seen long enough ago to be worth a write.
    pub sightings: Vec<Sighting>,
    /// Entries that were not taken, and why. The newest few are kept for `explain` and the status page.
    pub rejects: Vec<Reject>,
    /// How many entries had which verdict: new, revised, unchanged, duplicate, rejected.
    pub counts: VerdictCounts,
}

/// How many entries of a poll had which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// [`Verdict::New`].
    pub new: u32,
    /// [`Verdict::Revised`].
    pub revised: u32,
    /// [`Verdict::Unchanged`].
    pub unchanged: u32,
    /// [`Verdict::Duplicate`].
    pub duplicate: u32,
    /// [`Verdict::Rejected`].
    pub rejected: u32,
    /// New ones that are held back as a burst; counted as rejected too.
    pub held: u32,
}
