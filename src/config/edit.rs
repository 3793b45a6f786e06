//! Edits of feeds.toml that keep comments, order and everything else that a person wrote.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Key, Table, Value};

use super::load::{LoadError, read_text};
use super::parse::parse;
use super::{Config, NoSource, Problems};
use crate::model::SourceName;

/// How often an edit is tried when somebody else changes the file at the same moment.
const ATTEMPTS_MAX: u32 = 5;
/// Wait between two attempts.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(40);

/// A source to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// Its name.
    pub name: SourceName,
    /// Where it is polled.
    pub url: url::Url,
    /// Its category.
    pub category: Option<String>,
    /// Words of the user's own.
    pub tags: Vec<String>,
}

/// Why the file was not changed. It is whole and as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file as it stands cannot be read.
    #[error("{0}")]
    Load(LoadError),
    /// The file as it stands is wrong, or would be after the edit.
    #[error("{0}")]
    Wrong(Problems),
    /// There is no such source.
    #[error(transparent)]
    Unknown(#[from] NoSource),
    /// Somebody else keeps changing it.
    #[error("{0}")]
    Busy(String),
    /// It cannot be written.
    #[error("{0}")]
    Unwritable(String),
}

/// Changes the file at `path`: reads it, applies `change`, checks the result, and puts it in place in one step, unless the file was
/// changed in between, in which case all of it is done again. Permissions are kept, a symbolic link is followed. Blocks.
///
/// # Errors
/// Why not; the file is as it was.
pub fn edit_file(path: &Path, mut change: impl FnMut(&str, &Config) -> Result<String, EditError>) -> Result<Config, EditError> {
    for attempt in 0..ATTEMPTS_MAX {
        if attempt > 0 {
            std::thread::sleep(ATTEMPT_PAUSE);
        }
        let before = read_text(path).map_err(EditError::Load)?;
        let config = parse(&before, &path.display().to_string()).map_err(EditError::Wrong)?;
        let after = change(&before, &config)?;
        let changed = parse(&after, &path.display().to_string()).map_err(EditError::Wrong)?;
        if after == before || replace(path, &before, &after)? {
            return Ok(changed);
        }
    }
    Err(EditError::Busy(format!("{} is being changed by another program; try again when that is done", path.display())))
}

/// Puts `after` in the place of `before`. False where the file no longer holds `before` or somebody else is at it.
fn replace(path: &Path, before: &str, after: &str) -> Result<bool, EditError> {
    let wrong = |what: &str, error: std::io::Error| EditError::Unwritable(format!("{} cannot be changed: {what}: {error}", path.display()));
    // The file behind a symbolic link is replaced, not the link.
    let target = path.canonicalize().map_err(|error| wrong("it cannot be found", error))?;
    let folder = target.parent().unwrap_or(Path::new("/"));
    let held = File::open(&target).map_err(|error| wrong("it cannot be opened", error))?;
    // Another feedmill holds this lock for the time of an edit; after it, the content differs and the edit starts anew.
    if held.try_lock().is_err() || read_text(&target).map_err(EditError::Load)? != before {
        return Ok(false);
    }
    let metadata = held.metadata().map_err(|error| wrong("its permissions cannot be read", error))?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = (|| {
        // A file of that name is what a killed process with our number left.
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&temporary)?;
        file.write_all(after.as_bytes())?;
        file.set_permissions(metadata.permissions())?;
        keep_owner(&temporary, &metadata);
        file.sync_all()?;
        std::fs::rename(&temporary, &target)?;
        File::open(folder)?.sync_all()
    })();
    if let Err(error) = written {
        // It may not be there; then there is nothing to remove.
        let _ = std::fs::remove_file(&temporary);
        return Err(wrong(&format!("a new file cannot be written in {}", folder.display()), error));
    }
    Ok(true)
}

/// The file of another user stays theirs when root edits it. Others may not give files away, and then it is their own already.
fn keep_owner(temporary: &Path, metadata: &std::fs::Metadata) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let _ = std::os::unix::fs::chown(temporary, Some(metadata.uid()), Some(metadata.gid()));
    }
    #[cfg(not(unix))]
    let _ = (temporary, metadata);
}

/// The text with these sources after the last one.
///
/// # Errors
/// When the text is not TOML.
pub fn add(text: &str, sources: &[NewSource]) -> Result<String, EditError> {
    edit_text(text, |document| {
        let entry = document.entry("source").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        match entry {
            Item::ArrayOfTables(tables) => {
                let style = tables.iter().last().map_or_else(Style::default, Style::of);
                for source in sources {
                    tables.push(style.table(source));
                }
            }
            Item::Value(Value::Array(array)) => sources.iter().for_each(|source| array.push(inline(source))),
            _ => {}
        }
    })
}

