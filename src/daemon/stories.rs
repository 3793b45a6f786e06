//! Which story each new article belongs to: decided before it is stored, once, and stored with it.
//!
//! In: the plans of a group of polls. Out: the same with the story of each new article. The index of what may be a copy is in memory only
//! and is filled from the store when it is first needed; what was decided is in the store. What is decided must not depend on
//! when the program was started: texts are compared with what was first seen within the window only, and addresses and guids with all
//! that the index holds, which after a start is what it held before. Bound: `[stories] articles_max`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;

use crate::config::Config;
use crate::model::{Article, ArticleId, Instant, PollPlan, Story};
use crate::pipeline::story::{Index, IndexLimits, Profile, Settings, Signature, alone, marks, settle};
use crate::store::{Store, StoreError, scan_arrivals};

/// Decides to which story articles belong. Shared; one group of polls at a time.
pub struct Stories {
    store: Arc<dyn Store>,
    rules: Mutex<Rules>,
    /// None until it is needed.
    index: Mutex<Option<Filled>>,
}

/// What feeds.toml says.
#[derive(Clone)]
struct Rules {
    settings: Settings,
    limits: IndexLimits,
}

/// An index, and what it depends on.
struct Filled {
    index: Index,
    limits: IndexLimits,
    similar: bool,
}

impl std::fmt::Debug for Stories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stories").finish_non_exhaustive()
    }
}

impl Stories {
    /// Over this store, by these settings.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, config: &Config) -> Self {
        Self { store, rules: Mutex::new(Rules::of(config)), index: Mutex::new(None) }
    }

    /// From now on by these settings.
    pub fn configure(&self, config: &Config) {
        *locked(&self.rules) = Rules::of(config);
    }

    fn filled<'a>(&self, index: &'a mut Option<Filled>, rules: &Rules, now: Instant) -> Result<&'a mut Index, StoreError> {
        let Rules { settings, limits } = rules;
        let fits = |filled: &Filled| filled.limits == *limits && filled.similar == settings.similar;
        // The old one goes first: there are never two in memory.
        match index.take().filter(fits) {
            Some(filled) => Ok(&mut index.insert(filled).index),
            None => {
                let filled = Filled { index: load(&*self.store, settings, *limits, now)?, limits: *limits, similar: settings.similar };
                Ok(&mut index.insert(filled).index)
            }
        }
    }

    /// The story of every article of these plans, in their order. A revised one keeps what it has. Blocks.
    ///
    /// # Errors
    /// What the store says.
    pub fn settle(&self, plans: &[PollPlan]) -> Result<Vec<Story>, StoreError> {
        let Some(now) = plans.iter().filter(|plan| !plan.articles.is_empty()).map(|plan| plan.at).max() else { return Ok(Vec::new()) };
        let rules = locked(&self.rules).clone();
        let mut index = locked(&self.index);
        let index = self.filled(&mut index, &rules, now)?;
        let mut group = Group { store: &*self.store, siblings: HashMap::new(), new: HashMap::new() };
        let arriving: Vec<Arriving<'_>> = plans
            .iter()
            .flat_map(|plan| plan.articles.iter().map(|article| Arriving { article, at: plan.at, marks: marks(article).collect() }))
            .collect();
        for Arriving { article, marks, .. } in &arriving {
            marks.iter().for_each(|mark| group.siblings.entry(mark.clone()).or_default().push(*article));
        }
        let mut stories = Vec::with_capacity(arriving.len());
        for one in &arriving {
            let story = group.story(index, &rules.settings, one)?;
            group.new.insert(one.article.id, (one.article, story.clone()));
            stories.push(story);
        }
        Ok(stories)
    }
}

