//! The folder under the store: who may use it, what layout is in it, how much space is left.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::damaged;
use crate::store::StoreError;
use crate::store::disk::{
    SMALL_FILE_BYTES_MAX, beside, io_failed, parent_of, read_small, remove_folder, require_space, sync_folder, write_durably,
};

/// The layout that this program writes: the trees, their keys and their rows.
pub(super) const LAYOUT: u32 = 6;
const LAYOUT_FILE: &str = "layout";
/// Holds why the store was found damaged while it was in use.
const DAMAGED_FILE: &str = "damaged";
/// Ends the name of a folder that was set aside as damaged; a time follows.
pub(super) const DAMAGED_SUFFIX: &str = ".damaged-";
/// How many of those are kept, for whoever wants to look into it.
const DAMAGED_KEPT_MAX: usize = 2;
/// Names tried when one is taken.
const ASIDE_NAMES_MAX: u32 = 100;
const LAYOUT_WORDS: &str = "feedmill store layout ";
/// The file of sled that holds the log.
pub(super) const DB_FILE: &str = "db";
/// The file of sled that holds its settings, and what it writes there: always the same, as ours are.
pub(super) const CONF_FILE: &str = "conf";
pub(super) const CONF: &[u8] = b"segment_size: 524288\nuse_compression: false\nversion: 0.34\n\x76\x19\x51\xc1";

/// Ends the name of the folder in which a store is made that is to replace the one there is.
const NEW_SUFFIX: &str = ".new";
/// Stands in that folder when the new store is whole.
const READY_FILE: &str = "ready";

/// A folder that this process alone uses as long as this lives.
#[derive(Debug)]
pub(super) struct Ground {
    folder: PathBuf,
    lock: Arc<File>,
}