/// The text without the sources of these names, and without the comments that stand right above them. A name that is given twice counts once.
///
/// # Errors
/// When the text is not TOML, or there is no source of one of the names: the nearest name is told.
pub fn remove<T: AsRef<str>>(text: &str, config: &Config, names: &[T]) -> Result<String, EditError> {
    let leaving: BTreeSet<usize> = names.iter().map(|name| config.sources.place_of(name.as_ref())).collect::<Result<_, _>>()?;
    // The last one first: the places of those before it stay as they are.
    edit_text(text, |document| leaving.into_iter().rev().for_each(|at| take_out(document, at)))
}

fn take_out(document: &mut DocumentMut, at: usize) {
    let kept = match document.get_mut("source") {
        Some(Item::ArrayOfTables(tables)) => {
            let kept = tables.get(at).map(comment_to_keep).unwrap_or_default();
            tables.remove(at);
            kept
        }
        Some(Item::Value(Value::Array(array))) => {
            array.remove(at);
            String::new()
        }
        _ => String::new(),
    };
    if !kept.is_empty() {
        put_before(document, at, &kept);
    }
}

fn edit_text(text: &str, change: impl FnOnce(&mut DocumentMut)) -> Result<String, EditError> {
    let (mark, plain) = text.strip_prefix('\u{feff}').map_or(("", text), |plain| ("\u{feff}", plain));
    let mut document: DocumentMut = plain
        .parse()
        .map_err(|error: toml_edit::TomlError| EditError::Unwritable(format!("the file cannot be read as TOML: {}", error.message())))?;
    change(&mut document);
    let after = document.to_string();
    // toml_edit ends the lines that it writes itself with a line feed.
    let after = if plain.contains("\r\n") { after.replace("\r\n", "\n").replace('\n', "\r\n") } else { after };
    Ok(format!("{mark}{after}"))
}

/// The comments above a table, up to the last blank line: a heading over a group of sources outlives the first of them.
fn comment_to_keep(table: &Table) -> String {
    let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    let mut kept_until = 0;
    let mut at = 0;
    for line in prefix.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() {
            kept_until = at;
        }
    }
    if prefix[..kept_until].trim().is_empty() { String::new() } else { prefix[..kept_until].to_owned() }
}

/// Puts a comment before the source that is now at `at`, or after the last one.
fn put_before(document: &mut DocumentMut, at: usize, comment: &str) {
    if let Some(Item::ArrayOfTables(tables)) = document.get_mut("source")
        && let Some(table) = tables.get_mut(at)
    {
        let old = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        let new = format!("{comment}{}", old.trim_start_matches(['\n', '\r']));
        table.decor_mut().set_prefix(new);
        return;
    }
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    document.set_trailing(format!("{comment}{}", trailing.trim_start_matches(['\n', '\r'])));
}

/// How the neighbours are written.
struct Style {
    /// Blank lines before the header.
    before: String,
    /// Cells up to the equals sign where all are aligned; else one blank.
    key_width: Option<usize>,
}

impl Default for Style {
    fn default() -> Self {
        Self { before: "\n".into(), key_width: None }
    }
}

impl Style {
    fn of(table: &Table) -> Self {
        let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        // The first table of a file has nothing before it, which says nothing about the next.
        let blank = prefix.is_empty() || prefix.lines().any(|line| line.trim().is_empty());
        let before = if blank || table.position() == Some(0) { "\n" } else { "" };
        let widths: Vec<usize> = table
            .get_values()
            .iter()
            .filter_map(|(path, _)| match path.as_slice() {
                [key] => {
                    let suffix = key.leaf_decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or(" ");
                    Some(key.get().len() + suffix.len())
                }
                _ => None,
            })
            .collect();
        let aligned = widths.len() > 1 && widths.iter().all(|width| *width == widths[0]);
        Self { before: before.into(), key_width: aligned.then(|| widths[0]) }
    }

    fn table(&self, source: &NewSource) -> Table {
        let mut table = Table::new();
        table.decor_mut().set_prefix(self.before.as_str());
        for (name, value) in values(source) {
            let mut key = Key::new(name);
            let width = self.key_width.unwrap_or(0).max(name.len() + 1);
            key.leaf_decor_mut().set_suffix(" ".repeat(width - name.len()));
            table.insert_formatted(&key, Item::Value(value));
        }
        table
    }
}

fn values(source: &NewSource) -> Vec<(&'static str, Value)> {
    let mut values = vec![("name", Value::from(source.name.as_str())), ("url", Value::from(source.url.as_str()))];
    if let Some(category) = &source.category {
        values.push(("category", Value::from(category.as_str())));
    }
    if !source.tags.is_empty() {
        values.push(("tags", Value::Array(source.tags.iter().map(String::as_str).collect::<Array>())));
    }
    values
}

fn inline(source: &NewSource) -> InlineTable {
    values(source).into_iter().collect()
}

#[cfg(test)]
mod tests;