impl Rules {
    fn of(config: &Config) -> Self {
        Self { settings: settings(config), limits: limits(config) }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Texts are compared with what was first seen after this.
fn horizon(settings: &Settings, now: Instant) -> Instant {
    now.checked_sub_signed(TimeDelta::from_std(settings.window).unwrap_or(TimeDelta::MAX)).unwrap_or_default()
}

fn settings(config: &Config) -> Settings {
    Settings { similar: config.stories.similar, window: config.stories.window, keep_apart: config.keep_apart.clone() }
}

fn limits(config: &Config) -> IndexLimits {
    IndexLimits { articles_max: config.stories.articles_max, ..IndexLimits::default() }
}

/// An article of the group, the time of its poll, and what it shares with its copies.
struct Arriving<'a> {
    article: &'a Article,
    at: Instant,
    marks: Vec<String>,
}

/// What is stored together: articles of the same group are not in the store yet.
struct Group<'a> {
    store: &'a dyn Store,
    /// All of them by what they share.
    siblings: HashMap<String, Vec<&'a Article>>,
    /// Those that are decided.
    new: HashMap<ArticleId, (&'a Article, Story)>,
}

impl Group<'_> {
    fn story(&self, index: &mut Index, settings: &Settings, one: &Arriving<'_>) -> Result<Story, StoreError> {
        let Arriving { article, at, marks } = one;
        // Known already: revised, or completed by its page. What this poll saw first is looked for among its neighbours only: the store
        // does not have it, and asking costs more than comparing.
        let is_new = article.first_seen == *at;
        if let Some((_, story)) = self.new.get(&article.id) {
            return Ok(story.clone());
        }
        if let Some(story) = if is_new { None } else { self.store.article(article.id)?.and_then(|known| known.story) } {
            return Ok(story);
        }
        // Where texts are not compared, an article is looked at only when another one shares its address or guid.
        let profile = settings.similar.then(|| Profile::of(article));
        let signature = Signature::of(&article.title, marks, profile.as_ref());
        let window = TimeDelta::from_std(settings.window).unwrap_or(TimeDelta::MAX);
        let mut others: Vec<Article> = Vec::new();
        for candidate in index.candidates(article.id, &article.source, horizon(settings, *at), &signature) {
            let is_near = (candidate.published - article.published).abs() <= window + TimeDelta::minutes(1);
            if candidate.by_mark || (!candidate.same_source && is_near) {
                others.extend(self.article(candidate.id)?);
            }
        }
        index.insert(article.id, &article.source, article.published, article.first_seen, &signature);
        if others.is_empty() {
            return Ok(alone(article));
        }
        let firsts: Vec<ArticleId> = others.iter().filter_map(|other| other.story.as_ref().map(|story| story.id)).collect();
        for id in firsts {
            if !others.iter().any(|other| other.id == id) {
                others.extend(self.article(id)?);
            }
        }
        let with_a_mark = marks.iter().filter_map(|mark| self.siblings.get(mark)).flatten().copied();
        let siblings: Vec<&Article> = with_a_mark.filter(|other| other.id != article.id && other.source == article.source).collect();
        let profile = profile.unwrap_or_else(|| Profile::of(article));
        Ok(settle(article, &profile, &others, &siblings, settings))
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        match self.new.get(&id) {
            Some((article, story)) => Ok(Some(Article { story: Some(story.clone()), ..(*article).clone() })),
            None => self.store.article(id),
        }
    }
}

/// The index of what is stored: by text what was first seen a short while ago, whatever date its publisher gave it, and by address and guid
/// what was seen before that too.
fn load(store: &dyn Store, settings: &Settings, limits: IndexLimits, now: Instant) -> Result<Index, StoreError> {
    let oldest = horizon(settings, now);
    let end = store.next_arrival(None)?;
    let mut index = Index::new(limits);
    // In the order of arrival, as they were taken in when they came: the oldest are forgotten first.
    scan_arrivals(store, end.saturating_sub(limits.articles_max as u64)..end, |article| {
        let profile = (settings.similar && article.first_seen >= oldest).then(|| Profile::of(&article));
        let signature = Signature::of(&article.title, &marks(&article).collect::<Vec<_>>(), profile.as_ref());
        index.insert(article.id, &article.source, article.published, article.first_seen, &signature);
        Ok::<_, StoreError>(())
    })?;
    if !index.is_empty() {
        tracing::debug!(articles = index.len(), bytes = index.bytes(), "the stored articles were read, to know their copies");
    }
    Ok(index)
}

#[cfg(test)]
mod tests;
