//! When a store is damaged: it is set aside with its date, and the last whole snapshot restored (R5).

use std::fs;
use std::path::{Path, PathBuf};

use super::ground::{DAMAGED_SUFFIX, Ground};
use super::{SledOptions, SledStore};
use crate::model::Instant;
use crate::store::snapshot::{self, Summary};
use crate::store::told::nobody;
use crate::store::{Store, StoreError, Told, disk};

/// Ends the name of a store that `feedmill restore` replaced; a time follows.
const REPLACED_SUFFIX: &str = ".replaced-";
const TIME_FORM: &str = "%Y%m%dT%H%M%SZ";

/// What was done about a damaged store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Where the damaged store is now.
    pub aside: PathBuf,
    /// The snapshot that was restored; `None`: there was no whole one, and the store begins anew.
    pub snapshot: Option<(PathBuf, Summary)>,
    /// All of it in one sentence for people.
    pub message: String,
}

/// Opens the store in `folder`. A damaged one is set aside, and the newest whole snapshot of `snapshots` restored in its place: the
/// states of sources are as old as the snapshot, so that the next polls bring what came since, and what the snapshot knows is not new.
///
/// # Errors
/// As [`SledStore::open`]; [`StoreError::Damaged`] only when a new store is damaged as well.
pub fn open_or_recover(
    folder: &Path,
    snapshots: &Path,
    options: SledOptions,
    now: Instant,
) -> Result<(SledStore, Option<Recovered>), StoreError> {
    let why = match SledStore::open(folder, options) {
        Ok(store) => return Ok((store, None)),
        Err(StoreError::Damaged(why)) => why,
        Err(other) => return Err(other),
    };
    tracing::error!("{why}");
    let ground = Ground::take(folder)?;
    let new = ground.for_new_store()?;
    let restored = newest_whole(snapshots, &new, options)?;
    let aside = ground.replace_with(&new, &format!("{DAMAGED_SUFFIX}{}", now.format(TIME_FORM)))?;
    ground.thin_damaged()?;
    let message = match &restored {
        Some((path, summary)) => format!(
            "the store was damaged and is set aside in {}; the snapshot {} of {} with {} articles was restored, and the next polls bring what came since",
            aside.display(),
            path.display(),
            summary.at.format("%Y-%m-%d %H:%M UTC"),
            summary.articles
        ),
        None => format!(
            "the store was damaged and is set aside in {}; there is no whole snapshot in {}, so the store begins anew with the next polls",
            aside.display(),
            snapshots.display()
        ),
    };
    tracing::error!("{message}");
    let store = SledStore::on(ground, options)?;
    Ok((store, Some(Recovered { aside, snapshot: restored, message })))
}

/// Makes a store in `new` from the newest snapshot that is whole, or an empty one.
fn newest_whole(snapshots: &Path, new: &Ground, options: SledOptions) -> Result<Option<(PathBuf, Summary)>, StoreError> {
    for (_, path) in snapshot::list(snapshots)? {
        match fill(&path, new, options, &mut nobody) {
            Ok(summary) => return Ok(Some((path, summary))),
            Err(why @ (StoreError::Damaged(_) | StoreError::Newer(_))) => tracing::error!("{why}; trying the one before it"),
            Err(other) => return Err(other),
        }
    }
    SledStore::on(new.shared(), options)?;
    Ok(None)
}

pub(super) fn fill(path: &Path, new: &Ground, options: SledOptions, told: Told<'_>) -> Result<Summary, StoreError> {
    let store = SledStore::on(new.shared(), options)?;
    // Nothing is written from one that is not whole.
    let summary = snapshot::restore_into(&store, path, told)?;
    match store.verify_told(told)?.into_iter().next() {
        Some(finding) => Err(StoreError::Unusable(format!("what was restored from {} does not fit: {finding}", path.display()))),
        None => Ok(summary),
    }
}

/// Puts a store made from the snapshot in the place of the one in `folder`, which is set aside; gives what was restored, and where the
/// former store is now, where there was one (`feedmill restore`).
///
/// # Errors
/// [`StoreError::Damaged`] when the snapshot is broken, and that of `told`; the store is untouched then. Otherwise as [`SledStore::open`].
pub fn restore(
    folder: &Path,
    snapshot: &Path,
    options: SledOptions,
    now: Instant,
    told: Told<'_>,
) -> Result<(Summary, Option<PathBuf>), StoreError> {
    let ground = Ground::take(folder)?;
    let new = ground.for_new_store()?;
    let filled = fill(snapshot, &new, options, told);
    if filled.is_err() {
        disk::remove_folder(new.folder())?;
    }
    let summary = filled?;
    let aside = ground.replace_with(&new, &format!("{REPLACED_SUFFIX}{}", now.format(TIME_FORM)))?;
    // Only an empty folder can be removed so: there was no store.
    let former = fs::remove_dir(&aside).is_err().then_some(aside);
    Ok((summary, former))
}
