//! What a person orders by a command: taking an article out of its story, letting in what was held back, making articles again.
//!
//! The same whether the daemon is asked over its socket or the command has the store to itself. All of it blocks.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::rebuild;
use crate::config::Config;
use crate::model::{Article, ArticleId, Instant, SourceName, Story};
use crate::pipeline::story::alone;
use crate::pipeline::summarize::Summarizer;
use crate::store::{Place, Record, Store, StoreError, scan};

/// Articles looked through for those of a story.
const SCAN_ARTICLES_MAX: usize = 50_000;

/// An order. The names are part of the language of the socket, and old ones keep their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// Take an article out of its story, for good.
    Unmerge {
        /// In hexadecimal digits.
        id: String,
    },
    /// Let in what the burst guard holds back of a source.
    Release {
        /// Its name.
        source: String,
    },
    /// Make a step of articles again. The answer is a [`super::rebuild::Rebuilt`] as JSON.
    Rebuild {
        /// Only those of these sources.
        names: Vec<String>,
        /// The number of arrival of the first.
        from: u64,
    },
}

/// Does it, durably. Returns what was done, as a sentence for people; `None` where there is no such article or nothing is held back.
///
/// # Errors
/// What the store says.
pub fn obey(
    store: &dyn Store,
    config: &Config,
    summarizer: &Summarizer,
    order: &Order,
    now: Instant,
) -> Result<Option<String>, StoreError> {
    match order {
        Order::Unmerge { id } => match id.parse() {
            Ok(id) => unmerge(store, config, id),
            Err(_) => Ok(None),
        },
        Order::Release { source } => match SourceName::new(source) {
            Ok(source) => release(store, &source, now),
            Err(_) => Ok(None),
        },
        Order::Rebuild { names, from } => {
            let done = rebuild::step(store, config, summarizer, names, *from)?;
            serde_json::to_string(&done).map(Some).map_err(|error| StoreError::Unusable(error.to_string()))
        }
    }
}

fn unmerge(store: &dyn Store, config: &Config, id: ArticleId) -> Result<Option<String>, StoreError> {
    let Some(mut article) = store.article(id)? else { return Ok(None) };
    let of = article.story.clone().unwrap_or_else(|| alone(&article));
    article.story = Some(Story { kept_apart: true, ..alone(&article) });
    let mut changed = vec![article.clone()];
    let mut others = of_story(store, config, of.id, &article)?;
    others.sort_by_key(|other| (other.first_seen, other.published, other.id));
    if of.id == id {
        // The others had its id; they have that of the first of them from now on.
        let first = others.first().map(|first| (first.id, first.published));
        for (mut other, (id, published)) in others.iter().cloned().zip(std::iter::repeat(first).flatten()) {
            let merge = other.story.take().and_then(|story| story.merge).filter(|_| other.id != id);
            other.story = Some(Story { id, published, merge, kept_apart: false });
            changed.push(other);
        }
    }
    let records: Vec<Record> = changed.into_iter().map(|article| Record::Article(Box::new(article), None, None)).collect();
    store.import(&records)?;
    let said = match others.len() {
        0 => format!("{id} was merged with nothing, and nothing will be merged with it."),
        1 => {
            format!("{id} of {} stands by itself from now on; it was merged with {} of {}.", article.source, others[0].id, others[0].source)
        }
        many => format!("{id} of {} stands by itself from now on; it was merged with {many} others.", article.source),
    };
    Ok(Some(said))
}

/// The other articles of a story, among those published near one of them.
fn of_story(store: &dyn Store, config: &Config, story: ArticleId, near: &Article) -> Result<Vec<Article>, StoreError> {
    let window = TimeDelta::from_std(config.stories.window).unwrap_or(TimeDelta::MAX);
    let edge = |at: Option<Instant>| at.unwrap_or(near.published);
    let (from, to) = (edge(near.published.checked_add_signed(window)), edge(near.published.checked_sub_signed(window)));
    let mut found: Vec<Article> = Vec::new();
    scan(store, None, Some(Place { published: from, id: ArticleId([0xff; 16]) }), SCAN_ARTICLES_MAX, |article| {
        let is_inside = article.published >= to;
        if is_inside && article.id != near.id && article.story.as_ref().is_some_and(|its| its.id == story) {
            found.push(article);
        }
        is_inside
    })?;
    // What an address brought together may be further apart.
    for id in [Some(story), near.story.as_ref().and_then(|story| story.merge.as_ref()).map(|merge| merge.with)].into_iter().flatten() {
        if id != near.id && !found.iter().any(|known| known.id == id) {
            found.extend(store.article(id)?);
        }
    }
    Ok(found)
}

fn release(store: &dyn Store, source: &SourceName, now: Instant) -> Result<Option<String>, StoreError> {
    let Some(mut state) = store.source_state(source)? else { return Ok(None) };
    let Some(burst) = &mut state.burst else { return Ok(None) };
    let entries = burst.entries;
    // As if it had waited long enough already.
    burst.since = Instant::UNIX_EPOCH;
    state.next_due = now;
    state.next_why = "what was held back is let in".into();
    store.import(&[Record::State(Box::new(state))])?;
    Ok(Some(format!("{entries} entries of {source} are no longer held back; the next poll brings those that the feed still shows.")))
}

#[cfg(test)]
mod tests;
