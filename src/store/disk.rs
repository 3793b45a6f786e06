//! Files and folders: written whole or not at all, durably, with errors that say what to do.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::StoreError;

/// Longest text in one of our own small files.
pub(super) const SMALL_FILE_BYTES_MAX: u64 = 4096;

/// A file beside the folder with its name and a suffix.
pub(super) fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_else(|| "store".as_ref()).to_owned();
    name.push(suffix);
    folder.with_file_name(name)
}

/// The folder that a file or folder stands in.
pub(super) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes a folder with all that is in it; fine when there is none.
pub(super) fn remove_folder(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != ErrorKind::NotFound => Err(io_failed(folder, "remove", &why)),
        _ => Ok(()),
    }
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

/// The text of one of our own small files.
pub(super) fn read_small(path: &Path) -> io::Result<String> {
    let mut text = Vec::new();
    File::open(path)?.take(SMALL_FILE_BYTES_MAX).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Writes a file whole or not at all, durably: beside it, synced, then renamed, then the folder synced.
pub(super) fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    let half = path.with_extension("half");
    let mut file = File::create(&half)?;
    file.write_all(content)?;
    sync_file(&file)?;
    fs::rename(&half, path)?;
    path.parent().map_or(Ok(()), sync_names)
}

/// Returns when what was written to a file survives a power cut. Every sync of a file in the store is made here, and of a folder below, so
/// that a test can stand in for a disk that forgets what was not synced (R2).
pub(super) fn sync_file(file: &File) -> io::Result<()> {
    #[cfg(test)]
    super::power::syncing_file(file);
    file.sync_all()
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    sync_names(folder).map_err(|why| io_failed(folder, "sync", &why))
}

fn sync_names(folder: &Path) -> io::Result<()> {
    #[cfg(test)]
    super::power::syncing_folder(folder);
    File::open(folder)?.sync_all()
}
