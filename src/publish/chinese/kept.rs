//! What was converted already: views are rendered again whenever anything in them changed, and most of what they hold did not.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Article, Chinese, SafeHtml};

/// Texts that are kept, in bytes.
pub const KEPT_BYTES_MAX: usize = 16 << 20;

/// What one of them costs beside its text.
const OVERHEAD_BYTES: usize = 300;

/// Tells one text and one way of writing from every other.
pub(super) type Key = [u8; 32];

/// The texts of an article in another way of writing.
pub(super) struct Texts {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) keywords: Vec<String>,
    pub(super) categories: Vec<String>,
    /// The titles of its files, in their order.
    pub(super) files: Vec<Option<String>>,
    pub(super) body: SafeHtml,
}

impl Texts {
    pub(super) fn put_into(&self, mut article: Article, to: Chinese) -> Article {
        article.title.clone_from(&self.title);
        article.summary.clone_from(&self.summary);
        article.keywords.clone_from(&self.keywords);
        article.categories.clone_from(&self.categories);
        for (file, title) in article.enclosures.iter_mut().zip(&self.files) {
            file.title.clone_from(title);
        }
        article.body = self.body.clone();
        article.language = Some(to.tag().to_owned());
        article
    }

    fn bytes(&self) -> usize {
        let lists = self.keywords.iter().chain(&self.categories).map(String::len).sum::<usize>();
        self.title.len() + self.summary.len() + lists + self.body.as_str().len()
    }
}

/// Everything that the converted texts depend on.
pub(super) fn key(article: &Article, to: Chinese) -> Key {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    add(to.word());
    add(article.language.as_deref().unwrap_or_default());
    for text in [&article.title, &article.summary] {
        add(text);
    }
    add(article.body.as_str());
    for list in [&article.keywords, &article.categories] {
        add(&list.len().to_string());
        list.iter().for_each(|text| add(text));
    }
    article.enclosures.iter().for_each(|file| add(file.title.as_deref().unwrap_or_default()));
    *hasher.finalize().as_bytes()
}

/// Two halves: where the younger one is full it becomes the older one, and what nobody asked for since is forgotten.
#[derive(Default)]
pub(super) struct Kept {
    young: HashMap<Key, Option<Arc<Texts>>>,
    young_bytes: usize,
    old: HashMap<Key, Option<Arc<Texts>>>,
}

impl Kept {
    /// What is known of this text: `Some(None)` where it is shown as it is.
    pub(super) fn get(&mut self, key: &Key) -> Option<Option<Arc<Texts>>> {
        if let Some(known) = self.young.get(key) {
            return Some(known.clone());
        }
        let known = self.old.remove(key)?;
        self.put(*key, known.clone());
        Some(known)
    }

    pub(super) fn put(&mut self, key: Key, texts: Option<Arc<Texts>>) {
        let bytes = OVERHEAD_BYTES + texts.as_ref().map_or(0, |texts| texts.bytes());
        if bytes > KEPT_BYTES_MAX / 2 {
            return;
        }
        if self.young_bytes + bytes > KEPT_BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes;
        self.young.insert(key, texts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: usize) -> Option<Arc<Texts>> {
        let body = SafeHtml::for_tests(&"x".repeat(bytes));
        let empty = Vec::new;
        Some(Arc::new(Texts {
            title: String::new(),
            summary: String::new(),
            keywords: empty(),
            categories: empty(),
            files: Vec::new(),
            body,
        }))
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_forgotten_within_the_bound() {
        let mut kept = Kept::default();
        let key = |n: u8| [n; 32];
        let part = KEPT_BYTES_MAX / 8;
        for n in 0..40 {
            kept.put(key(n), texts(part));
            assert!(kept.get(&key(0)).is_some(), "asked for all the time: {n}");
            let held: usize = [&kept.young, &kept.old].iter().flat_map(|half| half.values()).flatten().map(|texts| texts.bytes()).sum();
            assert!(held <= KEPT_BYTES_MAX, "{held}");
        }
        assert!(kept.get(&key(20)).is_none());
        kept.put(key(50), texts(KEPT_BYTES_MAX));
        assert!(kept.get(&key(50)).is_none(), "larger than all that may be kept");
    }
}
