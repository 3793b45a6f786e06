//! Room for work: parsing, looking through a document, making digests and asking the store take a thread each, and no more of them at once than there
//! are processors.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::worker::Tools;
use crate::store::StoreError;

/// Works at once, where there are no more processors than that.
const PARSERS_MIN: usize = 4;

/// Room for as many works at once as there are processors. A document takes several times its size, and each thread keeps some MB for
/// allocating: without a bound a busy machine came to 522 threads, and to 511 MB in a cold cycle of 10,000 sources.
#[must_use]
pub fn parsers() -> Arc<Semaphore> {
    let processors = std::thread::available_parallelism().map_or(PARSERS_MIN, std::num::NonZero::get);
    Arc::new(Semaphore::new(processors.max(PARSERS_MIN)))
}

/// Does work on a thread of its own, with no more of it at once than there is room for among `parsers`. Whoever waits for something else
/// meanwhile holds no room. `None`: it crashed.
pub(super) async fn at_work<T: Send + 'static>(parsers: &Semaphore, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _room = parsers.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}

/// The same for what is asked of the store: ten thousand polls that wait for their turn make their leases longer in the same second.
pub(super) async fn blocking<T: Send + 'static>(
    tools: &Tools,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let failed = || Err(StoreError::Damaged("reading the store failed in an unforeseen way".into()));
    at_work(&tools.parsers, work).await.unwrap_or_else(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_more_work_is_done_at_once_than_there_is_room_for() {
        use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
        let (room, at_once, most) = (Arc::new(Semaphore::new(3)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut works = tokio::task::JoinSet::new();
        for number in 0..500 {
            let (room, at_once, most) = (Arc::clone(&room), Arc::clone(&at_once), Arc::clone(&most));
            works.spawn(async move {
                at_work(&room, move || {
                    most.fetch_max(at_once.fetch_add(1, SeqCst) + 1, SeqCst);
                    std::thread::yield_now();
                    at_once.fetch_sub(1, SeqCst);
                    assert!(number != 7, "a document that crashes the parser");
                    number
                })
                .await
            });
        }
        let done = works.join_all().await;
        assert_eq!(done.iter().flatten().count(), 499, "only the one that crashed has no result, and it gave its room back");
        assert!((1..=3).contains(&most.load(SeqCst)));
    }
}
