//! Making stored articles again of what they were made of (`feedmill rebuild`): after a change of feeds.toml or of the program, without asking
//! anybody.
//!
//! In: a range of numbers of arrival. Out: what became of the articles in it. Whoever asks goes through all numbers step by step, so that
//! it can be watched and interrupted, in the daemon as well as in a command. An article that a poll writes meanwhile is left to it
//! ([`Store::replace`]). Bounds: [`STEP_ARTICLES`] a step.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::model::Original;
use crate::pipeline::normalize;
use crate::pipeline::summarize::Summarizer;
use crate::store::{Replacement, Store, StoreError};

/// Numbers of arrival in one step: some seconds at most, however long the articles are.
pub const STEP_ARTICLES: u64 = 100;

/// What became of articles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// Made again, and other than before.
    pub changed: u64,
    /// Made again, and the same.
    pub same: u64,
    /// Stored before originals were kept, or too long for it: they stay as they are.
    pub without_original: u64,
    /// Of sources that feeds.toml does not have any more: they stay.
    pub without_source: u64,
    /// Not to be made again: the entry would be rejected now, or a poll wrote it meanwhile. They stay.
    pub left: u64,
}

impl Rebuilt {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            changed: self.changed + other.changed,
            same: self.same + other.same,
            without_original: self.without_original + other.without_original,
            without_source: self.without_source + other.without_source,
            left: self.left + other.left,
        }
    }

    /// How many articles it is about.
    #[must_use]
    pub fn articles(self) -> u64 {
        self.changed + self.same + self.without_original + self.without_source + self.left
    }
}

/// Makes the articles again that arrived from number `from` on, at most [`STEP_ARTICLES`] numbers: those of the sources named, or of all.
/// Durable when it returns. Blocks.
///
/// # Errors
/// Those of the store.
pub fn step(store: &dyn Store, config: &Config, summarizer: &Summarizer, names: &[String], from: u64) -> Result<Rebuilt, StoreError> {
    let mut done = Rebuilt::default();
    let mut changed = Vec::new();
    let numbers = from..from.saturating_add(STEP_ARTICLES);
    // The articles first: what a poll changes in between is then newer than they are, and they are left to it.
    let articles = store.arrived(None, numbers.clone())?;
    // Of some sources only, few are needed, which are looked for one by one.
    let mut originals: HashMap<u64, Original> =
        if names.is_empty() { store.originals(numbers)?.into_iter().collect() } else { HashMap::new() };
    for (number, before) in articles {
        if !names.is_empty() && !names.iter().any(|name| name == before.source.as_str()) {
            continue;
        }
        let Some(source) = config.sources.named(before.source.as_str()) else {
            done.without_source += 1;
            continue;
        };
        let Some(original) = (if names.is_empty() { originals.remove(&number) } else { store.original(before.id)? }) else {
            done.without_original += 1;
            continue;
        };
        // An entry that crashes the normalizer now did not when it was stored.
        let made = catch_unwind(AssertUnwindSafe(|| normalize::again(&original, &before, source, &config.article.players, summarizer)));
        match made {
            Ok(Ok(after)) if after == before => done.same += 1,
            Ok(Ok(after)) => changed.push(Replacement { before, after }),
            Ok(Err(rejected)) => {
                tracing::warn!(article = %before.id, source = source.name.as_str(), why = rejected.why, "not made again; it stays");
                done.left += 1;
            }
            Err(_) => {
                tracing::error!(article = %before.id, source = source.name.as_str(), "making it again failed inside feedmill; it stays, please report it");
                done.left += 1;
            }
        }
    }
    done.changed = store.replace(&changed)? as u64;
    done.left += changed.len() as u64 - done.changed;
    Ok(done)
}
