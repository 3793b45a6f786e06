//! Files made on request: source feeds, pages, feeds with a query. Bounded, and empty again with every new rendering.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::pages::facets::Facets;
use super::rendered::RenderedFile;

/// Bytes of plain forms kept; the compressed ones add about a third each.
const KEPT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Files kept.
const KEPT_FILES_MAX: usize = 2000;

/// Files by what they answer.
#[derive(Default)]
pub struct Cache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    generation: u64,
    files: HashMap<String, Arc<RenderedFile>>,
    /// Oldest first.
    order: VecDeque<String>,
    bytes: usize,
    /// What rivers can be narrowed to, by path: the same on all pages of one.
    facets: HashMap<String, Arc<Facets>>,
}

impl Kept {
    /// Whether something of this generation is to be kept: not where it took so long that the views have changed meanwhile. What is of an older
    /// one goes.
    fn begins(&mut self, generation: u64) -> bool {
        if generation > self.generation {
            *self = Self { generation, ..Self::default() };
        }
        generation == self.generation
    }
}

impl Cache {
    /// The file kept under this key, if it was made from this generation of views.
    #[must_use]
    pub fn get(&self, generation: u64, key: &str) -> Option<Arc<RenderedFile>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.files.get(key).filter(|_| kept.generation == generation).cloned()
    }

    /// What the river at this path can be narrowed to, if it was found for this generation of views.
    pub(super) fn facets(&self, generation: u64, path: &str) -> Option<Arc<Facets>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.facets.get(path).filter(|_| kept.generation == generation).cloned()
    }

    /// Keeps it.
    pub(super) fn put_facets(&self, generation: u64, path: &str, facets: &Arc<Facets>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.begins(generation) && kept.facets.len() < KEPT_FILES_MAX {
            kept.facets.insert(path.to_owned(), Arc::clone(facets));
        }
    }

    /// Keeps a file; the oldest ones make room.
    pub fn put(&self, generation: u64, key: &str, file: &Arc<RenderedFile>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.begins(generation) {
            return;
        }
        if let Some(old) = kept.files.insert(key.to_owned(), Arc::clone(file)) {
            kept.bytes -= old.len();
        } else {
            kept.order.push_back(key.to_owned());
        }
        kept.bytes += file.len();
        while kept.bytes > KEPT_BYTES_MAX || kept.order.len() > KEPT_FILES_MAX {
            let Some(oldest) = kept.order.pop_front() else { break };
            if let Some(old) = kept.files.remove(&oldest) {
                kept.bytes -= old.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_bound_and_belongs_to_one_generation() {
        let cache = Cache::default();
        let file = Arc::new(RenderedFile::new(vec![b'x'; 1024 * 1024], "text/plain", None));
        for n in 0..100 {
            cache.put(1, &n.to_string(), &file);
        }
        assert!(cache.get(1, "0").is_none() && cache.get(1, "99").is_some());
        assert!(cache.0.lock().unwrap().bytes <= KEPT_BYTES_MAX);
        assert!(cache.get(2, "99").is_none());
        cache.put(2, "a", &file);
        cache.put(1, "late", &file);
        assert!(cache.get(1, "99").is_none() && cache.get(1, "late").is_none());
        assert_eq!(cache.0.lock().unwrap().files.len(), 1);
    }
}
