//! Articles that were read a moment ago, kept as they are: feeds and pages ask for the newest ones again and again, and unpacking a hundred of
//! them costs some milliseconds.
//!
//! Two generations: what is asked for moves into the young one; when that is half of [`BYTES_MAX`], it becomes the old one, and what was old
//! goes; likewise once a minute, so that a program at rest keeps none. An article is forgotten when its pack changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::Article;

/// Most that is kept, in bytes of text.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longer articles are not kept, in bytes: few of them would put out all others.
const ARTICLE_BYTES_MAX: usize = BYTES_MAX / 16;
/// What an article takes besides its texts, roughly, in bytes.
const ARTICLE_OVERHEAD_BYTES: usize = 1024;

/// Articles by number of arrival, which is given once.
#[derive(Debug, Default)]
pub(super) struct Recall {
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<u64, Arc<Article>>,
    old: HashMap<u64, Arc<Article>>,
    young_bytes: usize,
}

fn bytes_of(article: &Article) -> usize {
    ARTICLE_OVERHEAD_BYTES + article.body.as_str().len() + article.title.len() + article.summary.len()
}

impl Generations {
    fn put(&mut self, number: u64, article: Arc<Article>) {
        self.young_bytes += bytes_of(&article);
        // Two readers may have unpacked it at the same time.
        if let Some(same) = self.young.insert(number, article) {
            self.young_bytes -= bytes_of(&same);
        }
        if self.young_bytes > BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

impl Recall {
    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The article that arrived as `number`, where it was read lately.
    pub(super) fn get(&self, number: u64) -> Option<Arc<Article>> {
        let mut generations = self.lock();
        if let Some(article) = generations.young.get(&number) {
            return Some(Arc::clone(article));
        }
        let article = generations.old.remove(&number)?;
        generations.put(number, Arc::clone(&article));
        Some(article)
    }

    /// Keeps it.
    pub(super) fn put(&self, number: u64, article: &Article) {
        if bytes_of(article) <= ARTICLE_BYTES_MAX {
            let article = Arc::new(article.clone());
            self.lock().put(number, article);
        }
    }

    /// Lets go of what nobody has asked for since this was last called but one.
    pub(super) fn rest(&self) {
        let mut generations = self.lock();
        generations.old = std::mem::take(&mut generations.young);
        generations.young_bytes = 0;
    }

    /// Forgets articles whose packs change.
    pub(super) fn forget(&self, numbers: &[u64]) {
        let mut generations = self.lock();
        for number in numbers {
            if let Some(article) = generations.young.remove(number) {
                generations.young_bytes -= bytes_of(&article);
            }
            generations.old.remove(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::sample::{article, long_article};

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes_in_time() {
        let recall = Recall::default();
        recall.put(0, &article("a", 0));
        for number in 1..1_000 {
            recall.put(number, &long_article("a", 1, 20_000));
            assert!(recall.get(0).is_some(), "after {number}");
        }
        let generations = recall.lock();
        let bytes: usize = generations.young.values().chain(generations.old.values()).map(|article| bytes_of(article)).sum();
        assert!(bytes > BYTES_MAX / 4 && bytes <= BYTES_MAX, "{bytes}");
        assert!(!generations.young.contains_key(&1) && !generations.old.contains_key(&1));
    }

    #[test]
    fn at_rest_only_what_is_asked_for_stays() {
        let recall = Recall::default();
        recall.put(1, &article("a", 1));
        recall.put(2, &article("a", 2));
        for _ in 0..3 {
            recall.rest();
            assert!(recall.get(1).is_some());
        }
        assert_eq!(recall.get(2), None);
        recall.rest();
        recall.rest();
        assert_eq!((recall.get(1), recall.lock().young_bytes), (None, 0));
    }

    #[test]
    fn what_is_forgotten_is_gone_and_long_ones_are_not_kept() {
        let recall = Recall::default();
        recall.put(1, &article("a", 1));
        recall.put(2, &article("a", 2));
        recall.forget(&[1, 7]);
        assert_eq!((recall.get(1), recall.get(2).as_deref()), (None, Some(&article("a", 2))));
        recall.forget(&[2]);
        assert_eq!(recall.lock().young_bytes, 0);
        recall.put(3, &long_article("a", 3, ARTICLE_BYTES_MAX));
        assert_eq!(recall.get(3), None);
    }
}
