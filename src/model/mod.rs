//! The nouns of the program. No I/O, no async, no clock, no wire formats: the store and the feeds own their own shapes.
//!
//! Reading order: [`ids`] (who is who), [`source`] (what is polled), [`feed`] (what a publisher said: untrusted),
//! [`article`] (what we made of it), [`original`] (what we made it of), [`story`] (what tells the same), [`poll`] (what one poll will write), [`history`] (how the last ones went), [`view`] (what is given out), [`filter`] (the condition of a
//! view), [`words`] (durations and sizes as people write them).

pub mod address;
pub mod article;
pub mod chinese;
pub mod cron;
pub mod feed;
pub mod filter;
pub mod history;
pub mod ids;
pub mod original;
pub mod poll;
pub mod source;
pub mod story;
pub mod view;
pub mod words;

pub use article::{Article, SafeHtml};
pub use chinese::Chinese;
pub use feed::{Body, BodyKind, Enclosure, Entry, Feed, FeedFormat, Person, PublisherHints, Reject};
pub use filter::{Filter, FilterError, FilterSubject};
pub use history::{FailureRun, History, HourOfPolls};
pub use ids::{ArticleId, EntryKey, Fingerprint, Holder, SourceName};
pub use original::{Original, PageText};
pub use poll::{Outcome, PageDue, PollPlan, Sighting, SourceState, Validators, Verdict};
pub use source::{ImageTemplate, PLAYERS_DEFAULT, Schedule, Source, SummaryMode};
pub use story::Story;
pub use view::View;

/// An instant in UTC, to the second or finer. All times in the program are of this type; zones exist only while parsing and printing.
pub type Instant = chrono::DateTime<chrono::Utc>;
