//! `data/public`: the rendered views as static files that any web server could serve, and what we serve ourselves before the store is open.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::render::Format;
use super::rendered::{Rendered, RenderedFile};
use crate::model::Instant;

/// Lists the files with their dates, which a file system would not keep over a copy.
const INDEX: &str = ".index.json";

/// Bytes of one file that are read back.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

#[derive(Default, Serialize, Deserialize)]
struct Index<'a> {
    /// What the files were made of.
    stamp: Option<String>,
    #[serde(borrow = "'a")]
    files: BTreeMap<std::borrow::Cow<'a, str>, IndexEntry>,
}

#[derive(Serialize, Deserialize)]
struct IndexEntry {
    hash: String,
    last_modified: Option<i64>,
    /// How long it is; files that were written before lengths were kept count as not there.
    #[serde(default)]
    bytes: Option<u64>,
}

/// Writes what changed since `previous` where that is in the folder, and everything where it is not, each file by an atomic rename, and removes views
/// that are no more. Blocks.
///
/// # Errors
/// The first file that could not be written; those before it are.
pub fn save(rendered: &Rendered, previous: &Rendered, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (path, file) in &rendered.files {
        let same = previous.is_saved && previous.files.get(path).is_some_and(|old| old.hash == file.hash);
        if let Some(place) = place(folder, path)
            && !(same && place.is_file())
        {
            write_whole(&place, &file.plain())?;
        }
    }
    for path in previous.files.keys().filter(|path| !rendered.files.contains_key(*path)) {
        if let Some(place) = place(folder, path) {
            // Another process may have removed it; all that matters is that it is gone.
            let _ = fs::remove_file(place);
        }
    }
    let entry = |file: &Arc<RenderedFile>| IndexEntry {
        hash: file.hash.clone(),
        last_modified: file.last_modified.map(|at| at.timestamp_micros()),
        bytes: Some(file.len() as u64),
    };
    let files = rendered.files.iter().map(|(path, file)| (path.as_str().into(), entry(file))).collect();
    let index = Index { stamp: rendered.stamp.clone(), files };
    write_whole(&folder.join(INDEX), &serde_json::to_vec(&index)?)
}

/// Whether all that [`save`] wrote is there and was made of `stamp`: a look at the files' lengths, where reading them takes longer than a poll. A
/// file of the right length that holds something else is found by [`load`]. Blocks.
#[must_use]
pub fn is_made_of(folder: &Path, stamp: &str) -> bool {
    let Ok(index) = fs::read(folder.join(INDEX)) else { return false };
    let index: Index<'_> = serde_json::from_slice(&index).unwrap_or_default();
    let is_there = |path: &str, entry: &IndexEntry| {
        let length = place(folder, path).and_then(|place| fs::metadata(place).ok()).filter(fs::Metadata::is_file).map(|about| about.len());
        length.is_some() && length == entry.bytes
    };
    index.stamp.as_deref() == Some(stamp) && index.files.iter().all(|(path, entry)| is_there(path, entry))
}

/// Reads back what [`save`] wrote. A file that is not what the index says is left out: better none than a torn one. Blocks.
///
/// # Errors
/// The index cannot be read; where there is none, the result is empty and no error.
pub fn load(folder: &Path) -> io::Result<Rendered> {
    let index = match fs::read(folder.join(INDEX)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Rendered::default()),
        Err(error) => return Err(error),
    };
    let index: Index<'_> = serde_json::from_slice(&index).unwrap_or_default();
    let mut rendered = Rendered { stamp: index.stamp, is_saved: true, ..Rendered::default() };
    for (path, entry) in index.files {
        let format = path.rsplit('/').next().and_then(Format::of_file);
        let place = place(folder, &path).filter(|place| fs::metadata(place).is_ok_and(|about| about.len() <= FILE_BYTES_MAX));
        let read = format.zip(place).and_then(|(format, place)| Some((format, fs::read(place).ok()?)));
        let Some((format, bytes)) = read else {
            rendered.stamp = None;
            continue;
        };
        let last_modified: Option<Instant> = entry.last_modified.and_then(chrono::DateTime::from_timestamp_micros);
        let file = RenderedFile::new(bytes, format.content_type(), last_modified);
        if file.hash == entry.hash {
            rendered.files.insert(path.into_owned(), Arc::new(file));
        } else {
            rendered.stamp = None;
        }
    }
    Ok(rendered)
}

/// The file of a path, its names decoded; none for a name that could leave the folder or that no file system takes.
fn place(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut place = folder.to_owned();
    for segment in path.strip_prefix('/')?.split('/') {
        let name = percent_decoded(segment)?;
        let odd = name.is_empty() || name.starts_with('.') || name.len() > 255 || name.contains(['/', '\\', '\0', ':']);
        if odd || name.chars().any(char::is_control) {
            return None;
        }
        place.push(name);
    }
    Some(place)
}

