//! Notices that feeds.toml was saved.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::FILE_BYTES_MAX;

/// How long a file must be quiet before it is read: editors write in several steps.
const QUIET_MS: u64 = 250;
/// Longest that a busy folder can put off the reading.
const QUIET_ROUNDS_MAX: usize = 20;
/// How often the file is looked at where nothing is announced: network file systems announce nothing.
const LOOK_SECONDS: u64 = 5;

/// Sends a message each time the content of the file at `path` becomes another one. Ends when nobody listens any more.
///
/// The folder is watched rather than the file, since most editors put a new file in its place; behind a symbolic link, the folder of
/// its target too. Where the system cannot watch, the file is looked at every few seconds.
pub async fn watch(path: PathBuf, changed: mpsc::Sender<()>) {
    let (wake, mut woken) = mpsc::channel::<()>(1);
    // Kept to the end of this function: dropping it ends the watch.
    let _watcher = start(&path, wake.clone());
    let mut last = content(path.clone()).await;
    loop {
        tokio::select! {
            () = changed.closed() => return,
            _ = woken.recv() => quiet(&mut woken).await,
            () = tokio::time::sleep(Duration::from_secs(LOOK_SECONDS)) => {}
        }
        let now = content(path.clone()).await;
        // A file that is gone for a moment is being replaced; one that stays away changes nothing.
        if now.is_some() && now != last {
            last = now;
            if changed.send(()).await.is_err() {
                return;
            }
        }
    }
}

/// Waits until nothing has been announced for a moment.
async fn quiet(woken: &mut mpsc::Receiver<()>) {
    for _ in 0..QUIET_ROUNDS_MAX {
        if tokio::time::timeout(Duration::from_millis(QUIET_MS), woken.recv()).await.is_err() {
            return;
        }
    }
}

/// Starts the system's watch. `None` where it has none; then looking every few seconds must do.
fn start(path: &Path, wake: mpsc::Sender<()>) -> Option<notify::RecommendedWatcher> {
    let absolute = std::path::absolute(path).ok()?;
    let target = path.canonicalize().unwrap_or_else(|_| absolute.clone());
    let names = [absolute.file_name()?.to_owned(), target.file_name()?.to_owned()];
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours = event.is_ok_and(|event| {
            !event.kind.is_access()
                && event.paths.iter().any(|path| path.file_name().is_some_and(|name| names.iter().any(|known| known == name)))
        });
        if ours {
            // A message that waits already says the same.
            let _ = wake.try_send(());
        }
    })
    .ok()?;
    let mut watched = false;
    for folder in [absolute.parent(), target.parent()].into_iter().flatten() {
        watched |= watcher.watch(folder, RecursiveMode::NonRecursive).is_ok();
    }
    watched.then_some(watcher)
}

/// The hash of the content, or none where there is no file.
async fn content(path: PathBuf) -> Option<blake3::Hash> {
    let read = tokio::task::spawn_blocking(move || {
        use std::io::Read as _;
        let mut bytes = Vec::new();
        std::fs::File::open(path).ok()?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
        Some(blake3::hash(&bytes))
    });
    read.await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than `LOOK_SECONDS`, so that the tests hold where the system cannot watch.
    const PATIENCE: Duration = Duration::from_secs(30);

    async fn noticed(receiver: &mut mpsc::Receiver<()>) -> bool {
        matches!(tokio::time::timeout(PATIENCE, receiver.recv()).await, Ok(Some(())))
    }

    #[tokio::test]
    async fn a_save_by_writing_and_a_save_by_renaming_are_noticed_once_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        std::fs::write(&path, "a = 1").unwrap();
        let (sender, mut receiver) = mpsc::channel(4);
        let task = tokio::spawn(watch(path.clone(), sender));
        // The first content is taken before anything is written: only changes count.
        tokio::time::sleep(Duration::from_millis(300)).await;
        std::fs::write(&path, "a = 2").unwrap();
        assert!(noticed(&mut receiver).await);
        let other = folder.path().join("feeds.toml~");
        std::fs::write(&other, "a = 3").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(noticed(&mut receiver).await);
        std::fs::write(&path, "a = 3").unwrap();
        std::fs::write(folder.path().join("other"), "x").unwrap();
        assert!(tokio::time::timeout(Duration::from_secs(1), receiver.recv()).await.is_err(), "the same content is no change");
        drop(receiver);
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_that_is_turned_to_another_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        for name in ["one", "two"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        std::os::unix::fs::symlink(folder.path().join("one"), &path).unwrap();
        let (sender, mut receiver) = mpsc::channel(4);
        let _task = tokio::spawn(watch(path.clone(), sender));
        tokio::time::sleep(Duration::from_millis(300)).await;
        std::os::unix::fs::symlink(folder.path().join("two"), folder.path().join("next")).unwrap();
        std::fs::rename(folder.path().join("next"), &path).unwrap();
        assert!(noticed(&mut receiver).await);
    }
}
