//! Going through articles page by page.

use std::ops::Range;

use super::{Place, Store, StoreError};
use crate::model::{Article, SourceName};

/// Articles read at once.
const PAGE_ARTICLES: usize = 200;

/// Hands the articles of all sources or of one to `each`, newest first, after the place `from` where given: until it has enough (`false`),
/// or `articles_max` were read. Whether there are no more that it wants: `false` where the bound ended it.
///
/// # Errors
/// Those of the store.
pub fn scan(
    store: &dyn Store,
    source: Option<&SourceName>,
    from: Option<Place>,
    articles_max: usize,
    mut each: impl FnMut(Article) -> bool,
) -> Result<bool, StoreError> {
    let (mut before, mut left) = (from, articles_max);
    while left > 0 {
        let page = store.newest(source, before, PAGE_ARTICLES.min(left))?;
        let Some(last) = page.last() else { return Ok(true) };
        before = Some(Place::of(last));
        left -= page.len().min(left);
        if !page.into_iter().all(&mut each) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Hands the articles that arrived as these numbers to `each`, in that order, in which they stand on the disk: the fastest way through all.
///
/// # Errors
/// Those of the store and of `each`, which end it.
pub fn scan_arrivals<E: From<StoreError>>(
    store: &dyn Store,
    mut numbers: Range<u64>,
    mut each: impl FnMut(Article) -> Result<(), E>,
) -> Result<(), E> {
    while numbers.start < numbers.end {
        let page = numbers.start..numbers.end.min(numbers.start + PAGE_ARTICLES as u64);
        numbers.start = page.end;
        store.arrived(None, page)?.into_iter().try_for_each(|(_, article)| each(article))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use crate::store::rows::sample;

    #[test]
    fn articles_come_newest_first_until_there_are_enough_or_no_more() {
        let store = MemoryStore::new();
        let articles: Vec<_> = (0..450).map(|number| sample::article("a", number)).collect();
        store.apply(&[sample::plan("a", 1_000, articles.clone()), sample::plan("b", 1_000, vec![sample::article("b", 7)])]).unwrap();
        let read = |from, most, wanted: usize| {
            let mut titles = Vec::new();
            let whole = scan(&store, Some(&sample::name("a")), from, most, |article| {
                titles.push(article.title);
                titles.len() < wanted
            });
            (titles, whole.unwrap())
        };
        let expected: Vec<_> = articles.iter().rev().map(|article| article.title.clone()).collect();
        assert_eq!(read(None, 1_000, 1_000), (expected.clone(), true));
        assert_eq!(read(None, 250, 1_000), (expected[..250].to_vec(), false));
        assert_eq!(read(None, 1_000, 3), (expected[..3].to_vec(), true));
        assert_eq!(read(Some(Place::of(&articles[2])), 1_000, 1_000), (expected[448..].to_vec(), true));
        assert_eq!(read(None, 0, 1_000), (Vec::new(), false));
    }

    #[test]
    fn arrivals_come_in_their_order_and_a_mistake_ends_it() {
        let store = MemoryStore::new();
        let articles: Vec<_> = (0..450).rev().map(|number| sample::article("a", number)).collect();
        store.apply(&[sample::plan("a", 1_000, articles.clone())]).unwrap();
        let read = |numbers, most: usize| {
            let mut titles = Vec::new();
            let done = scan_arrivals(&store, numbers, |article| {
                titles.push(article.title);
                if titles.len() > most { Err(StoreError::Stopped) } else { Ok(()) }
            });
            (titles, done)
        };
        // A feed shows its newest entry first, and it arrives last.
        let expected: Vec<_> = articles.iter().rev().map(|article| article.title.clone()).collect();
        assert_eq!(read(0..450, 1_000), (expected.clone(), Ok(())));
        assert_eq!(read(3..405, 1_000), (expected[3..405].to_vec(), Ok(())));
        assert_eq!(read(0..1_000, 204), (expected[..205].to_vec(), Err(StoreError::Stopped)));
        assert_eq!(read(7..7, 1_000), (Vec::new(), Ok(())));
    }
}
