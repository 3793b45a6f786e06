//! The folder of snapshots.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDateTime, TimeDelta};

use crate::model::Instant;
use crate::store::StoreError;
use crate::store::disk::io_failed;

const PREFIX: &str = "feedmill-";
const SUFFIX: &str = ".snapshot.zst";
/// Ends the name of one that is being written.
pub(super) const HALF_SUFFIX: &str = ".half";
const TIME_FORM: &str = "%Y%m%dT%H%M%SZ";

/// Longer than writing one takes.
const HALF_AGE_MAX: TimeDelta = TimeDelta::days(1);

/// The file name of a snapshot of this time.
pub(super) fn name(at: Instant) -> String {
    format!("{PREFIX}{}{SUFFIX}", at.format(TIME_FORM))
}

/// The snapshots in a folder, newest first; none where there is no folder.
///
/// # Errors
/// [`StoreError::Unusable`] when the folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<(Instant, PathBuf)>, StoreError> {
    list_ending(folder, "")
}

fn list_ending(folder: &Path, ending: &str) -> Result<Vec<(Instant, PathBuf)>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(io_failed(folder, "read", &why)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|why| io_failed(folder, "read", &why))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let time = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(ending)?.strip_suffix(SUFFIX));
        if let Some(Ok(time)) = time.map(|time| NaiveDateTime::parse_from_str(time, TIME_FORM)) {
            found.push((time.and_utc(), path));
        }
    }
    found.sort();
    found.reverse();
    Ok(found)
}

/// Removes snapshots so that these stay: the newest of each of the last `keep` days that have one, and of each of the `keep` weeks and
/// the `keep` months before. Gives what was removed. With 0 nothing is removed. What was begun a day before the newest and is still half
/// a snapshot goes as well: whoever wrote it was killed.
///
/// # Errors
/// [`StoreError::Unusable`] when the folder cannot be read or a file not be removed.
pub fn thin(folder: &Path, keep: usize) -> Result<Vec<PathBuf>, StoreError> {
    if keep == 0 {
        return Ok(Vec::new());
    }
    let (mut days, mut weeks, mut months) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut removed = Vec::new();
    let all = list(folder)?;
    let newest = all.first().map(|(at, _)| *at);
    for (at, path) in list_ending(folder, HALF_SUFFIX)? {
        if newest.is_some_and(|newest| newest.signed_duration_since(at) >= HALF_AGE_MAX) {
            fs::remove_file(&path).map_err(|why| io_failed(&path, "remove", &why))?;
            removed.push(path);
        }
    }
    for (at, path) in all {
        let date = at.date_naive();
        let week = (date.iso_week().year(), date.iso_week().week());
        // Newest first: the first of a day, week or month is the one that stays. Each counts in all three, so that the rows overlap.
        let kept = [takes(&mut days, date, keep), takes(&mut weeks, week, keep), takes(&mut months, (date.year(), date.month()), keep)];
        if !kept.contains(&true) {
            fs::remove_file(&path).map_err(|why| io_failed(&path, "remove", &why))?;
            removed.push(path);
        }
    }
    Ok(removed)
}

/// Whether this is the first of its time, and there is room for another time.
fn takes<T: Ord>(times: &mut BTreeSet<T>, time: T, keep: usize) -> bool {
    times.len() < keep && times.insert(time)
}
