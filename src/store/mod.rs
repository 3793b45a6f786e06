//! Where articles, sightings and the state of sources are kept.
//!
//! The trait is what the rest of the program knows; `sled` and the in-memory store pass one contract suite. All methods block:
//! call them from `spawn_blocking`. No method assumes that this process is the only one, polls are leased ([`lease`]) and plans are idempotent,
//! so that a server store for several machines can stand behind the trait later.

mod disk;
pub mod lease;
pub mod memory;
pub mod rejects;
pub mod remote;
pub mod rows;
mod scan;
pub mod sled;
pub mod snapshot;
pub(crate) mod threads;
pub mod told;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod contract_leases;
#[cfg(test)]
mod power;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

pub use lease::Leased;
pub use memory::MemoryStore;
pub use remote::RemoteStore;
pub use scan::{scan, scan_arrivals};
pub use sled::{SledOptions, SledStore};
pub use told::{Progress, Told, Work};

use crate::model::{Article, ArticleId, Holder, Instant, Original, PollPlan, Reject, Sighting, SourceName, SourceState};

/// Articles, sightings, the state of sources.
pub trait Store: Send + Sync + 'static {
    /// The state of every source ever polled.
    fn source_states(&self) -> Result<Vec<SourceState>, StoreError>;

    /// Hands them to `each`, one at a time and in the same order: those of ten thousand sources take 8 MB. Writers wait meanwhile. Where reading
    /// fails, `each` may have had some of them.
    fn each_state(&self, each: &mut dyn FnMut(SourceState)) -> Result<(), StoreError> {
        self.source_states()?.into_iter().for_each(each);
        Ok(())
    }

    /// The state of one source.
    fn source_state(&self, source: &SourceName) -> Result<Option<SourceState>, StoreError>;

    /// The sightings of these entries of a source, in the order asked, `None` where an entry was never seen.
    fn sightings(&self, source: &SourceName, ids: &[ArticleId]) -> Result<Vec<Option<Sighting>>, StoreError>;

    /// The sighting of an entry whose source is not known. Slow where there are many sources: for people who ask.
    fn find_sighting(&self, id: ArticleId) -> Result<Option<Sighting>, StoreError>;

    /// Leases sources to a poller, all of them or none: before it asks their publisher, and again before the time is over while it is still at it.
    /// Granted where nobody has them, where they are the asker's already, where the lease of another has run out, or where it would last longer
    /// than [`lease::LEASE_SECONDS_MAX`] from now. `until` lies within that. A lease need not outlive the only process that can use the store.
    fn lease(&self, sources: &[SourceName], holder: Holder, now: Instant, until: Instant) -> Result<Leased, StoreError>;

    /// Gives leases back that are this holder's, of polls that end without a plan; those of others stay.
    fn give_back(&self, sources: &[SourceName], holder: Holder) -> Result<(), StoreError>;

    /// Applies the plans of a group of polls in order, all or nothing, and returns when they are durable (law 7). A plan that names a holder is
    /// left out unless its source is leased to it, in the same step; applied, it gives the lease back. Applying a plan again changes nothing.
    fn apply(&self, plans: &[PollPlan]) -> Result<(), StoreError>;

    /// One article.
    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError>;

    /// Whether these articles are there, in the order asked: what follows the store asks it after articles expired.
    fn holds(&self, ids: &[ArticleId]) -> Result<Vec<bool>, StoreError> {
        ids.iter().map(|id| Ok(self.article(*id)?.is_some())).collect()
    }

    /// What an article was made of, where that is kept.
    fn original(&self, id: ArticleId) -> Result<Option<Original>, StoreError>;

    /// What the articles that arrived as these numbers were made of, with their numbers, rising; those of which it is not kept are left out.
    fn originals(&self, numbers: Range<u64>) -> Result<Vec<(u64, Original)>, StoreError> {
        let of = |(number, article): (u64, Article)| Ok(self.original(article.id)?.map(|original| (number, original)));
        self.arrived(None, numbers)?.into_iter().map(of).filter_map(Result::transpose).collect()
    }

    /// Puts articles in the place of stored ones, each only where the stored one is still what it was made from, all in one durable step;
    /// their sightings get the new fingerprint. Returns how many were replaced.
    fn replace(&self, articles: &[Replacement]) -> Result<usize, StoreError>;

    /// Articles, newest first by (`published`, id), of all sources or of one; at most `limit`, after the place `before` where given.
    fn newest(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Article>, StoreError>;

    /// The places of the same articles: for whoever brings the articles of many sources into one order and reads few of them.
    fn newest_places(&self, source: Option<&SourceName>, before: Option<Place>, limit: usize) -> Result<Vec<Place>, StoreError> {
        Ok(self.newest(source, before, limit)?.iter().map(Place::of).collect())
    }

    /// Articles in the order of arrival: those that arrived as these numbers, among all or in one source, with their numbers, rising. Numbers
    /// begin at 0 and are given once: what arrives later has higher ones, an article keeps its numbers when it is revised, and only expiry
    /// leaves gaps. So the articles from `100 * n` up to `100 * (n + 1)` make an archive that nothing joins later (RFC 5005).
    fn arrived(&self, source: Option<&SourceName>, numbers: Range<u64>) -> Result<Vec<(u64, Article)>, StoreError>;

    /// The number that the next article to arrive will get, among all or in one source.
    fn next_arrival(&self, source: Option<&SourceName>) -> Result<u64, StoreError>;

    /// The newest rejects of a source, newest first, with the time of the poll.
    fn rejects(&self, source: &SourceName) -> Result<Vec<(Instant, Reject)>, StoreError>;

    /// Gives back memory that nobody has needed since this was last called but one; what it was kept for is read again.
    fn rest(&self) {}

    /// How much is in it.
    fn totals(&self) -> Result<Totals, StoreError>;

    /// Removes articles published before `before` (of one source, or of all); their sightings stay (law 4). Removes at most `limit`,
    /// returns how many.
    fn expire(&self, source: Option<&SourceName>, before: Instant, limit: usize) -> Result<usize, StoreError>;

    /// The same by number: removes the oldest articles (of one source, or of all) beyond the newest `keep`.
    fn expire_beyond(&self, source: Option<&SourceName>, keep: u64, limit: usize) -> Result<usize, StoreError>;

    /// Gives back space that removed articles took, where that is worth while. Writers wait meanwhile. Says what it did.
    fn tidy(&self) -> Result<Option<String>, StoreError>;

    /// Lets go of what was read into memory lately and will hardly be asked for soon: called when a larger work is done.
    fn settle(&self) {}

    /// Reads everything once and says what does not fit. `told` hears how far it is.
    fn verify_told(&self, told: Told<'_>) -> Result<Vec<String>, StoreError>;

    /// The same where nobody waits for it.
    fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.verify_told(&mut told::nobody)
    }

    /// Gives everything to `sink`: states, rejects, sightings, articles. Others may write meanwhile; in this order what is given first
    /// is never newer than what comes later, so that after an import the next polls find what is missing.
    fn export(&self, sink: &mut dyn FnMut(Record) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Writes records, all or nothing, and returns when they are durable. Importing again changes nothing; an article without its original
    /// keeps the one that is stored.
    fn import(&self, records: &[Record]) -> Result<(), StoreError>;
}

/// One thing in a store, for moving it elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The state of a source.
    State(Box<SourceState>),
    /// Its newest rejects.
    Rejects(SourceName, rejects::Kept),
    /// A sighting, and whose it is where that is known: stores of layout 1 did not say it.
    Sighting(Option<SourceName>, Sighting),
    /// An article, and its arrival in the store it comes from. A store that it is imported into keeps that where nothing arrived later.
    /// With what it was made of, where that is kept.
    Article(Box<Article>, Option<Arrival>, Option<Box<Original>>),
}