pub(super) fn percent_decoded(segment: &str) -> Option<String> {
    // A query decoder also reads `+`, which our own paths never hold.
    let pair = format!("x={segment}");
    let decoded = url::form_urlencoded::parse(pair.as_bytes()).next()?.1.into_owned();
    (!decoded.contains('\u{fffd}')).then_some(decoded)
}

fn write_whole(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let new = folder.join(format!(".{name}.new"));
    let mut file = fs::File::create(&new)?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(&new, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(files: &[(&str, &str)]) -> Rendered {
        let mut rendered = Rendered::default();
        for (path, text) in files {
            let file =
                RenderedFile::new(text.to_string(), "application/atom+xml; charset=utf-8", Some("2024-02-18T09:00:00Z".parse().unwrap()));
            rendered.files.insert((*path).into(), Arc::new(file));
        }
        rendered
    }

    #[test]
    fn p7_p20_what_was_written_is_read_back_with_the_same_etags_and_dates() {
        let folder = tempfile::tempdir().unwrap();
        let first = rendered(&[("/atom.xml", "a"), ("/category/%E6%8A%80/atom.xml", "b"), ("/category/old/atom.xml", "c")]);
        save(&first, &Rendered::default(), folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("category/技/atom.xml")).unwrap(), "b");
        let second = rendered(&[("/atom.xml", "a2"), ("/category/%E6%8A%80/atom.xml", "b")]);
        save(&second, &first, folder.path()).unwrap();
        assert!(!folder.path().join("category/old/atom.xml").exists());
        let read = load(folder.path()).unwrap();
        assert_eq!(read.files.keys().collect::<Vec<_>>(), second.files.keys().collect::<Vec<_>>());
        for (path, file) in &second.files {
            let back = &read.files[path];
            assert_eq!((&back.hash, back.last_modified, back.content_type), (&file.hash, file.last_modified, file.content_type));
        }
        assert!(!read.from_store && read.is_saved);
    }

    #[test]
    fn a_torn_or_missing_file_is_left_out_and_an_empty_folder_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).unwrap().files.is_empty());
        save(&rendered(&[("/atom.xml", "whole"), ("/feed.xml", "x")]), &Rendered::default(), folder.path()).unwrap();
        fs::write(folder.path().join("atom.xml"), "wh").unwrap();
        fs::remove_file(folder.path().join("feed.xml")).unwrap();
        assert!(load(folder.path()).unwrap().files.is_empty());
        fs::write(folder.path().join(INDEX), "{").unwrap();
        assert!(load(folder.path()).unwrap().files.is_empty());
    }

    #[test]
    fn r3_what_could_not_be_written_is_written_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        save(&rendered(&[("/atom.xml", "old")]), &Rendered::default(), folder.path()).unwrap();
        // Rendered, served, and not written.
        let unsaved = rendered(&[("/atom.xml", "new")]);
        save(&rendered(&[("/atom.xml", "new")]), &unsaved, folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("atom.xml")).unwrap(), "new");
        // What is known to be there is left alone.
        fs::write(folder.path().join("atom.xml"), "by hand").unwrap();
        save(&unsaved, &Rendered { is_saved: true, ..rendered(&[("/atom.xml", "new")]) }, folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("atom.xml")).unwrap(), "by hand");
    }

    #[test]
    fn files_are_taken_for_whole_without_reading_them_by_their_stamp_and_lengths() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(!is_made_of(path, "of this"));
        let whole = Rendered { stamp: Some("of this".into()), ..rendered(&[("/atom.xml", "whole"), ("/category/a/feed.xml", "x")]) };
        let again = || save(&whole, &Rendered::default(), path).unwrap();
        again();
        assert!(is_made_of(path, "of this"));
        assert!(!is_made_of(path, "of that"));
        fs::write(path.join("atom.xml"), "wh").unwrap();
        assert!(!is_made_of(path, "of this"), "torn");
        again();
        fs::remove_file(path.join("category/a/feed.xml")).unwrap();
        assert!(!is_made_of(path, "of this"), "missing");
        again();
        let index = fs::read_to_string(path.join(INDEX)).unwrap();
        fs::write(path.join(INDEX), index.replace(r#","bytes":5"#, "")).unwrap();
        assert!(!is_made_of(path, "of this"), "written by the version before");
        assert_eq!(load(path).unwrap().files.len(), 2);
        fs::write(path.join(INDEX), "{").unwrap();
        assert!(!is_made_of(path, "of this"));
    }

    #[test]
    fn s12_no_name_leaves_the_folder() {
        let folder = Path::new("/data/public");
        for bad in ["/../x", "/%2e%2e/x", "/category/a%2Fb/x", "/category//x", "x", "/category/%00/x", "/category/%ff/x", "/c/.hidden"] {
            assert_eq!(place(folder, bad), None, "{bad}");
        }
        assert_eq!(place(folder, "/category/a%20b/feed.xml"), Some(folder.join("category/a b/feed.xml")));
    }
}
