//! Pure: from a publisher's bytes to articles and a [`crate::model::PollPlan`]. No I/O, no clock, no randomness: `now` and `jitter` are arguments.
//!
//! | stage | function | in | out |
//! | --- | --- | --- | --- |
//! | parse | [`parse::parse`] | bytes, media type, address | [`crate::model::Feed`] or why not |
//! | identify | [`identify::keys`] | entries | an [`crate::model::EntryKey`] each |
//! | normalize | [`normalize::article`] | entry, source, now | [`crate::model::Article`] or a reject |
//! | decide | [`decide::decide`] | feed, sightings, now | articles, sightings, verdicts |
//! | story | [`story::verdict`] | two articles | whether they are copies, and by which rule |
//! | burst | [`burst::hold`] | what was decided | the same without what cannot be new |
//! | schedule | [`schedule::next`] | what happened, jitter | when next, and why |
//! | dictionary | [`dictionary::Dictionary`] | Chinese text | words, for summaries and for the search |
//! | fulltext | [`fulltext::extract`] | the page of an entry | its article, where feeds.toml asks for it |
//! | history | [`history::record`] | how the poll ended, how long it took | what the status page shows of it |
//! | poll | [`poll::plan`] | all of it | [`crate::model::PollPlan`] |

pub mod burst;
pub mod dates;
pub mod decide;
pub mod dictionary;
pub mod discover;
pub mod fulltext;
pub mod history;
pub mod identify;
pub mod normalize;
pub mod parse;
pub mod poll;
pub mod sanitize;
pub mod schedule;
pub mod story;
pub mod summarize;
#[cfg(test)]
pub(crate) mod testing;