impl Ground {
    /// Makes the folder where it is missing, and takes it. Two processes at once would destroy the store, so this comes before anything else.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let parent = parent_of(folder);
        fs::create_dir_all(parent).map_err(|why| io_failed(folder, "make", &why))?;
        // Beside the folder: the folder itself can be set aside or replaced while we hold it.
        let path = beside(folder, ".lock");
        let opened = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let mut lock = opened.map_err(|why| io_failed(&path, "write", &why))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(folder, &mut lock)),
            Err(TryLockError::Error(why)) => return Err(io_failed(&path, "lock", &why)),
        }
        lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).map_err(|why| io_failed(&path, "write", &why))?;
        let ground = Self { folder: folder.to_owned(), lock: Arc::new(lock) };
        ground.finish_replacing()?;
        fs::create_dir_all(folder).map_err(|why| io_failed(folder, "make", &why))?;
        Ok(ground)
    }

    /// An empty folder beside this one for a store that is to replace it, under the same lock.
    pub(super) fn for_new_store(&self) -> Result<Self, StoreError> {
        let folder = beside(&self.folder, NEW_SUFFIX);
        remove_folder(&folder)?;
        fs::create_dir_all(&folder).map_err(|why| io_failed(&folder, "make", &why))?;
        Ok(Self { folder, lock: Arc::clone(&self.lock) })
    }

    /// The same folder once more, for opening a store in it.
    pub(super) fn shared(&self) -> Self {
        Self { folder: self.folder.clone(), lock: Arc::clone(&self.lock) }
    }

    /// Puts the store in `new` (closed, durable) in the place of this one, which is set aside under the suffix given; gives where.
    pub(super) fn replace_with(&self, new: &Self, suffix: &str) -> Result<PathBuf, StoreError> {
        let ready = new.folder.join(READY_FILE);
        write_durably(&ready, b"").map_err(|why| io_failed(&ready, "write", &why))?;
        let mut aside = beside(&self.folder, suffix);
        for number in 2..=ASIDE_NAMES_MAX {
            if !aside.exists() {
                break;
            }
            aside = beside(&self.folder, &format!("{suffix}-{number}"));
        }
        fs::rename(&self.folder, &aside).map_err(|why| io_failed(&aside, "write", &why))?;
        // From here on the next opening finishes it, should we not come to it.
        self.finish_replacing()?;
        Ok(aside)
    }

    /// After a crash between the two renames there is only the new store; after one before them, half of a new one.
    fn finish_replacing(&self) -> Result<(), StoreError> {
        let new = beside(&self.folder, NEW_SUFFIX);
        if !self.folder.exists() && new.join(READY_FILE).exists() {
            fs::rename(&new, &self.folder).map_err(|why| io_failed(&self.folder, "write", &why))?;
            return sync_folder(parent_of(&self.folder));
        }
        remove_folder(&new)
    }

    /// Folders that were set aside as damaged, beyond the newest few, are removed.
    pub(super) fn thin_damaged(&self) -> Result<(), StoreError> {
        let parent = parent_of(&self.folder);
        let prefix = beside(&self.folder, DAMAGED_SUFFIX);
        let mut found = Vec::new();
        for entry in fs::read_dir(parent).map_err(|why| io_failed(parent, "read", &why))? {
            let path = entry.map_err(|why| io_failed(parent, "read", &why))?.path();
            if path.as_os_str().as_encoded_bytes().starts_with(prefix.as_os_str().as_encoded_bytes()) {
                found.push(path);
            }
        }
        // Their names end with the time.
        found.sort();
        let surplus = found.len().saturating_sub(DAMAGED_KEPT_MAX);
        found.iter().take(surplus).try_for_each(|path| remove_folder(path))
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves a note for the next opening: a damaged page is only found when it is read, and opening reads few.
    pub(super) fn mark_damaged(&self, why: &str) {
        if let Err(failed) = write_durably(&self.folder.join(DAMAGED_FILE), why.as_bytes()) {
            tracing::warn!("cannot note in {} that the store is damaged: {failed}", self.folder.display());
        }
    }

    /// The layout of the store, where there is one. Refuses one that this program does not know, before anything is changed (R11).
    pub(super) fn check_layout(&self) -> Result<Option<u32>, StoreError> {
        if let Ok(why) = read_small(&self.folder.join(DAMAGED_FILE)) {
            return Err(StoreError::Damaged(why));
        }
        let path = self.folder.join(LAYOUT_FILE);
        let text = match read_small(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == ErrorKind::NotFound => {
                let sled_is_there = self.folder.join(DB_FILE).exists();
                return if sled_is_there { Err(damaged(&self.folder, "its file `layout` is missing")) } else { Ok(None) };
            }
            Err(why) => return Err(io_failed(&path, "read", &why)),
        };
        match text.trim_end().strip_prefix(LAYOUT_WORDS).map(str::parse::<u32>) {
            Some(Ok(layout @ 1..=LAYOUT)) => Ok(Some(layout)),
            Some(Ok(layout)) if layout > LAYOUT => Err(StoreError::Newer(format!(
                "the store in {} has layout {layout}, written by a newer feedmill (this one knows layout {LAYOUT}); nothing was changed: update feedmill, or give another folder with --data",
                self.folder.display()
            ))),
            _ => Err(damaged(&self.folder, "its file `layout` cannot be read")),
        }
    }

    /// Refuses to go on when less than `spare_bytes` would be left free, counting what sled writes while opening.
    pub(super) fn check_space(&self, spare_bytes: u64) -> Result<(), StoreError> {
        let snapshots = snapshot_files(&self.folder)?.iter().filter_map(|path| fs::metadata(path).ok()).map(|data| data.len()).max();
        require_space(&self.folder, spare_bytes.saturating_add(snapshots.unwrap_or(0)))
    }

    /// Says that the store has the layout that this program writes.
    pub(super) fn write_layout(&self) -> Result<(), StoreError> {
        let path = self.folder.join(LAYOUT_FILE);
        let text = format!("{LAYOUT_WORDS}{LAYOUT}\n");
        write_durably(&path, text.as_bytes()).map_err(|why| io_failed(&path, "write", &why))
    }

    /// Writes the layout into a new folder, and removes what sled left half-written when the disk was full: sled finds an empty
    /// `snap.*.generating` "corrupted" although the snapshot before it and the log are whole.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        for path in snapshot_files(&self.folder)? {
            if path.extension().is_some_and(|extension| extension == "generating") {
                fs::remove_file(&path).map_err(|why| io_failed(&path, "remove", &why))?;
            }
        }
        // sled writes it once and without a sync, and does not open where a power cut in the first opening garbled it. It says nothing that we do not know.
        let conf = self.folder.join(CONF_FILE);
        if fs::read(&conf).ok().as_deref() != Some(CONF) {
            write_durably(&conf, CONF).map_err(|why| io_failed(&conf, "write", &why))?;
        }
        if !self.folder.join(LAYOUT_FILE).exists() {
            self.write_layout()?;
            let parent = parent_of(&self.folder);
            sync_folder(parent)?;
            // The folder of data may be new as well. Where the one above it is not ours to open, it is not ours to have made.
            let _ = sync_folder(parent_of(parent));
        }
        Ok(())
    }
}

fn in_use(folder: &Path, lock: &mut File) -> StoreError {
    let mut holder = String::new();
    // Only for the text: whoever holds it may just be writing it.
    let _ = lock.take(SMALL_FILE_BYTES_MAX).read_to_string(&mut holder);
    let holder =
        holder.trim().parse::<u32>().map_or_else(|_| "another feedmill".to_owned(), |id| format!("another feedmill (process {id})"));
    StoreError::InUse(format!("{holder} is using the store in {}; stop it, or give another folder with --data", folder.display()))
}

fn snapshot_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|why| io_failed(folder, "read", &why))? {
        let entry = entry.map_err(|why| io_failed(folder, "read", &why))?;
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            found.push(entry.path());
        }
    }
    Ok(found)
}
