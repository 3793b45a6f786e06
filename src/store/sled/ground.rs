//! The folder under the store: who may use it, what layout is in it, how much space is left.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::damaged;
use crate::store::StoreError;

/// The layout that this program writes: the trees, their keys and their rows.
pub(super) const LAYOUT: u32 = 1;
const LAYOUT_FILE: &str = "layout";
const LAYOUT_WORDS: &str = "feedmill store layout ";
/// Longest text in one of our own small files.
const SMALL_FILE_BYTES_MAX: u64 = 4096;
/// The file of sled that holds the log.
pub(super) const DB_FILE: &str = "db";

/// A folder that this process alone uses as long as this lives.
#[derive(Debug)]
pub(super) struct Ground {
    folder: PathBuf,
    _lock: File,
}

impl Ground {
    /// Makes the folder where it is missing, and takes it. Two processes at once would destroy the store, so this comes before anything else.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|why| io_failed(folder, "make", &why))?;
        // Beside the folder: the folder itself can be set aside or replaced while we hold it.
        let path = beside(folder, ".lock");
        let mut lock = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        if let Err(why) = &lock {
            return Err(io_failed(&path, "write", why));
        }
        let lock = lock.as_mut().map_err(|why| io_failed(&path, "write", why))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(folder, lock)),
            Err(TryLockError::Error(why)) => return Err(io_failed(&path, "lock", &why)),
        }
        lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).map_err(|why| io_failed(&path, "write", &why))?;
        let lock = lock.try_clone().map_err(|why| io_failed(&path, "write", &why))?;
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Refuses a layout that this program does not know, before anything is changed (R11).
    pub(super) fn check_layout(&self) -> Result<(), StoreError> {
        let path = self.folder.join(LAYOUT_FILE);
        let text = match read_small(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == ErrorKind::NotFound => {
                let sled_is_there = self.folder.join(DB_FILE).exists();
                return if sled_is_there { Err(damaged(&self.folder, "its file `layout` is missing")) } else { Ok(()) };
            }
            Err(why) => return Err(io_failed(&path, "read", &why)),
        };
        match text.trim_end().strip_prefix(LAYOUT_WORDS).map(str::parse::<u32>) {
            Some(Ok(LAYOUT)) => Ok(()),
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

    /// Writes the layout into a new folder, and removes what sled left half-written when the disk was full: sled finds an empty
    /// `snap.*.generating` "corrupted" although the snapshot before it and the log are whole.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        for path in snapshot_files(&self.folder)? {
            if path.extension().is_some_and(|extension| extension == "generating") {
                fs::remove_file(&path).map_err(|why| io_failed(&path, "remove", &why))?;
            }
        }
        let path = self.folder.join(LAYOUT_FILE);
        if !path.exists() {
            let text = format!("{LAYOUT_WORDS}{LAYOUT}\n");
            write_durably(&path, text.as_bytes()).map_err(|why| io_failed(&path, "write", &why))?;
            if let Some(parent) = self.folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                sync_folder(parent)?;
            }
        }
        Ok(())
    }
}

/// A file beside the folder with its name and a suffix.
fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_else(|| "store".as_ref()).to_owned();
    name.push(suffix);
    folder.with_file_name(name)
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

/// Refuses when less than `bytes` are free where the folder is.
pub(super) fn require_space(folder: &Path, bytes: u64) -> Result<(), StoreError> {
    let room = rustix::fs::statvfs(folder).map_err(|why| io_failed(folder, "measure", &why.into()))?;
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    if free >= bytes {
        return Ok(());
    }
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    Err(StoreError::Full(format!(
        "the disk with {} is full: {} MB are free and {} MB are needed; make room, new articles are stored as soon as there is some",
        folder.display(),
        megabytes(free),
        megabytes(bytes)
    )))
}

/// The size of all files in the folder and below.
pub(super) fn folder_bytes(folder: &Path) -> Result<u64, StoreError> {
    let mut sum = 0;
    for entry in fs::read_dir(folder).map_err(|why| io_failed(folder, "read", &why))? {
        // A file that sled removed between listing and looking counts nothing.
        let Ok(data) = entry.and_then(|entry| entry.metadata().map(|data| (entry.path(), data))) else { continue };
        sum += if data.1.is_dir() { folder_bytes(&data.0)? } else { data.1.len() };
    }
    Ok(sum)
}

/// What a failing call of the operating system means for the store.
pub(super) fn io_failed(path: &Path, what: &str, why: &io::Error) -> StoreError {
    let shown = path.display();
    match why.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            StoreError::Full(format!("the disk with {shown} is full; make room, new articles are stored as soon as there is some"))
        }
        ErrorKind::PermissionDenied => StoreError::Unusable(format!(
            "cannot {what} {shown}: permission denied; give it to the user that feedmill runs as, or give another folder with --data"
        )),
        ErrorKind::ReadOnlyFilesystem => StoreError::Unusable(format!(
            "cannot {what} {shown}: the disk is read-only; mount it writable, or give another folder with --data"
        )),
        _ => StoreError::Unusable(format!("cannot {what} {shown}: {why}; check the disk, or give another folder with --data")),
    }
}

fn read_small(path: &Path) -> io::Result<String> {
    let mut text = Vec::new();
    File::open(path)?.take(SMALL_FILE_BYTES_MAX).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Writes a file whole or not at all, durably: beside it, synced, then renamed, then the folder synced.
pub(super) fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    let half = path.with_extension("half");
    let mut file = File::create(&half)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|why| io_failed(folder, "sync", &why))
}