/// An article in the place of a stored one.
#[derive(Clone, Debug, PartialEq)]
pub struct Replacement {
    /// The stored one, as it was read.
    pub before: Article,
    /// The one in its place: of the same source, id and date of publication.
    pub after: Article,
}

/// The numbers that an article got when it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    /// Among all articles.
    pub number: u64,
    /// Among those of its source.
    pub of_source: u64,
}

/// A place in the order of articles: paging goes on after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `Article::published`.
    pub published: Instant,
    /// `Article::id`.
    pub id: ArticleId,
}

impl Place {
    /// Where an article stands.
    #[must_use]
    pub fn of(article: &Article) -> Self {
        Self { published: article.published, id: article.id }
    }
}

/// `SECONDS-NANOSECONDS-ID`, as addresses of pages hold it. To the nanosecond, because the undated entries of one poll share its time.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.published.timestamp(), self.published.timestamp_subsec_nanos(), self.id)
    }
}

/// The words are no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no place: SECONDS-NANOSECONDS-ID is meant")]
pub struct NoPlace;

/// Reads what `Display` wrote; each place has one spelling only.
impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let read = || {
            let mut parts = text.rsplitn(3, '-');
            let id = parts.next()?.parse().ok()?;
            let nanoseconds = parts.next()?.parse().ok()?;
            let published = Instant::from_timestamp(parts.next()?.parse().ok()?, nanoseconds)?;
            Some(Self { published, id }).filter(|place| place.to_string() == text)
        };
        read().ok_or(NoPlace)
    }
}

/// How much is in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Articles.
    pub articles: u64,
    /// Sightings.
    pub sightings: u64,
    /// Sources with a state.
    pub sources: u64,
    /// Bytes on disk, where there is a disk.
    pub disk_bytes: u64,
    /// Articles that came, were replaced or went since the store was made: while it stays, every article does.
    pub changes: u64,
}

/// Why the store did not do it. Each variant changes what the caller does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open (R10).
    #[error("{0}")]
    InUse(String),
    /// The disk is full: serve on, try again (R3).
    #[error("{0}")]
    Full(String),
    /// The folder cannot be read or written (R4).
    #[error("{0}")]
    Unusable(String),
    /// What is there is damaged (R5).
    #[error("{0}")]
    Damaged(String),
    /// A newer version of the program wrote it (R11).
    #[error("{0}")]
    Newer(String),
    /// Whoever waited for it asked to stop; all is as it was.
    #[error("stopped before the end")]
    Stopped,
}
