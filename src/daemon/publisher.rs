//! The publisher: renders the views that changed, swaps them in, and writes them to `data/public`.
//!
//! In: a mark that something was acknowledged by the store, or that feeds.toml changed. Out: views. Many marks make one rendering:
//! it begins [`GATHER`] after the first of them, and after a rendering there is a pause of [`PAUSE_FACTOR`] times what it took, so that a
//! cycle over ten thousand sources with hundreds of views is not spent on rendering them again and again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::store::Store;
use crate::web::{Rendered, WebState, folder, render};

/// How long marks gather before the views are rendered.
const GATHER: Duration = Duration::from_millis(200);

/// The pause after a rendering, in times of what it took: rendering is at most a tenth of one core's work.
const PAUSE_FACTOR: u32 = 9;

/// The pause is never longer.
const PAUSE_SECONDS_MAX: u64 = 30;

/// Marks that may wait: one is as good as many.
const MARKS_WAITING_MAX: usize = 1;

/// Says that views may have changed.
#[derive(Clone, Debug)]
pub struct PublisherHandle {
    marks: mpsc::Sender<()>,
}

impl PublisherHandle {
    /// Leaves a mark; returns at once.
    pub fn changed(&self) {
        // A full channel holds a mark already.
        let _ = self.marks.try_send(());
    }
}

/// Starts the publisher. It ends when all handles are dropped, after a last rendering where a mark waits.
#[must_use]
pub fn start(state: WebState, store: Arc<dyn Store>, public: PathBuf) -> (PublisherHandle, JoinHandle<()>) {
    let (sender, mut marks) = mpsc::channel(MARKS_WAITING_MAX);
    let task = tokio::spawn(async move {
        while marks.recv().await.is_some() {
            tokio::time::sleep(GATHER).await;
            let _ = marks.try_recv();
            let begun = tokio::time::Instant::now();
            publish(&state, &store, &public).await;
            // A mark made meanwhile waits for the end of the pause; the last one is never lost.
            tokio::time::sleep(pause(begun.elapsed())).await;
        }
    });
    (PublisherHandle { marks: sender }, task)
}

fn pause(took: Duration) -> Duration {
    took.saturating_mul(PAUSE_FACTOR).min(Duration::from_secs(PAUSE_SECONDS_MAX))
}

/// Renders once, where the views in force are made of something else than the store and feeds.toml say now; keeps what was published before when
/// that fails (law 8). So a start after which nothing has changed renders nothing: of 350,000 articles in 22 views that is a second of a processor.
pub async fn publish(state: &WebState, store: &Arc<dyn Store>, public: &std::path::Path) {
    let (state, store, public) = (state.clone(), Arc::clone(store), public.to_owned());
    let work = tokio::task::spawn_blocking(move || {
        let config = state.config();
        let previous = state.rendered();
        // Before it is rendered: what changes meanwhile is rendered next time.
        let stamp = render::stamp(&*store, &config).ok().flatten();
        if stamp.is_some() && stamp == previous.stamp && previous.is_saved {
            if !previous.from_store {
                state.publish(previous.confirmed());
            }
            return;
        }
        match render::render(&*store, &config, &state.converter(), &previous, state.clock().now()) {
            Ok(rendered) => {
                let rendered = Rendered { stamp, ..rendered };
                // Served before the disk has it, and where the disk does not take it.
                state.publish(rendered.clone());
                match folder::save(&rendered, &previous, &public) {
                    Ok(()) => state.publish(Rendered { is_saved: true, ..rendered }),
                    Err(error) => {
                        tracing::warn!(folder = %public.display(), %error, "the rendered feeds could not be written; they are served from memory");
                    }
                }
            }
            Err(error) => tracing::error!(%error, "the feeds could not be rendered; the last ones stay"),
        }
        store.settle();
    });
    if work.await.is_err() {
        tracing::error!("rendering ended in an unforeseen way; the last feeds stay");
    }
}
